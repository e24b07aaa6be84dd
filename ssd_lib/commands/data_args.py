"""What commands share: weights by name or file, data sets by name or path, devices."""

import argparse
import os
import re
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.data import Dataset

from ssd_lib.commands.numbers import positive
from ssd_lib.data import BCCD, PascalVOC, ToyScenes
from ssd_lib.model import Loaded, load_weights, torchvision_coco

SPLITS = {  # where --split is not given; VOC 2007 has no other part for validation
    "voc": {"train": "07+12", "validate": "07-test", "evaluate": "07-test"},
    "bccd": {"train": "train", "validate": "val", "evaluate": "test"},
}
DEVICES = re.compile("cpu|mps|cuda(:[0-9]+)?")
TOY = {  # how many scenes of which seed: scenes that are never the same
    "train": (20_000, 0),
    "validate": (200, 2),
    "evaluate": (1000, 1),
}


NAMED = (*SPLITS, "toy")  # data sets that go by a name; all others are one's own


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which data, and how careful to be with it."""
    group = parser.add_argument_group("data")
    group.add_argument(
        "--data",
        required=True,
        metavar="NAME|PATH",
        help="toy, voc, bccd, or a data set of your own: a folder in the form of Pascal VOC, COCO or "
        "YOLO, a COCO .json file or a YOLO .yaml file",
    )
    group.add_argument(
        "--images", metavar="FOLDER", help="the images of your own data set, if they lie elsewhere"
    )
    group.add_argument(
        "--root",
        default="downloads",
        metavar="FOLDER",
        help="where voc and bccd lie or are downloaded to",
    )
    group.add_argument(
        "--split", metavar="NAME", help="a part of the data set; the one that suits, if not given"
    )
    group.add_argument("--scenes", type=positive, metavar="N", help="how many toy scenes there are")
    group.add_argument(
        "--strict",
        action="store_true",
        help="fail if anything of your own data set has to be left out",
    )
    group.add_argument(
        "--no-check",
        dest="check",
        action="store_false",
        help="do not open all images of your own data set first",
    )


def check_data_arguments(args: argparse.Namespace) -> None:
    """Refuse data that are not there, and arguments that have no meaning for them.

    Raises:
        FileNotFoundError, ValueError: naming the argument.
    """
    if args.data not in NAMED and not os.path.exists(args.data):
        raise FileNotFoundError(
            f"data must be toy, voc, bccd, or a folder or file that is there, got {args.data}"
        )
    own = ("images", "strict", "no-check")
    without = {
        "toy": ("split", *own),
        "voc": ("scenes", *own),
        "bccd": ("scenes", *own),
    }
    given = vars(args) | {"no-check": not args.check}
    for name in without.get(args.data, ("scenes",)):
        if given[name]:
            raise ValueError(f"{name} must be left out with --data {args.data}")


def open_named(
    args: argparse.Namespace,
    purpose: str,
    size_px: int,
    transforms: Callable[..., Any] | None = None,
) -> Dataset:
    """The data set of that name.

    Args:
        args: with those of :func:`add_data_arguments`.
        purpose: ``"train"``, ``"validate"`` or ``"evaluate"``; decides on split and
            seed.
        size_px: side of toy scenes.
        transforms: of image and target.

    Raises:
        ValueError, OSError: if it has no such split, cannot be had, or is broken.
    """
    if args.data == "toy":
        count, seed = TOY[purpose]
        return ToyScenes(args.scenes or count, size_px, seed, transforms)
    split = args.split or SPLITS[args.data][purpose]
    kind = {"voc": PascalVOC, "bccd": BCCD}[args.data]
    return kind(args.root, split, download=True, transforms=transforms)


def open_weights(name: str, device: torch.device) -> Loaded:
    """Weights from a file, or torchvision's by the name ``coco``."""
    loaded = torchvision_coco() if name == "coco" else load_weights(name)
    return loaded._replace(model=loaded.model.to(device))


def as_device(name: str) -> torch.device:
    """A device by its name; ``auto`` is a GPU if there is one.

    Raises:
        ValueError: if there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not DEVICES.fullmatch(name):
        raise ValueError(f"device must be auto, cpu, mps, cuda or cuda:0 and so on, got {name}")
    try:
        return torch.zeros(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device must be one that is here, got {name}") from error
