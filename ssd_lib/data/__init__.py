"""Images with annotated objects: scenes drawn here, and data sets read from files."""

from typing import TYPE_CHECKING

from ssd_lib.lazy import exports

if TYPE_CHECKING:
    from ssd_lib.data.bccd import BCCD
    from ssd_lib.data.coco import CocoJson
    from ssd_lib.data.labels import read_label_boxes
    from ssd_lib.data.opening import open_dataset
    from ssd_lib.data.records import collate
    from ssd_lib.data.toy import ToyScenes, running_picture
    from ssd_lib.data.voc import PascalVOC, VOCFolder
    from ssd_lib.data.yolo import YoloFolder
    from ssd_lib.samples import Batch
else:
    __getattr__, __dir__ = exports(
        __name__,
        {
            "BCCD": "ssd_lib.data.bccd",
            "Batch": "ssd_lib.samples",
            "CocoJson": "ssd_lib.data.coco",
            "PascalVOC": "ssd_lib.data.voc",
            "ToyScenes": "ssd_lib.data.toy",
            "VOCFolder": "ssd_lib.data.voc",
            "YoloFolder": "ssd_lib.data.yolo",
            "collate": "ssd_lib.data.records",
            "open_dataset": "ssd_lib.data.opening",
            "read_label_boxes": "ssd_lib.data.labels",
            "running_picture": "ssd_lib.data.toy",
        },
    )

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
    "read_label_boxes",
    "running_picture",
]
