"""The matching explorer in the page: what is matched is what ssd_lib matches."""

import re

import pytest
import torch
from figure import Figure
from playwright.sync_api import expect

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.default_boxes import default_boxes
from ssd_lib.matching import match
from ssd_lib.widgets.matching_explorer import LAYOUTS, MatchingExplorer

TWO, SSD300 = LAYOUTS
CONFLICT = 293  # the default box that the dog wants, and the dog again
SLIDER = "How much must a box overlap?"
LEFT, RIGHT = (f"(one) => one.getBoundingClientRect().{end}" for end in ("left", "right"))
STEP = re.compile("^(Next pair|The rest)$")


class Explorer(Figure):
    widget = "matching_explorer"
    path = "book/matching.html"

    def open_all(self):
        closed = self.figure.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.click()

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]").inner_text()

    def press(self, name):
        self.figure.get_by_role("button", name=name).click()

    def choose(self, label, value):
        self.figure.get_by_label(label).select_option(value)

    def cell(self, gt, box):
        return self.figure.locator(f".ssd-heat td[data-gt='{gt}'][data-box='{box}']")

    def answer(self, chip):
        """Press a chip twice: its state, then what it says."""
        self.press(chip)
        self.press(chip)
        return self.answered()

    def objects(self):
        found = self.figure.locator(".ssd-box").evaluate_all(
            """(boxes) => boxes.map((box) => ["left", "top", "width", "height"].map(
                (side) => parseFloat(box.style[side]) / 100))"""
        )
        x, y, w, h = torch.tensor(found).reshape(-1, 4).unbind(1)
        return torch.stack([x, y, x + w, y + h], dim=1)

    def totals(self):
        found = self.figure.locator("[data-total]").all_inner_texts()
        return [int(text) for text in found]

    def library(self, layout=TWO, threshold=0.5):
        corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[layout]))
        matched = match(self.objects(), corners, threshold)
        return [int((matched == i).sum()) for i in [*range(len(self.objects())), -1]]

    def keys(self):
        return [int(self.number(name)) for name in ("overlap", "forced", "background")]


@pytest.fixture
def explorer(watch, width):
    figure = Explorer(watch(width))
    figure.open_all()
    yield figure
    assert figure.watched.trouble == []


def test_each_layout_starts_with_what_ssd_lib_says(explorer):
    for layout in reversed(LAYOUTS):
        explorer.choose("Default boxes", layout)
        assert explorer.totals() == explorer.library(layout)
        assert int(explorer.number("positives")) == sum(explorer.library(layout)[:-1])


def test_it_starts_from_two_objects_that_want_one_box(explorer):
    assert explorer.totals() == [0, 0, 0, 0, 320]  # nobody has a box yet
    assert explorer.keys() == [0, 0, 320]
    assert explorer.line("walk").startswith(
        f"“dog” and “dog again” both overlap box {CONFLICT} best"
    )
    assert explorer.figure.locator(".ssd-wanted").count() == 2
    lit = explorer.figure.locator("td.ssd-lit")
    assert lit.all_inner_texts() == ["0.84", "0.76"]
    assert explorer.figure.locator(".ssd-thread:visible").count() == 0  # nothing is pointed at
    hushed = explorer.figure.locator(".ssd-box.ssd-dim.ssd-hushed")
    assert hushed.count() == 2
    explorer.cell(0, 185).hover()
    assert lit.all_inner_texts() == [f"{library_ious()[0, 185]:.3f}"]  # another reads 0.58
    explorer.page.mouse.move(*explorer.to_page(0.3, 0.02))
    assert lit.all_inner_texts() == ["0.84", "0.76"]  # and back to the question
    explorer.press("Next pair")
    assert hushed.count() == 3  # all but the one that got it, which are in sight


def library_ious():
    corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[TWO]))
    return box_iou(torch.tensor(MatchingExplorer().gt_boxes), corners)


