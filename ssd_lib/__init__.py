"""The Single Shot MultiBox Detector, one idea per module.

Each module belongs to the chapter of the same name; the book's table of contents gives
the order to read them in. The names below are those that a program starts from. Each is
loaded on first use, so that ``import ssd_lib`` alone loads no PyTorch.

Example:
    >>> from ssd_lib import SSD300_VOC
    >>> SSD300_VOC.image_px
    300
"""

from typing import TYPE_CHECKING

from ssd_lib.lazy import exports

if TYPE_CHECKING:
    from ssd_lib.data import CocoJson, ToyScenes, VOCFolder
    from ssd_lib.default_boxes import SSD300_COCO, SSD300_VOC, SSD512_COCO, SSD512_VOC
    from ssd_lib.model import load_weights, save_weights, ssd300_vgg16, ssd512_vgg16, ssd_tiny
    from ssd_lib.predict import detect_image
else:
    __getattr__, __dir__ = exports(
        __name__,
        {
            "CocoJson": "ssd_lib.data",
            "SSD300_COCO": "ssd_lib.default_boxes",
            "SSD300_VOC": "ssd_lib.default_boxes",
            "SSD512_COCO": "ssd_lib.default_boxes",
            "SSD512_VOC": "ssd_lib.default_boxes",
            "ToyScenes": "ssd_lib.data",
            "VOCFolder": "ssd_lib.data",
            "detect_image": "ssd_lib.predict",
            "load_weights": "ssd_lib.model",
            "save_weights": "ssd_lib.model",
            "ssd300_vgg16": "ssd_lib.model",
            "ssd512_vgg16": "ssd_lib.model",
            "ssd_tiny": "ssd_lib.model",
        },
    )

__version__ = "0.1.0"

__all__ = [
    "SSD300_COCO",
    "SSD300_VOC",
    "SSD512_COCO",
    "SSD512_VOC",
    "CocoJson",
    "ToyScenes",
    "VOCFolder",
    "__version__",
    "detect_image",
    "load_weights",
    "save_weights",
    "ssd300_vgg16",
    "ssd512_vgg16",
    "ssd_tiny",
]
