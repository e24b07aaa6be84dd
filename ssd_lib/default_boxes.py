"""Default boxes: a fixed set of boxes laid over every image.

A layout is a table with a row for each feature map. A row says how many cells the
map has, how far apart their centres lie, and which boxes stand on each centre. The
paper's boxes are called priors in Caffe and anchors in Faster R-CNN and torchvision.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ssd_lib.arguments import check_count, check_number
from ssd_lib.offsets import VARIANCES, check_variances


@dataclass(frozen=True)
class FeatureMap:
    """One row of a layout: a grid of cells, and the boxes on every cell.

    Attributes:
        grid: cells along each side.
        step_px: distance between the centres of two cells, in input pixels.
        min_size_px: side of the square box.
        max_size_px: with ``min_size_px`` it gives the extra square box, of side
            ``sqrt(min * max)``; it is the next map's ``min_size_px``. ``None``: no
            extra box.
        aspect_ratios: width to height of the other boxes, without 1; each comes
            with its reciprocal.

    Raises:
        ValueError: if a value is not a positive number, or ``grid`` is not whole.
    """

    grid: int
    step_px: float
    min_size_px: float
    max_size_px: float | None
    aspect_ratios: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_count("grid", self.grid)
        _check_positive("step_px", self.step_px)
        _check_positive("min_size_px", self.min_size_px)
        if self.max_size_px is not None:
            _check_positive("max_size_px", self.max_size_px)
        for ratio in self.aspect_ratios:
            _check_positive("aspect_ratios", ratio)

    @property
    def boxes_per_cell(self) -> int:
        """Number of boxes that share a centre."""
        return 1 + (self.max_size_px is not None) + 2 * len(self.aspect_ratios)

    @property
    def num_boxes(self) -> int:
        """Number of boxes of the whole map."""
        return self.grid**2 * self.boxes_per_cell

    def sizes_px(self) -> Iterator[tuple[float, float]]:
        """Width and height of each box on a cell, in Caffe's order."""
        side = self.min_size_px
        yield side, side
        if self.max_size_px is not None:
            extra = math.sqrt(side * self.max_size_px)
            yield extra, extra
        for ratio in self.aspect_ratios:
            long, short = side * math.sqrt(ratio), side / math.sqrt(ratio)
            yield long, short
            yield short, long


@dataclass(frozen=True)
class DefaultBoxLayout:
    """A table of feature maps for one input size.

    Attributes:
        image_px: side of the square input.
        maps: one row per feature map, finest first.
        clamp_sizes: whether no side is longer than the image's, as in torchvision;
            Caffe and the paper do not clamp.
        variances: of centre and size, the units of the offsets that a network with
            these boxes learns (:func:`ssd_lib.offsets.encode`); Caffe keeps them with
            its priors, too.

    Raises:
        ValueError: if there are no rows, the side is not positive, or the variances
            are not two positive numbers.
    """

    image_px: int
    maps: tuple[FeatureMap, ...]
    clamp_sizes: bool = False
    variances: tuple[float, float] = VARIANCES

    def __post_init__(self) -> None:
        check_count("image_px", self.image_px)
        if not self.maps:
            raise ValueError("maps must have at least one row, got none")
        check_variances(self.variances)

    @property
    def num_boxes(self) -> int:
        """Number of default boxes, P."""
        return sum(row.num_boxes for row in self.maps)


def tile_map(row: FeatureMap, image_px: int) -> Tensor:
    """The default boxes of one feature map.

    Args:
        row: the map.
        image_px: side of the square input.

    Returns:
        ``[grid * grid * A, 4]``, float32, cxcywh in fractions, in the order of
        :func:`default_boxes`; A is ``row.boxes_per_cell``.
    """
    sizes = torch.tensor([(w / image_px, h / image_px) for w, h in row.sizes_px()])
    middles = [(i + 0.5) * row.step_px / image_px for i in range(row.grid)]
    along = torch.tensor(middles)  # [G]
    boxes = torch.empty(row.grid, row.grid, len(sizes), 4)  # [G, G, A, 4]
    boxes[..., 0] = along[:, None]  # the column moves the centre right
    boxes[..., 1] = along[:, None, None]  # the row moves it down
    boxes[..., 2:] = sizes
    return boxes.reshape(-1, 4)  # [G, G, A, 4] -> [G * G * A, 4]


def default_boxes(layout: DefaultBoxLayout) -> Tensor:
    r"""All default boxes of a layout.

    .. math:: c_x = (column + 0.5) \cdot step / image \quad w = s \sqrt{a}
        \quad h = s / \sqrt{a}

    Args:
        layout: the table of feature maps.

    Returns:
        ``[P, 4]``, float32, cxcywh in fractions of the image, in Caffe's order:
        map by map, in a map row by row, in a row cell by cell, in a cell box by
        box. Not clipped: boxes and even centres may lie outside 0 to 1. The paper
        puts centres at ``(column + 0.5) / grid``; Caffe's steps, which we use, are
        a little larger on the maps whose grid does not divide the input.

    Example:
        >>> default_boxes(SSD300_VOC).shape
        torch.Size([8732, 4])

    References:
        Liu et al. 2016, section 2.2, "Choosing scales and aspect ratios".
    """
    boxes = torch.cat([tile_map(row, layout.image_px) for row in layout.maps]).float()
    if layout.clamp_sizes:
        boxes[:, 2:].clamp_(max=1)
    return boxes


