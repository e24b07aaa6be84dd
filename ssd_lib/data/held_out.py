"""Images kept from training, to validate on: a tenth, always the same."""

import copy
import hashlib

from ssd_lib.data.records import Records

SHARE = 0.1  # of the images, at least one


def hold_out(dataset: Records) -> tuple[Records, Records]:
    """All but a tenth of a data set's images, and that tenth.

    Which images are held out depends on their names alone, not on their folder, their
    order or the form of the label files.

    Raises:
        ValueError: if there are fewer than two images.
    """
    if len(dataset) < 2:
        raise ValueError(
            f"{dataset.root} must have at least 2 images, to hold out one for "
            f"validation, got {len(dataset)}"
        )
    count = max(1, round(SHARE * len(dataset)))
    order = sorted(range(len(dataset)), key=lambda index: _place(dataset, index))
    return _subset(dataset, sorted(order[count:])), _subset(dataset, sorted(order[:count]))


def _place(dataset: Records, index: int) -> bytes:
    """Where an image comes in an order that looks random and is always the same."""
    stem = dataset.records[index].image.stem
    return hashlib.sha256(stem.encode(errors="surrogatepass")).digest()


def _subset(dataset: Records, indices: list[int]) -> Records:
    part = copy.copy(dataset)
    part.records = [dataset.records[k] for k in indices]
    return part
