"""The whole network: parameters, counts, torchvision's weights, the ways it is run."""

import copy

import pytest
import torch
from torchvision.models.detection import ssd300_vgg16 as torchvision_ssd300

from ssd_lib.default_boxes import (
    SSD300_COCO,
    SSD300_VOC,
    DefaultBoxLayout,
    FeatureMap,
    default_boxes,
    layout_from_scales,
)
from ssd_lib.features import TinyFeatures
from ssd_lib.model import (
    MODELS,
    SSD,
    TINY,
    load_torchvision_ssd300,
    ssd300_vgg16,
    ssd512_vgg16,
    ssd_page,
    ssd_tiny,
)


def num_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.fixture(scope="module")
def torchvision_model():
    torch.manual_seed(0)
    return torchvision_ssd300(weights=None, weights_backbone=None, num_classes=21).eval()


@pytest.fixture(scope="module")
def loaded(torchvision_model):
    model = ssd300_vgg16().eval()
    load_torchvision_ssd300(model, torchvision_model.state_dict())
    return model


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    return ssd_tiny(9).eval()


def images(count=2, side=128, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, side, side, generator=generator) * 60


def test_parameters_are_those_of_the_paper():
    assert num_parameters(ssd300_vgg16()) == 26_285_486
    assert num_parameters(ssd512_vgg16()) == 27_188_676
    assert num_parameters(ssd300_vgg16(81, layout=SSD300_COCO)) == 34_305_206


@pytest.mark.parametrize("name", MODELS)
def test_a_network_is_built_by_its_name(name):
    with torch.device("meta"):
        model = MODELS[name].build(3)
        with_norm = MODELS[name].build(3, batch_norm=True)
    assert model.layout is MODELS[name].layout
    assert model.heads.num_classes == 3
    assert "running_var" in "".join(with_norm.state_dict())


def test_the_pages_network_is_as_large_as_its_image():
    model = ssd_page(4)
    assert num_parameters(model) == 82_836
    assert (model.layout.num_boxes, ssd_page(4, 48).layout.num_boxes) == (1008, 567)
    offsets, logits = ssd_page(5, 80).eval()(torch.randn(2, 3, 80, 80))
    assert (offsets.shape, logits.shape) == ((2, 1575, 4), (2, 1575, 5))


def test_the_pages_network_has_the_maps_of_its_layout():
    rows = ssd_page(4).layout.maps
    layout = DefaultBoxLayout(64, (rows[0], rows[2]))
    model = ssd_page(4, layout=layout)
    assert model.features.settings == {"maps": [1, 3]}
    assert model.layout is layout


def test_what_the_pages_network_cannot_be_is_refused():
    for size in (50, 0, -16):
        with pytest.raises(ValueError, match=f"size_px must be a multiple of 16, got {size}"):
            ssd_page(4, size)
    wrong = DefaultBoxLayout(64, (FeatureMap(5, 12.8, 20, None),))
    with pytest.raises(ValueError, match=r"maps of \[16, 8, 4\] cells along a side, got \[5\]"):
        ssd_page(4, layout=wrong)


def test_default_boxes_are_a_buffer_and_no_weight(tiny):
    assert "default_boxes" not in tiny.state_dict()
    assert "default_boxes" in dict(tiny.named_buffers())
    assert torch.equal(tiny.default_boxes, default_boxes(TINY))
    assert len(tiny.default_boxes) == 6136


def test_a_layout_that_does_not_fit_is_refused_with_both_numbers():
    grids, scales = (7, 2, 1, 1, 1), (0.1, 0.2, 0.4, 0.5, 0.6, 0.7)
    wrong = layout_from_scales(128, grids, scales, [(2, 3)] * 5)
    with pytest.raises(ValueError, match="the heads give 8184, the layout has 336"):
        SSD(TinyFeatures(), wrong, 3)


def test_the_same_weights_give_torchvisions_features_and_outputs(torchvision_model, loaded):
    x = images(1, 300)
    with torch.no_grad():
        theirs = list(torchvision_model.backbone(x).values())
        head = torchvision_model.head(theirs)
        ours = loaded.features(x)
        offsets, logits = loaded(x)
    pairs = [*zip(ours, theirs, strict=True)]
    pairs += [(offsets, head["bbox_regression"]), (logits, head["cls_logits"])]
    for got, expected in pairs:
        largest = expected.abs().max().item()
        torch.testing.assert_close(got, expected, atol=1e-4 * largest, rtol=0)


