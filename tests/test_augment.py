"""Augmentation: bounds that hold over many draws, distributions, and odd images."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, Dataset
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import (
    convert_bounding_box_format,
    to_pil_image,
)

from ssd_lib.augment import (
    Normalize,
    PatchSampling,
    PhotometricDistortion,
    Resize,
    ZoomOut,
    evaluation_transform,
    sample_patches,
    training_transform,
)
from ssd_lib.boxes import box_iou
from ssd_lib.data import collate
from ssd_lib.images import normalize


def gen(seed):
    return torch.Generator().manual_seed(seed)


def sample(height=60, width=80, boxes=((10, 20, 40, 50), (50, 5, 70, 15)), seed=0):
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=gen(seed))
    framed = tv_tensors.BoundingBoxes(
        torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        format="XYXY",
        canvas_size=(height, width),
    )
    labels = torch.arange(1, len(framed) + 1)
    difficult = torch.zeros(len(framed), dtype=torch.bool)
    return tv_tensors.Image(image), {
        "boxes": framed,
        "labels": labels,
        "difficult": difficult,
    }


GT = torch.tensor([[0.1, 0.2, 0.5, 0.6], [0.7, 0.7, 0.8, 0.9]])


@pytest.mark.parametrize("seed", range(40))
def test_every_accepted_patch_meets_its_bound(seed):
    bounds = (0.1, 0.3, 0.5, 0.7, 0.9, 0.0)
    patches = sample_patches(GT, bounds, trials=100, generator=gen(seed))
    ious = box_iou(patches.boxes.flatten(0, 1), GT).reshape(6, 100, 2)
    centres = (GT[:, :2] + GT[:, 2:]) / 2
    for k, bound in enumerate(bounds):
        for t in range(100):
            x1, y1, x2, y2 = patches.boxes[k, t].tolist()
            inside = [x1 <= x <= x2 and y1 <= y <= y2 for x, y in centres.tolist()]
            wanted = ious[k, t].max() >= bound and any(inside)
            assert patches.accepted[k, t] == wanted


def test_patches_lie_inside_and_have_the_sizes_of_the_rule():
    boxes = sample_patches(GT, (0.0,), trials=20_000, generator=gen(1)).boxes[0]
    assert boxes.min() >= 0
    assert boxes.max() <= 1
    w, h = (boxes[:, 2:] - boxes[:, :2]).unbind(1)
    scale, aspect = (w * h).sqrt(), w / h
    assert 0.3 - 1e-4 <= scale.min() < 0.31
    assert 0.99 < scale.max() <= 1 + 1e-4
    assert aspect.min() >= 0.5 - 1e-3
    assert aspect.max() <= 2 + 1e-2


def test_scale_and_aspect_are_distributed_as_an_independent_simulation():
    boxes = sample_patches(GT, (0.0,), trials=40_000, generator=gen(2)).boxes[0]
    w, h = (boxes[:, 2:] - boxes[:, :2]).unbind(1)
    ours = {"scale": (w * h).sqrt(), "aspect": w / h, "left": boxes[:, 0]}
    random = np.random.default_rng(0)
    s = random.uniform(0.3, 1, 40_000)
    a = np.clip(random.uniform(0.5, 2, 40_000), s**2, 1 / s**2)
    left = random.uniform(0, np.maximum(0, 1 - s * np.sqrt(a)))
    for name, theirs in {"scale": s, "aspect": a, "left": left}.items():
        mine = ours[name].numpy()
        sigma = math.sqrt(mine.var() / len(mine) + theirs.var() / len(theirs))
        assert abs(mine.mean() - theirs.mean()) < 4 * sigma, name


@pytest.mark.parametrize("choice", ["caffe", "paper", "torchvision"])
def test_a_cut_image_keeps_what_has_its_centre_inside(choice):
    cut = PatchSampling(choice, generator=gen(3))
    sizes = set()
    for seed in range(300):
        image, target = sample(seed=seed)
        small, kept = cut(image, target)
        height, width = small.shape[1:]
        sizes.add((height, width))
        assert kept["boxes"].canvas_size == (height, width)
        assert len(kept["boxes"]) == len(kept["labels"]) == len(kept["difficult"]) >= 1
        boxes = kept["boxes"]
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, 2] <= width).all()
        assert (boxes[:, 3] <= height).all()
        assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert (60, 80) in sizes
    assert len(sizes) > 100


@pytest.mark.parametrize("patch", [(0.5, 0.5, 1.0, 1.0), (0.0, 0.0, 0.5, 0.5)])
def test_a_centre_on_the_edge_of_a_patch_is_inside(patch):
    cut = PatchSampling()
    cut._patch = lambda _: torch.tensor(patch)
    small, kept = cut(*sample(10, 10, boxes=[(2, 2, 8, 8)]))
    assert small.shape == (3, 5, 5)
    assert len(kept["boxes"]) == len(kept["labels"]) == 1


def test_what_rounding_cuts_off_is_left_out():
    """A patch up to 4.45 pixels has 4: an object from 4.3 on is not in it any more."""
    cut = PatchSampling()
    cut._patch = lambda _: torch.tensor([0.0, 0.0, 0.445, 1.0])
    rest, gone = (1, 1, 4, 9), (4.3, 4, 4.5, 6)
    image, target = sample(10, 10, boxes=[gone, rest])
    small, kept = cut(image, target)
    assert small.shape == (3, 10, 4)
    assert kept["boxes"].tolist() == [list(rest)]
    assert kept["labels"].tolist() == [2]
    image, target = sample(10, 10, boxes=[gone])
    whole, same = cut(image, target)
    assert torch.equal(whole, image)
    assert torch.equal(same["boxes"], target["boxes"])


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (2, 1), (1, 40), (2, 2)])
def test_a_patch_of_a_tiny_image_has_at_least_one_pixel(height, width):
    cut = PatchSampling(scale=(0.05, 0.4), generator=gen(1))
    corner = (width - 0.04, height - 0.04, width, height)
    image, target = sample(height, width, boxes=[(0, 0, width, height), corner])
    image = tv_tensors.Image(torch.full_like(image, 255))
    cuts = [cut(image, target)[0] for _ in range(200)]
    assert min(min(one.shape) for one in cuts) == 1
    assert all(one.shape[1] <= height and one.shape[2] <= width for one in cuts)
    assert all(one.min() == 255 for one in cuts)  # beyond the image it would be black


def test_boxes_move_with_their_pixels():
    """One white object: after any step it is white where its box says."""
    for seed in range(200):
        image, target = sample(boxes=[(20, 15, 60, 45)])
        pixels = torch.zeros_like(image)
        pixels[:, 15:45, 20:60] = 255
        image = tv_tensors.Image(pixels)
        steps = [
            ZoomOut(p=1, fill=(0, 0, 0), generator=gen(seed)),
            PatchSampling(generator=gen(seed)),
        ]
        for step in steps:
            image, target = step(image, target)
        x1, y1, x2, y2 = target["boxes"][0].round().long().tolist()
        assert image[:, y1:y2, x1:x2].float().mean() > 245
        assert (image > 0).sum() == 3 * (y2 - y1) * (x2 - x1)


def test_caffes_choice_draws_strict_constraints_less_often():
    """One small object: 0.9 can hardly be met, and then is no choice at all."""
    counts = {"caffe": 0, "paper": 0}
    for choice in counts:
        cut = PatchSampling(choice, min_ious=(0.9,) * 5, generator=gen(4))
        for _ in range(400):
            image, target = sample(boxes=[(10, 10, 20, 20)])
            counts[choice] += cut(image, target)[0].shape == image.shape
    # caffe: whole or any, a half each; paper: any is one of seven.
    assert abs(counts["caffe"] / 400 - 1 / 2) < 0.08
    assert abs(counts["paper"] / 400 - 6 / 7) < 0.06


def test_zooming_out_moves_boxes_and_fills_with_the_mean():
    areas = []
    for seed in range(300):
        image, target = sample(seed=seed)
        large, moved = ZoomOut(p=1, generator=gen(seed))(image, target)
        height, width = large.shape[1:]
        areas.append(height * width / (60 * 80))
        sides = moved["boxes"][:, 2:] - moved["boxes"][:, :2]
        assert torch.equal(sides, target["boxes"][:, 2:] - target["boxes"][:, :2])
        left, top = (moved["boxes"][0, :2] - target["boxes"][0, :2]).long().tolist()
        assert torch.equal(large[:, top : top + 60, left : left + 80], image)
        if left > 0:
            assert large[:, 0, 0].tolist() == [123, 117, 104]
        assert moved["boxes"].canvas_size == (height, width)
    assert min(areas) < 1.3
    assert 14 < max(areas) <= 16


def test_distortion_changes_colours_within_range_and_nothing_else():
    image, target = sample()
    different = 0
    for seed in range(60):
        other, same = PhotometricDistortion(generator=gen(seed))(image, target)
        assert same is target
        assert other.dtype == torch.uint8
        assert other.shape == image.shape
        different += not torch.equal(other, image)
    assert 50 <= different <= 60  # all four coins fail once in sixteen


FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def as_floats(image, dtype):
    return tv_tensors.Image((image.double() / 255).to(dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_an_image_of_floats_is_distorted_as_one_of_bytes(dtype):
    """With the same coins; bytes are rounded at the end, half precision all along."""
    image, _ = sample()
    different, near = 0, 1 if dtype in FLOATS[2:] else 2.5
    for seed in range(20):
        wanted, _ = PhotometricDistortion(generator=gen(seed))(image, {})
        step = PhotometricDistortion(generator=gen(seed))
        found, _ = step(as_floats(image, dtype), {})
        assert found.dtype == dtype
        assert 0 <= found.min() <= found.max() <= 1
        assert (found.double() * 255 - wanted).abs().max() < near
        different += not torch.equal(found, as_floats(image, dtype))
    assert different > 10


@pytest.mark.parametrize("dtype", [torch.uint8, *FLOATS])
def test_without_luck_an_image_stays_to_the_last_bit(dtype):
    image, target = sample()
    image = image if dtype == torch.uint8 else as_floats(image, dtype)
    steps = [PhotometricDistortion(p=0), ZoomOut(p=0)]
    for step in steps:
        same, _ = step(image, target)
        assert torch.equal(same, image)
        assert same.dtype == dtype


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_canvas_of_an_image_of_floats_has_the_same_colour(dtype):
    image, target = sample()
    large, _ = ZoomOut(p=1, generator=gen(0))(as_floats(image, dtype), target)
    assert large.dtype == dtype
    corner = large[:, 0, 0].double() * 255
    torch.testing.assert_close(corner, torch.tensor([123.0, 117, 104]).double(), atol=0.5, rtol=0)


def test_an_image_of_floats_ends_as_one_of_bytes():
    image, target = sample()
    for seed in range(10):
        pair = []
        for one in (image, as_floats(image, torch.float32)):
            torch.manual_seed(seed)
            pair.append(training_transform(40, generator=gen(seed))(one, target)[0])
        bytes_, floats = pair
        assert floats.dtype == bytes_.dtype == torch.float32
        assert (floats - bytes_).abs().mean() < 1  # of 255


def test_each_colour_step_does_what_it_says():
    grey = tv_tensors.Image(torch.full((3, 2, 2), 100, dtype=torch.uint8))
    one = {
        "contrast": (1, 1),
        "saturation": (1, 1),
        "hue_degrees": 0.0,
        "brightness": 0.0,
    }
    changes = {
        "brightness": 20.0,
        "contrast": (0.5, 0.5),
        "saturation": (1.5, 1.5),
        "hue_degrees": 36.0,
    }
    out = {}
    for name, value in changes.items():
        step = PhotometricDistortion(**one | {name: value}, p=1, generator=gen(0))
        out[name] = step(grey, {})[0][:, 0, 0].tolist()
    assert 80 <= out["brightness"][0] <= 120
    assert len(set(out["brightness"])) == 1
    assert out["contrast"] == [50, 50, 50]
    assert out["saturation"] == out["hue_degrees"] == [100, 100, 100]  # grey has no colour
    red = tv_tensors.Image(torch.tensor([200, 100, 150], dtype=torch.uint8).reshape(3, 1, 1))
    step = PhotometricDistortion(**one | {"saturation": (1.5, 1.5)}, p=1)
    assert step(red, {})[0].flatten().tolist() == [200, 50, 125]


def test_contrast_comes_before_saturation_and_hue_or_after_them():
    pixel = torch.tensor([200, 100, 150], dtype=torch.uint8).reshape(3, 1, 1)
    step = PhotometricDistortion(
        brightness=0,
        contrast=(1.5, 1.5),
        saturation=(1.5, 1.5),
        hue_degrees=0,
        p=1,
        generator=gen(0),
    )
    found = [tuple(step(pixel, {})[0].flatten().tolist()) for _ in range(100)]
    # Times 1.5 and cut at 255, then spread from 255; or spread from 200 to 50, 125.
    assert set(found) == {(255, 98, 210), (255, 75, 188)}
    assert 30 < found.count((255, 75, 188)) < 70


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 90), (70, 1)])
@pytest.mark.parametrize("boxes", [[], [(0, 0, 1, 1)]])
def test_tiny_images_and_images_without_objects_go_through(size, boxes):
    transform = training_transform(32, generator=gen(5))
    for _ in range(40):
        image, target = sample(*size, boxes=boxes)
        out, kept = transform(image, target)
        assert out.shape == (3, 32, 32)
        assert out.isfinite().all()
        assert len(kept["boxes"]) == len(boxes)


sides = st.integers(2, 90)


def assert_inside(target, height, width):
    """Boxes lie on their canvas, and their fractions in 0 to 1, to the last bit."""
    assert target["boxes"].canvas_size == (height, width)
    boxes = target["boxes"].as_subclass(torch.Tensor)
    fractions = collate([(tv_tensors.Image(torch.zeros(3, 1, 1)), target)]).gt_boxes[0]
    for corners, last in ((boxes, (width, height)), (fractions, (1, 1))):
        assert (corners >= 0).all()
        assert (corners[:, 2:] <= torch.tensor(last)).all()
        assert (corners[:, :2] <= corners[:, 2:]).all()


@given(sides, sides, st.integers(0, 10_000), st.integers(0, 4))
@example(height=64, width=2, seed=64, count=3)  # a box ended at 48.000004
def test_any_image_ends_as_the_network_takes_it(height, width, seed, count):
    start = torch.rand(count, 2, generator=gen(seed)) * 0.8
    boxes = torch.cat([start, start + 0.15], dim=1) * torch.tensor([width, height] * 2)
    image, target = sample(height, width, boxes.tolist(), seed)
    torch.manual_seed(seed)  # of the flip
    out, kept = training_transform(48, generator=gen(seed))(image, target)
    assert out.shape == (3, 48, 48)
    assert out.dtype == torch.float32
    assert_inside(kept, 48, 48)
    assert len(kept["boxes"]) == len(kept["labels"])
    assert (len(kept["boxes"]) > 0) == (count > 0)


@given(
    st.integers(1, 9),
    st.integers(1, 3000),
    st.integers(2, 600),
    st.booleans(),
    st.sampled_from([torch.float32, torch.float64]),
)
@example(height=1, width=139, size_px=301, random=True, dtype=torch.float32)
def test_a_box_of_the_whole_image_is_no_larger_after_resizing(
    height, width, size_px, random, dtype
):
    """Its edges are the canvas's, and sides times new by old may be rounded up."""
    image = tv_tensors.Image(torch.zeros(3, 1, 1).expand(3, height, width))
    boxes = tv_tensors.BoundingBoxes(
        torch.tensor([[0, 0, width, height]], dtype=dtype),
        format="XYXY",
        canvas_size=(height, width),
    )
    target = {"boxes": boxes, "labels": torch.ones(1, dtype=torch.int64)}
    step = Resize(size_px) if random else evaluation_transform(size_px)
    _, resized = step(image, target)
    assert_inside(resized, size_px, size_px)
    assert resized["boxes"].dtype == dtype


