"""Pictures with annotated objects: scenes drawn here, and data sets read from files."""

from ssd_lib.data.bccd import BCCD
from ssd_lib.data.coco import CocoJson
from ssd_lib.data.records import Batch, collate
from ssd_lib.data.scenes import ToyScenes
from ssd_lib.data.voc import PascalVOC, VOCFolder

__all__ = [
    "BCCD",
    "Batch",
    "CocoJson",
    "PascalVOC",
    "ToyScenes",
    "VOCFolder",
    "collate",
]
