"""The weights that torchvision trained, in our network."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from torchvision.models import WeightsEnum
from torchvision.models.detection import SSD300_VGG16_Weights

from ssd_lib.default_boxes import SSD300_TORCHVISION
from ssd_lib.download import download
from ssd_lib.model.ssd import SSD, ssd300_vgg16
from ssd_lib.model.weights import Loaded


def torchvision_coco() -> Loaded:
    """SSD300 with torchvision's COCO weights, downloaded once (136 MB), hash checked.

    80 kinds of things, under 91 numbers: COCO left some out, they are called "N/A".

    Raises:
        OSError: if the download fails.
        ValueError: if what came has another hash, or what is there is damaged.
    """
    weights = SSD300_VGG16_Weights.COCO_V1
    classes = ("background", *weights.meta["categories"][1:])
    state_dict = torchvision_state_dict(weights)
    model = ssd300_vgg16(len(classes), layout=SSD300_TORCHVISION)
    load_torchvision_ssd300(model, state_dict)
    return Loaded(model.eval(), classes)


def torchvision_state_dict(weights: WeightsEnum) -> dict[str, Tensor]:
    """Weights that torchvision names, downloaded once to where torch.hub keeps them.

    What ``weights.get_state_dict(check_hash=True)`` gives, with the care of
    :func:`ssd_lib.download.download`. Nothing but tensors is unpickled.

    Raises:
        OSError: if the download fails.
        ValueError: if what came has another hash than its name says, or what is there
            is damaged.
    """
    path = Path(torch.hub.get_dir(), "checkpoints", weights.url.rpartition("/")[2])
    named = re.search("-([a-f0-9]+)[.]", path.name)  # torch.hub's rule
    download(weights.url, path, f"sha256:{named[1]}" if named else "")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old pickles; they are refused anyway
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # a damaged pickle leads to whatever error it likes
        raise ValueError(
            f"{path} cannot be read as weights: delete it, and it will be downloaded again"
        ) from error


def load_torchvision_ssd300(model: SSD, state_dict: Mapping[str, Tensor]) -> None:
    """Copy the weights of torchvision's ``ssd300_vgg16`` into ours.

    The layers are the same and stand in the same order; only the names differ:
    ``backbone.features`` is our ``conv1_to_4``, ``backbone.extra.0`` our
    ``conv5_to_7``, the other ``backbone.extra`` our ``extras``,
    ``backbone.scale_weight`` our ``norm.scale``; ``regression_head`` gives offsets and
    ``classification_head`` logits. torchvision's COCO weights have 91 classes and go
    with the layout ``SSD300_TORCHVISION``.

    Args:
        model: from :func:`ssd300_vgg16`, with as many classes.
        state_dict: torchvision's.

    Raises:
        ValueError: if a weight is missing or has another shape; it is named, and the
            model is left as it was.
    """
    ours = model.state_dict()
    theirs = dict(zip(ours, _torchvision_names(model), strict=True))
    for name, value in ours.items():
        found = state_dict.get(theirs[name])
        shape = None if found is None else list(found.shape)
        if shape != list(value.shape):
            raise ValueError(
                f"{theirs[name]} must be {list(value.shape)} (our {name}), got {shape}"
            )
    model.load_state_dict({name: state_dict[theirs[name]] for name in ours})


def _torchvision_names(model: SSD) -> list[str]:
    """Torchvision's names of our weights, in the order of our state dict."""
    names = []
    for name in model.state_dict():
        module, _, rest = name.removeprefix("features.").partition(".")
        index, _, kind = rest.partition(".")
        if module == "conv1_to_4":
            names.append(f"backbone.features.{rest}")
        elif module == "norm":
            names.append("backbone.scale_weight")
        elif module == "conv5_to_7" and int(index) < 7:
            names.append(f"backbone.extra.0.{rest}")
        elif module == "conv5_to_7":  # pool5, fc6, ReLU, fc7, ReLU are one module there
            names.append(f"backbone.extra.0.7.{int(index) - 7}.{kind}")
        elif module == "extras":
            names.append(f"backbone.extra.{int(index) + 1}.{kind}")
        else:
            head = {"offsets": "regression", "logits": "classification"}[index]
            names.append(f"head.{head}_head.module_list.{kind}")
    return names
