"""Mean average precision by Pascal VOC's rules."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_iou
from ssd_lib.evaluate.curve import (
    GroundTruth,
    average_precision,
    check,
    precision_recall,
)


class MeanAP(NamedTuple):
    """Average precision by class, and its mean."""

    mean: float  # over the classes that have objects
    by_class: list[float]  # C - 1 numbers; NaN for a class without objects
    num_objects: list[int]  # C - 1 numbers, difficult ones not counted


def mean_average_precision(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    num_classes: int,
    iou_threshold: float = 0.5,
    metric: str = "voc07",
    plus_one: bool = False,
) -> MeanAP:
    """How good the detections of many pictures are.

    Of each class, by falling score: a detection belongs to the object that it overlaps
    most. It is right if the IoU is at least ``iou_threshold`` and no better detection
    has that object; a second one is wrong. If the object is difficult, the detection
    counts neither way.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` a picture, in pixels.
        ground_truth: one a picture.
        num_classes: C, background included.
        iou_threshold: an IoU equal to it is enough.
        metric: as for :func:`average_precision`.
        plus_one: VOC's own code and Caffe's take a box from 3 to 5 as 3 pixels wide;
            True does so, too.

    Raises:
        ValueError: if the lists do not fit, or a score is NaN (it names the picture).

    References:
        Everingham et al. 2010, "The PASCAL Visual Object Classes (VOC) Challenge",
        section 4; Caffe's ``detection_evaluate_layer.cpp``.
    """
    check(detections, ground_truth)
    by_class, num_objects = [], []
    for label in range(1, num_classes):
        is_true, scores = _judge(
            detections, ground_truth, label, iou_threshold, plus_one
        )
        objects = sum(
            int(((truth.labels == label) & ~truth.difficult).sum())
            for truth in ground_truth
        )
        order = scores.argsort(descending=True, stable=True)
        curve = precision_recall(is_true[order], objects)
        by_class.append(average_precision(*curve, metric) if objects else float("nan"))
        num_objects.append(objects)
    values = [value for value in by_class if value == value]
    mean = sum(values) / len(values) if values else float("nan")
    return MeanAP(mean, by_class, num_objects)


def _judge(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    label: int,
    iou_threshold: float,
    plus_one: bool,
) -> tuple[Tensor, Tensor]:
    """Whether each detection of a class is right, and its score, of all pictures.

    What belongs to a difficult object is left out. An object is never shared between
    pictures, so each picture can be judged alone.
    """
    is_true, scores = [torch.zeros(0, dtype=torch.bool)], [torch.zeros(0)]
    for found, truth in zip(detections, ground_truth, strict=True):
        mine, wanted = found.labels == label, truth.labels == label
        boxes, objects = found.boxes[mine].double(), truth.boxes[wanted].double()
        order = found.scores[mine].argsort(descending=True, stable=True)
        boxes, own_scores = boxes[order], found.scores[mine][order]
        if len(objects) == 0:
            right = torch.zeros(len(boxes), dtype=torch.bool)
            counts = ~right
        else:
            wider = torch.tensor([0.0, 0, 1, 1], dtype=torch.float64) * plus_one
            iou, best = box_iou(boxes + wider, objects + wider).max(dim=1)  # [K]
            near, difficult = iou >= iou_threshold, truth.difficult[wanted][best]
            right = near & ~difficult & _first_of_its_kind(best, near)
            counts = ~(near & difficult)
        is_true.append(right[counts].cpu())
        scores.append(own_scores[counts].float().cpu())
    return torch.cat(is_true), torch.cat(scores)


def _first_of_its_kind(values: Tensor, usable: Tensor) -> Tensor:
    """Whether no usable earlier entry has the same value, ``[K]``."""
    same = (values[:, None] == values) & usable  # [K, K]
    return ~(same & torch.ones_like(same).tril(-1)).any(dim=1)