@pytest.mark.parametrize(
    "step",
    [
        Resize(48),
        evaluation_transform(48),
        training_transform(48),
        v2.Compose([ZoomOut(p=1), Resize(37)]),
    ],
)
def test_a_box_that_sticks_out_of_its_image_is_clipped(step):
    image, target = sample(boxes=[(-30, -5, 40, 300), (70, 50, 90, 61)])
    for _ in range(20):
        _, kept = step(image, target)
        assert_inside(kept, *kept["boxes"].canvas_size)


def test_the_same_generator_gives_the_same_image():
    torch.manual_seed(0)
    first = training_transform(40, generator=gen(6))(*sample())
    torch.manual_seed(0)
    second = training_transform(40, generator=gen(6))(*sample())
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1]["boxes"], second[1]["boxes"])


def test_arguments_are_left_as_they_were():
    image, target = sample()
    before = image.clone(), {name: value.clone() for name, value in target.items()}
    for _ in range(20):
        training_transform(40)(image, target)
    assert torch.equal(image, before[0])
    assert all(torch.equal(target[name], before[1][name]) for name in target)


def test_flipping_twice_is_nothing():
    flip = v2.RandomHorizontalFlip(1.0)
    image, target = sample()
    again = flip(*flip(image, target))
    assert torch.equal(again[0], image)
    assert torch.equal(again[1]["boxes"], target["boxes"])


