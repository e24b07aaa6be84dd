"""What label files say, in one form whatever they are; and what of it makes sense."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ssd_lib.data.class_names import alike, classes_of, clean, is_background
from ssd_lib.data.problems import Problems

FRACTIONS = (1, 1)  # the size, in its own unit, of an image whose boxes are fractions


class Thing(NamedTuple):
    """An object as a label file has it."""

    name: str  # from ssd_lib.data.class_names.clean; "" is none
    box: Sequence[float]  # xyxy, in the unit of the size; empty if there is none
    where: str  # its file and entry, for messages
    difficult: bool = False
    crowd: bool = False  # COCO's iscrowd
    area: float | None = None  # COCO's, in square pixels


class Labelled(NamedTuple):
    """An image that was found, and what a label file says of it."""

    image: Path
    size_px: tuple[int, int] | None  # (height, width) that the boxes are made for
    things: list[Thing]
    where: str  # the label file, and the entry in it


class Record(NamedTuple):
    """What is known of an image, once it makes sense."""

    image: Path
    boxes: list[list[float]]  # N of xyxy, in the unit of the size
    labels: list[int]  # N, from 1
    difficult: list[bool]  # N; a crowd is difficult, too
    size_px: tuple[int, int] | None  # (height, width) that the boxes are made for
    crowd: Sequence[bool] = ()  # N, or none where nothing is a crowd
    area: Sequence[float] = ()  # N, or none where label files name no areas


def records_of(
    images: Iterable[Labelled],
    problems: Problems,
    classes: Sequence[str] | None = None,
    order: Sequence[str] | None = None,
) -> tuple[list[Record], tuple[str, ...]]:
    """One record per image, and the classes; what makes no sense is left out and noted.

    A box that lies within the first pixel, or reaches farther beyond an image than one
    side of it where boxes are fractions, is taken to be in the wrong unit. A size that
    is not positive is none. An object without an area of its own has that of its box,
    if another object of the image has one.

    Args:
        images: what was read.
        problems: where to count.
        classes: names, background first; compared with those of objects when both
            are cleaned. None takes those that objects have, crowds included: a category
            without objects, or with none that makes sense, is no class.
        order: names in the order that None is to keep, and no others; sorted if there
            is none.

    Returns:
        Records in the order of the images, of each image the first; and the classes.

    Raises:
        ValueError: if classes are given that are not names, each once, background
            first; in strict mode, at the first thing that makes no sense.
    """
    names = () if classes is None else _checked_names(classes)
    kept = [
        (image, _usable_things(image, problems))
        for image in map(_with_positive_size, _first_of_each(images, problems))
    ]
    if classes is None:
        found = {thing.name for _, things in kept for thing in things}
        listed = sorted(found) if order is None else [n for n in order if n in found]
        classes = names = classes_of(listed)
    for group in alike(names):
        problems.note("classes that differ in case alone", ", ".join(group))
    numbers = {name: i for i, name in enumerate(names)}
    return [_record(*one, numbers, problems) for one in kept], tuple(classes)


def _checked_names(classes: Sequence[str]) -> tuple[str, ...]:
    names = tuple(map(clean, classes))
    background = [i for i, name in enumerate(names) if is_background(name)]
    if background != [0] or not all(names) or len(set(names)) < len(names):
        raise ValueError(f"classes must be names, each once, 'background' first, got {classes!r}")
    return names


def _with_positive_size(image: Labelled) -> Labelled:
    """Some tools write a size of 0 x 0 where they know none."""
    is_size = image.size_px is not None and min(image.size_px) > 0
    return image if is_size else image._replace(size_px=None)


def _first_of_each(images: Iterable[Labelled], problems: Problems) -> list[Labelled]:
    known: dict[Path, Labelled] = {}
    for image in images:
        first = known.setdefault(image.image, image)
        if first is not image:
            problems.add(
                "label file",
                "its image has another label file, which is taken",
                f"{image.where}; the other is {first.where}",
            )
    return list(known.values())


def _usable_things(image: Labelled, problems: Problems) -> list[Thing]:
    usable = []
    for thing in image.things:
        problem = _why_unusable(thing, image.size_px)
        if problem:
            problems.add("object", problem, thing.where)
        else:
            usable.append(thing)
    known = set()
    for thing in usable:
        what = (thing.name, tuple(thing.box), thing.crowd)
        if what in known:
            problems.note("object that stands twice in its label file", thing.where)
        known.add(what)
    return usable


def _why_unusable(thing: Thing, size_px: tuple[int, int] | None) -> str | None:
    if not thing.name:
        return "no name"
    if is_background(thing.name):
        return f"named {thing.name!r}, which is class 0 and no object"
    box = thing.box
    if len(box) != 4:
        return "no box of four numbers"
    if not all(map(math.isfinite, box)):
        return "a coordinate that is not finite"
    if box[2] <= box[0] or box[3] <= box[1]:
        return "a box without area"
    if size_px == FRACTIONS:
        if min(box) < -1 or max(box) > 2:
            return "a box far beyond its image: are these pixels?"
    elif max(box) <= 1:
        return "a box within the first pixel: are these fractions?"
    return None


def _record(
    image: Labelled, things: list[Thing], numbers: dict[str, int], problems: Problems
) -> Record:
    known = [thing for thing in things if thing.name in numbers]
    for thing in things:
        if thing.name not in numbers:
            problems.add("object", _unknown_class(thing.name, numbers), thing.where)
    areas = [_positive_area(thing) for thing in known]
    return Record(
        image.image,
        boxes=[list(map(float, thing.box)) for thing in known],
        labels=[numbers[thing.name] for thing in known],
        difficult=[thing.difficult or thing.crowd for thing in known],
        size_px=image.size_px,
        crowd=[thing.crowd for thing in known],
        area=_completed(areas, known) if any(areas) else [],
    )


def _unknown_class(name: str, numbers: dict[str, int]) -> str:
    similar = [n for n in numbers if n.casefold() == name.casefold()]
    hint = f" (there is {similar[0]!r})" if similar else ""
    return f"unknown class {name!r}{hint}"


def _positive_area(thing: Thing) -> float | None:
    area = thing.area
    return float(area) if area is not None and 0 < area < math.inf else None


def _completed(areas: Sequence[float | None], things: Sequence[Thing]) -> list[float]:
    """The areas, with that of its box for a thing that has none of its own."""
    boxes = (thing.box for thing in things)
    return [
        (x2 - x1) * (y2 - y1) if area is None else area
        for area, (x1, y1, x2, y2) in zip(areas, boxes, strict=True)
    ]
