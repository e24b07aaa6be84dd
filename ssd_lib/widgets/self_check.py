"""Self-checks: questions that are graded in the page, without a kernel."""

import re
from typing import Any, ClassVar

import traitlets

from ssd_lib.widgets.asking import asked, read_questions
from ssd_lib.widgets.base import BookWidget

LETTERS = "abcdef"
MARKS = re.compile(r"[`*]")  # which the page turns into code and stress


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
        at: which of them is shown, from 0 on.
        num_right: how many are answered rightly now.
    """

    module: ClassVar[str] = "self_check"
    page_state: ClassVar[tuple[str, ...]] = ("title", "questions")

    picture = traitlets.Unicode("").tag(sync=True)
    picture_alt = traitlets.Unicode("").tag(sync=True)
    picture_url = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    at = traitlets.Int(0).tag(sync=True)
    num_right = traitlets.Int(0).tag(sync=True)

    def __init__(self, chapter: str, *names: str, title: str = "Check yourself") -> None:
        wanted = names or tuple(read_questions(chapter))
        super().__init__(title=title, questions=[asked(chapter, n) for n in wanted])

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


def _answer(question: dict[str, Any]) -> str:
    if "number" in question:
        return f"{question['number']:g}"
    right = [is_right for _, is_right, _ in question["choices"]].index(True)
    return LETTERS[right]
