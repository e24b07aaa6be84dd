"""Pascal VOC 2007 and 2012 themselves, with their download."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch.utils.data import ConcatDataset

from ssd_lib.data.voc.dataset import VOCFolder
from ssd_lib.data.voc.download import fetch
from ssd_lib.samples import Sample

VOC_CLASSES = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)
VOC_SETS = {
    "07+12": (("2007", "trainval"), ("2012", "trainval")),
    "07": (("2007", "trainval"),),
    "12": (("2012", "trainval"),),
    "07-test": (("2007", "test"),),
}


class PascalVOC(ConcatDataset[Sample]):
    """Pascal VOC 2007 and 2012, joined as the paper trains on them.

    Args:
        root: where ``VOCdevkit`` lies, or is to be put.
        sets: ``"07+12"`` (trainval of both), ``"07"``, ``"12"`` or ``"07-test"``.
        download: fetch what is missing, 0.9 GB for 2007 and 2 GB for 2012. Each archive
            is compared with its hash.
        transforms: a function of image and target, or None.

    Raises:
        ValueError: if there is no such set, or a downloaded archive is another one.
        FileNotFoundError: if it is not there and is not to be downloaded.
        OSError: if it cannot be downloaded.
    """

    classes = VOC_CLASSES

    def __init__(
        self,
        root: str | Path,
        sets: str = "07+12",
        download: bool = False,
        transforms: Callable[..., Any] | None = None,
    ) -> None:
        if sets not in VOC_SETS:
            raise ValueError(f"sets must be one of {sorted(VOC_SETS)}, got {sets!r}")
        parts = []
        for year, split in VOC_SETS[sets]:
            folder = Path(root, "VOCdevkit", f"VOC{year}")
            if download:
                fetch(folder, year, split)
            if not folder.is_dir():
                raise FileNotFoundError(f"there is no {folder}: pass download=True")
            parts.append(VOCFolder(folder, split, VOC_CLASSES, transforms))
        super().__init__(parts)
