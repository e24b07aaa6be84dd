"""The look inside: each stage of the network in the page, with the numbers that it has."""

import math
import re

import pytest
from figure import Figure

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.default_boxes import default_boxes
from ssd_lib.model.ssd import TINY
from ssd_lib.offsets import decode

STAGES = ["image", "maps", "heads", "boxes", "threshold", "nms", "detections"]
SCALE = 128  # pixels of the network's image


class LookInside(Figure):
    widget = "live_detector"
    path = "book/intro.html"
    ready = ".ssd-inside-strip"

    def __init__(self, watched):
        super().__init__(watched)
        self.figure.locator(".ssd-inside:not(.ssd-inside-waiting)").wait_for()
        self.stage = self.figure.locator(".ssd-inside .ssd-stage")
        if not self.stage.is_visible():  # on a phone the stages begin closed
            self.open("threshold")

    def tab(self, stage):
        return self.figure.locator(f"[role=tab][data-stage={stage}]")

    def open(self, stage):
        self.tab(stage).click()

    def side(self, selector):
        """What is beside the image in the stage that is open."""
        side = ".ssd-inside-side:not([inert])"
        return self.figure.locator(f"{side} {selector}").locator("visible=true")

    def line(self, name):
        return self.side(f"[data-line={name}]").inner_text()

    def count(self, stage):
        return int(self.number(f"stage-{stage}"))

    def go_to(self, row):
        self.side("input[type=number]").fill(f"{row}")

    def row(self):
        return int(self.side("input[type=number]").input_value())

    def drawn(self):
        """What the canvas over the image shows, once it is painted."""
        self.rest()
        return self.figure.locator(".ssd-inside .ssd-stage canvas").evaluate(
            "(canvas) => canvas.toDataURL()"
        )

    def height(self):
        return self.figure.locator(".ssd-inside").bounding_box()["height"]


@pytest.fixture
def inside(watch, width):
    figure = LookInside(watch(width, has_touch=width == 360))
    yield figure
    assert figure.watched.trouble == []


def test_it_opens_at_the_row_of_the_best_detection(inside):
    assert inside.tab("threshold").get_attribute("aria-selected") == "true"
    name, score = inside.side(".ssd-best").inner_text().split()
    inside.open("detections")
    best = inside.side("[data-kept='0']").inner_text().split("\n")
    assert (best[0], float(best[1])) == (name, pytest.approx(float(score), abs=0.006))


def test_the_stages_count_the_same_boxes(inside):
    kept, dropped = inside.count("detections"), inside.count("nms")
    assert inside.count("boxes") == TINY.num_boxes
    assert inside.count("threshold") == kept + dropped
    assert sum(map(int, inside.side(".ssd-inside-counts b").all_inner_texts())) == kept + dropped
    inside.open("nms")
    assert inside.side("[data-kept]").count() == kept
    per_keeper = inside.side("[data-kept] .ssd-sum").all_inner_texts()
    assert sum(int(text.removeprefix("dropped ")) for text in per_keeper) == dropped
    heads = inside.number("stage-heads").replace("\u202f", "")
    assert int(heads) == TINY.num_boxes * (4 + 9)


@pytest.mark.parametrize("row", [0, 4095, 4096, 5999, 6135])
def test_any_row_is_that_of_its_default_box(inside, row):
    inside.open("boxes")
    inside.go_to(row)
    cx, cy, width, height = (SCALE * default_boxes(TINY)[row]).tolist()
    numbers = [int(number) for number in re.findall(r"\d+", inside.line("boxes"))]
    assert numbers[:4] == pytest.approx([width, height, cx, cy], abs=0.51)
    shown = inside.side(".ssd-inside-offsets b").all_inner_texts()
    offsets = [float(text.replace("−", "-")) for text in shown]
    box = cxcywh_to_xyxy(
        decode(default_boxes(TINY).new_tensor([offsets]), default_boxes(TINY)[row : row + 1])
    ).clamp(0, 1)[0]
    left, top, right, bottom = (SCALE * box).tolist()
    decoded = [right - left, bottom - top, (left + right) / 2, (top + bottom) / 2]
    assert numbers[4:] == pytest.approx(decoded, abs=1)
    scores = inside.side(".ssd-inside-row .ssd-inside-bars b").all_inner_texts()
    assert len(scores) == 9
    assert math.fsum(map(float, scores)) == pytest.approx(1, abs=0.005)


def test_a_row_that_says_background_is_called_background(inside):
    inside.open("boxes")
    inside.go_to(0)
    assert inside.side(".ssd-best").inner_text().split()[0] == "background"
    said = inside.figure.locator(".ssd-inside .ssd-stage").get_attribute("aria-label")
    assert re.search(r"It says “background (0\.9\d|1\.00)”", said)


def test_arrow_keys_go_from_cell_to_cell_and_stop_at_the_edge(inside):
    inside.open("boxes")
    inside.go_to(6112 - 6 * 4 + 1)  # the 4 × 4 map's last row of cells, its second shape
    inside.stage.focus()
    for key in ["ArrowRight"] * 5 + ["ArrowDown", "ArrowUp"]:
        inside.page.keyboard.press(key)
    assert inside.row() == 6112 - 6 * 4 - 6 + 1
    assert "row 2, column 3, 1:1 extra" in inside.line("row")
    assert inside.line("row") in inside.stage.get_attribute("aria-label")


