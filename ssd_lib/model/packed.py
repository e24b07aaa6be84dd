"""A network as the page runs it: a description, and its weights in few bytes.

Batch normalisation is folded into the convolutions before it, and each filter keeps its
weights as whole numbers from -127 to 127 with a scale of its own. What is left is a list
of 3x3 convolutions, which ``widgets/engine/network.js`` reads.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ssd_lib.default_boxes import DefaultBoxLayout
from ssd_lib.features import TinyFeatures
from ssd_lib.heads import Heads
from ssd_lib.images import MEAN
from ssd_lib.model.ssd import SSD
from ssd_lib.model.state import check_values

FORMAT = "ssd_lib page 1"
DTYPES = {torch.int8: "int8", torch.float32: "float32"}
LARGEST = 127  # of an int8; -128 is not used, so that zero is in the middle


class Packed(NamedTuple):
    """What :func:`pack` gives.

    Attributes:
        network: ``format``, ``dtype``, ``classes`` (background first), ``mean`` (what
            is taken off the image), ``layout`` (the default boxes with their variances),
            ``maps`` (their names, finest first) and ``layers``, in the order in which
            they are run. A layer is a 3x3 convolution: ``kind`` ("features" with ReLU,
            "offsets" or "logits" without), ``input`` (the number of the layer whose
            output it reads, -1 for the image), ``map`` (which map its output is, or
            which one a head reads; else None), ``channels``, ``filters``, ``stride``,
            and at which byte its ``weights``, its ``bias`` and (of int8) its ``scales``
            begin. All of it is what JSON can hold.
        weights: little-endian bytes of all layers: ``weights``
            ``[filters, channels, 3, 3]``, ``bias`` and ``scales`` ``[filters]``, float32.
    """

    network: dict[str, Any]
    weights: bytes

    def as_bytes(self) -> bytes:
        """Both in one: the header's length, 8 bytes; the header, JSON; the weights."""
        header = json.dumps(self.network, separators=(",", ":"), sort_keys=True).encode()
        header += b" " * (-len(header) % 8)
        return len(header).to_bytes(8, "little") + header + self.weights


class _Convolution(NamedTuple):
    """A 3x3 convolution with bias, and where it stands in the network."""

    weight: Tensor  # [filters, channels, 3, 3], float64
    bias: Tensor  # [filters], float64
    stride: int
    kind: str
    input: int
    map: int | None


def pack(model: SSD, classes: Sequence[str], dtype: torch.dtype = torch.int8) -> Packed:
    r"""A network of the small kind in the form that the page runs.

    A batch normalisation with weight :math:`\gamma`, bias :math:`\beta`, running mean
    :math:`\mu` and variance :math:`\sigma^2` after a convolution :math:`W` is one
    convolution with

    .. math::
        W' = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}} W \qquad
        b' = \beta - \frac{\gamma\,\mu}{\sqrt{\sigma^2 + \epsilon}}

    Args:
        model: with :class:`ssd_lib.features.TinyFeatures`, in any mode and floating-point
            dtype, on any device; it is not changed.
        classes: names, background first; as many as the model has classes.
        dtype: of the weights: ``torch.int8``, a quarter of the bytes, each weight within
            half a step of a 127th of its filter's largest; or ``torch.float32``, exact.

    Returns:
        The description and the bytes; equal weights give equal bytes.

    Raises:
        ValueError: if the features are others, there is not one name per class, a weight
            is not finite, or the dtype is neither of the two.

    Example:
        >>> from ssd_lib.model import ssd_tiny
        >>> packed = pack(ssd_tiny(3), ["background", "cat", "dog"])
        >>> len(packed.network["layers"]), packed.network["maps"]
        (20, ['conv4', 'conv6', 'conv8', 'conv9', 'conv10'])

    References:
        Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
        Integer-Arithmetic-Only Inference", section 3.2, for the folding. Here only the
        weights are whole numbers, and only until they are loaded.
    """
    if not isinstance(model.features, TinyFeatures):
        raise ValueError(
            f"model's features must be TinyFeatures, got {type(model.features).__name__}"
        )
    if len(classes) != model.heads.num_classes:
        raise ValueError(f"classes must be {model.heads.num_classes} names, got {len(classes)}")
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be torch.int8 or torch.float32, got {dtype}")
    check_values(model.state_dict())
    layers, weights = _written(_convolutions(model.features, model.heads), dtype)
    network = {
        "format": FORMAT,
        "dtype": DTYPES[dtype],
        "classes": list(classes),
        "mean": list(MEAN),
        "layout": as_table(model.layout) | {"variances": list(model.layout.variances)},
        "maps": list(model.features.map_names),
        "layers": layers,
    }
    return Packed(network, weights)


