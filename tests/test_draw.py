"""Boxes are drawn where they are, with their texts, and told apart."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import to_rgb

from ssd_lib.draw import STYLES, draw_boxes

GREY = torch.full((3, 60, 120), 128, dtype=torch.uint8)
BOXES = torch.tensor([[0.1, 0.2, 0.5, 0.8], [0.4, 0.5, 0.9, 1.0]])


@pytest.fixture(autouse=True)
def no_window():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def rectangles():
    patches = plt.gcf().axes[0].patches[1::2]  # each box: a white line, then its own
    return [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in patches]


def texts():
    return [text.get_text() for text in plt.gcf().axes[0].texts]


def test_fractions_are_scaled_by_width_and_height():
    draw_boxes(GREY, BOXES)
    assert rectangles()[0] == pytest.approx((12, 12, 48, 36))


def test_pixels_are_taken_as_they_are():
    draw_boxes(GREY, torch.tensor([[10.0, 20.0, 40.0, 50.0]]), pixels=True)
    assert rectangles() == [(10, 20, 30, 30)]


def test_labels_and_scores_are_written():
    draw_boxes(GREY, BOXES, ["dog", "cat"], torch.tensor([0.987, 0.5]))
    assert texts() == ["dog 0.99", "cat 0.50"]


def test_scores_alone_are_written():
    draw_boxes(GREY, BOXES, scores=torch.tensor([0.25, 1.0]))
    assert texts() == ["0.25", "1.00"]


def test_boxes_of_one_label_share_a_style_and_others_do_not():
    boxes = torch.cat([BOXES, BOXES[:1] / 2])
    draw_boxes(GREY, boxes, ["dog", "cat", "dog"])
    lines = [patch.get_edgecolor() for patch in plt.gcf().axes[0].patches[1::2]]
    assert lines[0] == lines[2] != lines[1]


def test_labels_stay_inside_the_picture_and_apart():
    boxes = torch.tensor(
        [[0.0, 0.0, 0.4, 0.9], [0.02, 0.0, 0.4, 0.9], [0.9, 0.9, 1, 1]]
    )
    draw_boxes(GREY, boxes, ["first", "second", "third"])
    figure = plt.gcf()
    figure.canvas.draw()
    picture = figure.axes[0].get_window_extent()
    extents = [text.get_window_extent() for text in figure.axes[0].texts]
    for extent in extents:
        assert picture.x0 <= extent.x0
        assert extent.x1 <= picture.x1
        assert picture.y0 <= extent.y0
        assert extent.y1 <= picture.y1
    assert not extents[0].overlaps(extents[1])


def test_no_boxes_show_the_picture_alone():
    draw_boxes(GREY, torch.zeros(0, 4), [])
    assert rectangles() == []


def test_more_boxes_than_styles_are_no_error():
    draw_boxes(torch.rand(3, 40, 40), torch.rand(9, 4))
    assert len(rectangles()) == 9


def test_a_given_axes_is_used():
    _, (left, right) = plt.subplots(1, 2)
    draw_boxes(GREY, BOXES, ax=right)
    assert len(right.patches) == 4
    assert len(left.patches) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((GREY[0], BOXES), r"image must be \[3, H, W\], got \[60, 120\]"),
        ((GREY, BOXES[0]), r"boxes must be \[N, 4\], got \[4\]"),
        ((GREY, BOXES, ["dog"]), "labels must be one a box, 2, got 1"),
        ((GREY, BOXES, None, torch.rand(3)), "scores must be one a box, 2, got 3"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_boxes(*arguments)


@pytest.mark.parametrize("colour", [colour for colour, _ in STYLES])
def test_white_text_on_every_colour_has_contrast_4_5(colour):
    channels = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(colour)
    ]
    luminance = sum(
        w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True)
    )
    assert 1.05 / (luminance + 0.05) >= 4.5
