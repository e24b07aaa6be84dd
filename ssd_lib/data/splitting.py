"""A data set in two: what is learned from, and what is held out to validate on."""

import copy
import hashlib
from collections.abc import Collection

from ssd_lib.data.records import Records


def train_val_split(dataset: Records, val_share: float = 0.1) -> tuple[Records, Records]:
    """All images but a share, and that share; always the same for the same names.

    An image is held out by the name of its file alone, without its ending: not by the
    form of the label files, nor by where the data set lies. There is no randomness that
    a seed would have to be kept of.

    Args:
        dataset: is not changed; both parts have its classes, transforms and problems.
        val_share: of the images, above 0 and below 1; rounded, but at least one image is
            held out and one is kept.

    Returns:
        The images to train on and those to validate on, each in the order of the data
        set.

    Raises:
        ValueError: if there are fewer than two images, or there is no such share.
    """
    count = len(dataset)
    if not 0 < val_share < 1:
        raise ValueError(f"val_share must be above 0 and below 1, got {val_share}")
    if count < 2:
        raise ValueError(
            f"{dataset.root} must have at least 2 images, to hold out one for "
            f"validation, got {count}"
        )
    order = sorted(range(count), key=lambda index: _rank(dataset, index))
    held_out = set(order[: min(max(1, round(val_share * count)), count - 1)])
    return _subset(dataset, set(order) - held_out), _subset(dataset, held_out)


def _rank(dataset: Records, index: int) -> bytes:
    """Where an image comes in an order that looks random and is always the same."""
    stem = dataset.records[index].image.stem
    return hashlib.sha256(stem.encode(errors="surrogatepass")).digest()


def _subset(dataset: Records, indices: Collection[int]) -> Records:
    part = copy.copy(dataset)
    part.records = [dataset.records[index] for index in sorted(indices)]
    return part
