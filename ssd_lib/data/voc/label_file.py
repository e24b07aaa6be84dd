"""One label file in Pascal VOC's form: what it says of the image and its objects."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from ssd_lib.data.class_names import clean
from ssd_lib.data.labelled import FRACTIONS, Thing
from ssd_lib.data.problems import Problems
from ssd_lib.data.voc.xml_files import BrokenXml, read_xml

EDGES = ("xmin", "ymin", "xmax", "ymax")
YES = ("1", "true", "yes")


def read_label_file(file: Path, problems: Problems) -> Element | None:
    """The root of a label file; None, and counted, if it is none."""
    try:
        root = read_xml(file)
    except BrokenXml as error:
        where = str(file) if error.line is None else f"{file}, line {error.line}"
        problems.add("label file", str(error), where)
        return None
    except OSError as error:
        why = f"cannot be opened: {error.strerror or error}"
        problems.add("label file", why, str(file))
        return None
    if root.tag != "annotation":
        why = f"is no Pascal VOC file: its root is <{root.tag[:40]}>"
        problems.add("label file", why, str(file))
        return None
    return root


def size_of(root: Element) -> tuple[int, int] | None:
    """(height, width) in pixels; None unless both are whole numbers from 1 on.

    So is 1 x 1, which no image has that is worth a label file.
    """
    height, width = (_number(root.findtext(f"size/{side}")) or 0.0 for side in ("height", "width"))
    if not (height > 0 and height.is_integer() and width > 0 and width.is_integer()):
        return None
    size_px = (int(height), int(width))
    return None if size_px == FRACTIONS else size_px


def things_of(root: Element, file: Path, problems: Problems) -> list[Thing]:
    """All objects; parts of objects (``part``) are none.

    Coordinates are taken as they are written, as Caffe takes them: a left edge of 1,
    VOC's smallest, stays 1. Of a polygon without ``bndbox`` it is the box around it.
    ``difficult`` is false where it is missing.
    """
    things = []
    for number, element in enumerate(root.findall("object")):
        where = f"{file}, object {number}"
        problem = _problem_of_relatives(element)
        if problem:
            problems.add("object", problem, where)
            continue
        name, difficult = clean(element.findtext("name")), _is_yes(element, "difficult")
        things.append(Thing(name, _box(element), where, difficult))
    return things


def _problem_of_relatives(element: Element) -> str | None:
    """What is known of VOC's relatives alone: other boxes, and marks of deletion."""
    if _is_yes(element, "deleted"):
        return "marked as deleted"
    frame = element.find("bndbox")
    if frame is None:
        is_rotated = element.find("robndbox") is not None
        return "a rotated box (robndbox)" if is_rotated else None
    if any("," in (frame.findtext(edge) or "") for edge in EDGES):
        return "a coordinate with a comma"
    return None


def _box(element: Element) -> list[float]:
    """The box, or that around a polygon; empty if there is none of four numbers."""
    frame = element.find("bndbox")
    if frame is not None:
        edges = (_number(frame.findtext(edge)) for edge in EDGES)
        box = [edge for edge in edges if edge is not None]
        return box if len(box) == len(EDGES) else []
    for tag in ("polygon", "points"):
        outline = element.find(tag)
        if outline is not None:
            return _box_around(list(_axis(outline, "x")), list(_axis(outline, "y")))
    return []


def _box_around(xs: list[float], ys: list[float]) -> list[float]:
    """The box around the corners of a polygon; empty if these are no polygon."""
    if len(xs) != len(ys) or len(xs) < 3 or not all(map(math.isfinite, xs + ys)):
        return []
    return [min(xs), min(ys), max(xs), max(ys)]


def _axis(outline: Element, axis: str) -> Iterator[float]:
    """The numbers of ``x`` or of ``x1``, ``x2`` and so on, at any depth."""
    for element in outline.iter():
        if re.fullmatch(rf"{axis}\d*", element.tag):
            number = _number(element.text)
            yield math.nan if number is None else number


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def _is_yes(element: Element, tag: str) -> bool:
    return (element.findtext(tag) or "").strip().lower() in YES
