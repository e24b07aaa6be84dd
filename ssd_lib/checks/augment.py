"""Checks of the exercises in the chapter on augmentation."""

import math
from collections.abc import Callable, Sequence

from ssd_lib.checks import check, hint, near

Box = Sequence[float]
PATCHES = ((0.5, 1.0, 0.0, 1.0), (0.6, 2.0, 0.5, 0.25), (0.8, 2.0, 0.3, 0.6), (0.9, 0.5, 1.0, 0.5))
OBJECTS = ([0.1, 0.1, 0.5, 0.7], [0.4, 0.3, 0.9, 0.5], [0.3, 0.0, 0.5, 0.4], [0.8, 0.8, 1.0, 1.0])
WINDOWS = ([0.0, 0.0, 1.0, 1.0], [0.35, 0.1, 0.95, 0.6], [0.3, 0.2, 0.7, 0.4], [0.0, 0.0, 0.2, 0.2])


@check("first make a fit: a between s * s and 1 / (s * s); then the sides; then the corner.")
def patch_of(answer: Callable) -> str | None:
    """A function of s, a and two draws in 0 to 1 that gives a patch, xyxy in fractions."""
    for s, a, across, down in PATCHES:
        got = [float(edge) for edge in answer(s, a, across, down)]
        clamped = min(max(a, s**2), 1 / s**2)
        w, h = s * math.sqrt(clamped), s / math.sqrt(clamped)
        left, top = across * (1 - w), down * (1 - h)
        wanted = [left, top, left + w, top + h]
        if all(map(near(abs_tol=1e-6), got, wanted)):
            continue
        case = f"s = {s}, a = {a}, draws {across} and {down}"
        if got[2] - got[0] > 1 + 1e-6 or got[3] - got[1] > 1 + 1e-6:
            return f"for {case} your patch is larger than the image: clamp a first."
        if min(got) < -1e-6 or max(got) > 1 + 1e-6:
            return f"for {case} your patch sticks out: how much room is beside it?"
        rounded = [round(edge, 3) for edge in wanted]
        return f"for {case} the patch should be {rounded}, got {[round(edge, 3) for edge in got]}."
    return None


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


def _cut(boxes: Sequence[Box], labels: Sequence[str], patch: Box) -> tuple[list, list]:
    """The right answer of :func:`cut_boxes`."""
    left, top, right, bottom = patch
    found, names = [], []
    for (x1, y1, x2, y2), label in zip(boxes, labels, strict=True):
        if left <= (x1 + x2) / 2 <= right and top <= (y1 + y2) / 2 <= bottom:
            wide, high = right - left, bottom - top
            across = [(min(max(x, left), right) - left) / wide for x in (x1, x2)]
            down = [(min(max(y, top), bottom) - top) / high for y in (y1, y2)]
            found.append([across[0], down[0], across[1], down[1]])
            names.append(label)
    return found, names


@check("test the centre first; then clip to the patch, subtract its corner, divide by its sides.")
def cut_boxes(answer: Callable) -> str | None:
    """A function of boxes, labels and a patch: the boxes in the patch, and their labels."""
    labels = ["dog", "cat", "kite", "ball"]
    for patch in WINDOWS:
        boxes, names = answer([list(box) for box in OBJECTS], list(labels), list(patch))
        wanted, kept = _cut(OBJECTS, labels, patch)
        if list(names) != kept:
            return f"the patch {patch} keeps {kept or 'no object'}, got {list(names)}."
        if len(boxes) != len(kept):
            return f"the patch {patch} keeps {len(kept)} labels, and {len(boxes)} boxes."
        got = [float(edge) for box in boxes for edge in box]
        right = [edge for box in wanted for edge in box]
        if any(edge < -1e-6 or edge > 1 + 1e-6 for edge in got):
            return f"for the patch {patch} a box reaches out of 0 to 1: clip it to the patch."
        if len(got) != len(right) or not all(map(near(abs_tol=1e-6), got, right)):
            rounded = [[round(edge, 3) for edge in box] for box in wanted]
            return f"in fractions of the patch {patch} the boxes should be {rounded}."
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
