"""Checks of the exercises in the chapter on training."""

import math
from collections.abc import Callable, Sequence

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


@check("the milestones are 80,000 and 100,000: how many are behind?")
def learning_rate_at(answer: float) -> str | None:
    """The learning rate of step 90,000 in the code's schedule for VOC 07+12."""
    return hint(
        answer,
        1e-4,
        (1e-5, "the second milestone is still to come."),
        otherwise="it starts at 0.001 and falls to a tenth at each milestone that is behind.",
        same=near(rel_tol=1e-6),
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


@check("one class alone is lost: which mistake shifts the numbers of the classes?")
def illness(answer: str) -> str | None:
    """What is wrong if one class has an AP of 0 and all others are fine."""
    return hint(
        answer,
        "background",
        ("learning rate", "that would hurt all classes."),
        ("negatives", "that would hurt all classes."),
        ("variances", "that would hurt all classes."),
        otherwise="one of the four that the question names, as it is written there.",
    )
