"""Checks of the exercises in the chapter on the loss."""

import math
from collections.abc import Callable, Sequence

import torch

from ssd_lib.checks import check, near
from ssd_lib.loss import hard_negatives, multibox_loss


@check("sort the numbers of the negatives by their losses; then cut the list off.")
def mining_by_hand(answer: Callable[..., Sequence[int]]) -> str | None:
    """A function of losses, labels and a ratio that gives the numbers of the mined boxes."""
    generator = torch.Generator().manual_seed(0)
    for trial in range(40):
        loss = torch.rand(12, generator=generator)
        labels = torch.randint(0, 3, (12,), generator=generator)
        labels[torch.rand(12, generator=generator) < trial / 40] = 0
        ratio = (3, 1, 0)[trial % 3]
        mined = hard_negatives(loss[None], labels[None] > 0, ratio)[0]
        wanted = mined.nonzero().flatten().tolist()
        got = sorted(int(row) for row in answer(loss.tolist(), labels.tolist(), ratio))
        if set(got) & set((labels > 0).nonzero().flatten().tolist()):
            return "a box with an object is among them; only background is mined."
        if len(got) != len(wanted):
            count = int((labels > 0).sum())
            return (
                f"{count} of 12 boxes have an object, ratio {ratio}: "
                f"{len(wanted)} are mined, got {len(got)}."
            )
        if got != wanted:
            return "as many as are wanted, but not those with the largest losses."
    return None


@check("N is counted over all images, mining is done in each, and N is at least 1.")
def whole_loss(answer: Callable[..., Sequence[float]]) -> str | None:
    """A function of offsets, logits, targets and labels that gives both parts of the loss."""
    generator = torch.Generator().manual_seed(0)
    for empty in ((), (1,), (0, 1)):
        offsets, targets = (3 * torch.randn(2, 12, 4, generator=generator) for _ in range(2))
        logits = torch.randn(2, 12, 3, generator=generator)
        labels = torch.zeros(2, 12, dtype=torch.int64)
        labels[0, [1, 6]], labels[1, 3] = torch.tensor([2, 1]), 1
        labels[list(empty)] = 0
        wanted = multibox_loss(offsets, logits, targets, labels)
        got = answer(*(x.tolist() for x in (offsets, logits, targets, labels)))
        pairs = zip(("localization", "confidence"), got, wanted, strict=True)
        for name, found, right in pairs:
            if not math.isclose(float(found), right.item(), rel_tol=1e-4, abs_tol=1e-6):
                kind = f", {len(empty)} of them without objects" if empty else ""
                return (
                    f"for two images{kind} the {name} loss should be {right:.3f}, "
                    f"got {float(found):.3f}."
                )
    return None


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


@check("divide one box's loss by the other's, each weighted by its own (1 - score) squared.")
def easy_for_a_hard_one(answer: Sequence[float]) -> str | None:
    """How many boxes with score 0.99 cost as much as one with 0.5: plain, and focal."""
    plain, focal = (float(value) for value in answer)
    ratio = math.log(0.5) / math.log(0.99)
    close = near(rel_tol=0.01)
    if not close(plain, ratio):
        return f"by cross-entropy it is -log 0.5 over -log 0.99, got {plain:g}."
    if close(focal, ratio):
        return "the focal loss weighs the two differently."
    if close(focal, ratio * 50):
        return "the weight is a square."
    if not close(focal, ratio * 2500):
        return "multiply each loss by (1 - score) squared, then divide again."
    return None
