"""The figures of the afterword: what came after SSD, as diagrams and as numbers."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from torch import Tensor

from ssd_lib.figures.blocks import shade
from ssd_lib.figures.charts import LETTERS, Line, axes, draw, name, numbers, words, write
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.figures.style import LineFigure, canvas, colours

SIZES = ("small", "middle", "large")
LOOKS = (
    ("ink", "-", "o"),
    ("accent", "-", "s"),
    ("kept", "--", "D"),
    ("mined", "-.", "^"),
    ("forced", ":", "v"),
)


def timeline(
    years: Mapping[int, Sequence[tuple[str, str]]], kinds: Mapping[str, str]
) -> LineFigure:
    """Detectors by year, in the colours of their kinds.

    Args:
        years: of each its detectors, a name and a kind.
        kinds: a token for each kind.
    """
    colour, high = colours(), 0.27
    figure, ax = canvas(4.9, high * (len(years) + len(kinds)) + 0.35)
    ax.set(xlim=(0, 4.9), ylim=(-0.35 - high * (len(years) + len(kinds) - 1), 0.2))
    said, large = [], {"fontsize": LETTERS, "va": "center"}
    ax.plot([0.62] * 2, [0.1, -high * (len(years) - 0.6)], color=colour["edge"], linewidth=1.2)
    for row, (year, found) in enumerate(years.items()):
        y, x = -high * row, 0.8
        ax.text(0.5, y, str(year), color=colour["soft"], ha="right", **large)
        for title, kind in found:
            ax.plot([0.62], [y], "o", color=colour["edge"], markersize=4)
            ax.text(x, y, title, color=colour[kinds[kind]], fontweight="bold", **large)
            x += _wide(title) + 0.16
        said.append(f"{year}: {', '.join(title for title, _ in found)}")
    for row, (kind, token) in enumerate(kinds.items()):
        y = -high * (len(years) + row) - 0.12
        ax.plot([0.8], [y], "s", color=colour[token], markersize=7)
        ax.text(0.95, y, kind, color=colour[token], **large)
    alt = "A list of detectors by year, from R-CNN in 2013 to YOLO26 in 2026, coloured by kind."
    return LineFigure(figure, alt, "\n".join(said))


def _wide(title: str) -> float:
    """About how wide a bold title is, in inches."""
    ems = sum(0.3 if c in " -il1" else 0.7 if c.isupper() else 0.59 for c in title)
    return ems * LETTERS / 72


def speed_and_quality(table: Mapping[str, tuple[float, float]], ours: Sequence[str]) -> LineFigure:
    """Detectors by images a second and mAP.

    Args:
        table: mAP and images a second, by name.
        ours: the names that are picked out.
    """
    figure, ax = axes(5.0, 3.0, (0.45, 0.4, 1.0, 0.5))
    ax.set(xscale="log", xlim=(5, 220), ylim=(50, 80))
    ax.set_xticks([7, 21, 46, 155], ["7", "21", "46", "155"])
    ax.minorticks_off()
    for title, (quality, speed) in table.items():
        token = "accent" if title in ours else "soft"
        ax.plot([speed], [quality], "o", color=colours()[token], markersize=7)
        write(ax, title, speed, quality, token, (8, 0), va="center")
    words(ax, "images a second (Titan X)", "mAP, VOC 2007 test")
    said = [f"{title}: {quality} at {speed}" for title, (quality, speed) in table.items()]
    alt = "SSD300 and SSD512 lie highest; Faster R-CNN is as good and slow, Fast YOLO fast and low."
    return LineFigure(figure, alt, "\n".join(said))


def window_and_regions(image: Tensor, window: Sequence[float], boxes: Tensor) -> Sheet:
    """What a head of SSD sees of two default boxes, and what a second stage sees of each.

    Args:
        image: ``[3, H, W]``.
        window: of the cell, xyxy in fractions.
        boxes: ``[2, 4]``, the wide one and the tall one, xyxy in fractions.
    """
    every = torch.cat([boxes, boxes.new_tensor([window])])
    low, high = every[:, :2].amin(dim=0), every[:, 2:].amax(dim=0)
    middle, half = (low + high) / 2, 0.6 * (high - low).max()
    around = torch.cat([middle - half, middle + half]).clamp(0, 1).tolist()
    part, places = close_up(image, around, every)
    pair = Picture(
        *(part, places[:2], ("wide", "tall"), ("prediction", "forced")),
        alt="Two default boxes on one cell, a wide and a tall one, and the square window of both.",
        title="SSD's head: one window for both",
        letters=32,
        weight=6,
    )
    pair.svg = pair.svg.replace("</svg>", f"{_cells(places[2].tolist(), 3, 'kept')}</svg>")
    frames = [pair]
    shapes = (("wide", "prediction"), ("tall", "forced"))
    for place, (kind, token) in zip(places.tolist(), shapes, strict=False):
        frame = Picture(
            *(part, places.new_tensor([place]), (), (token,)),
            alt=f"The {kind} box, cut into seven by seven cells of its own.",
            title=f"second stage: the {kind} box itself",
            weight=6,
        )
        frame.svg = frame.svg.replace("</svg>", f"{_cells(place, 7, token)}</svg>")
        frames.append(frame)
    for frame, shown in zip(frames, (boxes, boxes[:1], boxes[1:]), strict=True):
        frame.boxes = shown.tolist()
    return Sheet(frames, columns=3, least=13)


def _cells(box: Sequence[float], count: int, token: str) -> str:
    """A box cut into cells along each side."""
    x1, y1, x2, y2 = (SIDE * edge for edge in box)
    lines = []
    for k in range(count + 1):
        x, y = x1 + (x2 - x1) * k / count, y1 + (y2 - y1) * k / count
        lines.append(f"M{x:.1f} {y1:.1f}V{y2:.1f}M{x1:.1f} {y:.1f}H{x2:.1f}")
    path = "".join(lines)
    return "".join(
        f'<path d="{path}" fill="none" stroke="{shade(one)}" stroke-width="{wide}"/>'
        for one, wide in (("on-box", 5), (token, 2.5))
    )


def pyramid(grids: Sequence[int]) -> LineFigure:
    """A feature pyramid: the way up, the way down, and what is added where.

    Args:
        grids: cells along a side of each map, finest first.
    """
    figure, ax = canvas(5.2, 3.7)
    ax.set(xlim=(0, 5.2), ylim=(-0.35, 3.35))
    step = 3.1 / len(grids)
    for row, grid in enumerate(grids):
        wide, y = 0.35 + 0.95 * (grid / grids[0]) ** 0.5, row * step
        for x, mark in ((1.15, f"{grid} × {grid}"), (3.55, "")):
            token = f"map-{row + 1}"
            _block(ax, (x - wide / 2, y, wide, 0.3), token, mark)
        _arrow(ax, (1.15 + wide / 2, y + 0.15), (3.55 - wide / 2, y + 0.15), "soft")
        ax.text(2.35, y + 0.2, "1 × 1", color=colours()["soft"], ha="center", fontsize=LETTERS - 2)
        _arrow(ax, (3.55 + wide / 2, y + 0.15), (4.62, y + 0.15), "ink")
        _word(ax, "head", (4.66, y + 0.15), "ink", "left")
        if row:
            _arrow(ax, (1.15, y - step + 0.3), (1.15, y), "soft")
            _arrow(ax, (3.55, y), (3.55, y - step + 0.3), "accent")
            _word(ax, "× 2, +", (3.62, y - step / 2 + 0.15), "accent", "left")
    _word(ax, "the way up", (1.15, -0.2), "soft", "center")
    _word(ax, "the way down", (3.55, -0.2), "accent", "center")
    alt = (
        "Two stacks of maps. On the left arrows lead up from the fine map to the coarse one; on "
        "the right they lead down again, each map enlarged and added to the next finer one."
    )
    return LineFigure(figure, alt, ", ".join(f"{grid} × {grid}" for grid in grids))


def detr(queries: int, objects: Sequence[str]) -> LineFigure:
    """DETR: a set of queries, as many predictions, one to one with the objects.

    Args:
        queries: how many.
        objects: names of those in the image.
    """
    figure, ax = canvas(5.2, 3.5)
    ax.set(xlim=(0, 5.2), ylim=(0, 3.5))
    _block(ax, (0.1, 2.75, 1.25, 0.5), "map-2", "backbone")
    _block(ax, (0.1, 1.75, 1.25, 0.5), "map-3", "encoder")
    _block(ax, (0.1, 0.75, 1.25, 0.5), "map-4", "decoder")
    _arrow(ax, (0.72, 2.75), (0.72, 2.25), "ink")
    _arrow(ax, (0.72, 1.75), (0.72, 1.25), "ink")
    _word(ax, "cells of one map", (0.8, 2.5), "soft", "left")
    _word(ax, "the cells, mixed", (0.8, 1.5), "soft", "left")
    _arrow(ax, (0.72, 0.4), (0.72, 0.75), "accent")
    _word(ax, f"{queries} learned queries", (0.1, 0.22), "accent", "left")
    _word(ax, f"{queries} predictions", (2.95, 3.3), "prediction", "left")
    shown = len(objects) + 3
    for row in range(shown):
        y = 2.85 - row * 2.6 / shown
        _block(ax, (2.95, y, 0.55, 0.25), "prediction", "")
        _arrow(ax, (1.35, 1.0), (2.95, y + 0.12), "hair")
        found = row % 2 == 0 and row // 2 < len(objects)
        what, token = (objects[row // 2], objects[row // 2]) if found else ("no object", "dropped")
        ax.plot([3.5, 4.15], [y + 0.12] * 2, color=colours()[token], linewidth=1.6)
        _word(ax, what, (4.2, y + 0.12), token, "left")
    alt = (
        "Image, backbone, encoder and decoder, one below the other. Learned queries enter the "
        "decoder; as many predictions leave it. Each object is paired with one of them, and all "
        "others with no object."
    )
    return LineFigure(figure, alt, f"{queries} queries; {', '.join(objects)}; the rest no object")


def _block(ax: Axes, place: tuple[float, float, float, float], token: str, text: str) -> None:
    x, y, wide, high = place
    ax.add_patch(Rectangle((x, y), wide, high, facecolor=colours()[token], linewidth=0))
    if text:
        ink = {"color": colours()["on-box"], "fontsize": LETTERS - 1.5, "fontweight": "bold"}
        ax.text(x + wide / 2, y + high / 2, text, ha="center", va="center", **ink)


def _word(ax: Axes, text: str, place: tuple[float, float], token: str, side: str) -> None:
    ax.text(*place, text, color=colours()[token], ha=side, va="center", fontsize=LETTERS - 0.5)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], token: str) -> None:
    looks = {"arrowstyle": "-|>", "mutation_scale": 9, "linewidth": 1.4, "shrinkA": 1, "shrinkB": 1}
    ax.add_patch(FancyArrowPatch(start, end, color=colours()[token], **looks))


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
