"""How numbers are set: they stay with what belongs to them, and have a minus for a sign.

No line ends between 18.4 and its %, and a cell of a table that holds -2.69, as Python prints
it, shows −2.69, as the figures and the formulas do.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

WIDE = re.compile(r"(?<=\d) (?=%)|(?<=\d) (?=× \d)|(?<=\d ×) (?=\d)")
KEPT = (nodes.literal, nodes.literal_block, nodes.math, nodes.raw, nodes.title)
SIGN = re.compile(r"(<t[dh]\b[^>]*>(?:<p>)?\s*)-(?=\.?\d)")  # a hyphen before a cell's number
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"


def hold(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put spaces that do not break into the running text of a page."""
    for text in list(doctree.findall(nodes.Text)):
        if WIDE.search(text) and not isinstance(text.parent, KEPT):
            text.parent.replace(text, nodes.Text(WIDE.sub(NO_BREAK, text)))


def signed(page: str) -> str:
    """A finished page whose tables have minus signs."""
    return SIGN.sub(rf"\1{MINUS}", page)
