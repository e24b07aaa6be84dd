"""A data set's images are known by their number and names, wherever they lie."""

from pathlib import Path

from torch.utils.data import ConcatDataset, Subset

from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes
from ssd_lib.data.fingerprint import images_fingerprint
from ssd_lib.data.labelled import Record
from ssd_lib.data.records import Records


def in_folder(folder, *names):
    """Records of images that need not be there."""
    records = [Record(Path(folder, name), [], [], [], None) for name in names]
    return Records(records, ("background",))


def test_images_are_known_by_number_and_names():
    data = in_folder("a", "0.png", "1.png", "2.png", "3.png")
    print_of_all = images_fingerprint(data)
    assert print_of_all.startswith("4 images (")
    moved = in_folder("b/c", "0.png", "1.png", "2.png", "3.png")
    assert images_fingerprint(moved) == print_of_all
    other = in_folder("a", "0.png", "1.png", "2.png", "4.png")
    assert images_fingerprint(other) != print_of_all
    assert images_fingerprint(in_folder("a", "0.png")) == images_fingerprint(
        in_folder("b", "0.png")
    )


def test_subsets_and_concatenations_are_the_images_that_they_choose():
    data = in_folder("a", "0.png", "1.png", "2.png", "3.png")
    print_of_all = images_fingerprint(data)
    assert images_fingerprint(Subset(data, [0, 1, 2, 3])) == print_of_all
    assert images_fingerprint(Subset(data, [1, 0, 2, 3])) != print_of_all
    assert images_fingerprint(Subset(data, [0, 1])).startswith("2 images (")
    halves = ConcatDataset([Subset(data, [0, 1]), Subset(data, [2, 3])])
    assert images_fingerprint(halves) == print_of_all


def test_images_that_are_no_files_are_known_by_number():
    scenes = ToyScenes(7, transforms=evaluation_transform(128))
    assert images_fingerprint(scenes) == "7 images"
    assert images_fingerprint(Subset(scenes, [1, 2])) == "2 images"
    assert images_fingerprint(ConcatDataset([scenes, in_folder("a", "0.png")])) == "8 images"
