"""The figure of the network says what the network does, and changes with it."""

import re
import xml.etree.ElementTree as ET

import pytest
import torch

from ssd_lib.architecture import HEAD_LEFT, TEXT_LEFT, WIDTH, architecture
from ssd_lib.features import TinyFeatures
from ssd_lib.model import SSD, TINY, ssd300_vgg16, ssd512_vgg16, ssd_tiny
from ssd_lib.pyramid import FeaturePyramid

SVG = "{http://www.w3.org/2000/svg}"
MODELS = {
    "ssd300": ssd300_vgg16(),
    "ssd512": ssd512_vgg16(num_classes=81, batch_norm=True),
    "tiny": ssd_tiny(9),
}


def texts(model):
    root = ET.fromstring(architecture(model).data)
    return [element.text for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", MODELS)
def test_every_map_has_the_shape_that_a_real_image_gets(name):
    model = MODELS[name]
    side = model.layout.image_px
    with torch.no_grad():
        maps = model.eval().features(torch.zeros(1, 3, side, side))
    said = texts(model)
    for map_name, x in zip(model.features.map_names, maps, strict=True):
        _, channels, height, width = x.shape
        assert f"{map_name}: {height} × {width} × {channels}" in said


@pytest.mark.parametrize("name", MODELS)
def test_heads_boxes_and_their_sum_are_the_layouts(name):
    model = MODELS[name]
    said = texts(model)
    counts = [int(t.split()[0]) for t in said if t.endswith(" boxes")]
    assert counts == [row.num_boxes for row in model.layout.maps]
    classes = model.heads.num_classes
    assert said.count(f"6 × (4 + {classes})") == sum(
        row.boxes_per_cell == 6 for row in model.layout.maps
    )
    assert said[-1] == f"{sum(counts)} rows of 4 offsets and {classes} logits"


def test_layers_are_counted_and_their_settings_named():
    said = texts(MODELS["ssd300"])
    assert said.count("3 × conv 3 × 3") == 3
    assert "conv 3 × 3, dilation 6" in said
    assert "max pool 3 × 3" in said  # pool5's stride is 1
    assert said.count("for the heads: L2 norm") == 1
    assert "conv 4 × 4" in texts(MODELS["ssd512"])
    assert "for the heads: L2 norm" not in texts(MODELS["tiny"])


@pytest.mark.parametrize("name", MODELS)
def test_it_is_read_to_those_who_do_not_see_it(name):
    root = ET.fromstring(architecture(MODELS[name]).data)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    described = root.find(f"{SVG}desc").text
    for map_name in MODELS[name].features.map_names:
        assert f"the map {map_name}" in described


@pytest.mark.parametrize("name", MODELS)
def test_text_stays_inside_its_column(name):
    """A letter of 12 px sans-serif is at most 7 px wide on average here."""
    root = ET.fromstring(architecture(MODELS[name]).data)
    for element in root.iter(f"{SVG}text"):
        if element.get("text-anchor") == "start":
            longest = (HEAD_LEFT if element.get("font-weight") else WIDTH) - TEXT_LEFT
            assert 6.2 * len(element.text) <= longest + 10
    height = float(root.get("viewBox").split()[3])
    assert max(float(e.get("y")) for e in root.iter(f"{SVG}text")) < height


def test_it_takes_the_colour_of_the_page_and_leaves_no_hook():
    model = ssd_tiny(3)
    data = architecture(model).data
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', data)) == {
        "currentColor",
        "none",
    }
    assert all(not m._forward_hooks for m in model.modules())
    assert architecture(model).data == data


def test_features_without_stages_are_named():
    pyramid = SSD(FeaturePyramid(TinyFeatures(), 8), TINY, 9)
    with pytest.raises(TypeError, match="stages, got FeaturePyramid"):
        architecture(pyramid)
