"""Boxes end on their objects, whatever happened to the image since it was labelled."""

from pathlib import Path

import numpy as np
import pytest
from data_forms import TO_STORED
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from ssd_lib.data.labelled import FRACTIONS, Record
from ssd_lib.data.placing import (
    Seen,
    drawn_on_stored,
    exchange_sides,
    is_told,
    place,
    reaches_outside,
    see,
    was_resized,
)
from ssd_lib.images import read_image

LYING = (5, 6, 7, 8)


def record(size_px, *boxes, area=()):
    count = len(boxes)
    return Record(
        Path("a.jpg"),
        [list(box) for box in boxes],
        [1] * count,
        [False] * count,
        size_px,
        [False] * count,
        list(area),
    )


def extent(pixels):
    """The box of all pixels that are white."""
    white = pixels > 127
    rows, columns = np.flatnonzero(white.any(1)), np.flatnonzero(white.any(0))
    return [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]


def save(file, box, size_px, orientation):
    """An image that shows a white box where it is asked for; where it is stored."""
    shown = np.zeros(size_px, np.uint8)
    x1, y1, x2, y2 = box
    shown[y1:y2, x1:x2] = 255
    image = Image.fromarray(shown).convert("RGB")
    if orientation in TO_STORED:
        image = image.transpose(TO_STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(file, exif=exif, **({"lossless": True} if file.suffix == ".webp" else {}))
    stored = np.asarray(image)[..., 0]
    return extent(stored), stored.shape


SHAPES = {
    "landscape": ((60, 100), (10, 5, 40, 20)),
    "portrait": ((100, 60), (5, 10, 20, 40)),
    "square": ((64, 64), (0, 3, 20, 10)),
    "almost a square": ((50, 51), (3, 30, 10, 49)),
    "tiny": ((2, 3), (0, 0, 1, 2)),
    "a strip": ((3, 900), (700, 0, 900, 1)),
    "a tower": ((900, 3), (2, 100, 3, 900)),
    "all of it": ((20, 30), (0, 0, 30, 20)),
    "at the edge": ((20, 30), (29, 19, 30, 20)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("orientation", [1, *TO_STORED])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_a_box_lies_on_its_object_as_it_is_read(tmp_path, shape, orientation, suffix):
    size_px, box = SHAPES[shape]
    file = tmp_path / f"a{suffix}"
    on_stored, stored_px = save(file, box, size_px, orientation)
    seen = see(file)
    assert seen == Seen(stored_px, orientation)
    assert extent(read_image(file)[0].numpy()) == list(box)
    assert tuple(read_image(file).shape[1:]) == seen.turned_px == size_px

    def placed(size_px, box, rule):
        one = place(record(size_px, box, area=[5.0]), seen, rule)
        assert one.size_px == seen.turned_px
        assert one.area == pytest.approx([5.0])
        return one.boxes[0]

    tells = stored_px != size_px
    for rule in (True, False, None):
        if tells or not rule:
            assert placed(size_px, box, rule) == list(box)
        if tells or rule:
            assert placed(stored_px, on_stored, rule) == list(box)
    assert placed(None, box, None) == placed(None, box, rule=False) == list(box)
    assert placed(None, on_stored, rule=True) == list(box)
    assert is_told(record(size_px, box), seen) == (tells or orientation == 1)

    def fractions(box, size_px):
        height, width = size_px
        x1, y1, x2, y2 = box
        return [x1 / width, y1 / height, x2 / width, y2 / height]

    for rule in (False, None):
        one = place(record(FRACTIONS, fractions(box, size_px)), seen, rule)
        assert one.boxes[0] == pytest.approx(list(box))
    one = place(record(FRACTIONS, fractions(on_stored, stored_px)), seen, on_stored=True)
    assert one.boxes[0] == pytest.approx(list(box))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_exif_does_not_know_is_none(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=exif)
    assert see(tmp_path / "a.jpg") == Seen((20, 30), 1)
    assert tuple(read_image(tmp_path / "a.jpg").shape[1:]) == (20, 30)


def test_what_cannot_be_looked_at_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.jpg"):
        see(tmp_path / "none.jpg")
    for content in (b"", b"no image", b"\x89PNG\r\n\x1a\n\0\0"):
        (tmp_path / "a.png").write_bytes(content)
        with pytest.raises(ValueError, match=r"a\.png cannot be read as an image: .+"):
            see(tmp_path / "a.png")


FITTING = [  # of the label file and of the image, (height, width)
    ((1000, 667), (1000, 667)),
    ((1000, 667), (500, 333)),
    ((1000, 667), (500, 334)),
    ((1000, 667), (100, 66)),
    ((1000, 667), (100, 67)),
    ((1000, 667), (10, 6)),
    ((1000, 667), (10, 7)),
    ((500, 333), (1000, 667)),
    ((100, 67), (1000, 667)),
    ((100, 67), (1000, 670)),
    ((100, 66), (1000, 667)),
    ((999, 667), (1000, 667)),
    ((1001, 666), (1000, 667)),
    ((1000, 1000), (1002, 1002)),
    ((480, 640), (1080, 1440)),
    ((2, 9000), (1, 4500)),
    ((9000, 2), (300, 1)),
    ((3, 2), (30, 20)),
    ((1, 1000), (2, 2000)),
]
OTHERS = [
    ((900, 600), (300, 190)),  # by 3, then cropped
    ((900, 600), (290, 200)),
    ((1000, 667), (667, 1000)),
    ((667, 1000), (1000, 667)),
    ((20, 30), (30, 20)),
    ((640, 640), (480, 640)),  # stretched, or with bars
    ((480, 640), (640, 640)),
    ((1000, 667), (100, 69)),
    ((1000, 667), (100, 65)),
    ((1000, 667), (1000, 670)),
    ((1000, 667), (1003, 667)),
    ((100, 67), (1000, 690)),
    ((100, 67), (1000, 650)),
    ((5, 700), (700, 5)),
]


@pytest.mark.parametrize(("labelled", "image"), FITTING)
def test_boxes_are_scaled_with_an_image_that_was_resized(labelled, image):
    height, width = labelled
    whole, part = (0, 0, width, height), (0, height / 2, width / 4, height)
    one = place(record(labelled, whole, part, area=[10, 20]), Seen(image, 1))
    y, x = (a / b for a, b in zip(image, labelled, strict=True))
    off = max(abs(a - b) for a, b in zip(image, labelled, strict=True)) <= 1
    if off:
        x, y = 1, 1
    expected = [
        [width * c * x, height * d * y, width * a * x, height * b * y]
        for c, d, a, b in ((0, 0, 1, 1), (0, 0.5, 0.25, 1))
    ]
    assert one.boxes == [pytest.approx(box) for box in expected]
    assert one.area == pytest.approx([10 * x * y, 20 * x * y])
    assert one.size_px == image
    assert was_resized(record(labelled), Seen(image, 1)) is not off


@pytest.mark.parametrize(("labelled", "image"), OTHERS)
def test_an_image_of_another_shape_is_not_the_one_that_was_labelled(labelled, image):
    with pytest.raises(ValueError, match=r"^its label file is for") as caught:
        place(record(labelled, (0, 0, 2, 2)), Seen(image, 1))
    assert str(caught.value) == (
        f"its label file is for {labelled[1]} x {labelled[0]} pixels, "
        f"the image has {image[1]} x {image[0]}"
    )
    assert was_resized(record(labelled), Seen(image, 1))


def test_a_message_has_the_size_of_the_image_as_it_is_seen():
    with pytest.raises(ValueError, match=r"the image has 60 x 100$"):
        place(record((50, 50)), Seen((60, 100), 6))


@pytest.mark.parametrize("size_px", [(1, 1), (1, 2), (2, 1), (2, 2), (60, 100)])
def test_fractions_are_those_of_images_of_any_size(size_px):
    height, width = size_px
    one = place(record(FRACTIONS, (0, 0.5, 1, 1), area=[0.5]), Seen(size_px, 1))
    assert one.boxes == [[0, 0.5 * height, width, height]]
    assert one.area == [0.5 * height * width]


def test_a_resize_is_found_whichever_way_it_was_rounded():
    """All sizes from 1 to 40 % of one image, rounded down, up and to the nearest."""
    height, width = 683, 1024
    for side in range(8, 400):
        scale = side / width
        for rounded in (np.floor, np.ceil, np.round):
            small = max(1, int(rounded(height * scale))), side
            place(record(small), Seen((height, width), 1))
            place(record((height, width)), Seen(small, 1))


@pytest.mark.parametrize("orientation", LYING)
@pytest.mark.parametrize("scale", [2, 0.5, 0.1])
def test_a_resized_image_tells_where_boxes_are_drawn(orientation, scale):
    seen = Seen((600, 1000), orientation)
    for size, stored in ((seen.size_px, True), (seen.turned_px, False)):
        small = tuple(int(side * scale) for side in size)
        assert drawn_on_stored([(record(small), seen)]) is stored
        assert is_told(record(small), seen)
    assert not is_told(record((777, 777)), seen)


@pytest.mark.parametrize(
    ("size_px", "expected"),
    [
        ((500, 501), True),
        ((501, 500), False),
        ((500, 500), None),
        ((501, 501), None),
        ((250, 250), None),
        ((1000, 1002), True),
        ((1002, 1000), False),
        (None, None),
        (FRACTIONS, None),
    ],
)
def test_almost_a_square_tells_by_its_exact_size(size_px, expected):
    seen = Seen((500, 501), 6)
    one = record(size_px, (0, 0, 500, 500) if size_px != FRACTIONS else (0, 0, 1, 1))
    assert drawn_on_stored([(one, seen)]) is expected
    assert is_told(one, seen) is (expected is not None)


@pytest.mark.parametrize("size_px", [(2, 3), (3, 2), (2, 2), (3, 3), (1, 2)])
def test_a_tiny_image_tells_only_by_its_exact_size(size_px):
    seen = Seen((2, 3), 8)
    expected = {(2, 3): True, (3, 2): False}.get(size_px)
    assert drawn_on_stored([(record(size_px), seen)]) is expected


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([(0, 0, 1000, 600)], True),
        ([(0, 0, 600, 1000)], False),
        ([(0, 0, 600, 600)], None),
        ([(0, 0, 630, 600)], None),  # a little outside, as boxes drawn by hand are
        ([(0, 0, 631, 600)], True),
        ([(0, 0, 600, 631)], False),
        ([(0, 0, 1000, 600), (0, 0, 600, 1000)], None),
        ([(0, 0, 1000, 1000)], None),
        ([(-100, 0, 700, 600)], None),
        ([], None),
    ],
)
def test_without_a_size_boxes_tell_by_what_they_reach(boxes, expected):
    one = record(None, *boxes)
    assert drawn_on_stored([(one, Seen((600, 1000), 6))]) is expected
    assert drawn_on_stored([(one, Seen((600, 1000), 3))]) is None


STORED = record((600, 1000)), Seen((600, 1000), 6)
TURNED = record((1000, 600)), Seen((600, 1000), 8)
SILENT = [
    (record((600, 1000)), Seen((600, 1000), 1)),
    (record((600, 1000)), Seen((600, 1000), 3)),
    (record((500, 500)), Seen((500, 500), 6)),
    (record(FRACTIONS, (0, 0, 1, 1)), Seen((600, 1000), 6)),
    (record(None, (0, 0, 600, 600)), Seen((600, 1000), 6)),
    (record((777, 777)), Seen((600, 1000), 6)),
]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], None),
        (SILENT, None),
        ([STORED], True),
        ([TURNED], False),
        ([*SILENT, STORED, STORED], True),
        ([TURNED, *SILENT], False),
        ([STORED, TURNED], None),
        ([STORED] * 99 + [TURNED], None),
    ],
)
def test_images_that_lie_tell_it_for_all_unless_they_disagree(pairs, expected):
    assert drawn_on_stored(pairs) is expected
    assert drawn_on_stored(iter(pairs)) is expected


