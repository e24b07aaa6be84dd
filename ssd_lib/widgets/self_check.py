"""Self-checks: questions that are graded in the page, without a kernel."""

import random
import re
import tomllib
from pathlib import Path
from typing import Any, ClassVar

import traitlets

from ssd_lib.widgets.base import BookWidget

QUESTIONS = Path(__file__).parent / "questions"
LETTERS = "abcdef"
MARKS = re.compile(r"[`*]")  # which the page turns into code and stress


def read_questions(chapter: str) -> dict[str, dict[str, Any]]:
    """The questions of a chapter by their names, as its file has them.

    A question has ``ask``, ``why`` (said with the right answer) and ``proof``: a Python
    expression over ssd_lib that gives the number, or is true. It has either ``right``
    and ``wrong`` (pairs of an answer and the misconception that leads to it) to choose
    from, or a ``number``, how ``near`` an answer must come, and ``traps`` (such pairs).
    """
    with (QUESTIONS / f"{chapter}.toml").open("rb") as file:
        return tomllib.load(file)


class SelfCheck(BookWidget):
    """Questions on a chapter, with an answer to each wrong answer.

    Args:
        chapter: stem of the chapter.
        names: which of its questions, and of others as ``"chapter.name"``; none is all of
            the chapter.
        title: stands over them.

    Raises:
        KeyError: if there is no question of that name.

    Traits:
        questions: what is asked; of each, its name, text, choices or number.
        num_right: how many are answered rightly now.
    """

    module: ClassVar[str] = "self_check"
    page_state: ClassVar[tuple[str, ...]] = ("title", "questions")

    picture = traitlets.Unicode("").tag(sync=True)
    picture_alt = traitlets.Unicode("").tag(sync=True)
    picture_url = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    num_right = traitlets.Int(0).tag(sync=True)

    def __init__(self, chapter: str, *names: str, title: str = "Check yourself") -> None:
        wanted = names or tuple(read_questions(chapter))
        super().__init__(title=title, questions=[_asked(chapter, n) for n in wanted])

    def caption(self) -> str:
        """All right answers, for print and for readers without JavaScript."""
        answers = (f"{n}: {_answer(q)}" for n, q in enumerate(self.questions, start=1))
        return f"{self.title}. In print, the answers: {'; '.join(answers)}."

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Questions and choices."""
        rows = []
        for number, question in enumerate(self.questions, start=1):
            choices = zip(LETTERS, question.get("choices", ()), strict=False)
            listed = "; ".join(f"{letter}) {text}" for letter, (text, *_) in choices)
            row = [f"{number}", question["ask"], listed or "a number"]
            rows.append([MARKS.sub("", text) for text in row])
        return ["", "question", "answers"], rows


def _asked(chapter: str, name: str) -> dict[str, Any]:
    """A question as the page needs it: choices in an order that tells nothing."""
    if "." in name:
        chapter, name = name.split(".")
    given = read_questions(chapter)[name]
    asked = {"name": f"{chapter}.{name}", "ask": given["ask"], "why": given["why"]}
    if "number" in given:
        return asked | {key: given[key] for key in ("number", "near", "traps")}
    choices = [[given["right"], True, ""]]
    choices += [[text, False, misconception] for text, misconception in given["wrong"]]
    random.Random(name).shuffle(choices)
    return asked | {"choices": choices}


def _answer(question: dict[str, Any]) -> str:
    if "number" in question:
        return f"{question['number']:g}"
    right = [is_right for _, is_right, _ in question["choices"]].index(True)
    return LETTERS[right]
