"""The precision-recall explorer in the page: its areas are ssd_lib's."""

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
        self.figure.get_by_label("Class").select_option(kind)

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
        return self.figure.locator(".ssd-answer").inner_text()


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
    right, all_shown = explorer.number("precision").split(" = ")[0].split("/")
    assert [int(right), int(all_shown)] == [more[0], sum(more[:2])]


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


def test_a_box_on_a_scene_lights_its_point_on_the_curve(explorer):
    python = PrecisionRecallExplorer()
    best = max(python.detections, key=lambda one: one["score"])
    x1, y1, _, y2 = best["box"]
    left, top = best["scene"] % 3, best["scene"] // 3
    at = ((left + x1) / 3, (top + (y1 + y2) / 2) / 2)
    explorer.page.mouse.move(*explorer.to_page(*at))
    ring = explorer.figure.locator(".ssd-ring")
    assert ring.get_attribute("visibility") == "visible"
    explorer.figure.get_by_label(SCORE).hover()
    assert ring.get_attribute("visibility") == "hidden"


def test_the_chips_answers_hold_in_their_states(explorer):
    said = explorer.answer("sure of")
    right, wrong, missed = explorer.counts()
    assert said.startswith(f"{right + wrong} boxes, {right} of them right")
    assert f"{missed} of 42 objects are missed" in said
    said = explorer.answer("Show everything")
    right, wrong, _ = explorer.counts()
    assert f"precision falls to {right / (right + wrong):.2f}" in said
    assert f"{wrong} of {right + wrong} boxes are wrong" in said
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
