"""The notebook tool keeps chapters canonical, and finds what is not."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import notebooks  # noqa: E402


def tool(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "tools/notebooks.py", *arguments], capture_output=True, text=True
    )


def chapter(tmp_path, *cells):
    first = [new_markdown_cell("", id="you-are-here"), code(id="imports")]
    book = new_notebook(cells=[*first, *cells])
    path = tmp_path / "boxes.ipynb"
    nbformat.write(notebooks.canonical(book, "boxes"), path)
    return path


def code(source="1", outputs=(), **kinds):
    return new_code_cell(source, id=kinds.pop("id", "cell"), outputs=list(outputs), **kinds)


def shows(text):
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def test_all_chapters_are_canonical():
    ran = tool("check")
    assert ran.returncode == 0, ran.stdout


def test_a_canonical_notebook_passes(tmp_path):
    path = chapter(tmp_path, code(outputs=[shows("1")]))
    assert tool("check", path).stdout == ""


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (code("x = 1;"), "ends in ';'"),
        (code("\n".join("x" * 26)), "more than 25 lines"),
        (code("x = " + "1" * 70), "more than 72 columns"),
        (code(outputs=[new_output("stream", name="stderr", text="careful")]), "stderr"),
        (code(outputs=[shows("<object at 0x7f00aa11bb22>")]), "0x7f00aa11bb22"),
        (code(outputs=[shows("took 3.1 ms")]), "3.1 ms"),
        (code(outputs=[shows("'/usr/lib/python3/x.py'")]), "/usr/lib"),
        (code(outputs=[new_output("display_data", {"image/png": "aa"})]), "alt text"),
        (code(id="a1b2c3d4"), "should be words"),
    ],
)
def test_a_complaint_about(cell, complaint, tmp_path):
    ran = tool("check", chapter(tmp_path, cell))
    assert ran.returncode == 1
    assert complaint in ran.stdout


def test_a_file_that_is_not_canonical_is_found(tmp_path):
    path = chapter(tmp_path, code())
    path.write_text(path.read_text().replace("Python 3", "Python 4"))
    assert "not canonical" in tool("check", path).stdout


def test_a_chapter_without_a_strip_is_found(tmp_path):
    path = tmp_path / "boxes.ipynb"
    nbformat.write(new_notebook(cells=[code(id="imports")]), path)
    assert "has no cell 'you-are-here'" in tool("check", path).stdout


def test_a_chapter_without_imports_is_found(tmp_path):
    path = tmp_path / "boxes.ipynb"
    nbformat.write(new_notebook(cells=[code(id="you-are-here")]), path)
    assert "has no cell 'imports'" in tool("check", path).stdout


def test_running_twice_gives_the_same_bytes(tmp_path):
    path = chapter(tmp_path, code("print(6 * 7)"))
    assert tool("run", path).returncode == 0
    once = path.read_bytes()
    assert b"42" in once
    assert tool("run", path).returncode == 0
    assert path.read_bytes() == once


def test_the_view_of_a_widget_whose_model_is_gone_is_dropped(tmp_path):
    data = {notebooks.WIDGET_VIEW: {"model_id": "x"}, "text/html": "<figure>"}
    path = chapter(tmp_path, code(outputs=[new_output("display_data", data)]))
    assert "<figure>" in path.read_text()
    assert "model_id" not in path.read_text()


def test_without_a_verb_the_tool_says_how_it_is_called():
    ran = tool("walk")
    assert ran.returncode != 0
    assert "tools/notebooks.py run" in ran.stderr


def test_the_strip_marks_the_chapter_and_links_the_others_that_exist(tmp_path, monkeypatch):
    shutil.copy(ROOT / "book/boxes.ipynb", tmp_path / "loss.ipynb")
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)
    strip = notebooks.strip("boxes")
    assert "› **boxes** ›" in strip
    assert "[loss](loss.ipynb)" in strip
    assert "› default boxes ›" in strip


def test_the_first_page_carries_the_same_strip():
    expected = notebooks.strip("intro").replace(": picture", ": **picture**")
    assert expected in (ROOT / "book/intro.md").read_text()