def test_weights_of_another_number_of_classes_are_named_and_change_nothing(
    torchvision_model,
):
    model = ssd300_vgg16(5)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match=r"head\.classification_head.* must be \[20, 512, 3, 3\]"):
        load_torchvision_ssd300(model, torchvision_model.state_dict())
    assert all(torch.equal(before[n], v) for n, v in model.state_dict().items())


def test_a_missing_weight_is_named(torchvision_model):
    weights = dict(torchvision_model.state_dict())
    del weights["backbone.scale_weight"]
    with pytest.raises(ValueError, match=r"backbone\.scale_weight must be .* got None"):
        load_torchvision_ssd300(ssd300_vgg16(), weights)


@pytest.mark.parametrize("training", [True, False])
def test_outputs_have_the_same_form_in_every_mode(training):
    offsets, logits = ssd_tiny(9).train(training)(images(3))
    assert offsets.shape == (3, 6136, 4)
    assert logits.shape == (3, 6136, 9)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            torch.zeros(2, 1, 128, 128),
            r"must be \[B, 3, 128, 128\], got \[2, 1, 128, 128\]",
        ),
        (torch.zeros(3, 128, 128), r"got \[3, 128, 128\]"),
        (torch.zeros(2, 3, 300, 300), r"got \[2, 3, 300, 300\]"),
        (
            torch.zeros(2, 3, 128, 128, dtype=torch.uint8),
            "must be floating-point, got torch.uint8",
        ),
    ],
)
def test_wrong_images_are_refused(tiny, wrong, message):
    with pytest.raises(ValueError, match=message):
        tiny(wrong)


def test_channels_last_gives_the_same(tiny):
    x = images()
    expected = tiny(x)
    last = ssd_tiny(9).eval()
    last.load_state_dict(tiny.state_dict())
    got = last.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


def test_autocast_gives_nearly_the_same(tiny):
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        offsets, _ = tiny(images())
    with torch.no_grad():
        expected, _ = tiny(images())
    assert offsets.dtype == torch.bfloat16
    assert (offsets.float() - expected).abs().max() < 0.05 * expected.abs().max()


@pytest.mark.slow
def test_export_gives_the_same_for_another_batch_size(tiny):
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(tiny, (images(),), dynamic_shapes=({0: batch},))
    with torch.no_grad():
        for a, b in zip(exported.module()(images(5)), tiny(images(5)), strict=True):
            torch.testing.assert_close(a, b)


# Python 3.13.0 alone makes torch warn of its own slower guards.
@pytest.mark.filterwarnings("ignore:Guards may run slower:RuntimeWarning")
def test_compile_takes_the_whole_forward_in_one_graph(tiny):
    compiled = torch.compile(tiny, backend="eager", fullgraph=True)
    with torch.no_grad():
        for a, b in zip(compiled(images()), tiny(images()), strict=True):
            torch.testing.assert_close(a, b)


def test_every_parameter_of_the_tiny_one_gets_a_gradient():
    model = ssd_tiny(4)
    offsets, logits = model(images())
    (offsets.square().mean() + logits.square().mean()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_the_voc_layout_is_the_default():
    assert ssd300_vgg16().layout is SSD300_VOC


@pytest.mark.parametrize(
    "convert",
    [
        lambda model: model.half(),
        lambda model: model.bfloat16(),
        lambda model: model.double(),
        lambda model: model.to(torch.float16).to(torch.float32),
        lambda model: model.to("meta").to_empty(device="cpu"),
    ],
)
def test_the_default_boxes_keep_all_their_digits(tiny, convert):
    model = convert(copy.deepcopy(tiny))
    assert model.default_boxes.dtype == torch.float32
    assert torch.equal(model.default_boxes, default_boxes(TINY))
    assert "default_boxes" in dict(model.named_buffers())


def test_the_default_boxes_go_where_the_model_goes(tiny):
    assert copy.deepcopy(tiny).to("meta").default_boxes.device.type == "meta"


def test_a_default_dtype_of_float64_makes_no_other_default_boxes():
    wanted = default_boxes(TINY)
    torch.set_default_dtype(torch.float64)
    try:
        found = default_boxes(TINY)
    finally:
        torch.set_default_dtype(torch.float32)
    assert found.dtype == torch.float32
    assert torch.equal(found, wanted)
