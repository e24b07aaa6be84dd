"""Default boxes against torchvision, a loop written apart, and Caffe's counts."""

import math
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList

from ssd_lib.boxes import clip_boxes, cxcywh_to_xyxy
from ssd_lib.default_boxes import (
    SSD300_COCO,
    SSD300_VOC,
    SSD512_COCO,
    SSD512_VOC,
    DefaultBoxLayout,
    FeatureMap,
    default_boxes,
    layout_from_scales,
    linear_scales,
    tile_map,
)

LAYOUTS = {
    "ssd300-voc": SSD300_VOC,
    "ssd300-coco": SSD300_COCO,
    "ssd512-voc": SSD512_VOC,
    "ssd512-coco": SSD512_COCO,
}
ROW = FeatureMap(2, 50, 30, 60, (2,))


@pytest.fixture(params=LAYOUTS, name="layout")
def each_layout(request):
    return LAYOUTS[request.param]


def prior_boxes(image, grids, steps, min_sizes, max_sizes, ratios):
    """What Caffe's PriorBox layers do, box by box, from the paper's percentages."""
    for grid, step, small, large, wide in zip(
        grids, steps, min_sizes, max_sizes, ratios, strict=True
    ):
        small, large = int(small), int(large)  # Caffe keeps them in an int
        for j in range(grid):
            for i in range(grid):
                x, y = (i + 0.5) * step / image, (j + 0.5) * step / image
                sides = [(small, small), (math.sqrt(small * large),) * 2]
                for ratio in wide:
                    root = math.sqrt(ratio)
                    sides += [
                        (small * root, small / root),
                        (small / root, small * root),
                    ]
                for w, h in sides:
                    yield [x, y, w / image, h / image]


def percent(image, first, low, high, count):
    step = (high - low) // (count - 2)
    sizes = [first, *range(low, high + 1, step)]
    sizes.append(sizes[-1] + step)
    return [image * size / 100 for size in sizes]


@pytest.mark.parametrize(
    ("name", "first", "low"),
    [
        ("ssd300-voc", 10, 20),
        ("ssd300-coco", 7, 15),
        ("ssd512-voc", 7, 15),
        ("ssd512-coco", 4, 10),
    ],
)
def test_boxes_equal_a_loop_over_the_percentages(name, first, low):
    if name.startswith("ssd300"):
        image, grids = 300, [38, 19, 10, 5, 3, 1]
        steps = [8, 16, 32, 64, 100, 300]
        ratios = [[2], [2, 3], [2, 3], [2, 3], [2], [2]]
    else:
        image, grids = 512, [64, 32, 16, 8, 4, 2, 1]
        steps = [8, 16, 32, 64, 128, 256, 512]
        ratios = [[2], [2, 3], [2, 3], [2, 3], [2, 3], [2], [2]]
    sizes = percent(image, first, low, 90, len(grids))
    looped = list(prior_boxes(image, grids, steps, sizes[:-1], sizes[1:], ratios))
    torch.testing.assert_close(
        default_boxes(LAYOUTS[name]), torch.tensor(looped), atol=1e-7, rtol=0
    )


def torchvision_boxes(layout, scales, clip, steps):
    ratios = [list(row.aspect_ratios) for row in layout.maps]
    generator = DefaultBoxGenerator(ratios, scales=scales, steps=steps, clip=clip)
    side = layout.image_px
    images = ImageList(torch.zeros(1, 3, side, side), [(side, side)])
    maps = [torch.zeros(1, 1, row.grid, row.grid) for row in layout.maps]
    return generator(images, maps)[0] / side


@pytest.mark.parametrize(
    ("layout", "scales"),
    [
        (SSD300_VOC, [0.1, 0.2, 0.37, 0.54, 0.71, 0.88, 1.05]),
        (SSD300_COCO, [0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05]),
    ],
    ids=["voc", "coco"],
)
@pytest.mark.parametrize("clip", [False, True])
def test_boxes_equal_torchvision(layout, scales, clip):
    boxes = default_boxes(replace(layout, clamp_sizes=clip))
    steps = [row.step_px for row in layout.maps]
    expected = torchvision_boxes(layout, scales, clip, steps)
    torch.testing.assert_close(cxcywh_to_xyxy(boxes), expected, atol=1e-6, rtol=0)


def test_a_layout_from_scales_equals_torchvision_without_steps():
    scales = [0.1, 0.3, 0.6, 0.95]
    layout = layout_from_scales(160, [20, 7, 3], scales, [[2], [2, 3], [1.5]])
    expected = torchvision_boxes(layout, scales, clip=False, steps=None)
    boxes = cxcywh_to_xyxy(default_boxes(layout))
    torch.testing.assert_close(boxes, expected, atol=1e-6, rtol=0)


