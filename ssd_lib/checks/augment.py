"""Checks of the exercises in the chapter on augmentation."""

import math
from collections.abc import Callable, Sequence

from ssd_lib.checks import check, hint, near


@check("put in s = 0.6 and a = 2; your sides, multiplied, must give the area, 0.36.")
def size_of_patch(answer: Sequence[float]) -> str | None:
    """Width and height of a patch of scale 0.6 and aspect ratio 2."""
    got = [float(side) for side in answer]
    wanted = [0.6 * math.sqrt(2), 0.6 / math.sqrt(2)]
    close = near(abs_tol=2e-3)
    met = [close(a, b) for a, b in zip(got, wanted, strict=True)]
    if all(met):
        return None
    if close(got[0], 1.2):
        return "the area must be 0.6 squared: a square root is missing."
    return "w = s sqrt(a), h = s / sqrt(a)."


@check("one object that is met well enough keeps the patch: which IoU decides?")
def rejection_rule(answer: Callable) -> str | None:
    """Whether a patch is to be rejected, from its IoUs and the bound."""
    cases = [
        ([0.2, 0.6], 0.5),
        ([0.2, 0.4], 0.5),
        ([0.5], 0.5),
        ([0.0, 0.0], 0.1),
        ([0.95, 0], 0.9),
    ]
    for ious, bound in cases:
        if bool(answer(ious, bound)) != (max(ious) < bound):
            verdict = "rejected" if max(ious) < bound else "accepted"
            return f"IoUs {ious} at a bound of {bound} should be {verdict}."
    return None


@check("a byte cannot hold 360, so OpenCV counts the hue in steps of two degrees.")
def hue_fraction(answer: float) -> str | None:
    """Caffe's 18 as a fraction of the circle."""
    return hint(
        answer,
        0.1,
        (0.05, "that is 18 of 360 degrees; OpenCV's circle has 180 steps."),
        otherwise="18 steps of a circle of how many?",
        same=near(abs_tol=1e-6),
    )


@check("mirrored, the left edge is as far from the right border as it was from the left.")
def flipped_box(answer: Callable) -> str | None:
    """A box in the mirrored image."""
    for box, width in (
        ([10, 20, 40, 60], 100),
        ([0, 0, 100, 5], 100),
        ([0.1, 0.2, 0.5, 0.9], 1),
    ):
        wanted = [width - box[2], box[1], width - box[0], box[3]]
        got = [float(edge) for edge in answer(list(box), width)]
        if got[0] > got[2]:
            return "left and right are exchanged, so the box is inverted."
        if any(not math.isclose(a, b, abs_tol=1e-9) for a, b in zip(got, wanted, strict=True)):
            return f"{box} in a width of {width} should be {wanted}, got {got}."
    return None


@check("write down the list that Caffe draws from at the end; how long is it?")
def chance_of_whole(answer: float) -> str | None:
    """How often Caffe leaves an image whole of which two samplers succeed."""
    return hint(
        answer,
        1 / 3,
        (1 / 7, "those that failed are not in the draw."),
        otherwise="count what succeeded, the whole image among it; one of them is drawn.",
        same=near(abs_tol=5e-3),
    )
