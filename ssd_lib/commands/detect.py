"""Find things in photos: draw their boxes and print them.

Pictures are written as ``<name>_boxes.png``; the photos are left as they are.
"""

import argparse
import json
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from torch import Tensor

from ssd_lib.commands.common import as_device, fraction, open_weights
from ssd_lib.draw import draw_boxes
from ssd_lib.images import read_image
from ssd_lib.predict import Detections, detect_image

DPI = 120
LEAST_PX, MOST_PX = 480, 2400  # width of the picture that is written


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
        "--out", default=".", metavar="FOLDER", help="where pictures are written"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps, auto")


def run(chosen: argparse.Namespace) -> None:
    """Go through the photos; the first that cannot be read ends it."""
    mpl.use("agg")  # a picture in a file needs no window
    model, classes, variances = open_weights(chosen.weights, as_device(chosen.device))
    options = {
        "score_threshold": chosen.score,
        "iou_threshold": chosen.iou,
        "variances": variances,
    }
    results = []
    for photo in map(Path, chosen.photos):
        image = read_image(photo)
        found = detect_image(model, image, **options)
        names = [classes[label] for label in found.labels.tolist()]
        picture = Path(chosen.out, f"{photo.stem}_boxes.png")
        _draw(image, found, names, picture)
        rows = [
            {"class": name, "score": round(score, 4), "box": [round(x, 1) for x in box]}
            for name, score, box in zip(
                names, found.scores.tolist(), found.boxes.tolist(), strict=True
            )
        ]
        height, width = image.shape[1:]
        results.append(
            {"photo": str(photo), "width": width, "height": height,
             "picture": str(picture), "detections": rows}
        )  # fmt: skip
        if not chosen.json:
            _print_table(results[-1])
    if chosen.json:
        print(json.dumps(results, indent=1))


def _draw(image: Tensor, found: Detections, names: list[str], picture: Path) -> None:
    """The photo with its boxes, at its own size within limits."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    width = min(max(image.shape[2], LEAST_PX), MOST_PX)
    draw_boxes(
        image, found.boxes.cpu(), names, found.scores.cpu(), pixels=True,
        inches=width / DPI,
    )  # fmt: skip
    plt.savefig(picture, dpi=DPI)
    plt.close()


def _print_table(result: dict) -> None:
    print(f"{result['photo']}, {result['width']} x {result['height']} pixels")
    for row in result["detections"]:
        box = " ".join(f"{edge:7.1f}" for edge in row["box"])
        print(f"  {row['class']:16} {row['score']:.2f}  {box}")
    if not result["detections"]:
        print("  nothing found: try a lower --score")
    print(f"  drawn in {result['picture']}")
