"""The head walk in the page: its numbers are those of the library's heads."""

import re
from itertools import pairwise

import pytest
import torch
from figure import Figure
from playwright.sync_api import expect
from watching import places

from ssd_lib.widgets.head_walk import small_heads, small_maps

IS_IN_SIGHT = """(one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return one.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""

COUNT_FLIGHTS = """() => {
    window.flights = 0;
    new MutationObserver((all) => {
        const added = all.flatMap((one) => [...one.addedNodes]);
        window.flights += added.filter((one) => one.classList?.contains("ssd-ghost")).length;
    }).observe(document.body, { childList: true, subtree: true });
}"""


class Walk(Figure):
    widget = "head_walk"
    path = "book/heads.html"
    ready = ".ssd-place .ssd-stage"

    @property
    def planes(self):
        return self.figure.locator(".ssd-planes")

    def go_on(self):
        """Press the leading button."""
        self.figure.locator(".ssd-lead button").click()

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

    def has_added_up_to(self, number):
        said = f" = {number}".replace("-", "−")
        return self.line("formula").endswith(said) and self.numbers_written("[aria-pressed=true]")

    def add_up(self):
        """Go to the sum, press it, and wait until it stands in its place."""
        self.go_on()
        self.go_on()
        self.figure.locator(".ssd-total-number").click()
        self.wait_until(lambda: self.numbers_written("[aria-pressed=true]"))

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
            "all => all.map((row) => [row.dataset.index, row.firstChild.textContent].map(Number))"
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
        walk.wait_until(lambda number=cell[channel]: walk.has_added_up_to(number))
        left, right = walk.line("formula").replace("−", "-").split(" = ")
        *products, bias = [
            [int(factor) for factor in re.findall(r"-?\d+", term)] for term in left.split(" + ")
        ]
        assert sum(a * b for a, b in products) + bias[0] == int(right) == cell[channel]


def test_a_number_is_added_up_before_the_reader_and_lands_in_its_place(walk):
    walk.step("3 All channels")
    tile = walk.figure.locator(".ssd-detail .ssd-number").nth(9)
    wanted = tile.inner_text()
    walk.page.evaluate(COUNT_FLIGHTS)
    tile.click()
    assert walk.figure.get_by_label("2 One number").is_checked()
    walk.wait_until(lambda: walk.figure.locator(".ssd-detail .ssd-number").nth(9).inner_text())
    assert walk.numbers("[aria-pressed=true]") == [int(wanted.replace("−", "-"))]
    assert walk.number("sum") == wanted
    assert walk.page.evaluate("window.flights") == 1  # of the sum: nothing else hides a digit


def test_a_sum_that_is_begun_anew_has_all_its_terms(walk):
    walk.step("2 One number")
    walk.figure.locator(".ssd-detail .ssd-number").first.click()  # while it is added up
    walk.wait_until(lambda: walk.numbers_written("[aria-pressed=true]"))
    assert walk.line("formula").count("·") == 10
    assert walk.line("words").endswith("The sum is box 0, offset x.")


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
    assert walk.planes.locator(".ssd-near.ssd-padding").count() == 2 * 5
    assert walk.planes.locator(".ssd-near").count() == 2 * 9
    walk.figure.get_by_role("button", name="What does a corner see?").click()
    assert "Five of its nine places" in walk.answered()


def test_the_answers_of_the_chips_are_true(walk):
    for ask, says in {
        "Which channels belong to box 1?": "channels 4 to 7, of the logit head’s 6 channels 3 to 5",
        "Where does the very last cell go?": "rows 38 to 39",
    }.items():
        chip = walk.figure.get_by_role("button", name=ask)
        chip.click()
        chip.click()
        assert says in walk.answered()
    assert walk.line("formula").endswith("= 38: rows 38 to 39")


def test_a_phone_has_the_rows_in_sight_when_it_is_asked_where_a_cell_goes(watch):
    walk = Walk(watch(390, has_touch=True))
    chip = walk.figure.get_by_role("button", name="Where does the very last cell go?")
    for _ in range(2):
        chip.evaluate("(one) => one.scrollIntoView({ block: 'end', behavior: 'instant' })")
        chip.click()
        rows = walk.figure.locator(".ssd-mine")
        assert [row.evaluate(IS_IN_SIGHT) for row in rows.all()] == [True, True]
    assert "rows 38 to 39" in walk.answered()
    assert "Choose a row" in walk.line("words")


def test_box_1_has_the_channels_that_the_answer_says(walk):
    walk.figure.get_by_role("button", name="Which channels belong to box 1?").click()
    tiles = walk.figure.locator(".ssd-detail .ssd-number").all()
    dashed = [k for k, tile in enumerate(tiles) if "ssd-of-1" in tile.get_attribute("class")]
    assert dashed == [4, 5, 6, 7, 8 + 3, 8 + 4, 8 + 5]


def test_it_opens_with_the_way_from_a_cell_to_its_rows(walk):
    """The cell in the image, its numbers and its rows; how they are made is asked for."""
    assert walk.figure.locator(".ssd-segments :checked").count() == 0
    assert not walk.planes.is_visible()
    assert not walk.figure.locator(".ssd-equation").is_visible()
    offsets, logits = answers()
    assert walk.numbers(".ssd-of-0") == [*offsets[12].tolist(), *logits[12].tolist()]
    assert "rows 12 and 13" in walk.line("words")
    walk.go_to(3, 3)
    assert walk.numbers(".ssd-of-1") == [*offsets[31].tolist(), *logits[31].tolist()]
    assert "rows 30 and 31" in walk.line("words")
    tips = walk.figure.locator(".ssd-links > .ssd-head")
    assert tips.count() == (4 if walk.figure.bounding_box()["width"] > 660 else 2)


@pytest.mark.parametrize("wide", [1440, 390])
def test_its_lines_begin_at_the_cell_and_its_rows_have_room(watch, wide):
    """What is there at once, too: nothing that moves draws them once more."""
    walk = Walk(watch(wide, reduced_motion="reduce"))
    link, image, rows, below = places(
        walk.figure.locator(".ssd-links > .ssd-halo").first,
        walk.figure.locator(walk.ready),
        walk.figure.locator(".ssd-tensor-row").last,
        walk.figure.get_by_text("40 rows: "),
    )
    cell = image["width"] / 4  # the third of the second row
    if wide > 660:
        assert link["x"] == pytest.approx(image["x"] + 3 * cell, abs=2)
        assert link["y"] < image["y"] + 1.5 * cell < link["y"] + link["height"]
    else:
        assert link["x"] == pytest.approx(image["x"] + 2.5 * cell, abs=4)
        assert link["y"] == pytest.approx(image["y"] + 2 * cell, abs=2)
    assert rows["y"] + rows["height"] <= below["y"]


def test_the_leading_button_goes_from_step_to_step_and_back(walk):
    for step in ("1 Window", "2 One number"):
        walk.go_on()
        assert walk.figure.get_by_label(step).is_checked()
    walk.go_on()  # adds up
    for step in ("3 All channels", "4 Rows", "5 Joined"):
        walk.go_on()
        assert walk.figure.get_by_label(step).is_checked()
    walk.go_on()
    assert not walk.figure.get_by_label("5 Joined").is_checked()
    assert not walk.planes.is_visible()


@pytest.mark.parametrize("tall", [844])
def test_a_step_on_a_phone_brings_what_it_changes_into_sight(watch, tall):
    walk = Walk(watch(390, has_touch=True))
    walk.page.set_viewport_size({"width": 390, "height": tall})
    at_bottom = "(one) => one.scrollIntoView({ block: 'end', behavior: 'instant' })"
    changes = {"4 Rows": ".ssd-detail > .ssd-number", "5 Joined": ".ssd-mine, .ssd-row-choice"}
    for step, changed in changes.items():
        label = walk.figure.locator(".ssd-segments label", has_text=step)
        label.evaluate(at_bottom)
        label.click()
        walk.wait_until(
            lambda changed=changed: all(
                one.evaluate(IS_IN_SIGHT) for one in walk.figure.locator(changed).all()
            )
        )


def test_a_slider_chooses_a_row_and_lights_its_box(walk):
    walk.step("5 Joined")
    slider = walk.figure.get_by_role("slider", name="Row")
    assert slider.input_value() == "12"
    slider.fill("35")
    assert walk.line("row") == "Row 35: 2 × 2 map, row 0, column 1, box 1"
    assert slider.get_attribute("aria-valuetext") == walk.line("row")
    mine = walk.figure.locator(".ssd-mine > :first-child").all_inner_texts()
    assert mine == ["34", "35"]
    slider.press("ArrowRight")
    assert walk.line("row") == "Row 36: 2 × 2 map, row 1, column 0, box 0"


def test_a_sum_that_grows_says_so(walk):
    name = walk.figure.locator(".ssd-labelled > .ssd-sum").last
    walk.step("2 One number")
    assert name.inner_text() == "so far"
    assert "will be" in walk.line("words")
    walk.wait_until(lambda: walk.numbers_written("[aria-pressed=true]"))
    assert name.inner_text() == "output 0"
    assert walk.line("words").endswith("The sum is box 0, offset x.")


def test_it_asks_for_the_first_sum_and_a_press_adds_it_up(walk):
    walk.go_on()
    walk.go_on()
    assert walk.figure.get_by_label("2 One number").is_checked()
    assert walk.number("sum") == walk.number("part-0") == walk.number("part-1") == "?"
    assert walk.line("formula").endswith(" = ?")
    assert "what is box 0, offset x?" in walk.line("words")
    numbers = walk.figure.locator(".ssd-detail .ssd-number")
    assert not any(numbers.all_inner_texts())
    walk.figure.locator(".ssd-total-number").click()
    walk.wait_until(lambda: walk.numbers_written("[aria-pressed=true]"))
    offsets, _ = answers()
    first = int(offsets[12, 0])
    assert walk.has_added_up_to(first)
    assert walk.number("sum") == f"{first}".replace("-", "−")
    assert walk.line("words").endswith("The sum is box 0, offset x.")
    assert [text for text in numbers.all_inner_texts() if text] == [walk.number("sum")]


def test_a_cell_that_is_chosen_has_its_sum_at_once(walk):
    walk.go_on()
    walk.go_on()
    walk.planes.focus()
    walk.page.keyboard.press("ArrowLeft")
    assert walk.number("sum") == walk.line("formula").split(" = ")[1] != "?"
    assert walk.numbers("[aria-pressed=true]")


def test_the_rows_have_their_numbers_when_they_are_joined(walk):
    parts = walk.figure.locator(".ssd-row-part")
    for step in ("3 All channels", "4 Rows"):
        walk.step(step)
        assert not any(part.is_visible() for part in parts.all())  # still to come
    walk.step("5 Joined")
    assert all(part.is_visible() for part in parts.all())


def test_the_channels_of_the_map_and_the_bias_add_up_to_the_output(walk):
    walk.step("3 All channels")
    bias = walk.figure.locator(".ssd-equation b.ssd-number")
    for tile in (0, 5, 9, 13):
        walk.figure.locator(".ssd-detail .ssd-number").nth(tile).hover()
        texts = [walk.number("part-0"), walk.number("part-1"), bias.inner_text()]
        *terms, output = [int(one.replace("−", "-")) for one in (*texts, walk.number("sum"))]
        assert sum(terms) == output


def test_what_a_step_makes_is_framed_and_what_comes_later_can_be_read(walk):
    style = "(one) => [getComputedStyle(one).outlineStyle, Number(getComputedStyle(one).opacity)]"
    frames = {
        "2 One number": ".ssd-equation",
        "3 All channels": ".ssd-detail",
        "4 Rows": ".ssd-detail",
        "5 Joined": ".ssd-tensor",
    }
    for step, framed in frames.items():
        walk.step(step)
        assert walk.figure.locator(framed).first.evaluate(style)[0] == "solid"
        walk.page.wait_for_timeout(300)
        later = walk.figure.locator(".ssd-labelled, .ssd-detail, .ssd-tensor").all()
        assert all(one.evaluate(style)[1] >= 0.65 for one in later)


def test_a_small_image_has_the_names_of_its_boxes_below_it(walk):
    name = walk.figure.locator(".ssd-place-name")
    walk.step("5 Joined")
    is_small = walk.stage.bounding_box()["width"] < 200
    wanted = ["box 0", "box 1"] if is_small else []
    walk.wait_until(lambda: name.locator("span").all_inner_texts() == wanted)
    walk.step("2 One number")
    walk.wait_until(lambda: name.locator("span").count() == 0)


def test_it_names_what_it_shows(walk):
    indices = walk.figure.locator(".ssd-mine > :first-child").all_text_contents()
    assert indices == ["12", "13"]
    names = walk.planes.locator(".ssd-sum").all_inner_texts()
    assert names == ["map, channel 0", "map, channel 1"]
    logits = walk.figure.locator(".ssd-detail .ssd-number").nth(8)
    assert logits.get_attribute("title") == "box 0, logit of background"


def test_it_plays_and_pauses(walk):
    play = walk.figure.locator("button[data-on]")
    play.click()
    expect(play).to_have_text("Pause")
    walk.wait_until(lambda: walk.figure.get_by_label("2 One number").is_checked())
    walk.press_anew(play)
    expect(play).to_have_text("Play")
    walk.press_anew(play)
    expect(play).to_have_text("Pause")
    walk.step("4 Rows")  # whoever goes elsewhere is not taken away from there
    expect(play).to_have_text("Play")


@pytest.mark.parametrize("times", [1, 2])
def test_a_question_stops_the_player_and_keeps_its_answer(walk, times):
    play = walk.figure.locator("button[data-on]")
    play.click()
    for ask in ("What does a corner see?", "Where does the very last cell go?"):
        chip = walk.figure.get_by_role("button", name=ask)
        for _ in range(times):
            chip.click()
        expect(play).to_have_text("Play")
        expect(chip).to_have_attribute("aria-pressed", "true")
    assert walk.figure.get_by_label("5 Joined").is_checked()


def test_arrow_keys_go_through_the_steps(walk):
    walk.step("2 One number")
    walk.figure.get_by_label("2 One number").focus()
    walk.page.keyboard.press("ArrowRight")
    assert "= 14 numbers" in walk.line("formula")
    walk.page.keyboard.press("ArrowLeft")
    assert "meets a weight" in walk.line("words")


def test_what_meets_lights_together(walk):
    walk.add_up()
    walk.figure.locator(".ssd-threes [data-k='11']").last.hover()
    assert walk.figure.locator(".ssd-lit").count() >= 2
    assert walk.planes.locator(".ssd-lit").get_attribute("data-k") == "11"


def test_a_click_chooses_a_cell_and_the_padding_is_none(walk):
    walk.step("1 Window")
    walk.planes.locator("[data-row='3'][data-column='0']").first.click()
    assert walk.stage.get_attribute("aria-label").endswith("Row 3, column 0.")
    walk.planes.locator(".ssd-padding").first.click()
    assert walk.stage.get_attribute("aria-label").endswith("Row 3, column 0.")


def test_the_columns_of_both_tensors_are_named(walk):
    walk.step("5 Joined")
    heads = walk.figure.locator(".ssd-tensor-heads > span")
    assert heads.all_inner_texts() == ["offsets [40, 4]", "logits [40, 3]"]
    numbers = [
        [part.locator("i").all_inner_texts() for part in row.locator(".ssd-row-part").all()]
        for row in walk.figure.locator(".ssd-mine").all()
    ]
    lefts = walk.figure.locator(".ssd-mine").evaluate_all(
        """(all) => all.map((row) => [...row.querySelectorAll("i")]
            .map((one) => one.getBoundingClientRect().left))"""
    )
    assert lefts[0] == pytest.approx(lefts[1], abs=0.5)  # in columns
    offsets, logits = answers()
    for row, (four, three) in zip((12, 13), numbers, strict=True):
        assert [int(one.replace("−", "-")) for one in four] == offsets[row].tolist()
        assert [int(one.replace("−", "-")) for one in three] == logits[row].tolist()


def test_a_number_that_is_pointed_at_shows_its_kernel_and_gives_it_back(walk):
    walk.step("3 All channels")
    tile = walk.figure.locator(".ssd-detail .ssd-number").nth(9)
    tile.hover()
    assert walk.number("sum") == tile.inner_text()
    assert "ssd-lit" in tile.get_attribute("class")
    walk.figure.locator("[data-line=words]").hover()
    assert walk.number("sum") == walk.figure.locator(".ssd-detail .ssd-number").first.inner_text()


def test_a_press_on_the_image_chooses_the_cell_there_and_a_row_shows_its_box(walk):
    image = walk.stage
    pixels = """() => document.querySelector("figure[data-widget=head_walk] canvas").toDataURL()"""
    box = image.bounding_box()
    image.click(position={"x": 0.1 * box["width"], "y": 0.9 * box["height"]})
    walk.wait_until(lambda: walk.stage.get_attribute("aria-label").endswith("Row 3, column 0."))
    walk.step("5 Joined")
    walk.page.wait_for_timeout(100)
    before = walk.page.evaluate(pixels)
    walk.figure.locator(".ssd-tensor-row").nth(35).hover()
    walk.wait_until(lambda: walk.page.evaluate(pixels) != before)
    assert walk.line("row") == "Row 35: 2 × 2 map, row 0, column 1, box 1"


@pytest.mark.parametrize("wide", [320, 390])
def test_a_phone_shows_the_sum_channel_by_channel_and_zeros_inside_their_cells(walk, wide):
    walk.page.set_viewport_size({"width": wide, "height": 900})
    walk.add_up()
    rects = """(all) => all.map((one) => one.getBoundingClientRect())
        .map(({ left, right, top, bottom }) => [left, right, top, bottom])"""
    threes = walk.figure.locator(".ssd-threes")
    first, kernel, second, _ = threes.evaluate_all(rects)
    assert all(one.locator(".ssd-number").count() == 9 for one in threes.all())
    assert first[1] < kernel[0]
    assert first[2] == pytest.approx(kernel[2], abs=1)
    assert first[0] == pytest.approx(second[0], abs=1)
    assert second[2] - first[3] >= 8  # the channels stand apart
    numbers = ".ssd-part, b.ssd-number, .ssd-total-number"
    results = walk.figure.locator(".ssd-equation").locator(numbers).evaluate_all(rects)
    middles = [(left + right) / 2 for left, right, *_ in results]
    assert max(middles) - min(middles) < 1  # one below the other
    assert all(above[3] < below[2] for above, below in pairwise(results))
    row = walk.figure.locator("[data-line=row]")
    assert not row.is_visible()  # it says what the rows are, which stand there later
    walk.step("5 Joined")
    assert row.is_visible()
    walk.step("2 One number")
    over = """(cells) => cells.filter((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        const [text, room] = [range, cell].map((one) => one.getBoundingClientRect());
        return text.width > room.width || text.height > room.height + 4;
    }).length"""
    assert walk.figure.locator(".ssd-padding").evaluate_all(over) == 0


@pytest.mark.parametrize("wide", [320, 390])
def test_on_a_phone_the_rows_stand_below_one_another_under_their_heads(walk, wide):
    walk.page.set_viewport_size({"width": wide, "height": 900})
    walk.step("5 Joined")
    sizes = """(all) => all.map((one) => one.getBoundingClientRect())
        .map(({ left, right, top, bottom }) => [left, right, top, bottom])"""
    rows = walk.figure.locator(".ssd-tensor-row").evaluate_all(sizes)
    assert len({round(left) for left, *_ in rows}) == 1
    assert all(above[3] < below[2] for above, below in pairwise(rows))
    others = [bottom - top for i, (*_, top, bottom) in enumerate(rows) if i not in (12, 13)]
    assert max(others) - min(others) < 0.1
    assert min(others) >= 4
    (offsets_left, *_), (logits_left, logits_right, *_) = walk.figure.locator(
        ".ssd-tensor-heads > span"
    ).evaluate_all(sizes)
    assert offsets_left == pytest.approx(rows[0][0], abs=1)
    assert rows[0][0] + 0.5 * (rows[0][1] - rows[0][0]) < logits_left
    assert logits_right <= rows[0][1] + 1
