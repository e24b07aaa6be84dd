"""The theme's scripts stand in one file; the book's own stay as they are."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
import scripts  # noqa: E402

PAGE = """<head>
  <script data-cfasync="false" src="../_static/moved/1.js"></script>
  <script defer src="../_static/moved/2.js"></script>
  <script defer src="../_static/first.js?v=1"></script>
  <script defer src="../_static/loader.js?v=2"></script>
</head><body>text
  <script defer src="../_static/scripts/second.js?digest=3"></script>
</body>"""


@pytest.fixture
def page(tmp_path):
    """A place for a page; beside its folder lie two scripts of the theme."""
    (tmp_path / "_static/scripts").mkdir(parents=True)
    (tmp_path / "_static/first.js").write_text("const a = 1 // é", encoding="utf-8")
    (tmp_path / "book").mkdir()
    second = "(() => a)()\n//# sourceMappingURL=second.js.map\n"
    (tmp_path / "_static/scripts/second.js").write_text(second)
    return tmp_path / "book/page.html"


def test_the_theme_s_scripts_become_one_file_in_the_page_s_order(page):
    text, files = scripts.join(PAGE, page)
    ((path, code),) = files.items()
    assert re.sub(r"\s+", "", code.decode()) == "consta=1//é;(()=>a)()"
    assert "\n" in code.decode().split(";")[0]  # a comment ends with its line
    sources = re.findall(r'src="\.\./_static/([^"?]+)', text)
    assert sources == ["moved/1.js", "moved/2.js", path.removeprefix("_static/"), "loader.js"]
    assert f'<script defer src="../{path}">' in text


def test_a_page_without_the_theme_s_scripts_stays_as_it_is(page):
    own = PAGE.replace("first.js", "search.js").replace("scripts/second.js", "printing.js")
    assert scripts.join(own, page) == (own, {})


def test_a_second_time_changes_nothing(page):
    text, _ = scripts.join(PAGE, page)
    assert scripts.join(text, page) == (text, {})
