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
        _say(prompts, "code_prompt_show", line)
        if tag == "source" and (lines := _lines(cell)) > LINES_OF_SOURCE:
            tags.append("hide-output")
            _say(prompts, "code_prompt_show", f"The library's lines ({lines})")


def _say(prompts: dict[str, Any], name: str, line: str) -> None:
    """The line of a folded cell, which stays the same when the cell is open."""
    if line:
        prompts.setdefault(name, line)
        prompts.setdefault("code_prompt_hide", prompts[name])


def _lines(cell: dict[str, Any]) -> int:
    """How many lines of text a cell's outputs have."""
    texts = [
        "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
        for output in cell["outputs"]
    ]
    return sum(text.count("\n") + 1 for text in texts)
