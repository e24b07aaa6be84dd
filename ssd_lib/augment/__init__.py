"""Augmentation: one annotated image becomes many, as SSD's training sees them."""

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2

from ssd_lib.augment.patches import PatchSampling, sample_patches
from ssd_lib.augment.photometric import PhotometricDistortion
from ssd_lib.augment.size import Resize, ZoomOut
from ssd_lib.images import normalize
from ssd_lib.samples import Sample, Target

__all__ = [
    "Normalize",
    "PatchSampling",
    "PhotometricDistortion",
    "Resize",
    "ZoomOut",
    "evaluation_transform",
    "sample_patches",
    "training_transform",
]


class Normalize(nn.Module):
    """:func:`ssd_lib.images.normalize` for a sample."""

    def forward(self, image: Tensor, target: Target) -> Sample:
        """The image as the network takes it, and the same target."""
        return tv_tensors.Image(normalize(image)), target


def training_transform(size_px: int, generator: torch.Generator | None = None) -> v2.Compose:
    """SSD's augmentation for training, in Caffe's order.

    Args:
        size_px: side of the network's image.
        generator: for the random numbers; None is torch's own, which a DataLoader seeds
            anew in each worker and epoch. The flip always uses torch's own.
    """
    return v2.Compose(
        [
            PhotometricDistortion(generator=generator),
            ZoomOut(generator=generator),
            PatchSampling(generator=generator),
            Resize(size_px, generator=generator),
            v2.RandomHorizontalFlip(0.5),
            Normalize(),
        ]
    )


def evaluation_transform(size_px: int) -> v2.Compose:
    """Resize to a square and normalise; nothing is random."""
    return v2.Compose([Resize(size_px, kinds=Resize.KINDS[:1]), Normalize()])