def test_counts(layout):
    expected = 8732 if layout.image_px == 300 else 24564
    assert layout.num_boxes == expected == len(default_boxes(layout))
    assert default_boxes(layout).dtype == torch.float32


def test_facts_that_the_chapter_tells():
    boxes = default_boxes(SSD300_VOC)
    corners = cxcywh_to_xyxy(boxes)
    assert (clip_boxes(corners) != corners).any(dim=1).sum() == 2869
    assert (boxes.clamp(0, 1) != boxes).any(dim=1).sum() == 134
    assert (boxes[:, 2:] > 1).any(dim=1).sum() == 20
    assert (boxes[:, :2] > 1).any(dim=1).sum() == 114
    assert boxes[:, :2].max().item() == pytest.approx(304 / 300)


def test_all_boxes_of_a_map_but_the_extra_one_have_one_area(layout):
    for row in layout.maps:
        areas = [w * h for w, h in row.sizes_px()]
        square, extra, *others = areas
        assert others == pytest.approx([square] * len(others))
        assert extra == pytest.approx(row.min_size_px * row.max_size_px)


def test_the_order_is_rows_then_columns_then_boxes():
    boxes = tile_map(ROW, 100).reshape(2, 2, 4, 4)  # [row, column, box, cxcywh]
    assert boxes[0, 1, 0, :2].tolist() == [0.75, 0.25]
    assert boxes[1, 0, 3, :2].tolist() == [0.25, 0.75]
    assert boxes[0, 0, 2, 2] > boxes[0, 0, 3, 2]  # ratio 2 before 1/2


def test_a_map_without_extra_box_and_ratios_has_one_box_a_cell():
    row = FeatureMap(3, 10, 5, None)
    assert row.boxes_per_cell == 1
    assert tile_map(row, 30).shape == (9, 4)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((6,), [0.2, 0.34, 0.48, 0.62, 0.76, 0.9]),
        ((5,), [0.2, 0.375, 0.55, 0.725, 0.9]),
        ((2, 0.1, 0.5), [0.1, 0.5]),
    ],
)
def test_equation_4(arguments, expected):
    assert linear_scales(*arguments) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: DefaultBoxLayout(300, ()), "maps must have at least one row, got none"),
        (lambda: DefaultBoxLayout(0, (ROW,)), "image_px must be .* got 0"),
        *(
            (lambda wrong=wrong: replace(SSD300_VOC, variances=wrong), message)
            for wrong, message in (
                ((0.1,), r"variances must be two positive numbers, got \(0.1,\)"),
                (None, "variances must be two positive numbers, got None"),
                ((0.1, 0), r"variances\[1\] must be .* got 0"),
                ((math.nan, 0.2), r"variances\[0\] must be .* got nan"),
            )
        ),
        (lambda: FeatureMap(0, 8, 30, 60), "grid must be .* got 0"),
        (lambda: FeatureMap(2.5, 8, 30, 60), "grid must be a whole number .* got 2.5"),
        (lambda: FeatureMap(2, -8, 30, 60), "step_px must be .* above 0, got -8"),
        (lambda: FeatureMap(2, 8, 0, 60), "min_size_px must be .* got 0"),
        (lambda: FeatureMap(2, 8, 30, math.nan), "max_size_px must be .* got nan"),
        (lambda: FeatureMap(2, 8, 30, 60, (2, -3)), "aspect_ratios must be .* got -3"),
        (lambda: linear_scales(1), "num_maps must be .* at least 2, got 1"),
        (lambda: linear_scales(3, 0, 0.9), "s_min must be .* got 0"),
        (lambda: linear_scales(3, 0.1, math.inf), "s_max must be .* got inf"),
        (
            lambda: layout_from_scales(9, [3], [0.1], [[]]),
            r"scales must .* \(2\), got 1",
        ),
        (
            lambda: layout_from_scales(9, [3], [0.1, 0.2], []),
            r"aspect_ratios must .* \(1\), got 0",
        ),
        (lambda: layout_from_scales(9, [0], [0.1, 0.2], [[]]), "grids must be .* got 0"),
        (lambda: layout_from_scales(9, [], [0.1], []), "maps must have at least one row"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_a_layout_cannot_be_changed_by_accident():
    with pytest.raises(FrozenInstanceError):
        SSD300_VOC.image_px = 512
