"""Pictures and widgets of a page say their size before they are there."""

import json
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
import places  # noqa: E402

WIDGET = (
    '<figure class="ssd-widget" data-widget="lab" '
    'data-state="{&quot;picture&quot;: &quot;meadow.webp&quot;}"></figure>'
)


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Keeps the places of a page with two pictures beside it; its widgets are 1, 2, 3 high."""
    heights = tmp_path / "heights.json"
    heights.write_text(json.dumps({"boxes": [[1, 2, 3]]}))
    monkeypatch.setattr(places, "HEIGHTS", heights)
    (tmp_path / "_images").mkdir()
    for name, size in (("a.png", (30, 20)), ("b.webp", (8, 9))):
        Image.new("RGB", size).save(tmp_path / "_images" / name)
    return lambda page: places.keep(page, tmp_path / "boxes.html")


def test_pictures_say_their_size_and_all_but_the_first_wait(keep):
    page = keep('<img alt="A" src="_images/a.png" /><img src="_images/b.webp">')
    assert page == (
        '<img width="30" height="20" decoding="async" alt="A" src="_images/a.png" />'
        '<img width="8" height="9" decoding="async" loading="lazy" src="_images/b.webp">'
    )


@pytest.mark.parametrize(
    "page",
    [
        '<img src="_static/logo.svg">',
        '<img src="https://a.test/_images/a.png">',
        '<img height="5" src="_images/a.png">',
        "<p>no picture</p>",
    ],
)
def test_other_pictures_stay_as_they_are(keep, page):
    assert keep(page) == page


def test_a_widget_keeps_its_height_free_and_an_unmeasured_one_does_not(keep):
    page = keep(f"<article><h2>First</h2>{WIDGET}{WIDGET}</article>")
    style = 'style="--ssd-tall-on-phone:1px;--ssd-tall-in-middle:2px;--ssd-tall-when-wide:3px"'
    reserved = WIDGET.replace('"ssd-widget"', f'"ssd-widget" {style}')
    assert page == f"<article><h2>First</h2>{reserved}{WIDGET}</article>"
    assert keep(page) == page


def test_the_picture_of_a_widget_that_opens_the_page_is_fetched_at_once(keep):
    page = keep(f"<h2>Contents</h2><article>{WIDGET}<h2>First</h2>{WIDGET}</article>")
    assert page.count('rel="preload"') == 1
    assert page.index("_static/pictures/meadow.webp") < page.index("First")
    assert keep(page) == page


def test_what_is_reserved_has_been_measured_for_each_look():
    measured = json.loads((ROOT / "book/_ext/heights.json").read_text(encoding="utf-8"))
    assert all(len(tall) == len(places.LOOKS) for page in measured.values() for tall in page)
