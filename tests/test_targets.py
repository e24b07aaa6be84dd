"""Targets of a batch: against matching and encoding image by image, and wrong input."""

import math

import pytest
import torch
from torch.testing import assert_close

from ssd_lib.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.matching import match
from ssd_lib.offsets import decode, encode
from ssd_lib.targets import encode_targets

BOXES = default_boxes(SSD300_VOC)


def random_batch(counts, seed=0):
    generator = torch.Generator().manual_seed(seed)
    gt_boxes, gt_labels = [], []
    for count in counts:
        start = torch.rand(count, 2, generator=generator) * 0.7
        size = 0.03 + torch.rand(count, 2, generator=generator) * 0.3
        gt_boxes.append(torch.cat([start, start + size], dim=1))
        gt_labels.append(torch.randint(1, 21, (count,), generator=generator))
    return gt_boxes, gt_labels


def test_a_batch_is_what_its_images_are_alone():
    gt_boxes, gt_labels = random_batch([3, 0, 7, 1])
    offsets, labels = encode_targets(gt_boxes, gt_labels, BOXES)
    assert offsets.shape == (4, 8732, 4)
    assert labels.shape == (4, 8732)
    assert labels.dtype == torch.int64
    for i, (gt, gt_label) in enumerate(zip(gt_boxes, gt_labels, strict=True)):
        matched = match(gt, cxcywh_to_xyxy(BOXES))
        found = matched >= 0
        assert torch.equal(labels[i] > 0, found)
        assert torch.equal(labels[i][found], gt_label[matched[found]])
        wanted = encode(xyxy_to_cxcywh(gt)[matched[found]], BOXES[found])
        assert_close(offsets[i][found], wanted)
        assert (offsets[i][~found] == 0).all()


def test_decoded_targets_are_the_objects():
    gt_boxes, gt_labels = random_batch([5])
    offsets, _ = encode_targets(gt_boxes, gt_labels, BOXES)
    matched = match(gt_boxes[0], cxcywh_to_xyxy(BOXES))
    found = matched >= 0
    decoded = cxcywh_to_xyxy(decode(offsets[0][found], BOXES[found]))
    assert_close(decoded, gt_boxes[0][matched[found]], atol=1e-5, rtol=0)


@pytest.mark.parametrize("counts", [[0], [0, 0, 0], []])
def test_images_without_objects_are_all_background(counts):
    offsets, labels = encode_targets(*random_batch(counts), BOXES)
    assert offsets.shape == (len(counts), 8732, 4)
    assert not labels.any()
    assert not offsets.any()


def test_objects_without_area_are_background_and_the_others_are_found():
    broken = torch.tensor([[0.5, 0.2, 0.5, 0.8], [0.9, 0.2, 0.1, 0.8]])
    gt_boxes, gt_labels = random_batch([2])
    alone = encode_targets(gt_boxes, gt_labels, BOXES)
    both = encode_targets(
        [torch.cat([broken, gt_boxes[0]])],
        [torch.cat([torch.tensor([20, 20]), gt_labels[0]])],
        BOXES,
    )
    assert torch.equal(alone[0], both[0])
    assert torch.equal(alone[1], both[1])
    assert both[0].isfinite().all()


def test_small_integers_and_a_higher_threshold_are_taken():
    gt_boxes, gt_labels = random_batch([4])
    labels = [gt_labels[0].to(torch.uint8)]
    few = encode_targets(gt_boxes, labels, BOXES, iou_threshold=0.7)[1]
    many = encode_targets(gt_boxes, gt_labels, BOXES)[1]
    assert 4 <= (few > 0).sum() < (many > 0).sum()
    assert few.dtype == torch.int64


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_boxes_of_another_precision_are_taken(dtype):
    gt_boxes, gt_labels = random_batch([3])
    offsets, labels = encode_targets([gt_boxes[0].to(dtype)], gt_labels, BOXES)
    assert offsets.dtype == torch.float32
    assert (labels > 0).any()


def test_other_variances_scale_the_targets():
    batch = random_batch([2])
    usual, _ = encode_targets(*batch, BOXES)
    plain, _ = encode_targets(*batch, BOXES, variances=(1.0, 1.0))
    assert_close(plain, usual * torch.tensor([0.1, 0.1, 0.2, 0.2]))


