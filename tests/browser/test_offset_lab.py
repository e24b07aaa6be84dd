"""The offset lab in the page: its numbers are ssd_lib's, and its steps go downhill."""

import itertools

import pytest
import torch
from figure import Figure
from playwright.sync_api import expect
from watching import places

from ssd_lib.boxes import box_iou, xyxy_to_cxcywh
from ssd_lib.offsets import encode
from ssd_lib.widgets.offset_lab import OffsetLab


class Lab(Figure):
    widget = "offset_lab"
    path = "book/offsets.html"

    def box(self, kind):
        left, top, width, height = self.figure.locator(f".ssd-box.ssd-{kind}").evaluate(
            """(box) => ["left", "top", "width", "height"].map(
                (side) => parseFloat(box.style[side]) / 100)"""
        )
        return torch.tensor([left, top, left + width, top + height])

    def column(self, index):
        cells = self.figure.locator(f"[data-part] td:nth-child({index + 2})")
        return [float(text.replace("−", "-")) for text in cells.all_inner_texts()]

    def seen(self):
        """What stands at the arrows."""
        return self.figure.locator(".ssd-arrow:visible").all_inner_texts()

    def press(self, name):
        self.figure.get_by_role("button", name=name).click()
        self.rest()  # until the box has glided there


@pytest.fixture
def lab(watch, width):
    figure = Lab(watch(width))
    more = figure.figure.locator("details.ssd-more")  # with the loss
    more.evaluate("(one) => { one.open = true; }")
    yield figure
    assert figure.watched.trouble == []


def test_the_offsets_are_the_librarys(lab):
    lab.figure.locator(".ssd-box.ssd-a").focus()
    for key in ["ArrowRight"] * 5 + ["Shift+ArrowDown"] * 4:
        lab.page.keyboard.press(key)
    start = xyxy_to_cxcywh(torch.tensor(OffsetLab().default_box))
    answer, target = (encode(xyxy_to_cxcywh(lab.box(kind)), start) for kind in ("a", "b"))
    loss = torch.nn.functional.smooth_l1_loss(answer, target, reduction="none")
    for index, values in enumerate((answer, target)):
        assert lab.column(index) == pytest.approx(values.tolist(), abs=0.0051)
    assert float(lab.number("loss")) == pytest.approx(loss.sum().item(), abs=0.0051)


def test_on_the_default_box_the_offsets_are_zero(lab):
    lab.press("On the default box")
    assert lab.column(0) == [0, 0, 0, 0]


def test_on_the_object_the_loss_is_zero(lab):
    lab.press("On the object")
    assert lab.column(0) == lab.column(1)
    assert lab.number("loss") == "0.00"


def test_steps_go_down_the_gradient_to_the_object(lab):
    lab.press("On the default box")
    losses = [float(lab.number("loss"))]
    for _ in range(12):
        lab.press("Take one step")
        losses.append(float(lab.number("loss")))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.02
    assert "IoU with the object 0.9" in lab.figure.inner_text()


def test_without_variances_the_same_boxes_have_small_offsets(lab):
    before = lab.column(1)
    lab.figure.get_by_label("divide the offsets by the variances").uncheck()
    lab.rest()
    scaled = [v * f for v, f in zip(before, (0.1, 0.1, 0.2, 0.2), strict=True)]
    assert lab.column(1) == pytest.approx(scaled, abs=0.011)


def test_a_box_never_loses_its_area(lab):
    lab.figure.locator(".ssd-box.ssd-a").focus()
    for _ in range(80):
        lab.page.keyboard.press("Shift+ArrowLeft")
    box = lab.box("a")
    assert box[2] - box[0] == pytest.approx(0.04, abs=1e-6)
    assert "NaN" not in lab.figure.inner_text()


def test_every_handle_and_label_is_seen(lab):
    hit = """(one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        const there = document.elementsFromPoint(x + width / 2, y + height / 2);
        return getComputedStyle(one).pointerEvents === "none" || one.contains(there[0]);
    }"""
    corners = lab.figure.locator(".ssd-corner").all()
    labels = lab.figure.locator(":is(.ssd-tag, .ssd-arrow):visible")
    for part in ("x", "width"):
        lab.figure.locator(f"[data-part={part}]").focus()
        assert (len(corners), labels.count()) == (8, 4)
        for one in (*corners, *labels.all()):
            assert one.evaluate(hit), one.inner_text()


