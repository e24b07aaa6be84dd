"""Checks of the exercises: one module per chapter, one function per exercise.

A check prints what is right or what is not yet, returns whether it is right, and
never raises: a half-finished answer is no error.
"""

import math
import operator
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

T = TypeVar("T")
ANSWER_MISSING = "put your answer in place of None."


def check(second_hint: str) -> Callable[[Callable[[Any], str | None]], Callable[[Any], bool]]:
    """Make a check of a function that says what is wrong, or None.

    What it says is the first hint. Whoever is wrong once more gets a second one with it,
    until the answer is right.

    Args:
        second_hint: helps whom the first has not helped, and gives nothing away.

    Returns:
        a decorator of a function that takes the answer and returns a hint, or ``None``
        if the answer is right.

    Example:
        >>> @check("it rhymes with heaven.")
        ... def seven(answer):
        ...     return None if answer == 7 else "count the days of a week."
        >>> seven(None)
        not yet: put your answer in place of None.
        False
        >>> seven(8)
        not yet: count the days of a week.
        False
        >>> seven(6)
        not yet: count the days of a week.
        another hint: it rhymes with heaven.
        False
        >>> seven(7)
        right.
        True
    """

    def checked(find_problem: Callable[[Any], str | None]) -> Callable[[Any], bool]:
        times_wrong = 0

        @wraps(find_problem)
        def verdict(answer: Any) -> bool:  # noqa: ANN401
            nonlocal times_wrong
            if answer is None:
                print(f"not yet: {ANSWER_MISSING}")
                return False
            problem = _problem(find_problem, answer)
            if problem is None:
                times_wrong = 0
                print("right.")
                return True
            times_wrong += 1
            print(f"not yet: {problem}")
            if times_wrong > 1:
                print(f"another hint: {second_hint}")
            return False

        return verdict

    return checked


def hint(
    answer: T,
    right: T,
    *traps: tuple[T, str],
    otherwise: str,
    same: Callable[[T, T], bool] = operator.eq,
) -> str | None:
    """None for the right answer, else a hint that fits the wrong one.

    Args:
        answer: the reader's.
        right: the one that is asked for.
        traps: answers that a misconception leads to, each with what to say to it.
        otherwise: what to say to all others.
        same: whether an answer is the one expected; see :func:`near`.

    Example:
        >>> hint(1, 2, (1, "one more."), otherwise="count again.")
        'one more.'
        >>> hint(0.333, 1 / 3, otherwise="count again.", same=near(abs_tol=1e-3))
    """
    if same(answer, right):
        return None
    return next((text for trap, text in traps if same(answer, trap)), otherwise)


def near(rel_tol: float = 1e-9, abs_tol: float = 0.0) -> Callable[[float, float], bool]:
    """Whether two numbers are close, as :func:`math.isclose` has it, for :func:`hint`."""
    return partial(math.isclose, rel_tol=rel_tol, abs_tol=abs_tol)


def _problem(find_problem: Callable[[Any], str | None], answer: Any) -> str | None:  # noqa: ANN401
    try:
        return find_problem(answer)
    except Exception as error:  # whatever the reader's code raises is a hint to them
        return f"your answer raised {type(error).__name__}: {error}"
