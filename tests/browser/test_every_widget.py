"""What every widget does: it says its numbers once they rest, and looks like something."""

import pytest
from figure import LOOKS, Figure
from playwright.sync_api import expect

from ssd_lib.widgets.modules import widget_names


def press(name):
    return lambda figure: figure.get_by_role("button", name=name).first.click()


def check(label):
    return lambda figure: figure.get_by_label(label, exact=True).check()


def uncheck(label):
    return lambda figure: figure.get_by_label(label, exact=True).uncheck()


def slide(label, value):
    return lambda figure: figure.get_by_label(label).fill(value)


def choose(label, option):
    return lambda figure: figure.get_by_label(label).select_option(option)


def unfold(figure):
    figure.locator("summary", has_text="More").click()


def answer(text):
    return lambda figure: figure.get_by_role("textbox").first.fill(text)


WIDGETS = {  # page, what a reader does, what is spoken then
    "augmentation_lab": ("augment", [press("Result 9")], "Result 9. "),
    "default_box_explorer": (
        "default_boxes",
        [unfold, choose("draw", "all"), uncheck("3:1 and 1:3")],
        "7760 boxes in all",
    ),
    "feature_map_explorer": (
        "features",
        [press("What about SSD300's largest field?")],
        "of conv11_2: it can see 900 × 900 pixels, 100 % of the image",
    ),
    "hard_negative_lab": (
        "loss",
        [check("1")],
        "74 negatives count",
    ),
    "head_walk": ("heads", [check("3 All channels")], "= 14 numbers"),
    "iou_playground": ("boxes", [press("Half a box aside")], "IoU 0.333"),
    "live_detector": ("intro", [press("Add a boat")], "boat"),
    "matching_explorer": (
        "matching",
        [slide("How much must a box overlap?", "1")],
        "4 of 320 default boxes",
    ),
    "nms_stepper": ("predict", [press("Keep the best")], "Step 1"),
    "offset_lab": ("offsets", [press("On the object")], "Loss 0.00"),
    "playground": ("playground", [press("One step")], "Step 1 of 250: mAP"),
    "precision_recall_explorer": (
        "evaluate",
        [slide("Show boxes with a score of at least", "1")],
        "42 missed",
    ),
    "self_check": ("boxes", [answer("0.5"), press("Check")], "Not yet."),
    "training_replay": (
        "train",
        [press("Nearly flat after step 500")],
        "Step 500",
    ),
}


@pytest.mark.parametrize("address", ["http"], indirect=True)
@pytest.mark.parametrize("name", WIDGETS)
def test_it_speaks_and_screenshots_are_made_for_a_look(watch, name):
    page, does, says = WIDGETS[name]

    class One(Figure):
        widget, path, ready = name, f"book/{page}.html", ":scope"

    one = One(watch())
    for do in does:
        do(one.figure)
    spoken = one.figure.locator("[aria-live=polite], [role=status]", has_text=says)
    expect(spoken).to_have_count(1)
    for width, dark in LOOKS:  # a reader may turn the phone, and night may fall
        one.look(width, dark)
        assert one.screenshot(f"{name}-{width}-{'dark' if dark else 'light'}") > 10_000
        expect(spoken).to_have_count(1)
    assert one.watched.trouble == []


def test_every_widget_is_there():
    assert set(WIDGETS) == set(widget_names())
