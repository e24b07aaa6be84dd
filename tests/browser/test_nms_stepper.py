"""The NMS stepper in the page: what stays is what ssd_lib keeps."""

import re

import pytest
from figure import Figure
from playwright.sync_api import expect

from ssd_lib.widgets.nms_stepper import MODES, NMSStepper

LIMIT = "Drop a box if its IoU"
SCORE = "Look only at scores above"


class Stepper(Figure):
    widget = "nms_stepper"
    path = "book/predict.html"

    def open_all(self):
        closed = self.figure.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.click()

    def press(self, name):
        self.figure.get_by_role("button", name=name, exact=True).click()

    def to_the_end(self):
        if self.figure.get_by_role("button", name="To the end").is_enabled():
            self.press("To the end")

    def choose(self, mode):
        self.figure.get_by_label("Rule").select_option(mode)

    def line(self, name):
        return self.figure.locator(f"[data-line={name}]").inner_text()

    def kept(self):
        rows = self.figure.locator("tr[data-state=kept]")
        return [row.locator("td").all_inner_texts()[:2] for row in rows.all()]

    def row(self, box):
        return self.figure.locator(f"tr[data-box='{box}']")

    def move(self, label, presses):
        slider = self.figure.get_by_label(label)
        slider.focus()
        self.page.keyboard.press("Home")
        for _ in range(presses):
            self.page.keyboard.press("ArrowRight")

    def answer(self, chip):
        """Press a chip twice: its state, then what it says."""
        for _ in range(2):
            self.figure.get_by_role("button", name=chip).click()
        return self.answered()


@pytest.fixture
def stepper(watch, width):
    figure = Stepper(watch(width))
    figure.open_all()
    yield figure
    assert figure.watched.trouble == []


def library(agnostic=False, **traits):
    widget = NMSStepper(**traits)
    order = sorted(range(len(widget.candidates)), key=lambda k: -widget.candidates[k]["score"])
    return [
        [
            f"{order.index(k) + 1} {widget.candidates[k]['name']}",
            f"{widget.candidates[k]['score']:.2f}",
        ]
        for k in widget.kept(agnostic)
    ]


def test_run_to_the_end_it_keeps_what_ssd_lib_keeps(stepper):
    for agnostic in (False, True):
        stepper.choose(MODES[agnostic])
        stepper.to_the_end()
        assert stepper.kept() == library(agnostic)
        assert stepper.number("waiting") == "0"
        assert int(stepper.number("left")) == len(library(agnostic))


def test_another_limit_keeps_what_ssd_lib_keeps(stepper):
    stepper.to_the_end()
    for presses, iou in ((0, 0.0), (12, 0.6), (20, 1.0)):  # the end stays the end
        stepper.move(LIMIT, presses)
        assert stepper.kept() == library(iou_threshold=iou)


def test_the_score_threshold_is_strict_and_may_leave_nothing(stepper):
    stepper.move(SCORE, 19)  # 0.95, and some have 0.95 and 0.96
    stepper.to_the_end()
    kept = stepper.kept()
    assert kept == library(score_threshold=0.95)
    assert len(kept) == 5
    assert "0.95" in stepper.figure.locator("tr[data-state=below]").all_inner_texts()[0]
    stepper.move(SCORE, 0)
    assert stepper.figure.locator("tr[data-state=below]").count() == 0


def test_it_begins_with_all_candidates_and_a_question(stepper):
    assert [stepper.number(name) for name in ("left", "kept", "dropped")] == ["29", "0", "0"]
    assert "Which box comes first" in stepper.line("step")
    first = stepper.figure.locator(".ssd-fates tbody td:first-child").all_inner_texts()
    assert [int(text.split()[0]) for text in first] == list(range(1, 30))


def test_what_is_dropped_stands_below_what_dropped_it(stepper):
    for count in range(1, 9):
        stepper.press("Keep the best")
        expect(stepper.figure.locator("tr[data-state=kept]")).to_have_count(count)
        winner = None
        rows = stepper.figure.locator(".ssd-fates tbody tr").evaluate_all(
            "(rows) => rows.map((row) => [row.dataset.state, row.innerText])"
        )
        for state, text in rows:
            if state == "kept":
                winner = " ".join(text.split()[:2])
            if state == "dropped":
                assert f"by {winner} " in text
        states = [state for state, _ in rows]
        assert "waiting" not in states[: len(states) - states.count("waiting")]