def test_evaluation_has_nothing_random():
    image, target = sample()
    before = torch.get_rng_state()
    first, boxes = evaluation_transform(40)(image, target)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, evaluation_transform(40)(image, target)[0])
    scale = torch.tensor([40 / 80, 40 / 60] * 2)
    torch.testing.assert_close(boxes["boxes"].as_subclass(torch.Tensor), target["boxes"] * scale)


def test_normalising_is_that_of_images():
    image, target = sample()
    assert torch.equal(Normalize()(image, target)[0], normalize(image))


def test_all_interpolations_are_drawn():
    image, target = sample()
    generator = gen(7)
    kinds = {
        Resize(33, generator=generator)(image, target)[0].float().mean().item() for _ in range(60)
    }
    assert len(kinds) == 4


class OneSample(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, _):
        return training_transform(16)(*sample())[0].sum().item()


def test_workers_and_epochs_draw_different_numbers():
    torch.manual_seed(0)
    loader = DataLoader(OneSample(), batch_size=1, num_workers=2)
    epochs = [[value.item() for value in loader] for _ in range(2)]
    assert len(set(epochs[0])) > 20
    assert len(set(epochs[0]) & set(epochs[1])) < 4


def test_torchvisions_transforms_and_ours_take_each_others_samples():
    theirs = v2.Compose([v2.RandomZoomOut(p=1), v2.RandomIoUCrop()])
    image, target = theirs(*PatchSampling(generator=gen(8))(*sample()))
    out, _ = training_transform(32)(image, v2.SanitizeBoundingBoxes(labels_getter=None)(target))
    assert out.shape == (3, 32, 32)