def as_table(layout: DefaultBoxLayout) -> dict[str, Any]:
    """The layout as the page's ``geometry.js`` takes it.

    Args:
        layout: its variances are left out.

    Returns:
        ``image`` (side in pixels), ``maps`` with ``grid``, ``step``, ``min``, ``max`` and
        ``ratios`` each, and ``clampSizes``; lengths in pixels. JSON can hold it.
    """
    maps = [
        {
            "grid": row.grid,
            "step": row.step_px,
            "min": row.min_size_px,
            "max": row.max_size_px,
            "ratios": list(row.aspect_ratios),
        }
        for row in layout.maps
    ]
    return {"image": layout.image_px, "maps": maps, "clampSizes": layout.clamp_sizes}


def _convolutions(features: TinyFeatures, heads: Heads) -> Iterable[_Convolution]:
    """The features up to each map, followed by the two heads that read it."""
    done, before = 0, -1
    for number, stage in enumerate(features.stages):
        convolutions = [one for one in stage.children() if isinstance(one, nn.Conv2d)]
        norms = [one for one in stage.children() if isinstance(one, nn.BatchNorm2d)]
        for convolution, norm in zip(convolutions, norms, strict=True):
            is_map = convolution is convolutions[-1]
            weight, bias = _folded(convolution, norm)
            stride = convolution.stride[0]
            yield _Convolution(weight, bias, stride, "features", before, number if is_map else None)
            before, done = done, done + 1
        for kind, modules in (("offsets", heads.offsets), ("logits", heads.logits)):
            state = _in_float64(modules[number])
            yield _Convolution(state["weight"], state["bias"], 1, kind, before, number)
            done += 1


def _folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the one convolution that does what these two do."""
    state = _in_float64(norm)
    factor = state["weight"] / (state["running_var"] + norm.eps).sqrt()  # [filters]
    weight = _in_float64(convolution)["weight"] * factor[:, None, None, None]
    return weight, state["bias"] - factor * state["running_mean"]


def _in_float64(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().double() for name, value in module.state_dict().items()}


def _written(
    convolutions: Iterable[_Convolution], dtype: torch.dtype
) -> tuple[list[dict[str, Any]], bytes]:
    """The layers' descriptions and bytes: what is float32 first, so that it is aligned."""
    floats, numbers = bytearray(), bytearray()
    layers: list[dict[str, Any]] = []
    for one in convolutions:
        layer: dict[str, Any] = {
            "kind": one.kind,
            "input": one.input,
            "map": one.map,
            "stride": one.stride,
        }
        layer["filters"], layer["channels"] = one.weight.shape[:2]
        layer["bias"] = _append(floats, one.bias.float())
        weight = one.weight.float()
        if dtype == torch.int8:
            weight, scales = _rounded(one.weight)
            layer["scales"] = _append(floats, scales)
        layer["weights"] = _append(numbers, weight)  # counted from the last float on
        layers.append(layer)
    for layer in layers:
        layer["weights"] += len(floats)
    return layers, bytes(floats + numbers)


def _append(content: bytearray, values: Tensor) -> int:
    """Add the values' bytes; at which byte they begin."""
    start = len(content)
    array = values.cpu().contiguous().numpy()
    content += array.astype(array.dtype.newbyteorder("<")).tobytes()
    return start


def _rounded(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers ``[filters, ...]``, int8, and the scale of each filter, float32."""
    scales = (weight.flatten(1).abs().amax(dim=1) / LARGEST).float()  # [filters]
    step = scales.double().clamp(min=torch.finfo(torch.float32).tiny)  # a filter of zeros
    whole = (weight / step[:, None, None, None]).round().clamp(-LARGEST, LARGEST)
    return whole.to(torch.int8), scales
