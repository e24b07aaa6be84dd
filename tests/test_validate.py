"""Detections on a whole data set are those of its images one by one."""

import json
import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import (
    convert_bounding_box_format,
    to_pil_image,
)
from torchvision.tv_tensors import wrap

from ssd_lib.augment import training_transform
from ssd_lib.data import ToyScenes, VOCFolder, collate
from ssd_lib.data.gt_boxes import gt_boxes_of
from ssd_lib.default_boxes import default_boxes
from ssd_lib.evaluate import coco_average_precision, mean_average_precision
from ssd_lib.model import TINY, ssd_tiny
from ssd_lib.predict import detect_image
from ssd_lib.targets import encode_targets
from ssd_lib.validate import detect_dataset


@pytest.fixture
def model():
    torch.manual_seed(0)
    return ssd_tiny(9)


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_each_image_has_what_detect_image_finds(model, batch_size):
    scenes = ToyScenes(5, size_px=100)
    found = detect_dataset(model, scenes, batch_size, score_threshold=0.3)
    assert len(found.detections) == len(found.ground_truth) == 5
    for index, detections in enumerate(found.detections):
        image, target = scenes[index]
        alone = detect_image(model, image, score_threshold=0.3)
        torch.testing.assert_close(detections.boxes, alone.boxes, atol=1e-3, rtol=1e-4)
        assert torch.equal(detections.labels, alone.labels)
        truth = found.ground_truth[index]
        assert torch.equal(truth.boxes, target["boxes"].as_subclass(torch.Tensor))
        assert torch.equal(truth.labels, target["labels"])
        assert not truth.difficult.any()


def test_images_of_any_size_keep_their_own_pixels(model, voc_folder):
    found = detect_dataset(model, VOCFolder(voc_folder), score_threshold=0.0)
    [detections], [truth] = found
    assert detections.boxes[:, 2].max() > 128
    assert truth.difficult.tolist() == [False, True]


def test_the_models_mode_and_the_random_state_are_left_alone(model):
    model.train()
    model.features.eval()
    before, seen = torch.get_rng_state(), []
    parts = dict(model.named_modules())
    modes = {name: part.training for name, part in parts.items()}
    parts["heads.logits.0"].register_forward_hook(
        lambda *_: seen.append({name: part.training for name, part in parts.items()})
    )
    detect_dataset(model, ToyScenes(2), batch_size=1)
    assert seen == [modes] * 2
    assert {name: part.training for name, part in parts.items()} == modes
    assert torch.equal(torch.get_rng_state(), before)


def test_a_model_in_training_learns_nothing_from_the_images(model):
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first = detect_dataset(model, ToyScenes(2), score_threshold=0.2)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    again = detect_dataset(model.eval(), ToyScenes(2), score_threshold=0.2)
    for ours, theirs in zip(first.detections, again.detections, strict=True):
        assert all(map(torch.equal, ours, theirs))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_model_of_another_dtype_is_taken(model, dtype):
    wanted = detect_dataset(model, ToyScenes(2), score_threshold=0.05)
    found = detect_dataset(model.to(dtype), ToyScenes(2), score_threshold=0.05)
    for ours, theirs in zip(found.detections, wanted.detections, strict=True):
        assert ours.boxes.dtype == ours.scores.dtype == torch.float32
        assert abs(ours.scores[0] - theirs.scores[0]) < 0.02


@pytest.mark.parametrize("num_workers", [0, 2])
def test_the_mode_is_given_back_if_the_data_breaks(model, num_workers):
    class Broken(ToyScenes):
        def __getitem__(self, index):
            raise ValueError("broken image")

    model.train()
    with pytest.raises(ValueError, match=r"^broken image$"):
        detect_dataset(model, Broken(2), num_workers=num_workers)
    assert model.training


def test_workers_find_the_same(model):
    scenes = ToyScenes(4)
    one = detect_dataset(model, scenes, 2)
    two = detect_dataset(model, scenes, 2, num_workers=2)
    for ours, theirs in zip(one.detections, two.detections, strict=True):
        assert all(map(torch.equal, ours, theirs))


class Oracle(nn.Module):
    """Answers what the targets ask for, whatever the image: for one scene only."""

    def __init__(self, target, layout=TINY):
        super().__init__()
        self.layout = layout
        self.register_buffer("default_boxes", default_boxes(layout))
        boxes = target["boxes"].as_subclass(torch.Tensor) / 128
        self.offsets, labels = encode_targets(
            [boxes], [target["labels"]], self.default_boxes, variances=layout.variances
        )
        self.logits = 20.0 * torch.nn.functional.one_hot(labels, 9)

    def forward(self, _):
        return self.offsets, self.logits


