"""Axis-aligned boxes: the two coordinate forms, area, IoU, clipping and scaling.

A set of ``N`` boxes is a float tensor ``[N, 4]`` in one of two forms:

- ``xyxy``: left, top, right, bottom;
- ``cxcywh``: centre x, centre y, width, height.

The functions work in any unit as long as all arguments share it. Inside this
package boxes are in units of the image, so that 0 and 1 are its edges; data
sets and finished detections are in pixels.

Coordinates name the lines between pixels, not the pixels: the box of one
single pixel in the corner of an image is ``(0, 0, 1, 1)`` and its area is 1.
"""

import torch
from torch import Tensor

from ssd_lib.arguments import check_number


def cxcywh_to_xyxy(boxes: Tensor) -> Tensor:
    """Boxes as corners, from centre and size.

    Args:
        boxes: ``[..., 4]`` in cxcywh, any unit.

    Returns:
        ``[..., 4]`` in xyxy, same unit.

    Raises:
        ValueError: if the last dimension is not 4 or the dtype is not floating-point.

    Example:
        >>> cxcywh_to_xyxy(torch.tensor([0.5, 0.5, 0.2, 0.4]))
        tensor([0.4000, 0.3000, 0.6000, 0.7000])
    """
    _check("boxes", boxes)
    cx, cy, w, h = boxes.unbind(-1)
    return torch.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], dim=-1)


def xyxy_to_cxcywh(boxes: Tensor) -> Tensor:
    """Boxes as centre and size, from corners.

    Args:
        boxes: ``[..., 4]`` in xyxy, any unit.

    Returns:
        ``[..., 4]`` in cxcywh, same unit. An inverted box keeps its negative
        width or height, so that converting back gives the box again.

    Raises:
        ValueError: if the last dimension is not 4 or the dtype is not floating-point.

    Example:
        >>> xyxy_to_cxcywh(torch.tensor([0.4, 0.3, 0.6, 0.7]))
        tensor([0.5000, 0.5000, 0.2000, 0.4000])
    """
    _check("boxes", boxes)
    x1, y1, x2, y2 = boxes.unbind(-1)
    return torch.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], dim=-1)


def box_area(boxes: Tensor) -> Tensor:
    """Area of each box.

    Args:
        boxes: ``[..., 4]`` in xyxy, any unit.

    Returns:
        ``[...]``, in the square of the boxes' unit; float64 for float64 boxes, else
        float32, as :func:`torchvision.ops.box_area` has it. An inverted box
        (right of its own right edge, or below its own bottom) has area 0, where
        :func:`torchvision.ops.box_area` gives a negative number for one
        inverted side and a positive one for two. NaN stays NaN.

    Raises:
        ValueError: if the last dimension is not 4 or the dtype is not floating-point.

    Example:
        >>> box_area(torch.tensor([[0.0, 0.0, 4.0, 3.0], [4.0, 0.0, 0.0, 3.0]]))
        tensor([12.,  0.])
    """
    _check("boxes", boxes)
    x1, y1, x2, y2 = _upcast(boxes).unbind(-1)
    return (x2 - x1).clamp(min=0) * (y2 - y1).clamp(min=0)


def box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    r"""Intersection over union of every pair of boxes.

    .. math:: J(a, b) = \frac{|a \cap b|}{|a \cup b|}

    The paper calls it the Jaccard overlap.

    Args:
        boxes1: ``[N, 4]`` in xyxy.
        boxes2: ``[M, 4]`` in xyxy, same unit as ``boxes1``.

    Returns:
        ``[N, M]``, each in 0 to 1; float64 if one of the arguments is, else float32.
        A pair whose union has no area gives 0, where :func:`torchvision.ops.box_iou`
        gives NaN. So does every pair with an inverted box. A NaN coordinate gives NaN.

    Raises:
        ValueError: if either argument is not ``[*, 4]`` or its dtype is not floating-point.

    Example:
        >>> left_half = torch.tensor([[0.0, 0.0, 0.5, 1.0]])
        >>> box_iou(left_half, torch.tensor([[0.0, 0.0, 1.0, 1.0]]))
        tensor([[0.5000]])

    References:
        Liu et al. 2016, section 2.2, "Matching strategy".
    """
    _check("boxes1", boxes1, ndim=2)
    _check("boxes2", boxes2, ndim=2)
    boxes1, boxes2 = _upcast(boxes1), _upcast(boxes2)
    left1, top1, right1, bottom1 = boxes1[:, None].unbind(-1)  # four of [N, 1]
    left2, top2, right2, bottom2 = boxes2.T.contiguous()  # four of [M], each in a row
    # In place (the trailing underscores): allocating an [N, M] at each step costs more
    # time than the arithmetic.
    width = torch.minimum(right1, right2).sub_(torch.maximum(left1, left2))  # [N, M]
    height = torch.minimum(bottom1, bottom2).sub_(torch.maximum(top1, top2))  # [N, M]
    intersection = width.clamp_(min=0).mul_(height.clamp_(min=0))  # [N, M]
    area1, area2 = box_area(boxes1)[:, None], box_area(boxes2)  # [N, 1], [M]
    area1 = area1.masked_fill(area1 == 0, 1.0)  # it meets nothing: 0 / 0 would be NaN
    return intersection.div_((area1 + area2).sub_(intersection))


