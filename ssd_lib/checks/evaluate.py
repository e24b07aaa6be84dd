"""Checks of the exercises in the chapter on evaluation."""

import math
from collections.abc import Callable, Sequence
from itertools import permutations

import torch

from ssd_lib.checks import check
from ssd_lib.evaluate import average_precision, precision_recall


@check("recall divides what is right so far by all objects, precision by what was said so far.")
def curve_by_loops(answer: Callable) -> str | None:
    """A function of verdicts and a number of objects that gives recalls and precisions."""
    generator = torch.Generator().manual_seed(0)
    for count, objects in ((3, 4), (8, 5), (20, 12)):
        is_true = torch.rand(count, generator=generator) < 0.5
        precision, recall = precision_recall(is_true, objects)
        got = [[float(v) for v in pair] for pair in answer(is_true.tolist(), objects)]
        if len(got) != count or any(len(pair) != 2 for pair in got):
            return f"{count} pairs are wanted, recall and precision after each detection."
        wanted = zip(recall.tolist(), precision.tolist(), strict=True)
        for n, (pair, right) in enumerate(zip(got, wanted, strict=True), start=1):
            if not all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(pair, right, strict=True)):
                said = f"({right[0]:.2f}, {right[1]:.2f})"
                return f"of {objects} objects, after detection {n} it should be {said}."
    return None


@check("at 0, 0.1, ..., 1 take the best precision from there on; where none is, 0.")
def voc07_by_loops(answer: Callable) -> str | None:
    """A function of recall and precision (lists) that gives the 11-point average."""
    generator = torch.Generator().manual_seed(0)
    for objects in (4, 10, 20):
        is_true = torch.rand(15, generator=generator) < 0.4
        precision, recall = precision_recall(is_true[: objects + 5], objects)
        wanted = average_precision(recall, precision)
        got = float(answer(recall.tolist(), precision.tolist()))
        if not math.isclose(got, wanted, abs_tol=1e-6):
            return f"with {objects} objects it should be {wanted:.4f}, got {got:.4f}."
    return None


@check("a right detection is worth most at the top of the list, so put it as far down as you can.")
def worst_order(answer: Sequence[bool]) -> str | None:
    """Six verdicts, three of them right, of 4 objects, with the smallest area of all orders."""
    got = [bool(verdict) for verdict in answer]
    if len(got) != 6 or sum(got) != 3:
        return f"six verdicts with three right ones are wanted, got {len(got)} with {sum(got)}."
    areas = {
        order: _area(order) for order in set(permutations([True, True, True, False, False, False]))
    }
    if _area(tuple(got)) > min(areas.values()) + 1e-9:
        return f"the area is {_area(tuple(got)):.3f}: another order has a smaller one."
    return None


def _area(is_true: Sequence[bool]) -> float:
    precision, recall = precision_recall(torch.tensor(is_true), 4)
    return average_precision(recall, precision, "voc10")


@check("weigh each group's gap by the share of the detections that are in it.")
def calibration_error(answer: Callable) -> str | None:
    """A function of scores, verdicts and a number of groups that gives the mean gap."""
    generator = torch.Generator().manual_seed(0)
    for count, groups in ((4, 2), (50, 5), (400, 10)):
        scores = torch.rand(count, generator=generator)
        is_true = torch.rand(count, generator=generator) < scores**2
        wanted = 0.0
        for group in range(groups):
            own = (scores * groups).long().clamp(max=groups - 1) == group
            if own.any():
                gap = (scores[own].mean() - is_true[own].float().mean()).abs().item()
                wanted += gap * own.sum().item() / count
        got = float(answer(scores.tolist(), is_true.tolist(), groups))
        if not math.isclose(got, wanted, abs_tol=1e-5):
            return f"{count} scores in {groups} groups should give {wanted:.4f}, got {got:.4f}."
    return None
