"""The figures of the chapter on boxes."""

from collections.abc import Sequence

import torch
from matplotlib.patches import Rectangle
from torch import Tensor

from ssd_lib.figures.charts import LETTERS
from ssd_lib.figures.pictures import Picture, Sheet
from ssd_lib.figures.style import LineFigure, canvas, colours
from ssd_lib.figures.table import Table


def scene_boxes(image: Tensor, boxes: Tensor, labels: Sequence[str]) -> Picture:
    """The running picture with its objects, each in the colour of its class.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy in fractions.
        labels: N names of classes.
    """
    alt = "A meadow with seven labelled boxes: a kite, two birds, a car, a cat, a dog and a ball."
    return Picture(image, boxes, labels, labels, alt=alt)


def warped_squares(wide: Tensor, square: Tensor, boxes: Tensor, names: Sequence[str]) -> Sheet:
    """Two boxes, in fractions, on an image and on the square that it is warped to.

    Args:
        wide: ``[3, H, W]``.
        square: ``[3, S, S]``.
        boxes: ``[2, 4]``, xyxy in fractions.
        names: of the two.
    """
    shown = (
        (wide, "as it was taken", "On the wide image the box of equal fractions is a wide one."),
        (square, "as the network sees it", "Squeezed, it is a square, and the other is narrow."),
    )
    tokens = ("prediction", "forced")
    return Sheet(
        [
            Picture(image, boxes, names, tokens, alt=alt, title=title, letters=24, weight=5)
            for image, title, alt in shown
        ],
        columns=2,
        rem=48,
        least=14,
    )


def iou_matrix(ious: Tensor, labels: Sequence[str]) -> LineFigure:
    """How much the boxes of one image overlap: a square for each pair.

    Args:
        ious: ``[N, N]``.
        labels: N names of classes.
    """
    colour, count = colours(), len(labels)
    figure, ax = canvas(4.9, 4.6)
    ax.set(xlim=(-1.15, count), ylim=(count, -0.7))
    middle = {"ha": "center", "va": "center", "fontsize": LETTERS}
    for row, (label, values) in enumerate(zip(labels, ious.tolist(), strict=True)):
        for place in ((-0.6, row + 0.5), (row + 0.5, -0.35)):
            ax.text(*place, label, color=colour[label], fontweight="bold", **middle)
        for column, iou in enumerate(values):
            place = (column + 0.04, row + 0.04)
            ax.add_patch(Rectangle(place, 0.92, 0.92, color=colour["sunk"]))
            if iou > 0:  # the root, so that small ones are seen
                shade = {"facecolor": colour["positive"], "alpha": iou**0.5}
                ax.add_patch(Rectangle(place, 0.92, 0.92, **shade))
            ink = "on-box" if iou > 0.5 else "soft" if iou == 0 else "ink"
            words = "0" if iou == 0 else f"{iou:.2f}" if iou >= 0.005 else "< 0.01"
            ax.text(column + 0.5, row + 0.5, words, color=colour[ink], **middle)
    rows = [[label, *values] for label, values in zip(labels, ious.tolist(), strict=True)]
    alt = (
        "A square for every object against every other. Each has 1 with itself. The cat, the dog "
        "and the ball overlap by 0.04, the kite and the dog by 0.01, the two birds by less, and "
        "no others do."
    )
    return LineFigure(figure, alt, repr(Table(rows, ["", *labels], ["", *[".2f"] * count])))


def shifted_box(image: Tensor, box: Tensor, moved: Tensor, iou: float) -> Picture:
    """A true box, and one of the same size that slipped.

    Args:
        image: ``[3, H, W]``.
        box: ``[4]``, xyxy in fractions.
        moved: ``[4]``, likewise.
        iou: of the two.
    """
    alt = "The dog with its true box and the same box moved a tenth of its size right and down."
    names = ("true", f"IoU {iou:.2f}")
    return Picture(image, torch.stack([box, moved]), names, ("truth", "prediction"), alt=alt)
