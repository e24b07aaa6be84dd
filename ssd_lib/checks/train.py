"""Checks of the exercises in the chapter on training."""

import json
import math
from collections.abc import Callable, Sequence

from ssd_lib.assets import path
from ssd_lib.checks import check, hint, near


@check("120,000 steps see 32 images each; VOC 07+12 has 16,551.")
def epochs_of_voc(answer: float) -> str | None:
    """How often each image of VOC 07+12 is seen in 120,000 steps of 32."""
    return hint(
        answer,
        120_000 * 32 / 16_551,
        (120_000 / 16_551, "a step has 32 images."),
        otherwise="pictures seen, divided by images there are.",
        same=near(rel_tol=0.01),
    )


@check("add up all sums and all positives first, and divide once; mind a batch of none.")
def joined_loss(answer: Callable[[Sequence[float], Sequence[int]], float]) -> str | None:
    """The loss of a batch that is shared: a function of sums and numbers of positives."""
    for sums, positives in (
        ([6.0, 2.0], [3, 1]),
        ([6.0, 0.0], [3, 0]),
        ([0.0, 0.0], [0, 0]),
        ([5.0, 1.0, 3.0], [1, 0, 0]),
    ):
        wanted = sum(sums) / max(1, sum(positives))
        got = float(answer(sums, positives))
        if math.isclose(got, wanted, abs_tol=1e-9):
            continue
        means = [s / max(1, n) for s, n in zip(sums, positives, strict=True)]
        if math.isclose(got, sum(means) / len(means), abs_tol=1e-9):
            return (
                f"of sums {sums} and positives {positives} it is {wanted:g}, not the mean "
                f"of the means, {got:g}."
            )
        return f"of sums {sums} and positives {positives} it should be {wanted:g}, got {got:g}."
    return None


@check("it climbs in equal steps, is 1 at step warm_up, and stays there.")
def warm_up_factor(answer: Callable[[int, int], float]) -> str | None:
    """The factor of the learning rate before step ``step``, counted from 0."""
    for step, warm_up in ((0, 0), (0, 4), (2, 4), (4, 4), (100, 4)):
        wanted = min((step + 1) / (warm_up + 1), 1.0)
        got = float(answer(step, warm_up))
        if not math.isclose(got, wanted, abs_tol=1e-9):
            return f"at step {step} of {warm_up} it should be {wanted:g}, got {got:g}."
    return None


@check("a part's loss is its sum over its own positives; what should that sum be divided by?")
def batch_in_parts(answer: Callable[[Sequence[int]], Sequence[float]]) -> str | None:
    """The factors of the losses of a batch's parts, by their numbers of positives."""
    for positives in ([3, 1], [5, 5, 5, 5], [4, 0, 2], [0, 0], [7]):
        got = [float(factor) for factor in answer(list(positives))]
        if len(got) != len(positives):
            return f"of positives {positives} there should be {len(positives)} factors, got {got}."
        sums = [float(2 * k + 1) for k in range(len(positives))]
        parts = [s / max(1, n) for s, n in zip(sums, positives, strict=True)]
        total = sum(factor * part for factor, part in zip(got, parts, strict=True))
        wanted = sum(sums) / max(1, sum(positives))
        if math.isclose(total, wanted, abs_tol=1e-9):
            continue
        equal = all(math.isclose(factor, 1 / len(got)) for factor in got)
        if equal:
            return f"that is the mean of the means; of positives {positives} they must differ."
        return (
            f"of positives {positives} and sums {sums} the whole should be {wanted:g}, "
            f"got {total:g}."
        )
    return None


ILLNESSES = {  # the names of data/runs/sick.json, and what the answer calls them
    "healthy": "healthy",
    "learning rate too high": "learning rate",
    "all negatives": "negatives",
    "no variances": "variances",
    "dogs taken for background": "background",
}


@check("compare each run's first and last losses with the healthy one's, and look at the least AP.")
def doctor(answer: Callable[[list[dict], dict[str, float]], str]) -> str | None:
    """What is wrong with a run, by its log and its AP of each class."""
    record = json.loads(path("runs/sick.json").read_text(encoding="utf-8"))
    runs = {run["name"]: run for run in record["runs"]}
    for number, (name, wanted) in enumerate(ILLNESSES.items(), start=1):
        log = [row for row in runs[name]["log"] if "confidence" in row]
        aps = {c: row["ap"] for c, row in runs[name]["result_from_0.1"]["by_class"].items()}
        for what, rows, found in (
            (f"run {number}", log, aps),
            (f"run {number} with every other row of its log", log[::2], aps),
            (f"run {number} with its classes in another order", log, _turned(aps)),
        ):
            got = answer([dict(row) for row in rows], dict(found))
            if got not in ILLNESSES.values():
                return f"of {what} you said {got}, which is none of the five names."
            if got != wanted:
                return f"{what} is not {got}."
    return None


def _turned(aps: dict[str, float]) -> dict[str, float]:
    """The same by other names, so that no name gives the answer away."""
    return dict(zip(aps, [*list(aps.values())[3:], *list(aps.values())[:3]], strict=True))
