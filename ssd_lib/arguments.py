"""What an argument may be, and the one line that is said when it is not."""

import math
from numbers import Integral, Real

LARGEST = 3.4e38  # of what float32 holds; a torch scalar beyond it is an error


def check_number(
    name: str,
    value: float,
    least: float = 0.0,
    most: float = math.inf,
    above: bool = False,
) -> None:
    """Refuse what is no finite number or lies outside a range.

    Args:
        name: of the argument, for the message.
        value: what came. ``True`` and ``False`` are not numbers here.
        least: the smallest number that it may be; -inf is any.
        most: the largest, itself included.
        above: whether ``least`` itself is too small.

    Raises:
        ValueError: naming the argument, the range and what came.

    Example:
        >>> check_number("iou_threshold", 1.5, most=1)
        Traceback (most recent call last):
        ValueError: iou_threshold must be from 0 to 1, got 1.5
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    is_high_enough = is_number and (value > least if above else value >= least)
    if is_high_enough and -LARGEST <= value <= min(most, LARGEST):
        return
    lower = f"above {least:g}" if above else f"at least {least:g}"
    if most == math.inf:
        wanted = "finite" if least == -math.inf else f"finite and {lower}"
    else:
        wanted = f"{lower} and at most {most:g}" if above else f"from {least:g} to {most:g}"
    raise ValueError(f"{name} must be {wanted}, got {_shown(value)}")


def check_count(name: str, value: int, least: int = 1) -> None:
    """Refuse what is no whole number of at least ``least``.

    Raises:
        ValueError: naming the argument, the range and what came.

    Example:
        >>> check_count("keep_top_k", 0)
        Traceback (most recent call last):
        ValueError: keep_top_k must be a whole number of at least 1, got 0
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {_shown(value)}")


def check_range(
    name: str, values: tuple[float, float], least: float = 0.0, most: float = math.inf
) -> None:
    """Refuse what are not two numbers, the first not larger than the second.

    Raises:
        ValueError: naming the argument and what came.
    """
    is_pair = isinstance(values, tuple | list) and len(values) == 2
    if not is_pair:
        raise ValueError(f"{name} must be two numbers, from and to, got {values!r}")
    for index, value in enumerate(values):
        check_number(f"{name}[{index}]", value, least, most)
    if values[0] > values[1]:
        raise ValueError(f"{name} must be two numbers, from and to, got {values!r}")


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Real) else repr(value)