def test_what_would_read_the_same_has_three_digits(explorer):
    ious = library_ious()
    for gt in range(4):
        cells = explorer.figure.locator(f".ssd-heat td[data-gt='{gt}']")
        shown = {int(cell.get_attribute("data-box")): cell.inner_text() for cell in cells.all()}
        for box, text in shown.items():
            digits = len(text) - 2
            assert text == f"{ious[gt, box]:.{digits}f}"
            alike = [b for b in shown if f"{ious[gt, b]:.2f}" == f"{ious[gt, box]:.2f}"]
            assert digits == (3 if ious[gt, box] >= 0.1 and len(alike) > 1 else 2)
    assert explorer.cell(0, 181).inner_text() != explorer.cell(0, 185).inner_text()


def test_the_digits_have_room_in_their_cells(explorer):
    room = """(cell) => {
        const digits = document.createRange();
        digits.selectNodeContents(cell);
        return cell.clientWidth - digits.getBoundingClientRect().width;
    }"""
    for cell in explorer.figure.locator(".ssd-heat td").all():
        assert cell.evaluate(room) >= 4, cell.inner_text()


def test_the_columns_stand_under_their_maps(explorer):
    heads = explorer.figure.locator(".ssd-heat th[colspan]")
    assert heads.all_inner_texts() == ["8 × 8", "4 × 4"]
    spans = [int(head.get_attribute("colspan")) for head in heads.all()]
    boxes = explorer.figure.locator(".ssd-heat th[data-box]")
    columns = [int(box.get_attribute("data-box")) for box in boxes.all()]
    assert spans == [sum(box < 256 for box in columns), sum(box >= 256 for box in columns)]


def wide(explorer):
    return explorer.page.viewport_size["width"] > 600


def test_each_column_shows_its_box(explorer):
    corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[TWO]))
    for head in explorer.figure.locator(".ssd-heat th[data-box]").all():
        box = corners[int(head.get_attribute("data-box"))]
        drawn = head.locator("rect").last.evaluate(
            "(one) => ['x', 'y', 'width', 'height'].map((name) => one[name].baseVal.value / 24)"
        )
        wanted = [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()]
        assert drawn == pytest.approx(wanted, abs=1e-4)


def test_where_many_are_matched_the_table_has_one_box_of_each(explorer):
    explorer.choose("Default boxes", SSD300)
    assert explorer.figure.locator(".ssd-heat th[data-box]").count() == 4
    assert "best box of each object" in explorer.line("walk")
    table = explorer.figure.locator(".ssd-scroll:has(.ssd-heat)")
    assert table.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 1


def test_an_object_is_moved_by_keys_and_dragged(explorer):
    cat = explorer.figure.locator(".ssd-box").first
    cat.focus()
    for _ in range(30):
        explorer.page.keyboard.press("ArrowUp")
    assert explorer.totals() == explorer.library()
    before = explorer.objects()[3]
    x1, y1, x2, y2 = before.tolist()
    explorer.page.mouse.move(*explorer.to_page((x1 + x2) / 2, (y1 + y2) / 2))
    explorer.page.mouse.down()
    explorer.page.mouse.move(*explorer.to_page(0.55, 0.3), steps=4)
    explorer.page.mouse.up()
    assert (explorer.objects()[3] - before).abs().max() > 0.1
    assert explorer.totals() == explorer.library()


def test_where_all_are_matched_the_text_says_so_and_the_walk_can_begin(explorer):
    again = explorer.figure.get_by_role("button", name="Start again")
    assert again.is_disabled()
    explorer.figure.locator(".ssd-box").first.press("ArrowUp")
    finished = "The finished matching: first the pairs in this order"
    explorer.wait_until(lambda: explorer.line("walk").startswith(finished))
    assert explorer.totals() == explorer.library()
    assert explorer.figure.locator(".ssd-mine").count() == 4
    assert explorer.figure.locator(".ssd-wanted, .ssd-struck").count() == 0
    again.click()
    explorer.wait_until(lambda: explorer.line("walk").endswith("Who gets it?"))
    assert explorer.totals() == [0, 0, 0, 0, 320]
    assert explorer.figure.locator(".ssd-mine").count() == 0
    assert explorer.figure.locator(".ssd-wanted").count() == 2
    expect(again).to_be_disabled()
    said = explorer.answer("Threshold 1")
    assert said.startswith("4 boxes")
    assert explorer.line("walk") == f"{finished}. Play shows it."  # the threshold brings none
    again.click()
    explorer.wait_until(lambda: explorer.keys() == [0, 0, 320])
    assert explorer.figure.get_by_label(SLIDER).input_value() == "1"
    expect(explorer.figure.locator(".ssd-answer")).not_to_have_text(said)


