"""The figure of the afterword: five networks, by the size of objects."""

from collections.abc import Mapping, Sequence

from ssd_lib.figures.charts import LETTERS, Line, axes, draw, name, numbers, words
from ssd_lib.figures.style import LineFigure, colours

SIZES = ("small", "middle", "large")
LOOKS = (
    ("ink", "-", "o"),
    ("accent", "-", "s"),
    ("kept", "--", "D"),
    ("mined", "-.", "^"),
    ("forced", ":", "v"),
)


def by_size(runs: Sequence[Mapping]) -> LineFigure:
    """AP of networks on small, middle and large objects: the mean, and a dot a seed.

    Args:
        runs: of ``runs/beyond.json``.
    """
    figure, ax = axes(5.6, 3.4, (0.5, 0.38, 2.0, 0.5))
    lines = []
    for title, look in zip(dict.fromkeys(run["name"] for run in runs), LOOKS, strict=True):
        own = [
            [run["by_size"][size]["ap"] for size in SIZES] for run in runs if run["name"] == title
        ]
        for values in own:
            ax.plot(range(3), values, look[2], color=colours()[look[0]], markersize=3, alpha=0.55)
        means = [sum(column) / len(own) for column in zip(*own, strict=True)]
        lines.append(Line(title.replace("pyramid without", "without"), range(3), means, *look[:2]))
    draw(ax, lines)
    ax.set_xticks(range(3), SIZES, fontsize=LETTERS - 0.5)
    ax.set(xlim=(-0.12, 2.05))
    words(ax, "size of the objects", "AP")
    name(ax, lines)
    alt = (
        "The pyramid leads on small objects, with the way down or without it; "
        "the two with the focal loss are behind on all sizes."
    )
    return LineFigure(figure, alt, numbers(lines))
