"""The precision-recall explorer in the page: its areas are ssd_lib's."""

import pytest
from figure import Figure

from ssd_lib.widgets.precision_recall_explorer import ALL, PrecisionRecallExplorer


class Explorer(Figure):
    widget = "precision_recall_explorer"
    path = "book/evaluate.html"

    def choose(self, kind):
        self.figure.get_by_label("class").select_option(kind)

    def press(self, label, *keys):
        self.figure.get_by_label(label).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def counts(self):
        return [int(self.number(name)) for name in ("right", "wrong", "missed")]


@pytest.fixture
def explorer(watch, width):
    figure = Explorer(watch(width))
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
        explorer.press("IoU at least", "Home", *["ArrowRight"] * steps)
        python = PrecisionRecallExplorer(iou_threshold=0.05 + 0.05 * steps)
        area = python.average_precision(ALL, "voc10")
        assert explorer.number("voc10") == f"{area:.3f}"


def test_the_threshold_moves_along_the_curve_and_leaves_the_area(explorer):
    area = explorer.number("voc10")
    explorer.press("score at least", "Home")
    everything = explorer.counts()
    assert everything[0] + everything[1] == len(PrecisionRecallExplorer().detections)
    assert everything[0] + everything[2] == 42
    explorer.press("score at least", "End")
    assert explorer.counts() == [0, 0, 42]
    assert explorer.number("precision") == "nothing shown"
    assert explorer.number("voc10") == area