def test_the_table_has_six_columns_at_most_and_nothing_is_cut(explorer):
    explorer.figure.locator(".ssd-box").nth(2).focus()
    table = explorer.figure.locator(".ssd-scroll:has(.ssd-heat)")
    heads = explorer.figure.locator(".ssd-heat th[data-box]")
    underlined = explorer.figure.locator(".ssd-heat td.ssd-first")
    before = explorer.objects()[2]
    for _ in range(12):
        for _ in range(2):
            explorer.page.keyboard.press("ArrowRight")
        explorer.wait_until(lambda: explorer.totals() == explorer.library())
        assert 4 <= heads.count() <= 6
        assert underlined.count() == 4  # the best of each is never left out
        assert explorer.figure.locator(".ssd-mine").count() == 4
        if wide(explorer):
            assert table.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 1
    assert (explorer.objects()[2] - before)[0] > 0.1


def test_what_is_dragged_keeps_its_boxes_lit(explorer):
    x1, y1, x2, y2 = explorer.objects()[0].tolist()
    explorer.page.mouse.move(*explorer.to_page((x1 + x2) / 2, (y1 + y2) / 2))
    explorer.page.mouse.down()
    for to in ((0.6, 0.4), (0.55, 0.35)):
        explorer.page.mouse.move(*explorer.to_page(*to), steps=3)
        others = explorer.figure.locator(".ssd-grips.ssd-dim")
        explorer.wait_until(lambda others=others: others.count() == 3)
        assert "ssd-dim" not in explorer.figure.locator(".ssd-grips").first.get_attribute("class")
    explorer.page.mouse.up()
    assert explorer.figure.locator(".ssd-grips.ssd-dim").count() == 3
    explorer.page.mouse.move(*explorer.to_page(0.3, 0.02))
    explorer.wait_until(lambda: others.count() == 0)


def dragged(explorer, start, end):
    """The names of the objects that a drag from a place of the picture moves."""
    before = explorer.objects()
    explorer.page.mouse.move(*explorer.to_page(*start))
    explorer.page.mouse.down()
    explorer.page.mouse.move(*explorer.to_page(*end), steps=4)
    explorer.page.mouse.up()
    moved = (explorer.objects() - before).abs().amax(dim=1) > 0.02
    return [name for name, has in zip(MatchingExplorer().names, moved, strict=True) if has]


def test_a_drag_moves_the_chosen_object_and_a_press_chooses_what_lies_there(explorer):
    inside_both, aside = (0.36, 0.6), (0.46, 0.55)
    explorer.cell(1, 22).click()
    assert dragged(explorer, inside_both, aside) == ["dog"]
    explorer.page.mouse.click(*explorer.to_page(*aside))
    assert dragged(explorer, aside, inside_both) == ["dog again"]


def test_the_corners_that_are_drawn_can_be_taken_hold_of(explorer):
    for index in range(4):
        explorer.figure.locator(".ssd-box").nth(index).focus()
        corners = explorer.figure.locator(".ssd-grips").nth(index).locator(".ssd-corner")
        for corner in corners.all():
            hit = corner.evaluate(
                """(corner) => {
                    corner.scrollIntoView({ block: "center", behavior: "instant" });
                    const at = corner.getBoundingClientRect();
                    return document.elementFromPoint(
                        at.left + at.width / 2, at.top + at.height / 2) === corner;
                }"""
            )
            assert hit


def test_objects_come_and_go_until_there_is_none(explorer):
    add = explorer.figure.get_by_role("button", name="Add an object")
    for _ in range(2):
        add.click()
    assert add.is_disabled()
    assert len(explorer.objects()) == 6
    assert explorer.totals() == explorer.library()
    away = explorer.figure.get_by_role("button", name="Remove the chosen object")
    for _ in range(6):
        away.click()
    assert away.is_disabled()
    assert explorer.line("walk") == "No objects: everything is background."
    assert explorer.figure.get_by_role("button", name="Play").is_disabled()
    assert explorer.totals() == [320]
    assert explorer.keys() == [0, 0, 320]