def test_an_image_that_tells_is_believed_before_its_data_set():
    box = (10, 20, 30, 40)
    for (one, seen), rule in ((STORED, False), (TURNED, True)):
        one = one._replace(boxes=[list(box)])
        assert place(one, seen, rule).boxes == place(one, seen, None).boxes
    assert place(TURNED[0]._replace(boxes=[list(box)]), TURNED[1], on_stored=True).boxes == [
        list(box)
    ]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 100, 60), False),
        ((-5, -3, 105, 63), False),
        ((-5.1, 0, 9, 9), True),
        ((0, -3.1, 9, 9), True),
        ((0, 0, 105.1, 9), True),
        ((0, 0, 9, 63.1), True),
        ((200, 0, 300, 60), True),
    ],
)
def test_a_box_reaches_outside_beyond_a_twentieth_of_the_side(box, expected):
    assert reaches_outside(box, (60, 100)) is expected


def test_two_pixels_are_never_far_outside():
    assert not reaches_outside((-2, -2, 12, 12), (10, 10))
    assert reaches_outside((-2.1, 0, 5, 5), (10, 10))
    assert reaches_outside((0, 0, 5, 12.1), (10, 10))


def test_a_size_of_a_turned_image_is_no_resize():
    assert not was_resized(record((100, 60)), Seen((60, 100), 6))
    assert not was_resized(record((60, 100)), Seen((60, 100), 6))
    assert not was_resized(record((61, 99)), Seen((60, 100), 6))
    assert was_resized(record((100, 60)), Seen((60, 100), 3))
    assert was_resized(record((120, 200)), Seen((60, 100), 6))
    assert not was_resized(record(None), Seen((60, 100), 1))
    assert not was_resized(record(FRACTIONS), Seen((60, 100), 1))