def test_on_the_object_the_prediction_is_dragged(lab):
    lab.press("On the object")
    lab.figure.locator(".ssd-headline").scroll_into_view_if_needed()
    there = lab.box("b")
    middle = ((there[:2] + there[2:]) / 2).tolist()
    lab.page.mouse.move(*lab.to_page(*middle))
    lab.page.mouse.down()
    lab.page.mouse.move(*lab.to_page(middle[0] + 0.1, middle[1] - 0.1), steps=4)
    lab.page.mouse.up()
    moved = there + torch.tensor([0.1, -0.1, 0.1, -0.1])
    assert lab.box("b").tolist() == there.tolist()
    assert lab.box("a").tolist() == pytest.approx(moved.tolist(), abs=0.01)


def test_the_arrows_say_the_offsets_and_light_their_rows(lab):
    for index, part in enumerate(("x", "y", "width", "height")):
        arrow = lab.figure.locator(f"[data-arrow={part}]")
        said = float(arrow.text_content().split()[-1].replace("−", "-"))
        assert said == abs(lab.column(0)[index])
        lab.figure.locator(f"[data-part={part}]").focus()
        assert "ssd-lit" in arrow.get_attribute("class")


def test_the_descent_plays_to_the_object_and_can_be_paused(lab):
    play = lab.figure.locator(".ssd-main")
    before = float(lab.number("loss"))
    play.click()
    expect(play).to_have_text("Pause")
    lab.wait_until(lambda: float(lab.number("loss")) < before)
    lab.press_anew(play)
    expect(play).to_have_text("Play descent")
    stopped = lab.number("loss")
    lab.page.wait_for_timeout(600)
    assert abs(float(lab.number("loss")) - float(stopped)) < 0.8  # one glide at most
    lab.press_anew(play)
    expect(play).to_have_text("Pause")
    lab.wait_until(lambda: play.inner_text() == "Play descent")
    lab.wait_until(lambda: float(lab.number("loss")) < 0.01)


def test_without_motion_the_descent_is_there_at_once(lab):
    lab.page.emulate_media(reduced_motion="reduce")
    lab.figure.locator(".ssd-main").click()
    assert float(lab.number("loss")) < 0.01
    assert lab.figure.locator(".ssd-stop").count() > 10


def test_the_answers_are_true_of_what_is_shown(lab):
    answers = {}
    for chip in lab.figure.locator(".ssd-chip").all():
        chip.click()
        lab.rest()
        numbers = lab.column(0)
        chip.click()
        answers[chip.inner_text()] = lab.answered(), numbers
    assert answers["On the default box: which numbers?"][1] == [0, 0, 0, 0]
    text, numbers = answers["Half as wide: which number?"]
    assert numbers[0] == numbers[1] == numbers[3] == 0
    assert f"is {numbers[2]:.2f},".replace("-", "−") in text
    text, numbers = answers["On the object: what is left?"]
    assert ", ".join(f"{one:.2f}" for one in numbers).replace("-", "−") in text
    assert lab.number("loss") == "0.00"


def test_a_question_leaves_the_variances_as_they_are_set(lab):
    variances = lab.figure.get_by_label("divide the offsets by the variances")
    variances.uncheck()
    for ask, number in (("Half as wide", "−0.69"), ("On the object", "0.06, 0.16, −0.10, 0.08")):
        chip = lab.figure.get_by_role("button", name=ask)
        chip.click()
        lab.rest()
        chip.click()
        assert not variances.is_checked()
        assert number in lab.answered()
        shown = [f"{one:.2f}".replace("-", "−") for one in lab.column(0)]
        assert set(number.split(", ")) <= set(shown)


def test_an_offset_of_zero_has_no_arrow_and_no_label(lab):
    assert len(lab.seen()) == 2
    lab.press("Half as wide")
    assert lab.seen() == ["narrower 3.47"]
    lab.figure.get_by_label("all four").click()
    assert lab.seen() == ["narrower 3.47"]
    lab.press("On the default box")
    assert lab.seen() == []


