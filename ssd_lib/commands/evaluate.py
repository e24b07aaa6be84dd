"""Measure a detector on a data set: AP of each class, mAP, COCO's numbers, errors."""

import argparse
import json
import math

from torch.utils.data import Dataset

from ssd_lib.commands.data_args import (
    NAMED,
    add_data_arguments,
    as_device,
    check_data_arguments,
    open_named,
    open_weights,
)
from ssd_lib.commands.numbers import fraction, limit, not_negative, positive
from ssd_lib.commands.own_data import open_own, open_part
from ssd_lib.data.opening import splits_of
from ssd_lib.data.parts import for_tests
from ssd_lib.evaluate import summarize
from ssd_lib.model import Loaded
from ssd_lib.validate import detect_dataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be asked for."""
    parser.add_argument(
        "--weights",
        required=True,
        metavar="FILE|coco",
        help="a weight file, or torchvision's SSD300 for COCO",
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="measure on what training validates on: the part of your own data set for that, or the tenth that is held out",
    )
    parser.add_argument(
        "--metric",
        choices=("voc07", "voc10"),
        default="voc07",
        help="11 points, as the paper's numbers on VOC 2007, or the whole area",
    )
    parser.add_argument("--iou", type=fraction, default=0.5, help="at which a box fits")
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
        help="and those with a longer side from this share on",
    )
    parser.add_argument("--score", type=fraction, default=0.5, help="from which errors are counted")
    parser.add_argument("--batch-size", type=positive, default=8, metavar="N")
    parser.add_argument("--workers", type=not_negative, default=0, metavar="N")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps, auto")


def run(args: argparse.Namespace) -> None:
    """Open both, compare their classes, detect, and print."""
    if args.smallest >= args.largest:
        raise ValueError(
            f"smallest must be below largest, which is {args.largest:g}, got {args.smallest:g}"
        )
    check_data_arguments(args)
    if args.held_out and args.data in NAMED:
        raise ValueError(f"held-out must be left out with --data {args.data}")
    loaded = open_weights(args.weights, as_device(args.device))
    dataset = _open(args, loaded)
    if tuple(dataset.classes) != loaded.classes:
        raise ValueError(
            f"the data's classes must be those of the weights, {', '.join(loaded.classes)}; "
            f"got {', '.join(dataset.classes)}"
        )
    result = detect_dataset(
        loaded.model,
        dataset,
        args.batch_size,
        args.workers,
        sizes=(args.smallest, args.largest),
        variances=loaded.variances,
    )
    summary = summarize(*result, loaded.classes, args.iou, args.metric, args.score)
    print(json.dumps(summary.as_json(), indent=1) if args.json else summary.as_table())


def _open(args: argparse.Namespace, loaded: Loaded) -> Dataset:
    """What is measured on; of a data set with parts the one for tests."""
    if args.data in NAMED:
        return open_named(args, "evaluate", loaded.model.layout.image_px)
    say = (lambda _: None) if args.json else print
    if args.held_out:
        dataset = open_own(args, say, loaded.classes)[1]
    else:
        split = args.split or for_tests(splits_of(args.data, args.images))
        dataset = open_part(args, split, say, loaded.classes)
        if not split:
            say(
                "note: all images are measured on; if the detector was trained on "
                "them, --held-out measures on those it has not seen"
            )
    if args.json:
        dataset.problems.warn()
    return dataset
