"""What the chapters' figures show, in numbers, and in the page's colours."""

import json
import re

import pytest
import torch

from ssd_lib.assets import path
from ssd_lib.boxes import box_area, box_iou, cxcywh_to_xyxy, xyxy_to_cxcywh
from ssd_lib.data import running_picture
from ssd_lib.default_boxes import SSD300_VOC, layout_from_scales
from ssd_lib.default_boxes import default_boxes as tile
from ssd_lib.figures import boxes, default_boxes, heads, ladders, matching, offsets
from ssd_lib.figures.frames import Captioned, close_up
from ssd_lib.figures.style import colours
from ssd_lib.heads import Heads, flatten_predictions
from ssd_lib.matching import match, match_ious
from ssd_lib.offsets import encode

BOXES = tile(SSD300_VOC)
GRIDS = [row.grid for row in SSD300_VOC.maps]


@pytest.fixture(scope="module")
def scene():
    return running_picture()


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


def test_boxes_that_slip_say_their_iou(scene):
    box = xyxy_to_cxcywh(scene.fractions[5])
    found = boxes.slipped(scene.image, box, [0.1, 0.2])
    assert [p.title for p in found.pictures] == ["10% off: IoU 0.68", "20% off: IoU 0.47"]
    assert [("kept" in tokens(p.svg), "mined" in tokens(p.svg)) for p in found.pictures] == [
        (True, False),
        (False, True),
    ]


def test_the_square_on_the_bird_is_a_row_of_the_library(scene):
    bird, square = scene.fractions[2], cxcywh_to_xyxy(BOXES[892])
    found = boxes.square_on_bird(scene.image, bird, square, "row 892")
    assert repr(found).splitlines() == [
        "bird 0.840 0.128 0.932 0.187",
        "row 892 0.843 0.097 0.943 0.197",
    ]
    assert {"bird", "default"} <= tokens(found.svg)


def test_one_box_is_written_in_both_forms(scene):
    found = boxes.two_forms(scene.boxes[2])
    assert repr(found) == "xyxy 504 77 559 112\n\ncxcywh 531.5 94.5 55 35"
    first, second = (figure.svg for figure in found.figures)
    assert "504, 77" in first
    assert "531.5, 94.5" in second


def test_areas_are_bars_from_the_largest_to_the_smallest(scene):
    found = boxes.areas(box_area(scene.fractions), scene.labels)
    assert rows(found)[0] == ["dog", "37.3%"]
    assert rows(found)[-2:] == [["bird", "1.0%"], ["bird", "0.5%"]]


def test_what_two_boxes_share_and_cover_is_filled_and_counted(scene):
    bird, square = scene.fractions[2], cxcywh_to_xyxy(BOXES[892])
    found = boxes.shared_and_covered(scene.image, bird, square, 300)
    areas = [int(re.search(r"(\d+) px²", p.title)[1]) for p in found.pictures]
    assert areas == [481, 900, 464, 918]
    assert areas[2] / areas[3] == pytest.approx(box_iou(bird[None], square[None]).item(), abs=1e-3)
    washes = [re.search(r'<g fill="var\(--ssd-([\w-]+)', p.svg)[1] for p in found.pictures]
    assert washes == ["bird", "default", "positive", "prediction"]
    assert [p.svg.split('<g fill="none">')[0].count("<rect") for p in found.pictures] == [
        1,
        1,
        1,
        2,
    ]


def test_a_close_up_keeps_boxes_on_what_they_show(scene):
    window = (0.8, 0.1, 0.95, 0.25)
    part, places = close_up(scene.image, window, torch.tensor([window, (0.8, 0.1, 0.875, 0.175)]))
    assert part.shape == (3, 600, 600)
    assert torch.allclose(places, torch.tensor([[0, 0, 1, 1], [0, 0, 0.5, 0.5]]), atol=1e-5)
    own = scene.image[:, 60:150, 480:570].float()
    assert (part.float().mean((1, 2)) - own.mean((1, 2))).abs().max() < 1


def test_a_caption_stands_under_its_figure_on_the_page_alone(scene):
    inner = boxes.two_forms(scene.boxes[2])
    found = Captioned(inner, 'Notice "y".')
    bundle = found._repr_mimebundle_()
    assert bundle["text/html"].endswith("Notice &quot;y&quot;.</figcaption></figure>")
    assert bundle["text/plain"] == repr(found) == repr(inner)
    assert bundle["image/png"].startswith(b"\x89PNG")


def test_one_cell_s_boxes_keep_their_names(scene):
    six = torch.rand(6, 2, generator=torch.Generator().manual_seed(0)) / 2
    six = torch.cat([six, six + 0.4], dim=1)
    found = default_boxes.one_cell(scene.image, six, list("abcdef"))
    assert [line.split()[0] for line in repr(found).splitlines()] == list("abcdef")


