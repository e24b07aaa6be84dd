"""Images with annotated objects: scenes drawn here, and data sets read from files.

``opening`` recognises what lies at a path and opens it, by the reader of its form:
``voc``, ``coco`` or ``yolo``; each has the form's own class in its ``dataset`` module and
reads label files in ``reading``. ``finding`` knows which file a name in a label file
means, ``looking`` what of a data set can be used, which its report tells. Beside these
packages stands what they share: ``labelled`` (what label files say, and what of it makes
sense), ``placing`` (boxes in the pixels of the image), ``records`` (the data set that
comes of it), ``problems`` (what was left out), ``splitting``, and ``labels``, which reads
boxes without images.
"""

from typing import TYPE_CHECKING

from ssd_lib.lazy import exports

if TYPE_CHECKING:
    from ssd_lib.data.coco.dataset import CocoJson
    from ssd_lib.data.labels import read_label_boxes
    from ssd_lib.data.opening.dataset import open_dataset
    from ssd_lib.data.records import collate
    from ssd_lib.data.splitting import train_val_split
    from ssd_lib.data.toy import ToyScenes, running_picture
    from ssd_lib.data.voc.bccd import BCCD
    from ssd_lib.data.voc.dataset import VOCFolder
    from ssd_lib.data.voc.pascal import PascalVOC
    from ssd_lib.data.yolo.dataset import YoloFolder
    from ssd_lib.samples import Batch
else:
    __getattr__, __dir__ = exports(
        __name__,
        {
            "BCCD": "ssd_lib.data.voc.bccd",
            "Batch": "ssd_lib.samples",
            "CocoJson": "ssd_lib.data.coco.dataset",
            "PascalVOC": "ssd_lib.data.voc.pascal",
            "ToyScenes": "ssd_lib.data.toy",
            "VOCFolder": "ssd_lib.data.voc.dataset",
            "YoloFolder": "ssd_lib.data.yolo.dataset",
            "collate": "ssd_lib.data.records",
            "open_dataset": "ssd_lib.data.opening.dataset",
            "read_label_boxes": "ssd_lib.data.labels",
            "running_picture": "ssd_lib.data.toy",
            "train_val_split": "ssd_lib.data.splitting",
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
    "train_val_split",
]
