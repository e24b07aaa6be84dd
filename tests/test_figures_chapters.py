"""What the chapters' figures show, in numbers, and in the page's colours."""

import re

import pytest
import torch

from ssd_lib.boxes import box_iou
from ssd_lib.data import running_picture
from ssd_lib.default_boxes import SSD300_VOC
from ssd_lib.features import VGG16Features
from ssd_lib.figures import boxes, default_boxes, features, matching, offsets
from ssd_lib.figures.style import colours
from ssd_lib.receptive_fields import receptive_fields

GRIDS = [row.grid for row in SSD300_VOC.maps]


@pytest.fixture(scope="module")
def scene():
    return running_picture()


@pytest.fixture(scope="module")
def vgg():
    with torch.device("meta"):
        found = VGG16Features(300)
    return found.map_names, receptive_fields(found.stages)


def tokens(page):
    return set(re.findall(r"var\(--ssd-([\w-]+)", page))


def rows(figure):
    return [line.split() for line in figure.numbers.splitlines()]


def test_every_object_has_the_colour_of_its_class(scene):
    found = boxes.scene_boxes(scene.image, scene.fractions, scene.labels)
    assert tokens(found.svg) >= {*scene.labels, "on-box"}
    assert repr(found).splitlines()[0] == "kite 0.052 0.065 0.238 0.333"
    assert len(repr(found).splitlines()) == 7


def test_the_table_of_ious_writes_and_shades_each_pair(scene):
    ious = box_iou(scene.fractions, scene.fractions)
    found = boxes.iou_matrix(ious, scene.labels)
    table = rows(found)
    assert table[0] == list(scene.labels)
    assert table[6] == ["dog", "0.01", "0.00", "0.00", "0.00", "0.04", "1.00", "0.04"]
    assert found.svg.count(">1.00<") == 7
    assert found.svg.count(">0.04<") == 6
    assert found.svg.count("&lt; 0.01") == 2
    shaded = found.svg.count(colours()["positive"])
    assert shaded == int((ious > 0).sum())


def test_boxes_on_a_wide_image_and_on_the_square(scene):
    both = torch.tensor([[0.1, 0.2, 0.4, 0.5], [0.6, 0.2, 0.8, 0.5]])
    wide = scene.image[:, :400]
    found = boxes.warped_squares(wide, scene.image, both, ["one", "two"])
    first, second = found.pictures
    assert 'viewBox="0 0 600 400"' in first.svg
    assert 'viewBox="0 0 600 600"' in second.svg
    assert 'width="180.0" height="120.0"' in first.svg
    assert 'width="180.0" height="180.0"' in second.svg


def test_a_shifted_box_says_its_iou(scene):
    box = scene.fractions[5]
    found = boxes.shifted_box(scene.image, box, box + 0.05, 0.6812)
    assert found.names == ["true", "IoU 0.68"]
    assert found.boxes[1] == (box + 0.05).tolist()


def test_one_cell_s_boxes_keep_their_names(scene):
    six = torch.rand(6, 2, generator=torch.Generator().manual_seed(0)) / 2
    six = torch.cat([six, six + 0.4], dim=1)
    found = default_boxes.one_cell(scene.image, six, list("abcdef"))
    assert [line.split()[0] for line in repr(found).splitlines()] == list("abcdef")


def test_scales_lie_on_one_ruler_in_the_colours_of_their_maps():
    found = default_boxes.scales_ruler({"ours": [0.1, 0.2, 0.375, 0.5, 0.7, 0.9]})
    assert rows(found)[1] == ["ours", "0.100", "0.200", "0.375", "0.500", "0.700", "0.900"]
    assert ">0.375<" in found.svg
    assert ">0.2<" in found.svg
    assert tokens(found.svg) >= {f"map-{number}" for number in range(1, 7)}


def test_the_reach_of_a_map_is_where_half_of_the_squares_are_reached():
    shares = torch.zeros(5, 6)
    shares[1:3, 0] = 1
    shares[3:, 1] = torch.tensor([0.4, 0.9])
    shares[:, 2:] = 1
    found = default_boxes.reach_of_maps([10, 20, 30, 40, 50], shares, GRIDS, 21.2)
    said = [line[3:] for line in rows(found)[1:]]
    assert said == [["20", "30"], ["50", "50"], *[["10", "50"]] * 4]
    assert "below 21.2 px: none" in found.svg


def test_fields_are_nested_around_the_image(vgg):
    found = features.nested_fields(*vgg)
    assert [line[1] for line in rows(found)[1:]] == ["108", "452", "516", "644", "772", "900"]
    assert "the image, 300 px" in found.svg


def test_middles_of_fields_and_boxes_stand_side_by_side(vgg):
    found = rows(features.two_middles(*vgg, SSD300_VOC.maps))
    assert found[1] == ["conv4_3", "0", "4", "4"]
    assert ["conv9_2", "0", "8", "32"] in found
    assert ["conv10_2", "2", "200", "250"] in found
    assert len(found) == 1 + 5 * 3 + 1


def test_dependence_says_each_column():
    found = features.dependence([5, 15], {"fine": [0.1, 0.9], "coarse": [0.5, 0.5]})
    assert rows(found)[1:] == [["5", "0.100", "0.500"], ["15", "0.900", "0.500"]]
    assert {"map-1", "map-2"} <= tokens(found.svg)


def test_spreads_are_those_of_the_offsets():
    raw = torch.tensor([[-1.0, 0, -2, 0], [1, 0, 2, 0]]) / 2**0.5  # spread 1 and 2
    found = offsets.spreads(raw / 10, raw)
    first, second = (rows(figure) for figure in found.figures)
    assert [line[-1] for line in first[1:]] == ["0.10", "0.20"]
    assert [line[-1] for line in second[1:]] == ["1.00", "2.00"]


def test_an_object_and_its_default_box_are_told_apart(scene):
    dog = scene.fractions[5]
    found = offsets.object_and_default(scene.image, dog, dog + 0.1, "dog", 0.5)
    assert found.names == ["dog", "default box, IoU 0.50"]
    assert {"dog", "default"} <= tokens(found.svg)


def test_each_object_has_an_image_with_its_matches(scene):
    found = matching.matched_boxes(
        scene.image,
        {"cat": (scene.fractions[4:5], ["box 7"]), "dog": (scene.fractions[5:], ["a", "b"])},
    )
    assert [p.title for p in found.pictures] == ["matched with the cat", "matched with the dog"]
    assert repr(found).count("box 7") == 1
    assert "two default boxes" in found.pictures[0].alt
