"""Checks of the exercises in the chapter on evaluation."""

import math
from collections.abc import Callable, Sequence

import torch

from ssd_lib.checks import check, hint, near
from ssd_lib.evaluate import average_precision, precision_recall


@check("recall divides what is right by the 4 objects, precision by what was said.")
def points_of_the_curve(answer: Sequence[Sequence[float]]) -> str | None:
    """Recall and precision after right, wrong, right, of 4 objects."""
    got = [[float(value) for value in pair] for pair in answer]
    if len(got) != 3 or any(len(pair) != 2 for pair in got):
        return "three pairs are wanted: recall and precision after each detection."
    wanted = [(0.25, 1.0), (0.25, 0.5), (0.5, 2 / 3)]
    for n, (pair, right) in enumerate(zip(got, wanted, strict=True), start=1):
        if not all(math.isclose(a, b, abs_tol=5e-3) for a, b in zip(pair, right, strict=True)):
            return f"look again at detection {n}: right so far, of 4 and of {n}."
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


@check("its object was found by a better score: whom can it still find?")
def effect_of_a_duplicate(answer: str) -> str | None:
    """Whether a second detection of a found object is right, wrong or ignored."""
    return hint(
        answer,
        "wrong",
        ("ignored", "only detections of difficult objects are ignored."),
        otherwise="an object can be found once; NMS is there so that it is.",
    )


@check("without objects there is no recall and no AP: over how many do you average?")
def mean_with_an_absent_class(answer: float) -> str | None:
    """The mean over classes with AP 0.8, 0.4 and one that has no object at all."""
    return hint(
        answer,
        0.6,
        (0.4, "a class without objects is not a class with AP 0."),
        otherwise="the mean over the classes that have objects.",
        same=near(abs_tol=1e-6),
    )


@check("an IoU from 0.1 to 0.5 is too little for a hit and too much for nothing.")
def kind_of_error(answer: str) -> str | None:
    """The right class, IoU 0.3 with its object, which nothing else has found."""
    return hint(
        answer,
        "wrong_place",
        ("background", "it overlaps the object, with more than 0.1."),
        otherwise="its class is right; what is wrong is the box.",
    )
