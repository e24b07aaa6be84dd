"""The figures of what the cells of a feature map see of the image."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from matplotlib.patches import Rectangle
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from ssd_lib.figures.blocks import shade
from ssd_lib.figures.charts import LETTERS, axes, words
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table

GLOW = (1.0, 0.62, 0.05)  # of a heat map, on an image


class Row(Protocol):
    """What stands on the cells of a map: a row of the layout's table."""

    @property
    def grid(self) -> int:
        """Cells along a side."""
        ...

    @property
    def step_px(self) -> float:
        """From one centre to the next."""
        ...


class Field(Protocol):
    """What a cell sees of the image."""

    @property
    def size_px(self) -> float:
        """Its side."""
        ...

    @property
    def step_px(self) -> float:
        """From one cell's to the next one's."""
        ...

    @property
    def centre_px(self) -> float:
        """Of the first cell's."""
        ...


def growing_field(
    image: Tensor, steps: Sequence[tuple[str, Field]], point_px: tuple[float, float], side_px: int
) -> Sheet:
    """What a cell sees after some layers: the rest of the image is dimmed.

    Args:
        image: ``[3, H, W]``.
        steps: a name and a field each; of each map the cell is taken that lies at the point.
        point_px: x and y, in pixels of the network's image.
        side_px: of that image.
    """
    frames = []
    for name, field in steps:
        box = [0.0] * 4
        for k, value in enumerate(point_px):
            middle = field.centre_px + field.step_px * int(value / field.step_px)
            box[k], box[k + 2] = middle - field.size_px / 2, middle + field.size_px / 2
        seen = torch.tensor(box) / side_px
        x1, y1, x2, y2 = (SIDE * seen.clamp(0, 1)).tolist()
        alt = f"The image, dimmed but for a square of {field.size_px} pixels at the smaller bird."
        title = f"{name}: {field.size_px} px"
        frame = Picture(image, seen[None], (), ["accent"], alt=alt, title=title, weight=5)
        around = f"M0 0H{SIDE}V{SIDE}H0ZM{x1:.1f} {y1:.1f}V{y2:.1f}H{x2:.1f}V{y1:.1f}Z"
        dim = f'<path d="{around}" fill="{shade("paper")}" opacity="0.72"/><g fill="none">'
        frame.svg = frame.svg.replace('<g fill="none">', dim, 1)
        frames.append(frame)
    return Sheet(frames, columns=4, least=9)


def nested_fields(names: Sequence[str], fields: Sequence[Field], image_px: int = 300) -> LineFigure:
    """What a cell of each map sees, around one middle, and the image beneath.

    Args:
        names: of the maps, finest first.
        fields: one a map.
        image_px: the image's side.
    """
    colour, half = colours(), max(field.size_px for field in fields) / 2
    figure, ax = canvas(4.7, 4.78)
    ax.set(xlim=(-half - 12, half + 12), ylim=(half + 12, -half - 28))
    ax.add_patch(
        Rectangle((-image_px / 2, -image_px / 2), image_px, image_px, color=colour["hair"])
    )
    words = f"the image, {image_px} px"
    ax.text(0, image_px / 2 - 14, words, color=colour["ink"], ha="center", fontsize=LETTERS - 0.5)
    for number, (name, field) in enumerate(zip(names, fields, strict=True), start=1):
        token, side = colour[f"map-{number}"], field.size_px
        square = Rectangle((-side / 2, -side / 2), side, side, fill=False, edgecolor=token)
        square.set_linewidth(2.2)
        ax.add_patch(square)
        on_line = side > image_px  # a small square is shorter than its name
        x, y = (22 - side / 2, -side / 2) if on_line else (-side / 2, -side / 2 - 6)
        label = ax.text(x, y, f"{name}  {side:g} px", color=token, va="center")
        label.set(fontsize=LETTERS - 0.5, fontweight="bold")
        if on_line:  # its name interrupts its line, as on a map of heights
            label.set_bbox({"facecolor": colour["paper"], "edgecolor": "none", "pad": 1})
        else:
            label.set(va="bottom")
    rows = [(name, field.size_px) for name, field in zip(names, fields, strict=True)]
    alt = (
        "Six nested squares around one middle. Only the innermost, conv4_3's of 108 pixels, is "
        "smaller than the image of 300; from conv7's 452 to conv11_2's 900 pixels all are larger."
    )
    return LineFigure(figure, alt, repr(Table(rows, ["map", "sees, px"], ["", "g"])))


