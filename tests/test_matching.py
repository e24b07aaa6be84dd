"""Matching against Caffe's rules, written as loops over plain numbers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.matching import bipartite, match, match_batch, match_ious


def caffe_rules(ious, iou_threshold=0.5):
    """``MatchBBox`` with per-prediction matching: a list of objects or -1."""
    ious = [[float(v) for v in row] for row in ious]
    boxes = range(len(ious[0])) if ious else range(0)
    matched = [-1] * len(boxes)
    free = list(range(len(ious)))
    while free:
        best, pair = 1e-6, None
        for box in boxes:
            if matched[box] == -1:
                for gt in free:
                    if ious[gt][box] > best:
                        best, pair = ious[gt][box], (gt, box)
        if pair is None:
            break
        matched[pair[1]] = pair[0]
        free.remove(pair[0])
    taken = [gt != -1 for gt in matched]
    for box in boxes:
        best = -1.0
        for gt in range(len(ious)):
            overlap = ious[gt][box]
            if not taken[box] and overlap >= iou_threshold and overlap > best:
                best, matched[box] = overlap, gt
    return matched


def random_ious(objects, boxes, generator, ties):
    ious = torch.rand(objects, boxes, generator=generator)
    if ties:  # few different values, many of them 0 or exactly 0.5
        ious = (ious * 5).floor() / 4
    return ious


@pytest.mark.parametrize("ties", [False, True])
def test_random_tables_are_matched_as_caffe_does(ties):
    generator = torch.Generator().manual_seed(0)
    for trial in range(1000):
        objects = trial % 7
        boxes = 1 + trial % 11
        ious = random_ious(objects, boxes, generator, ties)
        wanted = caffe_rules(ious) if objects else [-1] * boxes
        assert match_ious(ious).tolist() == wanted, ious


def test_random_objects_on_ssd300_are_matched_as_caffe_does():
    generator = torch.Generator().manual_seed(1)
    corners = cxcywh_to_xyxy(default_boxes(SSD300_VOC))[::17]
    for _ in range(12):
        start = torch.rand(6, 2, generator=generator) * 0.8
        size = 0.01 + torch.rand(6, 2, generator=generator) * 0.4
        ious = box_iou(torch.cat([start, start + size], dim=1), corners)
        assert match_ious(ious).tolist() == caffe_rules(ious)


@pytest.mark.parametrize("ties", [False, True])
def test_a_batch_is_matched_image_by_image(ties):
    generator = torch.Generator().manual_seed(2)
    for trial in range(200):
        counts = torch.randint(0, 5, (1 + trial % 4,), generator=generator).tolist()
        tables = [random_ious(n, 9, generator, ties) for n in counts]
        matched = match_batch(torch.cat(tables), counts)
        first = 0
        for row, table in zip(matched, tables, strict=True):
            alone = match_ious(table)
            assert torch.equal(row, torch.where(alone >= 0, alone + first, -1))
            first += len(table)


def test_two_objects_that_share_a_best_box_both_keep_one():
    ious = torch.tensor([[0.6, 0.1, 0.0], [0.9, 0.4, 0.2]])
    assert bipartite(ious).tolist() == [1, 0]
    assert match_ious(ious).tolist() == [1, 0, -1]


def test_the_same_object_twice_gets_two_boxes():
    ious = torch.tensor([[0.7, 0.4, 0.2]] * 2)
    assert bipartite(ious).tolist() == [0, 1]
    assert match_ious(ious).tolist() == [0, 1, -1]


def test_a_chain_of_rejections_is_followed_to_its_end():
    ious = torch.tensor([[0.9, 0.8, 0.7, 0.6], [0.91, 0.81, 0.1, 0.1], [0.95, 0.1, 0.1, 0.1]])
    assert bipartite(ious).tolist() == [2, 1, 0]


def test_an_object_that_meets_no_box_stays_without():
    assert match_ious(torch.zeros(2, 3)).tolist() == [-1, -1, -1]
    assert bipartite(torch.tensor([[1e-6, 0.0]])).tolist() == [-1]
    assert bipartite(torch.tensor([[2e-6, 0.0]])).tolist() == [0]


def test_more_objects_than_boxes_leave_some_without():
    ious = torch.tensor([[0.3, 0.2], [0.9, 0.8], [0.7, 0.1], [0.05, 0.04]])
    assert bipartite(ious).tolist() == [1, 0, -1, -1]
    assert match_ious(ious).tolist() == caffe_rules(ious)


def test_no_object_and_no_box():
    assert match(torch.zeros(0, 4), torch.rand(5, 4)).tolist() == [-1] * 5
    assert match(torch.rand(2, 4), torch.zeros(0, 4)).tolist() == []
    assert bipartite(torch.zeros(3, 0)).tolist() == [-1, -1, -1]
    assert match_batch(torch.zeros(0, 4), []).shape == (0, 4)
    assert match_batch(torch.zeros(0, 4), [0, 0]).tolist() == [[-1] * 4] * 2


@pytest.mark.parametrize(("iou", "matched"), [(0.5, 0), (math.nextafter(0.5, 0), -1)])
def test_an_iou_of_exactly_the_threshold_is_enough(iou, matched):
    ious = torch.tensor([[0.8, iou]], dtype=torch.float64)
    assert match_ious(ious).tolist() == [0, matched]


def test_of_equal_ones_the_first_box_and_the_first_object():
    assert bipartite(torch.full((1, 5), 0.3)).tolist() == [0]
    assert match_ious(torch.full((2, 4), 0.6)).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    "box",
    [[0.5, 0.2, 0.5, 0.8], [0.9, 0.2, 0.1, 0.8], [0.9, 0.8, 0.1, 0.2], [2, 2, 3, 3]],
    ids=["flat", "inverted", "inverted twice", "outside"],
)
def test_a_box_that_is_none_matches_nothing_and_disturbs_nobody(box):
    corners = cxcywh_to_xyxy(default_boxes(SSD300_VOC))
    good = torch.tensor([[0.2, 0.3, 0.6, 0.7]])
    alone = match(good, corners)
    both = match(torch.cat([torch.tensor([box], dtype=torch.float32), good]), corners)
    assert torch.equal(both, torch.where(alone == 0, 1, -1))


boxes = st.lists(st.tuples(*[st.floats(0, 0.8)] * 2, *[st.floats(0.002, 0.9)] * 2), max_size=9)


@given(boxes=boxes)
def test_every_object_that_meets_a_box_keeps_one(boxes):
    gt = torch.tensor(boxes).reshape(-1, 4)
    gt = torch.cat([gt[:, :2], gt[:, :2] + gt[:, 2:]], dim=1)
    ious = box_iou(gt, cxcywh_to_xyxy(default_boxes(SSD300_VOC)))
    matched = match_ious(ious)
    meets = (ious > 1e-6).sum(dim=1) >= len(gt)  # enough boxes for all who want them
    assert set(meets.nonzero().flatten().tolist()) <= set(matched.tolist())
    by_threshold = (ious >= 0.5).any(dim=0)
    assert (matched[by_threshold] >= 0).all()


def test_without_ties_the_order_of_objects_does_not_matter():
    generator = torch.Generator().manual_seed(3)
    for trial in range(200):
        ious = random_ious(1 + trial % 8, 9, generator, ties=False)
        order = torch.randperm(len(ious), generator=generator)
        assert torch.equal(bipartite(ious[order]), bipartite(ious)[order])


def test_arguments_are_left_as_they_were():
    ious = torch.tensor([[0.6, 0.1], [0.9, 0.4]])
    before = ious.clone()
    match_ious(ious)
    assert torch.equal(ious, before)


def test_nan_in_a_table_ends_and_matches_nothing_of_its_object():
    ious = torch.tensor([[math.nan, 0.9], [0.2, 0.3]])
    assert bipartite(ious).tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: match_ious(torch.rand(3)), r"ious must be \[N, P\], got \[3\]"),
        (lambda: match_ious(torch.rand(1, 3), 0.0), "above 0 and at most 1, got 0.0"),
        (lambda: match_ious(torch.rand(1, 3), 1.1), "got 1.1"),
        (lambda: match_ious(torch.rand(1, 3), math.nan), "iou_threshold .* got nan"),
        (lambda: match_ious(torch.rand(1, 3), None), "iou_threshold .* got None"),
        (
            lambda: match_ious(torch.rand(1, 3), iou_threshold=True),
            "iou_threshold .* got True",
        ),
        (lambda: match_ious(torch.ones(1, 3).long()), "floating-point tensor, got torch.int64"),
        (lambda: match_ious([[0.5]]), "ious must be .*tensor, got list"),
        (lambda: match_batch(torch.rand(3, 3), [4, -1]), "counts must be .* got -1"),
        (lambda: match_batch(torch.rand(3, 3), [1, 1]), "add up to 3, got 2"),
        (lambda: match(torch.rand(3, 3), torch.rand(3, 4)), "boxes1 must be"),
    ],
)
def test_what_cannot_be_right_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
