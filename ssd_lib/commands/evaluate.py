"""Measure a detector on a data set: AP of each class, mAP, COCO's numbers, errors."""

import argparse
import json
import math

from ssd_lib.commands.common import (
    add_data_arguments,
    as_device,
    fraction,
    open_data,
    open_weights,
    positive,
)
from ssd_lib.evaluate import (
    coco_average_precision,
    count_errors,
    mean_average_precision,
)
from ssd_lib.text import visible
from ssd_lib.validate import Validation, detect_dataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be asked for."""
    parser.add_argument(
        "--weights", required=True, metavar="FILE|coco",
        help="a weight file, or torchvision's SSD300 for COCO",
    )  # fmt: skip
    add_data_arguments(parser)
    parser.add_argument(
        "--metric", choices=("voc07", "voc10"), default="voc07",
        help="11 points, as the paper's numbers on VOC 2007, or the whole area",
    )  # fmt: skip
    parser.add_argument("--iou", type=fraction, default=0.5, help="at which a box fits")
    parser.add_argument(
        "--smallest", type=fraction, default=0.0, metavar="SHARE",
        help="leave out objects with a longer side below this share of the picture's",
    )  # fmt: skip
    parser.add_argument(
        "--largest", type=float, default=math.inf, metavar="SHARE",
        help="and those with a longer side from this share on",
    )  # fmt: skip
    parser.add_argument(
        "--score", type=fraction, default=0.5, help="from which errors are counted"
    )
    parser.add_argument("--batch-size", type=positive, default=8, metavar="N")
    parser.add_argument("--workers", type=int, default=0, metavar="N")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps, auto")


def run(chosen: argparse.Namespace) -> None:
    """Open both, compare their classes, detect, and print."""
    loaded = open_weights(chosen.weights, as_device(chosen.device))
    size_px = loaded.model.layout.image_px
    dataset = open_data(chosen, "evaluate", size_px, loaded.classes)
    if tuple(dataset.classes) != loaded.classes:
        raise ValueError(
            f"the data's classes must be those of the weights, {', '.join(loaded.classes)}; "
            f"got {', '.join(dataset.classes)}"
        )
    result = detect_dataset(
        loaded.model, dataset, chosen.batch_size, chosen.workers,
        sizes=(chosen.smallest, chosen.largest), variances=loaded.variances,
    )  # fmt: skip
    numbers = measure(
        result, loaded.classes, chosen.iou, chosen.metric, score=chosen.score
    )
    print(json.dumps(numbers, indent=1) if chosen.json else as_table(numbers))


def measure(
    result: Validation,
    classes: tuple[str, ...],
    iou: float = 0.5,
    metric: str = "voc07",
    score: float = 0.5,
) -> dict:
    """All numbers of a validation as JSON holds them; None where there is none."""
    voc = mean_average_precision(*result, len(classes), iou, metric)
    coco = coco_average_precision(*result, len(classes))
    by_class = zip(classes[1:], voc.by_class, voc.num_objects, strict=True)
    return {
        "pictures": len(result.ground_truth),
        "metric": metric,
        "iou_threshold": iou,
        "map": _or_none(voc.mean),
        "by_class": {
            name: {"ap": _or_none(ap), "objects": count} for name, ap, count in by_class
        },
        "coco": {name: _or_none(value) for name, value in coco._asdict().items()},
        "errors_from_score": score,
        "errors": count_errors(*result, score, iou)._asdict(),
    }


def as_table(numbers: dict) -> str:
    """The same, to read."""

    def show(value: float | None) -> str:
        return "    -" if value is None else f"{value:.3f}"

    rows = [(visible(name), row) for name, row in numbers["by_class"].items()]
    widest = max(len(name) for name, _ in rows)
    lines = [
        f"{numbers['pictures']} pictures, AP by {numbers['metric']} at IoU "
        f"{numbers['iou_threshold']}",
        *(
            f"  {name:{widest}} {show(row['ap'])}  of {row['objects']:5} objects"
            for name, row in rows
            if row["objects"]
        ),
        f"  {'mean':{widest}} {show(numbers['map'])}",
        "COCO's: " + ", ".join(f"{k} {show(v)}" for k, v in numbers["coco"].items()),
        f"scores from {numbers['errors_from_score']}: "
        + ", ".join(f"{v} {k.replace('_', ' ')}" for k, v in numbers["errors"].items()),
    ]
    absent = [name for name, row in rows if not row["objects"]]
    if absent:
        lines.insert(-2, f"  without objects here: {len(absent)} classes")
    return "\n".join(lines)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
