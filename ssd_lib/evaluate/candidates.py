"""The detections and objects of all images, and the pairs of them that may match."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_area
from ssd_lib.evaluate.inputs import GroundTruth, check_inputs
from ssd_lib.predict import Detections


class Candidates(NamedTuple):
    """D detections, M objects, and the Q pairs that share an image and a class."""

    boxes: Tensor  # [D, 4], float64, by class and within a class by falling score
    scores: Tensor  # [D]
    labels: Tensor  # [D]
    rank: Tensor  # [D], among the detections of the same image and class; 0 is the best
    gt_boxes: Tensor  # [M, 4], float64, by class and within a class by image
    gt_labels: Tensor  # [M]
    difficult: Tensor  # [M], crowds included
    crowd: Tensor  # [M]; the difficult objects of an image that does not say
    area: Tensor  # [M], float64, square pixels
    detection: Tensor  # [Q], index into the detections, rising
    gt: Tensor  # [Q], index into the objects, rising for each detection

    def overlap(self, shift: float = 0.0) -> tuple[Tensor, Tensor]:
        """Intersection over union, and intersection over detection, of each pair.

        Args:
            shift: added to the right and bottom edges.

        Returns:
            Two tensors ``[Q]``; 0 where there is no area.
        """
        wider = torch.tensor([0.0, 0, shift, shift], dtype=torch.float64)
        boxes = (self.boxes + wider)[self.detection]  # [Q, 4]
        gt_boxes = (self.gt_boxes + wider)[self.gt]  # [Q, 4]
        corner = torch.maximum(boxes[:, :2], gt_boxes[:, :2])
        end = torch.minimum(boxes[:, 2:], gt_boxes[:, 2:])
        intersection = (end - corner).clamp(min=0).prod(dim=1)
        area = box_area(boxes)
        union = area + box_area(gt_boxes) - intersection
        tiny = torch.finfo(torch.float64).tiny
        return intersection / union.clamp(min=tiny), intersection / area.clamp(min=tiny)


def make_candidates(
    detections: Sequence[Detections],
    ground_truth: Sequence[GroundTruth],
    num_classes: int,
    max_per_class: int | None = None,
) -> Candidates:
    """Concatenate all images, and pair each detection with the objects it may match.

    Args:
        detections: one per image.
        ground_truth: one per image.
        num_classes: C, background included.
        max_per_class: how many detections of each image and class are kept, the best
            first; None keeps all.

    Raises:
        ValueError: as :func:`ssd_lib.evaluate.inputs.check_inputs`.
    """
    check_inputs(detections, ground_truth, num_classes)
    boxes, scores, labels, image = _concatenated(detections, "scores")
    order = scores.argsort(descending=True, stable=True)
    order = order[labels[order].argsort(stable=True)]
    key = labels[order] * len(detections) + image[order]  # of the image and class
    rank = _rank(key)
    if max_per_class is not None:
        order, key, rank = (x[rank < max_per_class] for x in (order, key, rank))

    gt_boxes, difficult, gt_labels, gt_image = _concatenated(ground_truth, "difficult")
    crowd = _optional(ground_truth, "crowd", difficult.bool())
    area = _optional(ground_truth, "area", box_area(gt_boxes.double()))
    gt_key = gt_labels * len(detections) + gt_image
    gt_order = gt_key.argsort(stable=True)
    return Candidates(
        boxes[order].double(),
        scores[order],
        labels[order],
        rank,
        gt_boxes[gt_order].double(),
        gt_labels[gt_order],
        (difficult.bool() | crowd)[gt_order],
        crowd[gt_order],
        area[gt_order],
        *_pairs(key, gt_key[gt_order]),
    )


def _pairs(key: Tensor, gt_key: Tensor) -> tuple[Tensor, Tensor]:
    """Detection and object of each pair with equal keys, ``[Q]``; ``gt_key`` rises."""
    first = torch.searchsorted(gt_key, key)
    count = torch.searchsorted(gt_key, key, right=True) - first
    detection = torch.arange(len(key)).repeat_interleave(count)  # [Q]
    before = count.cumsum(0) - count  # pairs of earlier detections
    gt = first[detection] + torch.arange(len(detection)) - before[detection]
    return detection, gt


def _concatenated(
    images: Sequence[Detections] | Sequence[GroundTruth], field: str
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes, the values of a field, labels, and the index of the image."""
    if not images:
        none = torch.zeros(0, dtype=torch.int64)
        return torch.zeros(0, 4), torch.zeros(0), none, none
    boxes = torch.cat([image.boxes for image in images]).cpu()
    values = torch.cat([getattr(image, field) for image in images]).cpu()
    labels = torch.cat([image.labels for image in images]).cpu().long()
    counts = torch.tensor([len(image.labels) for image in images])
    return boxes, values, labels, torch.arange(len(images)).repeat_interleave(counts)


def _optional(ground_truth: Sequence[GroundTruth], field: str, default: Tensor) -> Tensor:
    """An optional field of all objects, the default's values where it is missing."""
    values = [getattr(image, field) for image in ground_truth]
    if all(value is None for value in values):
        return default
    rows = default.split([len(image.labels) for image in ground_truth])
    pairs = zip(rows, values, strict=True)
    return torch.cat([row if value is None else value.cpu() for row, value in pairs]).to(default)


def _rank(key: Tensor) -> Tensor:
    """How many earlier entries have the same key, ``[D]``."""
    by_key = key.argsort(stable=True)
    ordered = key[by_key]
    rank = torch.empty_like(key)
    rank[by_key] = torch.arange(len(key)) - torch.searchsorted(ordered, ordered)
    return rank
