"""The feature-map explorer in the page: cells, fields, boxes and activations."""

import re

import pytest
from figure import TWO_FRAMES, Figure

from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.receptive_fields import receptive_fields
from ssd_lib.widgets import FeatureMapExplorer

NETWORKS = {"ssd_tiny": TinyFeatures, "SSD300": lambda: VGG16Features(300)}
TRIES = FeatureMapExplorer().tries
# How much of the stage differs from what it showed before; 1 if its size does.
KEEP = """() => {
    const canvas = document.querySelector(
        "figure[data-widget=feature_map_explorer] .ssd-stage canvas");
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const before = window.kept;
    window.kept = data;
    if (before?.length !== data.length) return 1;
    let changed = 0;
    for (let i = 0; i < data.length; i += 4) {
        if ([0, 1, 2].some((k) => Math.abs(data[i + k] - before[i + k]) > 24)) changed += 1;
    }
    return changed / (data.length / 4);
}"""


class Explorer(Figure):
    widget = "feature_map_explorer"
    path = "book/features.html"

    def choose_map(self, name):
        self.card(name).check()

    def card(self, name):
        return self.figure.get_by_role("radio", name=f"{name} ")

    def choose_network(self, name):
        self.unfold("More")
        self.figure.get_by_label("network").select_option(name)

    def unfold(self, title):
        summary = self.figure.locator("summary", has_text=title)
        if not summary.evaluate("(summary) => summary.parentElement.open"):
            summary.click()

    def cell(self):
        """Row, column and map, as the figure writes them, whether folded or not."""
        text = self.figure.locator("[data-line=cell]").text_content()
        row, column, name = re.match(r"Row (\d+), column (\d+) of (\w+)\.", text).groups()
        return name, int(row), int(column)

    def middles(self):
        """The middle of the field, and that of the boxes."""
        text = self.figure.locator("[data-line=cell]").text_content()
        return re.findall(r"\([\d., ]+\)", text)

    def middle_of(self, name, row, column):
        """A cell's middle in fractions of the stage: the image keeps its place in it."""
        network = FeatureMapExplorer().networks["ssd_tiny"]
        one = next(one for one in network["maps"] if one["name"] == name)
        around = 0.235
        return [
            ((at + 0.5) * one["step"] / network["image"] + around) / (1 + 2 * around)
            for at in (column, row)
        ]

    def numbers(self):
        return {name: self.number(name) for name in ("share", "field", "padding", "boxes")}

    def changed(self):
        self.rest()
        return self.page.evaluate(KEEP)

    def is_touched(self):
        return self.page.evaluate("navigator.maxTouchPoints") > 0


@pytest.fixture
def explorer(watch, width):
    figure = Explorer(watch(width, has_touch=width == 360))
    yield figure
    assert figure.watched.trouble == []


def seen_by(name):
    fields = receptive_fields(NETWORKS[name]().stages)
    return [f"sees {field.size_px}\N{NO-BREAK SPACE}px" for field in fields]


def test_every_map_says_what_its_cells_see(explorer):
    for name in NETWORKS:
        explorer.choose_network(name)
        assert explorer.figure.locator("[data-field]").all_inner_texts() == seen_by(name)


def test_it_begins_with_the_cat_and_trained_weights(explorer):
    assert explorer.cell() == ("conv8", 5, 5)
    assert explorer.numbers() == {
        "share": "75 %",
        "field": "127 × 127 px",
        "padding": "24 %",
        "boxes": "62 px",
    }
    channels = explorer.figure.locator("[data-line=channels]").text_content()
    assert channels.startswith("8 of 128, trained")


@pytest.mark.parametrize("after", ["a click", "a chip"])
def test_a_network_with_fewer_maps_keeps_to_its_last(explorer, after):
    if after == "a chip":
        explorer.figure.get_by_role("button", name=TRIES[-1]["ask"]).click()
    else:
        explorer.choose_network("SSD300")
        explorer.choose_map("conv11_2")
    explorer.choose_network("ssd_tiny")
    assert explorer.cell()[0] == "conv10"
    assert explorer.card("conv10").is_checked()
    assert explorer.figure.get_by_role("radio").count() == 5
    explorer.choose_network("SSD300")
    assert explorer.card("conv10_2").is_checked()
    assert explorer.figure.get_by_role("radio").count() == 6


def test_arrow_keys_move_over_cells_and_the_numbers_follow(explorer):
    explorer.choose_network("SSD300")
    explorer.choose_map("conv8_2")
    explorer.stage.focus()
    for _ in range(10):
        explorer.page.keyboard.press("ArrowLeft")
        explorer.page.keyboard.press("ArrowUp")
    explorer.page.keyboard.press("ArrowDown")
    assert explorer.cell() == ("conv8_2", 1, 0)
    assert explorer.middles() == ["(8, 40)", "(16, 48)"]
    # 266 of 300 pixels along x, 298 along y
    assert explorer.numbers() | {"boxes": ""} == {
        "share": "88 %",
        "field": "516 × 516 px",
        "padding": "70 %",
        "boxes": "",
    }


