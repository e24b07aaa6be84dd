"""Questions: a press sets what answers one, a second says it, and a change takes it back."""

import re

import pytest
from figure import TWO_FRAMES, Figure
from playwright.sync_api import expect
from test_every_widget import choose, press, slide, unfold


def key(selector, *names):
    """Move something with the keyboard."""

    def does(figure):
        for name in names:
            figure.locator(selector).first.press(name)

    return does


def through(radios):
    """Choose the first, then the last: one of them is another than before."""

    def does(figure):
        for index in (0, -1):
            figure.locator(radios).nth(index).check(force=True)

    return does


def pick(label):
    return lambda figure: figure.get_by_text(label, exact=True).first.click()


def next_seed(figure):
    figure.get_by_role("tab", name="Settings").click()
    figure.get_by_role("button", name="Next seed").click()
    figure.get_by_role("tab", name="Questions").click()


WIDGETS = {  # page, what a reader changes after an answer
    "augmentation_lab": ("augment", [press("Draw nine"), press("Result 4")]),
    "default_box_explorer": (
        "default_boxes",
        [key(".ssd-stage > .ssd-box", "ArrowRight"), choose("draw", "all")],
    ),
    "feature_map_explorer": ("features", [through(".ssd-map input")]),
    "hard_negative_lab": ("loss", [pick("10"), pick("1")]),
    "head_walk": ("heads", [pick("3 All channels"), pick("1 Window")]),
    "iou_playground": ("boxes", [key(".ssd-stage > .ssd-box", "ArrowRight")]),
    "matching_explorer": (
        "matching",
        [
            slide("How much must a box overlap?", "0.45"),
            key(".ssd-stage > .ssd-box", "ArrowRight"),
            press("Remove the chosen object"),
        ],
    ),
    "nms_stepper": ("predict", [press("One back"), choose("Rule", "class by class")]),
    "offset_lab": ("offsets", [key(".ssd-stage > .ssd-box", "ArrowRight")]),
    "playground": ("playground", [next_seed]),
    "precision_recall_explorer": (
        "evaluate",
        [slide("Show boxes with a score of at least", "0.75")],
    ),
    "training_replay": (
        "train",
        [slide("Show boxes with a score of at least", "0.85"), key("[role=slider]", "ArrowLeft")],
    ),
}


OFTEN = ["augmentation_lab", "feature_map_explorer"]
# As a reader has it: low on the screen, where no picture that stays lies over it.
IN_HAND = """(chip) => {
    chip.scrollIntoView({ block: "end", inline: "nearest", behavior: "instant" });
    scrollBy({ top: 150, behavior: "instant" });
    const { x, y, width, height } = chip.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""


@pytest.mark.parametrize("address", ["http"], indirect=True)
@pytest.mark.parametrize("across", [1440, 390])
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in OFTEN else pytest.mark.full) for n in WIDGETS]
)
def test_a_question_stays_under_the_pointer_for_the_second_press(watch, across, name):
    class One(Figure):
        widget, path, ready = name, f"book/{WIDGETS[name][0]}.html", ":scope"

    one = One(watch(across, reduced_motion="reduce", has_touch=across < 600))
    closed = one.figure.locator("[role=tab][aria-selected=false]", has_text="Questions")
    if closed.count():
        closed.click()
    said = one.figure.locator(".ssd-answer")
    for chip in one.figure.locator(".ssd-chip").all():
        x, y = chip.evaluate(IN_HAND)
        one.page.mouse.click(x, y)
        expect(said).to_have_text("Show the answer")
        one.page.evaluate(TWO_FRAMES)
        one.page.mouse.click(x, y)
        expect(said).to_have_text(re.compile(".{30}"))
        expect(chip).to_have_attribute("aria-pressed", "true")
    assert one.watched.trouble == []


@pytest.mark.parametrize("name", WIDGETS)
def test_an_answer_is_never_of_another_state(watch, width, name):
    page, changes = WIDGETS[name]

    class One(Figure):
        widget, path, ready = name, f"book/{page}.html", ":scope"

    one = One(watch(width, reduced_motion="reduce"))
    said = one.figure.locator(".ssd-answer")
    chips = one.figure.locator(".ssd-chip")
    if one.figure.locator("summary", has_text="More").count():
        unfold(one.figure)
    closed = one.figure.locator("[role=tab][aria-selected=false]", has_text="Questions")
    if closed.count():
        closed.click()
    heights = set()
    for index, chip in enumerate(chips.all()):
        chip.click()
        expect(said).to_have_text("Show the answer")
        chip.click()
        one.page.wait_for_timeout(350)
        expect(chip).to_have_attribute("aria-pressed", "true")
        assert len(said.inner_text()) > 30
        heights.add(round(one.figure.locator(".ssd-answers").bounding_box()["height"]))
        changes[index % len(changes)](one.figure)
        expect(said).to_be_empty()
        expect(one.figure.locator(".ssd-chip[aria-pressed=true]")).to_have_count(0)
        heights.add(round(one.figure.locator(".ssd-answers").bounding_box()["height"]))
    assert chips.count() >= 2
    assert width < 600 or len(heights) == 1
    assert one.watched.trouble == []
