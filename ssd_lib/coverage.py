"""Coverage: which objects a layout's default boxes can reach at all.

An object that meets no default box above the matching threshold is learnt, if at
all, from one forced match. So before training on data of one's own it is worth
asking how many such objects there are, and how large they are.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.default_boxes import DefaultBoxLayout, default_boxes

AT_ONCE = 256  # objects; with 24564 default boxes that is a table of 25 MB


class Coverage(NamedTuple):
    """What the default boxes can do for each of N objects."""

    best_iou: Tensor  # [N], float: IoU with the best default box
    best_map: Tensor  # [N], int64: index of the feature map it is on
    num_reaching: Tensor  # [N, maps], int64: default boxes at or above the threshold


def coverage(
    gt_boxes: Tensor, layout: DefaultBoxLayout, iou_threshold: float = 0.5
) -> Coverage:
    """How well the default boxes of a layout fit each object.

    Args:
        gt_boxes: ``[N, 4]``, xyxy in fractions of the picture.
        layout: whose default boxes.
        iou_threshold: a default box reaches an object if IoU >= this.

    Returns:
        A :class:`Coverage`. Of several equally good boxes the first counts. An
        object without area has best IoU 0 on map 0.

    Raises:
        ValueError: if ``gt_boxes`` is not ``[*, 4]`` or its dtype is no float.

    Example:
        >>> from ssd_lib.default_boxes import SSD300_VOC
        >>> small = torch.tensor([[0.5, 0.5, 0.56, 0.56]])  # 18 x 18 pixels of 300
        >>> coverage(small, SSD300_VOC).num_reaching
        tensor([[0, 0, 0, 0, 0, 0]])
    """
    corners = cxcywh_to_xyxy(default_boxes(layout)).to(gt_boxes)  # [P, 4]
    counts = [row.num_boxes for row in layout.maps]
    ends = torch.tensor(counts).cumsum(0)
    best_iou, best_map, reaching = [], [], []
    for some in gt_boxes.split(AT_ONCE):
        ious = box_iou(some, corners)  # [n, P]
        best = ious.max(dim=1)
        best_iou.append(best.values)
        best_map.append(torch.searchsorted(ends, best.indices.cpu(), right=True))
        hits = (ious >= iou_threshold).split(counts, dim=1)  # one [n, p] a map
        reaching.append(torch.stack([hit.sum(dim=1) for hit in hits], dim=1))
    return Coverage(torch.cat(best_iou), torch.cat(best_map), torch.cat(reaching))
