"""The figures of the chapter on evaluation."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from torch import Tensor

from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.charts import LETTERS, Line, Panels, axes, draw, numbers, words
from ssd_lib.figures.frames import close_up
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import LineFigure, colours

AROUND = 1.5  # a crop's side, in longest sides of what it shows
LEAST_PX = 26  # a crop's side at least
ONE_TICK = [0, 0.25, 0.5, 0.75, 1]


class Crop(NamedTuple):
    """A detection or a missed object, to be cut out of its scene."""

    title: str
    image: Tensor  # [3, S, S]
    box: Tensor  # [4], xyxy, pixels, of the detection; of the object if it was missed
    name: str  # of the detection, such as "dog 0.71"; "" if the object was missed
    object: Tensor | None  # [4], of the object it is about
    label: str  # of that object


def judged(
    image: Tensor, boxes: Tensor, names: Sequence[str], is_right: Sequence[bool], title: str
) -> Picture:
    """Detections without their scores, right ones and wrong ones.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy in fractions.
        names: of their classes.
        is_right: which of them are.
        title: above the image.
    """
    tokens = ["kept" if right else "mined" for right in is_right]
    dashes = ["" if right else "10 7" for right in is_right]
    alt = f"{len(names)} boxes, {sum(is_right)} of them right."
    return Picture(
        *(image, boxes, names, tokens), alt=alt, title=title, dash=dashes, letters=25, weight=5
    )


def walk(
    is_true: Sequence[bool], recall: Sequence[float], precision: Sequence[float]
) -> LineFigure:
    """Precision over recall, a numbered point after each detection.

    Args:
        is_true: which detections are right.
        recall: after each.
        precision: after each.
    """
    found = colours()
    figure, ax = axes(4.9, 3.0, (0.5, 0.38, 0.3, 0.5))
    line = Line("after each detection", recall, precision, "soft", "--")
    draw(ax, [line])
    for number, (right, x, y) in enumerate(zip(is_true, recall, precision, strict=True), start=1):
        colour = found["kept" if right else "mined"]
        ax.plot([x], [y], "o" if right else "X", color=colour, markersize=9)
        shift = (9, 3) if right else (9, -12)
        ax.annotate(
            *(str(number), (x, y), shift),
            textcoords="offset points",
            color=colour,
            fontsize=LETTERS,
            fontweight="bold",
        )
    ax.set(xlim=(0, 1.02), ylim=(0, 1.1), xticks=ONE_TICK, yticks=ONE_TICK)
    words(ax, "recall", "precision")
    alt = "A path from left to right: a right detection steps right, a wrong one falls."
    return LineFigure(figure, alt, numbers([line]))


def areas(
    recall: Sequence[float],
    precision: Sequence[float],
    best_from: Callable[[float], float],
    averages: Mapping[str, float],
) -> Panels:
    """The area under one curve, taken in three ways.

    Args:
        recall: after each detection.
        precision: after each detection.
        best_from: the best precision at a recall or further on.
        averages: what each way gives: of 11 points, of the whole area, of 101 points.
    """
    teeth = Line("after each detection", recall, precision, "soft", "--", "o")
    fine = [j / 400 for j in range(401)]
    panels = []
    for (name, area), count in zip(averages.items(), (11, 0, 101), strict=True):
        figure, ax = axes(3.5, 2.6, (0.42, 0.62, 0.1, 0.46))
        filed = [best_from(r) for r in fine]
        _shade(ax, best_from, fine, filed, count)
        draw(ax, [Line("filed", fine, filed, "accent"), teeth])
        ax.set(xlim=(-0.03, 1.03), ylim=(0, 1.1), xticks=ONE_TICK, yticks=ONE_TICK)
        words(ax, "recall", "precision")
        ink = {"color": colours()["ink"], "fontsize": LETTERS, "fontweight": "bold"}
        ax.annotate(f"{name}: {area:.3f}", (0, 1), (0, 25), "axes fraction", "offset points", **ink)
        what = f"mean of {count} posts" if count else "the whole area"
        alt = f"{name}: {what} under the smoothed curve is {area:.3f}."
        panels.append(LineFigure(figure, alt, f"{name}: {what}, {area:.3f}"))
    return Panels(*panels, least=15)


def _shade(
    ax: Axes,
    best_from: Callable[[float], float],
    fine: Sequence[float],
    filed: Sequence[float],
    count: int,
) -> None:
    """What an average precision averages: posts at so many recalls, or all (0)."""
    colour = colours()["accent"]
    if not count:
        ax.fill_between(fine, filed, color=colour, alpha=0.3, linewidth=0)
        return
    asked = [j / (count - 1) for j in range(count)]
    heights = [best_from(r) for r in asked]
    ax.bar(asked, heights, width=0.55 / (count - 1), color=colour, alpha=0.42)
    if count < 20:
        ax.plot(asked, heights, "s", color=colour, markersize=4.5)


def gallery(crops: Sequence[Crop]) -> Sheet:
    """Detections of each kind of error, cut out of their scenes, with the object beneath.

    Args:
        crops: row by row.
    """
    return Sheet([_cut(crop) for crop in crops], columns=3, least=10)


def _cut(crop: Crop) -> Picture:
    size = crop.image.shape[-1]
    both = [crop.box] if crop.object is None else [crop.box, crop.object]
    edges = torch.stack(both)
    low, high = edges[:, :2].amin(dim=0), edges[:, 2:].amax(dim=0)
    side = min(max(AROUND * (high - low).max().item(), LEAST_PX), size)
    left, top = (
        min(max(middle - side / 2, 0), size - side) for middle in ((low + high) / 2).tolist()
    )
    window = [value / size for value in (left, top, left + side, top + side)]
    part, near = close_up(crop.image, window, edges / size)
    names = [crop.name or crop.label, crop.label][: len(both)]
    tokens = ["mined" if crop.name else "truth", "truth"][: len(both)]
    dashes = ["" if crop.name else "11 8", "11 8"][: len(both)]
    alt = f"{crop.title}: {crop.name or 'nothing'} where there is {crop.label or 'nothing'}."
    order = range(len(both) - 1, -1, -1)  # the object below the detection
    return Picture(
        part,
        near[list(order)],
        [names[k] for k in order],
        [tokens[k] for k in order],
        dash=[dashes[k] for k in order],
        alt=alt,
        title=crop.title,
        letters=30,
        weight=6,
    )


def missed_by_size(rows: Mapping[str, tuple[int, int]]) -> LineFigure:
    """The share of the objects of each size that are missed.

    Args:
        rows: by name, how many objects there are and how many of them are missed.
    """
    said = [
        Row(name, [missed / count], f"{missed} of {count}", "mined")
        for name, (count, missed) in rows.items()
    ]
    most = max(row.values[0] for row in said)
    alt = "Bars: of the smallest objects about a third are missed, of the others less than a tenth."
    title = "missed, by longer side as a share of the image's"
    return bars(said, alt, title=title, most=most, left=1.25, right=1.1)


def reliability(
    means: Sequence[float], shares: Sequence[float], counts: Sequence[int]
) -> LineFigure:
    """The share of detections that are right, over the score that they have.

    Args:
        means: the mean score of each group.
        shares: how many of it are right, as a share.
        counts: how many are in it.
    """
    found = colours()
    figure, ax = axes(4.9, 3.5, (0.5, 0.38, 1.2, 0.5))
    ax.plot([0, 1], [0, 1], color=found["edge"], linewidth=1.2, linestyle=(0, (4, 3)))
    line = Line("right", means, shares, "kept", "-", "o")
    draw(ax, [line])
    ax.set(xlim=(0, 1.02), ylim=(0, 1.04), xticks=ONE_TICK, yticks=ONE_TICK)
    words(ax, "mean score", "share that is right")
    for text, place, token in (
        ("too modest", (0.14, 0.72), "kept"),
        ("too sure", (0.62, 0.3), "mined"),
    ):
        ax.text(*place, text, color=found[token], fontsize=LETTERS, fontweight="bold")
    ax.annotate(
        *("a score that means\nwhat it says", (1, 1), (8, -10)),
        textcoords="offset points",
        color=found["soft"],
        fontsize=LETTERS - 1.5,
        annotation_clip=False,
    )
    alt = (
        "The share that is right, over the score. It starts below the diagonal, crosses it at a "
        "score of about a quarter, and stays above it to the end."
    )
    rows = [
        f"score {mean:.2f}: {share:.3f} right of {count}"
        for mean, share, count in zip(means, shares, counts, strict=True)
    ]
    return LineFigure(figure, alt, "\n".join(rows))


def coco_numbers(result: Mapping[str, float], by_share: Mapping[str, float]) -> Panels:
    """COCO's numbers, and AP by the size of objects as shares of the image.

    Args:
        result: the fields of :class:`ssd_lib.evaluate.CocoAP`.
        by_share: AP by name.
    """
    words = {
        "ap": "all ten IoUs",
        "ap50": "IoU 0.5",
        "ap75": "IoU 0.75",
        "small": "small",
        "medium": "medium",
        "large": "large",
    }
    coco = [_row(words[name], value, "accent") for name, value in result.items()]
    own = [_row(name, value, "map-1") for name, value in by_share.items()]
    return Panels(
        bars(coco, "COCO's six numbers.", title="AP as COCO counts", left=1.2, width=4.4),
        bars(own, "AP by size.", title="mAP by longer side of the object", left=1.2, width=4.4),
    )


def _row(name: str, value: float, token: str) -> Row:
    if math.isnan(value):
        return Row(name, [0.0], "none there (nan)", token)
    return Row(name, [value], f"{value:.2f}", token)


def errors(counts: Mapping[str, int]) -> LineFigure:
    """How many detections are right or wrong in which way, and what is missed.

    Args:
        counts: the fields of :class:`ssd_lib.evaluate.ErrorCounts`.
    """
    rows = [
        Row(name.replace("_", " "), [count], str(count), {"right": "kept"}.get(name, "mined"))
        for name, count in counts.items()
    ]
    alt = "Right ones by far the longest bar, then missed ones; all else is short."
    most = max(row.values[0] for row in rows)
    return bars(rows, alt, title="detections above a score of 0.5, and missed objects", most=most)
