"""What a COCO file says, and of which images."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ssd_lib.data.class_names import clean
from ssd_lib.data.coco.images import Entry, entry_of, find_image, in_common
from ssd_lib.data.coco.json_file import CocoFile, Id, as_id, the_coco_file
from ssd_lib.data.coco.objects import add_things
from ssd_lib.data.finding.image_index import Ambiguous, ImageIndex
from ssd_lib.data.labelled import Labelled
from ssd_lib.data.opening.parts import Part
from ssd_lib.data.opening.source import Source
from ssd_lib.data.problems import Problems
from ssd_lib.data.reading import Read
from ssd_lib.text import short


def read_part(source: Source, part: Part, problems: Problems) -> Read:
    """What the COCO file of a part of a data set says.

    Raises:
        ValueError: if there is none, or there are several.
    """
    coco = the_coco_file(part.files.json, source.path)
    is_shared = source.shares([coco.path], part)
    images = source.files.images if is_shared else part.files.images
    read = read_coco(coco, source.images or ImageIndex(source.files.root, images), problems)
    return read._replace(images=part.own(read.images)) if is_shared else read


def read_coco(coco: CocoFile, index: ImageIndex, problems: Problems) -> Read:
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
    return Read(_joined(images.values()), [names[key] for key in order])


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
        file = _image_file_of(entry, where, coco, index, problems)
        if file:
            found.setdefault(file, []).append(key)
    images: dict[Id, Labelled | None] = dict.fromkeys(entries)
    for file, keys in found.items():
        number, entry = entries[_best_named(keys, entries, file)]
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


def _image_file_of(
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


def _best_named(keys: list[Id], entries: dict[Id, tuple[int, Entry]], file: Path) -> Id:
    """Of the images that seem to be in one file, the one whose name fits best."""
    if len(keys) == 1:
        return keys[0]
    return max(keys, key=lambda key: in_common(entries[key][1].name or "", file))


def _joined(images: Iterable[Labelled | None]) -> list[Labelled]:
    """Each image once; of one with two ids, what both say counts once, too."""
    there = [image for image in images if image is not None]
    times = Counter(map(id, there))
    for image in there:
        if times[id(image)] > 1:
            things = {(one.name, str(one.box), one.crowd): one for one in image.things}
            image.things[:] = things.values()
    return list({id(image): image for image in there}.values())
