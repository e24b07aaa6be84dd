"""Data sets in COCO's form: one JSON file for all images."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ssd_lib.data.class_names import clean
from ssd_lib.data.coco.images import (
    Entry,
    entry_of,
    find_image,
    images_of,
    in_common,
)
from ssd_lib.data.coco.json_file import CocoFile, Id, as_id, parse_coco
from ssd_lib.data.coco.objects import add_things
from ssd_lib.data.finding.image_index import Ambiguous, ImageIndex
from ssd_lib.data.garbage import collector_paused
from ssd_lib.data.labelled import Labelled, Record, records_of
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records
from ssd_lib.text import short


class CocoJson(Records):
    """Images and objects of a COCO file ("instances" form).

    Categories become classes 1 to C - 1 in the order of their ids, or by the names
    that are given; those of one name are one class, and one without objects is none.
    Crowds (``iscrowd``) are kept and marked. What cannot be used is left out, counted
    in ``problems`` and told in one warning.

    Args:
        labels: the JSON file.
        images: the folder of the images. None looks beside the file; if there is no
            image and the file lies in a folder for labels (``annotations/``), beside
            that. No file name leads out of the folder.
        transforms: a function of image and target, or None.
        strict: raise at the first thing that would be left out.
        classes: names, background first; objects of other categories are left out.
            None takes the file's.

    Raises:
        OSError: if the file or the folder cannot be read.
        ValueError: if the file is no COCO file, an id stands for two images or two
            categories, or nothing is left.
    """

    def __init__(
        self,
        labels: str | Path,
        images: str | Path | None = None,
        transforms: Callable[..., Any] | None = None,
        strict: bool = False,
        classes: Sequence[str] | None = None,
    ) -> None:
        """Read the file, and look whether the images are there."""
        problems = Problems(strict)
        with collector_paused():
            coco = parse_coco(Path(labels))
            index = images_of(coco.path, images)
            labelled, order = read_coco(coco, index, problems)
            records, classes = records_of(labelled, problems, classes, order)
        _check_left(coco, index, records, problems)
        super().__init__(records, classes, transforms, problems)
        problems.warn()


def read_coco(
    coco: CocoFile, index: ImageIndex, problems: Problems
) -> tuple[list[Labelled], list[str]]:
    """What a COCO file says of the images that are there.

    Args:
        coco: from :func:`ssd_lib.data.coco.json_file.parse_coco`.
        index: the images that are there.
        problems: counts images that are not, and what belongs to no image or category.

    Returns:
        The images in the file's order, two entries for one image joined; and the names
        of the categories by rising id, numbers before texts.

    Raises:
        ValueError: if an id stands for two images or for two categories.
    """
    categories = _by_id(coco, "category", _name_of, problems)
    names = {key: name for key, (_, name) in categories.items()}
    images = _images(coco, index, problems)
    add_things(coco, images, names, problems)
    order = sorted(names, key=lambda key: (isinstance(key, str), key))
    return _joined(images.values()), [names[key] for key in order]


def _name_of(category: dict[str, Any]) -> str:
    return clean(category.get("name"))


def _by_id(
    coco: CocoFile, what: str, content: Callable[[dict], Any], problems: Problems
) -> dict[Id, tuple[int, Any]]:
    """Place in the list and content of each image or category, by its id."""
    known: dict[Id, tuple[int, Any]] = {}
    entries = coco.images if what == "image" else coco.categories
    for number, entry in enumerate(entries):
        key = as_id(entry.get("id")) if isinstance(entry, dict) else None
        if key is None and what == "image":
            problems.add("image", "no id", f"{coco.path}, image {number}")
        if key is None:  # objects of such a category are told to have none
            continue
        new = content(entry)
        first, old = known.setdefault(key, (number, new))
        if old != new:
            raise ValueError(
                f"{coco.path}: id {short(key)} must stand for one {what}, got {what} "
                f"{first}, {short(old)}, and {what} {number}, {short(new)}"
            )
        if first != number:
            where = f"{coco.path}, {what} {number}"
            problems.note(f"{what} that is listed twice", where)
    return known


def _images(coco: CocoFile, index: ImageIndex, problems: Problems) -> dict[Id, Labelled | None]:
    """The images by their ids; None for those that are not there."""
    entries = _by_id(coco, "image", entry_of, problems)
    found: dict[Path, list[Id]] = {}
    for key, (number, entry) in entries.items():
        where = f"{coco.path}, image {number}"
        file = _file_of(entry, where, coco, index, problems)
        if file:
            found.setdefault(file, []).append(key)
    images: dict[Id, Labelled | None] = dict.fromkeys(entries)
    for file, keys in found.items():
        number, entry = entries[_best(keys, entries, file)]
        image = Labelled(file, entry.size_px, [], f"{coco.path}, image {number}")
        for key in keys:
            other, same = entries[key]
            where = f"{coco.path}, image {other}; see image {number}"
            if same != entry:
                problems.add("image", "its file is that of another image", where)
                continue
            if other != number:
                problems.note("image with two ids", where)
            images[key] = image
    return images


def _file_of(
    entry: Entry, where: str, coco: CocoFile, index: ImageIndex, problems: Problems
) -> Path | None:
    if entry.name is None:
        problems.add("image", "no file name", where)
        return None
    try:
        file = find_image(entry.name, index, coco.path)
    except Ambiguous as error:
        problems.add("image", "two files fit its name", f"{where}: {error}")
        return None
    if file is None:
        problems.add("image", "its file is not there", f"{where}, {short(entry.name)}")
    return file


def _best(keys: list[Id], entries: dict[Id, tuple[int, Entry]], file: Path) -> Id:
    """Of the images that seem to be in one file, the one whose name fits best."""
    if len(keys) == 1:
        return keys[0]
    return max(keys, key=lambda key: in_common(entries[key][1].name, file))


def _joined(images: Iterable[Labelled | None]) -> list[Labelled]:
    """Each image once; of one with two ids, what both say counts once, too."""
    there = [image for image in images if image is not None]
    times = Counter(map(id, there))
    for image in there:
        if times[id(image)] > 1:
            things = {(one.name, str(one.box), one.crowd): one for one in image.things}
            image.things[:] = things.values()
    return list({id(image): image for image in there}.values())


def _check_left(
    coco: CocoFile, index: ImageIndex, records: list[Record], problems: Problems
) -> None:
    """Raise if there is nothing to go on with, and say why."""
    if not coco.images:
        raise ValueError(f"{coco.path} lists no image")
    first = next(iter(problems.left_out()), "")
    if not records:
        raise ValueError(f"{coco.path} has no image that is in {index.root}: {first}")
    if coco.annotations and not any(record.boxes for record in records):
        raise ValueError(f"{coco.path} has no object that can be used: {first}")
