"""A data set of records reads its images, and looks at no more of them than it must."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import tv_tensors

from ssd_lib.data import records as module
from ssd_lib.data.labelled import FRACTIONS, Record
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records

CLASSES = ("background", "cat", "dog")
BOX = [10.0, 5.0, 40.0, 20.0]


@pytest.fixture
def made(tmp_path):
    """An image file with a white object, stored so that EXIF turns it back."""

    def make(name, orientation=1, size_px=(60, 100), box=BOX):
        shown = np.zeros((*size_px, 3), np.uint8)
        x1, y1, x2, y2 = map(int, box)
        shown[y1:y2, x1:x2] = 255
        turn = {3: 2, 6: 1, 8: 3}.get(orientation, 0)  # quarters, against the clock
        exif = Image.Exif()
        exif[0x0112] = orientation
        file = tmp_path / name
        Image.fromarray(np.rot90(shown, turn)).save(file, exif=exif)
        return file

    return make


@pytest.fixture
def looks(monkeypatch):
    """The names of the images that are looked at, in turn."""
    names, see = [], module.see

    def seeing(file):
        names.append(file.name)
        return see(file)

    monkeypatch.setattr(module, "see", seeing)
    return names


def record(file, *boxes, size_px=(60, 100), **options):
    count = len(boxes)
    return Record(
        file, [list(box) for box in boxes], [1] * count, [False] * count, size_px, **options
    )


def test_an_item_has_all_that_its_record_has(made):
    one = Record(
        made("a.png"),
        [BOX, [0, 0, 100, 60]],
        [2, 1],
        [True, False],
        (60, 100),
        [True, False],
        [300.0, 250.0],
    )
    image, target = Records([one], CLASSES)[0]
    assert isinstance(image, tv_tensors.Image)
    assert (image.shape, image.dtype) == ((3, 60, 100), torch.uint8)
    assert isinstance(target["boxes"], tv_tensors.BoundingBoxes)
    assert target["boxes"].canvas_size == (60, 100)
    assert {key: value.tolist() for key, value in target.items()} == {
        "boxes": [BOX, [0, 0, 100, 60]],
        "labels": [2, 1],
        "difficult": [True, False],
        "iscrowd": [True, False],
        "area": [300, 250],
    }
    assert target["iscrowd"].dtype == target["difficult"].dtype == torch.bool
    assert target["labels"].dtype == torch.int64
    assert target["boxes"].dtype == torch.float32


def test_without_crowds_and_areas_there_are_no_crowds_and_no_areas(made):
    _, target = Records([record(made("a.png"), BOX, BOX)], CLASSES)[0]
    assert target["iscrowd"].tolist() == [False, False]
    assert "area" not in target


def test_an_image_without_objects_has_empty_targets(made):
    _, target = Records([record(made("a.png"))], CLASSES)[0]
    assert target["boxes"].shape == (0, 4)
    assert [len(target[key]) for key in ("labels", "difficult", "iscrowd")] == [0] * 3


def test_what_lies_outside_is_left_out_of_all_rows_and_counted(made):
    boxes = [[200, 0, 300, 50], BOX, [-20, -20, 0, 30], [90, 50, 500, 400]]
    one = record(
        made("a.png"), *boxes, crowd=[False, True, False, False], area=[1, 2, 3, 4]
    )._replace(labels=[1, 2, 1, 1], difficult=[False, True, False, False])
    data = Records([one], CLASSES)
    _, target = data[0]
    assert target["boxes"].tolist() == [BOX, [90, 50, 100, 60]]
    assert target["labels"].tolist() == [2, 1]
    assert target["difficult"].tolist() == target["iscrowd"].tolist() == [True, False]
    assert target["area"].tolist() == [2, 4]
    assert data.problems.left_out() == [
        f"2 objects: outside of its image (first: {one.image}, object 0)"
    ]
    strict = Records([one], CLASSES, problems=Problems(strict=True))
    with pytest.raises(ValueError, match=r"a\.png, object 0: outside of its image"):
        strict[0]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("size_px", [(60, 100), (120, 200), None])
def test_boxes_lie_on_what_is_read(made, orientation, size_px):
    scale = 2 if size_px == (120, 200) else 1
    one = record(
        made("a.png", orientation),
        [v * scale for v in BOX],
        size_px=size_px,
        area=[90.0 * scale**2],
    )
    image, target = Records([one], CLASSES)[0]
    assert target["boxes"].tolist() == [BOX]
    assert target["area"].tolist() == [90]
    assert image[0, 5:20, 10:40].min() == 255
    assert int((image[0] > 0).sum()) == 30 * 15


def test_one_image_that_tells_turns_the_boxes_of_one_that_does_not(made):
    half_turned = record(made("a.png", 3), [60, 40, 90, 55])
    tells = record(made("b.png", 6, (100, 60)), [5, 20, 20, 50], size_px=(60, 100))
    assert Records([half_turned, tells], CLASSES)[0][1]["boxes"].tolist() == [BOX]
    alone = Records([half_turned], CLASSES)[0][1]["boxes"].tolist()
    assert alone == [[60, 40, 90, 55]]


def test_all_images_are_looked_at_only_if_one_needs_it_and_only_once(made, looks):
    plain = [record(made(f"{k}.png"), BOX) for k in range(3)]
    tells = record(made("tells.png", 6), BOX)
    silent = record(made("silent.png", 3), BOX)
    data = Records([*plain, tells, silent], CLASSES)
    for index, name in enumerate(["0.png", "1.png", "2.png", "tells.png"]):
        looks.clear()
        data[index]
        assert looks == [name]
    looks.clear()
    data[4]
    names = [one.image.name for one in data.records]
    assert looks == ["silent.png", *names]
    looks.clear()
    data[4]
    assert looks == ["silent.png"]


def test_fractions_tell_nothing_and_are_not_looked_at_for_others(made, looks):
    fractions = record(made("a.png"), [0.1, 0.1, 0.4, 0.3], size_px=FRACTIONS)
    data = Records([record(made("b.png", 3), BOX), fractions], CLASSES)
    data[0]
    assert looks == ["b.png", "b.png"]
    assert data[1][1]["boxes"].tolist() == [pytest.approx([10, 6, 40, 18])]


def test_images_that_are_broken_or_gone_do_not_keep_others_from_being_read(made, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n no more")
    silent = record(made("silent.png", 3), [60, 40, 90, 55])
    tells = record(made("b.png", 6, (100, 60)), [5, 20, 20, 50], size_px=(60, 100))
    bad = [record(tmp_path / name, BOX) for name in ("broken.png", "gone.png")]
    data = Records([*bad, silent, tells], CLASSES)
    assert data[2][1]["boxes"].tolist() == [BOX]
    with pytest.raises(ValueError) as broken:  # noqa: PT011
        data[0]
    with pytest.raises(FileNotFoundError) as gone:
        data[1]
    assert str(tmp_path / "broken.png") in str(broken.value)
    assert str(tmp_path / "gone.png") in str(gone.value)


def test_an_image_of_another_shape_is_named_with_both_sizes(made):
    file = made("a.png")
    with pytest.raises(ValueError, match="its label file is for") as caught:
        Records([record(file, BOX, size_px=(300, 300))], CLASSES)[0]
    assert str(caught.value) == (
        f"{file}: its label file is for 300 x 300 pixels, the image has 100 x 60"
    )


def test_placed_boxes_are_taken_as_they_are_and_nothing_is_looked_at(made, looks):
    one = record(made("a.png", 6), BOX)
    data = Records([one], CLASSES, placed=True)
    assert data[0][1]["boxes"].tolist() == [BOX]
    assert looks == []
    made("a.png", size_px=(80, 100))
    with pytest.raises(ValueError, match="has changed since it was looked at") as caught:
        data[0]
    assert str(one.image) in str(caught.value)


def test_transforms_take_image_and_target(made):
    data = Records([record(made("a.png"), BOX)], CLASSES, lambda image, target: (target, image))
    target, image = data[0]
    assert image.shape == (3, 60, 100)
    assert target["labels"].tolist() == [1]


def test_a_data_set_is_a_sequence_of_its_own(made):
    given = [record(made("a.png"), BOX), record(made("b.png"))]
    data = Records(given, list(CLASSES))
    given.clear()
    assert len(data) == 2
    assert data.classes == CLASSES
    assert len(data[-1][1]["labels"]) == 0
    with pytest.raises(IndexError):
        data[2]
    assert data.problems.left_out() == []


def test_no_record_is_an_error():
    with pytest.raises(ValueError, match="at least one image, got none"):
        Records([], CLASSES)


def test_a_worker_that_is_spawned_reads_the_same(made):
    silent = record(made("silent.png", 3), [60, 40, 90, 55])
    tells = record(made("b.png", 6, (100, 60)), [5, 20, 20, 50], size_px=(60, 100))
    data = Records([silent, tells], CLASSES)
    loader = DataLoader(data, batch_size=None, num_workers=1, multiprocessing_context="spawn")
    for (image, target), (own_image, own_target) in zip(loader, data, strict=True):
        assert torch.equal(image, own_image)
        assert target["boxes"].tolist() == own_target["boxes"].tolist() == [BOX]


def test_what_is_known_goes_along_to_a_copy(made, looks):
    data = Records([record(made("a.png", 3), BOX)], CLASSES)
    assert data.on_stored is None
    copy = pickle.loads(pickle.dumps(data))
    looks.clear()
    assert copy.on_stored is None
    assert looks == []
    assert [one.image for one in copy.records] == [Path(data.records[0].image)]
