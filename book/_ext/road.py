"""Where a chapter stands on the way of an image through the detector.

The notebooks hold a plain line, "You are here: ...". On the page it becomes a picture:
a dot for each chapter, those behind filled in, the one being read marked. The links to
the next and the previous page say what waits there.
"""

import html
import sys
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[2]))  # no ssd_lib is installed here
from ssd_lib.widgets.asking import read_questions

CHAPTERS = tomllib.loads(Path(__file__).with_name("chapters.toml").read_text("utf-8"))["chapter"]
SENTENCES = {f"book/{chapter['stem']}": chapter["next"] for chapter in CHAPTERS}
STAGES = {chapter["stem"]: chapter["road"] for chapter in CHAPTERS if "road" in chapter}
BEHIND = [chapter["stem"] for chapter in CHAPTERS if "road" not in chapter]
YOU_ARE_HERE = "You are here"


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the picture above a page's title, in place of its line."""
    if app.builder.format != "html":
        return
    for paragraph in doctree.findall(nodes.paragraph):
        if paragraph.astext().startswith(YOU_ARE_HERE):
            paragraph.parent.remove(paragraph)
            doctree.insert(0, nodes.raw("", picture(Path(docname).name), format="html"))
            return


def picture(here: str) -> str:
    """The road as HTML; ``here`` is the stem of the page, which may lie behind its end."""
    stems = list(STAGES)
    reached = stems.index(here) if here in STAGES else len(stems) if here in BEHIND else -1
    items = [_stage(stem, number, reached) for number, stem in enumerate(stems)]
    return (
        '<nav class="ssd-road" aria-label="Where you are on the way through the detector">'
        f"<ol>{''.join(items)}</ol></nav>"
    )


def _stage(stem: str, number: int, reached: int) -> str:
    words = html.escape(STAGES[stem])
    data = f'data-chapter="{stem}" data-questions="{len(read_questions(stem))}"'
    if number == reached:
        return f'<li class="ssd-here" aria-current="page" {data}><span>{words}</span></li>'
    behind = 'class="ssd-behind" ' if number < reached else ""
    return f'<li {behind}{data}><a href="{stem}.html">{words}</a></li>'


def say_what_comes(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Give the templates a sentence for the previous and the next page."""
    for way in ("prev", "next"):
        if page := context.get(way):
            stem = Path(page["link"]).stem
            page["sentence"] = SENTENCES.get(f"book/{stem}", "")
