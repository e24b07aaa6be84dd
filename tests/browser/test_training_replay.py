"""The training replay in the page: what it shows is what was recorded."""

import pytest
from figure import Figure

from ssd_lib.widgets.training_replay import TrainingReplay, replay

RECORD = replay()
LAST = len(RECORD["moments"]) - 1


class Replay(Figure):
    widget = "training_replay"
    path = "book/train.html"

    def go_to(self, moment):
        self.figure.get_by_label("moment").focus()
        self.page.keyboard.press("Home")
        for _ in range(moment):
            self.page.keyboard.press("ArrowRight")


@pytest.fixture
def player(watch, width):
    figure = Replay(watch(width))
    yield figure
    assert figure.watched.trouble == []


def test_each_moment_shows_its_own_numbers(player):
    objects = sum(map(len, RECORD["objects"]))
    for moment in (0, 9, LAST):
        player.go_to(moment)
        recorded = RECORD["moments"][moment]
        assert player.number("map") == f"{recorded['map']:.3f}"
        assert player.number("seen") == str(16 * recorded["step"])
        assert player.number("right") == str(TrainingReplay().right(moment))
        mined = sum(len(scene["mined"]) for scene in recorded["scenes"])
        assert player.number("mined") == str(mined)
        assert int(player.number("right")) + int(player.number("missed")) == objects


def test_a_higher_threshold_shows_less(player):
    player.go_to(LAST)
    slider = player.figure.get_by_label("score at least")
    slider.focus()
    player.page.keyboard.press("Home")
    low = [int(player.number(name)) for name in ("right", "wrong")]
    player.page.keyboard.press("End")
    high = [int(player.number(name)) for name in ("right", "wrong")]
    assert sum(high) < sum(low)


def test_the_mined_negatives_are_painted_on_request(player):
    before = player.stage.screenshot()
    player.figure.get_by_label("paint the mined negatives").check()
    player.wait_until(lambda: player.stage.screenshot() != before)