def test_what_goes_with_the_boxes_is_kept_with_them():
    image, target = sample()
    target |= {"image_id": torch.tensor(7), "name": "a.jpg", "size": torch.zeros(3)}
    for seed in range(30):
        _, kept = PatchSampling(generator=gen(seed))(image, target)
        assert kept["image_id"] == 7
        assert kept["name"] == "a.jpg"
        assert len(kept["size"]) == 3
        assert len(kept["labels"]) == len(kept["boxes"])


def marked(count=6):
    """A sample whose objects have all that an object can have, told by their labels."""
    corners = torch.rand(count, 2, generator=gen(5)) * torch.tensor([60.0, 40.0])
    boxes = torch.cat([corners, corners + 18], dim=1)
    image, target = sample(boxes=boxes.tolist())
    label = target["labels"]
    return image, target | {
        "difficult": label % 2 == 0,
        "iscrowd": (label % 3 == 0).to(torch.uint8),
        "area": 10.0 * label,
        "scores": torch.stack([label, -label], dim=1),
        "names": [f"object {number}" for number in label.tolist()],
        "image_id": 7,
        "file": "a.jpg",
        "size": (60, 80),
    }


def in_step(kept):
    """Everything is still that of its object, and nothing of the image was touched."""
    label = kept["labels"]
    assert len(kept["boxes"]) == len(label)
    assert torch.equal(kept["difficult"], label % 2 == 0)
    assert torch.equal(kept["iscrowd"], (label % 3 == 0).to(torch.uint8))
    assert torch.equal(kept["scores"], torch.stack([label, -label], dim=1))
    assert kept["names"] == [f"object {number}" for number in label.tolist()]
    assert (kept["image_id"], kept["file"], kept["size"]) == (7, "a.jpg", (60, 80))


