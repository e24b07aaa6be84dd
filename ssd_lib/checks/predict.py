"""Checks of the exercises in the chapter on prediction."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.ops import batched_nms, nms

from ssd_lib.boxes import box_iou
from ssd_lib.checks import check


@check("by falling score: a box stays if none that stayed overlaps it too much.")
def nms_by_loops(answer: Callable) -> str | None:
    """A function of boxes, scores and a threshold that gives the kept indices."""
    generator = torch.Generator().manual_seed(0)
    for count in (0, 1, 5, 12):
        corner = torch.rand(count, 2, generator=generator)
        boxes = torch.cat([corner, corner + 0.5], dim=1)
        scores = torch.rand(count, generator=generator)
        wanted = nms(boxes, scores, 0.45).tolist()
        got = [int(i) for i in answer(boxes.tolist(), scores.tolist(), 0.45)]
        if sorted(got) != sorted(wanted):
            return f"of {count} boxes {sorted(wanted)} should be kept, got {sorted(got)}."
        if got != wanted:
            return "right, but the best should come first."
    return None


@check("add something to each box that depends on its class alone, then call nms once.")
def suppression_at_once(answer: Callable) -> str | None:
    """A function of boxes, scores, labels and a threshold that gives the kept indices."""
    generator = torch.Generator().manual_seed(0)
    for count, kinds in ((0, 1), (6, 1), (12, 2), (40, 5)):
        corner = torch.rand(count, 2, generator=generator)
        boxes = torch.cat([corner, corner + 0.5], dim=1)
        scores = torch.rand(count, generator=generator)
        labels = torch.randint(1, kinds + 1, (count,), generator=generator)
        wanted = batched_nms(boxes, scores, labels, 0.45).tolist()
        got = [int(i) for i in answer(boxes, scores, labels, 0.45)]
        if sorted(got) != sorted(wanted):
            return (
                f"of {count} boxes of {kinds} classes {len(wanted)} should be kept, "
                f"got {len(got)}: do two classes still meet?"
            )
        if got != wanted:
            return "right, but the best should come first."
    return None


@check("weigh each of the four numbers by the scores, and divide by the scores' sum.")
def vote_of_a_bundle(answer: Callable) -> str | None:
    """A function of boxes, scores, the kept one and a threshold that gives one box."""
    generator = torch.Generator().manual_seed(0)
    for count in (1, 5, 12):
        corner = torch.rand(count, 2, generator=generator) * 0.4
        boxes = torch.cat([corner, corner + 0.5], dim=1)
        scores = torch.rand(count, generator=generator) + 0.1
        kept = int(scores.argmax())
        near = box_iou(boxes[kept][None], boxes)[0] > 0.45
        wanted = (boxes[near] * scores[near, None]).sum(dim=0) / scores[near].sum()
        got = torch.as_tensor(answer(boxes, scores, kept, 0.45)).float()
        if got.shape != (4,):
            return f"one box of four numbers is wanted, got {list(got.shape)}."
        if torch.allclose(got, boxes.mean(dim=0), atol=1e-5) and not bool(near.all()):
            return "only boxes that overlap the kept one enough may vote."
        if not torch.allclose(got, wanted, atol=1e-5):
            said = [round(value, 3) for value in wanted.tolist()]
            return f"of {count} boxes the vote should give {said}."
    return None


@check("the factor is 1 where nothing overlaps; after each round the best may be another one.")
def soft_suppression(answer: Callable) -> str | None:
    """A function of boxes, scores and sigma that gives each box's new score."""
    generator = torch.Generator().manual_seed(0)
    for count in (0, 1, 2, 8):
        corner = torch.rand(count, 2, generator=generator) * 0.3
        boxes = torch.cat([corner, corner + 0.5], dim=1)
        scores = torch.rand(count, generator=generator)
        wanted = _softened(boxes, scores, 0.5)
        got = [float(score) for score in answer(boxes.tolist(), scores.tolist(), 0.5)]
        if len(got) != count:
            return f"{count} scores are wanted, in the order of the boxes, got {len(got)}."
        for place, (one, other) in enumerate(zip(got, wanted, strict=True)):
            if not math.isclose(one, other, abs_tol=1e-5):
                return f"of {count} boxes, score {place} should become {other:.3f}, got {one:.3f}."
    return None


def _softened(boxes: Tensor, scores: Tensor, sigma: float) -> list[float]:
    ious = box_iou(boxes, boxes) if len(boxes) else boxes.new_zeros(0, 0)
    found, left = scores.tolist(), list(range(len(scores)))
    while left:
        best = max(left, key=found.__getitem__)
        left.remove(best)
        for i in left:
            found[i] *= math.exp(-(ious[best, i].item() ** 2) / sigma)
    return found


@check("slide a copy of a box sideways by s widths: IoU is (1 - s) / (1 + s).")
def boxes_that_crowd(answer: list) -> str | None:
    """Two boxes of one class that NMS at 0.45 wrongly makes one."""
    boxes = torch.as_tensor(answer, dtype=torch.float32)
    if boxes.shape != (2, 4):
        return f"two boxes of four numbers are wanted, got {list(boxes.shape)}."
    iou = box_iou(boxes[:1], boxes[1:]).item()
    if iou <= 0.45:
        return f"their IoU is {iou:.2f}: NMS keeps both."
    if iou > 0.9:
        return f"their IoU is {iou:.2f}: this could well be one object."
    return None
