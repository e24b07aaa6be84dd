"""ssd_lib.boxes against hand-worked numbers, torchvision and a loop."""

import pytest
import torch
import torchvision.ops as reference
from hypothesis import example, given
from hypothesis import strategies as st

from ssd_lib.boxes import (
    box_area,
    box_iou,
    clip_boxes,
    cxcywh_to_xyxy,
    scale_boxes,
    xyxy_to_cxcywh,
)

UNIT = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
NAN = float("nan")
edges = st.floats(-2, 2, width=32, allow_subnormal=False)
any_box = st.tuples(edges, edges, edges, edges)


def random_boxes(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    corners = torch.rand(count, 2, 2, generator=generator).sort(dim=1).values
    return corners.flatten(1)  # [count, 2, 2] -> [count, 4]


def iou_by_counting(a, b):
    """An oracle without formulas: count cells of a 20 x 20 grid over 0..2."""
    inside = [0, 0, 0]
    for row in range(20):
        for column in range(20):
            x, y = (column + 0.5) / 10, (row + 0.5) / 10
            in_a = a[0] < x < a[2] and a[1] < y < a[3]
            in_b = b[0] < x < b[2] and b[1] < y < b[3]
            inside[0] += in_a and in_b
            inside[1] += in_a or in_b
    return inside[0] / inside[1] if inside[1] else 0.0


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param([0.0, 0.0, 1.0, 1.0], 1.0, id="same"),
        pytest.param([0.0, 0.0, 0.5, 1.0], 0.5, id="half"),
        pytest.param([0.5, 0.0, 1.5, 1.0], 1 / 3, id="shifted-by-half"),
        pytest.param([0.1, 0.1, 1.1, 1.1], 0.81 / 1.19, id="shifted-by-a-tenth-twice"),
        pytest.param([0.25, 0.25, 0.75, 0.75], 0.25, id="nested"),
        pytest.param([1.0, 0.0, 2.0, 1.0], 0.0, id="touching-edge"),
        pytest.param([1.0, 1.0, 2.0, 2.0], 0.0, id="touching-corner"),
        pytest.param([2.0, 2.0, 3.0, 3.0], 0.0, id="apart"),
        pytest.param([0.5, 0.5, 0.5, 0.5], 0.0, id="point"),
        pytest.param([0.5, 0.0, 0.5, 1.0], 0.0, id="line"),
        pytest.param([0.9, 0.2, 0.1, 0.8], 0.0, id="inverted"),
        pytest.param([0.9, 0.8, 0.1, 0.2], 0.0, id="twice-inverted"),
        pytest.param([2.0, 0.0, -1.0, 1.0], 0.0, id="inverted-around-the-unit"),
    ],
)
def test_iou_of_the_unit_square_with(other, expected):
    iou = box_iou(UNIT, torch.tensor([other]))
    torch.testing.assert_close(iou, torch.tensor([[expected]]))


def test_iou_of_two_boxes_without_area_is_zero_and_its_gradient_finite():
    point = torch.full((1, 4), 0.5, requires_grad=True)
    iou = box_iou(point, point.detach())
    iou.sum().backward()
    assert iou.item() == 0.0
    assert point.grad.isfinite().all()


def test_iou_with_an_inverted_box_whose_negative_area_would_cancel_the_union():
    inverted = torch.tensor([[0.9, 0.0, 0.4, 1.0]])  # width -0.5
    partner = torch.tensor([[0.0, 0.0, 0.5, 1.0]])  # area 0.5
    assert box_iou(inverted, partner).item() == 0.0


@pytest.mark.parametrize("coordinate", range(4))
def test_nan_stays_nan(coordinate):
    broken = UNIT.clone()
    broken[0, coordinate] = NAN
    far_away = UNIT + 5
    assert box_iou(UNIT, broken).isnan().all()
    assert box_iou(broken, far_away).isnan().all()
    assert box_area(broken).isnan().all()
    assert clip_boxes(broken)[0, coordinate].isnan()


def test_iou_equals_torchvision():
    boxes1, boxes2 = random_boxes(170, seed=1), random_boxes(230, seed=2)
    expected = reference.box_iou(boxes1, boxes2)
    torch.testing.assert_close(box_iou(boxes1, boxes2), expected)


def test_iou_equals_counting_cells():
    generator = torch.Generator().manual_seed(4)
    boxes = torch.randint(0, 21, (12, 4), generator=generator) / 10
    counted = [[iou_by_counting(a, b) for b in boxes.tolist()] for a in boxes.tolist()]
    torch.testing.assert_close(box_iou(boxes, boxes), torch.tensor(counted), atol=1e-5, rtol=0)


