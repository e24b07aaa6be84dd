"""Checks of the exercises in the chapter on boxes and IoU."""

import math
from collections.abc import Callable

import torch

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy, scale_boxes
from ssd_lib.checks import check, hint, near


@check("an edge is half a width from the centre; x and widths go with the photo's width.")
def pixels_of_the_photo(answer: Callable) -> str | None:
    """A function of a cxcywh box in fractions, height and width that gives xyxy in pixels."""
    for box, height, width in (([0.5, 0.5, 0.2, 0.4], 400, 600), ([0.3, 0.6, 0.1, 0.2], 900, 500)):
        values = torch.as_tensor(answer(box, height, width), dtype=torch.float32).reshape(-1)
        if values.shape != (4,):
            return f"four numbers are wanted, got {len(values)}."
        corners = cxcywh_to_xyxy(torch.tensor(box))
        wanted = scale_boxes(corners, height, width)
        if torch.allclose(values, wanted, atol=1e-2):
            continue
        if torch.allclose(values, scale_boxes(corners, width, height), atol=1e-2):
            return "height and width are exchanged: which of them belongs to x?"
        if torch.allclose(values, scale_boxes(torch.tensor(box), height, width), atol=1e-2):
            return "these are still centre and size; the corners are wanted."
        said = f"{box} on a photo {width} wide and {height} high"
        return f"{said} should be {_round(wanted)}, got {_round(values)}."
    return None


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


@check("give the square a side s between the two: what do they share, what do they cover?")
def best_square(answer: Callable) -> str | None:
    """Side and IoU of the square that fits an object of some width and height best."""
    for width, height in ((50.0, 20.0), (20.0, 50.0), (30.0, 30.0), (27.5, 17.5)):
        side, iou = (float(value) for value in answer(width, height))
        object_box = _centred(width, height)
        reached = box_iou(object_box, _centred(side)).item()
        best = max(
            box_iou(object_box, _centred(width ** (k / 64) * height ** (1 - k / 64))).item()
            for k in range(65)
        )
        if reached < best - 1e-4:
            return (
                f"on {width:g} by {height:g} a side of {side:.2f} reaches {reached:.3f}; "
                "another one reaches more."
            )
        if not math.isclose(iou, reached, abs_tol=1e-3):
            return f"the side is right, but it reaches {reached:.3f}, not {iou:.3f}."
    return None


def _centred(width: float, height: float | None = None) -> torch.Tensor:
    """A box around the origin; a square, if only its side is given."""
    half = torch.tensor([[width, width if height is None else height]]) / 2
    return torch.cat([-half, half], dim=1)


def _round(box: torch.Tensor) -> list[float]:
    return [round(edge, 2) for edge in box.tolist()]
