"""Average precision by COCO's rules, equal to pycocotools' numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_area, box_iou
from ssd_lib.evaluate.curve import (
    GroundTruth,
    average_precision,
    check,
    precision_recall,
)

THRESHOLDS = [0.5 + 0.05 * k for k in range(10)]
AREAS = {  # of an object in square pixels, from and to
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}


class CocoAP(NamedTuple):
    """COCO's six numbers; NaN where there is no such object."""

    ap: float  # mean over the IoU thresholds 0.50, 0.55, ..., 0.95
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float


def coco_average_precision(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    num_classes: int,
    max_detections: int = 100,
) -> CocoAP:
    """COCO's average precision, over classes, IoU thresholds and sizes of objects.

    By falling score, a detection takes the object that it overlaps most *of those that
    are left*. Objects outside of the range of sizes are neither asked for nor held
    against; nor are the detections on them, and unmatched detections outside of the
    range. Difficult objects are COCO's crowds: any number of detections may lie on
    one, and the overlap is the share of the detection that does.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` a picture, in pixels.
        ground_truth: one a picture.
        num_classes: C, background included.
        max_detections: of each picture and class, the best.

    Raises:
        ValueError: if the lists do not fit, or a score is NaN (it names the picture).

    References:
        Lin et al. 2014, "Microsoft COCO: Common Objects in Context"; pycocotools.
    """
    check(detections, ground_truth)
    tables = {
        name: [
            _of_class(detections, ground_truth, label, area, max_detections)
            for label in range(1, num_classes)
        ]
        for name, area in AREAS.items()
    }
    values = {  # [C - 1, 10], NaN in the rows of classes without such objects
        name: torch.tensor(rows, dtype=torch.float64).reshape(-1, len(THRESHOLDS))
        for name, rows in tables.items()
    }
    everything = values["all"]
    means = [everything, everything[:, 0], everything[:, 5]]
    means += [values[name] for name in ("small", "medium", "large")]
    return CocoAP(*(mean.nanmean().item() for mean in means))


def _of_class(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    label: int,
    area: tuple[float, float],
    most: int,
) -> list[float]:
    """Average precision of a class at each threshold."""
    scores, hits, ignored, objects = [], [], [], 0
    for found, truth in zip(detections, ground_truth, strict=True):
        own = found.labels == label
        order = found.scores[own].argsort(descending=True, stable=True)[:most]
        wanted = truth.labels == label
        result = _match(
            found.boxes[own][order].double(), truth.boxes[wanted].double(),
            truth.difficult[wanted], area,
        )  # fmt: skip
        scores.append(found.scores[own][order])
        hits.append(result[0])
        ignored.append(result[1])
        objects += result[2]
    if objects == 0:
        return [float("nan")] * len(THRESHOLDS)
    order = torch.cat(scores).argsort(descending=True, stable=True)
    hit, leave = torch.cat(hits, dim=1)[:, order], torch.cat(ignored, dim=1)[:, order]
    return [
        average_precision(*precision_recall(h[~i], objects), "coco")
        for h, i in zip(hit, leave, strict=True)
    ]


def _match(
    boxes: Tensor, objects: Tensor, crowd: Tensor, area: tuple[float, float]
) -> tuple[Tensor, Tensor, int]:
    """What each detection hits at each threshold, ``[T, K]``, and what is ignored."""
    T, K = len(THRESHOLDS), len(boxes)
    outside = crowd | _outside(objects, area)  # [N]
    thresholds = torch.tensor(THRESHOLDS, dtype=torch.float64)[:, None]  # [T, 1]
    hit = torch.zeros(T, K, dtype=torch.bool)
    ignored = _outside(boxes, area).repeat(T, 1)  # of those that hit nothing
    taken = torch.zeros(T, len(objects), dtype=torch.bool)
    for k, iou in enumerate(_overlaps(boxes, objects, crowd)):
        free = (iou >= thresholds) & (~taken | crowd)  # [T, N]
        inside = free & ~outside
        free = torch.where(inside.any(dim=1, keepdim=True), inside, free)
        found = free.any(dim=1)
        if not found.any():
            continue
        # Of equal overlaps the last object, as pycocotools has it.
        best = len(objects) - 1 - torch.where(free, iou, -1.0).flip(1).argmax(dim=1)
        rows = found.nonzero()[:, 0]
        taken[rows, best[rows]] = True
        hit[rows, k] = True
        ignored[rows, k] = outside[best[rows]]
    return hit, ignored, int((~outside).sum())


def _outside(boxes: Tensor, area: tuple[float, float]) -> Tensor:
    size = box_area(boxes)
    return (size < area[0]) | (size > area[1])


def _overlaps(boxes: Tensor, objects: Tensor, crowd: Tensor) -> Tensor:
    """IoU ``[K, N]``; with a crowd, the share of the detection that lies on it."""
    iou = box_iou(boxes, objects)
    corner = torch.maximum(boxes[:, None, :2], objects[:, :2])
    end = torch.minimum(boxes[:, None, 2:], objects[:, 2:])
    shared = (end - corner).clamp(min=0).prod(dim=-1)  # [K, N]
    share = shared / box_area(boxes)[:, None].clamp(min=1e-12)
    return torch.where(crowd, share, iou)
