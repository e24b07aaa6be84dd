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
        more = self.figure.locator("details.ssd-more")
        if more.get_attribute("open") is None:
            more.locator("summary").click()
        self.figure.get_by_role("button", name=name).click()
        self.page.wait_for_timeout(300)  # until the box has glided there


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
    lab.press("Put it on the default box")
    assert lab.column(0) == [0, 0, 0, 0]


def test_on_the_object_the_loss_is_zero(lab):
    lab.press("Put it on the object")
    assert lab.column(0) == lab.column(1)
    assert lab.number("loss") == "0.00"


def test_steps_go_down_the_gradient_to_the_object(lab):
    lab.press("Put it on the default box")
    losses = [float(lab.number("loss"))]
    for _ in range(12):
        lab.press("Take one step")
        losses.append(float(lab.number("loss")))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.02
    assert "IoU with the object 0.9" in lab.figure.inner_text()


def test_without_variances_the_same_boxes_have_small_offsets(lab):
    before = lab.column(1)
    lab.figure.locator("details.ssd-more summary").click()
    lab.figure.get_by_label("divide the offsets by the variances").uncheck()
    lab.page.wait_for_timeout(300)
    scaled = [v * f for v, f in zip(before, (0.1, 0.1, 0.2, 0.2), strict=True)]
    assert lab.column(1) == pytest.approx(scaled, abs=0.011)


def test_a_box_never_loses_its_area(lab):
    lab.figure.locator(".ssd-box.ssd-a").focus()
    for _ in range(80):
        lab.page.keyboard.press("Shift+ArrowLeft")
    box = lab.box("a")
    assert box[2] - box[0] == pytest.approx(0.02, abs=1e-6)
    assert "NaN" not in lab.figure.inner_text()


def test_every_handle_and_label_is_seen(lab):
    hit = """(one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        const there = document.elementsFromPoint(x + width / 2, y + height / 2);
        return getComputedStyle(one).pointerEvents === "none" || there[0] === one;
    }"""
    corners = lab.figure.locator(".ssd-corner").all()
    labels = lab.figure.locator(":is(.ssd-tag, .ssd-arrow)").all()
    assert (len(corners), len(labels)) == (8, 6)
    for one in (*corners, *labels):
        assert one.evaluate(hit), one.inner_text()


def test_the_arrows_say_the_offsets_and_light_their_rows(lab):
    for index, part in enumerate(("x", "y", "width", "height")):
        arrow = lab.figure.locator(f"[data-arrow={part}]")
        said = float(arrow.inner_text().split()[-1].replace("−", "-"))
        assert said == lab.column(0)[index]
        lab.figure.locator(f"[data-part={part}]").focus()
        assert "ssd-lit" in arrow.get_attribute("class")


def test_the_descent_plays_to_the_object_and_can_be_paused(lab):
    play = lab.figure.locator(".ssd-main")
    before = float(lab.number("loss"))
    play.click()
    assert play.inner_text() == "Pause"
    lab.wait_until(lambda: float(lab.number("loss")) < before)
    play.click()
    assert play.inner_text() == "Play descent"
    stopped = lab.number("loss")
    lab.page.wait_for_timeout(600)
    assert abs(float(lab.number("loss")) - float(stopped)) < 0.8  # one glide at most
    play.click()
    lab.page.wait_for_function(
        """() =>
        document.querySelector("figure[data-widget=offset_lab] .ssd-main").textContent
        === "Play descent" """,
        timeout=20_000,
    )
    lab.wait_until(lambda: float(lab.number("loss")) < 0.01)


def test_without_motion_the_descent_is_there_at_once(lab):
    lab.page.emulate_media(reduced_motion="reduce")
    lab.figure.locator(".ssd-main").click()
    assert float(lab.number("loss")) < 0.01
    assert lab.figure.locator(".ssd-stop").count() > 10


def test_the_answers_are_true_of_what_is_shown(lab):
    answers = {}
    for chip in lab.figure.locator(".ssd-chip").all():
        chip.click()
        lab.page.wait_for_timeout(300)
        numbers = lab.column(0)
        chip.click()
        answers[chip.inner_text()] = lab.figure.locator(".ssd-answer").inner_text(), numbers
    assert answers["On the default box"][1] == [0, 0, 0, 0]
    text, numbers = answers["Half as wide"]
    assert numbers[0] == numbers[1] == numbers[3] == 0
    assert f"is {numbers[2]:.2f},".replace("-", "−") in text
    text, numbers = answers["On the object"]
    assert ", ".join(f"{one:.2f}" for one in numbers).replace("-", "−") in text
    assert lab.number("loss") == "0.00"


def test_an_offset_of_zero_has_no_arrow_and_no_label(lab):
    arrows = lab.figure.locator(".ssd-arrow:visible")
    assert arrows.count() == 4
    lab.press("Half as wide")
    assert arrows.all_inner_texts() == ["narrower −3.47"]
    lab.press("Put it on the default box")
    assert arrows.count() == 0


def test_labels_lie_clear_of_one_another(lab):
    shared = """(tags) => {
        const rects = tags.map((tag) => tag.getBoundingClientRect()).filter(({ width }) => width);
        return rects.flatMap((a, i) => rects.slice(i + 1).filter((b) => a.left < b.right
            && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
    }"""
    for name in (None, "Half as wide", "On the object", "On the default box"):
        if name:
            lab.figure.locator(".ssd-chip", has_text=name).click()
            lab.page.wait_for_timeout(300)
        notes = lab.figure.locator(":is(.ssd-note, .ssd-a > .ssd-tag)")
        assert notes.evaluate_all(shared) == 0, name


def test_the_moved_box_is_named_while_a_size_is_pointed_at(lab):
    note = lab.figure.get_by_text("moved, not yet stretched")
    assert not note.is_visible()
    lab.figure.locator("[data-part=width]").focus()
    assert note.is_visible()
    lab.figure.locator("[data-part=x]").focus()
    assert not note.is_visible()


def test_the_way_that_lies_ahead_is_the_one_that_is_taken(lab):
    ahead = lab.figure.locator(".ssd-ahead").get_attribute("points")
    lab.page.emulate_media(reduced_motion="reduce")
    lab.figure.locator(".ssd-main").click()
    taken = lab.figure.locator(".ssd-path").get_attribute("points")
    far, near = ([float(one) for one in way.replace(",", " ").split()] for way in (ahead, taken))
    assert abs(len(far) - len(near)) <= 2
    assert near[:20] == pytest.approx(far[:20], abs=0.2)
