"""Checks of the exercises: one module a chapter, one function an exercise.

A check prints what is right or what is not yet, returns whether it is right, and
never raises: a half-finished answer is no error.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

ANSWER_MISSING = "put your answer in place of None."


def check(find_problem: Callable[[Any], str | None]) -> Callable[[Any], bool]:
    """Make a check of a function that says what is wrong, or None.

    Args:
        find_problem: takes the answer; returns a hint, or ``None`` if it is right.

    Example:
        >>> @check
        ... def seven(answer):
        ...     return None if answer == 7 else "count the days of a week."
        >>> seven(None)
        not yet: put your answer in place of None.
        False
        >>> seven(8)
        not yet: count the days of a week.
        False
        >>> seven(7)
        right.
        True
    """

    @wraps(find_problem)
    def verdict(answer: Any) -> bool:  # noqa: ANN401
        problem = ANSWER_MISSING if answer is None else _problem(find_problem, answer)
        print("right." if problem is None else f"not yet: {problem}")
        return problem is None

    return verdict


def _problem(find_problem: Callable[[Any], str | None], answer: Any) -> str | None:  # noqa: ANN401
    try:
        return find_problem(answer)
    except Exception as error:  # whatever the reader's code raises is a hint to them
        return f"your answer raised {type(error).__name__}: {error}"