def test_at_a_threshold_of_one_each_object_keeps_its_own_box(explorer):
    explorer.figure.get_by_label(SLIDER).focus()
    explorer.page.keyboard.press("End")
    assert explorer.totals() == [1, 1, 1, 1, 316]
    assert explorer.keys() == [0, 4, 316]
    explorer.page.keyboard.press("Home")
    assert explorer.totals() == explorer.library(threshold=0.3)


def test_the_ports_rule_loses_the_dog(explorer):
    explorer.choose("First step", "argmax")
    assert explorer.totals()[:4] == [2, 0, 3, 1]
    assert explorer.line("walk").endswith("Matched with nothing: dog.")
    explorer.press("Start again")
    explorer.wait_until(lambda: explorer.line("walk").endswith("Who gets it?"))
    assert explorer.figure.locator(".ssd-without").count() == 0  # nobody has lost it yet


def test_the_walk_strikes_out_rows_and_columns(explorer):
    step = explorer.figure.get_by_role("button", name=STEP)
    expect(step).to_have_text("Next pair")
    step.click()
    assert explorer.line("walk").startswith("1 of 5: the largest number left is “dog” and box 293")
    assert explorer.figure.locator(".ssd-mine").all_inner_texts() == ["0.84"]
    columns = explorer.figure.locator(".ssd-heat th[data-box]").count()
    assert explorer.figure.locator(".ssd-struck").count() == columns - 1 + 3  # row and column
    assert "ssd-lit" in explorer.cell(1, CONFLICT).get_attribute("class")
    step.click()
    assert explorer.line("walk").endswith("Its first choice was taken.")
    assert explorer.keys() == [2, 0, 318]
    step.click()
    assert explorer.keys() == [3, 0, 317]
    step.click()
    assert explorer.keys() == [3, 1, 316]  # the fourth is forced
    assert "“bird” and box 22, 0.16." in explorer.line("walk")
    tie = library_ious()[3, [22, 24]]
    assert tie[0] == tie[1]
    assert explorer.line("walk").endswith("Box 24 has as much: of equal ones the first box wins.")
    assert step.is_enabled()
    assert explorer.figure.locator(".ssd-mine").count() == 4
    assert explorer.figure.locator(".ssd-by-force").count() == 1
    assert explorer.figure.locator(".ssd-joined").count() == 0
    explorer.press("Start again")
    assert explorer.figure.locator(".ssd-mine").count() == 0
    assert explorer.keys() == [0, 0, 320]


def walk_to_the_threshold(explorer):
    step = explorer.figure.get_by_role("button", name=STEP)
    while step.is_enabled():
        step.click()
    expect(step).to_have_text("The rest")


def joined(explorer, layout=TWO, threshold=0.5):
    """What the library matches, and no pair of the walk has: box, object and IoU of each."""
    corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[layout]))
    objects = torch.tensor(MatchingExplorer().gt_boxes)
    ious = box_iou(objects, corners)
    matched = match(objects, corners, threshold)
    pairs = explorer.figure.locator("td.ssd-mine").evaluate_all(
        "(cells) => cells.map(({ dataset }) => Number(dataset.box))"
    )
    boxes = [box for box in matched.ge(0).nonzero()[:, 0].tolist() if box not in pairs]
    return {box: (int(matched[box]), float(ious[matched[box], box])) for box in boxes}


def test_the_last_step_is_the_threshold_and_names_what_it_brings(explorer):
    walk_to_the_threshold(explorer)
    names = MatchingExplorer().names
    brought = joined(explorer)
    assert len(brought) == 2
    said = explorer.line("walk")
    assert said.startswith("5 of 5, the threshold: ")
    cells = explorer.figure.locator("td.ssd-lit")
    assert cells.count() == 2
    for box, (gt, iou) in brought.items():
        cell = explorer.cell(gt, box)
        assert {"ssd-joined", "ssd-lit"} <= set(cell.get_attribute("class").split())
        assert float(cell.inner_text()) == pytest.approx(iou, abs=0.005)
        assert f"box {box} (“{names[gt]}”, {cell.inner_text()})" in said
    assert explorer.keys() == [5, 1, 314]
    assert explorer.totals() == explorer.library()
    assert explorer.figure.locator(".ssd-dim").count() == 0  # the end shows all of it alike


