"""Scripts in the text of a page go to files; all else stays as it is."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))

import inline_scripts  # noqa: E402

HEAD = """<!DOCTYPE html>
<html><head>
  <script data-cfasync="false">
    choose("light");
  </script>
  <link rel="stylesheet" href="_static/theme.css" />
  <script defer src="_static/options.js"></script>
  <script>let hint = 'Click';</script>
  <script defer src="_static/toggle.js"></script>
  <script>var what = '.toggle';</script>
  <script type="text/javascript">var what = '.toggle';</script>
</head><body>
"""


def moved(page, root=""):
    """The page, and the code of its files in the order in which it loads them."""
    new, files = inline_scripts.move(page, root)
    paths = re.findall(r'src="(?:\.\./)*(_static/moved/[^"]+)"', new)
    assert sorted(set(paths)) == sorted(files)
    return new, [files[path].strip() for path in paths]


def test_the_choice_of_light_or_dark_runs_before_the_style_sheets_are_there():
    page, files = moved(HEAD)
    early = re.search(r'<script data-cfasync="false" src="_static/moved/\w+.js"></script>', page)
    assert early
    assert early.start() < page.index("<link")
    assert files[0].startswith('choose("light");\n')
    assert "prefers-color-scheme" in files[0]  # what "auto" means, before the paint


def test_the_other_scripts_of_a_head_run_once_before_all_that_wait():
    page, files = moved(HEAD)
    assert files[1:] == ["let hint = 'Click';\nvar what = '.toggle';"]
    sources = re.findall(r'<script defer src="_static/(\w+)', page)
    assert sources == ["moved", "options", "toggle"]


def test_a_head_whose_scripts_have_no_files_gets_one_at_its_end():
    page, files = moved("<html><head><script>a = 1</script></head><body></body>")
    assert re.search(r"<script defer src=[^>]*></script>\s*</head>", page)
    assert files == ["a = 1"]


def test_markup_that_a_script_writes_goes_into_the_page():
    page, files = moved('<p>a</p><script>\ndocument.write(`<b id="b">`);\n</script>')
    assert page == '<p>a</p><b id="b">'
    assert files == []


@pytest.mark.parametrize(
    "code", ["document.write(`${when}`);", "document.write(`a\\n`)", "if (a < b) c();"]
)
def test_a_script_in_the_body_runs_in_its_place(code):
    page, files = moved(f'<body><p>a</p><script async="">{code}</script><p>b</p>')
    assert re.fullmatch(r'<body><p>a</p><script async="" src="[^"]+"></script><p>b</p>', page)
    assert files == [code]


def test_a_page_in_a_folder_finds_the_files():
    page, _ = moved("<body><script>a()</script>", root="../")
    assert '<script src="../_static/moved/' in page


def test_pages_share_a_file():
    first, second = (moved(f"<body><p>{text}</p>\n<script>a()</script>")[0] for text in "ab")
    assert first.split("\n")[1] == second.split("\n")[1]


def test_a_handler_becomes_a_mark_and_is_set_where_the_mark_is():
    state = """data-state='{"is": " onclick=\\"b()\\" > "}' disabled"""
    page, (code,) = moved(
        f'{HEAD.split("<script")[0]}</head><button {state}\n  onclick="a(&quot;x&quot;)"'
        " ONFOCUS=c()>press</button>"
    )
    marks = re.findall(r' data-(onclick|onfocus)="(\w+)"', page)
    assert f"<button {state}\n  data-onclick" in page
    assert [name for name, _ in marks] == ["onclick", "onfocus"]
    for (name, mark), call in zip(marks, ('a("x")', "c()"), strict=True):
        assert f"'[data-{name}=\"{mark}\"]'" in code
        assert f"element.{name} = function (event) {{\n    {call}\n" in code


@pytest.mark.parametrize(
    "part",
    [
        '<script type="application/json">{"a": "<b onclick=c>"}</script>',
        '<script src="a.js"></script>',
        '<script type="module">import "./a.js";</script>',
        "<!-- <script>a()</script> <b onclick='c()'> -->",
        "<p title=\"<script>a()</script>\">&lt;script&gt; &amp; 'one' &#8212;</P\n>",
        '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg><br/><input disabled value=a>',
    ],
)
def test_all_else_stays_as_it_is(part):
    page = f"<html><head></head>\r\n<body>\u2028{part}</body></html>"
    assert inline_scripts.move(page, "") == (page, {})


def test_a_second_time_changes_nothing():
    page, _ = inline_scripts.move(HEAD + "<b onclick='c()'><script>a()</script>", "")
    assert inline_scripts.move(page, "") == (page, {})
