"""The precision-recall explorer in the page: its areas are ssd_lib's."""

import re

import pytest
from figure import Figure

from ssd_lib.widgets.precision_recall_explorer import ALL, PrecisionRecallExplorer

SCORE = "Show boxes with a score of at least"
FITS = "A box fits from an IoU of"


class Explorer(Figure):
    widget = "precision_recall_explorer"
    path = "book/evaluate.html"

    def open_all(self):
        closed = self.figure.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.click()

    def choose(self, kind):
        self.figure.get_by_role("combobox", name="Class").select_option(kind)

    def press(self, label, *keys):
        self.figure.get_by_label(label).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def counts(self):
        """Right, wrong in either way, and missed."""
        names = ("right", "wrong", "double", "missed")
        right, wrong, double, missed = (int(self.number(name)) for name in names)
        return [right, wrong + double, missed]

    def point(self):
        """Where the point is in the window."""
        self.figure.locator(".ssd-pr").scroll_into_view_if_needed()
        box = self.figure.locator(".ssd-grip").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def answer(self, chip):
        """Press a chip twice: its state, then what it says."""
        for _ in range(2):
            self.figure.get_by_role("button", name=chip).click()
        return self.answered()


@pytest.fixture
def explorer(watch, width):
    figure = Explorer(watch(width))
    figure.open_all()
    yield figure
    assert figure.watched.trouble == []


def test_each_class_has_the_librarys_areas(explorer):
    python = PrecisionRecallExplorer()
    for kind in python.kinds:
        explorer.choose(kind)
        for metric in ("voc07", "voc10"):
            area = python.average_precision(kind, metric)
            assert explorer.number(metric) == f"{area:.3f}"


def test_another_iou_has_the_librarys_areas(explorer):
    for steps in (0, 5, 14):
        explorer.press(FITS, "Home", *["ArrowRight"] * steps)
        python = PrecisionRecallExplorer(iou_threshold=0.05 + 0.05 * steps)
        area = python.average_precision(ALL, "voc10")
        assert explorer.number("voc10") == f"{area:.3f}"


def test_the_threshold_moves_along_the_curve_and_leaves_the_area(explorer):
    area = explorer.number("voc10")
    explorer.press(SCORE, "Home")
    everything = explorer.counts()
    assert everything[0] + everything[1] == len(PrecisionRecallExplorer().detections)
    assert everything[0] + everything[2] == 42
    explorer.press(SCORE, "End")
    assert explorer.counts() == [0, 0, 42]
    assert explorer.number("precision") == "nothing shown"
    assert explorer.number("voc10") == area


def test_the_point_is_dragged_along_the_curve(explorer):
    shown = sum(explorer.counts()[:2])
    x, y = explorer.point()
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    explorer.page.mouse.move(x + 60, y + 60, steps=5)
    explorer.page.mouse.up()
    more = explorer.counts()
    assert sum(more[:2]) > shown
    grip = explorer.figure.locator(".ssd-grip")
    assert grip.get_attribute("aria-valuenow") == str(sum(more[:2]))
    right, wrong = explorer.counts()[:2]
    summed = re.fullmatch(r"(\d+) / \((.*)\) = (.*)", explorer.number("precision"))
    assert int(summed[1]) == right
    assert sum(int(part) for part in summed[2].split(" + ")) == right + wrong
    assert summed[3] == f"{right / (right + wrong):.2f}"
    assert explorer.number("recall") == f"{right} / 42 objects = {right / 42:.2f}"


def test_what_a_setting_names_takes_no_room(explorer):
    explorer.page.set_viewport_size({"width": 390, "height": 844})
    head = explorer.figure.locator(".ssd-two-sums")
    before = head.bounding_box()["height"]
    explorer.answer("one class")
    assert head.locator(".ssd-settings button").is_visible()
    assert head.bounding_box()["height"] == before


def test_keys_take_one_detection_after_the_other(explorer):
    explorer.press(SCORE, "End")
    explorer.figure.locator(".ssd-grip").focus()
    scores = sorted((one["score"] for one in PrecisionRecallExplorer().detections), reverse=True)
    for _ in range(3):
        explorer.page.keyboard.press("ArrowRight")
        shown = sum(explorer.counts()[:2])
        assert scores[shown - 1] > scores[shown]
    for _ in range(3):
        explorer.page.keyboard.press("ArrowLeft")
    assert explorer.counts() == [0, 0, 42]


def enlarge(explorer, scene):
    explorer.page.mouse.click(*explorer.to_page(6.5 / 7, (scene + 0.5) / 6))


def test_a_box_on_a_scene_lights_its_point_on_the_curve(explorer):
    best = max(PrecisionRecallExplorer().detections, key=lambda one: one["score"])
    x1, y1, x2, y2 = best["box"]
    enlarge(explorer, best["scene"])
    explorer.page.mouse.move(*explorer.to_page((x1 + x2) / 2 * 6 / 7, (y1 + y2) / 2))
    ring = explorer.figure.locator(".ssd-ring")
    assert ring.get_attribute("visibility") == "visible"
    said = f"{best['name']} {best['score']:.2f}: right."
    assert explorer.figure.locator("[data-line=scene]").inner_text() == said
    explorer.figure.get_by_label(SCORE).hover()
    assert ring.get_attribute("visibility") == "hidden"