@pytest.mark.parametrize(
    "transform",
    [
        PhotometricDistortion(),
        ZoomOut(p=1),
        *map(PatchSampling, ("caffe", "paper", "torchvision")),
        Resize(32),
        Normalize(),
        training_transform(32),
        evaluation_transform(32),
    ],
    ids=lambda transform: getattr(transform, "choice", type(transform).__name__),
)
def test_all_that_an_object_has_stays_with_it(transform):
    torch.manual_seed(0)
    for _ in range(30):
        _, kept = transform(*marked())
        in_step(kept)


def test_areas_are_resized_and_of_a_patch_they_are_not_known():
    image, target = marked()
    _, resized = Resize(32)(image, target)
    wanted = target["area"] * 32 * 32 / (60 * 80)
    torch.testing.assert_close(resized["area"], wanted)
    _, as_list = Resize(32)(image, target | {"area": target["area"].tolist()})
    torch.testing.assert_close(as_list["area"].float(), wanted)
    for transform in (ZoomOut(p=1), PhotometricDistortion(), Normalize()):
        assert torch.equal(transform(image, target)[1]["area"], target["area"])
    for seed in range(10):  # the whole image is one of the patches
        assert "area" not in PatchSampling(generator=gen(seed))(image, target)[1]
    assert "area" in target


