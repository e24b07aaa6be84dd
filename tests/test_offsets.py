"""Encoding and decoding: worked numbers, torchvision's coder, and there and back."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close
from torchvision.models.detection._utils import BoxCoder

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.offsets import LARGEST_STRETCH, decode, encode

side = st.floats(0.01, 2.0)
place = st.floats(-1.0, 2.0)
box = st.tuples(place, place, side, side)


def random_boxes(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centre = torch.rand(count, 2, generator=generator)
    return torch.cat([centre, 0.02 + torch.rand(count, 2, generator=generator)], dim=1)


def test_numbers_worked_by_hand():
    default_box = torch.tensor([0.5, 0.5, 0.2, 0.4])
    gt_box = torch.tensor([0.6, 0.4, 0.4, 0.2])
    by_hand = [0.1 / 0.2 / 0.1, -0.1 / 0.4 / 0.1, math.log(2) / 0.2, -math.log(2) / 0.2]
    assert_close(encode(gt_box, default_box), torch.tensor(by_hand))


def test_a_box_that_fits_already_needs_no_offset():
    boxes = random_boxes(50)
    assert torch.equal(encode(boxes, boxes), torch.zeros(50, 4))
    assert_close(decode(torch.zeros(50, 4), boxes), boxes)


@given(gt_box=box, default_box=box)
def test_there_and_back(gt_box, default_box):
    gt_box, default_box = torch.tensor(gt_box), torch.tensor(default_box)
    if (gt_box[2:] / default_box[2:]).max() > LARGEST_STRETCH:
        return
    back = decode(encode(gt_box, default_box), default_box)
    assert_close(back, gt_box, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("variances", [(0.1, 0.2), (1.0, 1.0), (0.3, 0.05)])
def test_torchvisions_coder_says_the_same(variances):
    gt_boxes, defaults = random_boxes(500, 1), random_boxes(500, 2)
    weights = (1 / variances[0],) * 2 + (1 / variances[1],) * 2
    coder = BoxCoder(weights)
    theirs = coder.encode_single(cxcywh_to_xyxy(gt_boxes), cxcywh_to_xyxy(defaults))
    ours = encode(gt_boxes, defaults, variances)
    assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    wild = 30 * torch.randn(500, 4, generator=torch.Generator().manual_seed(3))
    back = coder.decode_single(wild, cxcywh_to_xyxy(defaults))
    assert_close(cxcywh_to_xyxy(decode(wild, defaults, variances)), back, atol=1e-4, rtol=1e-4)


def test_one_object_and_all_default_boxes_broadcast():
    boxes = default_boxes(SSD300_VOC)
    gt_box = torch.tensor([0.4, 0.5, 0.3, 0.2])
    offsets = encode(gt_box, boxes)
    assert offsets.shape == (8732, 4)
    fitting = (gt_box[2:] / boxes[:, 2:] < LARGEST_STRETCH).all(dim=1)
    assert_close(decode(offsets, boxes)[fitting], gt_box.expand(int(fitting.sum()), 4))


def test_a_wild_answer_stays_finite_and_its_gradient_too():
    offsets = torch.tensor([[0.0, 0.0, 1e30, -1e30]], requires_grad=True)
    decoded = decode(offsets, torch.tensor([[0.5, 0.5, 0.2, 0.2]]))
    assert_close(decoded.detach()[0, 2:], torch.tensor([0.2 * LARGEST_STRETCH, 0.0]))
    decoded.sum().backward()
    assert offsets.grad.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_dtype_stays(dtype):
    boxes = random_boxes(3).to(dtype)
    assert encode(boxes, boxes).dtype == dtype
    assert decode(boxes, boxes).dtype == dtype


def test_nothing_in_nothing_out():
    assert encode(torch.zeros(0, 4), torch.zeros(0, 4)).shape == (0, 4)


def test_a_box_without_area_is_not_hidden():
    flat = torch.tensor([[0.5, 0.5, 0.0, 0.1], [0.5, 0.5, -0.1, 0.1]])
    offsets = encode(flat, torch.tensor([[0.5, 0.5, 0.1, 0.1]]))
    assert offsets[0, 2] == -math.inf
    assert offsets[1, 2].isnan()


@pytest.mark.parametrize("function", [encode, decode])
@pytest.mark.parametrize(
    ("first", "second", "options", "message"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 4), {}, r"must be \[..., 4\], got \[2, 3\]"),
        (torch.zeros(2, 4), torch.zeros(4, 2), {}, "default_boxes must be"),
        (torch.zeros(4).int(), torch.zeros(4), {}, "floating-point, got torch.int32"),
        ([0.0] * 4, torch.zeros(4), {}, r"must be a tensor \[..., 4\], got list"),
        (torch.zeros(4), None, {}, "default_boxes must be a tensor .* got NoneType"),
        *(
            (torch.zeros(4), torch.zeros(4), {"variances": wrong}, message)
            for wrong, message in (
                ((0.1, 0), r"variances\[1\] must be finite and above 0, got 0"),
                ((math.nan, 0.2), r"variances\[0\] must be .* got nan"),
                ((0.1, math.inf), r"variances\[1\] must be .* got inf"),
                ((0.1, 1e308), r"variances\[1\] must be .* got 1e\+308"),
                ((0.1, "0.2"), r"variances\[1\] must be .* got '0.2'"),
                (
                    (0.1, 0.1, 0.2, 0.2),
                    r"variances must be two .* \(0.1, 0.1, 0.2, 0.2",
                ),
                ((0.1,), r"variances must be two positive numbers, got \(0.1,\)"),
                (0.1, "variances must be two positive numbers, got 0.1"),
                (None, "variances must be two positive numbers, got None"),
                ("ab", "variances must be two positive numbers, got 'ab'"),
            )
        ),
    ],
)
def test_what_cannot_be_right_is_refused(function, first, second, options, message):
    with pytest.raises(ValueError, match=message):
        function(first, second, **options)
