"""Checks of the exercises in the chapter on matching."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ssd_lib.checks import check, hint
from ssd_lib.matching import bipartite, match_ious

TABLE = [[0.55, 0.60, 0.30], [0.10, 0.65, 0.58], [0.00, 0.70, 0.20]]


@check("three times: take the largest number left, strike out its row and its column.")
def pairs_of_the_table(answer: Sequence[int]) -> str | None:
    """The default box of each of three objects, by the bipartite rule."""
    got = [int(box) for box in answer]
    wanted = bipartite(torch.tensor(TABLE)).tolist()
    if got == wanted:
        return None
    if got == [1, 1, 1]:
        return "a default box can be given away once only."
    if len(got) == 3 and got[2] != 1:
        return "the largest number of the whole table comes first."
    return "strike out row and column of 0.70, then look for the largest of the rest."


@check("list all overlaps, largest first, and skip those whose row or column is taken.")
def bipartite_by_loops(answer: Callable) -> str | None:
    """A function like :func:`ssd_lib.matching.bipartite`, on lists."""
    generator = torch.Generator().manual_seed(0)
    for trial in range(60):
        ious = torch.rand(1 + trial % 4, 1 + trial % 5, generator=generator)
        ious = torch.where(ious < 0.2, 0.0, ious)
        wanted, got = bipartite(ious).tolist(), list(answer(ious.tolist()))
        if got != wanted:
            rows = [[round(v, 2) for v in row] for row in ious.tolist()]
            return f"{rows} should give {wanted}, got {got}."
    return None


@check("two objects want one box, and the loser has none other from 0.5 up.")
def table_that_loses_an_object(answer: Tensor) -> str | None:
    """An IoU table where 'each object forces its best box' loses an object."""
    ious = torch.as_tensor(answer, dtype=torch.float32)
    if ious.ndim != 2 or not ((ious >= 0) & (ious <= 1)).all():
        return "a table of IoUs is wanted: rows of objects, numbers from 0 to 1."
    best, forced = ious.max(dim=0)
    forced[best < 0.5] = -1
    for gt, box in enumerate(ious.argmax(dim=1).tolist()):
        forced[box] = gt
    missing = set(range(len(ious))) - set(forced.tolist())
    if not missing:
        return "every object keeps a box here, even by that rule."
    if missing & set(match_ious(ious).tolist()) != missing:
        return "this object gets no box by the right rule either."
    return None


@check("boxes are given away before any threshold is asked: one an object.")
def positives_at_threshold_one(answer: int) -> str | None:
    """Positives of three objects at a threshold of 1, none of them met exactly."""
    return hint(
        answer,
        3,
        (0, "the first step does not ask about the threshold."),
        otherwise="each object has the default box that it got in the first step.",
    )


@check("which class comes before the first kind of object?")
def label_of_the_unmatched(answer: int) -> str | None:
    """The target label of a default box that no object was matched to."""
    return hint(
        answer,
        0,
        (-1, "-1 is what match returns; the label says which class to predict."),
        otherwise="it should learn to answer: there is nothing.",
    )
