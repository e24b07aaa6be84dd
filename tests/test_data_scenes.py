"""Toy scenes: the same everywhere, with boxes exact to the pixel."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from ssd_lib.data.toy import scenes
from ssd_lib.data.toy.scenes import CLASSES, ToyScenes, paint_scene
from ssd_lib.data.toy.sprites import VARIANTS, sprite
from ssd_lib.data.toy.things import THINGS


def test_a_scene_depends_on_its_seed_and_index_alone():
    first, second = ToyScenes(20, 64, seed=3), ToyScenes(500, 64, seed=3)
    for index in (7, 0, 19):
        assert torch.equal(first[index][0], second[index][0])
        assert torch.equal(first[index][1]["boxes"], second[index][1]["boxes"])
    assert not torch.equal(first[0][0], first[1][0])
    assert not torch.equal(first[0][0], ToyScenes(1, 64, seed=4)[0][0])


def test_workers_draw_the_same_scenes():
    data = ToyScenes(8, 64)
    loader = DataLoader(data, batch_size=None, num_workers=2)
    for index, (image, _) in enumerate(loader):
        assert torch.equal(image, data[index][0])


def test_there_are_eight_classes_and_all_occur_at_many_sizes():
    assert set(CLASSES[1:]) == set(THINGS)
    assert len(CLASSES) == 9
    labels, sides, counts = [], [], []
    data = ToyScenes(250, 128)
    for index in range(250):
        target = data[index][1]
        boxes = target["boxes"]
        labels += target["labels"].tolist()
        sides += (boxes[:, 2:] - boxes[:, :2]).amax(dim=1).tolist()
        counts.append(len(boxes))
    found = np.bincount(labels, minlength=9)
    assert found[0] == 0
    assert found[1:].min() > 60
    assert 0.02 < min(sides) / 128 < 0.09
    assert 0.7 < max(sides) / 128 <= 1
    assert min(counts) >= 1
    assert max(counts) == 8


@pytest.mark.parametrize("seed", range(30))
def test_boxes_lie_inside_and_hold_whole_pixels(seed):
    image, target = ToyScenes(1, 96, seed=seed)[0]
    boxes = target["boxes"]
    assert image.dtype == torch.uint8
    assert image.shape == (3, 96, 96)
    assert (boxes == boxes.round()).all()
    assert boxes.min() >= 0
    assert boxes.max() <= 96
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_a_single_objects_box_is_where_the_image_changes(monkeypatch):
    monkeypatch.setattr(scenes, "MOST_OBJECTS", 1)
    monkeypatch.setattr(scenes, "_background", lambda *_: np.full((96, 96, 3), 128, np.float32))
    far = 0
    for seed in range(60):
        pixels, boxes, _ = paint_scene(np.random.default_rng(seed), 96)
        [(x1, y1, x2, y2)] = boxes
        changed = np.abs(pixels.astype(int) - 128).sum(axis=2) > 0
        rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
        assert columns[0] <= x1 < x2 <= columns[-1] + 1
        assert rows[0] <= y1 < y2 <= rows[-1] + 1
        # Pixels that are covered by less than half change, but are outside of the box:
        # a seam of one or two, or a thin tail.
        around = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        far += any(abs(a - b) > 2 for a, b in zip(around, boxes[0], strict=True))
    assert far <= 6


def test_no_object_is_hidden_by_more_than_is_allowed():
    for seed in range(40):
        pixels, boxes, labels = paint_scene(np.random.default_rng(seed), 96)
        assert pixels.dtype == np.uint8
        assert len(boxes) == len(labels) >= 1


@pytest.mark.parametrize("name", THINGS)
def test_a_sprite_fills_its_frame_in_every_variant(name):
    for variant in range(VARIANTS):
        cut = sprite(name, variant, 60, 50, flip=bool(variant % 2))
        solid = cut.cover >= 0.5
        assert cut.colour.shape == (60, 50, 3)
        assert solid.any(axis=0).mean() > 0.9
        assert solid.any(axis=1).mean() > 0.9


def test_a_scene_that_is_not_there_is_refused():
    data = ToyScenes(3)
    assert len(data) == 3
    with pytest.raises(IndexError, match="0 to 2, got 3"):
        data[3]
    with pytest.raises(ValueError, match="at least 1"):
        ToyScenes(0)


def test_transforms_are_applied():
    assert ToyScenes(2, 32, transforms=lambda image, target: (image.shape, target.keys()))[0] == (
        (3, 32, 32),
        {"boxes", "labels"},
    )
