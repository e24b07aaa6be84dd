"""The figures of the chapter on feature maps."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from matplotlib.patches import Rectangle

from ssd_lib.figures.charts import LETTERS, axes, words
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table


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


def nested_fields(names: Sequence[str], fields: Sequence[Field], image_px: int = 300) -> LineFigure:
    """What a cell of each map sees, around one middle, and the image beneath.

    Args:
        names: of the maps, finest first.
        fields: one a map.
        image_px: the image's side.
    """
    colour, half = colours(), max(field.size_px for field in fields) / 2
    figure, ax = canvas(4.9, 4.9)
    ax.set(xlim=(-half - 12, half + 12), ylim=(half + 12, -half - 12))
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
        within = side > image_px  # a small square has no room for its name
        x, y = (10 - side / 2, 5 - side / 2) if within else (-side / 2, -side / 2 - 6)
        label = ax.text(x, y, f"{name}  {side:g} px", color=token, va="top" if within else "bottom")
        label.set(fontsize=LETTERS - 0.5, fontweight="bold")
    rows = [(name, field.size_px) for name, field in zip(names, fields, strict=True)]
    alt = (
        "Six nested squares around one middle. Only the innermost, conv4_3's of 108 pixels, is "
        "smaller than the image of 300; from conv7's 452 to conv11_2's 900 pixels all are larger."
    )
    return LineFigure(figure, alt, repr(Table(rows, ["map", "sees, px"], ["", "g"])))


def two_middles(names: Sequence[str], fields: Sequence[Field], rows: Sequence[Row]) -> LineFigure:
    """The middles of what the cells of a map see, beside the centres of their boxes.

    Args:
        names: of the maps.
        fields: one a map.
        rows: one a map.
    """
    colour = colours()
    figure, ax = axes(5.0, 2.9, (0.95, 0.45, 0.2, 0.5))
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
    words(ax, "px from the image's left edge", key)
    alt = (
        "A row a map. On conv4_3 and conv7 every dot lies in its ring. On conv8_2 the dots lie 8 "
        "pixels left of the rings, on conv9_2 24; on conv10_2 the first lies right of its ring, "
        "the last left of it."
    )
    heads = ["map", "cell", "sees, px", "boxes, px"]
    return LineFigure(figure, alt, repr(Table(said, heads, ["", "", "g", "g"])))


def dependence(columns_px: Sequence[float], shares: Mapping[str, Sequence[float]]) -> LineFigure:
    """How much a cell's value depends on the columns of the image.

    Args:
        columns_px: the middle of each column.
        shares: for a map on each column, from the finest map on.
    """
    colour = colours()
    figure, ax = axes(5.0, 2.6, (0.5, 0.4, 0.2, 0.5))
    for number, (name, values) in enumerate(shares.items(), start=1):
        token = colour[f"map-{number}"]
        ax.plot(columns_px, values, color=token, linewidth=2)
        ax.fill_between(columns_px, values, color=token, alpha=0.12)
        top = max(range(len(values)), key=lambda i: values[i])
        shift = (6, -2) if number == 1 else (34, 8)
        ax.annotate(
            name,
            (columns_px[top], values[top]),
            shift,
            textcoords="offset points",
            color=token,
            fontsize=LETTERS,
            fontweight="bold",
        )
    ax.set(xlim=(0, 300), ylim=(0, None))
    words(ax, "pixel column of the image", "share of the weight")
    rows = [[column, *row] for column, *row in zip(columns_px, *shares.values(), strict=True)]
    alt = (
        "Two curves over the image's width. That of conv4_3 is a bell around the cell, within 92 "
        "pixels. That of conv7 spans the whole image and has three soft bumps, 96 pixels apart."
    )
    heads = ["column", *shares]
    return LineFigure(figure, alt, repr(Table(rows, heads, ["", *[".3f"] * len(shares)])))
