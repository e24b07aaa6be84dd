"""Mean average precision by Pascal VOC's rules."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_number
from ssd_lib.evaluate.curve import average_precision, check_metric, precision_recall
from ssd_lib.evaluate.inputs import GroundTruth
from ssd_lib.evaluate.candidates import Lists, make_lists


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
        iou_threshold: an IoU equal to it is enough; above 0, at most 1.
        metric: as for :func:`average_precision`.
        plus_one: VOC's own code and Caffe's take a box from 3 to 5 as 3 pixels wide;
            True does so, too.

    Raises:
        ValueError: if the lists make no sense (it names the list, the index of the
            image and what came), or another argument is out of its range.

    References:
        Everingham et al. 2010, "The PASCAL Visual Object Classes (VOC) Challenge",
        section 4; Caffe's ``detection_evaluate_layer.cpp``.
    """
    check_number("iou_threshold", iou_threshold, maximum=1, exclusive_minimum=True)
    check_metric(metric)
    lists = make_lists(detections, ground_truth, num_classes)
    is_true, counts = _judge(lists, iou_threshold, plus_one)
    by_class, num_objects = [], []
    for label in range(1, num_classes):
        objects = int(((lists.gt_labels == label) & ~lists.difficult).sum())
        own = counts & (lists.labels == label)
        curve = precision_recall(is_true[own], objects)
        area = average_precision(curve.recall, curve.precision, metric)
        by_class.append(area if objects else float("nan"))
        num_objects.append(objects)
    values = [value for value in by_class if value == value]
    mean = sum(values) / len(values) if values else float("nan")
    return MeanAP(mean, by_class, num_objects)


def _judge(lists: Lists, iou_threshold: float, plus_one: bool) -> tuple[Tensor, Tensor]:
    """Whether each detection is right, ``[D]``, and whether it counts at all, ``[D]``.

    What belongs to a difficult object does not.
    """
    iou, _ = lists.overlap(float(plus_one))
    D, M = len(lists.boxes), len(lists.gt_boxes)
    most = iou.new_zeros(D).scatter_reduce(0, lists.detection, iou, "amax")
    # Of equal IoUs the first object; M is "none is near".
    best = torch.where((iou == most[lists.detection]) & (iou >= iou_threshold), lists.gt, M)
    own = torch.full((D,), M).scatter_reduce(0, lists.detection, best, "amin")
    near = own < M
    # Detections come by falling score, so the first on an object is the best.
    index = torch.arange(D)
    first = torch.full((M + 1,), D).scatter_reduce(0, own, index, "amin")
    difficult = torch.cat([lists.difficult, lists.difficult.new_zeros(1)])[own]
    is_true = near & ~difficult & (first[own] == index)
    return is_true, ~(near & difficult)
