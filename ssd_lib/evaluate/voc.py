"""Mean average precision by Pascal VOC's rules."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.arguments import check_number
from ssd_lib.evaluate.candidates import Candidates, make_candidates
from ssd_lib.evaluate.curve import average_precision, check_metric, precision_recall
from ssd_lib.evaluate.inputs import GroundTruth
from ssd_lib.predict import Detections


class MeanAP(NamedTuple):
    """Average precision of each class, and its mean."""

    mean: float  # over the classes that have objects
    by_class: list[float]  # C - 1 numbers; NaN for a class without objects
    num_objects: list[int]  # C - 1 numbers; difficult objects are not counted


def mean_average_precision(
    detections: Sequence[Detections],
    ground_truth: Sequence[GroundTruth],
    num_classes: int,
    iou_threshold: float = 0.5,
    metric: str = "voc07",
    plus_one: bool = False,
) -> MeanAP:
    """Mean average precision of the detections in a set of images.

    Within each class, by falling score, a detection is matched to the object that it
    overlaps most. It is a true positive if their IoU is at least ``iou_threshold`` and no
    detection of a higher score has that object; a second one is a false positive. A
    detection of a difficult object counts as neither.

    Args:
        detections: one :class:`ssd_lib.predict.Detections` per image, in pixels.
        ground_truth: one per image.
        num_classes: C, background included.
        iou_threshold: above 0, at most 1; an IoU equal to it is enough.
        metric: as for :func:`average_precision`.
        plus_one: whether a box from 3 to 5 is 3 pixels wide, as in VOC's own code and in
            Caffe's, instead of 2.

    Raises:
        ValueError: if the detections or the ground truth are malformed (the message says
            which, the index of the image, and what came), or another argument is out of
            its range.

    References:
        Everingham et al. 2010, "The PASCAL Visual Object Classes (VOC) Challenge",
        section 4; Caffe's ``detection_evaluate_layer.cpp``.
    """
    check_number("iou_threshold", iou_threshold, maximum=1, exclusive_minimum=True)
    check_metric(metric)
    candidates = make_candidates(detections, ground_truth, num_classes)
    is_true_positive, is_counted = _true_positives(candidates, iou_threshold, plus_one)
    by_class, num_objects = [], []
    for label in range(1, num_classes):
        objects = int(((candidates.gt_labels == label) & ~candidates.difficult).sum())
        of_class = is_counted & (candidates.labels == label)
        curve = precision_recall(is_true_positive[of_class], objects)
        area = average_precision(curve.recall, curve.precision, metric)
        by_class.append(area if objects else float("nan"))
        num_objects.append(objects)
    values = [value for value in by_class if value == value]
    mean = sum(values) / len(values) if values else float("nan")
    return MeanAP(mean, by_class, num_objects)


def _true_positives(
    candidates: Candidates, iou_threshold: float, plus_one: bool
) -> tuple[Tensor, Tensor]:
    """Whether each detection is a true positive, ``[D]``, and whether it counts, ``[D]``."""
    iou, _ = candidates.overlap(float(plus_one))
    detection, gt = candidates.detection, candidates.gt
    D, M = len(candidates.boxes), len(candidates.gt_boxes)
    best_iou = iou.new_zeros(D).scatter_reduce(0, detection, iou, "amax")
    # Of equal IoUs the first object; M stands for no object.
    matched = torch.where((iou == best_iou[detection]) & (iou >= iou_threshold), gt, M)
    matched = torch.full((D,), M).scatter_reduce(0, detection, matched, "amin")
    is_matched = matched < M
    # Detections come by falling score, so the first one of an object is the best.
    index = torch.arange(D)
    first = torch.full((M + 1,), D).scatter_reduce(0, matched, index, "amin")
    difficult = torch.cat([candidates.difficult, candidates.difficult.new_zeros(1)])[matched]
    is_true_positive = is_matched & ~difficult & (first[matched] == index)
    return is_true_positive, ~(is_matched & difficult)
