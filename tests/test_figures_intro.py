"""What the first page's figures show: thousands of boxes that become eight, and the road."""

import json
import re

import pytest

from ssd_lib.assets import path
from ssd_lib.boxes import box_iou
from ssd_lib.data import running_picture
from ssd_lib.figures import intro
from ssd_lib.figures.road import road
from ssd_lib.model import load_weights
from ssd_lib.widgets import LiveDetector

LIKELY = 0.25


@pytest.fixture(scope="module")
def network():
    return load_weights(path("weights/toy_tiny.safetensors"))


@pytest.fixture(scope="module")
def strip(network):
    return intro.thousands(running_picture(), *network, perhaps=0.01, likely=LIKELY).pictures


@pytest.fixture(scope="module")
def tiles(network):
    return road(running_picture(), network[0], LIKELY).pictures


def test_thousands_of_boxes_become_eight_in_four_frames(strip):
    counts = [int(frame.title.split()[-1]) for frame in strip]
    assert counts == [6136, 135, 28, 8]
    assert [frame.svg.count("<rect") // 2 for frame in strip[1:3]] == counts[1:3]
    assert "<rect" not in strip[0].svg  # so many are painted, not drawn


def test_every_frame_has_as_many_boxes_as_the_network_says(network):
    model, _ = network
    scene = running_picture()
    boxes, scores = intro.answers(scene, model)
    assert len(boxes) == model.layout.num_boxes == 6136
    best = scores[:, 1:].amax(dim=1)
    assert [(best > least).sum().item() for least in (0.01, LIKELY)] == [135, 28]


def test_seven_of_the_eight_are_right_and_the_smaller_bird_is_the_least_sure(network):
    model, classes = network
    scene = running_picture()
    found = intro.detected(scene, model, LIKELY)
    names = [classes[label] for label in found.labels]
    ious = box_iou(scene.fractions, found.boxes)
    assert (ious.amax(dim=1) > 0.5).all()
    wrong = [name for name, iou in zip(names, ious.amax(dim=0), strict=True) if iou < 0.5]
    assert wrong == ["boat"]
    assert ious[2].argmax() == len(names) - 1
    assert (names[-1], f"{found.scores[-1]:.2f}") == ("bird", "0.27")


def test_the_live_detector_begins_with_two_birds_and_misses_the_smaller():
    said = json.loads(path("live_detector.json").read_text())["detections"]
    assert [name for name, score in said if score > 0.5].count("bird") == 1
    names = [thing["name"] for thing in LiveDetector().things]
    assert names.count("bird") == 2


def test_the_road_has_a_picture_of_every_chapter_in_order(tiles):
    names = [tile.title.split(". ")[1] for tile in tiles]
    assert [tile.title.split(". ")[0] for tile in tiles] == [str(k) for k in range(1, 13)]
    assert names[:3] == ["boxes", "feature maps", "default boxes"]
    assert names[-1] == "training"
    assert all(tile.alt for tile in tiles)


def test_what_the_road_shows_is_the_librarys(tiles):
    by_name = {tile.title.split(". ")[1]: tile for tile in tiles}
    assert "IoU 0.51" in by_name["boxes"].svg
    assert "38 by 38, 19 by 19, 10 by 10, 5 by 5, 3 by 3, 1 by 1" in repr(by_name["feature maps"])
    assert by_name["default boxes"].svg.count("<rect") == 2 * 6
    assert by_name["heads"].svg.count("<rect") == 4 * 25
    assert by_name["matching"].svg.count("<rect") == 2 * 74
    assert by_name["detections"].svg.count("<rect") == 2 * (28 + 8)
    assert by_name["evaluation"].svg.count("<rect") == 8


def test_every_colour_of_both_is_one_of_the_pages(strip, tiles):
    for frame in [*strip, *tiles]:
        plain = re.sub(r"var\(--ssd-[\w-]+, #[0-9a-f]{6}\)|data:[^\"]*", "", frame.svg)
        assert not re.search(r"#[0-9a-f]{6}", plain)