def test_the_arrow_of_the_height_leaves_that_of_the_way_up_alone(lab):
    lab.press("On the default box")
    lab.figure.locator(".ssd-box.ssd-a").focus()
    for key in ["ArrowUp"] * 12 + ["Shift+ArrowUp"] * 8:
        lab.page.keyboard.press(key)
    up, height = (
        lab.figure.locator(f"[data-arrow={part}]").text_content() for part in ("y", "height")
    )
    assert (up.split()[0], height.split()[0]) == ("up", "shorter")
    tags = lab.figure.locator(".ssd-arrow:visible").evaluate_all(
        "(all) => all.map((one) => { const r = one.getBoundingClientRect(); "
        "return [r.left, r.top, r.right, r.bottom]; })"
    )
    for i, a in enumerate(tags):
        for b in tags[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


SHARED = """(tags) => {
    const rects = tags.map((tag) => tag.getBoundingClientRect()).filter(({ width }) => width);
    return rects.flatMap((a, i) => rects.slice(i + 1).filter((b) => a.left < b.right - 0.5
        && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5)).length;
}"""  # half a pixel is rounding


def test_labels_lie_clear_of_one_another(lab):
    for name in (None, "Half as wide", "On the object", "On the default box"):
        if name:
            lab.figure.locator(".ssd-chip", has_text=name).click()
            lab.rest()
        notes = lab.figure.locator(":is(.ssd-note, .ssd-tag)")
        assert notes.evaluate_all(SHARED) == 0, name


def test_names_lie_clear_of_one_another_wherever_the_prediction_is_dragged(lab):
    names = lab.figure.locator(":is(.ssd-note, .ssd-tag)")
    for x, y in ((0.54, 0.42), (0.3, 0.6), (0.35, 0.3), (0.7, 0.7)):
        box = lab.box("a")
        middle = ((box[:2] + box[2:]) / 2).tolist()
        lab.page.mouse.move(*lab.to_page(*middle))
        lab.page.mouse.down()
        lab.page.mouse.move(*lab.to_page(x, y), steps=4)
        lab.page.mouse.up()
        lab.rest()
        assert names.evaluate_all(SHARED) == 0, (x, y)


def test_the_moved_box_has_its_name_where_an_arrow_starts_from_it(lab):
    note = lab.figure.locator(".ssd-moved")
    assert lab.seen() == ["right 2.26", "down 2.05"]
    assert not note.is_visible()
    lab.figure.locator("[data-part=width]").focus()
    assert lab.seen() == ["narrower 1.27", "shorter 1.07"]
    assert note.inner_text() in ("default box, moved", "default, moved")
    lab.figure.locator("[data-part=x]").focus()
    assert not note.is_visible()
    lab.press("Half as wide")  # nothing moved: the default box has its name
    assert lab.seen() == ["narrower 3.47"]
    assert not note.is_visible()


def test_arrows_are_seen_by_pairs_or_all_at_once(lab):
    move, stretch = ["right 2.26", "down 2.05"], ["narrower 1.27", "shorter 1.07"]
    formula = lab.figure.locator("[data-line=formula]")
    for name, seen, first in (
        ("stretch", stretch, "width"),
        ("move", move, "right"),
        ("all four", move + stretch, "right"),
    ):
        lab.figure.get_by_label(name, exact=True).click()
        assert lab.seen() == seen
        assert formula.inner_text().startswith(f"{first} = ")
    lab.figure.locator("[data-part=width]").focus()
    assert lab.seen() == move + stretch  # all stay until a pair is chosen
    lab.press("On the object")
    assert [text.split()[0] for text in lab.seen()] == ["right", "down", "narrower", "taller"]


# Which row stands out, whenever that changes.
LIT_ROWS = """() => {
    globalThis.litRows = [];
    const table = document.querySelector("figure[data-widget=offset_lab] .ssd-offsets");
    new MutationObserver(() => {
        const lit = table.querySelector("tr.ssd-lit")?.dataset.part ?? "";
        if (litRows.at(-1) !== lit) litRows.push(lit);
    }).observe(table, { subtree: true, attributes: true, attributeFilter: ["class"] });
}"""


def test_the_default_box_goes_its_way_to_the_prediction(lab):
    """Offset by offset, and each stands out in the table; without motion nothing moves."""
    canvas = lab.figure.locator(".ssd-stage > canvas:not(.ssd-over)")
    last = None
    for _ in range(2):  # pressed again, it is seen again
        pictures = []
        lab.figure.get_by_label("all four").click()
        while len(pictures) < 8 or pictures[-3:] != 3 * [last]:
            last = canvas.evaluate("(one) => one.toDataURL()")
            pictures.append(last)
            lab.page.wait_for_timeout(100)
        assert len(set(pictures)) > 3
    lab.page.evaluate(LIT_ROWS)
    lab.figure.get_by_label("all four").click()
    lab.wait_until(lambda: lab.page.evaluate("litRows.at(-1)") == "")
    assert lab.page.evaluate("litRows") == ["x", "y", "width", "height", ""]
    lab.page.emulate_media(reduced_motion="reduce")
    lab.figure.get_by_label("move", exact=True).click()
    lab.figure.get_by_label("all four").click()
    lab.page.wait_for_timeout(100)
    assert canvas.evaluate("(one) => one.toDataURL()") == last


def test_a_side_is_stretched_at_both_of_its_ends(lab):
    lab.press("Half as wide")
    over = lab.figure.locator("canvas.ssd-over").element_handle()
    x1, y1, x2, y2 = OffsetLab().default_box
    x, y = x1 + (x2 - x1) / 8, (y1 + y2) / 2 - (y2 - y1) / 4  # the middle of that at the left
    assert lab.page.evaluate(SEEN_AT, [over, *lab.to_page(x, y)]) == 255


def test_the_name_of_an_arrow_does_not_stop_a_hand(lab):
    """It lies over the box that is dragged."""
    name = lab.figure.locator("[data-arrow=x]")
    lab.to_page(0.5, 0.5)
    place, before = name.bounding_box(), lab.box("a").tolist()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 30, y, steps=3)
    lab.page.mouse.up()
    assert lab.box("a").tolist()[0] > before[0] + 0.03


