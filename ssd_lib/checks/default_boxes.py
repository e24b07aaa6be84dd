"""Checks of the exercises in the chapter on default boxes."""

import math
from collections.abc import Callable, Sequence

import torch

from ssd_lib.checks import check, hint, near
from ssd_lib.coverage import coverage
from ssd_lib.default_boxes import DefaultBoxLayout, linear_scales

MOST_BOXES = 25_000


@check("the grids are 38, 19, 10, 5, 3 and 1; a map has its grid squared cells.")
def boxes_with_six_everywhere(answer: int) -> str | None:
    """How many default boxes SSD300 would have with six on every cell."""
    cells = sum(grid**2 for grid in (38, 19, 10, 5, 3, 1))
    return hint(
        answer,
        6 * cells,
        (8732, "that is SSD300 as it is; give all six maps six boxes a cell."),
        otherwise="add up the cells of all six maps first; then six boxes for each.",
    )


@check("w times h is 60 times 60, and w is 3 times h: two equations for two sides.")
def box_of_ratio_three(answer: Sequence[float]) -> str | None:
    """Width and height, in pixels, of the 19 x 19 map's box of ratio 3."""
    width, height = (float(side) for side in answer)
    wanted = 60 * math.sqrt(3), 60 / math.sqrt(3)
    if math.isclose(width, wanted[1], rel_tol=1e-2):
        return "this is the box of ratio 1/3."
    if math.isclose(width, 180, rel_tol=1e-2):
        return "the area must stay 60 x 60: a square root is missing."
    close = near(rel_tol=2e-3)
    if close(width, wanted[0]) and close(height, wanted[1]):
        return None
    return "w = s sqrt(a), h = s / sqrt(a), with s = 60."


@check("m scales, evenly spaced, have m - 1 steps between the first and the last.")
def equation_four(answer: Callable) -> str | None:
    """A function of m, s_min and s_max that gives equation 4's scales."""
    for args in ((6, 0.2, 0.9), (5, 0.2, 0.9), (2, 0.1, 0.5)):
        wanted, got = linear_scales(*args), list(answer(*args))
        if len(got) != len(wanted):
            return f"m = {args[0]} maps have as many scales, got {len(got)}."
        if not torch.allclose(torch.tensor(got), torch.tensor(wanted), atol=1e-5):
            rounded = [round(float(scale), 3) for scale in got]
            return f"scales{args} should be {wanted}, got {rounded}."
    return None


@check("COCO's smallest box has a side of 21 pixels: how large is half of its area?")
def smallest_square(answer: float) -> str | None:
    """Side in pixels below which the COCO layout reaches no square object."""
    return hint(
        float(answer),
        21 / math.sqrt(2),
        (30 / math.sqrt(2), "this is the VOC layout's; COCO's smallest box is smaller."),
        (10.5, "half the side is a quarter of the area; IoU compares areas."),
        otherwise="nested at best: the quotient of the areas must be 0.5.",
        same=near(abs_tol=0.06),
    )


@check("a 12-pixel box that is 2 pixels off both ways still has an IoU of 0.53.")
def layout_for_small_things(answer: DefaultBoxLayout) -> str | None:
    """A layout that reaches 95 % of squares of 12 pixels in 300, with few boxes."""
    if answer.num_boxes > MOST_BOXES:
        return f"at most {MOST_BOXES} boxes, got {answer.num_boxes}."
    generator = torch.Generator().manual_seed(5)
    corner = torch.rand(400, 2, generator=generator) * (1 - 12 / 300)
    squares = torch.cat([corner, corner + 12 / 300], dim=1)  # [400, 4]
    share = (coverage(squares, answer).best_iou >= 0.5).float().mean().item()
    if share < 0.95:
        return f"{share:.0%} are reached: are the centres close enough to each other?"
    return None
