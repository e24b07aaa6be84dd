"""SSD put together: features, heads and default boxes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssd_lib.default_boxes import (
    SSD300_VOC,
    SSD512_VOC,
    DefaultBoxLayout,
    FeatureMap,
    default_boxes,
    layout_from_scales,
)
from ssd_lib.features import Features, PageFeatures, TinyFeatures, VGG16Features
from ssd_lib.heads import Heads, caffe_xavier_

TINY = layout_from_scales(
    128, (32, 16, 8, 4, 2), (0.07, 0.14, 0.28, 0.45, 0.65, 0.88), [(2,), *[(2, 3)] * 4]
)
PAGE_SCALES = (0.22, 0.4, 0.65)  # of the boxes on each map, shares of the image's side


def _page_layout(image_px: int) -> DefaultBoxLayout:
    grids = (image_px // 4, image_px // 8, image_px // 16)
    rows = (
        FeatureMap(grid, image_px / grid, scale * image_px, None, (2,))
        for grid, scale in zip(grids, PAGE_SCALES, strict=True)
    )
    return DefaultBoxLayout(image_px, tuple(rows))


PAGE = _page_layout(64)


class SSD(nn.Module):
    """A detector without loss, decoding and suppression: raw numbers in every mode.

    Args:
        features: a module that makes feature maps and has ``out_channels``.
        layout: the default boxes of those maps.
        num_classes: C, background included.

    Attributes:
        default_boxes: ``[P, 4]``, cxcywh in fractions; a buffer, not a parameter.
            Always float32, also after ``half()`` or ``double()``.

    Raises:
        ValueError: if maps and layout do not fit; it names both numbers of boxes.
    """

    default_boxes: Tensor

    def __init__(self, features: Features, layout: DefaultBoxLayout, num_classes: int) -> None:
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
            ValueError: if the images have another shape or are not floating-point.
        """
        side = self.layout.image_px
        if images.ndim != 4 or images.shape[1:] != (3, side, side):
            raise ValueError(f"images must be [B, 3, {side}, {side}], got {list(images.shape)}")
        if not images.is_floating_point():
            raise ValueError(f"images must be floating-point, got {images.dtype}")
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
        """Run shapes alone through the network and count its boxes."""
        state = [*self.named_parameters(), *self.named_buffers()]
        shapes = {name: torch.empty_like(value, device="meta") for name, value in state}
        side = self.layout.image_px
        images = torch.empty(2, 3, side, side, device="meta")
        offsets, _ = torch.func.functional_call(self, shapes, images)
        if offsets.shape[1] != self.layout.num_boxes:
            raise ValueError(
                "features and layout must have the same number of boxes: the heads give "
                f"{offsets.shape[1]}, the layout has {self.layout.num_boxes}"
            )


def ssd300_vgg16(
    num_classes: int = 21,
    batch_norm: bool = False,
    layout: DefaultBoxLayout = SSD300_VOC,
) -> SSD:
    """SSD300 of the paper: 26,285,486 parameters with 21 classes.

    Its convolutions are initialised by Caffe's filler. The paper starts from VGG16's
    weights instead; with ``batch_norm`` it can be trained without.
    """
    return MODELS["ssd300"].build(num_classes, batch_norm, layout)


def ssd512_vgg16(
    num_classes: int = 21,
    batch_norm: bool = False,
    layout: DefaultBoxLayout = SSD512_VOC,
) -> SSD:
    """SSD512 of the paper: 27,188,676 parameters with 21 classes."""
    return MODELS["ssd512"].build(num_classes, batch_norm, layout)


def ssd_tiny(num_classes: int, layout: DefaultBoxLayout = TINY) -> SSD:
    """An SSD for images of 128 pixels that a CPU trains: 6136 default boxes."""
    return MODELS["tiny"].build(num_classes, layout=layout)


def ssd_page(num_classes: int, size_px: int = 64, layout: DefaultBoxLayout | None = None) -> SSD:
    """An SSD that the book's playground trains in the page: 1008 default boxes at 64 pixels.

    Args:
        num_classes: C, background included.
        size_px: side of the image, a multiple of 16; without effect if there is a layout.
        layout: the default boxes; a row for each map that has heads, of a quarter, an
            eighth and a sixteenth of the image's side. None: three shapes on each cell
            of all three.

    Raises:
        ValueError: if the size is no multiple of 16, or a row is of another grid.

    Example:
        >>> ssd_page(4).layout.num_boxes, ssd_page(4, 48).layout.num_boxes
        (1008, 567)
    """
    if layout is None:
        if size_px % 16 or size_px < 16:
            raise ValueError(f"size_px must be a multiple of 16, got {size_px}")
        layout = _page_layout(size_px)
    grids = [math.ceil(layout.image_px / step) for step in (4, 8, 16)]
    own = [row.grid for row in layout.maps]
    if not set(own) <= set(grids):
        raise ValueError(f"layout must have maps of {grids} cells along a side, got {own}")
    features = PageFeatures([grids.index(grid) + 1 for grid in own]).apply(caffe_xavier_)
    return SSD(features, layout, num_classes)


@dataclass(frozen=True)
class Architecture:
    """What the name of a network stands for.

    Attributes:
        build_features: makes the features with random weights, with batch normalisation
            or without.
        layout: the default boxes that it has unless others are given.
    """

    build_features: Callable[[bool], Features]
    layout: DefaultBoxLayout

    def build(
        self, num_classes: int, batch_norm: bool = False, layout: DefaultBoxLayout | None = None
    ) -> SSD:
        """The network with random weights.

        Args:
            num_classes: C, background included.
            batch_norm: for the VGG16 networks; the small ones always have it.
            layout: default boxes, as many as ``self.layout`` has.
        """
        return SSD(self.build_features(batch_norm), layout or self.layout, num_classes)


def _vgg16(image_px: int) -> Callable[[bool], VGG16Features]:
    return lambda batch_norm: VGG16Features(image_px, batch_norm).apply(caffe_xavier_)


MODELS = {
    "tiny": Architecture(lambda _: TinyFeatures(), TINY),
    "ssd300": Architecture(_vgg16(300), SSD300_VOC),
    "ssd512": Architecture(_vgg16(512), SSD512_VOC),
    "page": Architecture(lambda _: PageFeatures().apply(caffe_xavier_), PAGE),
}
