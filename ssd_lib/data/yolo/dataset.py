"""Data sets in YOLO's form: one .txt file an image, boxes as fractions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ssd_lib.data.class_names import clean
from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.labelled import FRACTIONS, Labelled, Thing, records_of
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records
from ssd_lib.data.yolo.label_files import LabelFiles, descend, listed_images
from ssd_lib.data.yolo.names import read_names
from ssd_lib.data.yolo.rows import is_label_file, lines_of, parse_row, text_of
from ssd_lib.data.yolo.settings import (
    has_key_points,
    settings_files,
    top_folder,
    yaml_parts,
)
from ssd_lib.image_files import image_files

OF_ONE_SPLIT = (
    ("train", "training"),
    ("val", "valid", "validation"),
    ("test", "testing"),
)


class YoloFolder(Records):
    """A folder in YOLO's form, as Ultralytics, Roboflow, labelImg or darknet write it.

    Images lie in ``images`` and label files in ``labels``, with or without folders for
    splits in or above them; or both lie side by side. Names of classes come from
    ``data.yaml``, ``classes.txt``, ``obj.names`` and the like; without them classes
    are called by their numbers.

    Args:
        root: the folder, or one of a split in it (``fruit/train``).
        split: ``"train"``, ``"val"`` (or ``"valid"``), ``"test"``: as ``data.yaml``
            has it, else a list ``SPLIT.txt``, else folders of that name. None is all.
        classes: names, ``"background"`` first; objects of other classes are left out
            and counted. None takes those that objects have, in the order of numbers.
        transforms: a function of image and target, or None.
        strict: raise at the first thing that cannot be used instead of leaving it out,
            counting it in ``problems`` and warning once.

    Raises:
        FileNotFoundError: if there is no such folder, or no image in it.
        ValueError: if there is no such split or not one label file, or a file with
            names cannot be understood.
    """

    def __init__(
        self,
        root: str | Path,
        split: str | None = None,
        classes: Sequence[str] | None = None,
        transforms: Callable[..., Any] | None = None,
        strict: bool = False,
    ) -> None:
        """Read all label files; images are read when they are asked for."""
        root, problems = Path(root), Problems(strict)
        images = split_images(root, split, problems)
        top = top_folder(root)
        labelled, names = read_yolo(images, top, read_names(root, top), problems)
        records, classes = records_of(labelled, problems, classes, order=names)
        super().__init__(records, classes, transforms, problems)
        problems.warn()


def read_yolo(
    images: Iterable[Path], root: Path, names: Sequence[str] | None, problems: Problems
) -> tuple[list[Labelled], list[str]]:
    """What the label files of some images say.

    An image without a label file has no objects, as YOLO has it; a note says how many
    there are.

    Args:
        images: paths.
        root: the data set's folder, which label files lie in.
        names: of classes 0, 1, ..., from :func:`~ssd_lib.data.yolo.names.read_names`.
        problems: where to count lines that make no sense, label files that cannot be
            read or lie there without an image, and those that two images fit.

    Returns:
        One entry an image, in their order; and the names in the order of numbers.

    Raises:
        ValueError: if no image has a label file; in strict mode at the first thing
            that is left out.
    """
    files, with_points = LabelFiles(root), has_key_points(root)
    pairs = {image: files.of(image) for image in images}
    if pairs and not any(pairs.values()):
        raise ValueError(
            f"{root} must have label files (.txt) in labels or beside its images, got "
            f"none for {next(iter(pairs))} and {len(pairs) - 1} others"
        )
    labelled = []
    for image, file in _one_image_each(pairs, problems):
        things = _things(file, names, with_points, problems) if file else []
        if file is None:
            problems.note("image without label file, so without objects", str(image))
        if things is not None:
            labelled.append(Labelled(image, FRACTIONS, things, str(file or image)))
    for file in files.without_images():
        problems.add("label file", "no image belongs to it", str(file))
    return labelled, _order(labelled, names, root, problems)


def split_images(root: Path, split: str | None, problems: Problems) -> list[Path]:
    """The images of a split, or all.

    Raises:
        FileNotFoundError: if there is no such folder, or no image in it.
        ValueError: if there is no such split.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"root must be a folder, got {root}")
    images = image_files(root)
    if not images:
        raise FileNotFoundError(f"root must have images in it, got {root}")
    if split is None:
        return images
    index = ImageIndex(root, images)
    for spelling in _spellings(split):
        for part in _parts(root, spelling):
            chosen = [i for path in part for i in images_below(path, index, problems)]
            if chosen:
                return chosen
        chosen = [image for image in images if _is_in(spelling, image, root)]
        if chosen:
            return chosen
    raise ValueError(
        f"split must be one that data.yaml, a list or a folder in {root} has images "
        f"of, got {split!r}"
    )


