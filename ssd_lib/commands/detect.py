"""Find things in photos: print their boxes and draw them.

Drawings are written as ``<name>_boxes.png``; the photos are left as they are.
"""

import argparse
import json
import warnings
from pathlib import Path

from PIL import Image
from torch import Tensor

from ssd_lib.commands.common import as_device, fraction, open_weights
from ssd_lib.commands.drawings import Drawings, draw
from ssd_lib.commands.terminal import USER_ERRORS, explain, nobody_reads, say_error
from ssd_lib.images import read_image
from ssd_lib.model import Loaded
from ssd_lib.predict import Detections, detect_image
from ssd_lib.text import visible


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be asked for."""
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="image files")
    parser.add_argument(
        "--weights", required=True, metavar="FILE|coco",
        help="a weight file, or torchvision's SSD300 for COCO's 80 classes (136 MB, downloaded once)",
    )  # fmt: skip
    parser.add_argument(
        "--score", type=fraction, default=0.4, help="show what has a higher score"
    )
    parser.add_argument(
        "--iou", type=fraction, default=0.45,
        help="of two boxes of one class that overlap more, the better stays",
    )  # fmt: skip
    parser.add_argument(
        "--out", default=".", metavar="FOLDER",
        help="where drawings are written, each as NAME_boxes.png; a file or link of that name "
        "which this command did not write is kept, and the drawing called NAME_boxes-2.png",
    )  # fmt: skip
    parser.add_argument(
        "--force", action="store_true",
        help="write over files that this command did not write, too",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps, auto")


def run(args: argparse.Namespace) -> int:
    """Go through the photos; 2 if one of them could not be read or drawn, else 0."""
    loaded = open_weights(args.weights, as_device(args.device))
    options = {
        "score_threshold": args.score,
        "iou_threshold": args.iou,
        "variances": loaded.variances,
    }
    Path(args.out).mkdir(parents=True, exist_ok=True)
    drawings = Drawings(Path(args.out), map(Path, args.photos), args.force)
    results = []
    for photo in args.photos:
        results.append({"photo": photo})
        try:
            _treat(Path(photo), loaded, options, drawings, args.json, results[-1])
        except USER_ERRORS as error:
            if args.traceback or nobody_reads(error):
                raise
            results[-1]["error"] = explain(error)
            say_error(error)
    if args.json:
        print(json.dumps(results, indent=1))
    return 2 if any("error" in result for result in results) else 0


def _treat(
    photo: Path, loaded: Loaded, options: dict, drawings: Drawings, quiet: bool,
    result: dict,
) -> None:  # fmt: skip
    """Detect, print, draw; what is known goes into ``result`` as soon as it is."""
    image = _read(photo)
    found = detect_image(loaded.model, image, **options)
    names = [loaded.classes[label] for label in found.labels.tolist()]
    height, width = image.shape[1:]
    result |= {"width": width, "height": height, "picture": None}
    result["detections"] = _rows(found, names)
    if not quiet:
        _print_table(result)
    path = drawings.path_for(photo)
    try:
        draw(image, found, names, path)
    except USER_ERRORS as error:
        raise RuntimeError(f"{photo} cannot be drawn: {explain(error)}") from error
    result["picture"] = str(path)
    if not quiet:
        print(f"  drawn in {visible(path)}")


def _read(photo: Path) -> Tensor:
    """The image; PIL's warning of many pixels, which names no file, becomes our own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = read_image(photo)
    height, width = image.shape[1:]
    if Image.MAX_IMAGE_PIXELS and height * width > Image.MAX_IMAGE_PIXELS:
        warnings.warn(
            f"{photo} is very large, {width} x {height} pixels: it is drawn smaller",
            stacklevel=2,
        )
    return image


def _rows(found: Detections, names: list[str]) -> list[dict]:
    return [
        {"class": name, "score": round(score, 4), "box": [round(x, 1) for x in box]}
        for name, score, box in zip(
            names, found.scores.tolist(), found.boxes.tolist(), strict=True
        )
    ]


def _print_table(result: dict) -> None:
    photo = visible(result["photo"])
    print(f"{photo}, {result['width']} x {result['height']} pixels")
    for row in result["detections"]:
        box = " ".join(f"{edge:7.1f}" for edge in row["box"])
        print(f"  {visible(row['class']):16} {row['score']:.2f}  {box}")
    if not result["detections"]:
        print("  nothing found: try a lower --score")
