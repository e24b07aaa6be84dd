"""The figures of the chapter on default boxes."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from ssd_lib.figures.charts import LETTERS, axes
from ssd_lib.figures.pictures import Picture
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table


def one_cell(image: Tensor, boxes: Tensor, names: Sequence[str]) -> Picture:
    """The default boxes of one cell of the third map, over an image.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[A, 4]``, xyxy in fractions.
        names: one for each.
    """
    tokens = ["map-3", "map-4", *["map-2"] * 2, *["map-5"] * 2]
    alt = (
        "The six default boxes of one cell of the 10 by 10 map over the running picture: two "
        "squares, two wide and two tall ones around the same centre."
    )
    return Picture(image, boxes, names, tokens, alt=alt)


def scales_ruler(scales: Mapping[str, Sequence[float]]) -> LineFigure:
    """Where the sources put the squares of the six maps, on a ruler from 0 to 1.

    Args:
        scales: for each source six sides, as shares of the image, finest map first.
    """
    colour = colours()
    figure, ax = canvas(5.0, 0.56 * len(scales) + 0.4)
    step, tall = 0.56 / 5.0, (0.56 * len(scales) + 0.4) / 5.0
    ax.set(xlim=(-0.02, 0.98), ylim=(-tall + 0.02, 0.02))
    for place, (name, values) in enumerate(scales.items()):
        y = -step * place - 0.078
        ax.text(-0.005, y + 0.032, name, color=colour["ink"], fontsize=LETTERS, fontweight="bold")
        ax.plot([0, 0.95], [y, y], color=colour["hair"], linewidth=1.5)
        for number, value in enumerate(values, start=1):
            token = colour[f"map-{number}"]
            ax.plot([value], [y], "o", color=token, markersize=9)
            digits = f"{value:.3f}".rstrip("0")
            ax.text(value, y - 0.037, digits, color=token, fontsize=LETTERS - 1, ha="center")
    rows = [[name, *values] for name, values in scales.items()]
    heads = ["", *(f"map {number}" for number in range(1, 7))]
    alt = (
        "Five rulers from 0 to 1 with six dots each, one a map. Equation 4 alone begins at 0.2; "
        "the paper and Caffe's VOC begin at 0.1 and end at 0.9 and 0.88; Caffe's COCO and "
        "torchvision are the same and begin at 0.07."
    )
    return LineFigure(figure, alt, repr(Table(rows, heads, ["", *[".3f"] * 6])))


def reach_of_maps(
    sides_px: Sequence[float], shares: Tensor, grids: Sequence[int], limit_px: float
) -> LineFigure:
    """Which squares each map's default boxes reach, over the squares' side: a strip a map.

    Args:
        sides_px: S sides.
        shares: ``[S, maps]``, of squares of this side that a box of this map reaches.
        grids: cells along a side of each map.
        limit_px: the side below which no box reaches any.
    """
    colour = colours()
    figure, ax = axes(5.0, 3.1, (0.75, 0.15, 0.25, 0.5))
    ax.grid(visible=False)
    ax.set(xlim=(0, max(sides_px)), ylim=(len(grids) - 0.1, -0.05))
    ax.set_yticks([place + 0.5 for place in range(len(grids))], [f"{g} × {g}" for g in grids])
    rows: list[tuple[str, float, float]] = []
    for place, (grid, curve) in enumerate(zip(grids, shares.T.tolist(), strict=True)):
        token = colour[f"map-{place + 1}"]
        ax.get_yticklabels()[place].set(color=token, fontweight="bold")
        bottom = place + 0.9
        ax.fill_between(sides_px, bottom, [bottom - 0.78 * y for y in curve], color=token)
        ax.axhline(bottom, color=colour["hair"], linewidth=0.8, zorder=0)
        half = [side for side, y in zip(sides_px, curve, strict=True) if y >= 0.5]
        rows.append((f"{grid} × {grid}", half[0], half[-1]))
    ax.axvline(limit_px, color=colour["ink"], linewidth=1.2, linestyle=(0, (4, 3)))
    none = f"below {limit_px:.1f} px: none"
    ax.text(limit_px + 4, 4.6, none, color=colour["ink"], fontsize=LETTERS - 0.5)
    ax.set_xlabel("side of a square object, px of 300", color=colour["soft"], fontsize=LETTERS)
    alt = (
        "Six strips over the object's side, one a map, filled where its boxes reach. The finest "
        "map reaches squares of 22 to about 60 pixels; each coarser map takes over where the one "
        "before it ends; the coarsest reaches only those above about 190."
    )
    return LineFigure(figure, alt, repr(Table(rows, ["map", "from, px", "to, px"])))
