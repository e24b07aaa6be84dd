"""The weights that torchvision trained, in our network."""

from collections.abc import Mapping

from torch import Tensor
from torchvision.models.detection import SSD300_VGG16_Weights

from ssd_lib.default_boxes import SSD300_TORCHVISION
from ssd_lib.model.ssd import SSD, ssd300_vgg16
from ssd_lib.model.weights import Loaded


def torchvision_coco() -> Loaded:
    """SSD300 with torchvision's COCO weights, downloaded once (136 MB), hash checked.

    80 kinds of things, under 91 numbers: COCO left some out, they are called "N/A".

    Raises:
        OSError: if the download fails.
        RuntimeError: if what came has another hash.
    """
    weights = SSD300_VGG16_Weights.COCO_V1
    classes = ("background", *weights.meta["categories"][1:])
    model = ssd300_vgg16(len(classes), layout=SSD300_TORCHVISION)
    try:
        state_dict = weights.get_state_dict(progress=True, check_hash=True)
    except OSError as error:
        raise OSError(f"{weights.url} cannot be downloaded: {error}") from error
    load_torchvision_ssd300(model, state_dict)
    return Loaded(model.eval(), classes, (0.1, 0.2))


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