def test_the_threshold_that_brings_nothing_says_so_and_many_are_counted(explorer):
    walk_to_the_threshold(explorer)
    slider = explorer.figure.get_by_label(SLIDER)
    slider.fill("0.9")
    nothing = "5 of 5, the threshold: no other box overlaps an object by 0.90 or more."
    explorer.wait_until(lambda: explorer.line("walk") == nothing)
    assert joined(explorer, threshold=0.9) == {}
    assert explorer.figure.locator(".ssd-joined, td.ssd-lit").count() == 0
    slider.fill("0.5")
    explorer.choose("Default boxes", SSD300)
    walk_to_the_threshold(explorer)
    brought = joined(explorer, SSD300)
    assert f"threshold: {len(brought)} more boxes overlap" in explorer.line("walk")
    for gt, name in enumerate(MatchingExplorer().names):
        share = sum(owner == gt for owner, _ in brought.values())
        assert f"“{name}” {share}" in explorer.line("walk")
    assert explorer.totals() == explorer.library(SSD300)


def test_the_ports_walk_ends_with_the_threshold_too(explorer):
    explorer.choose("First step", "argmax")
    explorer.press("Start again")
    walk_to_the_threshold(explorer)
    assert "the threshold: 3 more boxes" in explorer.line("walk")
    assert explorer.line("walk").endswith("Matched with nothing: dog.")
    lit = explorer.figure.locator("td.ssd-joined.ssd-lit")
    assert sorted(lit.all_inner_texts()) == ["0.575", "0.67", "0.72"]
    assert explorer.totals()[:4] == [2, 0, 3, 1]


def test_play_deepens_its_blue_under_the_pointer(explorer):
    play = explorer.figure.locator("button.ssd-play")
    wanted = play.evaluate("""(play) => {
        const probe = document.createElement("i");
        probe.style.color = "color-mix(in srgb, var(--ssd-accent) 85%, var(--ssd-ink))";
        play.after(probe);
        const { color } = getComputedStyle(probe);
        probe.remove();
        return color;
    }""")
    play.hover()
    expect(play).to_have_css("background-color", wanted)


def test_a_line_leads_from_the_table_only_while_something_is_pointed_at(explorer):
    explorer.page.emulate_media(reduced_motion="reduce")
    step = explorer.figure.get_by_role("button", name=STEP)
    line = explorer.figure.locator(".ssd-thread:visible")
    while step.is_enabled():
        step.click()
        assert line.count() == 0
    assert explorer.line("walk").startswith("5 of 5")
    explorer.cell(0, 185).hover()
    assert line.count() == (1 if wide(explorer) else 0)
    if wide(explorer):  # it ends before the name, not in it
        end = line.locator(".ssd-thread-line").evaluate(RIGHT)
        assert end < explorer.figure.locator(".ssd-heat th[data-gt='0']").evaluate(LEFT) - 3
    explorer.page.mouse.move(*explorer.to_page(0.3, 0.02))
    explorer.wait_until(lambda: line.count() == 0)


def test_a_name_stands_once_at_each_object(explorer):
    tags = explorer.figure.locator(".ssd-grips > .ssd-tag:visible")
    assert set(tags.all_inner_texts()) >= {"dog", "dog again"}  # the two that want one box
    explorer.press("Threshold 1")
    expect(tags).to_have_count(0)  # the label of its box says it
    x1, y1, x2, y2 = explorer.objects()[0].tolist()
    explorer.page.mouse.move(*explorer.to_page((x1 + x2) / 2, (y1 + y2) / 2))
    expect(tags).to_have_text(["cat"])
    explorer.choose("First step", "argmax")
    explorer.page.mouse.move(*explorer.to_page(0.3, 0.02))
    expect(tags).to_have_text(["dog"])  # the one without a box has no label there


