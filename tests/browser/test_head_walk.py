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
        self.figure.get_by_label(f"{grid} × {grid} map").check()

    def numbers(self, of):
        """Numbers of the detail that have a mark, as they stand."""
        found = self.figure.locator(f".ssd-detail .ssd-number{of}").all_inner_texts()
        return [int(text.replace("−", "-")) for text in found]

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
        walk.step("3 all channels")
        wanted = torch.cat([part[first : first + 2].flatten() for part in (offsets, logits)])
        assert walk.numbers("") == wanted.tolist()
        walk.step("4 rows")
        for box in range(2):
            both = torch.cat([offsets[first + box], logits[first + box]])
            assert walk.numbers(f".ssd-of-{box}") == both.tolist()
        walk.step("5 joined")
        assert walk.numbers(".ssd-of-0") == [first]
        assert walk.numbers(".ssd-of-1") == [first + 1]
        assert walk.line("formula").endswith(f"= {first}: rows {first} to {first + 1}")
        assert len(walk.numbers("")) == 40


def test_the_formula_of_a_number_is_true(walk):
    walk.step("2 one number")
    offsets, logits = answers()
    cell = torch.cat([offsets[12:14].flatten(), logits[12:14].flatten()])
    for channel in (0, 5, 13):
        walk.figure.get_by_role("combobox").select_option(str(channel))
        left, right = walk.line("formula").replace("−", "-").split(" = ")
        *products, bias = [
            [int(factor) for factor in re.findall(r"-?\d+", term)] for term in left.split(" + ")
        ]
        assert sum(a * b for a, b in products) + bias[0] == int(right) == cell[channel]


def test_a_corner_has_zeros_of_the_padding_in_its_window(walk):
    walk.go_to(0, 0)
    window = walk.figure.locator(".ssd-panel .ssd-planes[tabindex] .ssd-near.ssd-padding")
    assert window.count() == 10
    assert len(walk.numbers("")) == 18


def test_buttons_go_through_the_steps_and_stop_at_the_ends(walk):
    back = walk.figure.get_by_role("button", name="back")
    step = walk.figure.get_by_role("button", name="next step")
    assert back.is_disabled()
    for _ in range(4):
        step.click()
    assert step.is_disabled()
    assert walk.figure.get_by_label("5 joined").is_checked()
    back.click()
    assert walk.figure.get_by_label("4 rows").is_checked()


def test_arrow_keys_go_through_the_steps(walk):
    walk.figure.get_by_label("1 window").focus()
    walk.page.keyboard.press("ArrowRight")
    assert "Number by number" in walk.line("words")
    assert walk.figure.get_by_role("combobox").is_visible()
    walk.page.keyboard.press("ArrowRight")
    assert "= 14 numbers" in walk.line("formula")
    assert not walk.figure.get_by_role("combobox").is_visible()


def test_a_click_chooses_a_cell_and_the_padding_is_none(walk):
    cells = walk.stage.locator("[data-row='3'][data-column='0']")
    cells.first.click()
    assert walk.stage.get_attribute("aria-label").endswith("Row 3, column 0.")
    walk.stage.locator(".ssd-padding").first.click()
    assert walk.stage.get_attribute("aria-label").endswith("Row 3, column 0.")