def clip_boxes(boxes: Tensor, height: float = 1.0, width: float = 1.0) -> Tensor:
    """Boxes with every corner moved to the nearest point inside the image.

    Args:
        boxes: ``[..., 4]`` in xyxy.
        height: of the image, in the unit of the boxes; 1 for fractions.
        width: of the image, likewise.

    Returns:
        ``[..., 4]`` in xyxy, same dtype. A box wholly outside becomes one without
        area on the image's edge. No corner is beyond the edge, not even by rounding:
        ``float16`` does not hold 2051, and a box of an image that is 2051 pixels wide
        ends at 2050. NaN stays NaN.

    Raises:
        ValueError: if the last dimension is not 4, the dtype is not floating-point, or a side
            of the image is negative or not finite.

    Example:
        >>> clip_boxes(torch.tensor([-0.25, 0.5, 0.75, 1.5]))
        tensor([0.0000, 0.5000, 0.7500, 1.0000])
    """
    _check("boxes", boxes)
    check_number("height", height)
    check_number("width", width)
    right, bottom = (_last_inside(side, boxes.dtype) for side in (width, height))
    x1, y1, x2, y2 = boxes.unbind(-1)
    x1, x2 = x1.clamp(0, right), x2.clamp(0, right)
    y1, y2 = y1.clamp(0, bottom), y2.clamp(0, bottom)
    return torch.stack([x1, y1, x2, y2], dim=-1)


def scale_boxes(boxes: Tensor, height: float, width: float) -> Tensor:
    """Boxes in another unit: from fractions of an image to its pixels.

    Args:
        boxes: ``[..., 4]`` in xyxy.
        height: of the image, in pixels; ``1 / height`` goes back to fractions.
        width: of the image, likewise.

    Returns:
        ``[..., 4]`` in xyxy, same dtype. The product is rounded once, so that a float32
        box times ``1 / width`` is exactly what division by ``width`` gives.

    Raises:
        ValueError: if the last dimension is not 4, the dtype is not floating-point, or
            a side of the image is not positive and finite.

    Example:
        >>> scale_boxes(torch.tensor([0.5, 0.25, 1.0, 0.75]), height=200, width=300)
        tensor([150.,  50., 300., 150.])
    """
    _check("boxes", boxes)
    check_number("height", height, exclusive_minimum=True)
    check_number("width", width, exclusive_minimum=True)
    sides = [width, height, width, height]
    return (boxes * torch.tensor(sides, dtype=torch.float64, device=boxes.device)).to(boxes.dtype)


def _upcast(boxes: Tensor) -> Tensor:
    """The same boxes, in at least float32."""
    return boxes if boxes.dtype == torch.float64 else boxes.float()


def _last_inside(side: float, dtype: torch.dtype) -> float:
    """The largest number of a dtype that is not beyond a side."""
    edge = torch.tensor(side, dtype=dtype, device="cpu")  # waits for no GPU
    if edge.item() > side:
        edge = edge.nextafter(torch.zeros_like(edge))
    return edge.item()


def _check(name: str, boxes: Tensor, ndim: int | None = None) -> None:
    """Raise a ValueError unless these are boxes."""
    shape = "[*, 4]" if ndim == 2 else "[..., 4]"
    if not isinstance(boxes, Tensor):
        raise ValueError(f"{name} must be a tensor {shape}, got {type(boxes).__name__}")
    wrong_ndim = ndim is not None and boxes.ndim != ndim
    if boxes.ndim == 0 or wrong_ndim or boxes.shape[-1] != 4:
        raise ValueError(f"{name} must be {shape}, got {list(boxes.shape)}")
    if not boxes.is_floating_point():
        raise ValueError(f"{name} must be floating-point, got {boxes.dtype}")