def test_the_record_that_is_placed_is_left_as_it_was():
    one = record((30, 50), (1, 2, 3, 4), area=[7])
    placed = place(one, Seen((60, 100), 3), on_stored=True)
    assert one == record((30, 50), (1, 2, 3, 4), area=[7])
    assert placed.boxes == [[94, 52, 98, 56]]
    assert (placed.area, placed.labels, placed.difficult) == ([28], [1], [False])
    assert placed.size_px == (60, 100)


def test_without_boxes_there_is_nothing_to_place():
    assert place(record((30, 50)), Seen((60, 100), 6), on_stored=True).boxes == []


SIDES = st.integers(1, 500)
UNIT = st.floats(0, 1).map(lambda value: round(value, 6))


@given(SIDES, SIDES, st.tuples(UNIT, UNIT, UNIT, UNIT), st.integers(1, 8), st.booleans())
def test_turning_keeps_areas_and_stays_inside(height, width, unit, orientation, rule):
    x1, x2 = sorted((unit[0] * width, unit[2] * width))
    y1, y2 = sorted((unit[1] * height, unit[3] * height))
    seen = Seen((height, width), orientation)
    one = place(record(None, (x1, y1, x2, y2)), seen, rule)
    a1, b1, a2, b2 = one.boxes[0]
    assert (a2 - a1) * (b2 - b1) == pytest.approx((x2 - x1) * (y2 - y1), abs=1e-6)
    if rule:
        turned_height, turned_width = seen.turned_px
        assert -1e-9 <= a1 <= a2 <= turned_width + 1e-9
        assert -1e-9 <= b1 <= b2 <= turned_height + 1e-9


