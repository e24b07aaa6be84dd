"""The one script that every page loads in place of fourteen."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "book/_ext"))
import site_scripts

LOOP = (
    'a();document.querySelectorAll("pre, .x").forEach((e=>{e.tabIndex='
    "e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1})),b()"
)


def tag(name):
    return f'    <script defer src="../_static/{name}?v=1"></script>\n'


def test_a_page_names_the_script_that_starts_it_where_the_first_stood():
    page = tag("moved/1.js") + "".join(map(tag, site_scripts.SHARED)) + "<p>text</p>"
    assert site_scripts.with_one(page, Path("page.html"), "12ab") == (
        tag("moved/1.js")
        + '    <script defer src="../_static/start.js" data-then="site.js?v=12ab"></script>'
        + "\n<p>text</p>"
    )


def test_a_page_with_scripts_of_its_own_names_one_before_them():
    others = [tag("moved/1.js"), tag("search.js")]
    page = others[0] + "".join(map(tag, site_scripts.SHARED)) + others[1]
    one = site_scripts.with_one(page, Path("page.html"), "12ab")
    assert [part.split('"')[1] for part in one.split("<script")[1:]] == [
        "../_static/moved/1.js?v=1",
        "../_static/site.js?v=12ab",
        "../_static/search.js?v=1",
    ]


def test_a_page_without_scripts_stays_as_it_is():
    assert site_scripts.with_one("<p>none</p>", Path("page.html"), "1") == "<p>none</p>"


@pytest.mark.parametrize("change", [lambda names: names[1:], lambda names: names[::-1]])
def test_a_script_that_is_missing_or_out_of_order_is_named(change):
    page = "".join(map(tag, change(site_scripts.SHARED)))
    with pytest.raises(RuntimeError, match=r"page\.html: must load .*, got "):
        site_scripts.with_one(page, Path("page.html"), "1")


def test_the_theme_asks_of_all_blocks_before_it_says_anything():
    assert site_scripts.all_first(LOOP) == (
        'a();[...document.querySelectorAll("pre, .x")]'
        '.filter((e=>!e.closest("details:not([open])")))'
        ".map((e=>[e,e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1]))"
        ".forEach((([e,i])=>{e.tabIndex=i})),b()"
    )


@pytest.mark.parametrize("theme", ["", LOOP + LOOP])
def test_a_theme_with_another_loop_is_refused(theme):
    with pytest.raises(RuntimeError, match=r"must have one loop over what may scroll, got [02]"):
        site_scripts.all_first(theme)
