"""The self-checks' questions: enough of them, whole, and right by proof."""

import inspect
import math
from importlib import import_module

import pytest
import torch
from torchvision.ops import nms

from ssd_lib.widgets.asking import QUESTIONS, read_questions
from ssd_lib.widgets.self_check import SelfCheck

CHAPTERS = sorted(file.stem for file in QUESTIONS.glob("*.toml"))
ALL = [(c, name) for c in CHAPTERS for name in read_questions(c)]
KNOWN = {  # what a proof may speak of
    "torch": torch,
    "math": math,
    "inspect": inspect,
    "torchvision_nms": nms,
}
for name in (
    "boxes",
    "default_boxes",
    "evaluate",
    "features",
    "heads",
    "loss",
    "matching",
    "model",
    "offsets",
    "predict",
    "pyramid",
    "receptive_fields",
    "train.optimizers",
):
    module = import_module(f"ssd_lib.{name}")
    KNOWN |= {k: v for k, v in vars(module).items() if not k.startswith("_")}


def proved(question):
    return eval(question["proof"], dict(KNOWN))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_asks_enough(chapter):
    assert len(read_questions(chapter)) >= 5


@pytest.mark.parametrize(("chapter", "name"), ALL)
def test_a_question_is_whole_and_its_answer_is_proved(chapter, name):
    question = read_questions(chapter)[name]
    assert question["ask"][-1] in "?…."
    assert question["why"]
    if "number" in question:
        number, near = question["number"], question["near"]
        assert set(question) == {"ask", "number", "near", "traps", "why", "proof"}
        assert abs(proved(question) - number) <= near
        wrong = [value for value, _ in question["traps"]]
        assert wrong
        assert all(abs(value - number) > near for value in wrong)
        assert len(wrong) == len(set(wrong))
    else:
        assert set(question) - {"proof"} == {"ask", "right", "wrong", "why"}
        texts = [question["right"], *(text for text, _ in question["wrong"])]
        assert len(texts) == len(set(texts)) >= 3
        assert all(len(says) > 20 for _, says in question["wrong"])
        if "proof" in question:
            assert proved(question) is True


def test_the_right_answer_does_not_always_stand_in_the_same_place():
    places = [
        [right for _, right, _ in asked["choices"]].index(True)
        for chapter in CHAPTERS
        for asked in SelfCheck(chapter).questions
        if "choices" in asked
    ]
    assert all(places.count(k) > len(places) / 6 for k in range(3))


def test_questions_of_other_chapters_can_be_asked_again():
    recap = SelfCheck("matching", "boxes.nested", "half", title="From before")
    assert [q["name"] for q in recap.questions] == ["boxes.nested", "matching.half"]
    assert recap.caption().startswith("From before. In print, the answers: 1: 0.25; 2: ")


def test_a_question_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="no-such"):
        SelfCheck("boxes", "no-such")


def test_print_shows_every_choice_and_the_letter_of_the_right_one():
    check = SelfCheck("boxes", "touching")
    _, [[number, ask, choices]] = check.table()
    assert number == "1"
    assert ask.startswith("Two boxes share an edge")
    letter = check.caption()[-2]
    assert f"{letter}) 0" in choices
