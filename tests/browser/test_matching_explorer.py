"""The matching explorer in the page: what is matched is what ssd_lib matches."""

import pytest
import torch
from figure import Figure

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.default_boxes import default_boxes
from ssd_lib.matching import match
from ssd_lib.widgets.matching_explorer import LAYOUTS


class Explorer(Figure):
    widget = "matching_explorer"
    path = "book/matching.html"

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]").inner_text()

    def choose(self, label, value):
        self.figure.get_by_label(label).select_option(value)

    def objects(self):
        found = self.figure.locator(".ssd-object").evaluate_all(
            """(boxes) => boxes.map((box) => ["left", "top", "width", "height"].map(
                (side) => parseFloat(box.style[side]) / 100))"""
        )
        x, y, w, h = torch.tensor(found).reshape(-1, 4).unbind(1)
        return torch.stack([x, y, x + w, y + h], dim=1)

    def totals(self):
        found = self.figure.locator("[data-total]").all_inner_texts()
        return [int(text) for text in found]

    def library_totals(self, layout, threshold=0.5):
        corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[layout]))
        matched = match(self.objects(), corners, threshold)
        counts = [int((matched == i).sum()) for i in range(len(self.objects()))]
        return [*counts, int((matched < 0).sum())]


TWO = "8 × 8 and 4 × 4"


@pytest.fixture
def explorer(watch, width):
    figure = Explorer(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_each_layout_starts_with_what_ssd_lib_says(explorer):
    for layout in LAYOUTS:
        explorer.choose("layout", layout)
        assert explorer.totals() == explorer.library_totals(layout)


def test_the_papers_picture_has_two_boxes_for_the_cat(explorer):
    assert explorer.totals() == [2, 3, 315]
    assert explorer.line("sum") == "5 positives, 315 negatives"


def test_an_object_is_moved_by_keys_and_dragged(explorer):
    cat = explorer.figure.locator(".ssd-object", has_text="cat")
    cat.focus()
    for _ in range(30):
        explorer.page.keyboard.press("ArrowUp")
    assert explorer.totals() == explorer.library_totals(TWO)
    explorer.page.mouse.move(*explorer.to_page(0.3, 0.8))
    explorer.page.mouse.down()
    explorer.page.mouse.move(*explorer.to_page(0.55, 0.7), steps=4)
    explorer.page.mouse.up()
    assert explorer.totals() == explorer.library_totals(TWO)


def test_objects_come_and_go_until_there_is_none(explorer):
    add = explorer.figure.get_by_role("button", name="add an object")
    for _ in range(3):
        add.click()
    assert add.is_disabled()
    assert len(explorer.objects()) == 5
    assert explorer.totals() == explorer.library_totals(TWO)
    away = explorer.figure.get_by_role("button", name="take the chosen one away")
    for _ in range(5):
        away.click()
    assert away.is_disabled()
    assert explorer.totals() == [320]
    assert explorer.line("sum") == "0 positives, 320 negatives"


def test_at_a_threshold_of_one_each_object_keeps_its_own_box(explorer):
    slider = explorer.figure.get_by_label("threshold")
    slider.focus()
    explorer.page.keyboard.press("End")
    assert explorer.totals() == [1, 1, 318]
    explorer.page.keyboard.press("Home")
    assert explorer.totals() == explorer.library_totals(TWO, 0.3)


def test_two_of_the_same_share_a_best_box_and_argmax_loses_one(explorer):
    add = explorer.figure.get_by_role("button", name="add an object")
    add.click()
    add.click()  # both at the same place
    assert min(explorer.totals()[:4]) >= 1
    explorer.choose("rule", "argmax")
    explorer.figure.get_by_label("threshold").focus()
    explorer.page.keyboard.press("End")
    assert explorer.line("sum").endswith(": object 3")


def test_the_walk_strikes_out_rows_and_columns(explorer):
    step = explorer.figure.get_by_role("button", name="next pair")
    assert "Which pair comes first?" in explorer.line("walk")
    step.click()
    assert explorer.line("walk").startswith("Step 1: ")
    assert "dog" in explorer.line("walk")
    table = explorer.figure.locator(".ssd-ious")
    assert table.locator(".ssd-mine").all_inner_texts() == ["0.84"]
    columns = table.locator("tr").first.locator("th").count() - 1
    assert table.locator(".ssd-struck").count() == columns  # its row, and one below
    step.click()
    assert table.locator(".ssd-mine").count() == 2
    assert step.is_disabled()
    explorer.figure.get_by_role("button", name="start again").click()
    assert table.locator(".ssd-mine").count() == 0
