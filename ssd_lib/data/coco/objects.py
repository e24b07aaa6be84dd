"""The objects of a COCO file: its annotations."""

from typing import Any

from ssd_lib.data.coco.json_file import CocoFile, Id, as_id, as_number, is_set
from ssd_lib.data.coco.outlines import box_of_outline
from ssd_lib.data.labelled import Labelled, Thing
from ssd_lib.data.problems import Problems
from ssd_lib.text import short


def add_things(
    coco: CocoFile,
    images: dict[Id, Labelled | None],
    names: dict[Id, str],
    problems: Problems,
) -> None:
    """Put the objects of a COCO file to their images.

    Args:
        coco: the file.
        images: by their ids; to be filled. None is one that is not there, whose objects
            go with it.
        names: of the categories, by their ids.
        problems: counts objects of no image or no category.
    """
    known: dict[int | str, dict[str, Any]] = {}  # annotations by their own id
    for number, annotation in enumerate(coco.annotations):
        where = f"{coco.path}, annotation {number}"
        if not isinstance(annotation, dict):
            problems.add("object", "no annotation", where)
            continue
        image = as_id(annotation.get("image_id"))
        category = as_id(annotation.get("category_id"))
        if image is None or image not in images:
            _add_unknown("image", annotation, where, problems)
        elif category is None or category not in names:
            _add_unknown("category", annotation, where, problems)
        elif _is_repeated(annotation, known):
            problems.note("annotation that is listed twice", where)
        elif (labelled := images[image]) is not None:
            labelled.things.append(_thing(annotation, names[category], where, problems))


def _add_unknown(what: str, annotation: dict[str, Any], where: str, problems: Problems) -> None:
    key = f"{what}_id"
    problems.add("object", f"an unknown {what}", f"{where}, {key} {short(annotation.get(key))}")


def _is_repeated(annotation: dict[str, Any], known: dict[int | str, dict[str, Any]]) -> bool:
    """Whether an annotation equals the first of its id; ids alone say nothing."""
    key = annotation.get("id")
    if not isinstance(key, int | str):
        return False
    first = known.setdefault(key, annotation)
    return first is not annotation and first == annotation


def _thing(annotation: dict[str, Any], name: str, where: str, problems: Problems) -> Thing:
    box = _xyxy(annotation.get("bbox"))
    if box is None or box[2] <= box[0] or box[3] <= box[1]:
        outline = box_of_outline(annotation.get("segmentation"))
        if outline:
            problems.note("box taken from an outline", where)
            box = outline
    area = as_number(annotation.get("area"))
    return Thing(
        name,
        box or (),
        where,
        difficult=is_set(annotation.get("ignore")),
        crowd=is_set(annotation.get("iscrowd")),
        area=None if area is None or area < 0 else area,
    )


def _xyxy(bbox: object) -> list[float] | None:
    """A box from x, y, width, height; None if these are not four numbers."""
    if not isinstance(bbox, list) or len(bbox) != 4:
        return None
    try:
        x, y, w, h = map(float, bbox)
    except (TypeError, ValueError, OverflowError):
        return None
    return [x, y, x + w, y + h]
