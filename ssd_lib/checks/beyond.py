"""Checks of the exercises of the afterword."""

import itertools
import math
from collections.abc import Callable

import torch

from ssd_lib.checks import check, hint, near
from ssd_lib.default_boxes import SSD512_VOC

TABLES = [
    [[0.9, 0.8], [0.85, 0.1]],
    [[0.2, 0.7, 0.6], [0.5, 0.65, 0.1], [0.3, 0.9, 0.8]],
    [[0.4]],
]


@check("halve a fine cell's row and column, rounding down: that coarse cell covers it.")
def enlarged_sum(answer: Callable) -> str | None:
    """A function of a fine and a coarse map, lists of rows."""
    fine = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]
    coarse = [[100, 200], [300, 400]]
    found = torch.as_tensor(answer(fine, coarse))
    larger = torch.tensor(coarse).repeat_interleave(2, 0).repeat_interleave(2, 1)
    if list(found.shape) != [4, 4]:
        return f"the sum must be 4 x 4 like the fine map, got {list(found.shape)}."
    if torch.equal(found, torch.tensor(fine) + larger):
        return None
    return "each coarse number belongs to the four fine cells that it covers."


@check("20 logits of 0 add up to 20; how much larger must background's exp(b) be?")
def bias_of_background(answer: float) -> str | None:
    """With 21 classes and a prior of 0.01 for all objects together."""
    one_class = math.log(0.99 / 0.01)
    return hint(
        answer,
        math.log(0.99 * 20 / 0.01),
        (one_class, "that is for one object class; there are 20, each with a logit of 0."),
        otherwise="with all other logits 0: exp(b) / (exp(b) + 20) = 0.99.",
        same=near(rel_tol=1e-3),
    )


@check("call the time of one image 1: how much of it is left with the faster network?")
def images_per_second(answer: float) -> str | None:
    """46 a second, 80 % of the time in the base network, which becomes twice as fast."""
    return hint(
        answer,
        46 / 0.6,
        (92, "only the base network becomes faster, not the other 20 %."),
        otherwise="what is left is 20 % and half of 80 % of the time.",
        same=near(rel_tol=0.01),
    )


@check("the sides halve from 64 down to 1, and a map has side times side cells.")
def points(answer: int) -> str | None:
    """One prediction for each cell of SSD512's maps."""
    cells = sum(row.grid**2 for row in SSD512_VOC.maps)
    return hint(
        answer,
        cells,
        (SSD512_VOC.num_boxes, "those are the default boxes; a point has one prediction."),
        otherwise="add up the cells of the seven maps.",
    )


@check("the largest number first can be wrong: try every order (itertools.permutations).")
def best_pairs(answer: Callable) -> str | None:
    """A function of a square table that gives the largest sum of a pairing."""
    for table in TABLES:
        size = range(len(table))
        best = max(
            sum(table[i][j] for i, j in enumerate(order)) for order in itertools.permutations(size)
        )
        found = answer(table)
        if not math.isclose(found, best, rel_tol=1e-6):
            return f"for {table} the best sum is {best:.2f}, got {found:.2f}."
    return None
