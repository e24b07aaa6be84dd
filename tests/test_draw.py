"""Boxes are drawn where they are, with their texts, and told apart."""

import io

import matplotlib.pyplot as plt
import pytest
import torch
from fonts import make_font
from matplotlib.colors import to_rgb
from PIL import Image
from torchvision.transforms.v2.functional import resize

from ssd_lib.draw import STYLES, draw_boxes, drawable

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


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("\x1b[2Jdog\r", r"\x1b[2Jdog\r"),
        ("\u202egod", r"\u202egod"),
        ("\ud800", r"\ud800"),
        ("two\nlines", r"two\nlines"),
        ("$x^2", "$x^2"),
        (r"$\frac$", r"$\frac$"),
        ("naïve café", "naïve café"),
        ("a_b^c {d} \\alpha $5 & #1", "a_b^c {d} \\alpha $5 & #1"),
        ("$5 and $10 note", "$5 and $10 note"),
        ("كلب", "كلب"),
    ],
)
def test_a_label_is_drawn_as_text_with_nothing_in_it_that_acts(label, written):
    draw_boxes(GREY, BOXES[:1], [label])
    plt.gcf().canvas.draw()
    assert texts() == [written]


@pytest.mark.usefixtures("few_fonts")
def test_names_that_no_font_has_become_numbers_with_one_warning():
    boxes = torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
    labels = ["dog", "개", "日本", "개", "犬 dog"]
    with pytest.warns(UserWarning, match="no font here") as caught:
        draw_boxes(GREY, boxes, labels, torch.full((5,), 0.5))
    plt.gcf().canvas.draw()  # no warning of matplotlib's for each glyph, either
    assert texts() == ["dog 0.50", "#2 0.50", "#3 0.50", "#2 0.50", "#4 0.50"]
    [warning] = caught
    assert str(warning.message) == (
        "no font here has all letters of these names, drawn as numbers: #2 개, #3 日本, #4 犬 dog"
    )


def test_names_are_drawn_in_an_installed_font_that_has_their_letters(few_fonts, tmp_path, caplog):
    few_fonts.append(make_font(tmp_path, "Of squares", "개日"))
    draw_boxes(GREY, BOXES, ["개", "日 dog"])
    plt.gcf().canvas.draw()  # warnings are errors here
    assert texts() == ["개", "日 dog"]
    assert [text.get_fontfamily()[-1] for text in plt.gcf().axes[0].texts] == ["Of squares"] * 2
    assert caplog.records == []


@pytest.mark.usefixtures("few_fonts")
def test_drawable_names_are_numbered_by_their_place():
    with pytest.warns(UserWarning, match=r"numbers: #1 개, #3 日$"):
        assert drawable(["background", "개", "a\tb", "日"]) == ["background", "#1", r"a\tb", "#3"]
    assert drawable(["dog"]) == ["dog"]


def test_scores_alone_are_written():
    draw_boxes(GREY, BOXES, scores=torch.tensor([0.25, 1.0]))
    assert texts() == ["0.25", "1.00"]


def test_boxes_of_one_label_share_a_style_and_others_do_not():
    boxes = torch.cat([BOXES, BOXES[:1] / 2])
    draw_boxes(GREY, boxes, ["dog", "cat", "dog"])
    lines = [patch.get_edgecolor() for patch in plt.gcf().axes[0].patches[1::2]]
    assert lines[0] == lines[2] != lines[1]


def test_labels_stay_inside_the_image_and_apart():
    boxes = torch.tensor([[0.0, 0.0, 0.4, 0.9], [0.02, 0.0, 0.4, 0.9], [0.9, 0.9, 1, 1]])
    draw_boxes(GREY, boxes, ["first", "second", "third"])
    figure = plt.gcf()
    figure.canvas.draw()
    frame = figure.axes[0].get_window_extent()
    extents = [text.get_window_extent() for text in figure.axes[0].texts]
    for extent in extents:
        assert frame.x0 <= extent.x0
        assert extent.x1 <= frame.x1
        assert frame.y0 <= extent.y0
        assert extent.y1 <= frame.y1
    assert not extents[0].overlaps(extents[1])


def huge(height, width):
    """A plane of one pixel's memory, dark on the left and light on the right."""
    image = torch.tensor([0, 255], dtype=torch.uint8).repeat_interleave(width // 2)
    return image.expand(3, height, -1)


def test_a_huge_image_is_shrunk_before_it_is_drawn_and_its_boxes_with_it(monkeypatch):
    pixels = []

    def seen(image, *arguments, **options):
        pixels.append(image.shape[1] * image.shape[2])
        return resize(image, *arguments, **options)

    monkeypatch.setattr("ssd_lib.draw.resize", seen)
    draw_boxes(huge(40_000, 20_000), BOXES, inches=2)
    assert 2400 * 2400 < pixels[0] <= 16 * 2400 * 2400  # and no copy of all of it
    [shown] = plt.gcf().axes[0].images
    height, width = shown.get_array().shape[:2]
    assert height * width <= 2400 * 2400
    assert height == pytest.approx(2 * width, rel=1e-3)
    edge = shown.get_array()[0, :, 0].tolist()
    assert edge == sorted(edge)
    assert edge.index(255) == pytest.approx(width / 2, abs=2)
    assert rectangles()[0] == pytest.approx((2000, 8000, 8000, 24_000))


def test_an_image_that_is_just_small_enough_is_left_as_it_is():
    draw_boxes(huge(2400, 2400), BOXES)
    draw_boxes(huge(2400, 2402), BOXES)
    arrays = [plt.figure(n).axes[0].images[0].get_array() for n in (1, 2)]
    assert arrays[0].shape == (2400, 2400, 3)
    assert arrays[1].shape < (2400, 2402, 3)


@pytest.mark.parametrize(
    "shape",
    [(65_535, 1), (1, 65_535), (20_000, 2), (1, 1), (1, 6_000_000), (6_000_000, 1)],
)
def test_a_sliver_is_drawn_within_what_can_be_saved(shape):
    draw_boxes(torch.zeros(3, *shape), BOXES, ["dog", "cat"], inches=3)
    content = io.BytesIO()
    plt.savefig(content, dpi=120)
    width, height = Image.open(content).size
    assert min(width, height) >= 1
    assert max(width, height) <= 9600


def test_no_boxes_show_the_image_alone():
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
        ((GREY, BOXES, ["dog"]), r"labels .* per box \(2\), got 1"),
        ((GREY, BOXES, None, torch.rand(3)), r"scores .* per box \(2\), got 3"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_boxes(*arguments)


@pytest.mark.parametrize("colour", [colour for colour, _ in STYLES])
def test_white_text_on_every_colour_has_contrast_4_5(colour):
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5
