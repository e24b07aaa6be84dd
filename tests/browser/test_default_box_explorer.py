"""The default-box explorer in the page: by mouse, by touch, by keyboard, in numbers."""

import pytest
import torch
from figure import Figure
from playwright.sync_api import expect

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.coverage import coverage
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.widgets.default_box_explorer import (
    LAYOUTS,
    DefaultBoxExplorer,
    paper_layout,
)

TO_THE_FOOT = """(one) => { // of the window: on a phone the image stays above
    const { top } = one.getBoundingClientRect();
    scrollBy({ top: top - innerHeight + 120, behavior: "instant" });
}"""


class Explorer(Figure):
    widget = "default_box_explorer"
    path = "book/default_boxes.html"

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]").inner_text()

    def reaching(self):
        texts = self.figure.locator("[data-fits]").all_inner_texts()
        return [int(text.split()[0]) for text in texts]

    def unfold(self):
        for more in self.figure.locator("details.ssd-more").all():
            if more.get_attribute("open") is None:
                more.locator("summary").click()

    def choose_map(self, grid):
        one = self.figure.get_by_label(f"{grid} × {grid}", exact=True)
        one.evaluate(TO_THE_FOOT)
        one.check(force=True)

    def is_wide(self):
        return self.page.viewport_size["width"] > 600

    def layout(self, name):
        self.unfold()
        self.figure.get_by_label("layout").select_option(name)

    def object_box(self):
        left, top, width, height = self.figure.locator(".ssd-box.ssd-object").evaluate(
            """(box) => ["left", "top", "width", "height"].map(
                (side) => parseFloat(box.style[side]) / 100)"""
        )
        return torch.tensor([[left, top, left + width, top + height]])


@pytest.fixture
def explorer(watch, width):
    figure = Explorer(watch(width, has_touch=width == 360))
    yield figure
    assert figure.watched.trouble == []


def test_it_starts_with_what_ssd_lib_says_of_the_cat(explorer):
    found = coverage(torch.tensor([DefaultBoxExplorer().gt_box]), SSD300_VOC)
    assert explorer.number("total") == "8732"
    assert explorer.number("best") == f"{found.best_iou.item():.3f}"
    assert explorer.reaching() == found.num_reaching[0].tolist()
    assert "10 × 10" in explorer.figure.locator(".ssd-headline").inner_text()


def test_each_layout_shows_its_own_numbers(explorer):
    cat = torch.tensor([DefaultBoxExplorer().gt_box])
    for name, layout in LAYOUTS.items():
        explorer.layout(name)
        ious = box_iou(cat, cxcywh_to_xyxy(default_boxes(layout)))
        assert explorer.number("best") == f"{ious.max().item():.3f}"
        assert explorer.number("fitting") == str((ious >= 0.5).sum().item())


def test_switching_kinds_of_boxes_changes_the_counts(explorer):
    explorer.unfold()
    explorer.figure.get_by_label("3:1 and 1:3").uncheck()
    assert explorer.number("total") == str(8732 - 2 * (361 + 100 + 25))
    explorer.figure.get_by_label("extra box").uncheck()
    explorer.figure.get_by_label("2:1 and 1:2").uncheck()
    assert explorer.number("total") == str(1444 + 361 + 100 + 25 + 9 + 1)
    explorer.figure.get_by_label("3:1 and 1:3").check()
    assert explorer.number("total") == str(1940 + 2 * (361 + 100 + 25))


def test_the_mouse_points_at_a_cell(explorer):
    explorer.choose_map(5)
    explorer.page.mouse.move(*explorer.to_page(0.05, 0.05))
    assert explorer.line("cell").startswith("row 0, column 0: centre (0.1067, 0.1067)")
    explorer.page.mouse.move(*explorer.to_page(0.95, 0.3))
    assert explorer.line("cell").startswith("row 1, column 4")


def test_a_tap_chooses_a_cell(explorer):
    explorer.choose_map(3)
    x, y = explorer.to_page(0.1, 0.9)
    if explorer.page.evaluate("navigator.maxTouchPoints"):
        explorer.page.touchscreen.tap(x, y)
    else:
        explorer.page.mouse.click(x, y)
    explorer.wait_until(lambda: explorer.line("cell").startswith("row 2, column 0"))


def test_arrow_keys_move_over_cells_and_stop_at_the_last(explorer):
    explorer.choose_map(10)
    explorer.stage.focus()
    for _ in range(12):
        explorer.page.keyboard.press("ArrowRight")
    explorer.page.keyboard.press("ArrowUp")
    assert explorer.line("cell").startswith("row 5, column 9: ")
    assert "(1.0133, 0.5867), outside" in explorer.line("cell")
    label = explorer.stage.get_attribute("aria-label")
    assert "10 by 10" in label
    assert "outside" in label


