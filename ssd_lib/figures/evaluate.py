"""The figures of the chapter on evaluation."""

import math
from collections.abc import Callable, Mapping, Sequence

from ssd_lib.figures.bars import Row, bars
from ssd_lib.figures.charts import LETTERS, Line, Panels, axes, draw, numbers, words
from ssd_lib.figures.style import LineFigure, colours


def filed_teeth(
    recall: Sequence[float], precision: Sequence[float], best_from: Callable[[float], float]
) -> LineFigure:
    """Precision over recall with its teeth, filed, and the eleven points of VOC 2007.

    Args:
        recall: after each detection.
        precision: after each detection.
        best_from: the best precision at a recall or further on.
    """
    found = colours()
    figure, ax = axes(5.2, 3.1, (0.5, 0.38, 0.3, 0.5))
    fine, tenths = [j / 400 for j in range(401)], [j / 10 for j in range(11)]
    filed = [best_from(r) for r in fine]
    marks = [best_from(r) for r in tenths]
    ax.fill_between(fine, filed, color=found["wash"], linewidth=0)
    teeth = Line("after each detection", recall, precision, "soft", "--", "o")
    eleven = Line("VOC 2007", tenths, marks, "accent", "none", "s")
    draw(ax, [Line("filed", fine, filed, "accent"), teeth, eleven])
    ax.set(xlim=(-0.02, 1.04), ylim=(-0.05, 1.08))
    words(ax, "recall", "precision")
    for text, place, token in (
        ("filed", (0.62, 0.66), "accent"),
        ("after each detection", (0.02, 0.52), "soft"),
        ("VOC 2007 asks at eleven recalls", (0.04, 0.06), "accent"),
    ):
        ax.text(*place, text, color=found[token], fontsize=LETTERS - 0.5, fontweight="bold")
    alt = "A curve of precision over recall with teeth, filed to steps, with eleven marks on them."
    return LineFigure(figure, alt, numbers([teeth, eleven]))


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