def test_arrow_keys_go_from_map_to_map(explorer):
    explorer.card("conv8").focus()
    explorer.page.keyboard.press("ArrowRight")
    explorer.page.keyboard.press("ArrowRight")
    assert explorer.cell()[0] == "conv10"
    assert explorer.card("conv10").is_checked()


def test_a_field_inside_the_image_has_no_padding(explorer):
    explorer.choose_map("conv4")
    numbers = explorer.numbers()
    assert (numbers["share"], numbers["padding"]) == ("6 %", "0 %")


def test_another_map_shows_the_same_place(explorer):
    explorer.choose_map("conv4")
    assert explorer.cell() == ("conv4", 22, 22)
    explorer.choose_map("conv9")
    assert explorer.cell() == ("conv9", 2, 2)
    explorer.choose_network("SSD300")
    assert explorer.cell() == ("conv9_2", 2, 2)


def test_the_mouse_looks_and_a_click_or_tap_chooses(explorer):
    explorer.choose_map("conv6")
    explorer.rest()
    x, y = explorer.to_page(*explorer.middle_of("conv6", 9, 4))
    if explorer.is_touched():
        explorer.page.touchscreen.tap(x, y)
        explorer.rest()
        assert explorer.cell() == ("conv6", 9, 4)
        return
    explorer.page.mouse.move(x, y)
    assert explorer.cell() == ("conv6", 9, 4)
    explorer.page.mouse.move(0, 0)
    assert explorer.cell() != ("conv6", 9, 4)
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    explorer.page.mouse.up()
    explorer.page.mouse.move(0, 0)
    assert explorer.cell() == ("conv6", 9, 4)


@pytest.mark.parametrize("index", range(len(TRIES)))
def test_a_question_sets_what_answers_it_and_a_second_press_says_it(explorer, index):
    wanted = TRIES[index]
    chip = explorer.figure.get_by_role("button", name=wanted["ask"])
    chip.click()
    maps = FeatureMapExplorer().networks[wanted["network"]]["maps"]
    assert explorer.cell() == (maps[wanted["feature_map"]]["name"], *wanted["cell"])
    assert explorer.answered() == "Show the answer"
    chip.click()
    assert explorer.answered() == wanted["answer"]
    shares = ["6 %", "100 %", "100 %", "100 %"]
    assert explorer.number("share") == shares[index]


def test_the_network_of_a_question_stands_in_sight_and_leads_back(explorer):
    pill = explorer.figure.locator(".ssd-settings button")
    assert pill.count() == 0
    explorer.figure.get_by_role("button", name=TRIES[-1]["ask"]).click()
    assert pill.all_inner_texts() == ["SSD300"]
    explorer.choose_map("conv9_2")
    pill.click()
    assert pill.count() == 0
    assert explorer.cell()[0] == "conv9"
    assert explorer.figure.get_by_role("radio").count() == 5


def test_pointing_at_a_number_changes_the_drawing(explorer):
    if explorer.page.url.startswith("file:"):
        return  # there a canvas with an image cannot be read
    explorer.changed()
    assert explorer.changed() == 0
    rows = explorer.figure.locator(".ssd-key-row")
    for index in range(3):
        rows.nth(index).focus()
        assert explorer.changed() > 0.005
    rows.nth(2).blur()
    assert explorer.changed() > 0.005


def test_a_channel_lies_over_the_image_while_it_is_pointed_at_or_pressed(explorer):
    explorer.unfold("What its channels hold")
    tiles = explorer.figure.locator(".ssd-channel")
    labels = [tile.get_attribute("aria-label") for tile in tiles.all()]
    shown = FeatureMapExplorer().networks["ssd_tiny"]["maps"][2]["shown"]
    assert labels == [f"Channel {k} of conv8 over the image" for k in shown]
    readable = not explorer.page.url.startswith("file:")
    if readable:
        explorer.changed()
    tiles.nth(5).press("Enter")
    assert tiles.nth(5).get_attribute("aria-pressed") == "true"
    if readable:
        assert explorer.changed() > 0.3
    tiles.nth(2).press("Enter")
    pressed = [tile.get_attribute("aria-pressed") for tile in tiles.all()]
    assert pressed.count("true") == 1
    tiles.nth(2).press("Enter")
    assert "true" not in [tile.get_attribute("aria-pressed") for tile in tiles.all()]
    if readable:
        explorer.changed()
        if not explorer.is_touched():
            tiles.nth(5).hover()
            assert explorer.changed() > 0.3


def test_a_question_takes_a_channel_off_the_image(explorer):
    explorer.unfold("What its channels hold")
    tile = explorer.figure.locator(".ssd-channel").first
    tile.click()
    assert tile.get_attribute("aria-pressed") == "true"
    explorer.figure.get_by_role("button", name=TRIES[0]["ask"]).click()
    assert tile.get_attribute("aria-pressed") == "false"
    pressed = explorer.figure.locator(".ssd-channel[aria-pressed=true]")
    assert pressed.count() == 0


