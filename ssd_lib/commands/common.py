"""What commands share: weights by name or file, data sets by name or path, devices."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from ssd_lib.data import BCCD, CocoJson, PascalVOC, ToyScenes, VOCFolder
from ssd_lib.model import Loaded, load_weights, torchvision_coco

SPLITS = {  # where --split is not given; VOC 2007 has no other part for validation
    "voc": {"train": "07+12", "validate": "07-test", "evaluate": "07-test"},
    "bccd": {"train": "train", "validate": "val", "evaluate": "test"},
}
TOY = {  # how many scenes of which seed: scenes that are never the same
    "train": (20_000, 0), "validate": (200, 2), "evaluate": (1000, 1),
}  # fmt: skip


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that :func:`open_data` reads."""
    group = parser.add_argument_group("data")
    group.add_argument(
        "--data", required=True, metavar="NAME|PATH",
        help="toy, voc, bccd, a folder in Pascal VOC's form, or a COCO JSON file",
    )  # fmt: skip
    group.add_argument("--images", metavar="FOLDER", help="pictures of a COCO file")
    group.add_argument(
        "--root", default="downloads", metavar="FOLDER",
        help="where voc and bccd lie or are downloaded to",
    )  # fmt: skip
    group.add_argument("--split", help="of the data set; the usual one if not given")
    group.add_argument(
        "--scenes", type=positive, metavar="N", help="how many toy scenes there are"
    )


def open_data(
    chosen: argparse.Namespace,
    purpose: str,
    size_px: int,
    classes: Sequence[str] | None = None,
    transforms: Callable[..., Any] | None = None,
) -> Dataset:
    """The data set that the arguments name.

    Args:
        chosen: with the arguments of :func:`add_data_arguments`.
        purpose: ``"train"``, ``"validate"`` or ``"evaluate"``; decides on split and
            seed.
        size_px: side of toy scenes.
        classes: of a folder or file, background first; None takes its own.
        transforms: of picture and target.

    Raises:
        ValueError, OSError: if there is no such data set, or it is broken.
    """
    name, split = chosen.data, chosen.split
    if name in SPLITS:
        split = split or SPLITS[name][purpose]
        kind = {"voc": PascalVOC, "bccd": BCCD}[name]
        return kind(chosen.root, split, download=True, transforms=transforms)
    if name == "toy":
        count, seed = TOY[purpose]
        return ToyScenes(chosen.scenes or count, size_px, seed, transforms)
    path = Path(name)
    if path.is_dir():
        return VOCFolder(path, split, classes, transforms)
    if not path.is_file():
        raise FileNotFoundError(
            f"data must be toy, voc, bccd, a folder or a JSON file, got {name}"
        )
    return CocoJson(path, chosen.images or path.parent, transforms, classes=classes)


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
    try:
        return torch.zeros(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device must be one that is here, got {name}") from error


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 1 on, got {text}"
        )
    return number


def fraction(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, got {text}")
    return number
