"""The arguments that say which data set a command is about, and the data sets with a name."""

import argparse
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from ssd_lib.commands.numbers import positive
from ssd_lib.data import BCCD, PascalVOC, ToyScenes
from ssd_lib.samples import LabelledSet

SPLITS = {  # where --split is not given; VOC 2007 has no other part for validation
    "voc": {"train": "07+12", "validate": "07-test", "evaluate": "07-test"},
    "bccd": {"train": "train", "validate": "val", "evaluate": "test"},
}
TOY = {  # the number of scenes and their seed: no scene is in two of them
    "train": (20_000, 0),
    "validate": (200, 2),
    "evaluate": (1000, 1),
}
NAMED = (*SPLITS, "toy")  # data sets with a name; all others are the user's own


class DataArguments(NamedTuple):
    """Which data set is wanted, and how it is opened."""

    data: str  # one of ``NAMED``, or a path
    images: str | None = None  # the folder of the images, if they lie elsewhere
    root: str = "downloads"  # of the data sets with a name
    split: str | None = None
    scenes: int | None = None  # how many toy scenes
    strict: bool = False  # refuse a data set of which anything must be left out
    check: bool = True  # open all images first
    num_workers: int | None = None  # processes that do; None is as many as suit the machine

    @property
    def is_named(self) -> bool:
        """Whether it is no data set of the user's own."""
        return self.data in NAMED


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group of arguments that :func:`data_arguments` reads."""
    group = parser.add_argument_group("data")
    group.add_argument(
        "--data",
        required=True,
        metavar="NAME|PATH",
        help="toy, voc, bccd, or your own data set: a folder in Pascal VOC, COCO or YOLO format, "
        "a COCO .json file or a YOLO .yaml file",
    )
    group.add_argument(
        "--images",
        metavar="FOLDER",
        help="folder of the images of your own data set, if they are not beside the labels",
    )
    group.add_argument(
        "--root",
        default="downloads",
        metavar="FOLDER",
        help="folder that voc and bccd are in or are downloaded to",
    )
    group.add_argument(
        "--split",
        metavar="NAME",
        help="split of the data set; chosen to suit the command if not given",
    )
    group.add_argument("--scenes", type=positive, metavar="N", help="number of toy scenes")
    group.add_argument(
        "--strict",
        action="store_true",
        help="fail if anything in your own data set has to be left out",
    )
    group.add_argument(
        "--no-check",
        dest="check",
        action="store_false",
        help="do not open all images of your own data set before starting",
    )


def data_arguments(args: argparse.Namespace) -> DataArguments:
    """The data set that the arguments name.

    Args:
        args: with those of :func:`add_data_arguments`, and ``workers``.

    Raises:
        FileNotFoundError, ValueError: if it does not exist, or an argument has no
            meaning for it; the argument is named.
    """
    if args.data not in NAMED and not os.path.exists(args.data):
        raise FileNotFoundError(
            f"data must be toy, voc, bccd, or an existing folder or file, got {args.data}"
        )
    own = ("images", "strict", "no-check")
    meaningless = {"toy": ("split", *own), "voc": ("scenes", *own), "bccd": ("scenes", *own)}
    given = vars(args) | {"no-check": not args.check}
    for name in meaningless.get(args.data, ("scenes",)):
        if given[name] not in (None, False):
            raise ValueError(f"{name} must be left out with --data {args.data}")
    if args.images is not None and not args.images.strip():
        raise ValueError("images must be a folder, got a blank")
    return DataArguments(
        args.data,
        args.images,
        args.root,
        args.split,
        args.scenes,
        args.strict,
        args.check,
        args.workers,
    )


def open_named(
    wanted: DataArguments, purpose: str, size_px: int, transforms: Callable[..., Any] | None = None
) -> LabelledSet:
    """One of the data sets with a name.

    Args:
        wanted: with ``is_named`` true.
        purpose: ``"train"``, ``"validate"`` or ``"evaluate"``; decides on the split or
            the seed.
        size_px: side of toy scenes.
        transforms: of image and target.

    Raises:
        ValueError, OSError: if it has no such split, cannot be downloaded, or is broken.
    """
    if wanted.data == "toy":
        count, seed = TOY[purpose]
        count = count if wanted.scenes is None else wanted.scenes
        return ToyScenes(count, size_px, seed, transforms)
    split = SPLITS[wanted.data][purpose] if wanted.split is None else wanted.split
    kind = {"voc": PascalVOC, "bccd": BCCD}[wanted.data]
    return kind(wanted.root, split, download=True, transforms=transforms)
