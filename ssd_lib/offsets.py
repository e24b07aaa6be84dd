"""Offsets: how a default box must move and stretch to become another box, and back."""

import math

import torch
from torch import Tensor

from ssd_lib.arguments import check_number

VARIANCES = (0.1, 0.2)
LARGEST_STRETCH = 1000 / 16  # torchvision's bound on how much a side may grow


def encode(
    gt_boxes: Tensor,
    default_boxes: Tensor,
    variances: tuple[float, float] = VARIANCES,
) -> Tensor:
    r"""What the head should answer for a default box that is to find an object.

    With the object :math:`g`, the default box :math:`d` and the variances
    :math:`v_0, v_1`,

    .. math::
        \hat{g}_{cx} = \frac{g_{cx} - d_{cx}}{d_w\, v_0} \qquad
        \hat{g}_{w} = \frac{1}{v_1} \log \frac{g_w}{d_w}

    and likewise for :math:`cy` and :math:`h`.

    Args:
        gt_boxes: ``[..., 4]`` in cxcywh, any unit, with positive sides.
        default_boxes: ``[..., 4]`` in cxcywh, same unit; shapes broadcast.
        variances: of the centre and of the size. Caffe's name: they scale the
            offsets and are not variances. torchvision has their reciprocals, 10
            and 5, as weights.

    Returns:
        ``[..., 4]``: how far to the right and down, in tenths of the default box's
        width and height; how much wider and higher, as logarithms. A side that is
        0 gives -inf, a negative one NaN.

    Raises:
        ValueError: if a last dimension is not 4, a dtype is no float, or the
            variances are not two positive numbers.

    Example:
        >>> default_box = torch.tensor([0.5, 0.5, 0.2, 0.4])
        >>> encode(torch.tensor([0.52, 0.5, 0.2, 0.4]), default_box).round(decimals=3)
        tensor([1., 0., 0., 0.])

    References:
        Liu et al. 2016, Eq. 2; Caffe's ``EncodeBBox`` in ``bbox_util.cpp``.
    """
    _check("gt_boxes", gt_boxes)
    _check("default_boxes", default_boxes)
    check_variances(variances)
    centre = (gt_boxes[..., :2] - default_boxes[..., :2]) / default_boxes[..., 2:]
    stretch = (gt_boxes[..., 2:] / default_boxes[..., 2:]).log()
    return torch.cat([centre / variances[0], stretch / variances[1]], dim=-1)


def decode(
    offsets: Tensor,
    default_boxes: Tensor,
    variances: tuple[float, float] = VARIANCES,
) -> Tensor:
    """The boxes that offsets stand for: :func:`encode` backwards.

    Args:
        offsets: ``[..., 4]``, from the heads.
        default_boxes: ``[..., 4]`` in cxcywh; shapes broadcast.
        variances: the ones that the offsets were encoded with.

    Returns:
        ``[..., 4]`` in cxcywh, in the default boxes' unit. A side grows at most
        62.5-fold (1000 / 16), torchvision's bound; Caffe has none, and one wild
        answer of a network gives it an infinite box.

    Raises:
        ValueError: as :func:`encode`.

    Example:
        >>> default_box = torch.tensor([0.5, 0.5, 0.2, 0.4])
        >>> decode(torch.tensor([1.0, 0.0, 0.0, 0.0]), default_box)
        tensor([0.5200, 0.5000, 0.2000, 0.4000])
    """
    _check("offsets", offsets)
    _check("default_boxes", default_boxes)
    check_variances(variances)
    centre = offsets[..., :2] * variances[0] * default_boxes[..., 2:]
    stretch = (offsets[..., 2:] * variances[1]).clamp(max=math.log(LARGEST_STRETCH))
    return torch.cat(
        [default_boxes[..., :2] + centre, default_boxes[..., 2:] * stretch.exp()],
        dim=-1,
    )


def check_variances(variances: tuple[float, float]) -> None:
    """Refuse what are not two positive numbers.

    Raises:
        ValueError: naming the variances and what came.
    """
    if not isinstance(variances, tuple | list) or len(variances) != 2:
        raise ValueError(f"variances must be two positive numbers, got {variances!r}")
    for index, value in enumerate(variances):
        check_number(f"variances[{index}]", value, exclusive_minimum=True)


def _check(name: str, values: Tensor) -> None:
    if not isinstance(values, Tensor):
        raise ValueError(f"{name} must be a tensor [..., 4], got {type(values).__name__}")
    if values.ndim == 0 or values.shape[-1] != 4:
        raise ValueError(f"{name} must be [..., 4], got {list(values.shape)}")
    if not values.is_floating_point():
        raise ValueError(f"{name} must have a float dtype, got {values.dtype}")
