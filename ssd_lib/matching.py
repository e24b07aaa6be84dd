"""Matching: which default box is to find which object."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ssd_lib.arguments import check_count, check_number
from ssd_lib.boxes import box_iou

SMALLEST_IOU = 1e-6  # Caffe's: what overlaps less does not meet at all


def match(gt_boxes: Tensor, default_boxes_xyxy: Tensor, iou_threshold: float = 0.5) -> Tensor:
    """The object of each default box, by the rules of :func:`match_ious`.

    Args:
        gt_boxes: ``[N, 4]`` in xyxy; N may be 0.
        default_boxes_xyxy: ``[P, 4]`` in xyxy, same unit.
        iou_threshold: above 0, at most 1.

    Returns:
        ``[P]``, int64: an index into ``gt_boxes``, or -1.

    Example:
        >>> boxes = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]])
        >>> match(torch.tensor([[0.0, 0.0, 0.4, 1.0]]), boxes)
        tensor([ 0, -1])
    """
    return match_ious(box_iou(gt_boxes, default_boxes_xyxy), iou_threshold)


def match_ious(ious: Tensor, iou_threshold: float = 0.5) -> Tensor:
    """The object of each default box: as the only one it has, or by the threshold.

    First every object gets one default box (:func:`bipartite`). Then every other
    default box takes the object it overlaps most, if the IoU is at least
    ``iou_threshold``; of equal ones the first.

    Args:
        ious: ``[N, P]``, of every object with every default box.
        iou_threshold: above 0, at most 1; an IoU equal to it is enough.

    Returns:
        ``[P]``, int64: the object, or -1 for a default box without one.

    Raises:
        ValueError: if ``ious`` is not ``[N, P]`` of floats, or the threshold is out of
            range.

    References:
        Liu et al. 2016, section 2.2, "Matching strategy"; Caffe's ``MatchBBox`` in
        ``bbox_util.cpp``, which this equals.
    """
    return match_batch(ious, [len(ious)], iou_threshold)[0]


def match_batch(ious: Tensor, counts: Sequence[int], iou_threshold: float = 0.5) -> Tensor:
    """:func:`match_ious` for several images, whose objects stand behind each other.

    Args:
        ious: ``[N, P]``, of all images' objects.
        counts: how many of the N objects each of the B images has.
        iou_threshold: above 0, at most 1.

    Returns:
        ``[B, P]``, int64: an index into the N objects, or -1.

    Raises:
        ValueError: as :func:`match_ious`, and if the counts do not add up to N.
    """
    _check(ious, counts, iou_threshold)
    matched = torch.full((len(counts), ious.shape[1]), -1, device=ious.device)  # [B, P]
    first = 0  # of an image's objects among all
    for row, own in zip(matched, ious.split(counts), strict=True):
        if len(own) > 0:
            best, found = own.max(dim=0)  # [P]
            row[:] = torch.where(best >= iou_threshold, first + found, -1)
        first += len(own)
    repeats = torch.tensor(counts, dtype=torch.int64, device=ious.device)
    image = torch.arange(len(counts), device=ious.device).repeat_interleave(
        repeats, output_size=len(ious)
    )  # [N]
    box = bipartite(ious, image)  # [N]
    has_box = (box >= 0).nonzero().flatten()
    matched[image[has_box], box[has_box]] = has_box
    return matched


def bipartite(ious: Tensor, image: Tensor | None = None) -> Tensor:
    """One default box for each object, the best pairs first.

    The rule: of all pairs take the one with the largest IoU, strike out its object
    and its default box, and go on with the rest; of equal pairs the first default
    box counts, then the first object. It is done here for all objects at once: each
    asks for its best box; a box that several ask for goes to the best of them, and
    the others ask for their next best. That ends at the same pairs.

    Args:
        ious: ``[N, P]``.
        image: ``[N]``, the image of each object, if they come from several: objects
            of different images do not compete. None if all are of one.

    Returns:
        ``[N]``, int64: a default box, or -1 for an object that meets none (an IoU of
        more than 1e-6 with a default box that no better object has).

    Example:
        >>> bipartite(torch.tensor([[0.6, 0.1], [0.9, 0.4]]))
        tensor([1, 0])
    """
    if ious.numel() == 0:
        return torch.full((len(ious),), -1, device=ious.device)
    iou, box = ious.max(dim=1)  # [N]: the box asked for; of equal ones the first
    asked = box[:, None]  # [N, rounds]
    while (lost := _outbid(iou, box, image)).any():
        left = ious[lost].scatter(1, asked[lost], -1.0)  # what has not been asked for
        iou[lost], box[lost] = left.max(dim=1)
        asked = torch.cat([asked, box[:, None]], dim=1)
    return torch.where(iou > SMALLEST_IOU, box, -1)


def _outbid(iou: Tensor, box: Tensor, image: Tensor | None) -> Tensor:
    """Whether an object asks for a box that a better one asks for, ``[N]``."""
    asks = iou > SMALLEST_IOU
    rival = (box[:, None] == box) & asks[:, None] & asks  # [N, N]
    if image is not None:
        rival &= image[:, None] == image
    better = iou > iou[:, None]  # [N, N]: the second is better than the first
    earlier = torch.ones_like(rival).tril(-1)
    better |= (iou == iou[:, None]) & earlier
    return (rival & better).any(dim=1)


def _check(ious: Tensor, counts: Sequence[int], iou_threshold: float) -> None:
    if not isinstance(ious, Tensor) or not ious.is_floating_point():
        kind = ious.dtype if isinstance(ious, Tensor) else type(ious).__name__
        raise ValueError(f"ious must be a tensor of a float dtype, got {kind}")
    if ious.ndim != 2:
        raise ValueError(f"ious must be [N, P], got {list(ious.shape)}")
    for count in counts:
        check_count("counts", count, minimum=0)
    if sum(counts) != len(ious):
        raise ValueError(f"counts must add up to {len(ious)}, got {sum(counts)}")
    check_number("iou_threshold", iou_threshold, maximum=1, exclusive_minimum=True)
