"""The running picture, which goes through all chapters.

It lies in the project's ``data`` folder; ``tools/running_picture.py`` draws it.
"""

import json

import numpy as np
import torch
from PIL import Image

from ssd_lib.assets import path
from ssd_lib.data.toy.composition import Placed, Scene

RUNNING = (  # from back to front
    Placed("kite", 0.145, 0.200, 0.270),
    Placed("bird", 0.780, 0.110, 0.085),
    Placed("bird", 0.885, 0.160, 0.062),
    Placed("car", 0.835, 0.425, 0.085, flip=True),
    Placed("cat", 0.725, 0.715, 0.440),
    Placed("dog", 0.360, 0.620, 0.690),
    Placed("ball", 0.590, 0.900, 0.125),
)


def running_picture() -> Scene:
    """The image that goes through all chapters, 600 x 600 pixels, 7 objects.

    Example:
        >>> scene = running_picture()
        >>> scene.image.shape, scene.labels[5]
        (torch.Size([3, 600, 600]), 'dog')
    """
    with Image.open(path("running_picture.webp")) as image:
        pixels = np.array(image.convert("RGB"))
    objects = json.loads(path("running_picture.json").read_text(encoding="utf-8"))["objects"]
    return Scene(
        torch.from_numpy(pixels).permute(2, 0, 1),  # [H, W, 3] -> [3, H, W]
        torch.tensor([thing["box_px"] for thing in objects], dtype=torch.float32),
        tuple(thing["label"] for thing in objects),
    )
