"""The self-checks' questions, as their files have them and as a page asks them.

The book's build reads them, too, for a page that asks again what was missed before: so
this imports nothing that a plain Python lacks.
"""

import random
import tomllib
from pathlib import Path
from typing import Any

QUESTIONS = Path(__file__).parent / "questions"


def read_questions(chapter: str) -> dict[str, dict[str, Any]]:
    """The questions of a chapter by their names, as its file has them.

    A question has ``ask``, ``why`` (said with the right answer) and ``proof``: a Python
    expression over ssd_lib that gives the number, or is true. It has either ``right``
    and ``wrong`` (pairs of an answer and the misconception that leads to it) to choose
    from, or a ``number``, how ``near`` an answer must come, and ``traps`` (such pairs).
    """
    with (QUESTIONS / f"{chapter}.toml").open("rb") as file:
        return tomllib.load(file)


def asked(chapter: str, name: str) -> dict[str, Any]:
    """A question as the page needs it: choices in an order that tells nothing.

    Args:
        chapter: stem of the chapter.
        name: of one of its questions, or of another's as ``"chapter.name"``.

    Raises:
        KeyError: if there is no question of that name.
    """
    if "." in name:
        chapter, name = name.split(".")
    given = read_questions(chapter)[name]
    question = {"name": f"{chapter}.{name}", "ask": given["ask"], "why": given["why"]}
    if "number" in given:
        return question | {key: given[key] for key in ("number", "near", "traps")}
    choices = [[given["right"], True, ""]]
    choices += [[text, False, misconception] for text, misconception in given["wrong"]]
    random.Random(name).shuffle(choices)
    return question | {"choices": choices}


def all_asked() -> dict[str, dict[str, Any]]:
    """Every question of the book as the page needs it, by ``"chapter.name"``."""
    chapters = sorted(file.stem for file in QUESTIONS.glob("*.toml"))
    questions = (asked(chapter, name) for chapter in chapters for name in read_questions(chapter))
    return {question["name"]: question for question in questions}