def test_a_hand_that_stretches_sees_the_arrows_that_stretch(lab):
    """What moves is seen while the box is moved, what stretches while a corner is pulled."""
    for x, y, words in ((0.7, 0.9, ["wider", "shorter"]), (0.5, 0.6, ["right", "down"])):
        lab.page.mouse.move(*lab.to_page(x, y))
        lab.page.mouse.down()
        lab.page.mouse.move(*lab.to_page(x + 0.2, y - 0.02), steps=3)
        held = lab.seen()
        lab.page.mouse.up()
        assert [text.split()[0] for text in held] == words
        assert lab.seen() == held


def test_without_the_variances_the_scale_stays_and_the_way_with_them_is_seen(lab):
    plot = lab.figure.locator(".ssd-descent")
    top = plot.locator("text").first
    before, high = plot.locator("polyline.ssd-ahead").get_attribute("points"), top.text_content()
    assert plot.locator(".ssd-other").count() == 0
    lab.figure.get_by_label("divide the offsets by the variances").uncheck()
    assert top.text_content() == high
    assert plot.locator("polyline.ssd-other").get_attribute("points") == before
    assert "12 steps" in plot.text_content()
    assert "ends after 6" in plot.text_content()


def test_on_the_object_the_curve_says_why_there_is_none(lab):
    plot = lab.figure.locator(".ssd-descent")
    assert "12 steps" in plot.text_content()
    lab.press("On the object")
    assert "on the object: loss 0, nothing to pull" in plot.text_content()
    assert "12 steps" not in plot.text_content()
    assert plot.locator(".ssd-stop").count() == 1


def test_the_way_that_lies_ahead_is_the_one_that_is_taken(lab):
    ahead = lab.figure.locator("polyline.ssd-ahead").get_attribute("points")
    lab.page.emulate_media(reduced_motion="reduce")
    lab.figure.locator(".ssd-main").click()
    taken = lab.figure.locator("polyline.ssd-path").get_attribute("points")
    far, near = ([float(one) for one in way.replace(",", " ").split()] for way in (ahead, taken))
    assert abs(len(far) - len(near)) <= 2
    assert near[:20] == pytest.approx(far[:20], abs=0.2)


