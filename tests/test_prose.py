"""Every number that a chapter claims is produced by its cells, or cited."""

import itertools
import re

import nbformat
import prose
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ssd_lib import widgets
from ssd_lib.widgets.modules import module_source

FRONT = prose.BOOK / "intro.ipynb"  # promises what the chapters that it links produce
CHAPTERS = sorted(set(prose.BOOK.glob("*.ipynb")) - {FRONT})
PAGES = [FRONT, *sorted(prose.BOOK.glob("*.md"))]
ALLOWED = {  # claims of pages without cells, each with its reason
    ("notation.md", "32"): "the paper's batch, section 3",
    ("notation.md", "100"): "the scale of a percentage",
    ("notation.md", "300"): "the size in SSD300's name",
    ("running.md", "153"): "the Firefox that the pages were opened in",
    ("running.md", "2.50"): "the WebKitGTK that they were opened in",
}


def text_of(page):
    """What a page says, be it a notebook or not."""
    if page.suffix == ".md":
        return page.read_text(encoding="utf-8")
    cells = nbformat.read(page, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def chapter(tmp_path, *texts, code="print(6 * 7)", printed="42\n"):
    output = new_output("stream", name="stdout", text=printed)
    cells = [new_markdown_cell(text) for text in texts]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(new_notebook(cells=[*cells, new_code_cell(code, outputs=[output])]), path)
    return path


def found(path):
    return [claim.text for _, claim in prose.unkept(path)]


def test_what_a_chapter_claims_its_cells_produce():
    loose = [
        f"{path.name}, {heading!r}: {claim.text} in {claim.where[:80]!r}"
        for path in CHAPTERS
        for heading, claim in prose.unkept(path)
    ]
    assert loose == []


def test_what_a_page_claims_the_chapters_it_links_produce():
    loose = []
    for path in PAGES:
        text = text_of(path)
        linked = set(re.findall(r"\((\w+)\.ipynb", text))
        linked |= {path.stem} if path == FRONT else set()  # it has cells of its own
        produced = prose.produced_by(*linked) if linked else set()
        found = [claim.text for claim in prose.claims(text) if not prose.kept(claim, produced)]
        loose += [(path.name, claim) for claim in found if (path.name, claim) not in ALLOWED]
    assert loose == []


def test_every_allowed_number_still_stands_in_its_page():
    for name, number in ALLOWED:
        texts = [c.text for c in prose.claims((prose.BOOK / name).read_text())]
        assert number in texts


@pytest.mark.parametrize(
    "text",
    [
        "There are 43 of them.",
        "There are 10 of them.",
        "It costs 0.5 points.",
        "It is 41.9, exactly.",
        "That makes 9 %.",
        "A map of 19 × 19.",
        "In all 8,732 boxes.",
        "In all 8 732 boxes.",
        "The count is $a = 17$ here.",
        "So **99** remain.",
    ],
)
def test_a_number_that_nothing_produces_is_found(tmp_path, text):
    assert len(found(chapter(tmp_path, "## One", text))) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "There are 42 of them, and 9 others.",
        "It is 4200 % of one.",
        "The paper has 8732 (section 2.2).",
        "[A source](https://example.org) says 99.",
        "SSD300 on VOC 2007, as in Table 7 and in 2016, at conv4_3.",
        "Call `f(99)`.",
        "```\n99\n```",
        "**A question first.** Are there 99?",
        "You will see 8732 boxes · needs eyes · 40 minutes",
    ],
)
def test_a_number_that_is_kept_or_is_none_passes(tmp_path, text):
    assert found(chapter(tmp_path, "## One", text)) == []


def test_rounding_is_to_the_digits_of_the_claim(tmp_path):
    path = chapter(tmp_path, "## One\n\nAbout 0.68, or 68 %.", printed="0.6807\n")
    assert found(path) == []
    path = chapter(tmp_path, "## One\n\nAbout 0.680.", printed="0.6807\n")
    assert found(path) == ["0.680"]


def test_the_cells_of_another_section_do_not_count(tmp_path):
    path = chapter(tmp_path, "## One", "There are 42.", "## Two", "And 42.")
    assert found(path) == []  # the first has no cells, so it sums up
    notebook = nbformat.read(path, 4)
    notebook.cells.insert(2, new_code_cell("1"))
    nbformat.write(notebook, path)
    assert found(path) == ["42"]


def controls_named():
    """Each name in italics in what leads to a widget, with the chapter and the widget."""
    for path in CHAPTERS:
        cells = nbformat.read(path, as_version=4).cells
        for text, cell in itertools.pairwise(cells):
            made = re.search(r"\b([A-Z]\w+)\((?!\w*\.)", cell.source)
            widget = getattr(widgets, made[1], None) if made else None
            is_lead = (text.cell_type, cell.cell_type) == ("markdown", "code")
            if not is_lead or not hasattr(widget, "module"):
                continue
            has_heading, last = text.source.startswith("#"), text.source.split("\n\n")[-1]
            lead = text.source if has_heading else last
            for name in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", lead):
                yield path.stem, widget, name


def test_a_control_that_the_text_names_is_in_the_widget():
    found = list(controls_named())
    assert {chapter for chapter, *_ in found} >= {"boxes", "loss", "matching"}
    strange = [
        (chapter, name)
        for chapter, widget, name in found
        if name not in module_source(widget.module)
    ]
    assert strange == []