def images_below(path: Path, index: ImageIndex, problems: Problems) -> list[Path]:
    """The images in a folder, or those that a list names."""
    return image_files(path) if path.is_dir() else listed_images(path, index, problems)


def _parts(root: Path, split: str) -> list[list[Path]]:
    """What describes a split: the entry of a settings file, or a list."""
    told = [yaml_parts(file).get(split, []) for file in settings_files(root)]
    file = descend(root, [f"{split}.txt"])
    is_list = file is not None and file.is_file() and not is_label_file(file)
    return [part for part in (*told, [file] if is_list else []) if part]


def _spellings(split: str) -> list[str]:
    others = [name for names in OF_ONE_SPLIT if split in names for name in names]
    return list(dict.fromkeys((split, *others)))


def _is_in(split: str, image: Path, root: Path) -> bool:
    folders = image.relative_to(root).parts[:-1]
    return split.casefold() in map(str.casefold, folders)


def _one_image_each(
    pairs: dict[Path, Path | None], problems: Problems
) -> list[tuple[Path, Path | None]]:
    """Without the images that share a label file, if none is spelt just like it."""
    owners = defaultdict(list)
    for image, file in pairs.items():
        owners[file].append(image)
    kept = dict(pairs)
    for file, images in owners.items():
        if file is None or len(images) == 1:
            continue
        exact = [image for image in images if image.stem == file.stem]
        if len(exact) == 1:
            kept |= {image: None for image in images if image != exact[0]}
            continue
        where = f"{file}: {images[0]} and {images[1]}"
        problems.add("label file", "two images fit", where)
        for image in images:
            del kept[image]
    return list(kept.items())


def _things(
    file: Path, names: Sequence[str] | None, with_points: bool, problems: Problems
) -> list[Thing] | None:
    """The objects of a label file; None if it cannot be read."""
    try:
        text = text_of(file)
    except (OSError, ValueError) as error:
        why = "it cannot be read" if isinstance(error, OSError) else str(error)
        problems.add("label file", why, str(file))
        return None
    things = []
    for number, line in lines_of(text):
        where = f"{file}, line {number}"
        try:
            label, box = parse_row(line, with_points)
            things.append(Thing(_name(label, names), box, where))
        except ValueError as error:
            problems.add("object", str(error), where)
    return things


def _name(label: int | str, names: Sequence[str] | None) -> str:
    if isinstance(label, str):
        return clean(label)
    if names is None and label >= 0:
        return str(label)
    if names is None or not 0 <= label < len(names) or not names[label]:
        raise ValueError(f"unknown class {label}")
    return names[label]


def _order(
    labelled: list[Labelled],
    names: Sequence[str] | None,
    root: Path,
    problems: Problems,
) -> list[str]:
    if names is not None:
        return list(names)
    problems.note("no file names the classes: they are called by number", str(root))
    found = {thing.name for image in labelled for thing in image.things}
    return sorted(filter(str.isdecimal, found), key=int)
