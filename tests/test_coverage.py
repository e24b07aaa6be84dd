"""Coverage against a loop, closed forms, and at its edges."""

import pytest
import torch

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.coverage import AT_ONCE, choose_layout, coverage, fit_layout
from ssd_lib.default_boxes import (
    SSD300_VOC,
    DefaultBoxLayout,
    FeatureMap,
    default_boxes,
    tile_map,
)

TWO_MAPS = DefaultBoxLayout(100, (FeatureMap(2, 50, 40, None), FeatureMap(1, 100, 80, None)))


def squares(side, count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=generator) * (1 - side)
    return torch.cat([corner, corner + side], dim=1)  # [count, 4]


def test_coverage_equals_a_loop_over_objects_and_maps():
    objects = torch.cat([squares(0.1, 20), squares(0.5, 20, seed=1)])
    found = coverage(objects, SSD300_VOC)
    for i, thing in enumerate(objects):
        ious = [box_iou(thing[None], cxcywh_to_xyxy(tile_map(row, 300))) for row in SSD300_VOC.maps]
        best = [iou.max().item() for iou in ious]
        assert found.best_iou[i].item() == max(best)
        assert found.best_map[i].item() == best.index(max(best))
        assert found.num_reaching[i].tolist() == [(iou >= 0.5).sum().item() for iou in ious]


@pytest.mark.parametrize(("side_px", "reached"), [(20, 0), (21.2, 0), (22, 1)])
def test_no_square_below_30_over_root_2_is_reached(side_px, reached):
    found = coverage(squares(side_px / 300, 300), SSD300_VOC)
    assert found.share == (found.best_iou >= 0.5).float().mean().item() == reached


def test_an_iou_of_exactly_the_threshold_reaches():
    half = torch.tensor([[0.05, 0.05, 0.45, 0.25]])  # half of the first cell's box
    found = coverage(half, TWO_MAPS, iou_threshold=0.5)
    assert found.best_iou.item() == pytest.approx(0.5)
    exact = found.best_iou.item()
    assert coverage(half, TWO_MAPS, exact).num_reaching.tolist() == [[1, 0]]
    assert coverage(half, TWO_MAPS, exact + 1e-6).num_reaching.tolist() == [[0, 0]]


def test_the_best_map_is_the_one_whose_box_is_the_object():
    corners = cxcywh_to_xyxy(default_boxes(TWO_MAPS))
    found = coverage(corners, TWO_MAPS)
    assert found.best_map.tolist() == [0, 0, 0, 0, 1]
    assert found.best_iou.tolist() == pytest.approx([1.0] * 5)


def test_more_objects_than_are_looked_at_at_once_give_the_same():
    objects = squares(0.2, AT_ONCE + 3)
    whole = coverage(objects, TWO_MAPS)
    parts = [coverage(part, TWO_MAPS) for part in objects.split(100)]
    for all_at_once, *pieces in zip(whole, *parts, strict=True):
        assert torch.equal(all_at_once, torch.cat(pieces))


def test_no_objects():
    found = coverage(torch.zeros(0, 4), SSD300_VOC)
    assert [tuple(field.shape) for field in found] == [(0,), (0,), (0, 6)]
    assert found.share == 0


def test_an_object_without_area_reaches_nothing():
    found = coverage(torch.full((1, 4), 0.5), TWO_MAPS)
    assert found.best_iou.item() == 0
    assert found.best_map.item() == 0
    assert found.num_reaching.sum() == 0


def test_the_dtype_of_the_objects_is_kept():
    assert coverage(squares(0.2, 3).double(), TWO_MAPS).best_iou.dtype == torch.float64


def test_wrong_objects_are_named():
    with pytest.raises(ValueError, match=r"boxes1 must be \[\*, 4\], got \[3, 5\]"):
        coverage(torch.zeros(3, 5), TWO_MAPS)


def test_a_layout_is_found_that_reaches_small_objects():
    generator = torch.Generator().manual_seed(0)
    corner = torch.rand(200, 2, generator=generator) * 0.9
    side = 0.05 + 0.02 * torch.rand(200, 1, generator=generator)
    small = torch.cat([corner, corner + side], dim=1)  # 15 to 21 px of 300
    before = (coverage(small, SSD300_VOC).best_iou >= 0.5).float().mean()
    fitted = fit_layout(small, SSD300_VOC)
    after = (coverage(small, fitted).best_iou >= 0.5).float().mean()
    assert before < 0.1
    assert after > 0.6
    assert fitted.num_boxes == SSD300_VOC.num_boxes
    assert [m.grid for m in fitted.maps] == [m.grid for m in SSD300_VOC.maps]


def test_a_layout_that_fits_is_kept_and_so_is_one_without_objects():
    boxes = cxcywh_to_xyxy(default_boxes(SSD300_VOC))[::50]
    inside = boxes[(boxes.min(dim=1).values >= 0) & (boxes.max(dim=1).values <= 1)]
    assert fit_layout(inside, SSD300_VOC) == SSD300_VOC
    assert fit_layout(torch.zeros(0, 4), SSD300_VOC) == SSD300_VOC


@pytest.mark.parametrize(("misses", "is_kept"), [(4, True), (20, False)])
def test_a_layout_that_reaches_nearly_all_is_kept(misses, is_kept):
    diagonal = torch.linspace(0, 0.85, 80)[:, None].expand(80, 2)
    reached = torch.cat([diagonal, diagonal + 0.1], dim=1)  # 30 pixels of 300
    diagonal = torch.linspace(0, 0.85, misses)[:, None].expand(misses, 2)
    boxes = torch.cat([reached, torch.cat([diagonal, diagonal + 0.05], dim=1)])
    chosen = choose_layout(boxes, SSD300_VOC)
    assert (chosen == SSD300_VOC) == is_kept
    assert coverage(boxes, chosen).share >= coverage(boxes, SSD300_VOC).share
    assert choose_layout(boxes, SSD300_VOC, enough=0.5) == SSD300_VOC


def test_nothing_is_chosen_without_objects():
    assert choose_layout(torch.zeros(0, 4), SSD300_VOC) == SSD300_VOC


def test_the_objects_that_are_looked_at_are_chosen_evenly():
    small, large = squares(0.05, 20), squares(0.6, 20, seed=1)
    boxes = torch.cat([small, large])  # the first ten alone would say: all are small
    fitted = fit_layout(boxes, SSD300_VOC, max_objects=10)
    assert fitted == fit_layout(boxes[::4], SSD300_VOC)
    assert fitted != fit_layout(small, SSD300_VOC)
