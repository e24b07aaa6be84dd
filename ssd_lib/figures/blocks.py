"""Drawings made of blocks: rectangles in the page's colours, with numbers in them."""

import html
from collections.abc import Callable, Sequence

from ssd_lib.figures.pictures import SIDE
from ssd_lib.figures.style import FACE, colours


class Drawing:
    """Blocks and words in the page's colours, as one frame of a sheet.

    Args:
        parts: of an SVG that is 600 units wide, such as :func:`block` makes.
        height: of the drawing, in the same units.
        alt: what is to be seen.
        title: above it.
        numbers: what it is made of, as text.
    """

    def __init__(
        self, parts: Sequence[str], height: float, *, alt: str, title: str, numbers: str
    ) -> None:
        self.alt, self.title, self.numbers = alt, title, numbers
        self.svg = (
            f'<svg role="img" aria-label="{html.escape(alt, quote=True)}" '
            f'viewBox="0 0 {SIDE} {height:g}" style="width: 100%; height: auto; display: block">'
            f"{''.join(parts)}</svg>"
        )

    def __repr__(self) -> str:
        return f"{self.title}\n{self.numbers}"


def block(
    place: tuple[float, float, float, float],
    token: str,
    text: str = "",
    *,
    letters: float = 28,
    hollow: bool = False,
) -> str:
    """A rectangle of an SVG in a colour of the page, with a word or a number in it.

    Args:
        place: left, top, width and height.
        token: its colour.
        text: in its middle.
        letters: how large the text is.
        hollow: draw the outline alone.
    """
    x, y, wide, high = place
    paint = f'fill="{shade(token)}"'
    if hollow:
        paint = f'fill="none" stroke="{shade(token)}" stroke-width="6"'
    rect = f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="4" {paint}/>'
    ink = {"sunk": "ink", "hair": "soft"}.get(token, "on-box")
    middle = x + wide / 2, y + high / 2 + 0.36 * letters
    return rect + (note(text, *middle, ink, letters=letters, side="middle") if text else "")


def note(
    text: str, x: float, y: float, token: str = "ink", *, letters: float = 28, side: str = "start"
) -> str:
    """A word in an SVG, in a colour of the page.

    Args:
        text: what is written.
        x: where it stands.
        y: its base line.
        token: its colour.
        letters: how large it is.
        side: ``"start"``, ``"middle"`` or ``"end"``: what of it stands at ``x``.
    """
    style = f"font: 600 {letters:g}px {FACE}"
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{shade(token)}" text-anchor="{side}" '
        f'style="{style}">{html.escape(text)}</text>'
    )


def shade(token: str) -> str:
    """A colour of the page for an SVG, with the light scheme's where no page is."""
    return f"var(--ssd-{token}, {colours()[token]})"


def blocks(
    rows: Sequence[Sequence[str]],
    place: tuple[float, float],
    size: tuple[float, float],
    token: Callable[[str], str],
    letters: float = 34,
) -> list[str]:
    """A table of blocks with words in them.

    Args:
        rows: of words, as long as each other.
        place: left and top of the first block.
        size: from one block to the next, to the right and down.
        token: the colour of a block with a word.
        letters: how large the words are.
    """
    (left, top), (wide, high) = place, size
    return [
        block(
            (left + c * wide, top + r * high, wide - 6, high - 6),
            token(text),
            text,
            letters=letters,
        )
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]


def dotted(box: Sequence[float], token: str) -> str:
    """The dotted outline of a box on an image, over a halo.

    Args:
        box: xyxy in fractions.
        token: its colour.
    """
    x1, y1, x2, y2 = (SIDE * value for value in box)
    place = f'x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}"'
    return (
        f'<rect {place} stroke="{shade("on-box")}" stroke-width="6" opacity="0.85"/>'
        f'<rect {place} stroke="{shade(token)}" stroke-width="6" stroke-dasharray="6 8"/>'
    )