def test_two_frames_around_one_thing_differ(explorer):
    colours = explorer.figure.locator(".ssd-box").evaluate_all(
        "(boxes) => boxes.map((box) => getComputedStyle(box).outlineColor)"
    )
    assert len(set(colours)) == 4
    for frame, colour in zip(explorer.figure.locator(".ssd-box").all(), colours, strict=True):
        frame.press("Shift")
        assert frame.evaluate("(one) => one.matches(':focus-visible')")
        expect(frame).to_have_css("outline-color", colour)  # not that of a box that is nobody's
    dashes = explorer.figure.locator(".ssd-box").evaluate_all(
        "(boxes) => boxes.map((box) => getComputedStyle(box).outlineStyle)"
    )
    assert set(dashes) == {"solid"}  # only a default box is dashed: one that is forced


COLOURS = """(canvas, places) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return places.map((place) => {
        const [x, y] = place.map((share, axis) =>
            Math.round((share + 0.065) / 1.13 * [width, height][axis]));
        return Array.from({ length: 9 }, (_, k) => {
            const at = 4 * (y * width + x + k - 4);
            return `rgb(${[...data.slice(at, at + 3)].join(", ")})`;
        });
    });
}"""


def test_at_the_end_of_the_walk_each_box_has_the_colour_of_its_object(explorer):
    explorer.page.emulate_media(reduced_motion="reduce")
    walk_to_the_threshold(explorer)
    heading = explorer.figure.locator(".ssd-step-head")
    expect(heading).to_have_text("Two people boxed the dog.\n4 objects got 6 boxes.")
    explorer.rest()
    corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[TWO]))
    matched = match(torch.tensor(MatchingExplorer().gt_boxes), corners, 0.5)
    boxes = [box for box in matched.ge(0).nonzero()[:, 0].tolist() if box != 22]  # it is dashed
    assert len(boxes) == 5
    sides = [
        [x1, y1 + 0.37 * (y2 - y1)] for x1, y1, _, y2 in (corners[box].tolist() for box in boxes)
    ]
    drawn = explorer.figure.locator(".ssd-stage > canvas").evaluate(COLOURS, sides)
    frames = explorer.figure.locator(".ssd-box")
    for box, colours in zip(boxes, drawn, strict=True):
        frame = frames.nth(int(matched[box]))
        assert frame.evaluate("(one) => getComputedStyle(one).outlineColor") in colours


def test_the_heading_says_what_each_pair_brings(explorer):
    heading = explorer.figure.locator(".ssd-step-head")
    for name, box in (("dog", 293), ("dog again", 292), ("cat", 185), ("bird", 22)):
        explorer.press("Next pair")
        expect(heading).to_have_text(f"Two people boxed the dog.\n“{name}” gets box {box}.")
    explorer.press("Start again")
    expect(heading).to_have_text("Two people boxed the dog.\nWho gets which box?")


def test_a_cell_lights_its_box_and_an_edge_its_cell(explorer):
    explorer.figure.get_by_label(SLIDER).fill("0.55")  # two no longer share the light
    explorer.cell(0, 185).hover()
    expect(explorer.figure.locator(".ssd-thread").first).to_be_visible(visible=wide(explorer))
    assert explorer.figure.locator(".ssd-grips.ssd-dim").count() == 3
    corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[TWO]))[185]
    _, y1, x2, y2 = corners.tolist()
    explorer.page.mouse.move(*explorer.to_page(x2, y1 + 0.3 * (y2 - y1)))
    assert "ssd-lit" in explorer.cell(0, 185).get_attribute("class")
    explorer.page.mouse.move(*explorer.to_page(0.3, 0.05))
    expect(explorer.figure.locator(".ssd-thread").first).to_be_hidden()
    assert explorer.figure.locator("td.ssd-lit").count() == 0


