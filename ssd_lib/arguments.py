"""What an argument may be, and the one line that is said when it is not."""

import math
from numbers import Integral, Real

LARGEST = 3.4e38  # of what float32 holds; a torch scalar beyond it is an error


def check_number(
    name: str,
    value: float,
    minimum: float = 0.0,
    maximum: float = math.inf,
    exclusive_minimum: bool = False,
) -> None:
    """Raise unless a value is a finite number of a range.

    Args:
        name: of the argument, for the message.
        value: the argument. ``True`` and ``False`` do not count as numbers.
        minimum: the smallest value allowed; -inf allows any.
        maximum: the largest value allowed.
        exclusive_minimum: whether ``minimum`` itself is too small.

    Raises:
        ValueError: naming the argument, the range and what came.

    Example:
        >>> check_number("iou_threshold", 1.5, maximum=1)
        Traceback (most recent call last):
        ValueError: iou_threshold must be from 0 to 1, got 1.5
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    is_high_enough = is_number and (value > minimum if exclusive_minimum else value >= minimum)
    if is_high_enough and -LARGEST <= value <= min(maximum, LARGEST):
        return
    lower = f"above {minimum:g}" if exclusive_minimum else f"at least {minimum:g}"
    if maximum == math.inf:
        wanted = "finite" if minimum == -math.inf else f"finite and {lower}"
    elif exclusive_minimum:
        wanted = f"{lower} and at most {maximum:g}"
    else:
        wanted = f"from {minimum:g} to {maximum:g}"
    raise ValueError(f"{name} must be {wanted}, got {_shown(value)}")


def check_count(name: str, value: int, minimum: int = 1) -> None:
    """Raise unless a value is a whole number of at least ``minimum``.

    Raises:
        ValueError: naming the argument, the range and what came.

    Example:
        >>> check_count("keep_top_k", 0)
        Traceback (most recent call last):
        ValueError: keep_top_k must be a whole number of at least 1, got 0
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or value < minimum:
        raise ValueError(
            f"{name} must be a whole number of at least {minimum}, got {_shown(value)}"
        )


def check_range(
    name: str, values: tuple[float, float], minimum: float = 0.0, maximum: float = math.inf
) -> None:
    """Raise unless there are two numbers, the first not larger than the second.

    Raises:
        ValueError: naming the argument and what came.
    """
    is_pair = isinstance(values, tuple | list) and len(values) == 2
    if not is_pair:
        raise ValueError(f"{name} must be two numbers, from and to, got {values!r}")
    for index, value in enumerate(values):
        check_number(f"{name}[{index}]", value, minimum, maximum)
    if values[0] > values[1]:
        raise ValueError(f"{name} must be two numbers, from and to, got {values!r}")


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Real) else repr(value)
