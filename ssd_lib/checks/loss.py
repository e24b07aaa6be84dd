"""Checks of the exercises in the chapter on the loss."""

import math
from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import smooth_l1_loss

from ssd_lib.checks import check, hint, near


@check("two pieces that meet at 1: a parabola inside, a line of slope 1 outside.")
def smooth_l1_by_hand(answer: Callable[[float], float]) -> str | None:
    """Smooth L1 of one difference."""
    for d in (-3.0, -1.0, -0.4, 0.0, 0.5, 1.0, 2.0):
        wanted = smooth_l1_loss(torch.tensor(d), torch.tensor(0.0)).item()
        got = float(answer(d))
        if not math.isclose(got, wanted, abs_tol=1e-6):
            return f"of {d:g} it should be {wanted:.3f}, got {got:.3f}."
    return None


@check("a parabola's slope grows with d; a straight line's is the same all along.")
def gradients_of_smooth_l1(answer: Sequence[float]) -> str | None:
    """Its derivative at -3, -0.5, 0, 0.2 and 4."""
    got = [float(value) for value in answer]
    if len(got) != 5:
        return f"five numbers are wanted, got {len(got)}."
    wanted = [-1, -0.5, 0, 0.2, 1]
    wrong = [
        d
        for d, a, b in zip((-3, -0.5, 0, 0.2, 4), got, wanted, strict=True)
        if not math.isclose(a, b, abs_tol=1e-6)
    ]
    return f"look again at {wrong[0]:g}: is it inside or outside of 1?" if wrong else None


@check("there are two limits, and in each image the smaller one counts.")
def mined_negatives(answer: Sequence[int]) -> str | None:
    """Negatives of images of 8732 boxes with 5, 0 and 3000 positives."""
    got = [int(value) for value in answer]
    if got == [15, 0, 5732]:
        return None
    if got[-1:] == [9000]:
        return "there are not so many: 8732 boxes, of which 3000 are positives."
    return "three for each positive, as long as there are any."


@check("take the same number from each entry, and add it to the result again.")
def log_sum_exp(answer: Callable[[Sequence[float]], float]) -> str | None:
    """The logarithm of a sum of exponentials of a list, without overflow."""
    for row in ([0.0, 0.0], [1.0, 2.0, 3.0], [1000.0, 999.0], [-1000.0, -1001.0]):
        wanted = torch.tensor(row, dtype=torch.float64).logsumexp(0).item()
        try:
            got = float(answer(row))
        except (OverflowError, ValueError) as error:
            return f"of {row} it fails: {error}. Take out the largest first."
        if not math.isclose(got, wanted, abs_tol=1e-6):
            return f"of {row} it should be {wanted:.4f}, got {got:.4f}."
    return None


@check("8700 numbers of 0.02 on one side, 10 of 3 on the other.")
def share_of_the_easy(answer: float) -> str | None:
    """Loss of 8700 easy negatives at 0.02 each, over that of 10 hard ones at 3."""
    return hint(
        answer,
        8700 * 0.02 / 30,
        otherwise="add up each group, then divide the first sum by the second.",
        same=near(rel_tol=0.01),
    )
