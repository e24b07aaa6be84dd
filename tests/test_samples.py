"""What a sample must be; how the transforms refuse others is tested with them."""

import pytest
import torch
from torchvision import tv_tensors

from ssd_lib.samples import check_boxes, check_image, check_sample, crowds, per_box

IMAGE = torch.zeros(3, 4, 6, dtype=torch.uint8)


def boxes(count=2, canvas_size=(4, 6), dtype=torch.float32):
    corners = torch.tensor([[0, 0, 2, 3]], dtype=dtype).repeat(count, 1)
    return tv_tensors.BoundingBoxes(corners, format="XYXY", canvas_size=canvas_size)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_black_and_white_are_in_range(dtype):
    image = torch.zeros(2, 3, 4, 6, dtype=dtype)  # a batch is as good
    image[..., 0] = 1
    check_image(image)


@pytest.mark.parametrize("value", [-1e-6, 1 + 1e-6, torch.nan, torch.inf])
def test_what_is_beyond_is_not(value):
    image = torch.zeros(3, 4, 6)
    image[1, 2, 3] = value
    with pytest.raises(ValueError, match="image must be in 0 to 1"):
        check_image(image)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_labels_and_flags_go_with_the_boxes_and_may_be_missing(count):
    target = {"boxes": boxes(count)}
    check_sample(IMAGE, target)
    target |= {"labels": torch.ones(count), "difficult": torch.zeros(count) > 0}
    check_sample(IMAGE, target)
    with pytest.raises(ValueError, match=f"labels must .* one entry per box .{count}."):
        check_sample(IMAGE, target | {"labels": torch.ones(count + 1)})


def test_boxes_of_integers_are_those_of_an_image_but_nothing_to_move():
    target = {"boxes": boxes(dtype=torch.int64)}
    check_boxes(IMAGE, target)
    with pytest.raises(ValueError, match="boxes must be float32 or float64, got torch"):
        check_sample(IMAGE, target)


def test_a_canvas_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"must be the image's, \(4, 6\), got \(6, 4\)"):
        check_boxes(IMAGE, {"boxes": boxes(canvas_size=(6, 4))})


@pytest.mark.parametrize(
    "flags",
    [
        torch.tensor([True, False]),
        torch.tensor([1, 0]),
        torch.tensor([1, 0], dtype=torch.uint8),
        torch.tensor([1.0, 0.0]),
        [1, 0],
        [True, False],
    ],
)
def test_crowds_are_flags_of_any_kind(flags):
    target = {"boxes": boxes(), "iscrowd": flags}
    check_sample(IMAGE, target)
    assert crowds(target).dtype == torch.bool
    assert crowds(target).tolist() == [True, False]


def test_what_is_difficult_alone_is_no_crowd():
    difficult = {"difficult": torch.tensor([True, True])}
    assert crowds({"boxes": boxes()} | difficult).tolist() == [False, False]
    assert crowds({"boxes": boxes(0), "iscrowd": []}).tolist() == []


@pytest.mark.parametrize("name", ["iscrowd", "area"])
@pytest.mark.parametrize(
    ("values", "got"),
    [
        (torch.zeros(3), r"\[3\]"),
        (torch.zeros(2, 1), r"\[2, 1\]"),
        ([0, 0, 0], r"\[3\]"),
        ([[0], [0]], r"\[2, 1\]"),
        ([None, 0], "list"),
        (["a", "b"], "list"),
        ([0, [0]], "list"),
        ((0, 0), "tuple"),
        (None, "NoneType"),
    ],
)
def test_crowds_and_areas_are_per_box(name, values, got):
    target = {"boxes": boxes(), name: values}
    message = rf"^{name} must be a tensor with one entry per box \(2\), got {got}$"
    with pytest.raises(ValueError, match=message):
        check_boxes(IMAGE, target)
    with pytest.raises(ValueError, match=message):
        per_box(target, name)
