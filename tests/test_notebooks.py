"""The notebook tool keeps chapters canonical, and finds what is not."""

import json
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


@pytest.fixture
def tool(capsys):
    """Call the tool; its exit code and what it printed."""

    def tool(*arguments):
        code = notebooks.main(*map(str, arguments))
        return code, capsys.readouterr().out

    return tool


HEAD = "You will see · needs [a little PyTorch](https://example.org) · 40 minutes"


def chapter(tmp_path, *cells):
    first = [new_markdown_cell("", id="you-are-here"), tagged("set-up", id="imports")]
    if "aims" not in (cell.id for cell in cells):
        first.append(new_markdown_cell(HEAD, id="aims"))
    book = new_notebook(cells=[*first, *cells])
    path = tmp_path / "boxes.ipynb"
    nbformat.write(notebooks.canonical(book, "boxes"), path)
    return path


def code(source="1", outputs=(), **kinds):
    return new_code_cell(source, id=kinds.pop("id", "cell"), outputs=list(outputs), **kinds)


def tagged(*tags, **kinds):
    return code(metadata={"tags": list(tags)}, **kinds)


def shows(text):
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def shown(kind, data):
    return new_output("display_data", {kind: data})


WIDGET = shown("text/html", '<figure class="ssd-widget">')


@pytest.mark.parametrize(
    ("tag", "source", "outputs"),
    [
        ("exercise", "done = check.it(None)", [shows("not yet")]),
        ("source", "show_source(match)", []),
        ("widget", "MatchingExplorer()", [WIDGET]),
        ("drawing", "draw()", [shown("text/html", "<svg>")]),
        ("checking", "for x in y:\n    assert x", []),
    ],
)
def test_a_cell_says_by_a_tag_what_the_page_is_to_fold(tool, tmp_path, tag, source, outputs):
    exit_code, said = tool("check", chapter(tmp_path, code(source, outputs=outputs)))
    assert exit_code == 1
    assert repr(tag) in said
    for given in (tag, "visible", "solution"):
        path = chapter(tmp_path, tagged(given, source=source, outputs=outputs))
        assert tool("check", path) == (0, "")


def test_a_cell_that_prints_beside_its_check_stands_open(tool, tmp_path):
    path = chapter(tmp_path, code("print(1)\nassert True", outputs=[shows("1")]))
    assert tool("check", path) == (0, "")


def test_only_solutions_are_folded_in_jupyterlab(tmp_path):
    path = chapter(tmp_path, tagged("solution"), tagged("checking", id="other"))
    cells = json.loads(path.read_text())["cells"]
    assert [cell["metadata"].get("jupyter") for cell in cells] == [
        None,
        None,
        None,
        {"source_hidden": True, "outputs_hidden": True},
        None,
    ]


def test_all_chapters_are_canonical(tool):
    assert tool("check") == (0, "")


def test_a_canonical_notebook_passes(tool, tmp_path):
    just_fits = ["#" * notebooks.MOST_COLUMNS] * notebooks.MOST_LINES
    path = chapter(tmp_path, code("\n".join(just_fits), outputs=[shows("1")]))
    assert tool("check", path) == (0, "")


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
        (tagged("drawing", outputs=[shown("image/png", "aa")]), "alt text"),
        (tagged("drawn"), "unknown tag 'drawn'"),
        (code(id="a1b2c3d4"), "should be words"),
    ],
)
def test_a_complaint_about(tool, cell, complaint, tmp_path):
    code, said = tool("check", chapter(tmp_path, cell))
    assert code == 1
    [line] = said.splitlines()
    assert complaint in line


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        (HEAD + "\n\n- and more", "must be one line"),
        ("You will see · 40 minutes", "must be one line"),
        (
            f"You will see{' it' * 70} · needs eyes · 40 minutes",
            "must have at most 220 letters, got 248",
        ),
    ],
)
def test_a_chapter_says_in_one_line_what_it_is_for(tool, tmp_path, head, complaint):
    exit_code, said = tool("check", chapter(tmp_path, new_markdown_cell(head, id="aims")))
    assert exit_code == 1
    assert f"cell aims: {complaint}" in said.splitlines()[0]


def test_the_letters_of_a_link_s_address_do_not_count(tool, tmp_path):
    head = HEAD.replace("see", "see" + " it" * 50).replace("org", "org/" + "a" * 99)
    path = chapter(tmp_path, new_markdown_cell(head, id="aims"))
    assert tool("check", path) == (0, "")


def test_a_file_that_is_not_canonical_is_found(tool, tmp_path):
    path = chapter(tmp_path, code())
    path.write_text(path.read_text().replace("Python 3", "Python 4"))
    exit_code, said = tool("check", path)
    assert exit_code == 1
    assert "not canonical" in said


@pytest.mark.parametrize(
    ("there", "missing"),
    [("imports", "you-are-here"), ("you-are-here", "imports"), ("imports", "aims")],
)
def test_a_chapter_without_a_strip_imports_or_head_is_found(tool, tmp_path, there, missing):
    path = tmp_path / "boxes.ipynb"
    nbformat.write(new_notebook(cells=[code(id=there)]), path)
    exit_code, said = tool("check", path)
    assert exit_code == 1
    assert f"has no cell '{missing}'" in said


def test_running_twice_gives_the_same_bytes(tool, tmp_path):
    path = chapter(tmp_path, code("print(6 * 7)"))
    assert tool("run", path) == (0, "")
    once = path.read_bytes()
    assert b"42" in once
    assert tool("run", path) == (0, "")
    assert path.read_bytes() == once


def test_the_view_of_a_widget_whose_model_is_gone_is_dropped(tmp_path):
    data = {notebooks.WIDGET_VIEW: {"model_id": "x"}, "text/html": "<figure>"}
    path = chapter(tmp_path, code(outputs=[new_output("display_data", data)]))
    assert "<figure>" in path.read_text()
    assert "model_id" not in path.read_text()


def test_without_a_verb_the_tool_says_how_it_is_called():
    command = [sys.executable, ROOT / "tools/notebooks.py", "walk"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "tools/notebooks.py run" in ran.stderr


def test_the_strip_marks_the_chapter_and_links_the_others_that_exist(tmp_path, monkeypatch):
    shutil.copy(ROOT / "book/boxes.ipynb", tmp_path / "loss.ipynb")
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)
    strip = notebooks.strip("boxes")
    assert "› **boxes** ›" in strip
    assert "[loss](loss.ipynb)" in strip
    assert "› default boxes ›" in strip


def test_on_the_first_page_the_image_has_not_set_out_yet():
    strip = notebooks.strip("intro")
    assert strip.startswith("You are here: **image** › [boxes]")
    [source] = json.loads((ROOT / "book/intro.ipynb").read_text())["cells"][1]["source"]
    assert source == strip