def test_the_cells_nearest_to_the_bird_give_thirty_boxes(scene):
    bird, place = scene.fractions[2], (268 / 300, 44 / 300)
    found = default_boxes.around_one_place(scene.image, bird, SSD300_VOC, place)
    assert len(found.boxes) == 30 + 1
    assert default_boxes.cell_of(SSD300_VOC, 0, place) == (5, 33)
    finest = torch.tensor(found.boxes[26:30])  # the finest map is drawn last, on top
    assert torch.allclose(finest, cxcywh_to_xyxy(BOXES[892:896]))
    assert all(f">{g} × {g}</text>" in found.svg for g in GRIDS)
    assert 'viewBox="-85 ' in found.svg


def test_a_layout_can_have_some_of_its_shapes():
    counts = [
        default_boxes.having(SSD300_VOC, *how).num_boxes
        for how in (((),), ((2,),), ((2, 3),), ((), False))
    ]
    assert counts == [3880, 7760, 8732, 1940]


def test_fits_by_shape_are_a_curve_for_each_stock():
    means = {name: [0.5, 0.75, 0.25] for name in ladders.SHAPES}
    found = ladders.fits_by_shape([0.5, 1, 2], means)
    assert rows(found)[2] == ["1.00", "0.75", "0.75", "0.75"]
    assert tokens(found.svg) >= {"mined", "prediction", "map-1"}  # which is positive's colour


def test_what_shapes_reach_is_what_the_record_says():
    record = json.loads(path("runs/ratios.json").read_text())
    cells, toys = ladders.reached(record).figures
    for figure, label in ((cells, "blood cells"), (toys, "toy things")):
        wanted = [f"{r['reached']:.1%}" for r in record["sets"][label]["narrow"]["rows"]]
        assert [line[-1] for line in rows(figure)] == wanted


def test_the_ladder_has_two_rungs_a_map():
    fits = {"with": [0.5, 1], "without": [0.4, 1]}
    found = ladders.ladder(SSD300_VOC, [20, 300], fits, {"bird": (22, "bird")})
    assert rows(found)[1] == ["map", "1", "30", "42.4"]
    assert rows(found)[-1] == ["map", "6", "264", "288.4"]
    assert ">bird<" in found.svg


def test_caffe_s_centres_end_outside_and_the_paper_s_do_not():
    found = rows(default_boxes.two_rules(10, 32, 300))
    assert found[1:] == [["paper", "30.0", "15.0", "285.0"], ["Caffe", "32", "16.0", "304.0"]]


def test_each_way_of_clipping_changes_what_it_says():
    boxes_ = torch.tensor([[1.0133, 0.5, 0.6, 0.2], [0.5, 0.5, 1.2, 0.6]])
    figures = default_boxes.clippings(boxes_, ["map-3", "map-6"], 300).figures
    found = [[line[1:] for line in rows(figure)[1:]] for figure in figures]
    none, by_corners, by_all, by_sizes = found
    assert none == [["304", "150", "180", "60"], ["150", "150", "360", "180"]]
    assert by_corners == [["257", "150", "86", "60"], ["150", "150", "300", "180"]]
    assert by_all == [["300", "150", "180", "60"], ["150", "150", "300", "180"]]
    assert by_sizes == [none[0], by_all[1]]


def test_tiny_objects_are_those_of_the_record():
    record = json.loads(path("runs/playground.json").read_text())
    names = {"the defaults": "usual", "tiny objects": "tiny", "tiny objects, smaller boxes": "fit"}
    found = rows(ladders.tiny_objects(record, names))
    for line, key in zip(found, names, strict=True):
        assert float(line[1]) == round(record["experiments"][key]["map_mean"], 2)


def test_scales_lie_on_one_ruler_in_the_colours_of_their_maps():
    found = ladders.scales_ruler({"ours": [0.1, 0.2, 0.375, 0.5, 0.7, 0.9]})
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


def test_spreads_are_those_of_the_offsets():
    raw = torch.tensor([[-1.0, 0, -2, 0], [1, 0, 2, 0]]) / 2**0.5  # spread 1 and 2
    found = offsets.spreads(raw / 10, raw)
    first, second = (rows(figure) for figure in found.figures)
    assert [line[-1] for line in first[1:]] == ["0.10", "0.20"]
    assert [line[-1] for line in second[1:]] == ["1.00", "2.00"]


