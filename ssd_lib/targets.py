"""Targets: what the loss compares a batch's predictions with."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ssd_lib.arguments import check_count
from ssd_lib.boxes import box_iou, cxcywh_to_xyxy, xyxy_to_cxcywh
from ssd_lib.matching import match_batch
from ssd_lib.offsets import VARIANCES, encode


def encode_targets(
    gt_boxes: Sequence[Tensor],
    gt_labels: Sequence[Tensor],
    default_boxes: Tensor,
    iou_threshold: float = 0.5,
    num_classes: int | None = None,
    variances: tuple[float, float] = VARIANCES,
) -> tuple[Tensor, Tensor]:
    """Offsets and label that each default box of each image should answer.

    The rules are those of :func:`ssd_lib.matching.match`, for all images at once.

    Args:
        gt_boxes: B tensors ``[N, 4]`` in xyxy, fractions; N may differ and be 0.
        gt_labels: B tensors ``[N]`` of whole numbers from 1 (0 is background).
        default_boxes: ``[P, 4]`` in cxcywh, fractions.
        iou_threshold: as for :func:`ssd_lib.matching.match_ious`.
        num_classes: C, background included; if given, labels are checked against it.
        variances: as for :func:`ssd_lib.offsets.encode`.

    Returns:
        ``target_offsets``, ``[B, P, 4]``, 0 where there is no object, and
        ``target_labels``, ``[B, P]``, int64, 0 where there is none. An object without
        area, or with its corners exchanged, is never matched.

    Raises:
        ValueError: if a coordinate is not finite, a label is out of range (it names
            image, index and value), the lists and shapes do not fit, or another
            argument is not as above.
    """
    counts = _check_shapes(gt_boxes, gt_labels)
    _check_settings(default_boxes, num_classes)
    boxes = _join(gt_boxes, torch.empty(0, 4)).to(default_boxes)  # [N, 4]
    labels = _join(gt_labels, torch.empty(0, dtype=torch.int64)).to(boxes.device)  # [N]
    labels = labels.long()  # an empty list may have made floats of them
    _check_values(boxes, labels, counts, num_classes)
    ious = _ious(boxes, cxcywh_to_xyxy(default_boxes))  # [N, P], of all images
    matched = match_batch(ious, counts, iou_threshold)  # [B, P]
    background = labels.new_zeros(1)
    target_labels = torch.cat([labels, background])[matched]  # -1 is the last one
    image, box = (matched >= 0).nonzero(as_tuple=True)
    found = xyxy_to_cxcywh(boxes[matched[image, box]])
    target_offsets = default_boxes.new_zeros(*matched.shape, 4)
    target_offsets[image, box] = encode(found, default_boxes[box], variances)
    return target_offsets, target_labels


def _ious(boxes: Tensor, default_boxes_xyxy: Tensor) -> Tensor:
    """:func:`ssd_lib.boxes.box_iou`, on a CPU a thousand default boxes at a time.

    What it computes on the way then stays in the processor's cache.
    """
    if boxes.device.type != "cpu":
        return box_iou(boxes, default_boxes_xyxy)
    parts = default_boxes_xyxy.split(1000)
    return torch.cat([box_iou(boxes, part) for part in parts], dim=1)


def _join(tensors: Sequence[Tensor], empty: Tensor) -> Tensor:
    """All images' rows behind each other, before they go to another device at once."""
    return torch.cat([*tensors, empty.to(tensors[0].device if tensors else "cpu")])


def _check_shapes(gt_boxes: Sequence[Tensor], gt_labels: Sequence[Tensor]) -> list[int]:
    """The number of objects of each image, once boxes and labels are seen to fit."""
    if len(gt_boxes) != len(gt_labels):
        raise ValueError(f"gt_labels must be one an image, {len(gt_boxes)}, got {len(gt_labels)}")
    for i, (boxes, labels) in enumerate(zip(gt_boxes, gt_labels, strict=True)):
        for name, values in (("gt_boxes", boxes), ("gt_labels", labels)):
            if not isinstance(values, Tensor):
                kind = type(values).__name__
                raise ValueError(f"{name}[{i}] must be a tensor, got {kind}")
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise ValueError(f"gt_boxes[{i}] must be [N, 4], got {list(boxes.shape)}")
        if labels.shape != boxes.shape[:1]:
            raise ValueError(f"gt_labels[{i}] must be [{len(boxes)}], got {list(labels.shape)}")
        no_integers = labels.is_floating_point() or labels.dtype == torch.bool
        if no_integers and len(labels) > 0:
            raise ValueError(f"gt_labels[{i}] must be integers, got {labels.dtype}")
    return [len(boxes) for boxes in gt_boxes]


def _check_settings(default_boxes: Tensor, num_classes: int | None) -> None:
    if default_boxes.ndim != 2 or default_boxes.shape[1] != 4:
        raise ValueError(f"default_boxes must be [P, 4], got {list(default_boxes.shape)}")
    if not default_boxes.is_floating_point():
        raise ValueError(f"default_boxes must have a float dtype, got {default_boxes.dtype}")
    if num_classes is not None:
        check_count("num_classes", num_classes, minimum=2)


def _check_values(
    boxes: Tensor, labels: Tensor, counts: list[int], num_classes: int | None
) -> None:
    """Raise if a coordinate is not finite or a label out of range."""
    last = None if num_classes is None else num_classes - 1
    wrong_box = ~boxes.isfinite().all(dim=1)
    wrong_label = (labels < 1) | (labels > (labels if last is None else last))
    if not (wrong_box | wrong_label).any():  # the one look that waits for the device
        return
    first = int((wrong_box | wrong_label).nonzero()[0])
    image, index = 0, first
    while index >= counts[image]:
        index -= counts[image]
        image += 1
    where = f"of image {image}, object {index}"
    if wrong_box[first]:
        box = [round(edge, 4) for edge in boxes[first].tolist()]
        raise ValueError(f"gt_boxes must be finite, got {box} {where}")
    allowed = "at least 1" if last is None else f"1 to {last}"
    raise ValueError(f"gt_labels must be {allowed} (0 is background), got {labels[first]} {where}")
