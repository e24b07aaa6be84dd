"""The figures of the chapter on the loss."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from ssd_lib.figures.charts import Line, Panels, curves
from ssd_lib.figures.pictures import Picture

LOOKS = (("L2", "mined", ":"), ("L1", "soft", "--"), ("smooth L1", "accent", "-"))


def three_losses(
    differences: Sequence[float], pairs: Mapping[str, tuple[Sequence[float], Sequence[float]]]
) -> Panels:
    """L2, L1 and smooth L1 over the difference, and beside them their slopes.

    Args:
        differences: from left to right.
        pairs: the losses and the slopes at them, by name.
    """
    panels = []
    for place, (what, limits) in enumerate((("loss", (-0.2, 3.2)), ("slope", (-3.2, 3.2)))):
        lines = []
        for name, colour, dash in LOOKS:
            values = pairs[name][place]
            shown = [
                (float(x), float(y))
                for x, y in zip(differences, values, strict=True)
                if limits[0] <= y <= limits[1]
            ]
            xs, ys = zip(*shown, strict=True)
            lines.append(Line(name, xs, ys, colour, dash))
        alt = f"The {what} of L2, L1 and smooth L1 over the difference."
        panels.append(
            curves(lines, "difference", what, alt, size=(4.4, 2.8), right=1.0, ylim=limits)
        )
    return Panels(*panels)


def hardest(image: Tensor, boxes: Tensor) -> Picture:
    """The mined negatives with the highest loss, on their image.

    Args:
        image: ``[3, H, W]``.
        boxes: ``[N, 4]``, xyxy, in fractions.
    """
    alt = f"The {len(boxes)} negatives with the highest loss: all on or beside an object."
    return Picture(image, boxes, tokens=("mined",), alt=alt, weight=2.5)
