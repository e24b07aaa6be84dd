"""Reading annotated pictures: what is wrong is told, counted or raised, never hidden."""

import contextlib
import random
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from data_forms import TO_STORED
from PIL import Image
from torchvision.transforms import v2
from voc_form import GOOD, SIZE, box, mutated, put, thing, write, xml

from ssd_lib.data.records import collate
from ssd_lib.data.voc.dataset import VOCFolder
from ssd_lib.samples import Batch


@pytest.fixture
def folder(tmp_path):
    """A folder in VOC's form, and a way to put images into it."""

    def add(name, objects="", size=SIZE, image=None, suffix=".png", **options):
        write(tmp_path / f"Annotations/{name}.xml", xml(objects, size))
        put(tmp_path / f"JPEGImages/{name}{suffix}", image=image, **options)
        return tmp_path

    return add


def only(root, **options):
    return VOCFolder(root, classes=("background", "cat", "dog"), **options)


@pytest.mark.parametrize("size", ["", "<size><width>7</width><height>x</height></size>"])
def test_the_size_is_the_pictures_whatever_the_file_says(folder, size):
    target = only(folder("a", GOOD, size=size))[0][1]
    assert target["boxes"].canvas_size == (80, 100)


def test_boxes_are_clipped_and_those_outside_are_counted(folder):
    root = folder("a", thing(box(-5, -5, 300, 300)) + thing(box(200, 10, 300, 20)))
    data = only(root)
    assert data[0][1]["boxes"].tolist() == [[0, 0, 100, 80]]
    assert data[0][1]["labels"].tolist() == [1]
    assert data.problems.counts["object", "outside of its image"] == 2  # it was read twice
    with pytest.raises(ValueError, match="object 1: outside of its image"):
        only(root, strict=True)[0]


@pytest.mark.parametrize("orientation", TO_STORED)
@pytest.mark.parametrize("stored_size", [False, True])
def test_a_turned_picture_keeps_its_boxes_on_its_objects(folder, orientation, stored_size):
    shown = np.zeros((80, 100, 3), np.uint8)
    shown[20:50, 10:40] = 255  # the object, as it is to be seen; nowhere in the middle
    stored = Image.fromarray(shown).transpose(TO_STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    on_stored = np.asarray(stored)[..., 0] > 0
    rows, columns = np.nonzero(on_stored.any(1))[0], np.nonzero(on_stored.any(0))[0]
    width, height = stored.size
    if stored_size and orientation >= 5:  # the file speaks of the picture as stored
        edges = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    else:
        width, height, edges = 100, 80, [10, 20, 40, 50]
    size = f"<size><width>{width}</width><height>{height}</height></size>"
    root = folder("a", thing(box(*edges)), size, stored, exif=exif)
    image, target = only(root)[0]
    assert image.shape == (3, 80, 100)
    assert target["boxes"].tolist() == [[10, 20, 40, 50]]
    assert image[0, 20:50, 10:40].min() == 255


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_neither_image_nor_boxes(folder, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image, target = only(folder("a", GOOD, exif=exif))[0]
    assert image.shape == (3, 80, 100)
    assert target["boxes"].tolist() == [[10, 20, 40, 60]]


@pytest.mark.parametrize("content", [b"", b"no picture", None])
def test_a_picture_that_cannot_be_read_is_named(folder, content):
    root = folder("a", GOOD)
    file = root / "JPEGImages/a.png"
    file.write_bytes(file.read_bytes()[:60] if content is None else content)
    with pytest.raises(ValueError, match=r"a\.png cannot be read"):
        only(root)[0]


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "I;16"])
def test_every_kind_of_picture_becomes_rgb(folder, mode):
    picture = Image.new("L", (100, 80), 1) if mode == "I;16" else Image.new("RGB", (100, 80))
    picture = picture.convert("I;16") if mode == "I;16" else picture.convert(mode)
    assert only(folder("a", GOOD, image=picture))[0][0].shape == (3, 80, 100)


def test_torchvisions_transforms_take_our_samples(folder):
    flip = v2.Compose([v2.RandomHorizontalFlip(1.0), v2.Resize((40, 40))])
    image, target = only(folder("a", GOOD), transforms=flip)[0]
    assert image.shape == (3, 40, 40)
    assert target["boxes"].tolist() == [[24, 10, 36, 30]]


def test_a_batch_has_fractions(folder):
    root = folder("a", GOOD)
    root = folder("b")
    batch = collate([only(root)[0], only(root)[1]])
    assert isinstance(batch, Batch)
    assert batch.images.shape == (2, 3, 80, 100)
    assert torch.allclose(batch.gt_boxes[0], torch.tensor([[0.1, 0.25, 0.4, 0.75]]))
    assert [len(labels) for labels in batch.gt_labels] == [1, 0]
    assert type(batch.gt_boxes[0]) is torch.Tensor


def test_a_batch_of_different_shapes_is_told(folder):
    root = folder("a", GOOD)
    root = folder("b", size="", image=Image.new("RGB", (50, 80)))
    with pytest.raises(ValueError, match="resize"):
        collate([only(root)[0], only(root)[1]])


@pytest.mark.parametrize(
    "iscrowd",
    [
        torch.tensor([False, True, False]),
        torch.tensor([0, 1, 0]),
        torch.tensor([0, 1, 0], dtype=torch.uint8),
        [0, 1, 0],
        None,
    ],
)
def test_crowds_are_not_learnt_and_difficult_objects_are(folder, iscrowd):
    objects = "".join(thing(box(10 * k, 20, 40, 60)) for k in (1, 2, 3))
    image, target = only(folder("a", objects))[0]
    target |= {"difficult": torch.ones(3, dtype=torch.bool)}
    if iscrowd is None:
        target.pop("iscrowd", None)
    else:
        target["iscrowd"] = iscrowd
    target["labels"] = torch.tensor([1, 2, 3])
    batch = collate([(image, target)])
    learnt = [1, 2, 3] if iscrowd is None else [1, 3]
    assert batch.gt_labels[0].tolist() == learnt
    left = (batch.gt_boxes[0][:, 0] * 10).round().long()
    assert left.tolist() == learnt


def test_an_image_of_nothing_but_crowds_has_nothing_to_learn(folder):
    image, target = only(folder("a", GOOD))[0]
    target["iscrowd"] = torch.ones(len(target["labels"]), dtype=torch.int64)
    batch = collate([(image, target)])
    assert batch.gt_boxes[0].shape == (0, 4)
    assert batch.gt_labels[0].shape == (0,)


def survives(action):
    """Done, or one of the documented errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(ValueError, FileNotFoundError):
            action()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".bmp", ".webp"])
def test_a_hundred_broken_pictures_of_each_kind_do_no_harm(folder, suffix):
    noise = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)
    root = folder("a", GOOD, image=Image.fromarray(noise), suffix=suffix)
    data = only(root)
    file, generator = Path(root, f"JPEGImages/a{suffix}"), random.Random(1)
    whole = file.read_bytes()
    for _ in range(100):
        file.write_bytes(mutated(whole, generator))
        survives(lambda: data[0])