def test_cells_light_each_other_in_channels_and_image(explorer):
    explorer.unfold("What its channels hold")
    tile = explorer.figure.locator(".ssd-channel").nth(6)
    mark = tile.locator("i")
    percent = "(mark) => [mark.style.left, mark.style.top].map(parseFloat)"
    assert mark.evaluate(percent) == [62.5, 62.5]
    explorer.stage.focus()
    explorer.page.keyboard.press("ArrowRight")
    assert mark.evaluate(percent) == [75, 62.5]
    if explorer.is_touched():
        return
    tile.scroll_into_view_if_needed()
    box = tile.locator("canvas").bounding_box()
    explorer.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.9 * box["height"])
    assert explorer.cell() == ("conv8", 7, 2)
    assert mark.evaluate(percent) == [25, 87.5]
    explorer.page.mouse.move(0, 0)
    assert explorer.cell() == ("conv8", 5, 6)


def test_no_channels_are_shown_of_weights_that_are_not_trained(explorer):
    is_wide = explorer.page.evaluate("innerWidth >= 1200")
    assert explorer.figure.locator(".ssd-tiles").is_visible() == is_wide  # where there is room
    explorer.unfold("What its channels hold")
    tiles = explorer.figure.locator(".ssd-tiles")
    assert tiles.is_visible()
    explorer.choose_network("SSD300")
    assert tiles.is_hidden()
    assert explorer.figure.locator("summary", has_text="What its channels hold").is_hidden()
    explorer.choose_network("ssd_tiny")
    assert tiles.is_visible()


def test_an_answer_is_short_and_lights_what_it_is_about(explorer):
    assert all(len(one["answer"].split()) <= 30 for one in TRIES)
    readable = not explorer.page.url.startswith("file:")
    chips = explorer.figure.locator(".ssd-chip")
    for one, chip in zip(TRIES, chips.all(), strict=True):
        explorer.choose_network(one["network"])
        explorer.figure.locator(".ssd-map input").nth(one["feature_map"]).check()
        chip.click()
        if not (readable and one["lights"]):
            continue
        explorer.changed()
        explorer.stage.focus()
        explorer.page.keyboard.press("ArrowRight")
        explorer.page.keyboard.press("ArrowLeft")
        assert explorer.changed() == 0  # the same state
        explorer.page.keyboard.press("ArrowRight")
        assert explorer.changed() > 0


def test_an_answer_moves_nothing_above_it(explorer):
    """And on a wide screen nothing below it, either: there is room for every answer."""
    is_wide = explorer.figure.bounding_box()["width"] > 480
    whole = (
        explorer.figure if is_wide else explorer.figure.locator(".ssd-panel:has(> .ssd-headline)")
    )
    tall = whole.bounding_box()["height"]
    for chip in explorer.figure.locator(".ssd-chip").all()[:3]:
        chip.click()
        chip.click()
        assert whole.bounding_box()["height"] == pytest.approx(tall, abs=25 if is_wide else 1)


def test_the_small_pictures_are_those_of_the_map(explorer):
    canvas = explorer.figure.locator(".ssd-channel canvas").first
    size = "(canvas) => [canvas.width, canvas.height]"
    for name, grid in (("conv4", 32), ("conv9", 4)):
        explorer.choose_map(name)
        explorer.wait_until(lambda wanted=[grid, grid]: canvas.evaluate(size) == wanted)


def test_nothing_glides_for_those_who_ask_for_stillness(watch, address):
    if address.startswith("file:"):
        return
    still = Explorer(watch(1280, reduced_motion="reduce"))
    still.changed()
    still.choose_map("conv10")
    still.page.evaluate(TWO_FRAMES)
    assert still.page.evaluate(KEEP) > 0.3
    assert still.changed() == 0  # it had arrived


@pytest.mark.parametrize("name", ["conv4", "conv6", "conv8", "conv9", "conv10"])
def test_no_cell_runs_from_the_pointer(watch, name):
    """Not at the first touch, and not after it: the image keeps its place."""
    explorer = Explorer(watch(1280))
    explorer.choose_map(name)
    one = next(
        one for one in FeatureMapExplorer().networks["ssd_tiny"]["maps"] if one["name"] == name
    )
    last = one["grid"] - 1
    for row, column in ((0, 0), (last // 2, last), (last, last // 2)):
        explorer.page.mouse.move(*explorer.to_page(*explorer.middle_of(name, row, column)))
        assert explorer.cell() == (name, row, column)
        explorer.rest()
        assert explorer.cell() == (name, row, column)
        explorer.page.mouse.down()
        explorer.page.mouse.up()
        explorer.rest()
        assert explorer.cell() == (name, row, column)
    assert explorer.watched.trouble == []


def test_the_first_state_is_drawn_at_the_scale_that_stays(watch, address):
    """What lies outside field and boxes before and after the first touch is the same."""
    if address.startswith("file:"):
        return
    explorer = Explorer(watch(1280))
    explorer.changed()
    explorer.page.mouse.move(*explorer.to_page(*explorer.middle_of("conv8", 5, 5)))
    assert explorer.changed() == 0
