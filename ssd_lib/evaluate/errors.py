"""What is wrong with wrong detections: the kinds of errors, counted."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_number
from ssd_lib.boxes import box_area, box_iou
from ssd_lib.evaluate.inputs import GroundTruth, check


class ErrorCounts(NamedTuple):
    """Detections and objects by what happened to them."""

    right: int  # detections
    wrong_class: int  # on an object, but of another class
    wrong_place: int  # of the right class, but the box fits badly
    both: int  # of another class, and the box fits badly
    double: int  # on an object that a better detection has found
    background: int  # on nothing
    missed: int  # objects that no detection found, not even with one of these errors


def count_errors(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    score_threshold: float = 0.5,
    iou_threshold: float = 0.5,
    background_iou: float = 0.1,
) -> ErrorCounts:
    """Each detection's error, after TIDE's kinds.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` a picture, by falling score.
        ground_truth: one a picture. Difficult objects and crowds are left out, and so
            are detections that fit one, and those that find no object and lie in a
            crowd of their class with a share of ``iou_threshold``.
        score_threshold: detections with a smaller score are not looked at.
        iou_threshold: at which a box fits; above 0, at most 1.
        background_iou: below which it lies on nothing, unless it fits; 0 to 1.

    Raises:
        ValueError: if the lists make no sense (it names the list, the index of the
            image and what came), or a threshold is out of its range.

    References:
        Bolya et al. 2020, "TIDE: A General Toolbox for Identifying Object Detection
        Errors". There each kind is weighed by the average precision it costs; here
        they are counted.
    """
    check(detections, ground_truth)
    check_number("score_threshold", score_threshold, minimum=-math.inf)
    check_number("iou_threshold", iou_threshold, maximum=1, exclusive_minimum=True)
    check_number("background_iou", background_iou, maximum=1)
    touches = min(background_iou, iou_threshold)
    total = torch.zeros(len(ErrorCounts._fields), dtype=torch.int64)
    for found, truth in zip(detections, ground_truth, strict=True):
        sure = found.scores >= score_threshold
        boxes, labels = found.boxes[sure].double(), found.labels[sure]
        total += _of_picture(boxes, labels, truth, iou_threshold, touches)
    return ErrorCounts(*total.tolist())


def _of_picture(
    boxes: Tensor, labels: Tensor, truth: GroundTruth, fits: float, touches: float
) -> Tensor:
    """Counts in the order of :class:`ErrorCounts`."""
    counts = torch.zeros(len(ErrorCounts._fields), dtype=torch.int64)
    ious = box_iou(boxes, truth.boxes.double())  # [K, N]
    difficult = truth.difficult.bool()
    in_crowd = [False] * len(labels)
    if truth.crowd is not None and truth.crowd.any():
        difficult = difficult | truth.crowd
        in_crowd = _lies_in_crowd(boxes, labels, truth, fits).tolist()
    noticed, taken = difficult.clone(), difficult.clone()  # [N]
    for label, iou, left_out in zip(labels, ious, in_crowd, strict=True):
        kind, gt = _kind(iou, truth.labels == label, taken, fits, touches)
        on_difficult = gt is not None and difficult[gt] and iou[gt] >= fits
        if on_difficult or (left_out and kind != 0):
            continue
        counts[kind] += 1
        if gt is not None:
            noticed[gt] = True
            taken[gt] |= kind == 0
    counts[6] = (~noticed).sum()
    return counts


def _lies_in_crowd(boxes: Tensor, labels: Tensor, truth: GroundTruth, share: float) -> Tensor:
    """Whether that share of a box lies in a crowd of its class, ``[K]``."""
    regions = truth.boxes[truth.crowd].double()
    corner = torch.maximum(boxes[:, None, :2], regions[:, :2])
    end = torch.minimum(boxes[:, None, 2:], regions[:, 2:])
    inside = (end - corner).clamp(min=0).prod(dim=2)  # [K, crowds]
    enough = (inside > 0) & (inside >= share * box_area(boxes)[:, None])
    return (enough & (labels[:, None] == truth.labels[truth.crowd])).any(dim=1)


def _kind(
    iou: Tensor, same: Tensor, taken: Tensor, fits: float, touches: float
) -> tuple[int, int | None]:
    """An index into :class:`ErrorCounts`, and the object it is about."""
    if len(iou) == 0 or iou.max() < touches:
        return 5, None
    own = torch.where(same, iou, -1.0)
    free = torch.where(taken, -1.0, own)
    if free.max() >= fits:
        return 0, int(free.argmax())
    if own.max() >= fits:
        return 4, int(own.argmax())
    if iou.max() >= fits:
        return 1, int(iou.argmax())
    if own.max() >= touches:
        return 2, int(own.argmax())
    return 3, int(iou.argmax())