def test_each_offset_says_how_it_comes_about(lab):
    formula = lab.figure.locator("[data-line=formula]")
    start, to = (
        300 * xyxy_to_cxcywh(torch.tensor(box))
        for box in (OffsetLab().default_box, OffsetLab().prediction)
    )
    for index, part in enumerate(("x", "y", "width", "height")):
        lab.figure.locator(f"[data-part={part}]").focus()
        general, numbers, said = formula.inner_text().split("\n")[:3]
        assert general.startswith(("right", "down", "width", "height")[index] + " = ")
        shift = f"{to[index] - start[index]:.2f} px" if index < 2 else f"ln({to[index]:.1f} px"
        assert numbers.startswith(f"= {shift} ÷ {start[2 + index % 2]:.1f} px")
        answer, target = (lab.column(k)[index] for k in range(2))
        assert numbers.endswith(f"= {answer:.2f}".replace("-", "−"))
        off = float(said.removeprefix("off by ").replace("−", "-"))
        assert off == pytest.approx(answer - target, abs=0.011)


def test_on_a_phone_a_pull_has_its_word_and_when_its_row_is_tapped_its_number(watch):
    lab = type("Pulls", (Lab,), {"path": "book/loss.html"})(
        watch(390, has_touch=True, is_mobile=True)
    )
    assert lab.seen() == ["left", "down", "wider", "taller"]
    lab.figure.locator("[data-part=width]").tap()
    assert lab.seen() == ["left", "down", "wider 0.45", "taller"]
    lab.figure.locator("[data-part=x]").tap()
    assert lab.seen() == ["left 1.00", "down", "wider", "taller"]
    assert lab.watched.trouble == []


def test_on_a_phone_a_row_that_is_tapped_shows_its_arrow(watch):
    lab = Lab(watch(390, has_touch=True, is_mobile=True))
    lab.figure.locator("[data-part=height]").tap()
    assert lab.seen() == ["narrower 1.27", "shorter 1.07"]
    assert lab.figure.get_by_label("stretch").is_checked()  # the choice says what is seen
    lab.figure.locator("[data-part=y]").tap()
    assert lab.seen() == ["right 2.26", "down 2.05"]
    assert lab.watched.trouble == []


@pytest.mark.parametrize(
    ("path", "number"),
    [("book/offsets.html", ".ssd-tries > .ssd-presets"), ("book/loss.html", ".ssd-headline")],
)
def test_on_a_phone_image_number_and_answer_are_seen_together(watch, path, number):
    lab = type("Either", (Lab,), {"path": path})(watch(390, has_touch=True, is_mobile=True))
    lab.page.set_viewport_size({"width": 390, "height": 844})
    for chip in lab.figure.locator(".ssd-chip").all():
        chip.tap()
        lab.rest()
        chip.tap()
        lab.rest()
        end = 50  # of the page's header
        for one in (".ssd-stage", number, ".ssd-answer"):
            place = lab.figure.locator(one).bounding_box()
            assert place["y"] >= end - 1
            end = place["y"] + place["height"]
        assert end <= 844
    assert lab.watched.trouble == []


class Descent(Lab):
    path = "book/loss.html"

    def pulls(self):
        return self.figure.locator(".ssd-arrow:visible").all_text_contents()


