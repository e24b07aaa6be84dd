"""The figures of the chapter on detections; others that show detections use them, too."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.patches import Polygon, Rectangle
from torch import Tensor

from ssd_lib.boxes import box_iou
from ssd_lib.figures.blocks import Drawing, block, dotted, note
from ssd_lib.figures.boxes import AROUND_THE_BIRD
from ssd_lib.figures.charts import LETTERS
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import SIDE, Picture, Sheet
from ssd_lib.figures.style import LineFigure, canvas, colours


class Stage(NamedTuple):
    """A step from all claims to a short list."""

    name: str
    count: int  # of claims that are left after it
    note: str


def detected(
    image: Tensor, boxes: Tensor, names: Sequence[str], scores: Tensor, title: str = ""
) -> Picture:
    """Detections with their classes and scores.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
        names: of their classes, which are also their colours.
        scores: ``[N]``.
        title: above it.
    """
    texts = [f"{name} {score:.2f}" for name, score in zip(names, scores.tolist(), strict=True)]
    alt = "Detected: " + ", ".join(texts) + "."
    return Picture(image, boxes, texts, names, alt=alt, title=title)


def one_row(
    image: Tensor, places: Tensor, names: Sequence[str], scores: Sequence[float], row: int
) -> Sheet:
    """What one row says: where its box goes, and its score for each class.

    Args:
        image: the running picture, ``[3, H, W]``.
        places: ``[3, 4]``, xyxy in fractions: the object, the default box, and the box
            that it becomes.
        names: of the classes, background first.
        scores: one for each.
        row: its number.
    """
    part, near = close_up(image, AROUND_THE_BIRD, places)
    iou = box_iou(places[:1], places[2:]).item()
    alt = "The smaller bird close up: a square default box, and a flat box that fits the bird."
    picture = Picture(
        *(part, near[1:], [f"row {row}", "moved"], ["default", "prediction"]),
        alt=alt,
        title=f"its box, moved: IoU {iou:.2f}",
        letters=26,
        weight=6,
    )
    known = dotted(near[0].tolist(), "truth")
    picture.svg = picture.svg.replace('<g fill="none">', f'<g fill="none">{known}', 1)
    picture.boxes = places[1:].tolist()
    high, left, most = 58, 210, 300
    parts = []
    for place, (name, score) in enumerate(zip(names, scores, strict=True)):
        top = 36 + place * high
        token = "dropped" if place == 0 else name
        parts += [
            note(name, left - 16, top + 37, letters=30, side="end"),
            block((left, top + 6, max(most * score, 2), high - 12), token),
            note(f"{score:.2f}", left + most * score + 12, top + 37, letters=30),
        ]
    table = "\n".join(f"{name} {score:.2f}" for name, score in zip(names, scores, strict=True))
    alt = f"Bars: {names[0]} is the longest, then bird; all others are next to nothing."
    bars = Drawing(parts, SIDE, alt=alt, title="its scores", numbers=table)
    return Sheet([picture, bars], columns=2, rem=46, least=14)


def funnel(stages: Sequence[Stage]) -> LineFigure:
    """How many claims are left after each step, as a funnel on a scale of tens.

    Args:
        stages: from all claims on.
    """
    colour = colours()
    figure, ax = canvas(4.9, 0.62 * len(stages) + 0.1)
    middle, most = 3.55, 1.3
    widths = [most * math.log10(stage.count + 1) / math.log10(stages[0].count) for stage in stages]
    ax.set(xlim=(0, 4.9), ylim=(0.62 * len(stages) + 0.05, -0.05))
    write: dict[str, Any] = {"va": "center", "fontsize": LETTERS}
    for place, (stage, wide) in enumerate(zip(stages, widths, strict=True)):
        top = 0.62 * place
        token = "kept" if place + 1 == len(stages) else "prediction"
        corner = (middle - wide, top + 0.08)
        ax.add_patch(Rectangle(corner, 2 * wide, 0.36, facecolor=colour[token]))
        if place:
            was = widths[place - 1]
            ends = [(-was, -0.18), (was, -0.18), (wide, 0.08), (-wide, 0.08)]
            sides = [(middle + x, top + y) for x, y in ends]
            ax.add_patch(Polygon(sides, facecolor=colour["hair"], linewidth=0))
        count = f"{stage.count:,}"
        ax.text(
            middle, top + 0.26, count, color=colour["on-box"], weight="bold", ha="center", **write
        )
        ax.text(0.05, top + 0.17, stage.name, color=colour["ink"], weight="bold", **write)
        soft: dict[str, Any] = {**write, "fontsize": LETTERS - 1.5}
        ax.text(0.05, top + 0.4, stage.note, color=colour["soft"], **soft)
    alt = "A funnel: " + ", then ".join(f"{stage.count} ({stage.name})" for stage in stages) + "."
    lines = [f"{stage.name}: {stage.count:,} ({stage.note})" for stage in stages]
    return LineFigure(figure, alt, "\n".join(lines))


def stages(image: Tensor, frames: Sequence[tuple[str, Tensor, Sequence[str]]]) -> Sheet:
    """The boxes that are left after some steps, in the colours of their classes.

    Args:
        image: ``[3, H, W]``.
        frames: a title, boxes ``[N, 4]`` (xyxy in fractions), and the class of each.
    """
    pictures = []
    for title, boxes, names in frames:
        alt = f"{title}: boxes around all objects, and some where nothing is."
        pictures.append(Picture(image, boxes, (), names, alt=alt, title=title, weight=2.5))
    return Sheet(pictures, columns=3, least=9.5)
