"""What is wrong with wrong detections: the kinds of errors, counted."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_number
from ssd_lib.boxes import box_area, box_iou
from ssd_lib.evaluate.inputs import GroundTruth, check_inputs
from ssd_lib.predict import Detections


class ErrorCounts(NamedTuple):
    """The number of detections of each kind, and of missed objects."""

    right: int
    wrong_class: int  # the box fits an object, but one of another class
    wrong_place: int  # of the class of its object, but the box fits badly
    both: int  # of another class, and the box fits badly
    double: int  # of an object that a better detection has found
    background: int  # on no object
    missed: int  # objects that no detection found, not even with one of these errors


class NamedErrors(NamedTuple):
    """What is right and what is wrong in one image."""

    kinds: list[str]  # of each detection a field of ErrorCounts; "" for one that is left out
    objects: list[int | None]  # that each detection is about; None for background
    missed: list[int]  # objects


def count_errors(
    detections: Sequence[Detections],
    ground_truth: Sequence[GroundTruth],
    score_threshold: float = 0.5,
    iou_threshold: float = 0.5,
    background_iou: float = 0.1,
) -> ErrorCounts:
    """Count the detections by kind of error, after TIDE.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` per image, by falling score.
        ground_truth: one per image. Difficult objects and crowds are left out, and so are
            detections that fit one, and those that find no object but have a share of at
            least ``iou_threshold`` inside a crowd of their class.
        score_threshold: detections with a smaller score are left out.
        iou_threshold: a box fits an object from this IoU on; above 0, at most 1.
        background_iou: a box with a smaller IoU, if it does not fit, is on no object; 0 to 1.

    Raises:
        ValueError: if the detections or the ground truth are malformed (the message says
            which, the index of the image, and what came), or a threshold is out of its
            range.

    References:
        Bolya et al. 2020, "TIDE: A General Toolbox for Identifying Object Detection
        Errors". There each kind is weighed by the average precision it costs; here they
        are counted.
    """
    check_inputs(detections, ground_truth)
    check_number("score_threshold", score_threshold, minimum=-math.inf)
    check_number("iou_threshold", iou_threshold, maximum=1, exclusive_minimum=True)
    check_number("background_iou", background_iou, maximum=1)
    near_iou = min(background_iou, iou_threshold)
    total: Counter[str] = Counter()
    for found, truth in zip(detections, ground_truth, strict=True):
        is_sure = found.scores >= score_threshold
        sure = Detections(*(part[is_sure] for part in found))
        named = _named(sure, truth, iou_threshold, near_iou)
        total += Counter({"missed": len(named.missed)}) + Counter(filter(None, named.kinds))
    return ErrorCounts(**{kind: total[kind] for kind in ErrorCounts._fields})


def name_errors(
    detections: Detections,
    ground_truth: GroundTruth,
    iou_threshold: float = 0.5,
    background_iou: float = 0.1,
) -> NamedErrors:
    """The kind of each detection of one image, and which objects are missed.

    Args:
        detections: by falling score.
        ground_truth: of the same image.
        iou_threshold: as for :func:`count_errors`.
        background_iou: as for :func:`count_errors`.

    Raises:
        ValueError: as :func:`count_errors`.

    Example:
        >>> boxes = torch.tensor([[10.0, 10, 50, 50], [60, 60, 90, 90]])
        >>> truth = GroundTruth(boxes, torch.tensor([1, 2]), torch.zeros(2, dtype=torch.bool))
        >>> found = Detections(boxes[[0, 0]] + 1, torch.tensor([0.9, 0.6]), torch.tensor([1, 1]))
        >>> name_errors(found, truth)
        NamedErrors(kinds=['right', 'double'], objects=[0, 0], missed=[1])
    """
    check_inputs([detections], [ground_truth])
    check_number("iou_threshold", iou_threshold, maximum=1, exclusive_minimum=True)
    check_number("background_iou", background_iou, maximum=1)
    return _named(detections, ground_truth, iou_threshold, min(background_iou, iou_threshold))


def _named(
    detections: Detections, truth: GroundTruth, fit_iou: float, near_iou: float
) -> NamedErrors:
    """The same, of what has been checked."""
    boxes, labels = detections.boxes.double(), detections.labels
    ious = box_iou(boxes, truth.boxes.double())  # [K, N]
    ignored, in_crowd = truth.difficult.bool(), [False] * len(labels)
    if truth.crowd is not None and truth.crowd.any():
        ignored = ignored | truth.crowd
        in_crowd = _lies_in_crowd(boxes, labels, truth, truth.crowd, fit_iou).tolist()
    noticed, taken = ignored.clone(), ignored.clone()  # [N]
    named = NamedErrors([], [], [])
    for label, iou, lies_in_crowd in zip(labels, ious, in_crowd, strict=True):
        kind, gt = _kind(iou, truth.labels == label, taken, fit_iou, near_iou)
        fits_ignored = gt is not None and ignored[gt] and iou[gt] >= fit_iou
        if fits_ignored or (lies_in_crowd and kind != "right"):
            kind, gt = "", None
        named.kinds.append(kind)
        named.objects.append(gt)
        if gt is not None:
            noticed[gt] = True
            taken[gt] |= kind == "right"
    named.missed.extend((~noticed).nonzero().flatten().tolist())
    return named


def _lies_in_crowd(
    boxes: Tensor, labels: Tensor, truth: GroundTruth, crowd: Tensor, share: float
) -> Tensor:
    """Whether at least a share of each box lies in a crowd of its class, ``[K]``."""
    crowd_boxes = truth.boxes[crowd].double()
    corner = torch.maximum(boxes[:, None, :2], crowd_boxes[:, :2])
    end = torch.minimum(boxes[:, None, 2:], crowd_boxes[:, 2:])
    inside = (end - corner).clamp(min=0).prod(dim=2)  # [K, crowds]
    enough = (inside > 0) & (inside >= share * box_area(boxes)[:, None])
    return (enough & (labels[:, None] == truth.labels[crowd])).any(dim=1)


def _kind(
    iou: Tensor, same_class: Tensor, taken: Tensor, fit_iou: float, near_iou: float
) -> tuple[str, int | None]:
    """A field of :class:`ErrorCounts`, and the index of the object it is about."""
    if len(iou) == 0 or iou.max() < near_iou:
        return "background", None
    own = torch.where(same_class, iou, -1.0)
    free = torch.where(taken, -1.0, own)
    if free.max() >= fit_iou:
        return "right", int(free.argmax())
    if own.max() >= fit_iou:
        return "double", int(own.argmax())
    if iou.max() >= fit_iou:
        return "wrong_class", int(iou.argmax())
    if own.max() >= near_iou:
        return "wrong_place", int(own.argmax())
    return "both", int(iou.argmax())
