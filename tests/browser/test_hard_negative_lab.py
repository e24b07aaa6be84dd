"""The hard-negative lab in the page: what it mines is what ssd_lib mines."""

import json
import re
from itertools import pairwise

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

# Moves a pointer over the image, row by row; what the line below it says.
SWEEP = """async (stage, step) => {
    const line = stage.closest("figure").querySelector("[data-line=about]");
    const { left, top, width } = stage.getBoundingClientRect();
    const said = [];
    for (let y = 8; y < width; y += step) {
        for (let x = 10; x < width; x += 30) {
            const place = { clientX: left + x, clientY: top + y, bubbles: true };
            stage.dispatchEvent(new PointerEvent("pointermove", place));
            await new Promise(requestAnimationFrame);
            said.push([y / width, line.innerText]);
        }
    }
    return said;
}"""


class Lab(Figure):
    widget = "hard_negative_lab"
    path = "book/loss.html"

    def set_ratio(self, ratio):
        name = "all" if ratio == ALL else f"{ratio}"
        self.figure.get_by_role("radio", name=name, exact=True).check()

    def about(self):
        return self.figure.locator("[data-line=about]").inner_text()

    def names(self, step):
        """Whose names a pointer meets on the image, and how far down it meets each first."""
        found = {}
        for down, said in self.stage.evaluate(SWEEP, step):
            if named := re.match(r"This one: .* with the (\w+)", said):
                found.setdefault(named[1], down)
        return found

    def colours(self):
        """How opaque the boxes that count lie on the image, over all its pixels."""
        return self.stage.locator("canvas").first.evaluate(OPACITY)

    def settled(self):
        """The same, once the boxes have come in."""
        seen = []

        def is_still():
            seen.append(self.colours())
            return len(seen) > 8 and len(set(seen[-8:])) == 1

        self.wait_until(is_still)
        return seen[-1]


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


def pulls():
    """The gradients of the negatives but the worst 222, and the sum of the positives'."""
    margin, positive = invented_answers(torch.tensor(HardNegativeLab().gt_boxes))
    easy = (-margin[~positive]).sigmoid().sort(descending=True).values[222:]
    return easy, margin[positive].sigmoid().sum()


def test_each_ratio_gives_the_librarys_numbers_and_the_last_is_all(lab):
    lab.figure.locator("summary", has_text="More").click()
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
        colours.append(lab.settled())
    assert colours[0] == 0
    assert all(more > less for less, more in pairwise(colours))


def test_all_that_count_flood_the_image(lab):
    """Each of the easy ones is a dot of its own, though many share a centre."""
    colours = []
    for ratio in (3, 10, ALL):
        lab.set_ratio(ratio)
        colours.append(lab.settled())
    three, ten, every = colours
    assert every - ten > 5 * (ten - three)


def test_pointing_at_the_hill_names_the_box_and_draws_it(lab):
    losses, ious = negatives()
    above = lab.stage.locator("canvas").last
    plain = above.evaluate(OPACITY)
    hill = lab.figure.locator(".ssd-costs-ranks")
    hill.scroll_into_view_if_needed()
    hill.press("Home")
    for rank in (1, 2, 3):
        iou = ious[rank - 1].item()
        digits = 3 if 0.495 <= iou < 0.5 else 2  # 0.50 would be enough for a match
        text = f"cost {losses[rank - 1]:.2f}, rank {rank} of 8658, IoU {iou:.{digits}f} with"
        assert lab.about().startswith(f"This one: {text}")
        assert lab.about().endswith("It counts.")
        assert hill.get_attribute("aria-valuenow") == f"{rank}"
        lab.wait_until(lambda: above.evaluate(OPACITY) > plain)
        hill.press("Shift+ArrowRight")
    hill.press("End")
    assert "cost less than 0.01, rank 8658 of 8658" in lab.about()
    assert lab.about().endswith("It is left out.")
    frame = hill.bounding_box()
    lab.page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    rank = int(hill.get_attribute("aria-valuenow"))
    assert 1000 < rank < 2000  # the hardest have more room than the others
    assert f"rank {rank} of 8658" in lab.about()


