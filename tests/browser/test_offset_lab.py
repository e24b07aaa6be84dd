"""The offset lab in the page: its numbers are ssd_lib's, and its steps go downhill."""

import pytest
import torch
from figure import Figure

from ssd_lib.boxes import xyxy_to_cxcywh
from ssd_lib.offsets import encode
from ssd_lib.widgets.offset_lab import OffsetLab


class Lab(Figure):
    widget = "offset_lab"
    path = "book/offsets.html"

    def box(self, kind):
        left, top, width, height = self.figure.locator(f".ssd-box.ssd-{kind}").evaluate(
            """(box) => ["left", "top", "width", "height"].map(
                (side) => parseFloat(box.style[side]) / 100)"""
        )
        return torch.tensor([left, top, left + width, top + height])

    def column(self, index):
        cells = self.figure.locator(f"[data-part] td:nth-child({index + 2})")
        return [float(text.replace("−", "-")) for text in cells.all_inner_texts()]

    def press(self, name):
        self.figure.get_by_role("button", name=name).click()


@pytest.fixture
def lab(watch, width):
    figure = Lab(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_the_offsets_are_the_librarys(lab):
    lab.figure.locator(".ssd-box.ssd-a").focus()
    for key in ["ArrowRight"] * 5 + ["Shift+ArrowDown"] * 4:
        lab.page.keyboard.press(key)
    start = xyxy_to_cxcywh(torch.tensor(OffsetLab().default_box))
    answer, target = (encode(xyxy_to_cxcywh(lab.box(kind)), start) for kind in ("a", "b"))
    loss = torch.nn.functional.smooth_l1_loss(answer, target, reduction="none")
    for index, values in enumerate((answer, target, loss)):
        assert lab.column(index) == pytest.approx(values.tolist(), abs=0.0051)
    assert float(lab.number("loss")) == pytest.approx(loss.sum().item(), abs=0.0051)


def test_on_the_default_box_the_offsets_are_zero(lab):
    lab.press("to the default box")
    assert lab.column(0) == [0, 0, 0, 0]


def test_on_the_object_the_loss_is_zero(lab):
    lab.press("to the object")
    assert lab.column(0) == lab.column(1)
    assert lab.number("loss") == "0.00"


def test_steps_go_down_the_gradient_to_the_object(lab):
    lab.press("to the default box")
    losses = [float(lab.number("loss"))]
    for _ in range(12):
        lab.press("a step down the gradient")
        losses.append(float(lab.number("loss")))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.02
    assert "IoU of prediction and object 0.9" in lab.figure.inner_text()


def test_without_variances_the_same_boxes_have_small_offsets(lab):
    before = lab.column(1)
    lab.figure.get_by_label("divide by the variances").uncheck()
    scaled = [v * f for v, f in zip(before, (0.1, 0.1, 0.2, 0.2), strict=True)]
    assert lab.column(1) == pytest.approx(scaled, abs=0.011)


def test_a_box_never_loses_its_area(lab):
    lab.figure.locator(".ssd-box.ssd-a").focus()
    for _ in range(80):
        lab.page.keyboard.press("Shift+ArrowLeft")
    box = lab.box("a")
    assert box[2] - box[0] == pytest.approx(0.02, abs=1e-6)
    assert "NaN" not in lab.figure.inner_text()