def test_the_four_arrows_carry_the_offsets_of_row_892(scene):
    bird = xyxy_to_cxcywh(scene.fractions[2])
    found = offsets.four_arrows(scene.image, bird, BOXES[892], "row 892")
    target = [f"{value:+.2f}".replace("-", "−") for value in encode(bird, BOXES[892]).tolist()]
    assert target == ["−0.75", "+1.08", "−0.44", "−2.69"]
    for part, value in zip(("x", "y", "width", "height"), target, strict=True):
        assert f"{part} {value}" in repr(found)
        assert f">{part} {value}</text>" in found.svg
    ways = re.findall(r"M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)M", found.svg)[::2]  # halo, arrow
    x, y, left, right, top, bottom = ([float(v) for v in way] for way in ways)
    assert x[2] < x[0]  # to the left
    assert y[3] > y[1]  # down
    assert left[2] > left[0]
    assert right[2] < right[0]
    assert top[3] > top[1]
    assert bottom[3] < bottom[1]
    scale = 600 / (0.17 * 300)  # of the close-up, in units a pixel of 300
    assert x[0] - x[2] == pytest.approx(2.25 * scale, abs=0.2)
    assert bottom[1] - bottom[3] == pytest.approx(6.25 * scale, abs=0.2)


def test_the_default_box_reaches_the_bird_step_by_step(scene):
    bird = xyxy_to_cxcywh(scene.fractions[2])
    found = offsets.steps_onto(scene.image, bird, BOXES[892])
    assert [p.title[-4:] for p in found.pictures] == ["0.51", "0.53", "0.53", "0.58", "1.00"]
    assert found.pictures[-1].boxes[1] == pytest.approx(scene.fractions[2].tolist(), abs=1e-5)


def test_equal_relative_errors_look_and_cost_the_same(scene):
    found = offsets.equal_errors(scene.image, [30, 264], 0.1)
    assert [p.title for p in found.pictures] == [
        "30 px, 3 px off: IoU 0.82",
        "264 px, 26.4 px off: IoU 0.82",
    ]
    small, large = (torch.tensor(p.boxes) for p in found.pictures)
    assert torch.allclose(small, large, atol=0.01)
    in_pixels, in_widths = (rows(figure) for figure in offsets.iou_by_error([30, 264]).figures)
    assert in_widths[0][2:] == in_widths[1][2:]
    assert (in_pixels[0][-1], in_pixels[1][-1]) == ("0.3333", "0.8925")


@pytest.fixture(scope="module")
def two_maps(scene):
    layout = layout_from_scales(300, [8, 4], [0.25, 0.5, 0.8], [[2], [2]])
    ious = box_iou(scene.fractions[4:6], cxcywh_to_xyxy(tile(layout)))
    return layout, ious, match_ious(ious)


@pytest.fixture(scope="module")
def birds():
    return matching.flock()


def test_two_birds_want_the_same_default_box(birds):
    corners = cxcywh_to_xyxy(tile(SSD300_VOC))
    ious = box_iou(birds.fractions, corners)
    assert birds.labels[1:] == ("bird behind", "smaller bird")
    assert birds.boxes[2].tolist() == [504, 77, 559, 112]
    assert ious.argmax(dim=1).tolist() == [726, 892, 892]
    found = matching.two_want_one(birds, corners[892], "row 892")
    assert found.pictures[1].names == ["bird behind: 0.41", "smaller bird: 0.51", "row 892"]
    assert {"bird", "truth", "default"} <= tokens(found.pictures[1].svg)


def test_the_papers_picture_has_the_boxes_of_three_cells(scene, two_maps):
    layout, _, matched = two_maps
    found = matching.papers_figure(scene, [4, 5], layout, matched)
    truth, fine, coarse = found.pictures
    assert truth.names == ["cat", "dog"]
    assert fine.names == [*[""] * 6, "(5, 5), large square", "(5, 6), large square"]
    assert coarse.names == ["", "(2, 1), square", "(2, 1), large square", "(2, 1), tall"]
    assert [p.svg.count("stroke-dasharray") for p in found.pictures] == [0, 6, 1]
    assert ["<path" in p.svg for p in found.pictures] == [False, True, True]
    assert "cat" in tokens(fine.svg)
    assert "dog" in tokens(coarse.svg)


def test_the_papers_picture_in_numbers(two_maps):
    layout, ious, matched = two_maps
    shown = matching.boxes_around(layout, matched)
    found = repr(matching.papers_table(ious, ("cat", "dog"), shown, matched)).splitlines()
    assert len(found) == 1 + 12
    assert " ".join(found[2].split()) == "8 × 8, (5, 5), large square 0.57 0.10 cat"
    assert found[11].endswith("0.46  nothing")


def test_a_pair_strikes_out_its_row_and_its_column():
    ious = torch.tensor([[0.6, 0.2], [0.5, 0.1]])
    pairs = [matching.Pair(0, 0), matching.Pair(1, 1)]
    found = matching.struck_out(ious, ["a", "b"], ["row 1", "row 2"], pairs)
    first, second, third = found.figures
    assert [figure.numbers.splitlines()[0] for figure in found.figures] == [
        "The table",
        "1. a, row 1",
        "2. b, row 2",
    ]
    lines = [figure.svg.count('id="line2d') for figure in found.figures]
    assert lines == [0, 2, 4]
    assert "nothing is decided" in first.alt
    assert "b gets row 2" in third.alt
    assert rows(second)[2:] == [["a", "0.60", "0.20"], ["b", "0.50", "0.10"]]