def test_a_coarser_map_keeps_the_cell_inside(explorer):
    explorer.choose_map(1)
    assert explorer.line("cell").startswith("row 0, column 0: centre (0.5000, 0.5000)")


def test_another_map_shows_the_cell_at_the_same_place(explorer):
    for grid, cell in (
        (5, "row 3, column 3:"),
        (1, "row 0, column 0:"),
        (38, "row 26, column 30:"),
    ):
        explorer.choose_map(grid)
        assert explorer.line("cell").startswith(cell)
    explorer.choose_map(10)
    assert explorer.line("cell").startswith("row 6, column 7:")  # and back


def test_the_way_to_the_best_box_is_shown_when_it_is_elsewhere(explorer):
    way = explorer.figure.get_by_role("button", name="show it")
    assert not way.is_visible()
    explorer.choose_map(38)
    explorer.unfold()
    assert explorer.figure.locator("tr.ssd-best").count() == 0
    way.click()
    assert explorer.line("cell").startswith("row 6, column 7:")
    assert explorer.figure.get_by_label("10 × 10").is_checked()
    assert explorer.figure.locator("tr.ssd-best").count() == 1
    assert not way.is_visible()


def test_arrow_keys_choose_a_map(explorer):
    explorer.figure.get_by_label("10 × 10").focus()
    explorer.page.keyboard.press("ArrowDown")
    explorer.page.keyboard.press("ArrowDown")
    assert explorer.figure.get_by_label("3 × 3").is_checked()
    assert "3 by 3" in explorer.stage.get_attribute("aria-label")


def test_the_object_is_dragged_and_its_best_box_found(explorer):
    explorer.page.mouse.move(*explorer.to_page(0.75, 0.75))
    explorer.page.mouse.down()
    explorer.page.mouse.move(*explorer.to_page(0.45, 0.40), steps=5)
    explorer.page.mouse.up()
    found = coverage(explorer.object_box(), SSD300_VOC)
    assert explorer.number("best") == f"{found.best_iou.item():.3f}"
    assert explorer.reaching() == found.num_reaching[0].tolist()


def test_the_best_box_stays_in_front_while_the_object_is_dragged_and_after(explorer):
    """What lies under the pointer then is not pointed at."""
    mouse, row = explorer.page.mouse, explorer.figure.locator("tr.ssd-best")
    explorer.unfold()
    way = explorer.figure.get_by_role("button", name="show it")
    mouse.move(*explorer.to_page(0.78, 0.6))
    mouse.down()
    for x, y in ((0.7, 0.5), (0.6, 0.45), (0.5, 0.4)):
        mouse.move(*explorer.to_page(x, y), steps=3)
        assert row.locator("td").last.text_content() == explorer.number("best")
        assert not way.is_visible()
    mouse.up()
    for x, y in ((0.49, 0.4), (0.5, 0.45), (0.53, 0.38)):  # on the object still
        mouse.move(*explorer.to_page(x, y), steps=3)
        assert row.locator("td").last.text_content() == explorer.number("best")
        assert explorer.figure.locator("tr.ssd-lit").count() == 0
    mouse.move(*explorer.to_page(0.05, 0.95))  # and off it one points at cells again
    assert explorer.line("cell").startswith("row 8, column 0:")


def test_the_object_is_moved_and_shrunk_by_keys_until_nothing_reaches_it(explorer):
    handle = explorer.figure.locator(".ssd-box.ssd-object")
    handle.focus()
    for _ in range(30):
        explorer.page.keyboard.press("Shift+ArrowLeft")
    for _ in range(40):
        explorer.page.keyboard.press("Shift+ArrowUp")
    found = coverage(explorer.object_box(), SSD300_VOC)
    assert found.num_reaching.sum() == 0
    assert explorer.number("fitting") == "0"
    assert explorer.number("best") == f"{found.best_iou.item():.3f}"
    expect(handle).to_be_focused()  # the keys went to the object alone


def test_a_resized_object_takes_the_view_to_a_map_whose_boxes_fit(explorer):
    explorer.figure.locator(".ssd-box.ssd-object").focus()
    maps, seen = explorer.figure.locator(".ssd-maps input"), set()
    for _ in range(30):
        explorer.page.keyboard.press("Shift+ArrowUp")
        fits, chosen = explorer.reaching(), [one.is_checked() for one in maps.all()].index(True)
        seen.add(chosen)
        assert fits[chosen] or not any(fits)
    assert len(seen) > 1


