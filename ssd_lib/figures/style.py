"""One look for static figures: the colours of ``tokens.css``, and drawings that follow them.

A figure of lines goes into the page as SVG in the text of the page, so that the colours
of its scheme reach it; where no style sheet is, it has the light scheme's.
"""

import html
import io
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

TOKENS = Path(__file__).with_name("tokens.css")
RULE = re.compile(r"(?P<where>[^{}]+)\{(?P<body>[^{}]*)\}")
COLOUR = re.compile(r"--ssd-([\w-]+):\s*(#[0-9a-f]{6})")
FACE = "var(--ssd-face-ui, sans-serif)"
PX_PER_POINT = 1.4  # where there is room, so that letters have one size in all figures


@cache
def colours(dark: bool = False) -> Mapping[str, str]:
    """The colours of a scheme, by the names of their tokens.

    Args:
        dark: the dark scheme's; what it does not name is the light one's.

    Returns:
        Such as ``"positive"`` to ``"#0b7356"``.

    Example:
        >>> colours()["paper"], colours(dark=True)["paper"]
        ('#fffdf8', '#14171c')
    """
    text = re.sub(r"/\*.*?\*/", "", TOKENS.read_text(encoding="utf-8"), flags=re.DOTALL)
    found: dict[str, str] = {}
    for rule in RULE.finditer(text):
        if dark or "dark" not in rule["where"]:
            found |= dict(COLOUR.findall(rule["body"]))
    return MappingProxyType(found)


class LineFigure:
    """A drawing whose colours are the page's, with its numbers as text.

    Args:
        figure: drawn in colours of the light scheme; it is not changed.
        alt: what is to be seen, for those who do not see it.
        numbers: what the drawing is made of, as a text that diffs by line.

    Raises:
        ValueError: if a colour of the drawing is no token.
    """

    def __init__(self, figure: Figure, alt: str, numbers: str = "") -> None:
        self.alt, self.numbers = alt, numbers
        png = io.BytesIO()
        # So that drawing twice gives the same bytes.
        with mpl.rc_context({"svg.hashsalt": "ssd", "svg.fonttype": "none"}):
            figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
            self.rem = figure.get_figwidth() * 72 * PX_PER_POINT / 16  # where there is room
            self.svg = _with_tokens(_as_svg(figure), alt, self.rem)
        self.png = png.getvalue()

    def __repr__(self) -> str:
        return self.numbers or self.alt

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str | bytes]:
        return {"text/html": self.svg, "image/png": self.png, "text/plain": repr(self)}


def _as_svg(figure: Figure) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :].strip()


def _with_tokens(svg: str, alt: str, rem: float) -> str:
    """The drawing in the page's colours and letters, and what it shows in words."""
    names = {value: name for name, value in colours().items()}

    def variable(match: re.Match[str]) -> str:
        value = match[0].lower()
        if value not in names:
            raise ValueError(f"colours must be of {TOKENS.name}, got {value}")
        return f"var(--ssd-{names[value]}, {value})"

    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(?<!url\()#[0-9a-fA-F]{6}\b", variable, svg)
    svg = re.sub(r"(font: [^;\"']*?px|font-family:) [^;\"]+", rf"\1 {FACE}", svg)
    size = f'style="width: 100%; height: auto; max-width: {rem:.1f}rem; display: block"'
    return svg.replace(
        "<svg ", f'<svg role="img" aria-label="{html.escape(alt, quote=True)}" {size} ', 1
    )


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A drawing without axes, whose units are as long upwards as to the right.

    Args:
        width: in inches.
        height: in inches.

    Returns:
        The figure, and what to draw on, which fills it.
    """
    figure = Figure(figsize=(width, height), facecolor=colours()["paper"])
    ax = figure.add_axes((0, 0, 1, 1), aspect="equal", facecolor="none")
    ax.set_axis_off()
    return figure, ax
