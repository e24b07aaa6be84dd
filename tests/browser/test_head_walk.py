"""The head walk in the page: its numbers are those of the library's heads."""

import re

import pytest
import torch
from figure import Figure

from ssd_lib.widgets.head_walk import small_heads, small_maps


class Walk(Figure):
    widget = "head_walk"
    path = "book/heads.html"
    ready = ".ssd-planes[tabindex]"

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]").inner_text()

    def step(self, name):
        self.figure.get_by_label(name).check()

    def choose_map(self, grid):
        self.more()
        self.figure.get_by_label(f"{grid} × {grid} map").check()

    def more(self):
        if not self.figure.get_by_role("combobox").is_visible():
            self.figure.locator("summary").click()

    def numbers(self, of):
        """Numbers of the detail that have a mark, as they stand."""
        found = self.figure.locator(f".ssd-detail .ssd-number{of}").all_inner_texts()
        return [int(text.replace("−", "-")) for text in found]

    def numbers_written(self, of):
        """Whether each of them stands there: the last thing that adding up does."""
        return all(self.figure.locator(f".ssd-detail .ssd-number{of}").all_inner_texts())

    def go_to(self, row, column):
        self.stage.focus()
        for _ in range(4):
            self.page.keyboard.press("ArrowUp")
            self.page.keyboard.press("ArrowLeft")
        for key, times in (("ArrowDown", row), ("ArrowRight", column)):
            for _ in range(times):
                self.page.keyboard.press(key)


@pytest.fixture
def walk(watch, width):
    figure = Walk(watch(width))
    yield figure
    assert figure.watched.trouble == []


@torch.no_grad()
def answers():
    offsets, logits = small_heads()(small_maps())
    return offsets[0].int(), logits[0].int()


CELLS = [(4, 0, 0), (4, 1, 2), (4, 3, 3), (2, 0, 1), (2, 1, 1)]


def test_channels_rows_and_places_are_the_librarys(walk):
    offsets, logits = answers()
    for grid, row, column in CELLS:
        walk.choose_map(grid)
        walk.go_to(row, column)
        first = (32 if grid == 2 else 0) + (row * grid + column) * 2
        walk.step("3 All channels")
        wanted = torch.cat([part[first : first + 2].flatten() for part in (offsets, logits)])
        assert walk.numbers("") == wanted.tolist()
        walk.step("4 Rows")
        for box in range(2):
            both = torch.cat([offsets[first + box], logits[first + box]])
            assert walk.numbers(f".ssd-of-{box}") == both.tolist()
        walk.step("5 Joined")
        mine = walk.figure.locator(".ssd-mine").evaluate_all(
            "all => all.map((row) => [Number(row.dataset.index), Number(row.textContent)])"
        )
        assert mine == [[first, first], [first + 1, first + 1]]
        assert walk.line("formula").endswith(f"= {first}: rows {first} to {first + 1}")
        assert walk.figure.locator(".ssd-tensor-row").count() == 40


def test_the_formula_of_a_number_is_true(walk):
    walk.step("2 One number")
    walk.more()
    offsets, logits = answers()
    cell = torch.cat([offsets[12:14].flatten(), logits[12:14].flatten()])
    for channel in (0, 5, 13):
        walk.figure.get_by_role("combobox").select_option(str(channel))
        walk.wait_until(lambda: walk.numbers_written("[aria-pressed=true]"))
        left, right = walk.line("formula").replace("−", "-").split(" = ")
        *products, bias = [
            [int(factor) for factor in re.findall(r"-?\d+", term)] for term in left.split(" + ")
        ]
        assert sum(a * b for a, b in products) + bias[0] == int(right) == cell[channel]


def test_a_number_is_added_up_before_the_reader_and_lands_in_its_place(walk):
    walk.step("3 All channels")
    tile = walk.figure.locator(".ssd-detail .ssd-number").nth(9)
    wanted = tile.inner_text()
    tile.click()
    assert walk.figure.get_by_label("2 One number").is_checked()
    walk.figure.locator(".ssd-ghost").first.wait_for()
    walk.wait_until(lambda: walk.figure.locator(".ssd-detail .ssd-number").nth(9).inner_text())
    assert walk.numbers("[aria-pressed=true]") == [int(wanted.replace("−", "-"))]
    assert walk.number("sum") == wanted


