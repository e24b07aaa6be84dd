"""Checks of the exercises in the chapter on boxes and IoU."""

import math
from collections.abc import Callable, Sequence

import torch

from ssd_lib.boxes import box_iou, xyxy_to_cxcywh
from ssd_lib.checks import check, hint, near
from ssd_lib.data.toy import running_picture


@check("stay in pixels first: halfway between the edges, and from edge to edge.")
def car_as_fractions(answer: Sequence[float]) -> str | None:
    """The car of the running picture as cxcywh in fractions."""
    scene = running_picture()
    box = scene.fractions[scene.labels.index("car")]
    values = torch.as_tensor(answer, dtype=torch.float32).reshape(-1)
    if values.shape != (4,):
        return f"four numbers are wanted, got {len(values)}."
    if torch.allclose(values, box, atol=1e-3):
        return "these are the corners; centre and size are wanted."
    if values.max() > 2:
        return "these look like pixels; divide by the image's side."
    if torch.allclose(values, xyxy_to_cxcywh(box), atol=1e-3):
        return None
    return "the centre is half the sum of two edges, the size their difference."


@check("640 pixels make a whole width, 480 a whole height.")
def square_in_fractions(answer: Sequence[float]) -> str | None:
    """Width and height, in fractions, of a 96-pixel square on 640 by 480 pixels."""
    width, height = (float(value) for value in answer)
    close = near(abs_tol=1e-3)
    if close(width, 0.15) and close(height, 0.2):
        return None
    if close(width, 0.2) and close(height, 0.15):
        return "width and height are divided by different lengths: which by which?"
    return "divide 96 by the image's width, and 96 by its height."


@check("the union is 1 + s wide: set shared over union to 0.5 and solve for s.")
def largest_shift(answer: float) -> str | None:
    """How far a box may slide sideways, in widths, before IoU falls below 0.5."""
    return hint(
        float(answer),
        1 / 3,
        (0.5, "at half a width the boxes share half of each, but less of what they cover."),
        otherwise="with shift s they share 1 - s of a width; how wide is their union?",
        same=near(abs_tol=2e-3),
    )


@check("a negative side counts as 0, in the overlap and in each area alike.")
def iou_loop(answer: Callable) -> str | None:
    """A function of two lists of boxes that gives a list of rows of IoUs."""
    generator = torch.Generator().manual_seed(3)
    corners = torch.rand(12, 2, 2, generator=generator).sort(dim=1).values
    boxes = corners.flatten(1)  # [12, 2, 2] -> [12, 4]
    boxes[0] = torch.tensor([0.3, 0.3, 0.3, 0.3])  # a point
    boxes[1] = torch.tensor([0.6, 0.2, 0.4, 0.8])  # inverted
    first, second = boxes[:5], torch.cat([boxes[:1], boxes[5:]])
    rows = answer(first.tolist(), second.tolist())
    if len(rows) != 5 or any(len(row) != 8 for row in rows):
        return "a row for each box of the first list, a column for each of the second."
    values = torch.tensor(rows)
    if values.isnan().any():
        return "a box without area and itself give 0 / 0; ours says 0."
    wrong = (values - box_iou(first, second)).abs() > 1e-4
    if wrong.any():
        i, j = wrong.nonzero()[0].tolist()
        return (
            f"IoU of {_round(first[i])} and {_round(second[j])} should be "
            f"{box_iou(first, second)[i, j]:.3f}, got {values[i, j]:.3f}."
        )
    return None


@check("put the smaller box inside the larger: what do they share, what do they cover?")
def best_possible_iou(answer: Callable) -> str | None:
    """The largest IoU that two boxes of given areas can have."""
    for a, b in ((1.0, 1.0), (1.0, 2.0), (3.0, 1.0), (0.2, 0.05)):
        wanted, got = min(a, b) / max(a, b), float(answer(a, b))
        if not math.isclose(wanted, got, rel_tol=1e-6):
            return f"areas {a:g} and {b:g} can reach {wanted:.3f}, got {got:.3f}."
    return None


def _round(box: torch.Tensor) -> list[float]:
    return [round(edge, 2) for edge in box.tolist()]
