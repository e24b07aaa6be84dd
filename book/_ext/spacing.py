"""A number stays with what belongs to it: no line ends between 18.4 and its %."""

import re

from docutils import nodes
from sphinx.application import Sphinx

WIDE = re.compile(r"(?<=\d) (?=%)|(?<=\d) (?=× \d)|(?<=\d ×) (?=\d)")
KEPT = (nodes.literal, nodes.literal_block, nodes.math, nodes.raw, nodes.title)
NO_BREAK = "\N{NO-BREAK SPACE}"


def hold(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put spaces that do not break into the running text of a page."""
    for text in list(doctree.findall(nodes.Text)):
        if WIDE.search(text) and not isinstance(text.parent, KEPT):
            text.parent.replace(text, nodes.Text(WIDE.sub(NO_BREAK, text)))