def test_step_by_step_and_back_again(stepper):
    stepper.press("Keep the best")
    assert stepper.line("step").startswith("Step 1 of 8: 1 dog, score 1.00, is kept; 6 dropped")
    assert [stepper.number(name) for name in ("kept", "dropped", "waiting")] == ["1", "6", "22"]
    assert stepper.number("left") == "23"
    stepper.press("Keep the best")
    assert stepper.line("step").startswith("Step 2 of 8: 2 kite")
    stepper.press("One back")
    stepper.press("Start again")
    assert stepper.kept() == []
    assert "Which box comes first" in stepper.line("step")


def test_each_dropped_box_says_which_box_dropped_it(stepper):
    stepper.press("Keep the best")
    expect(stepper.figure.locator("tr[data-state=dropped]")).to_have_count(6)
    gone = stepper.figure.locator("tr[data-state=dropped]").all_inner_texts()
    assert all("by 1 dog 0." in text for text in gone)


def test_it_plays_to_the_end_and_pauses(stepper):
    play = stepper.figure.locator("button[data-on]")
    play.click()
    expect(play).to_have_text("Pause")
    stepper.press_anew(play)
    expect(play).to_have_text("Play")
    stepper.press_anew(play)
    expect(play).to_have_text("Pause")
    stepper.wait_until(lambda: stepper.kept() == library())
    expect(play).to_have_text("Play")


def test_the_smallest_box_at_a_place_is_the_one_that_is_meant(stepper):
    candidates = NMSStepper().candidates
    places = {"kite": (0.15, 0.15), "cat": (0.85, 0.72), "ball": (0.59, 0.93), "dog": (0.3, 0.5)}
    for name, place in places.items():
        stepper.page.mouse.move(*stepper.to_page(*place))
        lit = stepper.figure.locator("tr.ssd-lit")
        assert name in lit.inner_text()
        box = candidates[int(lit.get_attribute("data-box"))]["box"]
        assert box[0] <= place[0] <= box[2]
        assert box[1] <= place[1] <= box[3]
    stepper.page.mouse.move(*stepper.to_page(0.5, 0.02))
    assert stepper.figure.locator("tr.ssd-lit").count() == 0
    assert stepper.figure.locator(".ssd-fate-list").evaluate("(list) => list.scrollTop") == 0


def test_a_tap_on_a_box_lights_it_until_the_next_one(watch, width):
    stepper = Stepper(watch(width, has_touch=True))
    x, y = stepper.to_page(0.85, 0.72)
    stepper.page.touchscreen.tap(x, y)
    lit = stepper.figure.locator("tr.ssd-lit")
    expect(lit).to_have_count(1)
    assert "cat" in lit.inner_text()
    stepper.page.touchscreen.tap(x, y)
    expect(lit).to_have_count(0)
    stepper.page.touchscreen.tap(*stepper.to_page(0.15, 0.15))
    expect(lit).to_contain_text("kite")
    stepper.press("Keep the best")
    expect(lit).to_have_count(0)
    assert stepper.watched.trouble == []


def test_what_a_question_sets_stands_in_sight_and_can_be_set_back(stepper):
    settings = stepper.figure.locator(".ssd-settings button")
    assert settings.count() == 0
    stepper.answer("nothing is dropped")
    assert settings.all_inner_texts() == ["IoU limit 1.00"]
    settings.click()
    expect(settings).to_have_count(0)
    assert stepper.figure.get_by_label(LIMIT).input_value() == str(NMSStepper().iou_threshold)


def test_a_row_lights_its_box_and_an_edge_its_row(stepper):
    ball = next(k for k, c in enumerate(NMSStepper().candidates) if c["name"] == "ball")
    stepper.row(ball).hover()
    thread = stepper.figure.locator(".ssd-thread")
    expect(thread).to_be_visible(visible=stepper.page.viewport_size["width"] > 480)
    assert "ssd-lit" in stepper.row(ball).get_attribute("class")
    x1, y1, x2, _ = NMSStepper().candidates[0]["box"]
    stepper.page.mouse.move(*stepper.to_page((x1 + x2) / 2, y1))
    lit = stepper.figure.locator("tr.ssd-lit")
    assert lit.count() == 1
    assert "dog" in lit.inner_text()
    stepper.page.mouse.move(*stepper.to_page(0.5, 0.02))
    assert stepper.figure.locator("tr.ssd-lit").count() == 0


