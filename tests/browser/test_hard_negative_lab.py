"""The hard-negative lab in the page: what it mines is what ssd_lib mines."""

import re

import pytest
import torch
from figure import Figure

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.widgets.hard_negative_lab import ALL, HardNegativeLab, invented_answers

OPACITY = """(canvas) => {
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    return data.reduce((sum, value, i) => sum + (i % 4 === 3 ? value : 0), 0);
}"""


class Lab(Figure):
    widget = "hard_negative_lab"
    path = "book/loss.html"

    def set_ratio(self, ratio):
        name = "all" if ratio == ALL else f"{ratio}"
        self.figure.get_by_role("radio", name=name, exact=True).check()

    def about(self):
        return self.figure.locator("[data-line=about]").inner_text()

    def colours(self):
        """How opaque the canvas on the image is, over all its pixels."""
        self.page.wait_for_timeout(400)  # it glides
        return self.stage.locator("canvas").evaluate(OPACITY)


@pytest.fixture
def lab(watch, width):
    figure = Lab(watch(width))
    yield figure
    assert figure.watched.trouble == []


def negatives():
    """The losses of all negatives, the worst first, and their IoU with the nearest object."""
    gt_boxes = torch.tensor(HardNegativeLab().gt_boxes)
    margin, positive = invented_answers(gt_boxes)
    loss = torch.nn.functional.softplus(-margin)
    ious = box_iou(gt_boxes, cxcywh_to_xyxy(default_boxes(SSD300_VOC))).amax(dim=0)
    order = loss.masked_fill(positive, -1).argsort(descending=True)[: int((~positive).sum())]
    return loss[order], ious[order]


def test_each_ratio_gives_the_librarys_numbers_and_the_last_is_all(lab):
    lab.figure.locator("summary").click()
    for ratio in (0, 1, 3, 10, ALL):
        lab.set_ratio(ratio)
        wanted = HardNegativeLab().count(ratio)
        assert lab.number("mined") == str(wanted["mined"])
        assert lab.number("positive_loss") == f"{wanted['positive_loss']:.1f}"
        assert lab.number("negative_loss") == f"{wanted['negative_loss']:.1f}"
        assert lab.number("share") == f"{100 * wanted['share']:.0f} %"
        left = negatives()[0][wanted["mined"] :].sum().item()
        assert lab.number("left_out") == f"{left:.1f}"


def test_the_more_count_the_more_colour_lies_on_the_image(lab):
    colours = []
    for ratio in (0, 1, 3, 10, ALL):
        lab.set_ratio(ratio)
        colours.append(lab.colours())
    assert colours == sorted(set(colours))


def test_pointing_at_a_bar_names_the_box_and_draws_it(lab):
    losses, ious = negatives()
    plain = lab.colours()
    chart = lab.figure.locator(".ssd-ranks")
    chart.scroll_into_view_if_needed()
    frame = chart.bounding_box()
    lab.page.mouse.move(frame["x"] + 40, frame["y"] + 60)  # the first bar is the widest
    for rank in (1, 2, 3):
        text = f"This is rank {rank}: loss {losses[rank - 1]:.2f}, IoU {ious[rank - 1]:.3f} with"
        assert lab.about().startswith(text)
        assert chart.get_attribute("aria-valuenow") == f"{rank}"
        assert lab.colours() != plain
        chart.press("ArrowRight")
    chart.press("End")
    assert f"rank {len(losses)}: loss 0.00" in lab.about()
    assert lab.about().endswith("does not count.")


def test_a_cell_tells_the_loss_of_what_counts_there(lab):
    lab.set_ratio(ALL)
    lab.page.mouse.move(*lab.to_page(0.5, 0.5))
    number, loss = re.findall(r"^(\d+) count here, their loss is (\d+\.\d+)", lab.about())[0]
    boxes = default_boxes(SSD300_VOC)
    margin, positive = invented_answers(torch.tensor(HardNegativeLab().gt_boxes))
    here, start = [], 0
    for row in SSD300_VOC.maps:  # the cell of each map that the middle lies in
        cell = min(int(18.5 * 8 / row.step_px), row.grid - 1)
        each = row.num_boxes // row.grid**2
        first = start + (cell * row.grid + cell) * each
        here += range(first, first + each)
        start += row.num_boxes
    assert start == len(boxes)
    here = [box for box in here if not positive[box]]
    assert int(number) == len(here)
    wanted = torch.nn.functional.softplus(-margin[here]).sum().item()
    assert float(loss) == pytest.approx(wanted, abs=0.006)
    lab.set_ratio(0)
    lab.stage.press("ArrowRight")
    assert lab.about() == "No negative counts here."


def test_the_answers_to_the_questions_are_true(lab):
    losses, ious = negatives()
    first = [f"{part.mean():.2f}" for part in (ious[:74], ious[74:])]
    easy = losses[222:]
    numbers = {
        "Where are the worst?": (74, ["74", first[0], f"{len(losses) - 74}", first[1]]),
        "What if all count?": (
            len(losses),
            ["82", "222", f"{easy.mean():.3f}", f"{len(easy)}", f"{easy.sum():.0f}", "110"],
        ),
        "What if none counts?": (0, []),
    }
    for ask, (count, wanted) in numbers.items():
        chip = lab.figure.get_by_role("button", name=ask)
        chip.click()
        assert lab.number("mined") == f"{count}"
        chip.click()
        answer = lab.figure.locator(".ssd-answer").inner_text()
        assert re.findall(r"\d+(?:\.\d+)?", answer) == wanted
    assert f"{HardNegativeLab().count(ALL)['share']:.0%}" == "82%"


def test_the_line_is_moved_by_keys_and_dragged_to_any_count(lab):
    line = lab.figure.locator(".ssd-rank-grip")
    line.press("ArrowRight")
    assert lab.number("mined") == "223"
    assert lab.figure.locator(".ssd-ratios :checked").count() == 0
    line.press("End")
    assert lab.number("mined") == str(len(negatives()[0]))
    assert lab.figure.get_by_role("radio", name="all").is_checked()
    before = lab.colours()
    frame = line.bounding_box()
    lab.page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    lab.page.mouse.down()
    lab.page.mouse.move(frame["x"] - 100, frame["y"] + 40)
    lab.page.mouse.up()
    assert 0 < int(lab.number("mined")) < 4000
    assert line.get_attribute("aria-valuenow") == lab.number("mined")
    assert lab.colours() < before


def test_the_headline_says_how_its_count_comes_about(lab):
    assert "= 3 × 74 positives" in lab.figure.inner_text()
    assert int(lab.number("mined")) == 3 * 74
