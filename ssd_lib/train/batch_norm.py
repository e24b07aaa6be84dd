"""Batch normalisation when a batch is shared by several GPUs."""

from lightning_fabric import Fabric
from torch import nn


def sync_batch_norm(model: nn.Module, fabric: Fabric) -> None:
    """Let batch norm take its statistics over the images of all GPUs, not of each alone.

    Args:
        model: is changed, unless there is one process or it is on CPUs, for which torch
            has no such layer. Before ``fabric.setup``.
        fabric: launched.
    """
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(model)  # in place: its layers are exchanged
