"""Cells that a reader of the page may pass over fold to one quiet line.

A notebook shows all its cells but solutions. On the page, the set-up (imports), cells
that only draw or only check, and long source stand behind a line that says what they
are. The notebook's tags say which cells these are; a cell's own words for the line stand
in its metadata (``mystnb``: ``code_prompt_show``).
"""

import json
from typing import Any

from sphinx.application import Sphinx

FRONT = "book/intro"
LINES_OF_SOURCE = 40  # longer source folds
FOLDS = {  # by a cell's tag: what myst-nb is told, and the line
    "set-up": ("hide-input", "Set-up"),
    "drawing": ("hide-input", "How this is drawn"),
    "checking": ("hide-cell", "Checked"),
    "solution": ("hide-cell", "Show the solution"),
    "source": ("remove-input", ""),
    "widget": ("hide-input", "How this figure is made"),
    "exercise": ("hide-cell", "Check your answer, in Jupyter"),
}
TABLE = "How this table is made"  # what a drawing cell says that ends in one


def fold(app: Sphinx, docname: str, source: list[str]) -> None:
    """Tell myst-nb which cells of a notebook fold, and what their lines say."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            _fold(cell)
            if docname == FRONT:  # has no code on the page at all
                cell["metadata"]["tags"].append("remove-input")
    source[0] = json.dumps(notebook)


def _fold(cell: dict[str, Any]) -> None:
    tags = cell["metadata"].setdefault("tags", [])
    prompts = cell["metadata"].setdefault("mystnb", {})
    for tag, (way, line) in FOLDS.items():
        if tag not in tags:
            continue
        if way not in tags:
            tags.append(way)
        is_table = tag == "drawing" and _is_table(cell)
        _say(prompts, "code_prompt_show", TABLE if is_table else line)
        if tag == "source" and (lines := _lines(cell)) > LINES_OF_SOURCE:
            tags.append("hide-output")
            _say(prompts, "code_prompt_show", f"The library's lines ({lines})")


def _is_table(cell: dict[str, Any]) -> bool:
    """Whether a cell ends in a table of numbers (ssd_lib/figures/table.py)."""
    pages = ["".join(one.get("data", {}).get("text/html", "")) for one in cell["outputs"]]
    return any(page.startswith('<table class="ssd-table">') for page in pages)


def _say(prompts: dict[str, Any], name: str, line: str) -> None:
    """The line of a folded cell, which stays the same when the cell is open."""
    if line:
        prompts.setdefault(name, line)
        prompts.setdefault("code_prompt_hide", prompts[name])


def _lines(cell: dict[str, Any]) -> int:
    """How many lines of text or source a cell's outputs have."""
    data = [output.get("data", {}) for output in cell["outputs"] if "text" not in output]
    texts = [one.get("text/markdown", one.get("text/plain", "")) for one in data]
    texts += [output["text"] for output in cell["outputs"] if "text" in output]
    lines = [line for text in texts for line in "".join(text).splitlines()]
    return sum(not line.startswith("```") for line in lines)
