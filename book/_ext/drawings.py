"""Makes the drawings in a page's text smaller, and none of them another.

matplotlib indents its SVG, wraps each line and word in named groups, comments on them,
and gives lengths to a millionth of a point. A page of twenty charts is a tenth smaller
without, and comes that much sooner. A drawing out of sight need not be laid out to know
how much room it takes (book.css), once it says how wide it is for its height.
"""

import re

PICTURE = re.compile(
    r'(<svg role="img"(?=[^>]* viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)")[^>]* style=")(?!aspect)'
)
DRAWING = re.compile(r"<svg [^>]*xmlns:xlink=.*?</svg>", re.DOTALL)  # as matplotlib begins one
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
INDENTED = re.compile(r"\s*\n\s*")
NOT_TURNED = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
EMPTY = re.compile(r'<g id="[^"]*"(?:/>|>\s*</g>)\s*')
NAME = re.compile(r'(?<=<g) id="[^"]*"')
# Where lengths stand: what is said to readers, between tags or as a label, stays whole.
PLACED = re.compile(r'(?<= )(?:d|x|y|width|height|points|transform)="[^"]*"')
LENGTH = re.compile(r"(\d\.\d\d)\d+")


def slim(page: str) -> str:
    """The page with each of matplotlib's drawings as short as it can be said.

    Names of groups go, for nothing asks for them; those of what is used again (``<defs>``,
    clips) stay. Lengths are given to a hundredth of a point.
    """

    def shorter(drawing: re.Match) -> str:
        text = INDENTED.sub("\n", COMMENT.sub("", drawing[0]))
        text = NAME.sub("", EMPTY.sub("", NOT_TURNED.sub("", text)))
        return PLACED.sub(lambda placed: LENGTH.sub(r"\1", placed[0]), text)

    return DRAWING.sub(shorter, page)


def proportioned(page: str) -> str:
    """The page with each picture's proportion said to the style sheets."""
    return PICTURE.sub(r"\1aspect-ratio: \2 / \3; ", page)
