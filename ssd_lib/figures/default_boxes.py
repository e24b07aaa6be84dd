"""The figures of the chapter on default boxes."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from ssd_lib.boxes import clip_boxes, cxcywh_to_xyxy, xyxy_to_cxcywh
from ssd_lib.default_boxes import DefaultBoxLayout, tile_map
from ssd_lib.figures.blocks import block, note, shade
from ssd_lib.figures.charts import LETTERS, Panels, axes
from ssd_lib.figures.pictures import SIDE, Picture
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table

ROOM = (-85, -235, 965, 920)  # around the image of 600: left, top, width, height
CLIPS = ("none", "corners", "cxcywh", "width and height")


def having(
    layout: DefaultBoxLayout, ratios: Sequence[float], extra: bool = True
) -> DefaultBoxLayout:
    """A layout with some of its shapes alone.

    Args:
        layout: whose.
        ratios: that stay, of those it has.
        extra: whether the extra squares stay.
    """
    maps = (
        replace(
            row,
            aspect_ratios=tuple(a for a in row.aspect_ratios if a in ratios),
            max_size_px=row.max_size_px if extra else None,
        )
        for row in layout.maps
    )
    return replace(layout, maps=tuple(maps))


def cell_of(layout: DefaultBoxLayout, place: int, point: Sequence[float]) -> tuple[int, int]:
    """Row and column of the cell of a map whose boxes are centred nearest to a point.

    Args:
        layout: with the map.
        place: which map.
        point: x and y, in fractions.
    """
    row = layout.maps[place]
    column, down = (
        min(range(row.grid), key=lambda i: abs((i + 0.5) * row.step_px / layout.image_px - value))
        for value in point
    )
    return down, column


def around_one_place(
    image: Tensor, bird: Tensor, layout: DefaultBoxLayout, point: Sequence[float]
) -> Picture:
    """The default boxes of that cell of each map whose centre is nearest to a point.

    Args:
        image: ``[3, H, W]``.
        bird: ``[4]``, the object at the point, xyxy in fractions.
        layout: of six maps.
        point: x and y, in fractions.
    """
    boxes, names, tokens, weights = [], [], [], []
    for place in reversed(range(len(layout.maps))):
        row = layout.maps[place]
        down, column = cell_of(layout, place, point)
        first = (down * row.grid + column) * row.boxes_per_cell
        boxes.append(tile_map(row, layout.image_px)[first : first + row.boxes_per_cell])
        names.append((f"{row.grid} × {row.grid}", f"map-{place + 1}"))
        tokens += [f"map-{place + 1}"] * row.boxes_per_cell
        weights += [5 if place == 0 else 3] * row.boxes_per_cell
    corners = torch.cat([cxcywh_to_xyxy(torch.cat(boxes)), bird[None]])
    alt = (
        "The running picture and boxes of six colours around the smaller bird at its upper right: "
        "four small ones, two groups of six that are larger, and so on up to four that nearly "
        "fill the image. Many reach beyond its edge."
    )
    picture = Picture(image, corners, (), [*tokens, "bird"], alt=alt, weight=[*weights, 3])
    return _with_room(picture, names[::-1])


def _with_room(picture: Picture, names: Sequence[tuple[str, str]]) -> Picture:
    """A picture on a sheet that is larger than its image, with names in their colours."""
    left, top, wide, high = ROOM
    picture.svg = picture.svg.replace(
        f'viewBox="0 0 {SIDE} {SIDE}"', f'viewBox="{left} {top} {wide} {high}"', 1
    )
    rim = f'<rect width="{SIDE}" height="{SIDE}" stroke="{shade("edge")}" stroke-width="3"/>'
    on_page = f'<g fill="none" class="ssd-on-page">{rim}'
    picture.svg = picture.svg.replace('<g fill="none">', on_page, 1)
    written = "".join(
        block((left + 6, top + 8 + 36 * place, 30, 24), token)
        + note(text, left + 48, top + 30 + 36 * place, token)
        for place, (text, token) in enumerate(names)
    )
    picture.svg = picture.svg.replace("</svg>", f"{written}</svg>")
    return picture


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
    return Picture(image, boxes, names, tokens, alt=alt, letters=23)


def two_rules(grid: int, step_px: float, side_px: int) -> LineFigure:
    """The centres of a map's cells by the paper's rule and by Caffe's, on the image.

    Args:
        grid: cells along a side.
        step_px: between Caffe's centres.
        side_px: of the image; the paper's centres divide it evenly.
    """
    colour = colours()
    figure, ax = canvas(4.4, 4.7)
    ax.set(xlim=(-12, side_px + 22), ylim=(side_px + 46, -12))
    rim = {"fill": False, "edgecolor": colour["edge"], "linewidth": 1.6}
    ax.add_patch(Rectangle((0, 0), side_px, side_px, **rim))
    rules = {"paper": side_px / grid, "Caffe": step_px}
    looks = {"paper": ("o", "prediction", 5), "Caffe": ("x", "mined", 6)}
    rows = []
    for place, (rule, step) in enumerate(rules.items()):
        mark, token, size = looks[rule]
        centres = [(i + 0.5) * step for i in range(grid)]
        xs, ys = [c for _ in centres for c in centres], [c for c in centres for _ in centres]
        look = {"color": colour[token], "markersize": size, "linestyle": ""}
        ax.plot(xs, ys, mark, **look)
        x, y = 4 + 130 * place, side_px + 28
        ax.plot([x], [y], mark, **look)
        ax.text(x + 9, y, rule, color=colour[token], va="center", fontsize=LETTERS + 0.5,
                fontweight="bold")  # fmt: skip
        rows.append([rule, step, centres[0], centres[-1]])
    alt = (
        f"The image with {grid} by {grid} dots and as many crosses. At the upper left they nearly "
        "coincide; to the right and down the crosses run ahead, and the last row and column of "
        "them lies outside the image."
    )
    heads = ["centres", "step, px", "first, px", "last, px"]
    return LineFigure(figure, alt, repr(Table(rows, heads)))


def clipped(boxes: Tensor, how: str) -> Tensor:
    """Boxes after one way of clipping.

    Args:
        boxes: ``[P, 4]``, cxcywh in fractions.
        how: of ``CLIPS``.
    """
    if how == "none":
        return boxes
    if how == "corners":
        return xyxy_to_cxcywh(clip_boxes(cxcywh_to_xyxy(boxes)))
    if how == "cxcywh":
        return boxes.clamp(0, 1)
    return torch.cat([boxes[:, :2], boxes[:, 2:].clamp(0, 1)], dim=1)


def clippings(boxes: Tensor, tokens: Sequence[str], side_px: int) -> Panels:
    """What each way of clipping does to a few boxes.

    Args:
        boxes: ``[N, 4]``, cxcywh in fractions.
        tokens: their colours.
        side_px: of the image.
    """
    colour, panels = colours(), []
    for how in CLIPS:
        figure, ax = canvas(3.3, 3.0)
        ax.set(xlim=(-50, side_px + 112), ylim=(side_px + 20, -72))
        ground = {"facecolor": colour["sunk"], "edgecolor": colour["edge"], "linewidth": 1.2}
        ax.add_patch(Rectangle((0, 0), side_px, side_px, **ground))
        ax.text(-46, -45, how, color=colour["ink"], fontsize=LETTERS + 4, fontweight="bold")
        after = side_px * clipped(boxes, how)
        rows = []
        for before, box, token in zip(side_px * boxes, after, tokens, strict=True):
            _box(ax, before, colour["default"], 1.2, (0, (4, 3)))
            _box(ax, box, colour[token], 2.4, "-")
            ax.plot(*box[:2].tolist(), "o", color=colour[token], markersize=5)
            rows.append([token, *box.tolist()])
        alt = (
            f"Two boxes that reach beyond the image, {how}: dashed as they were, solid as they are."
        )
        table = Table(rows, [how, "cx", "cy", "w", "h"], ["", *[".0f"] * 4])
        panels.append(LineFigure(figure, alt, repr(table)))
    return Panels(*panels, least=9)


def _box(ax: Axes, box: Tensor, colour: str, width: float, dash: object) -> None:
    cx, cy, w, h = box.tolist()
    look = {"fill": False, "edgecolor": colour, "linewidth": width, "linestyle": dash}
    ax.add_patch(Rectangle((cx - w / 2, cy - h / 2), w, h, **look))


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
    figure, ax = axes(4.7, 3.1, (0.75, 0.15, 0.25, 0.5))
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