def test_arguments_are_left_as_they_were():
    gt_boxes, gt_labels = random_batch([3])
    before = gt_boxes[0].clone(), gt_labels[0].clone(), BOXES.clone()
    encode_targets(gt_boxes, gt_labels, BOXES)
    assert torch.equal(gt_boxes[0], before[0])
    assert torch.equal(gt_labels[0], before[1])
    assert torch.equal(BOXES, before[2])


GOOD = torch.tensor([[0.1, 0.1, 0.5, 0.5]])
ONE = torch.tensor([1])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_coordinate_that_is_not_finite_names_its_image(value):
    bad = torch.tensor([[0.1, 0.1, 0.5, 0.5], [0.1, value, 0.5, 0.5]])
    with pytest.raises(ValueError, match=r"finite, got .* of image 1, object 1"):
        encode_targets([GOOD, bad], [ONE, torch.tensor([1, 2])], BOXES)


@pytest.mark.parametrize(
    ("label", "num_classes", "message"),
    [
        (0, None, r"at least 1 \(0 is background\), got 0 of image 2, object 0"),
        (-3, 21, "1 to 20 .* got -3 of image 2"),
        (21, 21, "1 to 20 .* got 21 of image 2"),
    ],
)
def test_a_label_out_of_range_names_its_image(label, num_classes, message):
    labels = [ONE, torch.zeros(0, dtype=torch.int64), torch.tensor([label])]
    boxes = [GOOD, torch.zeros(0, 4), GOOD]
    with pytest.raises(ValueError, match=message):
        encode_targets(boxes, labels, BOXES, num_classes=num_classes)


@pytest.mark.parametrize(
    ("gt_boxes", "gt_labels", "message"),
    [
        ([GOOD], [], r"gt_labels must have one entry per image \(1\), got 0"),
        ([GOOD[0]], [ONE], r"gt_boxes\[0\] must be \[N, 4\], got \[4\]"),
        ([GOOD], [torch.tensor([1, 2])], r"gt_labels\[0\] must be \[1\], got \[2\]"),
        ([GOOD], [torch.tensor([1.0])], "must be integers, got torch.float32"),
        ([GOOD], [torch.tensor([True])], "must be integers, got torch.bool"),
        ([GOOD.tolist()], [ONE], r"gt_boxes\[0\] must be a tensor, got list"),
        ([GOOD], [[1]], r"gt_labels\[0\] must be a tensor, got list"),
    ],
)
def test_lists_that_do_not_fit_are_refused(gt_boxes, gt_labels, message):
    with pytest.raises(ValueError, match=message):
        encode_targets(gt_boxes, gt_labels, BOXES)


@pytest.mark.parametrize(
    ("boxes", "options", "message"),
    [
        (BOXES[0], {}, r"default_boxes must be \[P, 4\], got \[4\]"),
        (BOXES.long(), {}, "default_boxes must be floating-point, got torch.int64"),
        (BOXES, {"num_classes": 1}, "num_classes must be a whole number of at least 2"),
        (BOXES, {"num_classes": 2.0}, "num_classes must be .* got 2.0"),
        (BOXES, {"iou_threshold": math.nan}, "iou_threshold must be .* got nan"),
        (BOXES, {"variances": (0.1,)}, r"variances must be two .* got \(0.1,\)"),
    ],
)
def test_settings_that_make_no_sense_are_refused(boxes, options, message):
    with pytest.raises(ValueError, match=message):
        encode_targets([GOOD], [ONE], boxes, **options)


@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8, torch.bool])
def test_labels_of_no_object_may_have_any_dtype(dtype):
    labels = [torch.zeros(0, dtype=dtype), ONE]
    _, found = encode_targets([torch.zeros(0, 4), GOOD], labels, BOXES)
    assert found.dtype == torch.int64


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_objects_on_the_cpu_meet_default_boxes_on_the_gpu():
    batch = random_batch([3, 0, 2])
    here = encode_targets(*batch, BOXES)
    moved = [[x.cuda() for x in part] for part in batch]
    there = encode_targets(*batch, BOXES.cuda())
    assert torch.equal(there[0], encode_targets(*moved, BOXES.cuda())[0])
    assert_close(there[0].cpu(), here[0])
    assert torch.equal(there[1].cpu(), here[1])
