"""Boxes from a label file of one's own, without its pictures.

For looking at shapes and sizes: which objects are there, and what can default
boxes do for them?
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import torch
from defusedxml import DefusedXmlException
from torch import Tensor

from ssd_lib.boxes import box_area


def read_label_boxes(path: str | Path) -> Tensor:
    """All boxes of a label file, or of a folder of them, as fractions.

    Args:
        path: a Pascal VOC file (``.xml``), a COCO file (``.json``), a YOLO file
            (``.txt``: class, then cxcywh in fractions, a line each), or a folder of
            ``.xml`` or ``.txt`` files.

    Returns:
        ``[N, 4]``, float32, xyxy in fractions of each object's own picture. Boxes
        without area are left out.

    Raises:
        FileNotFoundError: if there is no such file, or no label file in the folder.
        ValueError: if a file cannot be understood; it names the file.
    """
    path = Path(path)
    files = [path]
    if path.is_dir():
        files = sorted([*path.glob("*.xml"), *path.glob("*.txt")])
        if not files:
            raise FileNotFoundError(f"path has no .xml or .txt file in it: {path}")
    rows = [box for file in files for box in _read(file)]
    boxes = torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)
    return boxes[box_area(boxes) > 0]


def _read(file: Path) -> list[list[float]]:
    readers = {".xml": _from_voc, ".json": _from_coco, ".txt": _from_yolo}
    if file.suffix not in readers:
        raise ValueError(f"path must end in .xml, .json or .txt, got {file}")
    content = file.read_bytes()
    try:
        return [_finite(box) for box in readers[file.suffix](content)]
    except (ArithmeticError, DefusedXmlException, LookupError, ParseError) as error:
        raise ValueError(f"{file} cannot be read as labels: {error!r}") from error
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{file} cannot be read as labels: {error}") from error


def _finite(box: list[float]) -> list[float]:
    if not all(map(math.isfinite, box)):
        raise ValueError(f"a box must be four finite numbers, got {box}")
    return box


def _from_voc(content: bytes) -> Iterator[list[float]]:
    root = defusedxml.ElementTree.fromstring(content)
    width, height = (_number(root, f"size/{side}") for side in ("width", "height"))
    for thing in root.findall("object"):
        x1, y1, x2, y2 = (
            _number(thing, f"bndbox/{edge}")
            for edge in ("xmin", "ymin", "xmax", "ymax")
        )
        yield [x1 / width, y1 / height, x2 / width, y2 / height]


def _number(element: Element, tag: str) -> float:
    text = element.findtext(tag)
    if text is None:
        raise ValueError(f"<{element.tag}> has no <{tag}>")
    return float(text)


def _from_coco(content: bytes) -> Iterator[list[float]]:
    labels = json.loads(content)
    sides = {
        image["id"]: (image["width"], image["height"]) for image in labels["images"]
    }
    for annotation in labels["annotations"]:
        width, height = sides[annotation["image_id"]]
        x, y, w, h = annotation["bbox"]
        yield [x / width, y / height, (x + w) / width, (y + h) / height]


def _from_yolo(content: bytes) -> Iterator[list[float]]:
    lines = content.decode("utf-8-sig").splitlines()
    for line in filter(None, map(str.strip, lines)):
        _, cx, cy, w, h = map(float, line.split())
        yield [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