def test_the_step_scrolls_to_its_row_and_rows_take_keys(stepper):
    for _ in range(8):
        stepper.press("Keep the best")
    last = stepper.figure.locator("tr[data-state=kept]").last
    inside = """(row) => {
        const list = row.closest(".ssd-fate-list").getBoundingClientRect();
        const at = row.getBoundingClientRect();
        return at.top >= list.top - 1 && at.bottom <= list.bottom + 1;
    }"""
    stepper.wait_until(lambda: last.evaluate(inside))
    stepper.figure.locator("tr[tabindex='0']").focus()
    for _ in range(3):
        stepper.page.keyboard.press("ArrowDown")
    focused = stepper.figure.locator("tr:focus")
    fourth = stepper.figure.locator(".ssd-fates tbody tr").nth(3)
    assert focused.inner_text() == fourth.inner_text()
    assert "ssd-lit" in focused.get_attribute("class")


def test_the_soft_rule_lowers_and_keeps_more(stepper):
    stepper.choose(MODES[2])
    stepper.press("Keep the best")
    assert "lowered" in stepper.line("step")
    stepper.to_the_end()
    assert len(stepper.kept()) > len(library())
    assert stepper.figure.get_by_label(LIMIT).is_disabled()


def test_the_chips_answers_hold_in_their_states(stepper):
    said = stepper.answer("When would box 16 stay?")
    shared = float(re.search(r"passes (0\.\d\d)", said)[1])
    iou = float(re.search(r"At (0\.\d\d),", said)[1])
    assert iou - 0.05 < shared <= iou
    assert stepper.kept() == library(iou_threshold=iou)
    second = ["16 dog", "0.79"]
    assert second in stepper.kept()
    assert second not in library(iou_threshold=iou - 0.05)
    assert f"{len(stepper.kept())} boxes stay instead of {len(library())}" in said
    assert f"{sum('dog' in name for name, _ in stepper.kept())} of them" in said
    said = stepper.answer("all classes compete")
    assert stepper.kept() == library(agnostic=True)
    assert said.startswith(f"{len(stepper.kept())} boxes stay instead of {len(library())}")
    lost = [f"“{n.split()[1]} {s}”" for n, s in library() if [n, s] not in stepper.kept()]
    assert all(text in said for text in lost)
    said = stepper.answer("nothing is dropped")
    assert said.startswith(f"All {len(stepper.kept())} candidates")
    said = stepper.answer("soft rule")
    assert said.startswith(f"{len(stepper.kept())} boxes instead of {len(library())}")


def test_the_list_fades_where_it_goes_on(stepper):
    table = stepper.figure.locator(".ssd-fate-list")
    table.evaluate("(list) => list.scrollTo(0, 0)")
    fades = "(list) => list.classList.contains('ssd-goes-down')"
    stepper.wait_until(lambda: table.evaluate(fades))
    table.evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
    stepper.wait_until(lambda: not table.evaluate(fades))


def test_the_last_step_says_that_a_wrong_box_may_stay(stepper):
    line = stepper.figure.locator("[data-line=step]")
    assert "a wrong box may stay" not in line.inner_text()
    stepper.figure.get_by_role("button", name="To the end").click()
    stepper.wait_until(lambda: "a wrong box may stay" in line.inner_text())


def test_what_is_said_at_the_end_is_true_of_the_rule(stepper):
    for chip, said in (
        ("nothing is dropped", "every repeat stays"),
        ("all classes compete", "a wrong box may stay"),
        ("soft rule", "a repeat still above 0.30 stays"),
    ):
        stepper.answer(chip)
        stepper.wait_until(lambda said=said: stepper.line("step").endswith(f"{said}."))


def test_at_the_end_a_whole_row_stands_below_the_head(stepper):
    stepper.page.emulate_media(reduced_motion="reduce")
    stepper.press("To the end")
    expect(stepper.figure.locator("tr.ssd-new")).not_to_have_count(0)
    over = stepper.figure.locator(".ssd-fate-list").evaluate(
        "(list) => list.scrollTop % list.querySelector('tbody tr').offsetHeight"
    )
    assert over < 1


def test_the_head_of_the_table_counts_its_rows_and_the_last_one_seen_is_cut(stepper):
    rows = stepper.figure.locator(".ssd-fates tbody tr")
    expect(stepper.figure.locator(".ssd-fates th").first).to_have_text(f"{rows.count()} boxes")
    seen = stepper.figure.locator(".ssd-fate-list").evaluate(
        "(list) => (list.clientHeight - list.querySelector('thead').offsetHeight)"
        " / list.querySelector('tbody tr').offsetHeight"
    )
    assert 0.2 < seen % 1 < 0.8