@pytest.mark.parametrize("variances", [(0.1, 0.2), (1.0, 0.5)])
def test_a_perfect_answer_has_a_perfect_score(variances):
    scenes = ToyScenes(1, seed=3)
    oracle = Oracle(scenes[0][1], replace(TINY, variances=variances))
    found = detect_dataset(oracle, scenes)
    assert mean_average_precision(*found, 9).mean == 1.0


def test_variances_are_the_layouts_and_no_option(model):
    with pytest.raises(TypeError, match="variances"):
        detect_dataset(model, ToyScenes(1), variances=(0.1, 0.2))
    with pytest.raises(TypeError, match="variances"):
        detect_image(model, ToyScenes(1)[0][0], variances=(0.1, 0.2))


def test_objects_of_other_sizes_can_be_left_out(model):
    scenes = ToyScenes(6)
    sides = [
        (t["boxes"][:, 2:] - t["boxes"][:, :2]).amax(1)
        for _, t in map(scenes.__getitem__, range(6))
    ]
    found = detect_dataset(model, scenes, sizes=(0.25, 0.5))
    for truth, side in zip(found.ground_truth, sides, strict=True):
        assert truth.difficult.tolist() == ((side < 32) | (side >= 64)).tolist()
    assert any(truth.difficult.any() for truth in found.ground_truth)
    assert not all(truth.difficult.all() for truth in found.ground_truth)


def test_a_side_of_exactly_a_limit_belongs_to_the_larger_objects(untouched):
    """Halves of an image's side, so that the share is exact; the object is 32 px wide."""
    scenes = changed(with_boxes(lambda boxes: wrap(EXACT, like=boxes)))[1:]
    scenes[0][1]["labels"] = torch.tensor([1, 1])
    left_out = {
        limits: detect_dataset(untouched, scenes, sizes=limits).ground_truth[0].difficult.tolist()
        for limits in ((0, 0.25), (0.25, 0.5), (0.5, 1), (0, 1), (0, math.inf))
    }
    assert left_out == {
        (0, 0.25): [True, True],
        (0.25, 0.5): [False, True],
        (0.5, 1): [True, True],
        (0, 1): [False, True],
        (0, math.inf): [False, False],
    }


EXACT = torch.tensor([[8.0, 8, 40, 20], [0, 0, 128, 10]])  # shares of 1/4 and of 1


def changed(change):
    """Two scenes, of which the second is as ``change`` makes it."""
    samples = [ToyScenes(2)[i] for i in range(2)]
    image, target = samples[1]
    samples[1] = change(image, dict(target))
    return samples


def with_boxes(boxes):
    return lambda image, target: (image, target | {"boxes": boxes(target["boxes"])})


@pytest.fixture(scope="module")
def untouched():
    return ssd_tiny(9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, t: (to_pil_image(i), t), "image must be a tensor .* got Image"),
        (lambda i, t: (i[:1], t), r"image must be \[..., 3, H, W\], got \[1, 128"),
        (lambda i, t: (i.float(), t), "image must be in 0 to 1 .* got 23 to 253"),
        (lambda i, t: (i, {"labels": t["labels"]}), r"have 'boxes', got \['labels'\]"),
        (lambda i, t: (i, {"boxes": t["boxes"]}), r"have 'labels', got \['boxes'\]"),
        (lambda i, t: (i, t | {"labels": t["labels"][1:]}), "labels must be a tensor"),
        (lambda i, t: (i, t | {"difficult": t["labels"][:1]}), "difficult must be"),
        (lambda i, t: (i, t | {"iscrowd": t["labels"][:1]}), "iscrowd must be a tensor"),
        (lambda i, t: (i, t | {"area": t["labels"][:1]}), "area must be a tensor"),
        (with_boxes(lambda b: b.as_subclass(torch.Tensor)), "BoundingBoxes, got Tensor"),
        (
            with_boxes(lambda b: convert_bounding_box_format(b, new_format="CXCYWH")),
            "boxes must be in the format XYXY, got CXCYWH",
        ),
        (
            with_boxes(lambda b: wrap(b, like=b, canvas_size=(64, 64))),
            r"canvas_size must be the image's, \(128, 128\), got \(64, 64\)",
        ),
    ],
)
def test_samples_that_would_be_misread_are_refused(untouched, change, message):
    with pytest.raises(ValueError, match=message):
        detect_dataset(untouched, changed(change))


