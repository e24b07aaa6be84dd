"""Long sources fold: what is shown of the library is counted as it is shown."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "book/_ext"))
import folding

from ssd_lib.show import show_source
from ssd_lib.train import fit


def shown(source):
    text = source.data.splitlines(keepends=True)
    return {"data": {"text/markdown": text, "text/plain": ["<Markdown object>"]}}


def test_the_lines_of_a_source_are_those_between_its_fences():
    source = show_source(fit)
    lines = len(source.data.splitlines()) - 2
    assert lines > folding.LINES_OF_SOURCE
    assert folding._lines({"outputs": [shown(source)]}) == lines


@pytest.mark.parametrize(
    "output", [{"text": ["one\n", "two\n"]}, {"data": {"text/plain": ["one\n", "two"]}}]
)
def test_printed_lines_are_counted_too(output):
    assert folding._lines({"outputs": [output]}) == 2


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ('<table class="ssd-table">', "How this table is made"),
        ("<svg>", "How this is drawn"),
    ],
)
def test_a_cell_that_ends_in_a_table_says_so(page, line):
    cell = {"metadata": {"tags": ["drawing"]}, "outputs": [{"data": {"text/html": [page]}}]}
    folding._fold(cell)
    assert cell["metadata"]["mystnb"]["code_prompt_show"] == line
