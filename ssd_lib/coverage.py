"""Coverage: which objects a layout's default boxes can reach at all.

An object that meets no default box above the matching threshold is learnt, if at
all, from one forced match. So before training on data of one's own it is worth
asking how many such objects there are, and how large they are.
"""

import itertools
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.default_boxes import DefaultBoxLayout, FeatureMap, default_boxes

AT_ONCE = 256  # objects; with 24564 default boxes that is a table of 25 MB


class Coverage(NamedTuple):
    """What the default boxes can do for each of N objects."""

    best_iou: Tensor  # [N], float: IoU with the best default box
    best_map: Tensor  # [N], int64: index of the feature map it is on
    num_reaching: Tensor  # [N, maps], int64: default boxes at or above the threshold

    @property
    def share(self) -> float:
        """The share of objects that a default box reaches; 0 if there is no object."""
        if len(self.best_iou) == 0:
            return 0.0
        return (self.num_reaching.sum(dim=1) > 0).float().mean().item()

    def in_words(self, iou_threshold: float = 0.5) -> str:
        """The share and the median of the best IoUs, in a sentence.

        Args:
            iou_threshold: that :func:`coverage` was called with.
        """
        count = len(self.best_iou)
        if count == 0:
            return "no object in the images that were looked at"
        return (
            f"{self.share:.1%} of {count} objects meet a default box at IoU {iou_threshold}; "
            f"the median best IoU is {self.best_iou.median():.2f}"
        )


def coverage(gt_boxes: Tensor, layout: DefaultBoxLayout, iou_threshold: float = 0.5) -> Coverage:
    """How well the default boxes of a layout fit each object.

    Args:
        gt_boxes: ``[N, 4]``, xyxy in fractions of the image.
        layout: whose default boxes.
        iou_threshold: a default box reaches an object if IoU >= this.

    Returns:
        A :class:`Coverage`. Of several equally good boxes the first counts. An
        object without area has best IoU 0 on map 0.

    Raises:
        ValueError: if ``gt_boxes`` is not ``[*, 4]`` or not floating-point.

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
        hits = (ious >= iou_threshold).split(counts, dim=1)  # one [n, p] per map
        reaching.append(torch.stack([hit.sum(dim=1) for hit in hits], dim=1))
    return Coverage(torch.cat(best_iou), torch.cat(best_map), torch.cat(reaching))


def fit_layout(
    gt_boxes: Tensor, layout: DefaultBoxLayout, max_objects: int = 1000
) -> DefaultBoxLayout:
    """A layout of the same grids and ratios whose sizes reach as many objects as can be.

    The sizes rise evenly, in proportion, from a smallest to a largest one; many pairs
    of these two are tried. So a network can be trained with it as it is.

    Args:
        gt_boxes: ``[N, 4]``, xyxy in fractions.
        layout: whose grids and ratios.
        max_objects: how many are looked at, evenly spaced.

    Returns:
        The layout with the largest share of objects at IoU 0.5 or more; of equal ones
        that with the larger mean of the best IoUs. ``layout`` itself without objects.
    """
    if len(gt_boxes) == 0:
        return layout
    step = -(-len(gt_boxes) // max_objects)
    tried = [
        _with_sizes(layout, smallest, largest)
        for smallest, largest in itertools.product(
            (0.02, 0.03, 0.04, 0.055, 0.075, 0.1, 0.14), (0.3, 0.45, 0.6, 0.75, 0.9)
        )
    ]

    def quality(candidate: DefaultBoxLayout) -> tuple[float, float]:
        found = coverage(gt_boxes[::step], candidate)
        return found.share, found.best_iou.mean().item()

    return max([layout, *tried], key=quality)


def choose_layout(
    gt_boxes: Tensor, layout: DefaultBoxLayout, enough: float = 0.95
) -> DefaultBoxLayout:
    """The layout itself if it reaches enough objects, else a fitted one that reaches more.

    Args:
        gt_boxes: ``[N, 4]``, xyxy in fractions.
        layout: the default layout of a network.
        enough: share of the objects, at IoU 0.5, from which on ``layout`` is kept.

    Returns:
        ``layout``, or what :func:`fit_layout` makes of it if that reaches a larger share.

    Example:
        >>> from ssd_lib.default_boxes import SSD300_VOC
        >>> small = torch.tensor([[0.5, 0.5, 0.56, 0.56]])  # 18 x 18 pixels of 300
        >>> chosen = choose_layout(small, SSD300_VOC)
        >>> coverage(small, SSD300_VOC).share, coverage(small, chosen).share
        (0.0, 1.0)
    """
    share = coverage(gt_boxes, layout).share
    if share >= enough or len(gt_boxes) == 0:
        return layout
    fitted = fit_layout(gt_boxes, layout)
    return fitted if coverage(gt_boxes, fitted).share > share else layout


def _with_sizes(layout: DefaultBoxLayout, smallest: float, largest: float) -> DefaultBoxLayout:
    """The same maps, with sizes in proportion; the last extra box is one step larger."""
    count = len(layout.maps)
    growth = (largest / smallest) ** (1 / max(count - 1, 1))
    sizes = [smallest * growth**k * layout.image_px for k in range(count + 1)]
    maps: list[FeatureMap] = [
        replace(row, min_size_px=low, max_size_px=None if row.max_size_px is None else high)
        for row, low, high in zip(layout.maps, sizes, sizes[1:], strict=False)
    ]
    return replace(layout, maps=tuple(maps))
