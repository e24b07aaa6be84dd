"""A Chromium, and the built book from http:// and from file://."""

import sys
from pathlib import Path

import pytest
from waiting import PATIENT_S
from watching import Watched, strictly_serving

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build/html"
sys.path.insert(0, str(ROOT / "tools"))
import browser as installed  # noqa: E402


def pytest_collection_modifyitems(items):
    """Let `make test` run each widget's test one way, `make test-all` the other, too.

    By turns: wide from http://, a phone's width from file://.
    """
    here, both_ways = Path(__file__).parent, ("test_pages.py", "test_reading.py")
    two_ways = {}
    for item in items:
        ways = getattr(item, "callspec", None) and item.callspec.params.get("address")
        if ways and item.path.parent == here and item.path.name not in both_ways:
            key = item.nodeid.replace(ways, "", 1)
            two_ways.setdefault(key, []).append(item)
    for turn, pair in enumerate(p for p in two_ways.values() if len(p) == 2):
        pair[turn % 2].add_marker(pytest.mark.full)


@pytest.fixture(scope="session")
def browser():
    if not installed.find():
        pytest.fail(installed.NONE, pytrace=False)
    with installed.launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def http_address():
    assert (HTML / "index.html").exists(), "build the book first: make book"
    with strictly_serving(HTML) as address:
        yield address


@pytest.fixture(params=["http", "file"])
def address(request):
    """Where the book is, by both ways of reading it."""
    if request.param == "http":
        return request.getfixturevalue("http_address")
    assert (HTML / "index.html").exists(), "build the book first: make book"
    return HTML.as_uri() + "/"


@pytest.fixture
def width(address):
    """Wide from http://, a phone's from file://: both of each in half the time."""
    return 1280 if address.startswith("http") else 360


@pytest.fixture
def watch(browser, address):
    """Open watched pages: ``watch(width=360, dark=True).open("book/boxes.html")``."""
    contexts = []

    def make(width=1280, dark=False, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            **options,
        )
        context.set_default_timeout(1000 * PATIENT_S)
        contexts.append(context)
        return Watched(context, address, options.get("java_script_enabled", True))

    yield make
    for context in contexts:
        context.close()