def test_arrow_keys_go_from_box_to_box(explorer):
    line = explorer.figure.locator("[data-line=scene]")
    explorer.stage.focus()
    best = sorted((-one["score"], one["name"]) for one in PrecisionRecallExplorer().detections)
    for score, name in best[:2]:
        explorer.page.keyboard.press("ArrowRight")
        assert line.inner_text().startswith(f"{name} {-score:.2f}: ")
    explorer.page.keyboard.press("ArrowLeft")
    assert line.inner_text().startswith(f"{best[0][1]} {-best[0][0]:.2f}: ")


def test_where_nothing_is_shown_there_is_no_point(explorer):
    explorer.press(SCORE, "End")
    here, grip = (explorer.figure.locator(f".ssd-pr .ssd-{name}") for name in ("here", "grip"))
    assert here.get_attribute("visibility") == "hidden"
    assert grip.get_attribute("aria-valuetext") == "nothing shown"
    assert explorer.figure.locator(".ssd-pr .ssd-at:visible").count() == 0
    explorer.press(SCORE, "Home")
    assert here.get_attribute("visibility") == "visible"


def test_what_a_chip_sets_stands_in_sight_and_can_be_set_back(explorer):
    pills = explorer.figure.locator(".ssd-settings button")
    assert pills.count() == 0
    explorer.answer("one class")
    assert pills.all_inner_texts() == ["class: boat"]
    explorer.answer("fit better")
    assert pills.all_inner_texts() == ["IoU 0.75"]
    pills.click()
    assert pills.count() == 0
    area = PrecisionRecallExplorer().average_precision(ALL, "voc10")
    assert explorer.number("voc10") == f"{area:.3f}"


def test_a_finger_drags_the_point_and_taps_a_box(watch, address):
    if not address.startswith("http"):
        return
    explorer = Explorer(watch(390, has_touch=True, is_mobile=True))
    explorer.figure.locator(".ssd-pr").evaluate(
        "(plot) => plot.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )
    touch = explorer.page.context.new_cdp_session(explorer.page)

    def send(kind, *points):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    before, shown = explorer.page.evaluate("scrollY"), sum(explorer.counts()[:2])
    box = explorer.figure.locator(".ssd-here").bounding_box()
    x, y = box["x"] + box["width"] / 2 + 12, box["y"] + box["height"] / 2 + 14
    send("touchStart", (x, y))
    for step in range(1, 9):
        send("touchMove", (x + 5 * step, y + 11 * step))
    send("touchEnd")
    explorer.wait_until(lambda: sum(explorer.counts()[:2]) > shown)
    assert explorer.page.evaluate("scrollY") == before
    dog = next(one for one in PrecisionRecallExplorer().objects if one["scene"] == 1)
    x1, y1, x2, y2 = dog["box"]
    explorer.page.touchscreen.tap(*explorer.to_page(6.5 / 7, 1.5 / 6))
    explorer.rest()
    explorer.page.touchscreen.tap(*explorer.to_page((x1 + x2) / 2 * 6 / 7, (y1 + y2) / 2))
    explorer.rest()
    line = explorer.figure.locator("[data-line=scene]")
    assert line.inner_text().split()[0] in {
        one["name"] for one in PrecisionRecallExplorer().objects
    }
    assert explorer.watched.trouble == []


def test_the_chips_answers_hold_in_their_states(explorer):
    said = explorer.answer("sure of")
    right, wrong, missed = explorer.counts()
    assert said.startswith(f"{right + wrong} boxes, {right} of them right")
    assert f"{missed} of 42 objects are missed" in said
    said = explorer.answer("Show everything")
    right, wrong, _ = explorer.counts()
    assert f"precision falls to {right / (right + wrong):.2f}" in said
    only, twice = (int(explorer.number(name)) for name in ("wrong", "double"))
    assert (only + twice, twice > 0) == (wrong, True)
    assert f"of {right + wrong} boxes, {only} are wrong and {twice} found twice." in said
    said = explorer.answer("fit better")
    assert f"to {float(explorer.number('voc10')):.2f}" in said
    explorer.press(SCORE, "Home")
    right = explorer.counts()[0]
    assert f"only {right} are left, so the curve ends at recall {right / 42:.2f}" in said
    said = explorer.answer("one class")
    python = PrecisionRecallExplorer()
    areas = {kind: python.average_precision(kind, "voc10") for kind in python.kinds}
    pooled = areas.pop(ALL)
    assert (
        f"“{max(areas, key=areas.get)}” does best, with an AP of {max(areas.values()):.2f}" in said
    )
    assert f"{sum(areas.values()) / len(areas):.2f}; it is not" in said
    assert f"{pooled:.2f}." in said
