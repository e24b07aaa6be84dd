"""What the book's charts share: quiet axes, and lines that carry their names."""

import io
import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from ssd_lib.figures.style import LineFigure, colours

LETTERS = 10.5  # points
GAP_PX = 24  # between panels
MOST_REM = 30  # that a panel is wide
MOST_POINTS = 11  # of a line that are written as text
Margins = tuple[float, float, float, float]


class Line(NamedTuple):
    """A curve, and its name, which stands at its end."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: str  # a token of tokens.css, such as "kept"
    dash: str = "-"
    mark: str = ""
    notes: Sequence[str] = ()  # at each point, "" for none


class Panels:
    """Charts side by side, or one below the other where the page is narrow.

    Args:
        figures: from left to right.
        least: how wide each is at least where there is room, in rem.
    """

    def __init__(self, *figures: LineFigure, least: float = 17) -> None:
        self.figures, self.least = figures, least

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.figures))

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, str | bytes]:
        panels = "".join(
            f'<div style="max-width: {MOST_REM}rem">{figure.svg}</div>' for figure in self.figures
        )
        columns = f"repeat(auto-fit, minmax(min(100%, {self.least}rem), 1fr))"
        room = sum(min(figure.rem, MOST_REM) for figure in self.figures)
        most = f"calc({room:.1f}rem + {GAP_PX * (len(self.figures) - 1)}px)"
        row = (
            f'<div style="display: grid; grid-template-columns: {columns}; gap: {GAP_PX}px; '
            f'max-width: {most}">{panels}</div>'
        )
        return {"text/html": row, "image/png": self._png(), "text/plain": repr(self)}

    def _png(self) -> bytes:
        """All of them in one picture, for where no page is."""
        panels = [Image.open(io.BytesIO(figure.png)) for figure in self.figures]
        size = sum(one.width for one in panels), max(one.height for one in panels)
        whole, left = Image.new("RGB", size, colours()["paper"]), 0
        for one in panels:
            whole.paste(one, (left, 0))
            left += one.width
        file = io.BytesIO()
        whole.save(file, format="PNG")
        return file.getvalue()


def axes(width: float, height: float, margins: Margins) -> tuple[Figure, Axes]:
    """An empty chart in the book's look.

    Args:
        width: of the figure, in inches, as are the others.
        height: of the figure.
        margins: left, top, right and bottom of the axes, where words go.

    Returns:
        The figure, and its axes: a line below, and hairs across.
    """
    found = colours()
    figure = Figure(figsize=(width, height), facecolor=found["paper"])
    left, top, right, bottom = margins
    ax = figure.add_axes(
        (
            left / width,
            bottom / height,
            1 - (left + right) / width,
            1 - (top + bottom) / height,
        ),
        facecolor="none",
    )
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set(color=found["edge"], linewidth=0.8)
    ax.tick_params(colors=found["soft"], labelsize=LETTERS - 1, length=0, pad=5, which="both")
    ax.grid(axis="y", color=found["hair"], linewidth=0.8)
    ax.set_axisbelow(True)
    return figure, ax


def words(
    ax: Axes,
    x_label: str,
    y_label: str,
    place: tuple[float, float] = (0, 1),
    shift: tuple[float, float] = (0, 9),
) -> None:
    """What is on the axes: of the one that goes up, above it, where it can be read."""
    soft = colours()["soft"]
    ax.set_xlabel(x_label, color=soft, fontsize=LETTERS - 0.5)
    ax.annotate(
        y_label,
        place,
        shift,
        xycoords="axes fraction",
        textcoords="offset points",
        color=soft,
        fontsize=LETTERS - 0.5,
    )


def draw(ax: Axes, lines: Sequence[Line]) -> None:
    """Draw lines, and what is noted at their points."""
    for line in lines:
        ax.plot(
            line.x,
            line.y,
            linestyle=line.dash,
            color=colours()[line.colour],
            marker=line.mark or None,
            markersize=4.5,
            linewidth=2,
        )
        for x, y, note in zip(line.x, line.y, line.notes or [""] * len(line.x), strict=True):
            if note:
                write(ax, note, x, y, line.colour, (0, 7), ha="center")


def name(ax: Axes, lines: Sequence[Line]) -> None:
    """Write each line's name at its end, none over another; the limits must stand."""
    if not lines:
        return
    ax.get_ylim()  # matplotlib sets the scale when it is asked for
    points = 72 / ax.figure.dpi
    ends = [points * ax.transData.transform((line.x[-1], line.y[-1]))[1] for line in lines]
    floor = points * ax.bbox.y0 + LETTERS / 2
    least, most = ax.get_xlim()
    last = max(line.x[-1] for line in lines)
    gap = LETTERS * 1.25 * max(line.name.count("\n") + 1 for line in lines)
    for line, end, place in zip(lines, ends, apart(ends, gap, floor), strict=True):
        near = last - line.x[-1] < 0.08 * (most - least)
        x = last if near else line.x[-1]
        write(ax, line.name, x, line.y[-1], line.colour, (8, place - end), va="center")


