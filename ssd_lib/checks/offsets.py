"""Checks of the exercises in the chapter on offsets."""

import math
from collections.abc import Callable, Sequence

import torch

from ssd_lib.checks import check, near

UNITS = (0.1, 0.1, 0.2, 0.2)


def _near(a: Sequence[float], b: Sequence[float], tolerance: float = 5e-3) -> bool:
    return len(a) == len(b) and all(
        math.isclose(x, y, abs_tol=tolerance) for x, y in zip(a, b, strict=True)
    )


@check("for each edge apart: the offset times its unit times the side that it moves along.")
def edge_decoder(answer: Callable) -> str | None:
    """A function of four offsets of edges and a default box, both ltrb, that gives a box."""
    boxes = [(0.2, 0.3, 0.4, 0.7), (0.1, 0.8, 0.7, 0.9)]
    for left, top, right, bottom in boxes:
        box = left, top, right, bottom
        for offsets in [(0, 0, 0, 0), (1, -2, 0, 0), (0, 0, 1.5, -3)]:
            x, y = right - left, bottom - top
            ways = zip(offsets, UNITS, (x, y, x, y), strict=True)
            steps = [offset * unit * side for offset, unit, side in ways]
            wanted = [edge + step for edge, step in zip(box, steps, strict=True)]
            got = [float(value) for value in answer(offsets, box)]
            if not _near(got, wanted, 1e-4):
                return f"{offsets} from {box} should be {_round(wanted)}, got {_round(got)}."
    return None


@check("draw an object twice as wide as its default box: how far may it slide?")
def largest_targets(answer: Sequence[float]) -> str | None:
    """The largest target offsets in x and in width at an IoU of 0.5."""
    x, width = (float(value) for value in answer)
    if _near([x, width], [0.5 / 0.1, math.log(2) / 0.2], 1e-2):
        return None
    if _near([x, width], [0.5, math.log(2)], 1e-2):
        return "right so far; the variances are missing."
    if not math.isclose(width, math.log(2) / 0.2, abs_tol=1e-2):
        return "in width: one box lies in the other, so what is the least quotient of their widths?"
    if math.isclose(x, 1 / 3 / 0.1, abs_tol=1e-2):
        return "in x that is right for boxes of one size; another size allows more."
    return "in x: how far can the centres be apart, if sizes may differ, too?"


@check("what divides a spread to 1 is the spread itself, over both columns of its kind.")
def units_from_data(answer: Callable) -> str | None:
    """A function of undivided offsets ``[M, 4]`` that gives a unit for place and for size."""
    generator = torch.Generator().manual_seed(5)
    for place, size in ((0.14, 0.26), (0.3, 0.05)):
        spread = torch.tensor([place, place, size, size])
        raw = spread * torch.randn(5000, 4, generator=generator)
        wanted = raw[:, :2].std().item(), raw[:, 2:].std().item()
        got = [float(value) for value in answer(raw)]
        if len(got) == 2 and all(map(near(rel_tol=0.03), got, wanted)):
            continue
        if _near(got, [value**2 for value in wanted], 2e-3):
            return "these are variances in earnest; dividing by them makes the spread too large."
        if len(got) == 2 and all(map(near(rel_tol=0.03), got, [1 / value for value in wanted])):
            return "these are to be multiplied by, as torchvision does; what is to be divided by?"
        return f"two numbers, near {_round(wanted)}, were expected, got {_round(got)}."
    return None


def _round(values: Sequence[float]) -> list[float]:
    return [round(value, 3) for value in values]
