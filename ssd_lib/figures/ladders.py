"""The charts of the chapter on default boxes: what shapes and sizes reach."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.charts import LETTERS, Line, Panels, axes, draw, name, words
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table

SHAPES = {"squares only": "mined", "with 2, 1/2": "prediction", "and 3, 1/3": "positive"}


def fits_by_shape(ratios: Sequence[float], means: Mapping[str, Sequence[float]]) -> LineFigure:
    """The mean of the best IoUs of objects by their shape, with more and more shapes of boxes.

    Args:
        ratios: of the objects' widths to their heights.
        means: three curves, by the names in ``SHAPES``.
    """
    lines = [
        Line(label, list(ratios), list(means[label]), token, dash)
        for (label, token), dash in zip(SHAPES.items(), (":", "--", "-"), strict=True)
    ]
    alt = (
        "Three curves over the object's shape, from very tall to very wide. With squares only "
        "the best IoU falls steeply on both sides of 1; ratio 2 "
        "holds it up to shapes of about 3, ratio 3 a little further."
    )
    figure, ax = axes(4.7, 2.9, (0.45, 0.5, 1.15, 0.42))
    ax.set_xscale("log")
    draw(ax, lines)
    shown = {0.2: "1/5", 1 / 3: "1/3", 0.5: "1/2", 1: "1", 2: "2", 3: "3", 5: "5"}
    ax.set_xticks(list(shown), list(shown.values()))
    ax.set_xticks([], minor=True)
    ax.set(xlim=(min(ratios), max(ratios)), ylim=(0.2, 0.92))
    ax.axhline(0.5, color=colours()["edge"], linewidth=1.2, linestyle=(0, (4, 3)))
    words(ax, "width by height of the object", "mean of the best IoUs")
    name(ax, lines)
    rows = [[f"{r:.2f}", *(means[label][i] for label in SHAPES)] for i, r in enumerate(ratios)]
    return LineFigure(figure, alt, repr(Table(rows, ["shape", *SHAPES], ["", *[".2f"] * 3])))


def reached(record: Mapping, kind: str = "narrow") -> Panels:
    """Which share of the objects of two data sets meets a default box, by the boxes' shapes.

    Args:
        record: of ``tools/ratios.py``.
        kind: ``"narrow"`` or ``"all"``: which objects.
    """
    panels = []
    for label, found in record["sets"].items():
        counted = found[kind]
        rows = [
            Row(shape, [row["reached"]], f"{row['reached']:.1%}", token)
            for (shape, token), row in zip(SHAPES.items(), counted["rows"], strict=True)
        ]
        title = f"{counted['objects']} {kind} {label}, share reached"
        alt = f"{title}: {', '.join(f'{row.name} {row.text}' for row in rows)}."
        panels.append(bars(rows, alt, title=title, left=1.15, width=4.3))
    return Panels(*panels)


def ladder(
    layout: DefaultBoxLayout,
    sides_px: Sequence[float],
    fits: Mapping[str, Sequence[float]],
    objects: Mapping[str, tuple[float, str]],
) -> LineFigure:
    """The squares of all maps as rungs, and how well a centred square fits between them.

    Args:
        layout: of six maps.
        sides_px: of the squares that are to fit.
        fits: their best IoUs, with the extra boxes and without.
        objects: roots of their areas in pixels, and their colours, by name.
    """
    ax, figure = _over_sides(sides_px, fits)
    rows = [
        _rungs(ax, row.min_size_px, list(row.sizes_px())[1][0], k)
        for k, row in enumerate(layout.maps, start=1)
    ]
    for label, (side, token) in objects.items():
        _hang(ax, side, label, token)
    table = Table(rows, ["map", "square", "extra"], ["", ".0f", ".1f"])
    alt = (
        "Twelve rungs from 30 to 288 pixels, two a map. Above them the best IoU of a square that "
        "shares a box's centre: with the extra boxes it never falls below 0.7 between the first "
        "and the last rung, without them it falls to a half between 30 and 60 pixels."
    )
    return LineFigure(figure, alt, repr(table))


def _over_sides(
    sides_px: Sequence[float], fits: Mapping[str, Sequence[float]]
) -> tuple[Axes, Figure]:
    """Two curves of IoUs over the sides of squares, with room below for rungs."""
    colour = colours()
    figure, ax = axes(4.7, 3.35, (0.4, 0.5, 0.15, 1.1))
    ax.set_xscale("log")
    looks = (("prediction", "-"), ("mined", ":"))
    for (label, values), (token, dash) in zip(fits.items(), looks, strict=True):
        ax.plot(sides_px, values, color=colour[token], linestyle=dash, linewidth=2, label=label)
    ax.axhline(0.5, color=colour["edge"], linewidth=1.2, linestyle=(0, (4, 3)))
    ax.set(xlim=(min(sides_px), max(sides_px)), ylim=(0.3, 1.03))
    ax.set_xticks([20, 30, 60, 100, 200, 300], ["20", "30", "60", "100", "200", "300"])
    ax.set_xticks([], minor=True)
    ax.tick_params(axis="x", pad=42)
    place = {"loc": "lower right", "bbox_to_anchor": (1.01, 0.98), "ncol": 2}
    legend = ax.legend(frameon=False, fontsize=LETTERS - 0.5, **place)
    for text in legend.get_texts():
        text.set_color(colour["ink"])
    words(ax, "side of a square, px of 300", "best IoU", (0, 1), (-28, 9))
    return ax, figure


def _rungs(ax: Axes, square: float, extra: float, number: int) -> list[str | float]:
    """Two ticks of a map's colour below the axis, the extra one's hollow."""
    token = colours()[f"map-{number}"]
    place = ax.get_xaxis_transform()
    for side, face in ((square, token), (extra, colours()["paper"])):
        ax.plot(
            [side], [-0.075], "s", color=token, markerfacecolor=face, markersize=7.5,
            transform=place, clip_on=False,
        )  # fmt: skip
    return [f"map {number}", square, extra]


def _hang(ax: Axes, side: float, text: str, token: str) -> None:
    """An object's name below the axis, with a line up to its size."""
    place = ax.get_xaxis_transform()
    look = {"color": colours()[token], "transform": place, "clip_on": False}
    ax.plot([side, side], [-0.13, -0.18], linewidth=1.6, **look)
    ax.text(
        side, -0.235, text, color=colours()[token], transform=place, ha="center", va="center",
        fontsize=LETTERS - 0.5, fontweight="bold",
    )  # fmt: skip


