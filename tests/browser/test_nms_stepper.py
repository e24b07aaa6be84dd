"""The NMS stepper in the page: what stays is what ssd_lib keeps."""

import pytest
from figure import Figure

from ssd_lib.widgets.nms_stepper import MODES, NMSStepper


class Stepper(Figure):
    widget = "nms_stepper"
    path = "book/predict.html"

    def press(self, name):
        self.figure.get_by_role("button", name=name).click()

    def choose(self, mode):
        self.figure.get_by_label("rule").select_option(mode)

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]").inner_text()

    def kept(self):
        rows = self.figure.locator("tr[data-state=kept]")
        return [row.locator("td").all_inner_texts()[:2] for row in rows.all()]

    def move(self, label, presses):
        slider = self.figure.get_by_label(label)
        slider.focus()
        self.page.keyboard.press("Home")
        for _ in range(presses):
            self.page.keyboard.press("ArrowRight")


@pytest.fixture
def stepper(watch, width):
    figure = Stepper(watch(width))
    yield figure
    assert figure.watched.trouble == []


def library(agnostic=False, **traits):
    widget = NMSStepper(**traits)
    order = sorted(range(len(widget.candidates)), key=lambda k: -widget.candidates[k]["score"])
    return [
        [
            f"{order.index(k) + 1} {widget.candidates[k]['name']}",
            f"{widget.candidates[k]['score']:.2f}",
        ]
        for k in widget.kept(agnostic)
    ]


def test_run_to_the_end_it_keeps_what_ssd_lib_keeps(stepper):
    for agnostic in (False, True):
        stepper.choose(MODES[agnostic])
        stepper.press("to the end")
        assert stepper.kept() == library(agnostic)
        assert "0 waiting" in stepper.line("sum")


def test_another_limit_keeps_what_ssd_lib_keeps(stepper):
    for presses, iou in ((0, 0.0), (12, 0.6), (20, 1.0)):
        stepper.move("drop if IoU above", presses)
        stepper.press("to the end")
        assert stepper.kept() == library(iou_threshold=iou)


def test_the_score_threshold_is_strict_and_may_leave_nothing(stepper):
    stepper.move("score above", 19)  # 0.95, and some have 0.95 and 0.96
    stepper.press("to the end")
    kept = stepper.kept()
    assert kept == library(score_threshold=0.95)
    assert len(kept) == 5
    assert "0.95" in stepper.figure.locator("tr[data-state=below]").all_inner_texts()[0]
    stepper.move("score above", 0)
    assert "0 below the threshold" in stepper.line("sum")


def test_step_by_step_and_back_again(stepper):
    assert "Which box comes first" in stepper.line("step")
    stepper.press("keep the best that is left")
    assert stepper.line("step").startswith("Step 1: 1 dog, score 1.00")
    assert stepper.line("sum").startswith("1 kept, 6 dropped")
    stepper.press("keep the best that is left")
    assert stepper.line("step").startswith("Step 2: 2 kite")
    stepper.press("one back")
    stepper.press("start again")
    assert stepper.kept() == []


def test_the_soft_rule_lowers_and_keeps_more(stepper):
    stepper.choose(MODES[2])
    stepper.press("keep the best that is left")
    assert "lowered" in stepper.line("step")
    stepper.press("to the end")
    assert len(stepper.kept()) > len(library())
    assert stepper.figure.get_by_label("drop if IoU above").is_disabled()