def test_the_formula_grows_with_the_sum(walk):
    same = """() => {
        const figure = document.querySelector("figure[data-widget=head_walk]");
        const formula = figure.querySelector("[data-line=formula]").textContent;
        const sum = figure.querySelector("[data-number=sum]").textContent;
        return [formula, formula ? formula.split(" = ")[1] === sum : sum === "0"];
    }"""
    walk.step("1 Window")
    walk.step("2 One number")
    seen = set()
    while not walk.numbers_written("[aria-pressed=true]"):
        formula, is_same = walk.page.evaluate(same)
        assert is_same
        seen.add(formula)
        walk.page.wait_for_timeout(80)
    assert len(seen) > 4


def test_who_wants_no_motion_has_the_sum_at_once(watch):
    walk = Walk(watch(reduced_motion="reduce"))
    walk.step("1 Window")
    walk.step("2 One number")
    assert walk.number("sum") == walk.line("formula").split(" = ")[1]
    assert walk.numbers("[aria-pressed=true]") == [int(walk.number("sum").replace("−", "-"))]


def test_a_corner_has_zeros_of_the_padding_in_its_window(walk):
    walk.figure.get_by_role("button", name="What does a corner see?").click()
    assert walk.figure.get_by_label("1 Window").is_checked()
    assert walk.stage.locator(".ssd-near.ssd-padding").count() == 2 * 5
    assert walk.stage.locator(".ssd-near").count() == 2 * 9
    walk.figure.get_by_role("button", name="What does a corner see?").click()
    assert "Five of its nine places" in walk.figure.locator(".ssd-answer").inner_text()


def test_the_answers_of_the_chips_are_true(walk):
    for ask, says in {
        "Which numbers belong to one box?": "7 numbers",
        "Where does the very last cell go?": "rows 38 to 39",
    }.items():
        chip = walk.figure.get_by_role("button", name=ask)
        chip.click()
        chip.click()
        assert says in walk.figure.locator(".ssd-answer").inner_text()
    assert walk.line("formula").endswith("= 38: rows 38 to 39")


def test_it_plays_and_pauses(walk):
    play = walk.figure.get_by_role("button", name="Play")
    play.click()
    assert walk.figure.get_by_label("1 Window").is_checked()
    walk.wait_until(lambda: walk.figure.get_by_label("2 One number").is_checked())
    walk.figure.get_by_role("button", name="Pause").click()
    assert play.count() == 1
    play.click()
    walk.step("4 Rows")  # whoever goes elsewhere is not taken away from there
    assert play.count() == 1


def test_arrow_keys_go_through_the_steps(walk):
    walk.figure.get_by_label("2 One number").focus()
    walk.page.keyboard.press("ArrowRight")
    assert "= 14 numbers" in walk.line("formula")
    walk.page.keyboard.press("ArrowLeft")
    assert "meets a weight" in walk.line("words")


def test_what_meets_lights_together(walk):
    walk.figure.locator(".ssd-threes [data-k='11']").last.hover()
    assert walk.figure.locator(".ssd-lit").count() >= 2
    assert walk.stage.locator(".ssd-lit").get_attribute("data-k") == "11"
    row = walk.figure.locator(".ssd-tensor-row").nth(30)
    if row.is_visible():
        row.hover()
        assert walk.stage.locator(".ssd-lit[data-row='3'][data-column='3']").count() == 2


def test_a_click_chooses_a_cell_and_the_padding_is_none(walk):
    cells = walk.stage.locator("[data-row='3'][data-column='0']")
    cells.first.click()
    assert walk.stage.get_attribute("aria-label").endswith("Row 3, column 0.")
    walk.stage.locator(".ssd-padding").first.click()
    assert walk.stage.get_attribute("aria-label").endswith("Row 3, column 0.")
