"""What the figures of feature maps and of the backbone show, in numbers."""

import re

import pytest
import torch

from ssd_lib.data import running_picture
from ssd_lib.default_boxes import SSD300_VOC
from ssd_lib.features import VGG16Features
from ssd_lib.figures import backbone, features, fields
from ssd_lib.receptive_fields import ReceptiveField, receptive_fields


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


def test_nine_cells_lie_around_row_892(scene):
    found = features.nine_cells(scene.image, scene.fractions[2], (5, 33), 8 / 300)
    whole, near = found.pictures
    x1, y1, x2, y2 = (300 * value for value in whole.boxes[0])
    assert (round(x1), round(y1), round(x2), round(y2)) == (256, 32, 280, 56)
    assert near.boxes[1] == whole.boxes[0]
    assert near.boxes[0][0] < near.boxes[1][0]  # the beak sticks out
    assert near.boxes[0][2] < near.boxes[1][2]
    assert near.svg.count("<path") == 1


def test_each_grid_fills_the_cells_of_the_middles(scene):
    found = features.six_grids(
        scene.image, scene.fractions[[2, 5]], ["bird", "dog"], SSD300_VOC.maps
    )
    assert [p.title for p in found.pictures] == [
        f"{row.grid} × {row.grid}" for row in SSD300_VOC.maps
    ]
    assert found.pictures[0].names == ["bird in cell (5, 33)", "dog in cell (23, 13)"]
    assert found.pictures[-1].names == ["bird in cell (0, 0)", "dog in cell (0, 0)"]
    wide = re.findall(r'<g opacity="0.6"><rect [^>]*?width="([\d.]+)"', found.pictures[3].svg)
    assert [float(value) for value in wide] == [600 / 5]


def test_table_3_has_a_dot_and_a_ring_in_every_row():
    names = ["one", "two"]
    found = features.which_maps(names, [([1, 1], 74.3, 63.4), ([0, 1], 62.4, 64.0)])
    assert rows(found) == [
        ["maps", "with", "without"],
        ["one", "two", "74.3", "63.4"],
        ["two", "62.4", "64.0"],
    ]
    assert {"mined", "map-2"} <= tokens(found.svg)


def test_what_can_be_read_has_a_line_for_each_size():
    by_size = {"small": [0.5, 0.25], "middle": [0.5, 0.75], "large": [0.5, 1.0]}
    found = features.readable({"trained": by_size, "untrained": by_size}, ["conv1", "conv2"])
    first, second = found.figures
    assert first.numbers.splitlines()[0] == "small: 1 0.5, 2 0.25"
    assert second.numbers == first.numbers
    assert {"mined", "forced", "prediction"} <= tokens(first.svg)


def test_the_field_grows_around_the_cell_at_the_point(scene):
    steps = [("fine", ReceptiveField(40, 4, 2)), ("coarse", ReceptiveField(452, 16, 8))]
    found = fields.growing_field(scene.image, steps, (268, 44), 300)
    fine, coarse = ([300 * value for value in p.boxes[0]] for p in found.pictures)
    assert fine == pytest.approx([250, 26, 290, 66], abs=1e-3)
    assert coarse == pytest.approx([38, -186, 490, 266], abs=1e-3)
    assert [p.title for p in found.pictures] == ["fine: 40 px", "coarse: 452 px"]
    assert all("paper" in tokens(p.svg) for p in found.pictures)  # what dims the rest


def test_fields_are_nested_around_the_image(vgg):
    found = fields.nested_fields(*vgg)
    assert [int(row[-1]) for row in rows(found)[1:]] == [108, 452, 516, 644, 772, 900]
    assert {f"map-{number}" for number in range(1, 7)} <= tokens(found.svg)


def test_middles_of_fields_and_boxes_stand_side_by_side(vgg):
    found = rows(fields.two_middles(*vgg, SSD300_VOC.maps))
    middles = {(row[0], int(row[1])): (float(row[2]), float(row[3])) for row in found[1:]}
    assert middles["conv4_3", 37] == (300, 300)
    assert middles["conv9_2", 0] == (8, 32)


def test_heat_is_light_where_the_weight_is(scene):
    heat = torch.zeros(120, 120)
    heat[50:70, 50:70] = 1.0
    heat[0, 0] = 400.0 / 3  # a quarter of all
    found = fields.heat_maps(scene.image, {"a spot": (heat, (0, 0, 1, 1), 60)})
    [frame] = found.pictures
    assert frame.names == ["middle half of the field holds 0.75 of the weight; field"]
    assert frame.title == "a spot"


def test_what_is_cut_is_crossed_out_and_what_is_read_is_numbered():
    before = [("conv1", 224, 64, "kept", 0), ("fc8", 1, 1000, "gone", 0)]
    after = [("conv1", 300, 64, "kept", 0), ("conv4", 38, 512, "kept", 1)]
    one, other = backbone.cut(before, after, (224, 300)).pictures
    assert one.numbers.splitlines() == [
        "conv1: 224 × 224 × 64, kept",
        "fc8: 1000 numbers, gone",
    ]
    assert other.numbers.splitlines()[1] == "conv4: 38 × 38 × 512, kept, map 1"
    assert (one.svg.count("<path"), other.svg.count("<path")) == (1, 0)


def test_four_steps_keep_nine_cells_and_put_them_six_apart():
    dense, kernel, kept, holes = backbone.four_steps(19, 7, 3, 6, 512).pictures
    blue = "var(--ssd-prediction"
    assert [p.svg.count(blue) for p in (dense, kernel, kept, holes)] == [49, 49, 9, 9]
    assert dense.numbers == "49 cells. 25,088 weights an output"
    assert kept.numbers == "9 cells. 4,608 weights an output"
    places = re.findall(r'<rect x="([\d.]+)"[^>]*var\(--ssd-prediction', holes.svg)
    columns = sorted({round(float(x) * 19 / 600) for x in places})
    assert columns == [3, 9, 15]


def test_weights_stand_in_pairs():
    found = backbone.before_and_after({"fc6": (102_764_544, 4_719_616), "fc8": (4_097_000, 0)})
    assert [row[-2:] for row in rows(found)][:2] == [["102.8", "M"], ["4.7", "M"]]
    assert rows(found)[-1][-1] == "none"


def test_shares_are_of_the_whole():
    found = backbone.shares({"early": 3.0, "late": 1.0}, "work", ["map-1", "map-2"])
    assert [row[-1] for row in rows(found)] == ["(75%)", "(25%)"]


def test_every_map_has_a_bar_for_its_length():
    found = backbone.loudness({"net": {"conv4": 26.0, "conv6": 9.04}})
    assert repr(found).splitlines()[1].split() == ["conv6", "9.0"]


def test_arrows_say_their_lengths_before_and_after():
    cells = torch.tensor([[3.0, 4.0]])
    found = backbone.arrows(cells, 4 * cells, 20)
    assert repr(found).splitlines()[0] == "before: 3.0 4.0, length 5.0"
    assert repr(found).splitlines()[-1] == "after: 12.0 16.0, length 20.0"