def test_the_table_has_the_librarys_ious_and_takes_keys(explorer):
    corners = cxcywh_to_xyxy(default_boxes(LAYOUTS[TWO]))
    ious = box_iou(torch.tensor(MatchingExplorer().gt_boxes), corners)
    for gt in range(4):
        assert explorer.cell(gt, CONFLICT).inner_text() == f"{ious[gt, CONFLICT]:.2f}"
    explorer.figure.locator(".ssd-heat td[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowDown", *["ArrowRight"] * 9, "ArrowLeft"):
        explorer.page.keyboard.press(key)
    assert explorer.cell(2, CONFLICT).evaluate("(cell) => cell === document.activeElement")
    assert "ssd-lit" in explorer.cell(2, CONFLICT).get_attribute("class")


def test_the_chips_answers_hold_in_their_states(explorer):
    assert explorer.answer("Threshold 1").startswith(f"{explorer.number('positives')} boxes")
    said = explorer.answer("Who gets box 293?")
    assert "“dog” gets it, because it overlaps the box more (0.84)" in said
    assert "its next best, box 292 (0.72)" in said
    assert "“dog” and box 293, 0.84" in explorer.line("walk")
    assert "overwrites “dog”." in explorer.answer("many copies")
    assert explorer.totals()[1] == 0
    lit = explorer.figure.locator("td.ssd-lit")
    assert lit.all_inner_texts() == ["0.84", "0.76"]  # the one that is taken, and by whom
    assert explorer.cell(1, CONFLICT).locator("s").count() == 1
    assert explorer.figure.locator(".ssd-without > .ssd-tag").all_inner_texts() == ["dog"]
    assert explorer.line("walk").endswith("It is taken from “dog”. Matched with nothing: dog.")
    said = explorer.answer("And on SSD300")
    assert said.startswith(f"{explorer.number('positives')} of 8732 boxes")
    assert explorer.totals() == explorer.library(SSD300)
    assert explorer.keys()[1] == 0  # all four find one that overlaps enough
    assert "4 of the 4 objects" in said


def test_the_walk_plays_until_it_is_stopped_or_done(explorer):
    play = explorer.figure.locator("button[data-on]")
    play.click()
    expect(play).to_have_text("Pause")
    assert explorer.figure.locator(".ssd-mine").count() >= 1
    explorer.wait_until(lambda: explorer.figure.locator(".ssd-mine").count() >= 2)
    explorer.press_anew(play)
    expect(play).to_have_text("Play")
    explorer.press_anew(play)
    expect(play).to_have_text("Pause")
    explorer.choose("First step", "argmax")  # whoever changes something stops it
    assert explorer.figure.get_by_role("button", name="Play").count() == 1
    explorer.wait_until(lambda: "finished matching" in explorer.line("walk"))
    assert explorer.figure.locator(".ssd-mine").count() == 3  # the dog has lost its own


def test_the_heading_says_what_is_shown(explorer):
    heading = explorer.figure.locator(".ssd-step-head")
    assert heading.inner_text() == "Two people boxed the dog.\nWho gets which box?"
    explorer.press("What do many copies get wrong?")
    expect(heading).to_have_text("As many copies of SSD match.\n“dog again” gets box 293.")
    explorer.press("And on SSD300?")
    expect(heading).to_have_text("SSD300: 8732 default boxes.\n4 objects got 35 boxes.")


def test_no_room_stands_empty_below_the_picture(explorer):
    explorer.look(1440, dark=False)
    ends = "(one) => one.getBoundingClientRect().bottom"
    below = explorer.figure.locator(".ssd-matching > .ssd-keys").bounding_box()
    assert below["y"] - explorer.figure.locator(".ssd-frame").evaluate(ends) < 40


def test_on_a_phone_the_row_of_questions_shows_two_and_tells_how_many(explorer):
    explorer.look(390, dark=True)
    expect(explorer.figure.locator(".ssd-tries > .ssd-sum")).to_have_text("Try one of 4")
    expect(explorer.figure.locator(".ssd-of")).to_be_visible()
    line = explorer.figure.locator(".ssd-tries > .ssd-presets").bounding_box()
    second = explorer.figure.locator(".ssd-chip").nth(1).bounding_box()
    assert second["x"] + second["width"] <= line["x"] + line["width"]
    explorer.look(1280, dark=False)
    expect(explorer.figure.locator(".ssd-of")).to_be_hidden()