def test_every_matched_box_is_drawn_in_its_objects_colour(scene):
    corners = cxcywh_to_xyxy(tile(SSD300_VOC))
    found = matching.all_matched(scene, corners, match(scene.fractions, corners))
    assert len(found.boxes) == 74
    assert found.svg.count("var(--ssd-bird") == 8 + 2


def test_the_four_boxes_at_the_bird_are_named_by_their_rows(scene):
    found = heads.four_boxes(scene.image, cxcywh_to_xyxy(BOXES[892:896]), 892)
    lines = repr(found).splitlines()
    assert [line[:7] for line in lines] == ["row 892", "row 893", "row 894", "row 895"]
    assert lines[0] == "row 892 0.843 0.097 0.943 0.197"
    assert set(heads.OF_A_CELL) <= tokens(found.svg)


def test_channels_become_the_rows_that_the_heads_give(scene):
    found = heads.window_to_rows(scene.image, (5, 33), 8 / 300, 21, 892)
    window, channels, rows_ = found.pictures
    assert window.title == "the window of cell (5, 33)"
    assert "100 channels" in channels.title
    head = Heads([2], [4], 21)
    x = torch.rand(1, 2, 38, 38)
    outputs = [part(x)[0, :, 5, 33] for part in (head.offsets[0], head.logits[0])]
    for box, line in enumerate(channels.numbers.splitlines()):
        spans = re.findall(r"channels (\d+) to (\d+)", line)
        for (first, last), output, answers in zip(spans, outputs, head([x]), strict=True):
            assert torch.allclose(answers[0, 892 + box], output[int(first) : int(last) + 1])
            assert f">{first} to {last}</text>" in channels.svg
    for token in heads.OF_A_CELL:
        blocks = [
            figure.svg.count(f'rx="4" fill="var(--ssd-{token},') for figure in (channels, rows_)
        ]
        assert blocks == [25, 25]


def test_one_number_is_the_sum_of_its_products():
    window, kernel = torch.ones(2, 3, 3), torch.full((2, 3, 3), -1.0)
    kernel[1] = 1
    kernel[0, 0, 0] = -2
    found = heads.one_number(window, kernel, torch.tensor(2.0))
    assert found.pictures[2].title == "products + bias 2 = 1"
    assert found.pictures[2].svg.count(">−1</text>") == 8


def test_the_boxes_of_one_window_say_what_they_answer(scene):
    default = torch.tensor([[0.1, 0.4, 0.6, 0.9], [0.0, 0.6, 0.7, 0.8]])
    found = heads.same_window(
        scene.image, scene.fractions[5], default, [0.9, 0.1], [0.6, 0.4], "dog"
    )
    assert [p.title for p in found.pictures] == ["dog 0.90 (IoU 0.60)", "dog 0.10 (IoU 0.40)"]
    assert ["kept" in tokens(p.svg) for p in found.pictures] == [True, False]
    assert all(p.svg.count('stroke-dasharray="6 8"') == 1 for p in found.pictures)


def test_a_ring_of_zeros_lets_a_window_stand_on_every_cell():
    found = heads.ring_of_zeros([[1] * 4] * 4)
    green = [p.svg.count('fill="var(--ssd-positive') for p in found.pictures]
    assert green == [4, 16, 16]
    assert [p.svg.count(">0</text>") for p in found.pictures] == [0, 20, 20]
    assert found.pictures[2].title == "at the corner 5 of 9 are zeros"


def test_after_the_permute_a_row_has_one_colour():
    block = torch.tensor([[100 * c + 10 * (n // 4) + n % 4 for c in range(3)] for n in range(8)])
    right = flatten_predictions(block.reshape(1, 8, 1, 3), 4)[0]
    found = heads.permuted(block, right, block.reshape(6, 4))
    _, good, bad = (p.numbers.splitlines() for p in found.pictures)
    assert good[2] == "100 101 102 103"
    assert [len({value[0] for value in row.split()}) for row in good] == [1] * 6
    assert [len({value[0] for value in row.split()}) for row in bad] == [3] * 6


def test_rows_lie_map_after_map():
    counts = [row.num_boxes for row in SSD300_VOC.maps]
    found = heads.whose_rows(counts, [f"{grid} × {grid}" for grid in GRIDS], 892, (7942, 8541))
    lines = found.numbers.splitlines()
    assert lines[0] == "38 × 38: rows 0 to 5775"
    assert lines[2] == "10 × 10: rows 7942 to 8541"
    assert lines[-1] == "changed: rows 7942 to 8541"
    assert "row 892" in found.svg
