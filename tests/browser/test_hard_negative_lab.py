"""The hard-negative lab in the page: what it mines is what ssd_lib mines."""

import pytest
from figure import Figure

from ssd_lib.widgets.hard_negative_lab import ALL, HardNegativeLab


class Lab(Figure):
    widget = "hard_negative_lab"
    path = "book/loss.html"

    def set_ratio(self, ratio):
        slider = self.figure.get_by_label("negatives for each positive")
        slider.focus()
        self.page.keyboard.press("Home")
        for _ in range(round(2 * ratio)):
            self.page.keyboard.press("ArrowRight")


@pytest.fixture
def lab(watch, width):
    figure = Lab(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_each_ratio_gives_the_librarys_numbers_and_the_last_is_all(lab):
    for ratio in (0, 0.5, 3, 10, ALL):
        lab.set_ratio(ratio)
        wanted = HardNegativeLab().count(ratio)
        assert lab.number("mined") == str(wanted["mined"])
        assert lab.number("positive_loss") == f"{wanted['positive_loss']:.1f}"
        assert lab.number("negative_loss") == f"{wanted['negative_loss']:.1f}"
        assert lab.number("share") == f"{100 * wanted['share']:.0f} %"
    slider = lab.figure.get_by_label("negatives for each positive")
    assert slider.get_attribute("aria-valuetext") == "all"
