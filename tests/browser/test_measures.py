"""How much of a chapter is code, how soon there is something to look at, and what it weighs."""

import looks
import pytest
from watching import ROOT

WIDE = 1440
LITTLE = 0.15  # of a page's height, in code that is not folded
SOON_PX = 900  # from the top: on the first screen of most readers
TABLES = {"differences"}  # of numbers to look up: it begins with one
CHAPTERS = sorted({page.stem for page in (ROOT / "book").glob("*.ipynb")} - TABLES)
HTML = ROOT / "_build/html"
HEAVIEST = 1_500_000  # bytes, before any is compressed


@pytest.fixture(scope="module", params=CHAPTERS)
def measured(request, browser, http_address):
    return looks.measured(browser, http_address, request.param, [WIDE])[WIDE]


def test_a_chapter_is_a_text_and_not_a_listing(measured):
    assert looks.covered(measured["code"]) / measured["tall"] <= LITTLE


def test_a_chapter_begins_with_something_to_look_at(measured):
    assert min(top for top, _ in measured["pictures"]) <= SOON_PX


def weight(browser, address, name):
    """Bytes of each thing that a page fetches before a figure comes to life in it."""
    fetched = []
    with browser.new_context(viewport={"width": WIDE, "height": 900}) as context:
        page = context.new_page()
        page.route("**/_static/widgets/*.js", lambda route: route.abort())
        page.on("requestfinished", lambda one: fetched.append(one))
        page.goto(address + name)
        page.wait_for_load_state("networkidle")
        return {one.url: one.sizes()["responseBodySize"] for one in fetched}


@pytest.mark.full
def test_no_page_is_heavy(browser, http_address):
    names = [page.relative_to(HTML).as_posix() for page in HTML.rglob("*.html")]
    sums = {name: sum(weight(browser, http_address, name).values()) for name in names}
    assert min(sums.values()) > 100_000  # the style sheet is counted, too
    assert {name: total for name, total in sums.items() if total > HEAVIEST} == {}
