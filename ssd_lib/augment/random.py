"""The one way in which augmentation draws its numbers."""

import torch
from torch import Tensor


def uniform(
    shape: tuple[int, ...], low: float, high: float, generator: torch.Generator | None
) -> Tensor:
    """Numbers from ``low`` to ``high``, evenly; None is torch's own generator."""
    return low + (high - low) * torch.rand(shape, generator=generator)
