"""A packed network is the network: read back here by a few lines of PyTorch."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from ssd_lib.assets import path
from ssd_lib.heads import flatten_predictions
from ssd_lib.model import load_weights, ssd300_vgg16, ssd_tiny
from ssd_lib.model.packed import pack

ROOT = Path(__file__).parents[1]
SHIPPED = path("weights/toy_tiny.safetensors")


def numbers(packed, layer, name, dtype, shape):
    start, count = layer[name], int(np.prod(shape))
    values = np.frombuffer(packed.weights, dtype, count, start)
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def weight_of(packed, layer):
    shape = (layer["filters"], layer["channels"], 3, 3)
    if packed.network["dtype"] == "float32":
        return numbers(packed, layer, "weights", "<f4", shape)
    scales = numbers(packed, layer, "scales", "<f4", (layer["filters"], 1, 1, 1))
    return numbers(packed, layer, "weights", "i1", shape) * scales


def answers(packed, images):
    """Offsets and logits of a batch, from the description and the bytes alone."""
    outputs, rows = [], {"offsets": [], "logits": []}
    for layer in packed.network["layers"]:
        x = images if layer["input"] < 0 else outputs[layer["input"]]
        bias = numbers(packed, layer, "bias", "<f4", (layer["filters"],))
        x = conv2d(x, weight_of(packed, layer), bias, layer["stride"], padding=1)
        outputs.append(x.relu() if layer["kind"] == "features" else x)
        if layer["kind"] != "features":
            width = 4 if layer["kind"] == "offsets" else len(packed.network["classes"])
            rows[layer["kind"]].append(flatten_predictions(x, width))
    return [torch.cat(rows[kind], dim=1) for kind in ("offsets", "logits")]


def random_model(classes=4):
    """A network whose batch normalisations have seen something."""
    torch.manual_seed(3)
    model = ssd_tiny(classes)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias)
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return model.eval()


NAMES = ["background", "a", "b", "c"]
IMAGES = torch.randn(2, 3, 128, 128, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
def test_floats_give_the_models_answers():
    model = random_model()
    for ours, theirs in zip(
        answers(pack(model, NAMES, torch.float32), IMAGES), model(IMAGES), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_whole_numbers_are_within_half_a_step_of_the_weights():
    model = random_model()
    exact, rounded = pack(model, NAMES, torch.float32), pack(model, NAMES)
    for wanted, layer in zip(exact.network["layers"], rounded.network["layers"], strict=True):
        theirs = weight_of(exact, wanted).flatten(1)
        ours = weight_of(rounded, layer).flatten(1)
        half = theirs.abs().amax(dim=1, keepdim=True) / 127 / 2
        assert ((ours - theirs).abs() <= half * 1.001).all()
        assert torch.equal(ours.abs().amax(dim=1) > 0, theirs.abs().amax(dim=1) > 0)
    assert len(rounded.weights) < 0.27 * len(exact.weights)


def test_a_filter_of_zeros_stays_one():
    model = random_model()
    with torch.no_grad():
        model.heads.logits[0].weight[5] = 0
    packed = pack(model, NAMES)
    [layer, *_] = [x for x in packed.network["layers"] if x["kind"] == "logits"]
    assert weight_of(packed, layer)[5].abs().sum() == 0
    assert weight_of(packed, layer).isfinite().all()


def test_the_model_is_left_as_it_was_and_its_mode_does_not_matter():
    model = random_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    packed = pack(model, NAMES)
    assert pack(model.train(), NAMES) == packed
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_the_description_says_what_the_page_needs():
    network = pack(random_model(), NAMES).network
    assert json.loads(json.dumps(network)) == network
    assert network["classes"] == NAMES
    assert network["layout"]["variances"] == [0.1, 0.2]
    assert network["maps"] == ["conv4", "conv6", "conv8", "conv9", "conv10"]
    kinds = [layer["kind"] for layer in network["layers"]]
    assert [kinds.count(kind) for kind in ("features", "offsets", "logits")] == [10, 5, 5]
    ends = [x["map"] for x in network["layers"] if x["kind"] == "features"]
    assert ends == [None, None, None, 0, None, 1, None, 2, 3, 4]


def test_the_header_says_how_long_it_is():
    packed = pack(random_model(), NAMES)
    content = packed.as_bytes()
    length = int.from_bytes(content[:8], "little")
    assert length % 8 == 0
    assert json.loads(content[8 : 8 + length]) == packed.network
    assert content[8 + length :] == packed.weights


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda: pack(ssd300_vgg16(4), NAMES), "TinyFeatures, got VGG16Features"),
        (lambda: pack(ssd_tiny(4), NAMES[:3]), "classes must be 4 names, got 3"),
        (lambda: pack(ssd_tiny(4), NAMES, torch.float16), "torch.int8 or torch.float32, got"),
        (lambda: pack(spoilt(), NAMES), "heads.offsets.0.bias must be finite"),
    ],
    ids=["features", "classes", "dtype", "nan"],
)
def test_what_cannot_be_packed_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        change()


def spoilt():
    model = ssd_tiny(4)
    torch.nn.init.constant_(model.heads.offsets[0].bias, float("nan"))
    return model


def test_the_shipped_file_is_the_shipped_network():
    content = path("weights/toy_tiny.packed").read_bytes()
    assert content == pack(*load_weights(SHIPPED)).as_bytes()
    assert 4 * len(content) / 3 < 1_500_000  # as a script
    listed = (ROOT / "data/README.md").read_text(encoding="utf-8")
    assert f"{hashlib.sha256(content).hexdigest()}  weights/toy_tiny.packed" in listed