@given(any_box, any_box)
def test_iou_is_symmetric_and_between_0_and_1_for_any_numbers(a, b):
    a, b = torch.tensor([a]), torch.tensor([b])
    iou = box_iou(a, b).item()
    assert 0 <= iou <= 1  # exactly: the union is never rounded below the intersection
    assert iou == box_iou(b, a).item()


def test_iou_does_not_depend_on_the_unit_of_either_axis():
    boxes = random_boxes(20)
    stretched = boxes * torch.tensor([1280.0, 720.0, 1280.0, 720.0])
    torch.testing.assert_close(box_iou(stretched, stretched), box_iou(boxes, boxes))


def test_width_in_fractions_of_a_wide_image_is_no_width_in_fractions_of_its_height():
    sides = torch.tensor([600.0, 400.0])
    square_px = torch.tensor([0.0, 0.0, 120.0, 120.0])
    fractions = xyxy_to_cxcywh(square_px / sides.repeat(2))
    torch.testing.assert_close(fractions[2:], torch.tensor([0.2, 0.3]))


@pytest.mark.parametrize("function", [box_area, cxcywh_to_xyxy, xyxy_to_cxcywh, clip_boxes])
def test_functions_leave_their_argument_alone_and_take_any_leading_shape(function):
    boxes = random_boxes(6)
    before = boxes.clone()
    grouped = function(boxes.reshape(2, 3, 4))
    assert torch.equal(boxes, before)
    assert torch.equal(grouped.flatten(0, 1), function(boxes))


@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (0, 0), (1, 1)])
def test_iou_of_no_boxes_has_the_right_shape(n, m):
    assert box_iou(random_boxes(n), random_boxes(m)).shape == (n, m)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_areas_and_ious_have_torchvisions_dtype(dtype):
    boxes = UNIT.to(dtype)
    assert box_area(boxes).dtype == reference.box_area(boxes).dtype
    assert box_iou(boxes, boxes).dtype == reference.box_iou(boxes, boxes).dtype
    assert box_iou(boxes, UNIT.double()).dtype == torch.float64


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("side", [200.0, 300.0, 1000.0, 60_000.0])
def test_boxes_in_half_precision_pixels_have_an_area(dtype, side):
    """65504 is float16's largest number, and 256 pixels squared are more."""
    boxes = torch.tensor([[0.0, 0, side, side], [0, 0, side, side / 2]], dtype=dtype)
    side = boxes[0, 2].item()  # as the dtype has it
    assert box_area(boxes).tolist() == [side * side, side * side / 2]
    assert box_iou(boxes, boxes).tolist() == [[1, 0.5], [0.5, 1]]


@pytest.mark.parametrize(
    ("boxes2", "message"),
    [
        (UNIT[0], r"boxes2 must be \[\*, 4\], got \[4\]"),
        (UNIT[None], r"boxes2 must be \[\*, 4\], got \[1, 1, 4\]"),
        (torch.zeros(2, 5), r"boxes2 must be \[\*, 4\], got \[2, 5\]"),
        (UNIT.int(), "boxes2 must be floating-point, got torch.int32"),
        ([[0, 0, 1, 1]], r"boxes2 must be a tensor \[\*, 4\], got list"),
    ],
)
def test_iou_names_the_argument_that_is_wrong(boxes2, message):
    with pytest.raises(ValueError, match=message):
        box_iou(UNIT, boxes2)


@pytest.mark.parametrize("function", [box_area, cxcywh_to_xyxy, xyxy_to_cxcywh, clip_boxes])
@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (torch.zeros(2, 3), r"boxes must be \[\.\.\., 4\], got \[2, 3\]"),
        (torch.tensor(1.0), r"boxes must be \[\.\.\., 4\], got \[\]"),
        (torch.zeros(2, 4).long(), "boxes must be floating-point, got torch.int64"),
    ],
)
def test_functions_say_what_was_expected_and_what_came(function, boxes, message):
    with pytest.raises(ValueError, match=message):
        function(boxes)


@pytest.mark.parametrize(
    ("boxes", "height", "width", "message"),
    [
        (torch.zeros(2, 3), 5, 5, r"boxes must be \[\.\.\., 4\], got \[2, 3\]"),
        (torch.zeros(2, 4).long(), 5, 5, "boxes must be floating-point, got torch.int64"),
        (UNIT, 0, 5, "height must be .* above 0, got 0"),
        (UNIT, 5, NAN, "width must be .* got nan"),
    ],
)
def test_scaling_says_what_was_expected_and_what_came(boxes, height, width, message):
    with pytest.raises(ValueError, match=message):
        scale_boxes(boxes, height, width)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_boxes_are_scaled_in_their_own_dtype(dtype):
    fractions = torch.tensor([[[0.5, 0.25, 1.0, 0.75]]], dtype=dtype)
    pixels = scale_boxes(fractions, 200, 300)
    assert pixels.dtype == dtype
    assert pixels.tolist() == [[[150, 50, 300, 150]]]
    assert torch.equal(scale_boxes(pixels, 1 / 200, 1 / 300), fractions)