@pytest.mark.parametrize("iscrowd", [[1, 0], torch.tensor([1, 0], dtype=torch.uint8)])
def test_a_crowd_does_not_decide_on_a_patch(iscrowd):
    """The crowd fills the image, so most patches would overlap it by enough."""
    one = (2, 2, 14, 12)
    image, target = sample(boxes=[(0, 0, 80, 60), one])
    alone = sample(boxes=[one])[1]
    cuts = 0
    for seed in range(60):
        patch, kept = PatchSampling(generator=gen(seed))(image, target | {"iscrowd": iscrowd})
        same, wanted = PatchSampling(generator=gen(seed))(image, alone)
        assert torch.equal(patch, same)
        [place] = (kept["labels"] == 2).nonzero().flatten().tolist()
        assert torch.equal(kept["boxes"][place], wanted["boxes"][0])
        cuts += patch.shape != image.shape
    assert cuts > 20


def test_an_image_of_crowds_alone_stays_whole():
    image, target = sample()
    target["iscrowd"] = [1, 1]
    for seed in range(10):
        whole, same = PatchSampling(generator=gen(seed))(image, target)
        assert torch.equal(whole, image)
        assert torch.equal(same["boxes"], target["boxes"])


def test_a_patch_whose_only_object_is_rounded_away_is_not_taken_for_its_crowd():
    cut = PatchSampling()
    cut._patch = lambda _: torch.tensor([0.0, 0.0, 0.445, 1.0])
    image, target = sample(10, 10, boxes=[(4.3, 4, 4.5, 6), (1, 1, 4, 9)])
    target["iscrowd"] = torch.tensor([0, 1])
    assert torch.equal(cut(image, target)[0], image)


def boxes_as(change):
    return lambda image, target: (image, target | {"boxes": change(target["boxes"])})


WRONG_IMAGES = [
    (lambda i: to_pil_image(i), r"image must be a tensor \[..., 3, H, W\], got Image"),
    (lambda i: i[:1], r"image must be \[..., 3, H, W\], got \[1, 60, 80\]"),
    (lambda i: i[0], r"image must be \[..., 3, H, W\], got \[60, 80\]"),
    (lambda i: i[:, :0], r"image must be \[..., 3, H, W\], got \[3, 0, 80\]"),
    (lambda i: i.long(), "image must be uint8 or float, got torch.int64"),
    (lambda i: i.float(), "image must be in 0 to 1 if it is of floats, got 0 to 255"),
    (lambda i: i / 127.5 - 1, "image must be in 0 to 1 .* got -1 to 1"),
    (lambda i: i / 0.0, "image must be in 0 to 1 .* got nan to nan"),
]
WRONG_TARGETS = [
    (lambda i, t: (i, {"labels": t["labels"]}), r"have 'boxes', got \['labels'\]"),
    (lambda i, t: (i, t["boxes"]), "target must have 'boxes', got BoundingBoxes"),
    (
        lambda i, t: (i, t | {"labels": t["labels"][:1]}),
        r"labels must be a tensor with one entry per box \(2\), got \[1\]",
    ),
    (lambda i, t: (i, t | {"labels": [1, 2]}), "labels must be a tensor .* got list"),
    (lambda i, t: (i, t | {"difficult": t["difficult"][0]}), r"difficult .* got \[\]"),
    (
        lambda i, t: (i, t | {"masks": tv_tensors.Mask(torch.zeros(2, 60, 80))}),
        "target must hold nothing but boxes that moves .* got masks, Mask",
    ),
    (boxes_as(lambda b: b.as_subclass(torch.Tensor)), "BoundingBoxes, got Tensor"),
    (
        boxes_as(lambda b: tv_tensors.wrap(b.half(), like=b)),
        "boxes must be float32 or float64, got torch.float16",
    ),
    (
        boxes_as(lambda b: tv_tensors.wrap(b.long(), like=b)),
        "boxes must be float32 or float64, got torch.int64",
    ),
    *(
        (
            boxes_as(partial(convert_bounding_box_format, new_format=name)),
            f"boxes must be in the format XYXY, got {name}",
        )
        for name in ("XYWH", "CXCYWH")
    ),
    (
        boxes_as(lambda b: tv_tensors.wrap(b, like=b, canvas_size=(80, 60))),
        r"canvas_size must be the image's, \(60, 80\), got \(80, 60\)",
    ),
]
# With luck and without: what is wrong is told with the first image, not with some later one.
MOVING = [
    ZoomOut(p=0),
    ZoomOut(p=1),
    PatchSampling(),
    Resize(9),
    evaluation_transform(9),
]


