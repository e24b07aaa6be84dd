"""The MultiBox loss: how wrong the offsets are, and how wrong the classes."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, smooth_l1_loss


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
        ValueError: if the shapes do not fit.

    References:
        Liu et al. 2016, Eq. 1 to 3 and "Hard negative mining"; Caffe's
        ``multibox_loss_layer.cpp``.
    """
    _check(offsets, logits, target_offsets, target_labels)
    is_positive = target_labels > 0  # [B, P]
    with torch.no_grad():  # choosing is no part of what is differentiated
        as_background = -logits.float().log_softmax(dim=-1)[..., 0]  # [B, P]
        chosen = is_positive | hard_negatives(as_background, is_positive, ratio)
        broken = as_background.isnan().any()
    N = is_positive.sum() if num_positives is None else num_positives
    N = torch.as_tensor(N, device=logits.device).clamp(min=1)
    localization = smooth_l1_loss(
        offsets[is_positive].float(),
        target_offsets[is_positive].float(),
        reduction="sum",
    )
    confidence = cross_entropy(
        logits[chosen].float(), target_labels[chosen], reduction="sum"
    )
    confidence = torch.where(broken, torch.nan, confidence)
    return MultiBoxLoss(localization / N, confidence / N)


def hard_negatives(
    confidence_loss: Tensor, is_positive: Tensor, ratio: float = 3.0
) -> Tensor:
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
        ValueError: if the shapes differ or the ratio is negative or not finite.

    References:
        Liu et al. 2016, section 2.2, "Hard negative mining".
    """
    if confidence_loss.shape != is_positive.shape or is_positive.ndim != 2:
        raise ValueError(
            "confidence_loss and is_positive must be [B, P], got "
            f"{list(confidence_loss.shape)} and {list(is_positive.shape)}"
        )
    if not 0 <= ratio < float("inf"):
        raise ValueError(f"ratio must be finite and at least 0, got {ratio}")
    positives = is_positive.sum(dim=1)  # [B]
    count = (ratio * positives).long().minimum(is_positive.shape[1] - positives)
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
        gamma: how fast a good answer stops counting; 0 is cross-entropy.
        num_positives: as for :func:`multibox_loss`.

    Returns:
        One number, float32.

    References:
        Lin et al. 2017, "Focal Loss for Dense Object Detection", Eq. 5. There each
        class has a sigmoid of its own; here it is the softmax of SSD.
    """
    log_p = -cross_entropy(
        logits.flatten(0, 1).float(), target_labels.flatten(), reduction="none"
    )  # [B * P]
    is_positive = target_labels.flatten() > 0
    weight = torch.where(is_positive, alpha, 1 - alpha) * (1 - log_p.exp()) ** gamma
    N = is_positive.sum() if num_positives is None else num_positives
    return -(weight * log_p).sum() / torch.as_tensor(N, device=logits.device).clamp(
        min=1
    )


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
        ValueError: if the shapes do not fit.
    """
    place = multibox_loss(
        offsets, logits, target_offsets, target_labels, num_positives, ratio=0
    ).localization
    classes = focal_loss(logits, target_labels, alpha, gamma, num_positives)
    return MultiBoxLoss(place, classes)


def _check(
    offsets: Tensor, logits: Tensor, target_offsets: Tensor, target_labels: Tensor
) -> None:
    rows = list(target_labels.shape)
    shapes = {
        "offsets": (offsets, [*rows, 4]),
        "logits": (logits, [*rows, logits.shape[-1]]),
        "target_offsets": (target_offsets, [*rows, 4]),
    }
    for name, (values, wanted) in shapes.items():
        if len(rows) != 2 or list(values.shape) != wanted:
            raise ValueError(
                f"{name} must fit target_labels, [B, P] = {rows}, "
                f"got {list(values.shape)}"
            )
