"""Detections on a whole data set are those of its pictures one by one."""

import pytest
import torch
from torch import nn

from ssd_lib.data import ToyScenes, VOCFolder
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.model import TINY, ssd_tiny
from ssd_lib.predict import detect_image
from ssd_lib.targets import encode_targets
from ssd_lib.validate import detect_dataset


@pytest.fixture
def model():
    torch.manual_seed(0)
    return ssd_tiny(9)


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_each_picture_has_what_detect_image_finds(model, batch_size):
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


def test_pictures_of_any_size_keep_their_own_pixels(model, voc_folder):
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


def test_a_model_in_training_learns_nothing_from_the_pictures(model):
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


def test_workers_find_the_same(model):
    scenes = ToyScenes(4)
    one = detect_dataset(model, scenes, 2)
    two = detect_dataset(model, scenes, 2, num_workers=2)
    for ours, theirs in zip(one.detections, two.detections, strict=True):
        assert all(map(torch.equal, ours, theirs))


class Oracle(nn.Module):
    """Answers what the targets ask for, whatever the picture: for one scene only."""

    def __init__(self, target):
        super().__init__()
        self.layout = TINY
        model = ssd_tiny(9)
        self.register_buffer("default_boxes", model.default_boxes)
        boxes = target["boxes"].as_subclass(torch.Tensor) / 128
        offsets, labels = encode_targets(
            [boxes], [target["labels"]], self.default_boxes
        )
        self.offsets = offsets
        self.logits = 20.0 * torch.nn.functional.one_hot(labels, 9)

    def forward(self, _):
        return self.offsets, self.logits


def test_a_perfect_answer_has_a_perfect_score():
    scenes = ToyScenes(1, seed=3)
    found = detect_dataset(Oracle(scenes[0][1]), scenes)
    assert mean_average_precision(*found, 9).mean == 1.0


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
