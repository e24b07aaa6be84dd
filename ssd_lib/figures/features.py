"""The figures of the chapter on feature maps; those of what a cell sees are in fields."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from ssd_lib.figures.blocks import block, shade
from ssd_lib.figures.charts import Line, Panels, axes, curves, words, write
from ssd_lib.figures.fields import Row
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.figures.style import LineFigure, colours
from ssd_lib.figures.table import Table

AROUND = 2  # cells that a close-up shows on each side of one
LEFTMOST = -0.5  # of the squares before a row, as a share of the axis
SIZES = {"small": "mined", "middle": "forced", "large": "prediction"}


def nine_cells(image: Tensor, bird: Tensor, cell: tuple[int, int], share: float) -> Sheet:
    """A cell of the finest map and its neighbours: where they lie, and from close up.

    Args:
        image: the running picture, ``[3, H, W]``.
        bird: ``[4]``, xyxy in fractions of the image.
        cell: its row and column.
        share: side of a cell, as a share of the image's.
    """
    (row, column), shown = cell, 2 * AROUND + 1
    nine = torch.tensor([column - 1, row - 1, column + 2, row + 2]) * share
    left, top = (column - AROUND) * share, (row - AROUND) * share
    window = (left, top, left + shown * share, top + shown * share)
    both = torch.stack([bird, nine])
    alt = "The running picture; a small square in its upper right corner marks nine cells."
    tokens = ("bird", "accent")
    whole = Picture(
        image, nine[None], (), ["accent"], alt=alt, title="nine cells of 8 px", weight=6
    )
    part, places = close_up(image, window, both)
    alt = (
        "The smaller bird close up under a grid of cells. Nine of them are framed, and the bird's "
        "beak and back stick out of the frame."
    )
    near = Picture(part, places, ("bird", ""), tokens, alt=alt, title="close up", letters=24)
    near.boxes = both.tolist()
    size = SIDE / shown
    grid = "".join(f"M{i * size:g} 0V{SIDE}M0 {i * size:g}H{SIDE}" for i in range(1, shown))
    middle = block((AROUND * size, AROUND * size, size, size), "accent")
    drawn = (
        f'<path d="{grid}" stroke="{shade("on-box")}" stroke-width="2" opacity="0.7"/>'
        f'<g opacity="0.4">{middle}</g>'
    )
    near.svg = near.svg.replace('<g fill="none">', f'{drawn}<g fill="none">', 1)
    return Sheet([whole, near], columns=2, rem=46, least=14)


def six_grids(image: Tensor, boxes: Tensor, labels: Sequence[str], rows: Sequence[Row]) -> Sheet:
    """The grids of all maps on one image, with the cells that hold objects' middles.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy in fractions.
        labels: N names of classes.
        rows: one a map.
    """
    frames = []
    middles = ((boxes[:, :2] + boxes[:, 2:]) / 2).tolist()
    for row in rows:
        title = f"{row.grid} × {row.grid}"
        alt = f"The image under a grid of {row.grid} by {row.grid} cells; some are filled."
        frame = Picture(image, boxes, (), labels, alt=alt, title=title, weight=5, grid=row.grid)
        size = SIDE / row.grid
        cells = "".join(
            block((int(x * row.grid) * size, int(y * row.grid) * size, size, size), label)
            for (x, y), label in zip(middles, labels, strict=True)
        )
        shown = f'<g opacity="0.6">{cells}</g><g fill="none">'
        frame.svg = frame.svg.replace('<g fill="none">', shown, 1)
        frame.names = [
            f"{label} in cell ({int(y * row.grid)}, {int(x * row.grid)})"
            for (x, y), label in zip(middles, labels, strict=True)
        ]
        frames.append(frame)
    return Sheet(frames, columns=3, rem=56, least=9)


def which_maps(
    names: Sequence[str], rows: Sequence[tuple[Sequence[bool], float, float]]
) -> LineFigure:
    """What mAP is with fewer and fewer maps, with boxes that cross the border and without.

    Args:
        names: of the maps.
        rows: for each network which maps it reads, and its mAP with and without the boxes.
    """
    colour = colours()
    figure, ax = axes(4.7, 3.1, (1.55, 0.72, 0.3, 0.42))
    ax.grid(axis="x", color=colour["hair"], linewidth=0.8)
    ax.grid(visible=False, axis="y")
    ax.set(xlim=(60.5, 76.5), ylim=(len(rows) - 0.5, -0.5), xticks=[65, 70, 75], yticks=[])
    said: list[list[str | float]] = []
    for place, (used, with_them, without) in enumerate(rows):
        _squares(ax, place, used)
        _dot_and_ring(ax, place, with_them, without)
        last = [name for name, read in zip(names, used, strict=True) if read]
        said.append([" ".join(last), with_them, without])
    words(ax, "mAP on VOC2007 test", "maps that are read", (LEFTMOST, 1), (-5, 9))
    for text, token, x in (("● with boundary boxes", "kept", 0.0), ("○ without", "mined", 0.68)):
        write(ax, text, x, 1, token, (0, 9), "axes fraction")
    alt = (
        "Six rows, each with one map less. With boundary boxes mAP stays near 74, then falls to "
        "62.4. Without them it starts at 63, rises to 69 and falls to 64."
    )
    heads = ["maps", "with", "without"]
    return LineFigure(figure, alt, repr(Table(said, heads, ["", ".1f", ".1f"])))


def _squares(ax: Axes, place: int, used: Sequence[bool]) -> None:
    """A square for each map in its colour, hollow if the map is not read."""
    for k, read in enumerate(used):
        token = colours()[f"map-{k + 1}"]
        [mark] = ax.plot(LEFTMOST + 0.08 * k, place, "s", transform=ax.get_yaxis_transform())
        mark.set(color=token, markersize=9, clip_on=False)
        mark.set_markerfacecolor(token if read else "none")


def _dot_and_ring(ax: Axes, place: int, dot: float, ring: float) -> None:
    """Two values on a line, each with its number on the side away from the other."""
    colour, order = colours(), 1 if dot > ring else -1
    ax.plot([dot, ring], [place] * 2, color=colour["hair"], linewidth=3, zorder=0)
    for value, token, side in ((dot, "kept", order), (ring, "mined", -order)):
        [mark] = ax.plot(value, place, "o", color=colour[token], markersize=9)
        mark.set_markerfacecolor(colour[token] if value == dot else "none")
        aside = "left" if side > 0 else "right"
        write(ax, f"{value:.1f}", value, place, token, (9 * side, 0), va="center", ha=aside)


def readable(depths: Mapping[str, Mapping[str, Sequence[float]]], layers: Sequence[str]) -> Panels:
    """How often a linear layer reads an object's class from one cell, by depth and size.

    Args:
        depths: by network and size of the object, a share for each layer.
        layers: their names.
    """
    panels = []
    for network, by_size in depths.items():
        x = list(range(1, len(layers) + 1))
        lines = [Line(size, x, by_size[size], token) for size, token in SIZES.items()]
        alt = f"{network}: three lines over ten layers, for small, middle and large objects."
        panels.append(
            curves(
                lines,
                "convolution",
                f"{network}: classes read",
                alt,
                size=(4.3, 2.9),
                right=0.75,
                ylim=(0, 1),
                xticks=x,
            )
        )
    return Panels(*panels)
