"""Data sets in Pascal VOC's form: one XML file an image."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch.utils.data import ConcatDataset

from ssd_lib.data.finding.image_index import Ambiguous, ImageIndex
from ssd_lib.data.labelled import Labelled, records_of
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records
from ssd_lib.data.voc.download import fetch
from ssd_lib.data.voc.files import VOCFiles, note_unlabelled, voc_files
from ssd_lib.data.voc.label_file import read_label_file, size_of, things_of

VOC_CLASSES = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)
VOC_SETS = {
    "07+12": (("2007", "trainval"), ("2012", "trainval")),
    "07": (("2007", "trainval"),),
    "12": (("2012", "trainval"),),
    "07-test": (("2007", "test"),),
}


class VOCFolder(Records):
    """Any folder with label files in Pascal VOC's form and the images they are for.

    Folders may be named as VOC names them (``Annotations``, ``JPEGImages``) or
    otherwise, and lie in each other, or images and label files side by side. What
    cannot be used is left out, counted in ``problems`` and told in one warning, which
    also counts the images that have no label file.

    Args:
        root: the folder.
        split: a file of ``ImageSets/Main`` without its ``.txt``; None is all images.
            See :func:`ssd_lib.data.finding.lists.listed_labels` for what its lines mean.
        classes: names, ``"background"`` first. None takes those that occur, sorted.
        transforms: a function of image and target, or None.
        strict: raise at the first thing that would be left out.

    Raises:
        FileNotFoundError: if there is no such folder or split, or it has no label file.
        ValueError: if nothing in it can be used, or the split's list cannot be read.
    """

    def __init__(
        self,
        root: str | Path,
        split: str | None = None,
        classes: Sequence[str] | None = None,
        transforms: Callable[..., Any] | None = None,
        strict: bool = False,
    ) -> None:
        """Read all label files, and look whether the images are there."""
        root, problems = Path(root), Problems(strict)
        files = self._files(root)
        chosen = files.labels if split is None else files.of_split(split, problems)
        found = read_voc(chosen, ImageIndex(root, files.images), problems, files.labels)
        if split is None:
            note_unlabelled(files.images, files.labels, found, problems)
        if not found:
            reasons = "; ".join(problems.left_out()) or f"split {split!r} lists none"
            raise ValueError(f"{root} has no image that can be used: {reasons}")
        records, classes = records_of(found, problems, classes)
        super().__init__(records, classes, transforms, problems)
        problems.warn()

    def _files(self, root: Path) -> VOCFiles:
        return voc_files(root)


class PascalVOC(ConcatDataset):
    """Pascal VOC 2007 and 2012, joined as the paper trains on them.

    Args:
        root: where ``VOCdevkit`` lies, or is to be put.
        sets: ``"07+12"`` (trainval of both), ``"07"``, ``"12"`` or ``"07-test"``.
        download: fetch what is missing, 0.9 GB for 2007 and 2 GB for 2012. Each archive
            is compared with its hash.
        transforms: a function of image and target, or None.

    Raises:
        ValueError: if there is no such set, or a downloaded archive is another one.
        FileNotFoundError: if it is not there and is not to be downloaded.
        OSError: if it cannot be downloaded.
    """

    classes = VOC_CLASSES

    def __init__(
        self,
        root: str | Path,
        sets: str = "07+12",
        download: bool = False,
        transforms: Callable[..., Any] | None = None,
    ) -> None:
        """Find or fetch the folders, and read all label files."""
        if sets not in VOC_SETS:
            raise ValueError(f"sets must be one of {sorted(VOC_SETS)}, got {sets!r}")
        parts = []
        for year, split in VOC_SETS[sets]:
            folder = Path(root, "VOCdevkit", f"VOC{year}")
            if download:
                fetch(folder, year, split)
            if not folder.is_dir():
                raise FileNotFoundError(f"there is no {folder}: pass download=True")
            parts.append(VOCFolder(folder, split, VOC_CLASSES, transforms))
        super().__init__(parts)


class _Read(NamedTuple):
    """A label file, once with the image that it names, and that of its own name."""

    labelled: Labelled
    own: Path | None


def read_voc(
    label_files: Sequence[Path],
    index: ImageIndex,
    problems: Problems,
    all_labels: Sequence[Path] | None = None,
) -> list[Labelled]:
    """What label files say; those that cannot be used are left out and counted.

    A label file is for the image that its ``filename`` names, or if that is not there
    for the one of its own name. This one counts, too, if several label files name one
    image, or the image of another label file: ``filename`` was copied then, or files
    were renamed.

    Args:
        label_files: to be read.
        index: of the images.
        problems: where to count.
        all_labels: of the data set, where ``label_files`` are only a split of it.
    """
    read = [_read(file, index, problems) for file in label_files]
    read = [one for one in read if one is not None]
    claims = Counter(one.labelled.image for one in read)
    owned = {_own_image(file, index) for file in all_labels or label_files}
    found = []
    for labelled, own in read:
        if own is not None and own != labelled.image:
            if labelled.image in owned or claims[labelled.image] > 1:
                labelled = labelled._replace(image=own)
            else:
                problems.note(
                    "label file taken for the image that it names, not for that of its own name",
                    f"{labelled.where}: {labelled.image}",
                )
        found.append(labelled)
    return found


def _read(file: Path, index: ImageIndex, problems: Problems) -> _Read | None:
    root = read_label_file(file, problems)
    if root is None:
        return None
    name = (root.findtext("filename") or "").strip()
    try:
        named, own = index.named(name, file), _own_image(file, index)
        image = named or own or _image_like(file.stem, name, index, file)
    except Ambiguous as error:
        where = f"{file}: {' and '.join(map(str, error.files))}"
        problems.add("label file", "two images fit equally well", where)
        return None
    if image is None:
        why = "there is no image of its name, nor of the one in it"
        problems.add("label file", why, f"{file}: {name!r}" if name else str(file))
        return None
    things = things_of(root, file, problems)
    return _Read(Labelled(image, size_of(root), things, str(file)), own)


def _own_image(file: Path, index: ImageIndex) -> Path | None:
    """The image of a label file's own name, if one fits best."""
    try:
        return index.of_stem(file.stem, file)
    except Ambiguous:
        return None


def _image_like(stem: str, name: str, index: ImageIndex, near: Path) -> Path | None:
    """The image of a label file whose name or ``filename`` has one ending too many.

    Raises:
        Ambiguous: if two images fit equally well.
    """
    name = os.path.basename(name.replace("\\", "/"))
    for text in (stem, name, os.path.splitext(name)[0]):
        image = index.of_stem(text, near) or index.named(text, near)
        if image:
            return image
    return None
