"""Find things in photos: print their boxes and draw them.

Drawings are written as ``<name>_boxes.png``; the photos are left as they are.
"""

import argparse
import json
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from ssd_lib.commands.devices import as_device
from ssd_lib.commands.drawings import Drawings
from ssd_lib.commands.numbers import fraction
from ssd_lib.commands.photos import Photo, photos_of
from ssd_lib.commands.terminal import (
    USER_ERRORS,
    explain,
    nobody_reads,
    progress,
    say,
    say_error,
)
from ssd_lib.commands.weights import open_weights
from ssd_lib.images import read_image
from ssd_lib.predict import Detections, detect_image
from ssd_lib.text import visible


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``detect`` to a parser."""
    parser.add_argument(
        "photos",
        nargs="+",
        metavar="PHOTO",
        help="image files, folders for all image files in them, or patterns in quotes, such as "
        "'photos/**/*.jpg'; drawings of this command are skipped unless given by name",
    )
    parser.add_argument(
        "--weights",
        required=True,
        metavar="FILE|coco",
        help="weight file, or torchvision's SSD300 for COCO's 80 classes (136 MB, downloaded once)",
    )
    parser.add_argument(
        "--score", type=fraction, default=0.4, help="show detections with a higher score"
    )
    parser.add_argument(
        "--iou",
        type=fraction,
        default=0.45,
        help="of two boxes of one class with a higher IoU, keep the better",
    )
    parser.add_argument(
        "--out",
        default=".",
        metavar="FOLDER",
        help="folder of the drawings, NAME_boxes.png each; a file or link of that name which this "
        "command did not write is kept, and the drawing called NAME_boxes-2.png",
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that this command did not write"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps or auto")


def run(args: argparse.Namespace) -> int:
    """Go through the photos; 2 if one of them could not be read or drawn, else 0."""
    loaded = open_weights(args.weights, as_device(args.device))
    detect = partial(detect_image, loaded.model, score_threshold=args.score, iou_threshold=args.iou)
    Path(args.out).mkdir(parents=True, exist_ok=True)
    photos = photos_of(args.photos)
    names = (Path(photo.name) for photo in photos)
    drawings = Drawings(Path(args.out), names, loaded.classes, args.force)
    results = []
    try:
        for photo in progress(photos, "photo"):
            results.append({"photo": photo.name})
            try:
                _look_at(photo, detect, drawings, args.json, results[-1])
            except USER_ERRORS as error:
                if args.traceback or nobody_reads(error):
                    raise
                results[-1]["error"] = _explain(photo, error)
                say_error(RuntimeError(results[-1]["error"]))
    finally:  # what was found before somebody pressed Ctrl-C, too
        if args.json:
            print(json.dumps(results, indent=1))
    return 2 if any("error" in result for result in results) else 0


def _look_at(
    photo: Photo,
    detect: Callable[[Tensor], Detections],
    drawings: Drawings,
    quiet: bool,
    result: dict[str, Any],
) -> None:
    """Detect, print, draw; what is known goes into ``result`` as soon as it is."""
    if photo.error:
        raise photo.error
    image = _read(photo.name)
    found = detect(image)
    height, width = image.shape[1:]
    result |= {"width": width, "height": height, "picture": None}
    result["detections"] = _rows(found, drawings.classes)
    if not quiet:
        say(_table(result))
    try:
        path = drawings.draw(image, found, Path(photo.name))
    except USER_ERRORS as error:
        raise RuntimeError(f"{photo.name} cannot be drawn: {explain(error)}") from error
    result["picture"] = str(path)
    if not quiet:
        say(f"  drawn in {visible(path)}")


def _explain(photo: Photo, error: Exception) -> str:
    """An error in one line with the photo's name."""
    text, name = explain(error), visible(photo.name)
    return text if name in text else f"{name}: {text}"


def _read(photo: str) -> Tensor:
    """The image; PIL's warnings, which name no file, become our own."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        image = read_image(photo)
    height, width = image.shape[1:]
    for warning in caught:
        text = f"{photo}: {warning.message}"
        if issubclass(warning.category, Image.DecompressionBombWarning):
            text = f"{photo} is very large, {width} x {height} pixels: it is drawn smaller"
        if not issubclass(warning.category, DeprecationWarning):
            warnings.warn(text, stacklevel=2)
    return image


def _rows(found: Detections, classes: Sequence[str]) -> list[dict]:
    names = [classes[label] for label in found.labels.tolist()]
    return [
        {"class": name, "score": round(score, 4), "box": [round(x, 1) for x in box]}
        for name, score, box in zip(names, found.scores.tolist(), found.boxes.tolist(), strict=True)
    ]


def _table(result: dict) -> str:
    photo = visible(result["photo"])
    lines = [f"{photo}, {result['width']} x {result['height']} pixels"]
    for row in result["detections"]:
        box = " ".join(f"{edge:7.1f}" for edge in row["box"])
        lines.append(f"  {visible(row['class']):16} {row['score']:.2f}  {box}")
    if not result["detections"]:
        lines.append("  nothing found: try a lower --score")
    return "\n".join(lines)
