"""Images with annotated objects: scenes drawn here, and data sets read from files."""

from ssd_lib.data.coco.dataset import CocoJson
from ssd_lib.data.opening.dataset import open_dataset
from ssd_lib.data.records import collate
from ssd_lib.data.scenes import ToyScenes
from ssd_lib.data.voc.bccd import BCCD
from ssd_lib.data.voc.dataset import VOCFolder
from ssd_lib.data.voc.pascal import PascalVOC
from ssd_lib.data.yolo.dataset import YoloFolder
from ssd_lib.samples import Batch

__all__ = [
    "BCCD",
    "Batch",
    "CocoJson",
    "PascalVOC",
    "ToyScenes",
    "VOCFolder",
    "YoloFolder",
    "collate",
    "open_dataset",
]
