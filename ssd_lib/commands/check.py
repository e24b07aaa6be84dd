"""Say what a data set of your own holds, and what in it cannot be used."""

import argparse
import json
from itertools import combinations
from pathlib import Path

from ssd_lib.commands.numbers import not_negative
from ssd_lib.coverage import Coverage, coverage
from ssd_lib.data.checked import gaps, open_checked
from ssd_lib.data.finding.lists import first_few
from ssd_lib.data.gt_boxes import gt_boxes_of
from ssd_lib.data.looking.report import Report, as_json, as_text
from ssd_lib.data.opening.parts import by_purpose, for_tests
from ssd_lib.data.opening.source import recognise
from ssd_lib.model import MODELS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``check`` to a parser."""
    parser.add_argument("data", metavar="PATH", help="folder, COCO .json file or YOLO .yaml file")
    parser.add_argument(
        "--images", metavar="FOLDER", help="folder of the images, if not beside the labels"
    )
    parser.add_argument(
        "--split",
        metavar="NAME",
        help="split of the data set; those for training, validation and tests if not given",
    )
    parser.add_argument("--strict", action="store_true", help="fail if anything has to be left out")
    parser.add_argument(
        "--model",
        choices=sorted(MODELS),
        default="tiny",
        help="network whose default boxes are compared with the objects",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--workers",
        type=not_negative,
        metavar="N",
        help="number of processes that open images; 0 opens them in this process; by default as "
        "many as suit the machine",
    )


def run(args: argparse.Namespace) -> None:
    """Look at each split, and print what it holds and what it is for.

    Raises:
        ValueError: at the end, if nothing in a split can be used, or in strict mode if
            anything was left out; it says all of it.
    """
    source = recognise(args.data, args.images)
    parts = _looked_at(source.splits) if args.split is None else [args.split]
    printed, refused, images = [], [], {}
    for split in parts:
        try:
            result = open_checked(source, split, num_workers=args.workers)
        except ValueError as error:
            refused.append(f"{split}: {error}" if len(parts) > 1 else str(error))
            continue
        images[split] = {record.image for record in result.dataset.records}
        found = coverage(gt_boxes_of(result.dataset), MODELS[args.model].layout)
        if args.json:
            printed.append(_as_json(split, result.report, args.model, found))
        else:
            print(as_text(result.report))
            print(_coverage_in_words(args.model, found), flush=True)
        if args.strict and result.report.left_out:
            refused.append(gaps(result.report))
    if printed:
        print(json.dumps(printed, indent=1))
    if images and not args.json and args.split is None:
        print(_purposes(source.splits, images))
    if refused:
        raise ValueError("; ".join(refused))


def _looked_at(names: tuple[str, ...]) -> list[str | None]:
    """The parts with a purpose, else all in one; VOC 2012 has 60 more, of one class each."""
    return [*by_purpose(names).values()] or [None]


def _purposes(names: tuple[str, ...], images: dict[str | None, set[Path]]) -> str:
    """What the other commands take a data set's parts for, in lines.

    Args:
        names: of all parts.
        images: of the parts that were looked at.
    """
    parts = by_purpose(names)
    if not parts:
        return (
            "train holds out a tenth of these images for validation, and "
            "evaluate --held-out measures on it again"
        )
    shared = {(a, b): len(images[a] & images[b]) for a, b in combinations(images, 2)}
    lines = [f"note: {a} and {b} have images in common: {n}" for (a, b), n in shared.items() if n]
    lines.append(
        f"train {_learning(parts, shared)}; evaluate measures on {for_tests(names) or 'all images'}"
    )
    others = [name for name in names if name not in parts.values()]
    if others:
        lines.append(f"other parts, for --split: {first_few(others)}")
    return "\n".join(lines)


def _learning(parts: dict[str, str], shared: dict[tuple, int]) -> str:
    """What ``train`` does with parts, some of which share images."""
    train, valid = parts.get("train"), parts.get("valid")
    if train is None:
        return "needs --split, because no part is called train"
    if valid is None or shared.get((train, valid)):
        valid = "a tenth of it, which it holds out"
    return f"learns from {train} and validates on {valid}"


def _as_json(split: str | None, report: Report, model: str, found: Coverage) -> dict:
    """What a split holds, and how well the default boxes of a network fit its objects."""
    fit = {
        "model": model,
        "objects": len(found.best_iou),
        "share": round(found.share, 6),
        "text": _coverage_in_words(model, found),
    }
    return as_json(report) | {"split": split, "coverage": fit}


def _coverage_in_words(model: str, found: Coverage) -> str:
    return f"default boxes of {model}: {found.in_words()}"