def test_scaling_by_a_reciprocal_is_exactly_division():
    pixels = 5000 * random_boxes(100)
    for height, width in zip(range(1, 5000), range(5000, 1, -1), strict=True):
        edges = torch.tensor([width, height, width, height])
        assert torch.equal(scale_boxes(pixels, 1 / height, 1 / width), pixels / edges)
        assert torch.equal(scale_boxes(pixels, height, width), pixels * edges)


def test_an_inverted_box_has_no_area_be_it_once_or_twice():
    boxes = torch.tensor([[0.9, 0.2, 0.1, 0.8], [0.1, 0.8, 0.9, 0.2], [0.9, 0.8, 0.1, 0.2]])
    assert box_area(boxes).tolist() == [0, 0, 0]


def test_area_and_conversions_equal_torchvision():
    boxes = random_boxes(90)
    torch.testing.assert_close(box_area(boxes), reference.box_area(boxes))
    as_cxcywh = reference.box_convert(boxes, "xyxy", "cxcywh")
    torch.testing.assert_close(xyxy_to_cxcywh(boxes), as_cxcywh)
    torch.testing.assert_close(cxcywh_to_xyxy(as_cxcywh), boxes)


def test_an_inverted_box_survives_the_way_there_and_back():
    inverted = torch.tensor([[0.9, 0.8, 0.1, 0.2]])
    torch.testing.assert_close(cxcywh_to_xyxy(xyxy_to_cxcywh(inverted)), inverted)


def test_clipping_equals_torchvision():
    boxes = random_boxes(90) * 900 - 200
    expected = reference.clip_boxes_to_image(boxes, (300, 500))
    torch.testing.assert_close(clip_boxes(boxes, height=300, width=500), expected)


@pytest.mark.parametrize(
    ("side", "dtype", "last"),
    [
        (2049, torch.float16, 2048),
        (2051, torch.float16, 2050),
        (70_000, torch.float16, 65_504),
        (259, torch.bfloat16, 258),
        (2051, torch.float32, 2051),
        (2**24 + 1, torch.float32, 2**24),
        (0.1, torch.float32, 13421772 / 2**27),  # the float32 below a tenth
        (2**53 + 1, torch.float64, 2**53),
        (0.1, torch.float64, 0.1),
    ],
)
def test_no_corner_is_rounded_beyond_the_edge(side, dtype, last):
    clipped = clip_boxes(torch.full((1, 4), torch.inf, dtype=dtype), side, side)
    assert clipped.tolist() == [[last] * 4]
    assert last <= side


@given(
    st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
    st.one_of(st.integers(0, 10**6), st.floats(0, 1e6)),
    st.lists(st.floats(-60_000, 60_000, width=16), min_size=4, max_size=4),
)
@example(torch.float16, 2051, [0.0, 0.0, 3000.0, 3000.0])
def test_a_clipped_box_is_inside_in_any_dtype_and_as_near_as_it_was(dtype, side, box):
    box = torch.tensor(box, dtype=dtype)
    clipped = clip_boxes(box, side, side)
    assert clipped.dtype == dtype
    for before, after in zip(box.tolist(), clipped.tolist(), strict=True):
        assert 0 <= after <= side  # as numbers of Python, which round nothing
        assert after == before or not 0 <= before <= side
    assert torch.equal(clip_boxes(clipped, side, side), clipped)


@pytest.mark.parametrize("side", [-1, NAN, float("inf"), None, True, "9"])
@pytest.mark.parametrize("name", ["height", "width"])
def test_an_image_without_a_size_is_refused(name, side):
    with pytest.raises(ValueError, match=f"{name} must be finite and at least 0, got"):
        clip_boxes(UNIT, **{name: side})


def test_iou_has_torchvisions_gradient():
    pairs = [torch.rand(4, 4, dtype=torch.float64) for _ in range(2)]
    pairs = [torch.cat([x[:, :2], x[:, :2] + x[:, 2:]], dim=1) for x in pairs]
    grads = []
    for iou in (box_iou, reference.box_iou):
        boxes = [x.clone().requires_grad_() for x in pairs]
        iou(*boxes).square().sum().backward()
        grads.append(torch.cat([x.grad for x in boxes]))
    torch.testing.assert_close(*grads)
