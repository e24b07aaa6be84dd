"""The feature-map explorer in the page: cells, fields, boxes and activations."""

import re

import pytest
from figure import Figure

from ssd_lib.features import VGG16Features
from ssd_lib.receptive_fields import receptive_fields

CHANGED_PIXELS = """() => new Promise((done) => requestAnimationFrame(() =>
    requestAnimationFrame(() => {
        const canvas = document.querySelector("figure.ssd-widget .ssd-stage canvas");
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        done(data.filter((value, i) => i % 4 === 3 && value > 0).length);
    })))"""


class Explorer(Figure):
    widget = "feature_map_explorer"
    path = "book/features.html"

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]").inner_text()

    def choose_map(self, name):
        self.figure.get_by_label(name, exact=True).check()


@pytest.fixture
def explorer(watch, width):
    figure = Explorer(watch(width, has_touch=width == 360))
    yield figure
    assert figure.watched.trouble == []


def test_every_map_says_what_its_cells_see(explorer):
    fields = receptive_fields(VGG16Features(300).stages)
    said = explorer.figure.locator("[data-field]").all_inner_texts()
    assert said == [str(field.size_px) for field in fields]


def test_a_network_with_fewer_maps_is_seen_from_its_first(explorer):
    explorer.choose_map("conv11_2")
    explorer.figure.get_by_label("network").select_option("ssd_tiny")
    assert explorer.figure.get_by_role("radio").first.is_checked()
    assert explorer.figure.locator("[data-field]").count() == 5


def test_arrow_keys_move_over_cells_and_the_numbers_follow(explorer):
    explorer.choose_map("conv8_2")
    explorer.stage.focus()
    for _ in range(10):
        explorer.page.keyboard.press("ArrowLeft")
        explorer.page.keyboard.press("ArrowUp")
    explorer.page.keyboard.press("ArrowDown")
    cell, field = explorer.line("cell"), explorer.line("field")
    assert cell.startswith("row 1, column 0 of conv8_2: ")
    assert re.findall(r"\(\d+, \d+\)", cell) == ["(8, 40)", "(16, 48)"]  # its field, its boxes
    assert re.findall(r"\d+ × \d+|\d+ %", field) == ["516 × 516", "88 %"]
    assert "padding" in field


def test_a_field_inside_the_picture_has_no_padding(explorer):
    assert explorer.line("cell").startswith("row 26, column 27 of conv4_3")
    field = explorer.line("field")
    assert re.findall(r"\d+ × \d+|\d+ %", field) == ["108 × 108", "13 %"]
    assert "padding" not in field


def test_the_mouse_points_and_a_tap_chooses(explorer):
    explorer.choose_map("conv9_2")
    x, y = explorer.to_page(0.3, 0.95)
    if explorer.page.evaluate("navigator.maxTouchPoints"):
        explorer.page.touchscreen.tap(x, y)
    else:
        explorer.page.mouse.move(x, y)
    assert explorer.line("cell").startswith("row 4, column 1 of conv9_2")


def test_a_coarser_map_keeps_the_cell_inside(explorer):
    explorer.choose_map("conv11_2")
    assert explorer.line("cell").startswith("row 0, column 0 of conv11_2")
    field = explorer.line("field")
    assert re.findall(r"\d+ × \d+|\d+ %", field) == ["900 × 900", "100 %"]


def test_the_small_network_has_its_own_maps(explorer):
    explorer.figure.get_by_label("network").select_option("ssd_tiny")
    fields = explorer.figure.locator("[data-field]").all_inner_texts()
    assert len(fields) == 5
    assert explorer.line("cell").startswith("row 26, column 27 of conv4")
    label = explorer.figure.locator(".ssd-strip").get_attribute("aria-label")
    assert "32 by 32" in label
    assert "untrained" not in label


def test_what_is_switched_off_is_not_painted(explorer):
    everything = explorer.page.evaluate(CHANGED_PIXELS)
    explorer.figure.get_by_label("receptive field").uncheck()
    without_field = explorer.page.evaluate(CHANGED_PIXELS)
    explorer.figure.get_by_label("default boxes").uncheck()
    assert everything > without_field > explorer.page.evaluate(CHANGED_PIXELS) > 0


def test_the_strip_shows_the_chosen_map(explorer):
    strip = explorer.figure.locator(".ssd-strip")
    columns = 4 if explorer.page.viewport_size["width"] == 360 else 8
    size = "(canvas) => [canvas.width, canvas.height]"
    for name, grid in (("conv4_3", 38), ("conv9_2", 5)):
        explorer.choose_map(name)
        pitch = grid * round(76 / grid) + 4
        wanted = [columns * pitch - 4, 8 / columns * pitch - 4]
        explorer.wait_until(lambda w=wanted: strip.evaluate(size) == w)
        painted = strip.evaluate(
            """(canvas) => {
                const copy = new OffscreenCanvas(8, 8).getContext("2d");
                copy.drawImage(canvas, 0, 0, 8, 8);
                try { return copy.getImageData(0, 0, 8, 8).data.some((v, i) => i % 4 < 3 && v); }
                catch (error) { return error.name; }  // read from file://: it is painted
            }"""
        )
        assert painted in (True, "SecurityError")
