"""The figures of the chapter on offsets."""

import torch
from torch import Tensor

from ssd_lib.figures.charts import LETTERS, Panels, axes, words
from ssd_lib.figures.pictures import Picture
from ssd_lib.figures.style import LineFigure, colours
from ssd_lib.figures.table import Table


def object_and_default(
    image: Tensor, box: Tensor, default: Tensor, name: str, iou: float
) -> Picture:
    """An object's box and the default box that is to be moved onto it.

    Args:
        image: ``[3, H, W]``.
        box: ``[4]``, xyxy in fractions.
        default: ``[4]``, likewise.
        name: of the object's class.
        iou: of the two boxes.
    """
    alt = (
        "The running picture with two boxes: the dog's exact box, and a default box that is a "
        "little too wide and stands a little too far to one side."
    )
    names = (name, f"default box, IoU {iou:.2f}")
    return Picture(image, torch.stack([box, default]), names, (name, "default"), alt=alt)


def spreads(raw: Tensor, scaled: Tensor) -> Panels:
    """How offsets in place and in size spread, without and with the variances.

    Args:
        raw: ``[pairs, 4]``, without variances.
        scaled: ``[pairs, 4]``, divided by them.
    """
    alts = (
        "Without variances both are narrow, and x is about half as wide as the width.",
        "Divided by the variances both are about equally wide, between minus 4 and 4.",
    )
    shown = zip((raw, scaled), ("without variances", "with 0.1 and 0.2"), alts, strict=True)
    return Panels(*(_spread(offsets, label, alt) for offsets, label, alt in shown))


def _spread(offsets: Tensor, label: str, alt: str) -> LineFigure:
    """Two outlines over one axis, of the offsets in x and in width."""
    colour, rows = colours(), []
    figure, ax = axes(4.2, 2.5, (0.5, 0.42, 0.15, 0.48))
    words(ax, f"offset, {label}", "share")
    edges = torch.linspace(-4.5, 4.5, 61)
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    for name, column, token, height in (("x", 0, "prediction", 0.9), ("width", 2, "forced", 0.78)):
        values = offsets[:, column].float().cpu()
        shares = (torch.histogram(values, bins=edges).hist / len(values)).tolist()
        ax.plot(middles, shares, color=colour[token], linewidth=2)
        ax.fill_between(middles, shares, color=colour[token], alpha=0.12)
        place = {"transform": ax.transAxes, "fontweight": "bold", "fontsize": LETTERS}
        ax.text(0.66, height, name, color=colour[token], **place)
        rows.append((f"{label}: {name}", values.std().item()))
    ax.set(xlim=(-4.5, 4.5), ylim=(0, None))
    return LineFigure(figure, alt, repr(Table(rows, ["offset", "spread"], ["", ".2f"])))
