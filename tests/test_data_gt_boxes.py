"""The objects of a data set, to choose default boxes by."""

from pathlib import Path

import pytest
import torch

from ssd_lib.data import ToyScenes
from ssd_lib.data.gt_boxes import gt_boxes_of
from ssd_lib.data.labelled import Record
from ssd_lib.data.records import Records

BOX = [10.0, 20.0, 40.0, 60.0]


def test_boxes_of_images_that_have_to_be_read_are_fractions():
    scenes = ToyScenes(5)
    boxes = gt_boxes_of(scenes)
    assert len(boxes) == sum(len(scenes[i][1]["labels"]) for i in range(5))
    assert boxes.min() >= 0
    assert boxes.max() <= 1


def test_only_so_many_images_are_read_and_evenly(monkeypatch):
    monkeypatch.setattr("ssd_lib.data.gt_boxes.MOST_IMAGES", 3)
    scenes = ToyScenes(9)
    wanted = [scenes[i][1]["boxes"].as_subclass(torch.Tensor) / 128 for i in (0, 3, 6)]
    assert torch.equal(gt_boxes_of(scenes), torch.cat(wanted))


@pytest.mark.parametrize("flag", ["iscrowd", "difficult"])
def test_crowds_are_left_out_and_difficult_objects_are_not(flag):
    samples = [ToyScenes(3)[i] for i in range(3)]
    for _, target in samples:
        target[flag] = (torch.arange(len(target["labels"])) == 0).long()
    first = 1 if flag == "iscrowd" else 0
    wanted = [t["boxes"].as_subclass(torch.Tensor)[first:] / 128 for _, t in samples]
    assert torch.equal(gt_boxes_of(samples), torch.cat(wanted))


def test_boxes_in_place_are_taken_without_reading_evenly_and_without_crowds(monkeypatch):
    boxes = [[0.0, 0.0, k + 1.0, 80.0] for k in range(9)]
    crowd = [False] * 8 + [True]
    one = Record(Path("a"), boxes, [1] * 9, crowd, (80, 100), crowd)
    other = Record(Path("b"), [BOX], [1], [False], (80, 100))
    dataset = Records([one, other], ("background", "cat"), placed=True)
    wanted = [[0, 0, (k + 1) / 100, 1] for k in range(8)] + [[0.1, 0.25, 0.4, 0.75]]
    assert torch.allclose(gt_boxes_of(dataset), torch.tensor(wanted))
    for most in (3, 4):
        monkeypatch.setattr("ssd_lib.data.gt_boxes.MOST_OBJECTS", most)
        assert torch.allclose(gt_boxes_of(dataset), torch.tensor(wanted[::3]))
    empty = Records([one._replace(boxes=[], crowd=[])], (), placed=True)
    assert gt_boxes_of(empty).shape == (0, 4)
