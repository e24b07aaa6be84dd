"""The weights that a command is given."""

import torch

from ssd_lib.model import Loaded, load_weights, torchvision_coco


def open_weights(name: str, device: torch.device) -> Loaded:
    """Weights from a file, or torchvision's by the name ``coco``.

    Raises:
        OSError, ValueError: if there are none, or the file is no weight file.
    """
    loaded = torchvision_coco() if name == "coco" else load_weights(name)
    return loaded._replace(model=loaded.model.to(device))