@pytest.fixture
def descent(watch, width):
    figure = Descent(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_the_descent_begins_far_off_with_four_pulls(descent):
    words = (("left", "right"), ("up", "down"), ("narrower", "wider"), ("shorter", "taller"))
    expected = [
        f"{words[k][slope < 0]} {abs(slope):.2f}" for k, slope in enumerate(descent.column(3))
    ]
    assert descent.pulls() == expected == ["left 1.00", "down 1.00", "wider 0.45", "taller 1.00"]
    off = [a - b for a, b in zip(descent.column(0), descent.column(1), strict=True)]
    assert sum(abs(one) > 1 for one in off) == 3


def test_names_lie_clear_of_one_another_on_the_way_down(descent):
    names = descent.figure.locator(":is(.ssd-note, .ssd-tag)")
    for _ in range(6):
        descent.press("Take one step")
        assert names.evaluate_all(SHARED) == 0


def test_the_loss_and_the_iou_stand_in_one_line_all_the_way_down(descent):
    number, iou = (
        descent.figure.locator(f".ssd-headline > {one}") for one in ("output", ".ssd-sum")
    )
    for _ in range(2):
        above, beside = number.bounding_box(), iou.bounding_box()
        assert above["x"] + above["width"] + 6 <= beside["x"]
        assert beside["y"] < above["y"] + above["height"]
        descent.press("Take one step")


def test_the_steps_of_a_descent_are_equal_while_it_is_far(descent):
    places = [descent.column(0)[0]]
    for _ in range(4):
        descent.press("Take one step")
        places.append(descent.column(0)[0])
    steps = [a - b for a, b in itertools.pairwise(places)]
    assert steps == pytest.approx([0.3] * 4, abs=0.011)


def test_the_answers_about_the_descent_are_true(descent):
    chips = descent.figure.locator(".ssd-chip")
    answer = descent.figure.locator(".ssd-answer")

    def ask(index):
        chips.nth(index).click()
        descent.rest()
        chips.nth(index).click()
        return answer.inner_text()

    def iou():
        return descent.figure.locator(".ssd-headline > .ssd-sum").inner_text().split()[-1]

    near = ask(1)
    assert descent.column(0) == [0, 0, 0, 0]
    off = [a - b for a, b in zip(descent.column(0), descent.column(1), strict=True)]
    assert sum(abs(one) > 1 for one in off) == 1
    assert f"costs {descent.number('loss')} " in near
    steps = int(near.split(" steps")[0].split()[-1])
    descent.page.emulate_media(reduced_motion="reduce")
    descent.figure.locator(".ssd-main").click()
    assert descent.figure.locator(".ssd-stop").count() == steps + 1
    plain = ask(2)
    assert not descent.figure.get_by_label("divide the offsets by the variances").is_checked()
    assert descent.number("loss") == "0.00"
    assert f"at an IoU of {iou()}. " in plain
    assert plain.startswith("The same boxes cost 0.47, not 12.82. At a loss below 0.001 we stop")
    ask(0)
    descent.figure.locator(".ssd-main").click()
    assert plain.endswith(f"the same small loss stands for an IoU of {iou()}.")


def test_the_first_steps_are_drawn_where_their_question_is_asked(descent):
    descent.page.emulate_media(reduced_motion="reduce")
    descent.figure.locator(".ssd-main").click()  # the whole way is no answer
    stops = descent.figure.locator(".ssd-stop")
    chip = descent.figure.locator(".ssd-chip").first
    for _ in range(2):  # the answer leaves them there
        chip.click()
        assert stops.count() == 6
        assert descent.column(0)[0] == pytest.approx(6.38 - 5 * 0.3, abs=0.011)
    assert descent.column(0)[1] == pytest.approx(-4.58 + 5 * 0.3, abs=0.011)
    assert "So for three of the four these 5 steps are equally long" in descent.answered()
    heights = stops.evaluate_all("(all) => all.map((one) => Number(one.getAttribute('cy')))")
    falls = [b - a for a, b in itertools.pairwise(heights)]
    assert falls == pytest.approx([falls[0]] * 5, rel=0.1)
    descent.press("Take one step")
    assert stops.count() == 7
    assert descent.answered() == ""


def test_on_the_scale_of_the_beginning_a_nearer_box_has_a_shorter_way(descent):
    plot = descent.figure.locator(".ssd-descent")
    high = plot.locator("text").first.text_content()
    descent.press("From an untrained answer?")
    assert plot.locator("text").first.text_content() == high
    assert "ends after 11" in plot.text_content()
    assert "27 steps" in plot.text_content()


def test_what_is_hardly_a_pull_has_no_arrow(descent):
    key = descent.figure.get_by_text("pull of the loss")
    assert key.is_visible()
    descent.page.emulate_media(reduced_motion="reduce")
    descent.figure.locator(".ssd-main").click()
    assert descent.pulls() == []
    assert not key.is_visible()


def test_the_arrow_of_the_height_stays_in_the_image(lab):
    lab.figure.locator(".ssd-box.ssd-a").focus()
    for _ in range(20):  # to the lower edge
        lab.page.keyboard.press("ArrowDown")
    lab.figure.locator("[data-part=height]").focus()
    lab.rest()
    box, name = (
        lab.figure.locator(one).bounding_box() for one in (".ssd-box.ssd-a", "[data-arrow=height]")
    )
    assert name["y"] + name["height"] / 2 < box["y"] + box["height"] / 2


def test_an_arrow_stays_at_its_edge_all_the_way_down(descent):
    """What jumps to another edge would look like a turn of the way."""
    name = descent.figure.locator("[data-arrow=height]")
    descent.page.emulate_media(reduced_motion="reduce")
    steps = 0
    while name.is_visible():
        box, place = places(descent.figure.locator(".ssd-box.ssd-a"), name)
        assert place["y"] > box["y"] + 0.6 * box["height"]
        descent.press("Take one step")
        steps += 1
    assert steps > 5


def test_played_again_the_descent_begins_where_it_did(descent):
    first = descent.number("loss")
    descent.page.emulate_media(reduced_motion="reduce")
    play = descent.figure.locator(".ssd-main")
    play.click()
    assert float(descent.number("loss")) < 0.01
    descent.page.emulate_media(reduced_motion="no-preference")
    descent.press_anew(play)
    expect(play).to_have_text("Pause")
    descent.press_anew(play)
    descent.rest()
    assert 1 < float(descent.number("loss")) <= float(first)


def test_a_question_about_the_width_has_the_formula_of_the_width(lab):
    lab.figure.get_by_role("button", name="Half as wide").click()
    lab.wait_until(lambda: "ln(" in lab.figure.locator("[data-line=formula]").inner_text())


def test_no_room_stands_empty_beside_or_below_the_image(descent):
    descent.look(1440, dark=False)
    descent.rest()
    bottom = "(one) => one.getBoundingClientRect().bottom"
    image = descent.figure.locator(".ssd-frame").evaluate(bottom)
    assert abs(descent.figure.locator(".ssd-fields").evaluate(bottom) - image) < 60
    assert descent.figure.locator(".ssd-tries").bounding_box()["y"] - image < 40


def test_the_questions_about_offsets_stand_beside_the_image(lab):
    lab.look(1440, dark=False)
    lab.rest()
    image, tries = (lab.figure.locator(one).bounding_box() for one in (".ssd-frame", ".ssd-tries"))
    assert tries["x"] > image["x"] + image["width"]
    assert -120 < tries["y"] + tries["height"] - image["y"] - image["height"] < 1


SEEN_AT = """([canvas, x, y]) => {
    const { left, top } = canvas.closest(".ssd-stage").getBoundingClientRect();
    const context = canvas.getContext("2d");
    const scale = canvas.width / canvas.clientWidth;
    return context.getImageData(scale * (x - left), scale * (y - top), 1, 1).data[3];
}"""


def test_no_frame_of_a_box_hides_an_arrow(lab):
    """Here the prediction's upper edge lies on the arrow to the right."""
    over = lab.figure.locator("canvas.ssd-over")
    layer = int(over.evaluate("(one) => getComputedStyle(one).zIndex"))
    boxes = lab.figure.locator(".ssd-box").all()
    assert all(layer > int(one.evaluate("(box) => box.style.zIndex")) for one in boxes)
    x1, y1, x2, y2 = OffsetLab().default_box
    start = lab.to_page((x1 + x2) / 2, (y1 + y2) / 2)
    painted = lab.page.evaluate(SEEN_AT, [over.element_handle(), start[0] + 25, start[1]])
    assert painted == 255


def test_a_descent_says_what_it_has_brought(descent):
    """And on the object the two frames are both seen."""
    hint = descent.figure.locator(".ssd-answer")
    first = hint.get_attribute("data-hint")
    prediction, target = (descent.figure.locator(f".ssd-box.ssd-{kind}") for kind in "ab")
    descent.page.emulate_media(reduced_motion="reduce")
    descent.press("Play descent")
    start, end = (OffsetLab(lesson="descent").prediction, descent.box("a").tolist())
    ious = [
        box_iou(torch.tensor([box]), torch.tensor([OffsetLab().gt_box])).item()
        for box in (start, end)
    ]
    assert hint.get_attribute("data-hint") == (
        f"27 steps: the loss fell from 12.82 to 0.00, and the IoU went from {ious[0]:.3f} to "
        f"{ious[1]:.3f}."
    )
    wide = [
        one.evaluate("(box) => parseFloat(getComputedStyle(box).outlineWidth)")
        for one in (prediction, target)
    ]
    assert wide[0] >= 2 * wide[1] - 1
    assert target.evaluate("(box) => getComputedStyle(box).boxShadow") == "none"
    descent.page.get_by_label("divide the offsets").click()
    assert hint.get_attribute("data-hint") == first


def test_where_the_offsets_are_the_lesson_the_loss_is_behind_a_line(watch, width):
    figure = Lab(watch(width))
    table, picture = figure.figure.locator(".ssd-counts"), figure.stage.bounding_box()
    assert figure.figure.locator(".ssd-counts th").all_inner_texts() == [
        "offset",
        "prediction",
        "object",
    ]
    place = table.bounding_box()
    assert place["y"] < picture["y"] + picture["height"] + 70  # with a row of buttons between
    for one in (".ssd-headline", ".ssd-main", ".ssd-descent"):
        expect(figure.figure.locator(one)).to_be_hidden()


def test_a_descent_is_played_again_from_where_it_began(descent):
    """Where the reader has put the box, and not where the figure did."""
    descent.page.emulate_media(reduced_motion="reduce")
    descent.figure.locator(".ssd-box.ssd-a").focus()
    for _ in range(3):
        descent.page.keyboard.press("Shift+ArrowDown")
    first = descent.number("loss")
    for _ in range(2):
        descent.press("Play descent")
        assert descent.number("loss") == "0.00"
        assert f"fell from {first} to" in descent.figure.locator(".ssd-answer").get_attribute(
            "data-hint"
        )


def test_a_box_that_is_chosen_keeps_its_line(descent):
    """Dashed is the object, and in its own colour; what keys have chosen has a ring besides."""
    target = descent.figure.locator(".ssd-box.ssd-b")
    looks = "(box) => [getComputedStyle(box).outlineStyle, getComputedStyle(box).outlineColor]"
    before, ring = target.evaluate(looks), "(box) => getComputedStyle(box).boxShadow"
    plain = target.evaluate(ring)
    target.focus()
    descent.page.keyboard.press("ArrowLeft")
    assert target.evaluate(looks) == before
    assert before[0] == "dashed"
    assert target.evaluate(ring) != plain
    x1, y1, _, y2 = descent.box("b").tolist()
    descent.page.mouse.click(*descent.to_page(x1 + 0.01, (y1 + y2) / 2))
    assert target.evaluate("(box) => box === document.activeElement")
    assert target.evaluate(ring) == plain  # a hand sees what it has taken


def test_the_formula_follows_the_hand(lab):
    """The worked line is of the offset that is being changed; a row that was chosen keeps it."""
    formula = lab.figure.locator("[data-line=formula]")
    prediction = lab.figure.locator(".ssd-box.ssd-a")
    prediction.focus()
    keys = {"ArrowDown": "down", "ArrowRight": "right", "Shift+ArrowUp": "height"}
    for key, name in keys.items():
        lab.page.keyboard.press(key)
        assert formula.inner_text().startswith(f"{name} = ")
    for dx, dy, name in ((-0.1, 0.01, "width"), (0.01, -0.1, "height")):
        x2, y2 = lab.box("a").tolist()[2:]
        lab.page.mouse.move(*lab.to_page(x2, y2))
        lab.page.mouse.down()
        lab.page.mouse.move(*lab.to_page(x2 + dx, y2 + dy), steps=3)
        lab.page.mouse.up()
        assert formula.inner_text().startswith(f"{name} = ln(")
    rows = lab.figure.locator("[data-part]")
    rows.nth(1).click()
    rows.nth(3).hover()
    lab.page.mouse.move(1, 1)
    assert formula.inner_text().startswith("down = ")


def test_where_both_boxes_lie_a_drag_moves_the_prediction(lab):
    """Though it is the larger one."""
    lab.press("On the default box")
    target = lab.box("b").tolist()
    x1, y1, x2, y2 = lab.box("a").tolist()
    for _ in range(2):
        lab.page.mouse.move(*lab.to_page((x1 + x2) / 2, (y1 + y2) / 2))
        lab.page.mouse.down()
        lab.page.mouse.move(*lab.to_page((x1 + x2) / 2 + 0.05, (y1 + y2) / 2 + 0.05), steps=3)
        lab.page.mouse.up()
        before, (x1, y1, x2, y2) = x1, lab.box("a").tolist()
        assert x1 == pytest.approx(before + 0.05, abs=0.01)
    assert lab.box("b").tolist() == target
