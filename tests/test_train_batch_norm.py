"""Batch norm is synchronized where there is something to synchronize."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ssd_lib.model import ssd_tiny
from ssd_lib.train.batch_norm import sync_batch_norm


@pytest.mark.parametrize(
    ("device", "world_size", "is_synced"),
    [("cuda", 2, True), ("cuda", 1, False), ("cpu", 2, False)],
)
def test_batch_norm_is_synchronized_between_gpus_alone(device, world_size, is_synced):
    model = ssd_tiny(3)
    names = list(model.state_dict())
    fabric = SimpleNamespace(device=torch.device(device), world_size=world_size)
    sync_batch_norm(model, fabric)
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    assert norms
    assert all(isinstance(norm, nn.SyncBatchNorm) == is_synced for norm in norms)
    assert list(model.state_dict()) == names
