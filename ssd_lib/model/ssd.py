"""SSD put together: features, heads and default boxes."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ssd_lib.default_boxes import (
    SSD300_VOC,
    SSD512_VOC,
    DefaultBoxLayout,
    default_boxes,
    layout_from_scales,
)
from ssd_lib.features import TinyFeatures, VGG16Features
from ssd_lib.heads import Heads, caffe_xavier_

TINY = layout_from_scales(
    128, (32, 16, 8, 4, 2), (0.07, 0.14, 0.28, 0.45, 0.65, 0.88), [(2,), *[(2, 3)] * 4]
)


class SSD(nn.Module):
    """A detector without its loss and without its last steps: raw numbers in every mode.

    Args:
        features: a module that makes maps of a picture and has ``out_channels``.
        layout: the default boxes of those maps.
        num_classes: C, background included.

    Attributes:
        default_boxes: ``[P, 4]``, cxcywh in fractions; a buffer, not a parameter.
            Always float32, also after ``half()`` or ``double()``.

    Raises:
        ValueError: if maps and layout do not fit; it names both numbers of boxes.
    """

    default_boxes: Tensor

    def __init__(self, features: nn.Module, layout: DefaultBoxLayout, num_classes: int) -> None:
        """Join the parts and compare their numbers of boxes."""
        super().__init__()
        self.features = features
        self.layout = layout
        boxes_per_cell = [row.boxes_per_cell for row in layout.maps]
        self.heads = Heads(features.out_channels, boxes_per_cell, num_classes)
        self.register_buffer("default_boxes", default_boxes(layout), persistent=False)
        self._compare_counts()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Offsets ``[B, P, 4]`` and logits ``[B, P, C]``.

        Args:
            images: ``[B, 3, S, S]``, float, normalised (:func:`ssd_lib.images.normalize`),
                with S the layout's ``image_px``.

        Raises:
            ValueError: if the images have another shape or no float dtype.
        """
        side = self.layout.image_px
        if images.ndim != 4 or images.shape[1:] != (3, side, side):
            raise ValueError(f"images must be [B, 3, {side}, {side}], got {list(images.shape)}")
        if not images.is_floating_point():
            raise ValueError(f"images must have a float dtype, got {images.dtype}")
        return self.heads(self.features(images))

    def _apply(self, convert: Callable[[Tensor], Tensor], recurse: bool = True) -> "SSD":
        """Move and convert all but the default boxes, which are moved alone.

        They are what decoding starts from: bfloat16 would shift them by up to 2
        thousandths of the image, and float16 by up to a quarter of one.
        """
        super()._apply(convert, recurse)
        boxes = default_boxes(self.layout).to(self.default_boxes.device)
        self.default_boxes = boxes
        return self

    def _compare_counts(self) -> None:
        """Run shapes alone through the network and count its rows."""
        state = [*self.named_parameters(), *self.named_buffers()]
        shapes = {name: torch.empty_like(value, device="meta") for name, value in state}
        side = self.layout.image_px
        images = torch.empty(2, 3, side, side, device="meta")
        offsets, _ = torch.func.functional_call(self, shapes, images)
        if offsets.shape[1] != self.layout.num_boxes:
            raise ValueError(
                f"features and layout must have as many boxes: the heads give "
                f"{offsets.shape[1]}, the layout has {self.layout.num_boxes}"
            )


def ssd300_vgg16(
    num_classes: int = 21,
    batch_norm: bool = False,
    layout: DefaultBoxLayout = SSD300_VOC,
) -> SSD:
    """SSD300 of the paper: 26,285,486 parameters with 21 classes.

    Its convolutions start as Caffe's filler has them. The paper starts from VGG16's
    weights instead; with ``batch_norm`` it can be trained without.
    """
    features = VGG16Features(300, batch_norm)
    features.apply(caffe_xavier_)
    return SSD(features, layout, num_classes)


def ssd512_vgg16(
    num_classes: int = 21,
    batch_norm: bool = False,
    layout: DefaultBoxLayout = SSD512_VOC,
) -> SSD:
    """SSD512 of the paper: 27,188,676 parameters with 21 classes."""
    features = VGG16Features(512, batch_norm)
    features.apply(caffe_xavier_)
    return SSD(features, layout, num_classes)


def ssd_tiny(num_classes: int) -> SSD:
    """An SSD for pictures of 128 pixels that a CPU trains: 6136 default boxes."""
    return SSD(TinyFeatures(), TINY, num_classes)
