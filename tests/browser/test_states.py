"""Addresses of states: each figure gives one, and reads it back; what is foreign is ignored."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from test_every_widget import WIDGETS, check, choose, press, slide, unfold
from waiting import wait_until

from ssd_lib.widgets.modules import widget_names

STATES = Path(__file__).parents[2] / "book/_static/states.js"
# The state of a figure's model is what its address says: the button is asked for it.
ADDRESS = """(figure) => {
    figure.querySelector(".ssd-link-here button").click();
    return location.hash;
}"""
DOES = {name: does for name, (_, does, _) in WIDGETS.items()} | {
    "augmentation_lab": [press("Result 9")],
    "default_box_explorer": [unfold, choose("draw", "all")],
    "hard_negative_lab": [check("1")],
    "nms_stepper": [press("Keep the best")],
    "self_check": [press("Skip for now")],
    "precision_recall_explorer": [slide("Show boxes with a score of at least", "1")],
}
ALL = sorted(set(widget_names()) - {"playground"})


def mounted(page, name):
    figure = page.locator(f"figure[data-widget={name}]").last
    figure.scroll_into_view_if_needed()
    page.locator(f"figure.ssd-mounted[data-widget={name}]").last.wait_for()
    return figure


def settled(figure):
    """The address of a figure's state once that has come to rest."""
    seen = []

    def rests():
        seen.append(figure.evaluate(ADDRESS))
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

    wait_until(rests, pause=lambda: figure.page.wait_for_timeout(200))
    return seen[-1]


@pytest.fixture
def reader(watch, width):
    watched = watch(width)
    yield watched
    assert watched.trouble == []


@pytest.mark.parametrize("name", ALL)
def test_an_address_opens_the_page_in_the_state_that_it_was_made_in(reader, name):
    path = f"book/{WIDGETS[name][0]}.html"
    figure = mounted(reader.open(path), name)
    first = settled(figure)
    assert "?" not in first
    for do in DOES[name]:
        do(figure)
    address = settled(figure)
    assert address.startswith(f"{first}?")
    reader.open("search.html")
    figure = mounted(reader.open(path + address), name)
    assert settled(figure) == address
    assert figure.evaluate("(one) => one.getBoundingClientRect().top < innerHeight")


def test_a_change_of_the_address_sets_a_figure_that_is_there(reader):
    page = reader.open("book/predict.html")
    figure = mounted(page, "nms_stepper")
    page.evaluate("() => { location.hash = '#figure-nms_stepper?step=3&iou_threshold=0.2'; }")
    wait_until(
        lambda: settled(figure) == "#figure-nms_stepper?iou_threshold=0.2&step=3",
        pause=lambda: page.wait_for_timeout(50),
    )


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_paper_has_no_table_of_a_state_that_a_figure_is_no_longer_in(watch):
    page = watch().open("book/predict.html")
    figure = mounted(page, "nms_stepper")
    table = figure.locator(".ssd-fallback")
    for do, is_there in ((lambda: None, True), (lambda: DOES["nms_stepper"][0](figure), False)):
        page.emulate_media(media="screen")
        do()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert table.is_visible() == is_there
        page.evaluate("dispatchEvent(new Event('afterprint'))")


FOREIGN = [
    "step=-1",
    "step=1e9",
    "step=2.5",
    'step="2"',
    "step=%5B2%5D",
    "step=null",
    "step=NaN",
    "step=%",
    "step",
    "=&&==&",
    "mode=%22anything%22",
    "mode=%22%3Cimg%20src%3Dx%3E%22",
    "candidates=%5B%5D",
    "picture_url=%22https%3A%2F%2Felsewhere.example%2Fa.webp%22",
    "__proto__=%7B%22step%22%3A3%7D",
    "constructor=1",
    "score_threshold=7",
    "x=" + "9" * 10_000,
]


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param(FOREIGN[::4], id="some"),
        pytest.param(FOREIGN, id="all", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_what_is_wrong_or_foreign_is_ignored(watch, foreign):
    watched = watch()
    for said in foreign:
        watched.open("search.html")
        figure = mounted(
            watched.open(f"book/predict.html#figure-nms_stepper?{said}"), "nms_stepper"
        )
        assert settled(figure) == "#figure-nms_stepper", said
    watched.open("search.html")
    half = "book/predict.html#figure-nms_stepper?step=4&mode=1&score_threshold=0.9e"
    assert settled(mounted(watched.open(half), "nms_stepper")) == "#figure-nms_stepper?step=4"
    assert watched.trouble == []


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_a_scene_from_elsewhere_holds_nothing_but_things(watch):
    watched = watch()
    good = '[{"name":"dog","x":0.5,"y":0.5,"height":0.4,"turn":0,"flip":false,"colour":0}]'
    for scene, is_read in {
        good: True,
        good.replace("dog", "wolf"): False,
        good.replace("0.4", "40"): False,
        good.replace("}", ',"more":1}'): False,
        good.replace("false", "0"): False,
        "[[1]]": False,
        "[null]": False,
        "{}": False,
    }.items():
        watched.open("search.html")
        place = f"index.html#figure-live_detector?things={quote(scene)}"
        figure = mounted(watched.open(place), "live_detector")
        assert ("things=" in figure.evaluate(ADDRESS)) == is_read, scene
    assert watched.trouble == []


def test_every_widget_has_its_states():
    listed = re.findall(r"(?m)^    (\w+): \{", STATES.read_text(encoding="utf-8"))
    assert sorted(listed) == ALL
