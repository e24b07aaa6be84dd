"""Average precision by COCO's rules, equal to pycocotools' numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_count
from ssd_lib.boxes import box_area
from ssd_lib.evaluate.curve import average_precision, precision_recall
from ssd_lib.evaluate.inputs import GroundTruth
from ssd_lib.evaluate.candidates import Lists, make_lists

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
    range. The size of an object is its ``area``, where that is given, and else that of
    its box; the size of a detection is that of its box. Both limits of a range belong
    to it.

    Any number of detections may lie on a crowd, and the overlap is the share of the
    detection that does. Where ``crowd`` is given, an object that is difficult but no
    crowd is taken like one outside of the range, which is how pycocotools matches
    objects to ignore (it overwrites ``ignore`` by ``iscrowd`` before); where it is
    not, the difficult objects are the crowds.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` a picture, in pixels.
        ground_truth: one a picture.
        num_classes: C, background included.
        max_detections: of each picture and class, the best.

    Raises:
        ValueError: if the lists make no sense (it names the list, the index of the
            image and what came), or another argument is out of its range.

    References:
        Lin et al. 2014, "Microsoft COCO: Common Objects in Context"; pycocotools.
    """
    check_count("max_detections", max_detections)
    lists = make_lists(detections, ground_truth, num_classes, max_detections)
    hit, ignored, outside = _match(lists)
    tables = [  # [C - 1, A, T]
        _of_class(
            hit[:, :, lists.labels == label],
            ignored[:, :, lists.labels == label],
            (~outside[:, lists.gt_labels == label]).sum(dim=1).tolist(),
        )
        for label in range(1, num_classes)
    ]
    values = torch.tensor(tables, dtype=torch.float64)
    values = values.reshape(-1, len(AREAS), len(THRESHOLDS))
    everything, *by_size = values.unbind(1)  # [C - 1, T] each
    means = [everything, everything[:, 0], everything[:, 5], *by_size]
    return CocoAP(*(mean.nanmean().item() for mean in means))


def _of_class(hit: Tensor, ignored: Tensor, objects: list[int]) -> list[list[float]]:
    """Average precision of a class, ``[A, T]``; NaN where there is no object."""
    return [
        [_average_precision(h[~i], count) for h, i in zip(*of_area, strict=True)]
        for *of_area, count in zip(hit, ignored, objects, strict=True)
    ]


def _average_precision(is_true_positive: Tensor, num_objects: int) -> float:
    if num_objects == 0:
        return float("nan")
    precision, recall = precision_recall(is_true_positive, num_objects)
    return average_precision(recall, precision, "coco")


def _match(lists: Lists) -> tuple[Tensor, Tensor, Tensor]:
    """What each detection hits, ``[A, T, D]``, and what is ignored.

    Also which objects are not asked for, ``[A, M]``. In all pictures the best detection
    chooses first, then the second best: so there are as many rounds as one picture has
    detections of one class.
    """
    D, M = len(lists.boxes), len(lists.gt_boxes)
    iou, share = lists.overlap()
    overlap = torch.where(lists.crowd[lists.gt], share, iou)  # [Q]
    outside = _outside(lists.area) | lists.difficult  # [A, M]
    thresholds = torch.tensor(THRESHOLDS, dtype=torch.float64)[:, None]  # [T, 1]
    hit = torch.zeros(len(AREAS), len(THRESHOLDS), D, dtype=torch.bool)
    ignored = _outside(box_area(lists.boxes))[:, None].repeat(1, len(THRESHOLDS), 1)
    taken = torch.zeros(len(AREAS), len(THRESHOLDS), M, dtype=torch.bool)
    rounds = lists.rank[lists.detection]  # [Q]
    for pairs in _by_value(rounds):
        detection, gt = lists.detection[pairs], lists.gt[pairs]  # [q]
        free = overlap[pairs] >= thresholds  # [T, q]
        free = free & (~taken[:, :, gt] | lists.crowd[gt])  # [A, T, q]
        best = _best(overlap[pairs], free, outside[:, None, gt], detection, gt)
        found = best >= 0  # [A, T, d]
        ones = detection.unique_consecutive()  # [d]
        leave = outside[:, None].expand_as(taken).gather(2, best.clamp(min=0))
        hit[:, :, ones] = found
        ignored[:, :, ones] = torch.where(found, leave, ignored[:, :, ones])
        area, threshold, _ = found.nonzero(as_tuple=True)
        taken[area, threshold, best[found]] = True
    return hit, ignored, outside


def _best(overlap: Tensor, free: Tensor, outside: Tensor, detection: Tensor, gt: Tensor) -> Tensor:
    """The object of each detection, ``[A, T, d]``; -1 where none is free.

    One that is asked for comes before one that is not; then the larger overlap counts,
    and of equal overlaps the last object, as pycocotools has it.
    """
    _, place = detection.unique_consecutive(return_inverse=True)
    shape = (*free.shape[:2], int(place.max()) + 1)
    index = place.expand(free.shape)
    value = torch.where(free, overlap + 2.0 * ~outside, -1.0)  # [A, T, q]
    most = value.new_full(shape, -1.0).scatter_reduce(2, index, value, "amax")
    is_best = free & (value == most.gather(2, index))
    chosen = torch.where(is_best, gt, -1)
    return gt.new_full(shape, -1).scatter_reduce(2, index, chosen, "amax")


def _by_value(values: Tensor) -> list[Tensor]:
    """The indices of each value that occurs, the values rising."""
    if len(values) == 0:
        return []
    order = values.argsort(stable=True)
    counts = values.bincount()
    return list(order.split(counts[counts > 0].tolist()))


def _outside(area: Tensor) -> Tensor:
    """Whether an area is outside of each range of sizes, ``[A, N]``."""
    low, high = torch.tensor(list(AREAS.values()), dtype=torch.float64).unbind(1)
    return (area < low[:, None]) | (area > high[:, None])
