"""One step: a batch in, the loss out, its gradient into the weights."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

from ssd_lib.loss import Loss, MultiBoxLoss, batch_loss, multibox_loss
from ssd_lib.model import SSD
from ssd_lib.samples import Batch


class Diverged(RuntimeError):
    """The loss or its gradient is NaN or infinite; the message says where."""


def training_step(
    fabric: Fabric,
    model: SSD,
    optimizer: Optimizer,
    batch: Batch,
    loss: Loss = multibox_loss,
    clip_norm: float | None = None,
) -> MultiBoxLoss:
    """Learn from one batch.

    With several processes each has its part of the batch. Their gradients are
    averaged, so each multiplies its loss by their number, and all divide by the
    positives of the whole batch: the result is that of one process with all images.

    Args:
        fabric: Lightning Fabric, which knows devices, precision and other processes.
        model: set up by ``fabric``.
        optimizer: set up by ``fabric``.
        batch: on the model's device.
        loss: as for :func:`ssd_lib.loss.batch_loss`.
        clip_norm: the largest length of the gradient; None leaves it.

    Returns:
        The loss of the whole batch, detached.

    Raises:
        Diverged: if the loss or its gradient is NaN or infinite. As after every error,
            weights and buffers (batch norm's running statistics) are as before.
        ValueError: if an object's coordinates or label make no sense.
    """
    sum_over_ranks = partial(_sum_over_ranks, fabric)
    with _buffers_restored_on_error(model):
        parts = batch_loss(model, batch, loss, sum_over_ranks)
        optimizer.zero_grad()
        fabric.backward(fabric.world_size * (parts.localization + parts.confidence))
        total = sum_over_ranks(torch.stack(parts).detach())
        _check_finite(fabric, model, total)
    if clip_norm is not None:
        fabric.clip_gradients(model, optimizer, max_norm=clip_norm, error_if_nonfinite=False)
    optimizer.step()
    return MultiBoxLoss(*total)


def _sum_over_ranks(fabric: Fabric, value: Tensor) -> Tensor:
    return torch.as_tensor(fabric.all_reduce(value, reduce_op="sum"))


@contextmanager
def _buffers_restored_on_error(model: SSD) -> Iterator[None]:
    """Undo what a forward pass does to batch norm's statistics, if the step fails."""
    before = [buffer.clone() for buffer in model.buffers()]
    try:
        yield
    except BaseException:
        for buffer, value in zip(model.buffers(), before, strict=True):
            buffer.copy_(value)
        raise


def _check_finite(fabric: Fabric, model: SSD, total: Tensor) -> None:
    """Loss and gradient are numbers; they are the same in every process."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    length = get_total_norm(gradients)
    if getattr(fabric.strategy.precision, "scaler", None):  # skips such steps itself
        length = torch.zeros_like(length)
    localization, confidence, length = torch.stack([*total, length]).tolist()
    if not math.isfinite(localization + confidence):
        raise Diverged(
            f"the loss must be finite, got localization {localization:.4g}, "
            f"confidence {confidence:.4g}"
        )
    if not math.isfinite(length):
        raise Diverged(f"the loss's gradient must be finite, got {length:.4g}")
