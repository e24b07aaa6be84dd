"""The running picture is what its tool draws, and its boxes are exact."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ssd_lib.data.toy import RUNNING, Placed, Scene, draw_scene, meadow, running_picture
from ssd_lib.data.toy.drawing import Canvas, blob, ellipse, stroke
from ssd_lib.data.toy.things import THINGS


@pytest.fixture(scope="module")
def redrawn():
    return draw_scene(meadow(600, 600), RUNNING)


def plain(side_px=64):
    return Canvas(Image.new("RGB", (side_px, side_px), "#ffffff"))


def test_the_shipped_running_picture_is_the_one_the_tool_draws(redrawn):
    shipped = running_picture()
    assert shipped.labels == redrawn.labels
    assert torch.equal(shipped.boxes, redrawn.boxes)
    assert torch.equal(shipped.image, redrawn.image)


def test_the_running_picture_has_objects_of_clearly_different_sizes_some_overlapping():
    scene = running_picture()
    sides = (scene.boxes[:, 2:] - scene.boxes[:, :2]).max(dim=1).values
    assert len(scene.labels) >= 5
    assert sides.max() > 6 * sides.min()
    edges = scene.boxes.T
    wide = torch.minimum(edges[2], edges[2, :, None]) > torch.maximum(edges[0], edges[0, :, None])
    high = torch.minimum(edges[3], edges[3, :, None]) > torch.maximum(edges[1], edges[1, :, None])
    assert (wide & high).sum() > len(scene.labels)


@pytest.mark.parametrize("name", THINGS)
def test_a_box_holds_exactly_the_pixels_that_a_thing_changes(name):
    before = plain().read()
    scene = draw_scene(plain(), (Placed(name, 0.52, 0.49, 0.4),))
    changed = np.abs(scene.image.permute(1, 2, 0).numpy() - np.asarray(before).astype(int))
    rows, columns = np.nonzero(changed.sum(axis=2))
    around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    [box] = scene.boxes.tolist()
    # A pixel that is covered by less than half changes colour, but does not count.
    assert all(abs(a - b) <= 1 for a, b in zip(around, box, strict=True))


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_fills_the_unit_square_it_is_drawn_in(name):
    points = np.vstack([part.points for part in THINGS[name].parts])
    assert (points.min(axis=0) > -0.03).all()
    assert (points.max(axis=0) < 1.03).all()
    assert (points.max(axis=0) - points.min(axis=0) > 0.84).all()


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_wears_every_colour_of_each_palette(name):
    thing = THINGS[name]
    for number, palette in enumerate(thing.palettes):
        painted = {colour for _, colour in thing.in_colours(number)}
        assert set(palette) <= painted
        assert all(colour.startswith("#") for colour in painted)
        again = thing.in_colours(number + len(thing.palettes))
        assert [colour for _, colour in again] == [c for _, c in thing.in_colours(number)]


def test_fractions_are_of_the_width_and_of_the_height():
    image = torch.zeros(3, 50, 200, dtype=torch.uint8)
    scene = Scene(image, torch.tensor([[20.0, 10.0, 200.0, 50.0]]), ("dog",))
    assert torch.equal(scene.fractions, torch.tensor([[0.1, 0.2, 1.0, 1.0]]))
    assert Scene(image, torch.zeros(0, 4), ()).fractions.shape == (0, 4)
    picture = running_picture()
    assert torch.equal(picture.fractions, picture.boxes / 600)


def test_a_hidden_part_does_not_count():
    alone = draw_scene(plain(), (Placed("ball", 0.5, 0.5, 0.5),))
    half = draw_scene(plain(), (Placed("ball", 0.5, 0.5, 0.5), Placed("car", 0.8, 0.5, 0.5)))
    assert half.boxes[0, 2] < alone.boxes[0, 2]
    assert torch.equal(half.boxes[0, [0, 1, 3]], alone.boxes[0, [0, 1, 3]])


def test_a_thing_that_is_wholly_hidden_or_outside_is_not_listed():
    hidden = Placed("ball", 0.5, 0.5, 0.1)
    outside = Placed("ball", 2.0, 0.5, 0.1)
    front = Placed("ball", 0.5, 0.5, 0.4)
    assert draw_scene(plain(), (hidden, outside, front)).labels == ("ball",)


def test_no_things_give_no_boxes():
    scene = draw_scene(plain(), ())
    assert scene.boxes.shape == (0, 4)
    assert scene.labels == ()


def test_a_scene_at_the_border_has_its_box_inside():
    [box] = draw_scene(plain(), (Placed("dog", 0.0, 1.0, 0.6),)).boxes.tolist()
    assert box[0] == 0
    assert box[3] == 64


def test_flipping_mirrors_the_box():
    as_it_is = draw_scene(plain(), (Placed("dog", 0.5, 0.5, 0.6),)).boxes
    flipped = draw_scene(plain(), (Placed("dog", 0.5, 0.5, 0.6, flip=True),)).boxes
    mirrored = torch.tensor([64.0, 0, 64, 0]) + as_it_is[:, [2, 1, 0, 3]] * torch.tensor(
        [-1.0, 1, -1, 1]
    )
    assert (flipped - mirrored).abs().max() <= 1


def test_shapes_go_where_they_are_told():
    centre = ellipse(0.3, 0.6, 0.1, 0.2, turn=30).mean(axis=0)
    np.testing.assert_allclose(centre, (0.3, 0.6))
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    outline = blob(corners, per_corner=10)
    np.testing.assert_allclose(outline[::10], corners)
    line = stroke([(0.1, 0.2), (0.9, 0.4)], start=0.02, end=0.01)
    np.testing.assert_allclose(line[0].mean(axis=0), (0.1, 0.2))
    np.testing.assert_allclose(line[-1].mean(axis=0), (0.9, 0.4))


def test_the_readme_has_the_hash_of_every_file():
    folder = Path(__file__).parents[1] / "data"
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split()) for line in lines if re.match(r"[0-9a-f]{64}  ", line))
    files = {
        file.relative_to(folder).as_posix(): file
        for file in folder.rglob("*")
        if file.is_file() and "toy" not in file.parts and file.name != "README.md"
    }
    assert listed.keys() - {"toy/"} == files.keys()
    for name, file in files.items():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == listed[name], name
