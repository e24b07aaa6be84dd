"""Checks of the exercises in the chapter on offsets."""

import math
from collections.abc import Callable, Sequence

import torch

from ssd_lib.checks import check, hint, near
from ssd_lib.offsets import decode

DEFAULT_BOX, GT_BOX = (0.5, 0.5, 0.2, 0.4), (0.55, 0.4, 0.3, 0.4)


def _near(a: Sequence[float], b: Sequence[float], tolerance: float = 5e-3) -> bool:
    return len(a) == len(b) and all(
        math.isclose(x, y, abs_tol=tolerance) for x, y in zip(a, b, strict=True)
    )


@check("in x the centre moves by a quarter of the width, and that is divided by 0.1.")
def offsets_by_hand(answer: Sequence[float]) -> str | None:
    """The offsets from one default box to one object."""
    got = [float(value) for value in answer]
    stretch = math.log(1.5)
    if _near(got, [2.5, -2.5, stretch / 0.2, 0]):
        return None
    if _near(got, [0.25, -0.25, stretch, 0]):
        return "right so far; the variances are missing."
    if _near(got, [0.05, -0.1, 0.1, 0]):
        return "these are plain differences; divide by the default box's size."
    return "centre: difference / size / 0.1; size: log of the quotient / 0.2."


@check("go back: times the variance; then times the size for the centre, exp for the size.")
def decoder(answer: Callable) -> str | None:
    """A function of four offsets and a default box that gives a box, as lists."""
    boxes = [(0.5, 0.5, 0.2, 0.4), (0.1, 0.8, 0.6, 0.1)]
    for box in boxes:
        for offsets in [(0, 0, 0, 0), (1, -2, 0, 0), (0, 0, 1.5, -3)]:
            wanted = decode(torch.tensor(offsets).float(), torch.tensor(box)).tolist()
            got = [float(value) for value in answer(offsets, box)]
            if not _near(got, wanted, 1e-4):
                return f"{offsets} from {box} should be {_round(wanted)}, got {_round(got)}."
    return None


@check("the answer is log(new / old) / 0.2: where is that 1?")
def factor_of_one(answer: float) -> str | None:
    """How many times as wide a box becomes if the head answers 1 for its width."""
    return hint(
        answer,
        math.exp(0.2),
        (math.e, "that would be without the variance."),
        (1.2, "near, but sizes are decoded with exp, not by adding."),
        otherwise="decode: exp(0.2 times the answer).",
        same=near(rel_tol=5e-3),
    )


@check("measure the way in widths of the box, give it its sign, divide by 0.1.")
def half_a_box_away(answer: float) -> str | None:
    """The offset in x of an object that stands half a default box to the left."""
    return hint(
        answer,
        -5,
        (5, "left is negative."),
        otherwise="half of the width, divided by the variance.",
        same=near(abs_tol=1e-6),
    )


def _round(values: Sequence[float]) -> list[float]:
    return [round(value, 3) for value in values]
