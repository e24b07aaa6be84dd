"""All detections and objects of many pictures on two lists, and who may meet whom."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_area
from ssd_lib.evaluate.inputs import GroundTruth, check


class Lists(NamedTuple):
    """D detections and M objects; Q pairs, each of one picture and one class."""

    boxes: Tensor  # [D, 4], float64; class by class, in a class by falling score
    scores: Tensor  # [D]
    labels: Tensor  # [D]
    rank: Tensor  # [D], among those of its picture and class; 0 is the best
    gt_boxes: Tensor  # [M, 4], float64; class by class, in a class picture by picture
    gt_labels: Tensor  # [M]
    difficult: Tensor  # [M], crowds included
    crowd: Tensor  # [M]; of an image that does not say, the difficult ones
    area: Tensor  # [M], float64, square pixels
    detection: Tensor  # [Q], index into the detections, rising
    gt: Tensor  # [Q], index into the objects, rising for each detection

    def overlap(self, shift: float = 0.0) -> tuple[Tensor, Tensor]:
        """Intersection over union of each pair, and over the detection, ``[Q]``.

        Args:
            shift: is added to right and bottom edges.
        """
        wider = torch.tensor([0.0, 0, shift, shift], dtype=torch.float64)
        found = (self.boxes + wider)[self.detection]
        there = (self.gt_boxes + wider)[self.gt]
        corner = torch.maximum(found[:, :2], there[:, :2])
        end = torch.minimum(found[:, 2:], there[:, 2:])
        shared = (end - corner).clamp(min=0).prod(dim=1)
        own = box_area(found)
        union = own + box_area(there) - shared
        smallest = torch.finfo(torch.float64).tiny  # 0 where there is no area
        return shared / union.clamp(min=smallest), shared / own.clamp(min=smallest)


def make_lists(
    detections: Sequence,
    ground_truth: Sequence[GroundTruth],
    num_classes: int,
    most: int | None = None,
) -> Lists:
    """Join all pictures, and pair each detection with the objects it may have found.

    Args:
        detections: one a picture.
        ground_truth: one a picture.
        num_classes: C, background included.
        most: how many of each picture and class, the best, are kept; None is all.

    Raises:
        ValueError: as :func:`ssd_lib.evaluate.inputs.check`.
    """
    check(detections, ground_truth, num_classes)
    boxes, scores, labels, picture = _joined(detections, "scores")
    order = scores.argsort(descending=True, stable=True)
    order = order[labels[order].argsort(stable=True)]
    key = labels[order] * len(detections) + picture[order]  # its picture and class
    rank = _rank(key)
    if most is not None:
        order, key, rank = (x[rank < most] for x in (order, key, rank))

    gt_boxes, difficult, gt_labels, gt_picture = _joined(ground_truth, "difficult")
    crowd = _given(ground_truth, "crowd", difficult.bool())
    area = _given(ground_truth, "area", box_area(gt_boxes.double()))
    gt_key = gt_labels * len(detections) + gt_picture
    gt_order = gt_key.argsort(stable=True)
    return Lists(
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
    """Detection and object of each pair of one key, ``[Q]``; ``gt_key`` rises."""
    first = torch.searchsorted(gt_key, key)
    count = torch.searchsorted(gt_key, key, right=True) - first
    detection = torch.arange(len(key)).repeat_interleave(count)  # [Q]
    before = count.cumsum(0) - count  # pairs of earlier detections
    gt = first[detection] + torch.arange(len(detection)) - before[detection]
    return detection, gt


def _joined(pictures: Sequence, name: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes, the field of that name, labels, and the index of the picture."""
    if not pictures:
        none = torch.zeros(0, dtype=torch.int64)
        return torch.zeros(0, 4), torch.zeros(0), none, none
    boxes = torch.cat([one.boxes for one in pictures]).cpu()
    field = torch.cat([getattr(one, name) for one in pictures]).cpu()
    labels = torch.cat([one.labels for one in pictures]).cpu().long()
    counts = torch.tensor([len(one.labels) for one in pictures])
    return boxes, field, labels, torch.arange(len(pictures)).repeat_interleave(counts)


def _given(ground_truth: Sequence[GroundTruth], name: str, default: Tensor) -> Tensor:
    """An optional field of all objects, the default's values where there is none."""
    values = [getattr(one, name) for one in ground_truth]
    if all(value is None for value in values):
        return default
    rows = default.split([len(one.labels) for one in ground_truth])
    pairs = zip(rows, values, strict=True)
    joined = [row if value is None else value.cpu() for row, value in pairs]
    return torch.cat(joined).to(default)


def _rank(key: Tensor) -> Tensor:
    """How many earlier entries have the same key, ``[D]``."""
    by_key = key.argsort(stable=True)
    found = key[by_key]
    rank = torch.empty_like(key)
    rank[by_key] = torch.arange(len(key)) - torch.searchsorted(found, found)
    return rank