def linear_scales(num_maps: int, s_min: float = 0.2, s_max: float = 0.9) -> list[float]:
    r"""The paper's scales, evenly spaced from ``s_min`` to ``s_max``.

    .. math:: s_k = s_{min} + \frac{s_{max} - s_{min}}{m - 1} (k - 1)

    Args:
        num_maps: m, at least 2.
        s_min: scale of the finest map, a fraction of the image's side.
        s_max: scale of the coarsest map.

    Returns:
        m scales. Caffe's tables are not these: they round the step to whole percent
        and give conv4_3 a scale of its own.

    Raises:
        ValueError: if ``num_maps`` is below 2 or a scale is not positive.

    Example:
        >>> [round(scale, 3) for scale in linear_scales(6)]
        [0.2, 0.34, 0.48, 0.62, 0.76, 0.9]

    References:
        Liu et al. 2016, equation 4.
    """
    check_count("num_maps", num_maps, minimum=2)
    _check_positive("s_min", s_min)
    _check_positive("s_max", s_max)
    step = (s_max - s_min) / (num_maps - 1)
    return [s_min + step * k for k in range(num_maps)]


def layout_from_scales(
    image_px: int,
    grids: Sequence[int],
    scales: Sequence[float],
    aspect_ratios: Sequence[Sequence[float]],
) -> DefaultBoxLayout:
    """A layout for any grids, its cells spread evenly as the paper has them.

    Args:
        image_px: side of the square input.
        grids: cells along each side, one number per map.
        scales: one per map and one more, for the extra box of the last map; in
            fractions of the image's side.
        aspect_ratios: without 1 and without reciprocals, one sequence per map.

    Raises:
        ValueError: if the numbers of entries do not go together, or one of them
            is not positive.

    Example:
        >>> layout_from_scales(128, [8, 4], [0.2, 0.5, 0.9], [[2], [2]]).num_boxes
        320
    """
    if len(scales) != len(grids) + 1:
        raise ValueError(
            f"scales must have one entry more than grids ({len(grids) + 1}), got {len(scales)}"
        )
    if len(aspect_ratios) != len(grids):
        raise ValueError(
            f"aspect_ratios must have one entry per grid ({len(grids)}), got {len(aspect_ratios)}"
        )
    rows = []
    for grid, ratios, *pair in zip(grids, aspect_ratios, scales, scales[1:]):  # noqa: B905
        check_count("grids", grid)
        small, large = (scale * image_px for scale in pair)
        rows.append(FeatureMap(grid, image_px / grid, small, large, tuple(ratios)))
    return DefaultBoxLayout(image_px, tuple(rows))


def _check_positive(name: str, value: float) -> None:
    check_number(name, value, exclusive_minimum=True)


SSD300_VOC = DefaultBoxLayout(
    300,
    (
        FeatureMap(38, 8, 30, 60, (2,)),
        FeatureMap(19, 16, 60, 111, (2, 3)),
        FeatureMap(10, 32, 111, 162, (2, 3)),
        FeatureMap(5, 64, 162, 213, (2, 3)),
        FeatureMap(3, 100, 213, 264, (2,)),
        FeatureMap(1, 300, 264, 315, (2,)),
    ),
)

SSD300_COCO = DefaultBoxLayout(
    300,
    (
        FeatureMap(38, 8, 21, 45, (2,)),
        FeatureMap(19, 16, 45, 99, (2, 3)),
        FeatureMap(10, 32, 99, 153, (2, 3)),
        FeatureMap(5, 64, 153, 207, (2, 3)),
        FeatureMap(3, 100, 207, 261, (2,)),
        FeatureMap(1, 300, 261, 315, (2,)),
    ),
)

SSD300_TORCHVISION = replace(SSD300_COCO, clamp_sizes=True)

# SSD512's sizes are 7, 15, 30, ... 90, 105 % of 512 pixels (COCO: 4, 10, 26, ...),
# cut to whole pixels: Caffe keeps a prior's size in an int.
SSD512_VOC = DefaultBoxLayout(
    512,
    (
        FeatureMap(64, 8, 35, 76, (2,)),
        FeatureMap(32, 16, 76, 153, (2, 3)),
        FeatureMap(16, 32, 153, 230, (2, 3)),
        FeatureMap(8, 64, 230, 307, (2, 3)),
        FeatureMap(4, 128, 307, 384, (2, 3)),
        FeatureMap(2, 256, 384, 460, (2,)),
        FeatureMap(1, 512, 460, 537, (2,)),
    ),
)

SSD512_COCO = DefaultBoxLayout(
    512,
    (
        FeatureMap(64, 8, 20, 51, (2,)),
        FeatureMap(32, 16, 51, 133, (2, 3)),
        FeatureMap(16, 32, 133, 215, (2, 3)),
        FeatureMap(8, 64, 215, 296, (2, 3)),
        FeatureMap(4, 128, 296, 378, (2, 3)),
        FeatureMap(2, 256, 378, 460, (2,)),
        FeatureMap(1, 512, 460, 542, (2,)),
    ),
)