def scales_ruler(scales: Mapping[str, Sequence[float]]) -> LineFigure:
    """Where the sources put the squares of the six maps, on a ruler from 0 to 1.

    Args:
        scales: for each source six sides, as shares of the image, finest map first.
    """
    colour = colours()
    figure, ax = canvas(5.0, 0.56 * len(scales) + 0.4)
    step, tall = 0.56 / 5.0, (0.56 * len(scales) + 0.4) / 5.0
    ax.set(xlim=(-0.02, 0.98), ylim=(-tall + 0.02, 0.02))
    for place, (label, values) in enumerate(scales.items()):
        y = -step * place - 0.078
        ax.text(-0.005, y + 0.032, label, color=colour["ink"], fontsize=LETTERS, fontweight="bold")
        ax.plot([0, 0.95], [y, y], color=colour["hair"], linewidth=1.5)
        for number, value in enumerate(values, start=1):
            token = colour[f"map-{number}"]
            ax.plot([value], [y], "o", color=token, markersize=9)
            digits = f"{value:.3f}".rstrip("0")
            ax.text(value, y - 0.037, digits, color=token, fontsize=LETTERS, ha="center")
    rows = [[label, *values] for label, values in scales.items()]
    heads = ["", *(f"map {number}" for number in range(1, 7))]
    alt = (
        "Five rulers from 0 to 1 with six dots each, one a map. Equation 4 alone begins at 0.2; "
        "the paper and Caffe's VOC begin at 0.1 and end at 0.9 and 0.88; Caffe's COCO and "
        "torchvision are the same and begin at 0.07."
    )
    return LineFigure(figure, alt, repr(Table(rows, heads, ["", *[".3f"] * 6])))


def tiny_objects(record: Mapping, names: Mapping[str, str]) -> LineFigure:
    """What the playground's network learns of tiny objects, with boxes that fit and others.

    Args:
        record: of ``tools/playground.py``.
        names: of its experiments, and what they are called here.
    """
    looks = ("positive", "mined", "prediction")
    rows = []
    for (key, label), token in zip(names.items(), looks, strict=True):
        found = record["experiments"][key]
        text = f"{found['map_mean']:.2f} ± {found['map_spread']:.2f}"
        rows.append(Row(label, [found["map_mean"]], text, token))
    alt = f"mAP as bars: {', '.join(f'{row.name} {row.text}' for row in rows)}."
    return bars(
        rows, alt, title="mAP, mean and spread of five seeds", left=2.0, right=0.95, width=4.7
    )