def two_middles(names: Sequence[str], fields: Sequence[Field], rows: Sequence[Row]) -> LineFigure:
    """The middles of what the cells of a map see, beside the places that they answer for.

    Args:
        names: of the maps.
        fields: one a map.
        rows: one a map.
    """
    colour = colours()
    figure, ax = axes(4.7, 2.9, (0.95, 0.45, 0.2, 0.5))
    ax.grid(visible=False)
    ax.set(xlim=(0, 306), ylim=(len(names) - 0.5, -0.5))
    ax.set_yticks(range(len(names)), list(names))
    said: list[list[str | float]] = []
    for place, (name, field, row) in enumerate(zip(names, fields, rows, strict=True)):
        token = colour[f"map-{place + 1}"]
        ax.get_yticklabels()[place].set(color=token, fontweight="bold")
        sees = [field.centre_px + i * field.step_px for i in range(row.grid)]
        stand = [(i + 0.5) * row.step_px for i in range(row.grid)]
        size = 7 if row.grid < 20 else 3.6
        ax.plot(sees, [place] * row.grid, "o", color=token, markersize=size, linewidth=0)
        [ring] = ax.plot(stand, [place] * row.grid, "o", markersize=size + 2.5, clip_on=False)
        ring.set(markerfacecolor="none", markeredgecolor=colour["ink"])
        for one, other in zip(sees, stand, strict=True):
            ax.plot([one, other], [place] * 2, color=token, linewidth=1.5, zorder=0)
        for i in sorted({0, row.grid // 2, row.grid - 1}):
            said.append([name, i, sees[i], stand[i]])
    key = "dot: middle of what a cell sees · ring: centre of its boxes"
    words(ax, "px from the image's left edge", key, (-0.26, 1))
    alt = (
        "A row a map. On conv4_3 and conv7 every dot lies in its ring. On conv8_2 the dots lie 8 "
        "pixels left of the rings, on conv9_2 24; on conv10_2 the first lies right of its ring, "
        "the last left of it."
    )
    heads = ["map", "cell", "sees, px", "boxes, px"]
    return LineFigure(figure, alt, repr(Table(said, heads, ["", "", "g", "g"])))


def heat_maps(image: Tensor, heats: Mapping[str, tuple[Tensor, Sequence[float], int]]) -> Sheet:
    """How much a cell's numbers depend on each pixel, as light on the image.

    Args:
        image: ``[3, H, W]``, uint8.
        heats: by title, ``[S, S]`` weights of pixels; the field, xyxy in fractions; and into
            how many blocks along a side the pixels are joined, to smooth them.
    """
    frames = []
    grey = image.float().mean(dim=0) / 255
    for title, (heat, field, count) in heats.items():
        coarse = avg_pool2d(heat[None, None].float(), max(heat.shape[0] // count, 1))
        wide = interpolate(coarse, size=grey.shape, mode="bilinear", align_corners=False)[0, 0]
        light = wide / wide.max()
        shown = 0.45 * grey * (1 - light) + light * torch.tensor(GLOW)[:, None, None]
        alt = f"The image in dark grey; light lies where the cell depends on it: {title}."
        box = torch.tensor([field])
        frame = Picture(shown, box, (), ["truth"], alt=alt, title=title, weight=4, dash="12 10")
        inner = _share_of_middle(heat, field)
        frame.names = [f"middle half of the field holds {inner:.2f} of the weight; field"]
        frames.append(frame)
    return Sheet(frames, columns=2, rem=44, least=9)


def _share_of_middle(heat: Tensor, field: Sequence[float]) -> float:
    """How much of the weight lies in the middle half of a field, a quarter of its area."""
    side = heat.shape[0]
    x1, y1, x2, y2 = (value * side for value in field)
    quarter = (x2 - x1) / 4
    columns = slice(max(round(x1 + quarter), 0), max(round(x2 - quarter), 0))
    rows = slice(max(round(y1 + quarter), 0), max(round(y2 - quarter), 0))
    return (heat[rows, columns].sum() / heat.sum()).item()
