"""Boxes from a label file of one's own, without its images.

For looking at shapes and sizes: which objects are there, and what can default
boxes do for them?
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import torch
from torch import Tensor

from ssd_lib.boxes import box_area
from ssd_lib.data.coco.json_file import is_set
from ssd_lib.data.voc.xml_files import read_xml
from ssd_lib.data.yolo.rows import is_label_file, lines_of, parse_row, text_of
from ssd_lib.data.yolo.settings import has_key_points
from ssd_lib.image_files import all_files

IN_FOLDERS = (".xml", ".txt")
FORMS = "Pascal VOC (.xml), COCO (.json) and YOLO (.txt)"


def read_label_boxes(path: str | Path) -> Tensor:
    """All boxes of a label file, or of a folder of them, as fractions; no crowds.

    Args:
        path: a Pascal VOC file (``.xml``), a COCO file (``.json``), a YOLO file
            (``.txt``: class, then cxcywh in fractions or an outline, one per line), or
            a folder: with ``.xml`` or ``.txt`` files in it or in folders of it, or
            with one ``.json`` file. Other files in a folder are passed over.

    Returns:
        ``[N, 4]``, float32, xyxy in fractions of each object's own image. Boxes
        without area are left out.

    Raises:
        FileNotFoundError: if there is no such file, or no label file in the folder.
        ValueError: if a file cannot be understood, it names the file; or if two forms
            in the folder have a label file of one name, so objects would count twice.
    """
    path = Path(path)
    with_points = path.is_dir() and has_key_points(path)
    files = _label_files(path) if path.is_dir() else [path]
    rows = [box for file in files for box in _read_boxes(file, with_points)]
    boxes = torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)
    return boxes[box_area(boxes) > 0]


def _label_files(folder: Path) -> list[Path]:
    """The label files of a folder; of .json files only one that is alone."""
    files = all_files(folder)
    of_images = [file for file in files if _is_of_one_image(file)]
    stems = ({f.stem for f in of_images if _ending(f) == form} for form in IN_FOLDERS)
    double = sorted(set.intersection(*stems))
    if double:
        raise ValueError(
            f"{folder} must have its label files in one form, got .xml and .txt for "
            f"{double[0]}: give the folder of one of them"
        )
    alone = [file for file in files if _ending(file) == ".json"]
    if not of_images and len(alone) != 1:
        raise FileNotFoundError(
            f"path must be a label file or a folder with some in it, got {folder}; "
            f"{FORMS} are read, and if there are several .json files, one by its name"
        )
    return of_images or alone


def _is_of_one_image(file: Path) -> bool:
    if _ending(file) != ".xml":
        return _ending(file) == ".txt" and is_label_file(file)
    with file.open("rb") as opened:
        start = opened.read(2**16).replace(b"\0", b"")  # of UTF-16
    return b"annotation" in start.lower()


def _ending(file: Path) -> str:
    return file.suffix.lower()


def _read_boxes(file: Path, with_points: bool) -> list[list[float]]:
    readers = {".xml": _boxes_of_voc, ".json": _boxes_of_coco}
    suffix = _ending(file)
    if suffix not in (*readers, ".txt"):
        raise ValueError(f"path must end in .xml, .json or .txt, got {file}")
    try:
        if suffix == ".txt":
            return list(_boxes_of_yolo(text_of(file), with_points))
        return [_finite(box) for box in readers[suffix](file)]
    except (ArithmeticError, LookupError) as error:
        raise ValueError(f"{file} cannot be read as labels: {error!r}") from error
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{file} cannot be read as labels: {error}") from error


def _finite(box: list[float]) -> list[float]:
    if not all(map(math.isfinite, box)):
        raise ValueError(f"a box must be four finite numbers, got {box}")
    return box


def _boxes_of_voc(file: Path) -> Iterator[list[float]]:
    root = read_xml(file)
    width, height = (_number(root, f"size/{side}") for side in ("width", "height"))
    for thing in root.findall("object"):
        x1, y1, x2, y2 = (
            _number(thing, f"bndbox/{edge}") for edge in ("xmin", "ymin", "xmax", "ymax")
        )
        yield [x1 / width, y1 / height, x2 / width, y2 / height]


def _number(element: Element, tag: str) -> float:
    text = element.findtext(tag)
    if text is None:
        raise ValueError(f"<{element.tag}> has no <{tag}>")
    return float(text)


def _boxes_of_coco(file: Path) -> Iterator[list[float]]:
    labels = json.loads(file.read_bytes())
    sides = {image["id"]: (image["width"], image["height"]) for image in labels["images"]}
    for annotation in labels["annotations"]:
        if is_set(annotation.get("iscrowd")):
            continue
        width, height = sides[annotation["image_id"]]
        x, y, w, h = annotation["bbox"]
        yield [x / width, y / height, (x + w) / width, (y + h) / height]


def _boxes_of_yolo(text: str, with_points: bool) -> Iterator[list[float]]:
    for number, line in lines_of(text):
        try:
            yield parse_row(line, with_points)[1]
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