@pytest.mark.parametrize("step", [PhotometricDistortion(p=0), *MOVING], ids=repr)
@pytest.mark.parametrize(("change", "message"), WRONG_IMAGES)
def test_an_image_that_would_be_misread_is_refused(change, message, step):
    image, target = sample()
    with pytest.raises(ValueError, match=message):
        step(change(image), target)


@pytest.mark.parametrize("step", MOVING, ids=repr)
@pytest.mark.parametrize(("change", "message"), WRONG_TARGETS)
def test_boxes_that_would_be_misread_are_refused(change, message, step):
    with pytest.raises(ValueError, match=message):
        step(*change(*sample()))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PatchSampling("random"), "choice must be .* got 'random'"),
        (lambda: PatchSampling(min_ious=(0.5, 1.1)), "min_ious must be .* got 1.1"),
        (lambda: PatchSampling(min_ious=(math.nan,)), "min_ious must be .* got nan"),
        (lambda: PatchSampling(scale=(0.5, 2)), r"scale\[1\] must be .* got 2"),
        (lambda: PatchSampling(scale=(0, 1)), r"scale\[0\] must be above 0 .* got 0"),
        (lambda: PatchSampling(scale=(0.9, 0.3)), r"scale must be two .* \(0.9, 0.3\)"),
        (lambda: PatchSampling(scale=0.5), "scale must be two numbers, .* got 0.5"),
        (lambda: sample_patches(GT, trials=0), "trials must be .* got 0"),
        (lambda: sample_patches(GT, (2,)), "min_ious must be .* got 2"),
        (lambda: sample_patches(GT[:0]), r"gt_boxes must be \[N, 4\] .* got \[0, 4\]"),
        (lambda: sample_patches(GT[0]), r"gt_boxes must be \[N, 4\] .* got \[4\]"),
        (lambda: ZoomOut(max_scale=0.5), "max_scale must be .* at least 1, got 0.5"),
        (lambda: ZoomOut(max_scale=math.inf), "max_scale must be .* got inf"),
        (lambda: ZoomOut(p=1.5), "p must be from 0 to 1, got 1.5"),
        (lambda: ZoomOut(fill=(0, 300, 0)), "fill must be from 0 to 255, got 300"),
        (lambda: ZoomOut(fill=(0, 0)), r"fill must be three numbers, got \(0, 0\)"),
        (lambda: Resize(0), "size_px must be a whole number of at least 1, got 0"),
        (lambda: training_transform(32.5), "size_px must be .* got 32.5"),
        (lambda: evaluation_transform(-1), "size_px must be .* got -1"),
        (lambda: PhotometricDistortion(p=math.nan), "p must be from 0 to 1, got nan"),
        (lambda: PhotometricDistortion(brightness=-1), "brightness must be .* got -1"),
        (lambda: PhotometricDistortion(hue_degrees=190), "hue_degrees .* got 190"),
        (lambda: PhotometricDistortion(contrast=(1.5, 0.5)), "contrast must be two"),
        (
            lambda: PhotometricDistortion(saturation=(-1, 1)),
            r"saturation\[0\] .* got -1",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