def test_the_row_of_stages_is_walked_by_keys(inside):
    inside.tab("threshold").focus()
    for key, stage in [
        ("ArrowRight", "nms"),
        ("ArrowRight", "detections"),
        ("ArrowRight", "image"),
        ("End", "detections"),
        ("Home", "image"),
        ("ArrowRight", "maps"),
    ]:
        inside.page.keyboard.press(key)
        assert inside.tab(stage).get_attribute("aria-selected") == "true"
        assert inside.figure.locator("[role=tab][tabindex='0']").count() == 1
        assert inside.page.evaluate("document.activeElement.dataset.stage") == stage


def test_a_pointer_finds_the_box_at_its_edge_and_leaves_it(inside, width):
    if width == 360:
        pytest.skip("a finger does not hover")
    first = inside.row()
    rows = set()
    for step in range(1, 40):
        inside.page.mouse.move(*inside.to_page(step / 40, 0.6))
        rows.add(inside.row())
    assert len(rows - {first}) >= 2
    inside.page.mouse.move(2, 2)
    assert inside.row() == first


def test_a_tap_chooses_the_cell_under_it(inside, width):
    inside.open("boxes")
    inside.go_to(5633)  # in the 8 × 8 map
    x, y = inside.to_page(0.44, 0.9)
    if width == 360:
        inside.page.touchscreen.tap(x, y)
    else:
        inside.page.mouse.click(x, y)
    inside.wait_until(lambda: "8 × 8 map, cell in row 7, column 3, 1:1 extra" in inside.line("row"))


def test_both_sliders_are_one_threshold(inside):
    outer = inside.figure.get_by_label("Show detections with a score above")
    inner = inside.side("input[type=range]")
    before = inside.count("threshold")
    inner.fill("0.1")
    assert outer.input_value() == "0.1"
    assert inside.count("threshold") > before
    outer.fill("0.95")
    assert inner.input_value() == "0.95"
    assert inside.count("threshold") < before
    assert "score > 0.95" in inside.tab("threshold").text_content()  # a phone hides it


def test_each_dropped_box_overlaps_its_keeper(inside):
    inside.open("nms")
    counts = inside.side("[data-kept] .ssd-sum").all_inner_texts()
    for k, text in enumerate(counts[:3]):
        inside.side(f"[data-kept='{k}']").click()
        gone = inside.side("[data-gone]").all_inner_texts()
        assert len(gone) == int(text.removeprefix("dropped "))
        ious = [float(re.search(r"IoU (\d\.\d\d)", one)[1]) for one in gone]
        assert ious == sorted(ious, reverse=True)
        assert all(0.45 <= iou <= 1 for iou in ious)
    inside.side("[data-kept='0']").focus()
    before = inside.drawn()
    inside.page.keyboard.press("ArrowDown")
    assert inside.side("[data-kept='1']").get_attribute("aria-selected") == "true"
    assert inside.drawn() != before


def test_channels_are_sorted_and_each_can_be_laid_over_the_image(inside):
    inside.open("maps")
    loudest, first = inside.line("channel"), inside.drawn()
    inside.side(".ssd-channel").nth(3).click()
    assert inside.line("channel") != loudest
    assert inside.drawn() != first
    assert "4 of 128" in inside.side(".ssd-slider").first.inner_text()
    inside.side("button").filter(has_text="Loudest channel").click()
    assert inside.line("channel") == loudest
    inside.side("input[type=radio]").first.focus()
    inside.page.keyboard.press("ArrowRight")
    assert "1 of 96" in inside.side(".ssd-slider").first.inner_text()


def test_the_heat_of_a_class_is_the_score_of_its_best_box(inside):
    inside.open("heads")
    inside.figure.get_by_role("button", name="cat").locator("visible=true").last.click()
    row = int(re.search(r"row (\d+) of", inside.line("heat"))[1])
    score = re.search(r"with (\d\.\d\d)", inside.line("heat"))[1]
    inside.open("boxes")
    inside.go_to(row)
    cat = inside.side(".ssd-inside-row .ssd-inside-bars b").all_inner_texts()[2]
    assert float(cat) == pytest.approx(float(score), abs=0.006)


def test_every_stage_has_the_same_height_and_room_on_a_phone(inside, width):
    heights = set()
    for stage in STAGES:
        inside.open(stage)
        heights.add(round(inside.height()))
        assert inside.page.evaluate("document.documentElement.scrollWidth") <= width
    inside.open("boxes")
    for row in (0, 4000, 6135):
        inside.go_to(row)
        heights.add(round(inside.height()))
    assert len(heights) == 1
    if width == 360:
        for target in inside.side("button, label, [role=option]").all():
            assert target.bounding_box()["height"] >= 43.9


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_drawn_in_both_schemes(inside, width, dark):
    inside.look(width, dark)
    for stage in STAGES:
        inside.open(stage)
        name = f"look_inside_{stage}_{width}{'_dark' if dark else ''}"
        assert inside.screenshot(name) > 20_000
