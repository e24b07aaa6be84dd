"""The whole network: assembly, weights in and out, no mathematics."""

from ssd_lib.model.packed import Packed, pack
from ssd_lib.model.ssd import (
    MODELS,
    PAGE,
    SSD,
    TINY,
    Architecture,
    ssd300_vgg16,
    ssd512_vgg16,
    ssd_page,
    ssd_tiny,
)
from ssd_lib.model.torchvision import (
    load_torchvision_ssd300,
    load_torchvision_vgg16,
    load_vgg16,
    torchvision_coco,
)
from ssd_lib.model.weights import Loaded, load_weights, save_weights

__all__ = [
    "MODELS",
    "PAGE",
    "SSD",
    "TINY",
    "Architecture",
    "Loaded",
    "Packed",
    "load_torchvision_ssd300",
    "load_torchvision_vgg16",
    "load_vgg16",
    "load_weights",
    "pack",
    "save_weights",
    "ssd300_vgg16",
    "ssd512_vgg16",
    "ssd_page",
    "ssd_tiny",
    "torchvision_coco",
]