@given(
    SIDES,
    SIDES,
    st.integers(2, 9),
    st.tuples(UNIT, UNIT, UNIT, UNIT),
    st.integers(1, 8),
    st.booleans(),
)
def test_it_is_the_same_to_scale_first_or_to_turn_first(
    height, width, times, unit, orientation, rule
):
    assume(abs(height - width) > 1)
    seen = Seen((times * height, times * width), orientation)
    small = Seen((height, width), orientation)
    size_px = small.size_px if rule else small.turned_px
    box = [a * b for a, b in zip(unit, (width, height) * 2, strict=True)]
    one = place(record(size_px, box, area=[3.0]), seen, rule)
    other = place(record(size_px, box, area=[3.0]), small, rule)
    assert one.boxes[0] == pytest.approx([times * v for v in other.boxes[0]], abs=1e-6)
    assert one.area == pytest.approx([times**2 * 3.0])


LYING = Seen((80, 100), 6)  # shown as 80 wide and 100 high
AGAINST = [10, 60, 50, 95]  # fits no image 100 wide and 80 high
FOR = [60, 10, 95, 50]  # fits no image 80 wide and 100 high
EITHER = [10, 20, 40, 60]


def placed_boxes(*boxes):
    """Where boxes come to lie whose label files name the stored image's size."""
    pairs = exchange_sides([(record((80, 100), box), LYING) for box in boxes])
    return [place(*pair).boxes[0] for pair in pairs]


def test_boxes_that_contradict_the_size_are_taken_for_what_they_fit():
    assert placed_boxes(AGAINST) == [AGAINST]
    assert place(record((80, 100), AGAINST), LYING).boxes == [AGAINST]


def test_a_contradiction_tells_the_habit_for_all_images_that_lie():
    assert placed_boxes(EITHER) == [[20, 10, 60, 40]]
    assert placed_boxes(EITHER, AGAINST) == [EITHER, AGAINST]


def test_where_boxes_confirm_the_size_only_those_that_contradict_it_are_mended():
    turned = [[20, 10, 60, 40], [30, 60, 70, 95], AGAINST]
    assert placed_boxes(EITHER, FOR, AGAINST) == turned


def test_images_that_stand_keep_their_sizes():
    standing = record((80, 100), EITHER), Seen((80, 100), 1)
    lying = record((80, 100), AGAINST), LYING
    assert exchange_sides([standing, lying])[0] == standing
