"""Checks of the exercises in the chapter on matching."""

from collections.abc import Callable
from itertools import permutations

import torch
from torch import Tensor

from ssd_lib.checks import check
from ssd_lib.matching import bipartite, match_ious


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


@check("start from the walk's pairs; then ask, for each box that is left, for its best object.")
def whole_matcher(answer: Callable) -> str | None:
    """A function of a table and a threshold, like :func:`ssd_lib.matching.match_ious`."""
    generator = torch.Generator().manual_seed(1)
    tables = [torch.tensor([[0.9, 0.5, 0.49]]), torch.tensor([[0.3, 0.2], [0.2, 0.6]])]
    for trial in range(60):
        ious = torch.rand(1 + trial % 4, 1 + trial % 6, generator=generator)
        tables.append(torch.where(ious < 0.2, 0.0, ious))
    for ious in tables:
        for threshold in (0.5, 0.7):
            wanted = match_ious(ious, threshold).tolist()
            got = list(answer(ious.tolist(), threshold))
            if got != wanted:
                rows = [[round(v, 2) for v in row] for row in ious.tolist()]
                return f"{rows} with {threshold} should give {wanted}, got {got}."
    return None


@check("two objects, two boxes: let the best pair leave a very bad one behind.")
def table_where_greedy_is_not_best(answer: Tensor) -> str | None:
    """An IoU table where another assignment has a larger sum than the greedy one."""
    ious = torch.as_tensor(answer, dtype=torch.float64)
    if ious.ndim != 2 or not ((ious >= 0) & (ious <= 1)).all():
        return "a table of IoUs is wanted: rows of objects, numbers from 0 to 1."
    count, width = ious.shape
    if not 2 <= count <= width or width > 5:
        return "two objects at least, as many boxes or more, and no more than five."
    greedy = sum(ious[i, j].item() for i, j in enumerate(bipartite(ious).tolist()) if j >= 0)
    best = max(
        sum(ious[i, j].item() for i, j in enumerate(boxes))
        for boxes in permutations(range(width), count)
    )
    if best - greedy > 1e-6:
        return None
    return f"the greedy pairs add up to {greedy:.2f} here, and no others to more."
