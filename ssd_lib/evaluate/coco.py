"""Average precision by COCO's rules, equal to pycocotools' numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_count
from ssd_lib.boxes import box_area
from ssd_lib.evaluate.candidates import Candidates, make_candidates
from ssd_lib.evaluate.curve import average_precision, precision_recall
from ssd_lib.evaluate.inputs import GroundTruth
from ssd_lib.predict import Detections

THRESHOLDS = [0.5 + 0.05 * k for k in range(10)]
AREA_RANGES = {  # of an object, in square pixels
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}


class CocoAP(NamedTuple):
    """COCO's six numbers; NaN where no object is of that size."""

    ap: float  # mean over the IoU thresholds 0.50, 0.55, ..., 0.95
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float


def coco_average_precision(
    detections: Sequence[Detections],
    ground_truth: Sequence[GroundTruth],
    num_classes: int,
    max_detections: int = 100,
) -> CocoAP:
    """COCO's average precision, over classes, IoU thresholds and sizes of objects.

    By falling score, a detection takes the object that it overlaps most *among those that
    are left*. For each range of sizes, objects outside of it are ignored: they need not be
    found, and detections that match them count neither way. So are unmatched detections
    whose own size is outside. The size of an object is its ``area`` if given, or else the
    area of its box; the size of a detection is the area of its box. Both limits belong to
    a range.

    Any number of detections may match a crowd, and their overlap with it is intersection
    over detection. Where ``crowd`` is given, a difficult object that is no crowd is ignored
    like one outside of the range (as pycocotools matches ignored objects; it overwrites
    ``ignore`` with ``iscrowd`` first); where it is not given, the difficult objects are
    the crowds.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` per image, in pixels.
        ground_truth: one per image.
        num_classes: C, background included.
        max_detections: how many detections of each image and class count, the best first.

    Raises:
        ValueError: if the detections or the ground truth are malformed (the message says
            which, the index of the image, and what came), or another argument is out of
            its range.

    References:
        Lin et al. 2014, "Microsoft COCO: Common Objects in Context"; pycocotools.
    """
    check_count("max_detections", max_detections)
    candidates = make_candidates(detections, ground_truth, num_classes, max_detections)
    hit, ignored, outside = _match(candidates)
    tables = [  # [C - 1, A, T]
        _of_class(
            hit[:, :, candidates.labels == label],
            ignored[:, :, candidates.labels == label],
            (~outside[:, candidates.gt_labels == label]).sum(dim=1).tolist(),
        )
        for label in range(1, num_classes)
    ]
    values = torch.tensor(tables, dtype=torch.float64)
    values = values.reshape(-1, len(AREA_RANGES), len(THRESHOLDS))
    any_size, *by_size = values.unbind(1)  # [C - 1, T] each
    means = [any_size, any_size[:, 0], any_size[:, 5], *by_size]
    return CocoAP(*(mean.nanmean().item() for mean in means))


def _of_class(hit: Tensor, ignored: Tensor, num_objects: list[int]) -> list[list[float]]:
    """Average precision of a class, ``[A, T]``; NaN where there is no object."""
    return [
        [_average_precision(h[~i], count) for h, i in zip(*of_range, strict=True)]
        for *of_range, count in zip(hit, ignored, num_objects, strict=True)
    ]


def _average_precision(is_true_positive: Tensor, num_objects: int) -> float:
    if num_objects == 0:
        return float("nan")
    precision, recall = precision_recall(is_true_positive, num_objects)
    return average_precision(recall, precision, "coco")


def _match(candidates: Candidates) -> tuple[Tensor, Tensor, Tensor]:
    """Match detections to objects for each range of sizes and IoU threshold.

    In all images at once the best detection of a class chooses first, then the second
    best: so there are as many rounds as one image has detections of one class.

    Returns:
        Whether a detection matches an object, and whether it is ignored, ``[A, T, D]``
        each; and whether an object is ignored, ``[A, M]``.
    """
    D, M = len(candidates.boxes), len(candidates.gt_boxes)
    iou, share = candidates.overlap()
    overlap = torch.where(candidates.crowd[candidates.gt], share, iou)  # [Q]
    outside = _outside_ranges(candidates.area) | candidates.difficult  # [A, M]
    thresholds = torch.tensor(THRESHOLDS, dtype=torch.float64)[:, None]  # [T, 1]
    hit = torch.zeros(len(AREA_RANGES), len(THRESHOLDS), D, dtype=torch.bool)
    ignored = _outside_ranges(box_area(candidates.boxes))[:, None].repeat(1, len(THRESHOLDS), 1)
    taken = torch.zeros(len(AREA_RANGES), len(THRESHOLDS), M, dtype=torch.bool)
    for pairs in _group_by(candidates.rank[candidates.detection]):
        detection, gt = candidates.detection[pairs], candidates.gt[pairs]  # [q]
        free = overlap[pairs] >= thresholds  # [T, q]
        free = free & (~taken[:, :, gt] | candidates.crowd[gt])  # [A, T, q]
        best = _best_object(overlap[pairs], free, outside[:, None, gt], detection, gt)
        found = best >= 0  # [A, T, d]
        of_round = detection.unique_consecutive()  # [d]
        is_outside = outside[:, None].expand_as(taken).gather(2, best.clamp(min=0))
        hit[:, :, of_round] = found
        ignored[:, :, of_round] = torch.where(found, is_outside, ignored[:, :, of_round])
        area, threshold, _ = found.nonzero(as_tuple=True)
        taken[area, threshold, best[found]] = True
    return hit, ignored, outside


def _best_object(
    overlap: Tensor, free: Tensor, outside: Tensor, detection: Tensor, gt: Tensor
) -> Tensor:
    """The object of each detection, ``[A, T, d]``; -1 where none is free.

    Objects inside the range come before those outside of it; then the larger overlap
    counts, and of equal overlaps the last object, as in pycocotools.
    """
    _, place = detection.unique_consecutive(return_inverse=True)
    shape = (*free.shape[:2], int(place.max()) + 1)
    index = place.expand(free.shape)
    value = torch.where(free, overlap + 2.0 * ~outside, -1.0)  # [A, T, q]
    largest = value.new_full(shape, -1.0).scatter_reduce(2, index, value, "amax")
    is_best = free & (value == largest.gather(2, index))
    best = torch.where(is_best, gt, -1)
    return gt.new_full(shape, -1).scatter_reduce(2, index, best, "amax")


def _group_by(values: Tensor) -> list[Tensor]:
    """The indices of each value that occurs, by rising value."""
    if len(values) == 0:
        return []
    order = values.argsort(stable=True)
    counts = values.bincount()
    return list(order.split(counts[counts > 0].tolist()))


def _outside_ranges(area: Tensor) -> Tensor:
    """Whether an area is outside of each range of sizes, ``[A, N]``."""
    low, high = torch.tensor(list(AREA_RANGES.values()), dtype=torch.float64).unbind(1)
    return (area < low[:, None]) | (area > high[:, None])
