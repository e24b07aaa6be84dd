"""Which images a data set has, in a few characters, to compare one run's with another's."""

import hashlib
import os
from pathlib import Path

from torch.utils.data import ConcatDataset, Subset

from ssd_lib.data.records import Records
from ssd_lib.samples import SampleSet


def images_fingerprint(dataset: SampleSet) -> str:
    """How many images there are and, if they are files, a hash of their names in order.

    Names are taken from the folder on that holds all of them, so that a data set may
    be moved.

    Args:
        dataset: what ``ssd_lib.data`` opens, or torch's ``Subset`` or ``ConcatDataset``
            of it. Any other data set is known by its number of images alone.

    Example:
        >>> from ssd_lib.data import ToyScenes
        >>> images_fingerprint(ToyScenes(3))
        '3 images'
    """
    files = _files(dataset)
    count = f"{len(dataset)} images"
    if not files:
        return count
    root = os.path.commonpath([os.path.dirname(file) for file in files])
    names = "\n".join(Path(os.path.relpath(file, root)).as_posix() for file in files)
    digest = hashlib.sha256(names.encode(errors="surrogatepass")).hexdigest()
    return f"{count} ({digest[:12]})"


def _files(dataset: object) -> list[str]:
    """The file of each image; none if one of them is no file."""
    if isinstance(dataset, Subset):
        files = _files(dataset.dataset)
        return [files[index] for index in dataset.indices] if files else []
    if isinstance(dataset, ConcatDataset):
        parts = [_files(part) for part in dataset.datasets]
        return [file for part in parts for file in part] if all(parts) else []
    if isinstance(dataset, Records):
        return [os.path.abspath(record.image) for record in dataset.records]
    return []