def test_the_boxes_that_count_have_room_enough_to_be_pointed_at(lab):
    hill = lab.figure.locator(".ssd-costs-ranks")
    hill.scroll_into_view_if_needed()
    frame = hill.bounding_box()
    middle = frame["y"] + frame["height"] / 2
    ranks = []
    for right in (14, 30, 46, 62):
        lab.page.mouse.move(frame["x"] + right, middle)
        rank = int(hill.get_attribute("aria-valuenow"))
        assert f"rank {rank} of 8658" in lab.about()
        assert lab.about().endswith("It counts.")
        ranks.append(rank)
    assert 1 <= ranks[0] < ranks[1] < ranks[2] < ranks[3] <= 222


def test_only_the_line_and_its_knob_are_dragged(lab):
    line = lab.figure.locator(".ssd-costs-grip")
    line.scroll_into_view_if_needed()
    frame = line.bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    mouse = lab.page.mouse
    for start, count in (((x + 8, y), "222"), ((x, frame["y"] + frame["height"] - 10), None)):
        mouse.move(*start)
        mouse.down()
        mouse.move(x + 60, y)
        mouse.up()
        assert (lab.number("mined") == "222") == (count == "222")


def test_the_three_parts_of_all_boxes_add_up(lab):
    for ratio in (0, 1, 3, 10, ALL):
        lab.set_ratio(ratio)
        counted, left = int(lab.number("counted")), int(lab.number("left"))
        assert counted == HardNegativeLab().count(ratio)["mined"] == int(lab.number("mined"))
        assert int(lab.number("with")) + counted + left == SSD300_VOC.num_boxes


