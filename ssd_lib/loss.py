"""The MultiBox loss: how wrong the offsets are, and how wrong the classes."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, smooth_l1_loss

from ssd_lib.arguments import check_number

LARGEST_GAMMA = 1000.0  # far beyond any use, and far from what float32 cannot hold


class MultiBoxLoss(NamedTuple):
    """The two parts of the loss, each already divided by max(1, N)."""

    localization: Tensor
    confidence: Tensor


def multibox_loss(
    offsets: Tensor,
    logits: Tensor,
    target_offsets: Tensor,
    target_labels: Tensor,
    num_positives: Tensor | float | None = None,
    ratio: float = 3.0,
) -> MultiBoxLoss:
    r"""Smooth L1 of the positives' offsets, cross-entropy of them and hard negatives.

    .. math::
        L_{loc} = \frac1N \sum_{i \in Pos} smooth_{L1}(l_i - \hat g_i) \qquad
        L_{conf} = -\frac1N \Big(\sum_{i \in Pos} \log \hat c_i^{p}
        + \sum_{i \in Neg} \log \hat c_i^0\Big)

    Args:
        offsets: ``[B, P, 4]``, predicted.
        logits: ``[B, P, C]``, predicted.
        target_offsets: ``[B, P, 4]``.
        target_labels: ``[B, P]``, int64 in 0 to C - 1; 0 is background.
        num_positives: N, if it is not to be counted here: for a mean over several
            processes. 1 is taken if it is smaller.
        ratio: negatives for each positive, as for :func:`hard_negatives`.

    Returns:
        Two numbers, float32 whatever comes in. Without any positive both are 0, with
        gradients that are 0. A logit that is NaN makes ``confidence`` NaN, whichever
        default box it belongs to.

    Raises:
        ValueError: if the shapes or dtypes do not fit, a label is not in 0 to C - 1, or
            another number makes no sense.

    References:
        Liu et al. 2016, Eq. 1 to 3 and "Hard negative mining"; Caffe's
        ``multibox_loss_layer.cpp``.
    """
    _check_shapes(target_labels, offsets=offsets, logits=logits, target_offsets=target_offsets)
    is_positive = target_labels > 0  # [B, P]
    N = is_positive.sum() if num_positives is None else num_positives
    N = _checked(N, target_labels, logits).clamp(min=1)
    with torch.no_grad():  # choosing is no part of what is differentiated
        as_background = -logits.float().log_softmax(dim=-1)[..., 0]  # [B, P]
        chosen = is_positive | hard_negatives(as_background, is_positive, ratio)
        broken = as_background.isnan().any()
    # Images and default boxes of each mask, once for each use and for the gradient.
    found, counted = (mask.nonzero(as_tuple=True) for mask in (is_positive, chosen))
    localization = smooth_l1_loss(
        offsets[found].float(), target_offsets[found].float(), reduction="sum"
    )
    confidence = cross_entropy(logits[counted].float(), target_labels[counted], reduction="sum")
    confidence = torch.where(broken, torch.nan, confidence)
    return MultiBoxLoss(localization / N, confidence / N)


def hard_negatives(confidence_loss: Tensor, is_positive: Tensor, ratio: float = 3.0) -> Tensor:
    """The negatives of each image that are most wrongly taken for objects.

    Args:
        confidence_loss: ``[B, P]``: cross-entropy of each default box as background.
        is_positive: ``[B, P]``, bool.
        ratio: how many negatives for each positive of the same image; 0 or more.

    Returns:
        ``[B, P]``, bool: in each image ``ratio`` times as many as it has positives,
        rounded down, or all its negatives if there are fewer; those with the largest
        loss (NaN counts as the largest). No positive is among them, and an image
        without positives has none.

    Raises:
        ValueError: if the shapes differ, ``is_positive`` is not bool, or the ratio is
            negative or not finite.

    References:
        Liu et al. 2016, section 2.2, "Hard negative mining".
    """
    _check_mining(confidence_loss, is_positive, ratio)
    P = is_positive.shape[1]
    positives = is_positive.sum(dim=1)  # [B]
    count = min(ratio, P) * positives.float()  # more than P of each would be all, too
    count = count.long().minimum(P - positives)
    loss = confidence_loss.masked_fill(is_positive, -torch.inf)
    most = int(count.max()) if len(count) else 0
    worst = loss.topk(most, dim=1).indices  # [B, most], from the worst on
    wanted = torch.arange(most, device=count.device) < count[:, None]  # [B, most]
    return torch.zeros_like(is_positive).scatter(1, worst, wanted)


def focal_loss(
    logits: Tensor,
    target_labels: Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    num_positives: Tensor | float | None = None,
) -> Tensor:
    r"""The other way to cope with easy background: all count, the easy ones little.

    .. math:: FL = -\frac1N \sum_i \alpha_i (1 - p_i)^\gamma \log p_i

    with :math:`p_i` the score of the right class, and :math:`\alpha_i` being
    ``alpha`` for objects and ``1 - alpha`` for background.

    Args:
        logits: ``[B, P, C]``.
        target_labels: ``[B, P]``, int64; 0 is background.
        alpha: weight of objects; 0 to 1.
        gamma: how fast a good answer stops counting; 0, which is cross-entropy, to
            1000.
        num_positives: as for :func:`multibox_loss`.

    Returns:
        One number, float32, whose gradient is finite for all finite logits.

    Raises:
        ValueError: as :func:`multibox_loss`.

    References:
        Lin et al. 2017, "Focal Loss for Dense Object Detection", Eq. 5. There each
        class has a sigmoid of its own; here it is the softmax of SSD.
    """
    _check_shapes(target_labels, logits=logits)
    check_number("alpha", alpha, maximum=1)
    check_number("gamma", gamma, maximum=LARGEST_GAMMA)
    is_positive = target_labels.flatten() > 0  # [B * P]
    N = is_positive.sum() if num_positives is None else num_positives
    N = _checked(N, target_labels, logits).clamp(min=1)
    log_p = -cross_entropy(
        logits.flatten(0, 1).float(), target_labels.flatten(), reduction="none"
    )  # [B * P]
    # A score of exactly 1 is held just below it: powers below 1 have no slope at 0.
    wrong = 1 - log_p.clamp(-50, -1e-7).exp()
    weight = torch.where(is_positive, alpha, 1 - alpha).float() * wrong**gamma
    return -(weight * log_p).sum() / N


def multibox_focal_loss(
    offsets: Tensor,
    logits: Tensor,
    target_offsets: Tensor,
    target_labels: Tensor,
    num_positives: Tensor | float | None = None,
    alpha: float = 0.25,
    gamma: float = 2.0,
) -> MultiBoxLoss:
    """The localization loss of SSD beside the focal loss: nothing is mined.

    Args:
        offsets: as for :func:`multibox_loss`, like the next four.
        logits: as there.
        target_offsets: as there.
        target_labels: as there.
        num_positives: as there.
        alpha: as for :func:`focal_loss`.
        gamma: as for :func:`focal_loss`.

    Returns:
        Two numbers, float32. Without any positive the localization is 0, and the focal
        loss is not: background teaches, too.

    Raises:
        ValueError: as :func:`multibox_loss`.
    """
    place = multibox_loss(
        offsets, logits, target_offsets, target_labels, num_positives, ratio=0
    ).localization
    classes = focal_loss(logits, target_labels, alpha, gamma, num_positives)
    return MultiBoxLoss(place, classes)


def _check_shapes(target_labels: Tensor, **others: Tensor) -> None:
    """Raise if shapes do not fit those of the labels, or a dtype is another."""
    rows = list(target_labels.shape)
    for name, values in others.items():
        wanted = [*rows, *(values.shape[-1:] if name == "logits" else [4])]
        if len(rows) != 2 or list(values.shape) != wanted:
            raise ValueError(
                f"{name} must fit target_labels, [B, P] = {rows}, got {list(values.shape)}"
            )
        if not values.is_floating_point():
            raise ValueError(f"{name} must have a float dtype, got {values.dtype}")
    if target_labels.dtype != torch.int64:
        raise ValueError(f"target_labels must be int64, got {target_labels.dtype}")


def _check_mining(confidence_loss: Tensor, is_positive: Tensor, ratio: float) -> None:
    if confidence_loss.shape != is_positive.shape or is_positive.ndim != 2:
        raise ValueError(
            "confidence_loss and is_positive must be [B, P], got "
            f"{list(confidence_loss.shape)} and {list(is_positive.shape)}"
        )
    if not confidence_loss.is_floating_point():
        kind = confidence_loss.dtype
        raise ValueError(f"confidence_loss must have a float dtype, got {kind}")
    if is_positive.dtype != torch.bool:
        raise ValueError(f"is_positive must be bool, got {is_positive.dtype}")
    check_number("ratio", ratio)


def _checked(num_positives: Tensor | float, target_labels: Tensor, logits: Tensor) -> Tensor:
    """The number of positives as one float32, once it and the labels make sense.

    All values are fetched at once: on a GPU each time is a wait for all that was asked
    of it before.
    """
    if not isinstance(num_positives, Tensor):
        check_number("num_positives", num_positives)
    N = torch.as_tensor(num_positives, dtype=torch.float32, device=logits.device)
    if N.numel() != 1:
        raise ValueError(f"num_positives must be one number, got {list(N.shape)}")
    N = N.reshape(())
    if target_labels.numel() > 0:
        is_count = (N >= 0) & N.isfinite()
        low, high, is_count = torch.stack([*target_labels.aminmax(), is_count]).tolist()
        last = logits.shape[-1] - 1
        if low < 0 or high > last:
            label = low if low < 0 else high
            raise ValueError(f"target_labels must be 0 to {last}, got {label}")
        if not is_count:
            raise ValueError(f"num_positives must be finite and at least 0, got {N.item()}")
    return N
