"""What is held out depends on names alone, and no image is in both parts."""

from pathlib import Path

import pytest
from data_forms import FORMS, scenes

from ssd_lib.data import open_dataset
from ssd_lib.data.labelled import Record
from ssd_lib.data.records import Records
from ssd_lib.data.splitting import train_val_split


def of(names, **options):
    records = [Record(Path(name), [], [], [], (80, 100)) for name in names]
    return Records(records, ("background", "cat"), **options)


def stems(dataset):
    return [record.image.stem for record in dataset.records]


def test_each_image_is_in_one_part_in_the_order_of_the_data_set():
    data = of([f"{k:03}.png" for k in range(50)])
    train, val = train_val_split(data)
    assert (len(train), len(val)) == (45, 5)
    assert sorted(stems(train) + stems(val)) == stems(data)
    assert stems(train) == sorted(stems(train))
    assert stems(val) == sorted(stems(val))
    assert len(data) == 50


def test_the_parts_are_as_the_data_set():
    data = of("abc", transforms=lambda image, target: (target, image), root=Path("mine"), form="X")
    for part in train_val_split(data):
        assert (part.classes, part.transforms) == (data.classes, data.transforms)
        assert (part.root, part.form, part.problems) == (data.root, data.form, data.problems)


def test_what_is_held_out_depends_on_names_alone(tmp_path):
    held = set()
    for form in ("voc", "coco-images", "yolo"):
        FORMS[form](tmp_path / form, scenes(0, 20))
        train, val = train_val_split(open_dataset(tmp_path / form))
        assert (len(train), len(val)) == (18, 2)
        held.add(frozenset(stems(val)))
    assert len(held) == 1


def test_what_was_held_out_once_is_held_out_again_with_more_images():
    names = [f"{k:03}.png" for k in range(100)]
    few, more = (set(stems(train_val_split(of(names), share)[1])) for share in (0.1, 0.3))
    assert few < more
    assert set(stems(train_val_split(of(reversed(names)))[1])) == few


@pytest.mark.parametrize(
    ("count", "share", "held_out"),
    [(2, 0.1, 1), (2, 0.9, 1), (3, 0.5, 2), (10, 0.25, 2), (10, 0.99, 9), (20, 0.1, 2)],
)
def test_one_image_at_least_is_in_each_part(count, share, held_out):
    train, val = train_val_split(of([f"{k}.png" for k in range(count)]), share)
    assert (len(train), len(val)) == (count - held_out, held_out)


def test_one_image_cannot_be_divided():
    with pytest.raises(ValueError, match=r"^mine must have at least 2 images.* got 1$"):
        train_val_split(of("a", root=Path("mine")))


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_is_between_nothing_and_all(share):
    with pytest.raises(ValueError, match=f"val_share must be .* got {share}"):
        train_val_split(of("ab"), share)