def write(
    ax: Axes,
    text: str,
    x: float,
    y: float,
    colour: str,
    shift: tuple[float, float],
    coords: str | tuple[str, str] = "data",
    **how: str,
) -> None:
    """Write at a point, some points to its right and above it."""
    label = ax.annotate(
        text,
        (x, y),
        shift,
        xycoords=coords,
        textcoords="offset points",
        color=colours()[colour],
        fontsize=LETTERS - 0.5,
        fontweight="bold",
        annotation_clip=False,
    )
    label.set(**how)


def apart(places: Sequence[float], gap: float, floor: float = -math.inf) -> list[float]:
    """Places that keep a distance and stay above a floor, moved as little as that allows.

    Example:
        >>> apart([10, 11, 50], gap=4)
        [8.5, 12.5, 50.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[list[int]] = []
    for i in order:
        groups.append([i])
        while len(groups) > 1 and (
            _spread(groups[-1], places, gap, floor)[0]
            < _spread(groups[-2], places, gap, floor)[-1] + gap
        ):
            groups[-2:] = [groups[-2] + groups[-1]]
    found = [0.0] * len(places)
    for group in groups:
        for i, place in zip(group, _spread(group, places, gap, floor), strict=True):
            found[i] = place
    return found


def _spread(group: Sequence[int], places: Sequence[float], gap: float, floor: float) -> list[float]:
    """A group's places, around their mean, or from the floor on."""
    middle = sum(places[i] for i in group) / len(group)
    first = max(middle - gap * (len(group) - 1) / 2, floor)
    return [first + gap * k for k in range(len(group))]


def curves(
    lines: Sequence[Line],
    x_label: str,
    y_label: str,
    alt: str,
    *,
    size: tuple[float, float] = (4.9, 2.9),
    right: float = 1.1,
    level: float | None = None,
    **limits: object,
) -> LineFigure:
    """Lines over one axis.

    Args:
        lines: each with its name.
        x_label: what goes from left to right.
        y_label: what goes up.
        alt: what is to be seen.
        size: width and height, in inches.
        right: room for the names, in inches.
        level: a value that is drawn across.
        limits: what else ``Axes.set`` takes, such as ``ylim`` and ``yscale``.

    Returns:
        The chart; its numbers are the points.
    """
    figure, ax = axes(*size, (0.5, 0.38, right, 0.5))
    draw(ax, lines)
    ax.set(**limits)
    if level is not None:
        ax.axhline(level, color=colours()["edge"], linewidth=1.2, linestyle=(0, (4, 3)))
    words(ax, x_label, y_label)
    name(ax, lines)
    return LineFigure(figure, alt, numbers(lines))


def numbers(lines: Sequence[Line]) -> str:
    """The points of lines as text, one line each; of many points, some from end to end."""
    return "\n".join(
        f"{line.name}: " + ", ".join(f"{line.x[i]:g} {line.y[i]:.4g}" for i in _some(len(line.x)))
        for line in lines
    )


def _some(count: int) -> list[int]:
    """At most ``MOST_POINTS`` of so many places, the first and the last among them."""
    steps = min(count, MOST_POINTS) - 1
    return sorted({round(k * (count - 1) / max(steps, 1)) for k in range(steps + 1)})