def test_flags_of_another_dtype_are_taken(untouched):
    samples = changed(
        lambda i, t: (
            i,
            t | {"difficult": torch.ones_like(t["labels"], dtype=torch.uint8)},
        )
    )
    found = detect_dataset(untouched, samples)
    assert found.ground_truth[1].difficult.dtype == torch.bool
    assert found.ground_truth[1].difficult.all()


def with_target(**entries):
    """One scene with more in its target."""
    return changed(lambda image, target: (image, target | entries))[1:]


COUNT = len(ToyScenes(2)[1][1]["labels"])
FIRST = torch.arange(COUNT) == 0
LAST = torch.arange(COUNT) == COUNT - 1


@pytest.mark.parametrize(
    "iscrowd", [FIRST, FIRST.long(), FIRST.to(torch.uint8), FIRST.int().tolist()]
)
def test_crowds_are_crowds_and_difficult(untouched, iscrowd):
    for difficult in ({}, {"difficult": LAST}):
        samples = with_target(iscrowd=iscrowd, **difficult)
        [truth] = detect_dataset(untouched, samples).ground_truth
        assert torch.equal(truth.crowd, FIRST)
        assert torch.equal(truth.difficult, FIRST | LAST if difficult else FIRST)


def test_what_is_difficult_or_of_another_size_is_no_crowd(untouched):
    samples = with_target(difficult=LAST)
    [truth] = detect_dataset(untouched, samples).ground_truth
    assert torch.equal(truth.difficult, LAST)
    assert not truth.crowd.any()
    [truth] = detect_dataset(untouched, samples, sizes=(0, 0)).ground_truth
    assert truth.difficult.all()
    assert not truth.crowd.any()


def test_areas_are_passed_on(untouched):
    area = torch.arange(COUNT) + 0.25
    for values in (area, area.double(), area.tolist()):
        samples = with_target(area=values)
        [truth] = detect_dataset(untouched, samples).ground_truth
        assert torch.equal(truth.area, area.double())
    samples = with_target()
    assert detect_dataset(untouched, samples).ground_truth[0].area is None


def test_the_area_of_the_shape_makes_an_object_small():
    scenes = with_target(area=torch.full((COUNT,), 1000.0))
    found = detect_dataset(Oracle(scenes[0][1]), scenes)
    ours = coco_average_precision(*found, 9)
    assert ours.small == ours.ap > 0
    assert math.isnan(ours.medium)
    assert math.isnan(ours.large)


@pytest.fixture
def cocos_own(tmp_path):
    """A COCO data set as torchvision reads it: an object, and a crowd behind it."""
    to_pil_image(torch.zeros(3, 60, 80, dtype=torch.uint8)).save(tmp_path / "a.png")
    one = {"image_id": 1, "category_id": 2}
    labels = {
        "images": [{"id": 1, "file_name": "a.png", "height": 60, "width": 80}],
        "categories": [{"id": 2, "name": "cat"}],
        "annotations": [
            one | {"id": 1, "bbox": [0.0, 0, 80, 60], "area": 99.5, "iscrowd": 1},
            one | {"id": 2, "bbox": [8.0, 6, 40, 30], "area": 600, "iscrowd": 0},
        ],
    }
    (tmp_path / "labels.json").write_text(json.dumps(labels))

    def read(transforms):
        data = CocoDetection(tmp_path, tmp_path / "labels.json", transforms=transforms)
        keys = ("boxes", "labels", "image_id", "iscrowd", "area")
        return wrap_dataset_for_transforms_v2(data, target_keys=keys)

    return read


def test_torchvisions_own_data_sets_are_validated(untouched, cocos_own):
    [truth] = detect_dataset(untouched, cocos_own(v2.ToImage())).ground_truth
    assert truth.crowd.tolist() == truth.difficult.tolist() == [True, False]
    assert truth.area.tolist() == [99.5, 600]


def test_torchvisions_own_data_sets_are_trained_on(cocos_own):
    data = cocos_own(v2.Compose([v2.ToImage(), training_transform(64)]))
    torch.manual_seed(0)
    for _ in range(20):
        batch = collate([data[0]])
        assert batch.images.shape == (1, 3, 64, 64)
        assert batch.gt_labels[0].tolist() == [2]
    assert len(gt_boxes_of(cocos_own(v2.ToImage()))) == 1


@pytest.mark.parametrize("sizes", [(0.5, 0.2), (-1, 1), (math.nan, 1), (0.2,), 0.2, None])
def test_sizes_that_are_no_range_are_refused(untouched, sizes):
    with pytest.raises(ValueError, match="sizes must be two shares, from and to, got"):
        detect_dataset(untouched, ToyScenes(1), sizes=sizes)
