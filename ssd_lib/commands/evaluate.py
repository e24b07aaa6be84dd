"""Measure a detector on a data set: AP of each class, mAP, COCO's numbers, errors."""

import argparse
import json
import math
from collections.abc import Sequence

from ssd_lib.commands.data_args import DataArguments, add_data_arguments, data_arguments, open_named
from ssd_lib.commands.devices import as_device
from ssd_lib.commands.numbers import fraction, limit, not_negative, positive
from ssd_lib.commands.own_data import open_own, open_part
from ssd_lib.commands.weights import open_weights
from ssd_lib.data.opening.parts import for_tests
from ssd_lib.data.opening.source import recognise
from ssd_lib.evaluate import summarize
from ssd_lib.samples import LabelledSet
from ssd_lib.validate import detect_dataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate`` to a parser."""
    parser.add_argument(
        "--weights",
        required=True,
        metavar="FILE|coco",
        help="weight file, or torchvision's SSD300 for COCO",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="measure on what training validates on: the validation split of your own data set, or "
        "the tenth that is held out",
    )
    parser.add_argument(
        "--metric",
        choices=("voc07", "voc10"),
        default="voc07",
        help="AP at 11 points, as the paper's numbers on VOC 2007, or the area under the curve",
    )
    parser.add_argument(
        "--iou", type=fraction, default=0.5, help="lowest IoU at which a detection is right"
    )
    parser.add_argument(
        "--smallest",
        type=fraction,
        default=0.0,
        metavar="SHARE",
        help="leave out objects with a longer side below this share of the image's",
    )
    parser.add_argument(
        "--largest",
        type=limit,
        default=math.inf,
        metavar="SHARE",
        help="leave out objects with a longer side from this share on",
    )
    parser.add_argument(
        "--score", type=fraction, default=0.5, help="lowest score of the errors that are counted"
    )
    parser.add_argument(
        "--batch-size", type=positive, default=8, metavar="N", help="images per batch"
    )
    parser.add_argument(
        "--workers",
        type=not_negative,
        metavar="N",
        help="number of processes that read images; 0 reads them in this process; by default as "
        "many as suit the machine to check your own data set, then 0",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps or auto")


def run(args: argparse.Namespace) -> None:
    """Open weights and data, compare their classes, detect, and print the numbers."""
    if args.smallest >= args.largest:
        raise ValueError(
            f"smallest must be below largest, which is {args.largest:g}, got {args.smallest:g}"
        )
    wanted = data_arguments(args)
    if args.held_out and wanted.is_named:
        raise ValueError(f"held-out must be left out with --data {args.data}")
    loaded = open_weights(args.weights, as_device(args.device))
    dataset = _open(wanted, args.held_out, args.json, loaded.classes, loaded.model.layout.image_px)
    _check_classes(dataset.classes, loaded.classes)
    found = detect_dataset(
        loaded.model,
        dataset,
        args.batch_size,
        0 if args.workers is None else args.workers,
        sizes=(args.smallest, args.largest),
    )
    summary = summarize(*found, loaded.classes, args.iou, args.metric, args.score)
    print(json.dumps(summary.as_json(), indent=1) if args.json else summary.as_table())


def _open(
    wanted: DataArguments, held_out: bool, quiet: bool, classes: Sequence[str], size_px: int
) -> LabelledSet:
    """What is measured on: of a data set with splits the one for tests."""
    if wanted.is_named:
        return open_named(wanted, "evaluate", size_px)
    say = (lambda _: None) if quiet else print
    if held_out:
        dataset = open_own(wanted, say, classes)[1]
    else:
        source = recognise(wanted.data, wanted.images)
        split = for_tests(source.splits) if wanted.split is None else wanted.split
        dataset = open_part(wanted, source, split, say, classes)
        if split is None:
            say(
                "note: all images are measured on; if the detector was trained on "
                "them, --held-out measures on those it has not seen"
            )
    if quiet:
        dataset.problems.warn()
    return dataset


def _check_classes(found: Sequence[str], wanted: Sequence[str]) -> None:
    if tuple(found) != tuple(wanted):
        raise ValueError(
            f"the data's classes must be those of the weights, {', '.join(wanted)}; "
            f"got {', '.join(found)}"
        )
