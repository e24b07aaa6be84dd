"""Data sets in Pascal VOC's form: one XML file a picture."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException
from torch.utils.data import ConcatDataset

from ssd_lib.data.paths import inside
from ssd_lib.data.records import Problems, Record, Records
from ssd_lib.data.voc_download import fetch

VOC_CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat",
    "chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant",
    "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
VOC_SETS = {
    "07+12": (("2007", "trainval"), ("2012", "trainval")),
    "07": (("2007", "trainval"),),
    "12": (("2012", "trainval"),),
    "07-test": (("2007", "test"),),
}
EDGES = ("xmin", "ymin", "xmax", "ymax")


class VOCFolder(Records):
    """Any folder in Pascal VOC's form: Annotations, JPEGImages, ImageSets/Main.

    Args:
        root: the folder that has these three; the last one may be missing.
        split: a file of ``ImageSets/Main`` without its ``.txt``; None is all pictures.
        classes: names, ``"background"`` first. None takes those that occur, sorted.
        transforms: a function of image and target, or None.
        strict: raise at the first malformed object instead of leaving it out, counting
            it in ``problems`` and warning once.

    Raises:
        FileNotFoundError: if a folder, a listed label file or a picture is missing.
        ValueError: if a split is empty or names a file outside, or a label file is no
            XML; it names the file.
    """

    def __init__(
        self,
        root: str | Path,
        split: str | None = None,
        classes: Sequence[str] | None = None,
        transforms: Callable[..., Any] | None = None,
        strict: bool = False,
    ) -> None:
        """Read all label files, and look whether the pictures are there."""
        root, problems = Path(root), Problems(strict)
        files = _label_files(root, split)
        roots = [(file, _parse(file)) for file in files]
        if classes is None:
            found = {
                _name(thing) for _, tree in roots for thing in tree.findall("object")
            }
            classes = ("background", *sorted(name for name in found if name))
        pictures = _pictures(root)
        records = [
            read_record(file, tree, pictures, classes, problems) for file, tree in roots
        ]
        super().__init__(records, classes, transforms, problems)
        problems.warn()


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


def read_record(
    file: Path,
    tree: Element,
    pictures: dict[str, Path],
    classes: Sequence[str],
    problems: Problems,
) -> Record:
    """What one label file says; objects that make no sense are left out.

    Coordinates are taken as they are written, as Caffe takes them: a left edge of 1,
    VOC's smallest, stays 1. ``difficult`` is false where it is missing. Parts of an
    object (``part``) are no objects.

    Raises:
        FileNotFoundError: if the picture is missing.
        ValueError: in strict mode, at the first object that makes no sense.
    """
    if file.stem not in pictures:
        raise FileNotFoundError(
            f"{file} has no picture named {file.stem} in JPEGImages"
        )
    numbers = {name.casefold(): i for i, name in enumerate(classes)}
    record = Record(pictures[file.stem], [], [], [], _size(tree))
    for index, thing in enumerate(tree.findall("object")):
        name, box = _name(thing), _box(thing)
        problem = _problem(name, box, numbers)
        if problem:
            problems.add(problem, f"{file}, object {index}")
            continue
        record.boxes.append(box)
        record.labels.append(numbers[name.casefold()])
        record.difficult.append((thing.findtext("difficult") or "").strip() == "1")
    return record


def _problem(name: str, box: list[float] | None, numbers: dict[str, int]) -> str | None:
    if not name:
        return "no name"
    if numbers.get(name.casefold(), 0) == 0:
        return f"unknown class {name!r}"
    if box is None:
        return "no box of four numbers"
    if not all(map(math.isfinite, box)):
        return "a coordinate that is not finite"
    if box[2] <= box[0] or box[3] <= box[1]:
        return "a box without area"
    return None


def _label_files(root: Path, split: str | None) -> list[Path]:
    folder = root / "Annotations"
    if not folder.is_dir():
        raise FileNotFoundError(f"root must have a folder Annotations, got {root}")
    if split is None:
        return sorted(folder.glob("*.xml"))
    lists = root / "ImageSets" / "Main" / f"{split}.txt"
    if not lists.is_file():
        raise FileNotFoundError(
            f"split must be a file of {lists.parent}, got {split!r}"
        )
    try:
        lines = lists.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{lists} must be text in UTF-8: {error}") from error
    files = [
        inside(folder, f"{line.split()[0]}.xml", f"{lists}, line {number},")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not files:
        raise ValueError(f"{lists} lists no picture")
    return files


def _pictures(root: Path) -> dict[str, Path]:
    folder = root / "JPEGImages"
    if not folder.is_dir():
        raise FileNotFoundError(f"root must have a folder JPEGImages, got {root}")
    return {file.stem: file for file in sorted(folder.iterdir()) if file.is_file()}


def _parse(file: Path) -> Element:
    try:
        return defusedxml.ElementTree.fromstring(file.read_bytes())
    except (DefusedXmlException, ParseError, ValueError, LookupError) as error:
        raise ValueError(f"{file} cannot be read as XML: {error!r}") from error


def _name(thing: Element) -> str:
    return (thing.findtext("name") or "").strip()


def _box(thing: Element) -> list[float] | None:
    frame = thing.find("bndbox")
    if frame is None:
        return None
    try:
        return [float(frame.findtext(edge) or "") for edge in EDGES]
    except ValueError:
        return None


def _size(tree: Element) -> tuple[int, int] | None:
    try:
        return int(tree.findtext("size/height") or ""), int(
            tree.findtext("size/width") or ""
        )
    except ValueError:
        return None