def test_a_slider_makes_a_layout_of_ones_own(explorer):
    explorer.unfold()
    explorer.figure.get_by_label("smallest").focus()
    for _ in range(5):
        explorer.page.keyboard.press("ArrowRight")
    assert explorer.figure.get_by_label("layout").input_value() == "your scales"
    cat = torch.tensor([DefaultBoxExplorer().gt_box])
    found = coverage(cat, paper_layout(0.25, 0.9))
    assert explorer.number("best") == f"{found.best_iou.item():.3f}"
    assert explorer.reaching() == found.num_reaching[0].tolist()


def test_more_is_painted_when_more_is_to_be_drawn(explorer):
    explorer.unfold()
    count = """async () => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const canvas = document.querySelector('figure.ssd-widget canvas');
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 3 && value > 0).length;
    }"""
    explorer.choose_map(38)
    painted = []
    for show in ("cell", "map", "all"):
        explorer.figure.get_by_label("draw").select_option(show)
        painted.append(explorer.page.evaluate(count))
    assert painted[2] > painted[1] > 1.2 * painted[0] > 0


def test_the_answers_are_true_of_what_is_shown(explorer):
    answers = {}
    for chip in explorer.figure.locator(".ssd-chip").all():
        for _ in range(2):
            chip.click()
        shown = (
            f"{float(explorer.number('best')):.2f}",
            explorer.number("fitting"),
            explorer.line("cell"),
        )
        answers[chip.inner_text()] = explorer.answered(), shown
    for ask in ("Which map has the bird’s box?", "And which one for the dog?"):
        answer, (best, fitting, _) = answers[ask]
        assert best in answer
        assert f" {fitting} " in answer
    answer, _ = answers["Why an extra box?"]
    chip = explorer.figure.locator(".ssd-chip", has_text="Why an extra box?")
    chip.click()
    assert f"was {explorer.number('best')};" in answer
    chip.click()  # the answer puts the box there
    assert chip.get_attribute("aria-pressed") == "true"
    assert answer.endswith(f" {explorer.number('best')}.")
    answer, (_, _, line) = answers["Are all centres on the image?"]
    assert "(1.0133, " in line
    assert f"{1.0133 * 300:.0f} pixels" in answer


def test_a_question_sets_the_object_too(explorer):
    ask = explorer.figure.locator(".ssd-chip")
    ask.filter(has_text="Why an extra box?").click()
    assert explorer.number("best") != "1.000"
    ask.filter(has_text="Are all centres").click()
    headline = explorer.figure.locator(".ssd-headline").inner_text()
    assert headline.startswith("Best fit for the cat: 10 × 10 map")
    assert explorer.line("cell").startswith("row 4, column 9:")


def test_the_middle_of_a_tiny_object_is_free_of_its_corners(explorer):
    explorer.figure.locator(".ssd-chip").first.click()  # the bird's
    explorer.rest()
    explorer.stage.scroll_into_view_if_needed()
    handle = explorer.figure.locator(".ssd-box.ssd-object")
    hit = """(one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return [0.35, 0.5, 0.65].map((share) =>
            document.elementFromPoint(x + share * width, y + height / 2) === one);
    }"""
    assert handle.evaluate(hit) == [True] * 3
    corner = explorer.figure.locator(".ssd-corner").first.bounding_box()
    assert min(corner["width"], corner["height"]) >= (28 if explorer.is_wide() else 44)


def test_home_and_end_go_to_the_ends_of_a_row(explorer):
    explorer.stage.focus()
    before = explorer.page.evaluate("scrollY")
    explorer.page.keyboard.press("End")
    assert explorer.line("cell").startswith("row 6, column 9:")
    explorer.page.keyboard.press("Home")
    assert explorer.line("cell").startswith("row 6, column 0:")
    assert explorer.page.evaluate("scrollY") == before


def test_a_row_lights_its_box(explorer):
    pixels = """() => document.querySelector(
        "figure[data-widget=default_box_explorer] canvas").toDataURL()"""
    explorer.unfold()
    seen = {explorer.page.evaluate(pixels)}
    for kind in ("1", "2", "1/3"):
        explorer.figure.locator(f"[data-kind='{kind}']").focus()
        explorer.rest(100)
        seen.add(explorer.page.evaluate(pixels))
    assert len(seen) == 4


def test_the_best_box_of_the_cell_is_marked(explorer):
    explorer.unfold()
    row = explorer.figure.locator("tr.ssd-best")
    assert row.get_attribute("data-kind") == "1"
    assert explorer.number("best") == row.locator("td").last.inner_text()
