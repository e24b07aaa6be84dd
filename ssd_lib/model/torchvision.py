"""The weights that torchvision trained, in our network."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from torchvision.models import VGG16_Weights, WeightsEnum
from torchvision.models.detection import SSD300_VGG16_Weights

from ssd_lib.default_boxes import SSD300_TORCHVISION
from ssd_lib.download import download
from ssd_lib.features import VGG16Features
from ssd_lib.images import MEAN
from ssd_lib.model.ssd import SSD, ssd300_vgg16
from ssd_lib.model.weights import Loaded

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # what torchvision's own VGG16 expects, not MEAN
IMAGENET_STD = (0.229, 0.224, 0.225)
CONVS_TO_4_3 = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)  # their places among VGG16's layers


def torchvision_coco() -> Loaded:
    """SSD300 with torchvision's COCO weights, downloaded once (136 MB), hash checked.

    80 kinds of things under 91 numbers: those that COCO left out are called "N/A".

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


def load_vgg16(model: SSD) -> None:
    """Give a model the VGG16 that the paper starts from, downloaded once (528 MB).

    Its weights were learnt on ImageNet with Caffe's normalisation, which is ours. fc6
    and fc7 are not among them.

    Raises:
        OSError: if the download fails.
        ValueError: if the model's features are another network, or what came has
            another hash.
    """
    if not isinstance(model.features, VGG16Features):
        raise ValueError(
            f"model's features must be VGG16Features, got {type(model.features).__name__}"
        )
    state_dict = torchvision_state_dict(VGG16_Weights.IMAGENET1K_FEATURES)
    load_torchvision_vgg16(model.features, state_dict)


def load_torchvision_vgg16(features: VGG16Features, state_dict: Mapping[str, Tensor]) -> bool:
    r"""Copy the weights of torchvision's ``vgg16`` into the layers up to conv7.

    torchvision has two sets. ``IMAGENET1K_FEATURES`` is Caffe's: it takes the images
    that our network takes, but its classifier is NaN, so fc6 and fc7 are left as they
    are. ``IMAGENET1K_V1`` has a classifier; it expects other images, so the
    difference is folded into conv1_1: with :math:`x' = (x / 255 + m - \mu) / \sigma`,

    .. math:: W' = \frac{W}{255\, \sigma} \qquad b' = b + \sum W\, \frac{m - \mu}{\sigma}

    (exact but for the outermost pixels, where padding stands for another colour).
    fc6 and fc7 keep every fourth channel and, of 7x7 positions, every third.

    Args:
        features: without batch normalisation.
        state_dict: of ``torchvision.models.vgg16``.

    Returns:
        Whether fc6 and fc7 were loaded, too.

    Raises:
        ValueError: if ``features`` has batch normalisation.
    """
    if features.settings["batch_norm"]:
        raise ValueError("features must be without batch_norm, got some with it")
    vgg = dict(state_dict)
    has_classifier = bool(vgg["classifier.0.weight"].isfinite().all())
    if has_classifier:
        _fold_normalization(vgg)
    found = {f"conv1_to_4.{i}": f"features.{i}" for i in CONVS_TO_4_3}
    found |= {f"conv5_to_7.{i}": f"features.{i + 23}" for i in (1, 3, 5)}
    ours = {
        f"{our}.{kind}": vgg[f"{their}.{kind}"]
        for our, their in found.items()
        for kind in ("weight", "bias")
    }
    if has_classifier:
        fc6 = vgg["classifier.0.weight"].reshape(4096, 512, 7, 7)
        fc7 = vgg["classifier.3.weight"].reshape(4096, 4096, 1, 1)
        ours["conv5_to_7.8.weight"] = fc6[::4, :, ::3, ::3]  # [1024, 512, 3, 3]
        ours["conv5_to_7.8.bias"] = vgg["classifier.0.bias"][::4]
        ours["conv5_to_7.10.weight"] = fc7[::4, ::4]  # [1024, 1024, 1, 1]
        ours["conv5_to_7.10.bias"] = vgg["classifier.3.bias"][::4]
    features.load_state_dict(ours, strict=False)
    return has_classifier


def _fold_normalization(vgg: dict[str, Tensor]) -> None:
    """Let conv1_1 take images normalised as ours where it was trained with torchvision's."""
    weight = vgg["features.0.weight"]  # [64, 3, 3, 3]
    caffe, mean, std = (
        weight.new_tensor(values)[:, None, None] for values in (MEAN, IMAGENET_MEAN, IMAGENET_STD)
    )
    vgg["features.0.weight"] = weight / (255 * std)
    shift = (weight * ((caffe - mean) / std)).sum(dim=(1, 2, 3))  # [64]
    vgg["features.0.bias"] = vgg["features.0.bias"] + shift


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
