"""Charts whose rows lie: bars with their numbers, and the dots of a few runs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssd_lib.figures.charts import LETTERS, axes, words, write
from ssd_lib.figures.style import LineFigure, colours


class Row(NamedTuple):
    """A bar, or dots on a line of their own."""

    name: str
    values: Sequence[float]  # of a bar, one
    text: str  # beside a bar; beside dots stands their mean
    colour: str


def bars(
    rows: Sequence[Row],
    alt: str,
    *,
    title: str = "",
    most: float = 1.0,
    left: float = 1.0,
    right: float = 0.7,
    width: float = 4.9,
) -> LineFigure:
    """Bars that lie, each with its name before and its number behind it.

    Args:
        rows: from top to bottom.
        alt: what is to be seen.
        title: what their length is; it stands above them.
        most: the length that fills the width.
        left: room for the names, in inches.
        right: room for the numbers behind the longest bar, in inches.
        width: of the figure, in inches.

    Returns:
        The chart; its numbers are those written.
    """
    ax, figure = _lying(rows, left, right, width, title, below=0.1)
    ax.set_xlim(0, most)
    for place, row in enumerate(rows):
        ax.barh(place, row.values[0], height=0.62, color=colours()[row.colour])
        write(ax, row.text, row.values[0], place, "ink", (6, 0), va="center")
    return LineFigure(figure, alt, _table(rows))


def ranges(
    rows: Sequence[Row],
    alt: str,
    *,
    title: str,
    limits: tuple[float, float],
    left: float = 1.95,
    right: float = 0.6,
    width: float = 5.2,
) -> LineFigure:
    """A dot for each of a few runs, and a tick at their mean.

    Args:
        rows: from top to bottom.
        alt: what is to be seen.
        title: what the dots measure; it stands above them.
        limits: the least and the largest of the axis.
        left: room for the names, in inches.
        right: room for the numbers, in inches.
        width: of the figure, in inches.

    Returns:
        The chart; its numbers are the means and all values.
    """
    ax, figure = _lying(rows, left, right, width, title, below=0.35)
    ax.set_xlim(*limits)
    ax.spines["bottom"].set_visible(True)
    ax.grid(axis="x", color=colours()["hair"], linewidth=0.8)
    ax.tick_params(labelbottom=True)
    means = [sum(row.values) / len(row.values) for row in rows]
    for place, (row, mean) in enumerate(zip(rows, means, strict=True)):
        colour = colours()[row.colour]
        ax.plot([min(row.values), max(row.values)], [place] * 2, color=colour, linewidth=2)
        ax.plot(row.values, [place] * len(row.values), "o", color=colour, markersize=5)
        ax.plot([mean] * 2, [place - 0.3, place + 0.3], color=colours()["ink"], linewidth=1.6)
        across = ("axes fraction", "data")
        write(ax, f"{mean:.3f}", 1, place, "ink", (8, 0), across, va="center")
    every = [
        row._replace(text=f"{mean:.3f} ({', '.join(f'{v:.3f}' for v in row.values)})")
        for row, mean in zip(rows, means, strict=True)
    ]
    return LineFigure(figure, alt, _table(every))


def average_precisions(
    results: Mapping[str, Mapping], tokens: Sequence[str] = (), digits: int = 2
) -> LineFigure:
    """AP of each class as a bar.

    Args:
        results: of each class its ``ap`` and how many ``objects``.
        tokens: a colour for each class.
        digits: of AP.
    """
    rows = [
        Row(name, [row["ap"]], f"{row['ap']:.{digits}f} of {row['objects']} objects", token)
        for (name, row), token in zip(
            results.items(), tokens or ["accent"] * len(results), strict=True
        )
    ]
    return bars(rows, "AP of each class, as a bar.", title="AP", right=1.75)


def _lying(
    rows: Sequence[Row], left: float, right: float, width: float, title: str, below: float
) -> tuple[Axes, Figure]:
    """Axes with a name before each row."""
    above = 0.4 if title else 0.1
    figure, ax = axes(width, 0.29 * len(rows) + above + below, (left, above, right, below))
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), [row.name for row in rows])
    ax.tick_params(axis="y", colors=colours()["ink"], labelsize=LETTERS - 0.5)
    ax.tick_params(axis="x", labelbottom=False)
    names_side = (-left / (width - left - right), 1)
    words(ax, "", title, names_side, (6, 9))
    return ax, figure


def _table(rows: Sequence[Row]) -> str:
    longest = max(len(row.name) for row in rows)
    return "\n".join(f"{row.name:{longest}}  {row.text}" for row in rows)