def test_the_line_below_the_image_tells_what_one_box_costs(lab):
    losses, _ = negatives()
    means = [f"{part.mean():.2f}" for part in (losses[:222], losses[222:])]
    assert re.findall(r"\d+(?:\.\d+)?", lab.about()) == ["222", means[0], "8436", means[1]]
    lab.set_ratio(ALL)
    median = losses[len(losses) // 2]
    assert re.findall(r"\d+\.\d+", lab.about()) == [f"{median:.2f}"]
    lab.set_ratio(0)
    assert "all 8658 boxes are left out" in lab.about()


def hardest_over_the_middle():
    """The largest loss of a negative at the image's middle, by map."""
    margin, positive = invented_answers(torch.tensor(HardNegativeLab().gt_boxes))
    losses, start = {}, 0
    for row in SSD300_VOC.maps:
        cell = min(int(18.5 * 8 / row.step_px), row.grid - 1)
        each = row.num_boxes // row.grid**2
        first = start + (cell * row.grid + cell) * each
        here = [box for box in range(first, first + each) if not positive[box]]
        losses[row.grid] = torch.nn.functional.softplus(-margin[here]).max().item()
        start += row.num_boxes
    return losses


def test_pointing_at_the_image_tells_of_the_hardest_box_of_the_finest_map_there(lab):
    ordered, hardest = negatives()[0], hardest_over_the_middle()
    for ratio in (3, ALL):
        lab.set_ratio(ratio)
        counted = HardNegativeLab().count(ratio)["mined"]
        least = ordered[counted - 1].item() - 1e-6
        counting = [grid for grid, loss in hardest.items() if loss >= least]
        grid = counting[0] if counting else max(hardest, key=hardest.get)
        rank = int((ordered > hardest[grid] + 1e-6).sum()) + 1
        lab.page.mouse.move(*lab.to_page(0.3, 0.3))
        lab.page.mouse.move(*lab.to_page(0.5, 0.5))
        assert lab.about().startswith(
            f"The hardest box of the {grid} × {grid} map here: cost {hardest[grid]:.2f}, "
            f"rank {rank} of 8658, "
        )
        assert lab.about().endswith("It counts." if counting else "It is left out.")
    lab.set_ratio(0)
    lab.stage.press("ArrowRight")
    assert lab.about().endswith("It is left out.")


def test_what_is_left_out_is_shown_when_it_is_asked_for(lab):
    few = lab.settled()
    lab.figure.locator(".ssd-mining-keys [tabindex]").last.focus()
    lab.wait_until(lambda: lab.colours() != few)  # 8436 others, and not the 222
    assert lab.settled() > 0
    lab.stage.focus()
    lab.wait_until(lambda: lab.colours() == few)


def test_a_name_that_is_pointed_at_tells_of_its_box(lab):
    assert set(lab.names(16)) == set(HardNegativeLab().names)  # they are 20 pixels high


def test_more_negatives_move_nothing_below_their_number(lab):
    ratios = lab.figure.locator(".ssd-ratios")
    top = """(one) => one.getBoundingClientRect().top
        - one.closest("figure").getBoundingClientRect().top"""
    before = ratios.evaluate(top)
    for ratio in (0, 10, ALL):
        lab.set_ratio(ratio)
        assert ratios.evaluate(top) == pytest.approx(before, abs=0.5)


def test_the_boxes_of_one_map_are_shown_alone(lab):
    lab.figure.locator("summary", has_text="More").click()
    lab.set_ratio(ALL)
    colours = []
    for shown in ("0", "1", "6"):
        lab.figure.get_by_label("Boxes on the image").select_option(shown)
        colours.append(lab.settled())
    assert colours[0] > colours[1] > colours[2] > 0


def test_the_answers_to_the_questions_are_true(lab):
    losses, ious = negatives()
    first = [f"{part.mean():.2f}" for part in (ious[:74], ious[74:])]
    easy, positive = pulls()
    numbers = {
        "Where are the worst?": (74, ["74", first[0], f"{len(losses) - 74}", first[1]]),
        "What if all count?": (
            len(losses),
            ["82", "52", f"{len(easy)}", f"{easy.mean():.2f}", f"{easy.sum() / positive:.1f}"],
        ),
        "What if none counts?": (0, []),
    }
    for ask, (count, wanted) in numbers.items():
        chip = lab.figure.get_by_role("button", name=ask)
        chip.click()
        assert lab.number("mined") == f"{count}"
        chip.click()
        answer = lab.answered()
        assert re.findall(r"\d+(?:\.\d+)?", answer) == wanted
    assert f"{HardNegativeLab().count(ALL)['share']:.0%}" == "82%"


def test_the_line_is_moved_by_keys_and_dragged_to_any_count(lab):
    line = lab.figure.locator(".ssd-costs-grip")
    line.press("Shift+ArrowRight")
    assert lab.number("mined") == "223"
    assert lab.figure.locator(".ssd-ratios :checked").count() == 0
    assert line.get_attribute("aria-valuetext").startswith("223 of 8658 count")
    line.press("PageUp")
    assert int(lab.number("mined")) > 223
    line.press("End")
    assert lab.number("mined") == str(len(negatives()[0]))
    assert lab.figure.get_by_role("radio", name="all").is_checked()
    before = lab.settled()
    frame = line.bounding_box()
    lab.page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    lab.page.mouse.down()
    lab.page.mouse.move(frame["x"] - 100, frame["y"] + 40)
    lab.page.mouse.up()
    assert 0 < int(lab.number("mined")) < 8000
    assert line.get_attribute("aria-valuenow") == lab.number("mined")
    lab.wait_until(lambda: lab.colours() < before)


def test_arrows_go_along_the_hill_in_even_steps_and_pages_in_longer_ones(lab):
    line = lab.figure.locator(".ssd-costs-grip")
    line.focus()
    places, counts = [], []
    for key in ["ArrowRight"] * 3 + ["ArrowUp", "PageUp"]:
        lab.page.keyboard.press(key)
        counts.append(int(lab.number("mined")))
        lab.settled()
        places.append(float(line.evaluate("(one) => one.style.left").removesuffix("px")))
    far = [right - left for left, right in pairwise(places)]
    assert far[:3] == pytest.approx([far[0]] * 3, abs=0.3)
    assert far[3] == pytest.approx(5 * far[0], abs=1)
    for key, count in zip(["PageDown", "ArrowLeft", "ArrowDown"], counts[3:0:-1], strict=True):
        lab.page.keyboard.press(key)
        assert int(lab.number("mined")) == count
    line.press("Home")
    line.press("ArrowRight")
    assert lab.number("mined") == "1"


def test_the_headline_says_how_its_count_comes_about(lab):
    assert "= 3 × 74 positives" in lab.figure.inner_text()
    assert int(lab.number("mined")) == 3 * 74


def test_the_share_of_the_gradient_is_seen_at_once(lab):
    share = lab.figure.locator("[data-number=share]")
    assert share.is_visible()
    lab.figure.get_by_role("button", name="What if all count?").click()
    wanted = f"{100 * HardNegativeLab().count(ALL)['share']:.0f} %"
    assert share.inner_text() == wanted
    told = lab.figure.locator(".ssd-shares").get_attribute("aria-label")
    assert told.endswith(f"background {wanted}")


def test_the_scene_is_seen_even_if_all_boxes_count(lab):
    lab.set_ratio(ALL)
    canvas = lab.stage.locator("canvas").first
    pixels = canvas.evaluate("({ width, height }) => width * height")
    assert lab.settled() < 0.3 * 255 * pixels


COLOURED = """(canvas, hex) => {
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const is = (at) => data[4 * at + 3] > 200
        && wanted.every((part, i) => Math.abs(data[4 * at + i] - part) < 8);
    const ground = 0.8 * height; // names and numbers stand above and below the hill
    return Array.from({ length: width }, (_, x) =>
        Array.from({ length: height }, (_, y) => is(y * width + x) && y > 0.2 * height
            ? ground - y : 0).find((high) => high > 0) ?? 0);
}"""


def test_the_hill_is_the_lower_the_less_its_boxes_cost(lab):
    lab.set_ratio(ALL)
    lab.settled()
    mined = lab.figure.evaluate(
        "(one) => getComputedStyle(one).getPropertyValue('--ssd-mined').trim()"
    )
    heights = lab.figure.locator(".ssd-costs canvas").evaluate(COLOURED, mined)
    parts = [heights[round(part * len(heights))] for part in (0.06, 0.15, 0.3, 0.5)]
    assert all(low < 0.7 * high for high, low in pairwise(parts))


def test_the_part_of_the_hill_that_counts_grows_with_the_ratio(lab):
    mined = lab.figure.evaluate(
        "(one) => getComputedStyle(one).getPropertyValue('--ssd-mined').trim()"
    )
    counted = []
    for ratio in (0, 1, 3, 10):
        lab.set_ratio(ratio)
        lab.settled()
        counted.append(sum(lab.figure.locator(".ssd-costs canvas").evaluate(COLOURED, mined)))
    assert counted[0] == 0
    assert all(more > 1.05 * less for less, more in pairwise(counted))


def test_every_name_stands_above_its_frame_where_there_is_room(lab):
    """Of the cat and the dog, whose frames are tall: no name hangs on a side."""
    found = lab.names(12)
    assert found["dog"] < 0.12
    assert found["cat"] < 0.56


def test_the_key_tells_what_frames_and_the_sizes_of_dots_mean(lab):
    rows = lab.figure.locator(".ssd-mining-keys > *").all_inner_texts()
    assert [row for row in rows if "costliest" in row or "larger dot" in row] == rows[-2:]


def test_two_bars_tell_how_few_make_how_much(lab):
    told = lab.figure.locator(".ssd-shares").get_attribute("aria-label").replace("\xa0", " ")
    assert re.findall(r"\d+(?= %)", told) == ["1", "3", "48", "52"]


def test_the_frame_of_the_line_leaves_the_words_above_it_free(lab):
    line = lab.figure.locator(".ssd-costs-grip")
    hill = lab.figure.locator(".ssd-costs")
    assert line.bounding_box()["y"] - hill.bounding_box()["y"] >= 17


LABELS = """() => {
    const { strokeText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.strokeText = function (text, x, y) {
        const wide = this.measureText(text).width;
        this.canvas.dataset.label = JSON.stringify([text, x, x + wide]);
        strokeText.call(this, text, x, y);
    };
}"""


def test_what_a_box_costs_stands_on_one_side_of_the_line(lab):
    lab.page.evaluate(LABELS)  # the last line of the label, the only words with a rim
    line, hill = (lab.figure.locator(f".ssd-costs-{name}") for name in ("grip", "ranks"))
    wide = lab.figure.locator(".ssd-costs").bounding_box()["width"]

    def is_clear(room):
        text, left, right = json.loads(hill.locator("canvas").get_attribute("data-label"))
        x = float(line.evaluate("(one) => one.style.left").removesuffix("px"))
        assert "costs " in text
        assert 0 <= left < right <= wide
        assert right <= x - room or left >= x + room

    for ratio in (0, 1, 3, 10, ALL):
        lab.set_ratio(ratio)
        lab.settled()
        if ratio:
            is_clear(8)
        for key in ("Home", "PageUp", "PageUp", "End"):
            hill.press(key)
            is_clear(8)
        line.press("ArrowLeft")
        if ratio:
            is_clear(line.bounding_box()["width"] / 2 + 2)


def test_the_hill_is_high_enough_to_be_seen(lab):
    assert lab.figure.locator(".ssd-costs").bounding_box()["height"] > 140
