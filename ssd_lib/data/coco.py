"""Data sets in COCO's form: one JSON file for all pictures."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ssd_lib.data.paths import inside
from ssd_lib.data.records import Problems, Record, Records


class CocoJson(Records):
    """Pictures and objects of a COCO file ("instances" form).

    Categories become classes 1 to C - 1 in the order of their ids, or by the names
    that are given; those of one name are one class. Crowds (``iscrowd``) are kept and
    marked as difficult.

    Args:
        labels: the JSON file.
        images: the folder of the pictures; no file name leads out of it.
        transforms: a function of image and target, or None.
        strict: raise at the first malformed object instead of leaving it out, counting
            it in ``problems`` and warning once.
        classes: names, background first; objects of other categories are left out and
            counted. None takes the file's.

    Raises:
        FileNotFoundError: if the file or a picture is missing.
        ValueError: if the file is no COCO file, or an image's file name no name of a
            file inside ``images``; it names the file and the entry.
    """

    def __init__(
        self,
        labels: str | Path,
        images: str | Path,
        transforms: Callable[..., Any] | None = None,
        strict: bool = False,
        classes: Sequence[str] | None = None,
    ) -> None:
        """Read the file, and look whether the pictures are there."""
        labels, images, problems = Path(labels), Path(images), Problems(strict)
        pictures, categories, annotations = _parts(labels)
        if classes is None:
            classes = tuple(dict.fromkeys(("background", *categories.values())))
        known = {name: i for i, name in enumerate(classes) if i > 0}
        numbers = {
            key: known[name] for key, name in categories.items() if name in known
        }
        records = {}
        for index, (key, name, size) in enumerate(pictures):
            file = inside(images, name, f"{labels}, image {index},")
            records[key] = Record(file, [], [], [], size)
        for index, annotation in enumerate(annotations):
            problem = _problem(annotation, records, numbers)
            if problem:
                problems.add(problem, f"{labels}, annotation {index}")
                continue
            x, y, w, h = map(float, annotation["bbox"])
            record = records[annotation["image_id"]]
            record.boxes.append([x, y, x + w, y + h])
            record.labels.append(numbers[annotation["category_id"]])
            record.difficult.append(bool(annotation.get("iscrowd", 0)))
        super().__init__(list(records.values()), classes, transforms, problems)
        problems.warn()


def _parts(labels: Path) -> tuple[list, dict, list]:
    """Ids, file names and sizes; category names by rising id; and annotations."""
    try:
        everything = json.loads(labels.read_bytes())
        pictures = [
            (one["id"], one["file_name"], (int(one["height"]), int(one["width"])))
            for one in everything["images"]
        ]
        categories = {one["id"]: _text(one["name"]) for one in everything["categories"]}
        categories = {key: categories[key] for key in sorted(categories)}
        return pictures, categories, list(everything["annotations"])
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise ValueError(f"{labels} cannot be read as COCO's: {error!r}") from error
    except RecursionError as error:
        raise ValueError(f"{labels} cannot be read as COCO's: too deep") from error


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a category's name must be text, got {type(name).__name__}")
    return name


def _problem(annotation: Any, records: dict, numbers: dict) -> str | None:  # noqa: ANN401
    try:
        box = [float(value) for value in annotation["bbox"]]
        image, category = annotation["image_id"], annotation["category_id"]
        known = image in records, category in numbers
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return "no box, image or category"
    if not all(known):
        return "an unknown image or category"
    if len(box) != 4 or not all(map(math.isfinite, box)):
        return "no box of four finite numbers"
    return None if box[2] > 0 and box[3] > 0 else "a box without area"
