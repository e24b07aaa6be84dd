"""What label files in YOLO's form say, and of which images."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from ssd_lib.data.class_names import clean
from ssd_lib.data.finding.image_index import ImageIndex
from ssd_lib.data.labelled import FRACTIONS, Labelled, Thing
from ssd_lib.data.opening.parts import Part
from ssd_lib.data.opening.source import Source
from ssd_lib.data.problems import Problems
from ssd_lib.data.reading import Read
from ssd_lib.data.yolo.label_files import LabelFiles, listed_images
from ssd_lib.data.yolo.names import read_names
from ssd_lib.data.yolo.rows import lines_of, parse_row, text_of
from ssd_lib.data.yolo.settings import has_key_points, top_folder
from ssd_lib.image_files import image_files
from ssd_lib.text import counted


def read_part(source: Source, part: Part, problems: Problems) -> Read:
    """What the label files of a part of a data set say.

    Raises:
        ValueError: as :func:`read_yolo`, or if a list or the names of classes cannot be
            read.
    """
    root, images = source.files.root, part.files.images
    if part.paths:
        index = ImageIndex(root, source.files.images)
        listed = [i for path in part.paths for i in _images_at(path, index, problems)]
        images = list(dict.fromkeys(listed))
    top = top_folder(root)
    place = source.path if source.path.is_file() else root
    return read_yolo(images, top, read_names(place, top), problems)


def read_yolo(
    images: Iterable[Path], root: Path, names: Sequence[str] | None, problems: Problems
) -> Read:
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
        One entry per image, in their order; and the names in the order of numbers.

    Raises:
        ValueError: if no image has a label file; in strict mode at the first thing
            that is left out.
    """
    files, with_points = LabelFiles(root), has_key_points(root)
    pairs = {image: files.of(image) for image in images}
    if pairs and not any(pairs.values()):
        raise ValueError(
            f"{root} must have label files (.txt) in labels or beside its images, got "
            f"none for {next(iter(pairs))} and {counted(len(pairs) - 1, 'other')}"
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
    return Read(labelled, _ordered_names(labelled, names, root, problems))


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
            things.append(Thing(_class_name(label, names), box, where))
        except ValueError as error:
            problems.add("object", str(error), where)
    return things


def _class_name(label: int | str, names: Sequence[str] | None) -> str:
    if isinstance(label, str):
        return clean(label)
    if names is None and label >= 0:
        return str(label)
    if names is None or not 0 <= label < len(names) or not names[label]:
        raise ValueError(f"unknown class {label}")
    return names[label]


def _ordered_names(
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


def _images_at(path: Path, index: ImageIndex, problems: Problems) -> list[Path]:
    """The images in a folder, or those that a list names."""
    return image_files(path) if path.is_dir() else listed_images(path, index, problems)
