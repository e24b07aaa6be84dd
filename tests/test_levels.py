"""Files of more than 8 bits come in neither black nor cut, by one rule."""

import io
import math
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from ssd_lib.images import read_image
from ssd_lib.levels import as_bytes

GREY_PNG, RGB_PNG, GREY_ALPHA_PNG, RGBA_PNG = 0, 2, 4, 6


def png(values, colour):
    """A PNG of 16 bits, ``[H, W, channels]``; PIL writes those of grey alone."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + crc(kind + data)

    def crc(data):
        return struct.pack(">I", zlib.crc32(data))

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def tiff(values, order="<", compressed=False, bits=16, data=None, **tags):
    """A TIFF of one strip; PIL writes neither colours of 16 bits nor 12 bits."""
    height, width, channels = values.shape
    data = values.astype(f"{order}u2").tobytes() if data is None else data
    data = zlib.compress(data) if compressed else data
    known = {
        256: width,
        257: height,
        258: bits,
        259: 8 if compressed else 1,
        262: 1 if channels == 1 else 2,
        273: 0,
        277: channels,
        278: height,
        279: len(data),
    } | {int(name[1:]): value for name, value in tags.items()}
    after = 8 + 2 + 12 * len(known) + 4
    known[273] = after + 2 * channels
    entries = b""
    for tag in sorted(known):
        if tag == 258 and channels > 2:  # does not fit into the entry
            entries += struct.pack(f"{order}HHII", tag, 3, channels, after)
        elif tag in (258, 281):
            count = 1 if tag == 281 else channels
            packed = struct.pack(f"{order}{count}H", *[known[tag]] * count)
            entries += struct.pack(f"{order}HHI", tag, 3, count) + packed.ljust(4, b"\0")
        else:
            entries += struct.pack(f"{order}HHII", tag, 4, 1, known[tag])
    magic = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, 8)
    directory = struct.pack(f"{order}H", len(known)) + entries + bytes(4)
    return magic + directory + struct.pack(f"{order}{channels}H", *[bits] * channels) + data


def row(*values, channels=1):
    return np.array([[[value] * channels for value in values]], np.uint16)


def read(content):
    return read_image(io.BytesIO(content))[:, 0].tolist()


def saved(values, kind="TIFF", **options):
    file = io.BytesIO()
    Image.fromarray(np.asarray(values)[..., 0]).save(file, kind, **options)
    return file.getvalue()


ROW = row(0, 500, 1000)
LEVELS = [  # the largest value of an image, and what is white then
    (1, 255),
    (200, 255),
    (255, 255),
    (256, 1023),
    (1023, 1023),
    (1024, 4095),
    (4095, 4095),
    (4096, 16_383),
    (16_383, 16_383),
    (16_384, 65_535),
    (65_535, 65_535),
]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(("largest", "white"), LEVELS)
def test_grey_is_scaled_by_the_fewest_bits_that_hold_it(kind, largest, white):
    content = saved(row(0, largest // 2, largest), kind)
    expected = [round(value * 255 / white) for value in (0, largest // 2, largest)]
    assert read(content) == [expected] * 3


@pytest.mark.parametrize(("largest", "white"), [(4095, 4095), (20_000, 65_535)])
@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I;16N", "I"])
def test_every_grey_mode_is_scaled_alike(mode, largest, white):
    image = Image.new(mode, (2, 1), largest)
    assert read_image(image)[0, 0].tolist() == [round(largest * 255 / white)] * 2


@pytest.mark.parametrize("values", [(0, 0, 0), (300, 300, 300), (7, 7, 7)])
def test_an_even_image_is_not_stretched(values):
    white = 1023 if values[0] > 255 else 255
    assert read(saved(row(*values)))[0] == [round(values[0] * 255 / white)] * 3


def test_frames_of_one_camera_have_one_scale():
    light, dark = (read(saved(row(0, 2000, top)))[0] for top in (4000, 2100))
    assert light[1] == dark[1]


@pytest.mark.parametrize(("declared", "white"), [(4095, 4095), (65_535, 65_535)])
def test_a_tiff_that_declares_its_largest_value_is_scaled_by_it(declared, white):
    expected = [round(value * 255 / white) for value in (0, 500, 1000)]
    assert read(tiff(ROW, t281=declared))[0] == expected


def test_a_declared_value_that_is_too_small_cuts_nothing():
    assert read(tiff(row(0, 2000, 4095), t281=1023))[0] == [0, 125, 255]


def test_a_declared_value_of_32_bits_is_no_scale():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[281] = 4  # of 32 bits
    tags[281] = 2**32 - 1
    content = saved(np.array([[[0], [500], [1000]]], np.int32), tiffinfo=tags)
    assert read(content)[0] == [0, 125, 249]


def test_a_tiff_of_12_bits_is_scaled_by_them():
    for largest in (31, 0xFFF):  # 0x000 and the largest, packed into three bytes
        data = bytes([0x00, largest >> 8, largest & 0xFF])
        expected = [0, round(largest * 255 / 4095)]
        assert read(tiff(row(0, largest), bits=12, data=data))[0] == expected


@pytest.mark.parametrize("compressed", [False, True])
def test_white_may_be_zero(compressed):
    content = tiff(row(0, 500, 4095), compressed=compressed, t262=0)
    assert read(content)[0] == [255, 224, 0]


def test_what_pil_has_scaled_is_not_scaled_again():
    pgm = b"P5 3 1 4095\n" + np.array([0, 100, 200], ">u2").tobytes()
    assert read(pgm)[0] == [0, 6, 12]
    plain = b"P2 3 1 4095\n0 100 200\n"
    assert read(plain)[0] == [0, 6, 12]


@pytest.mark.skipif(not hasattr(Image.core, "jpeg2k_decoder"), reason="no JPEG 2000")
def test_a_dark_jpeg_2000_stays_dark():
    content = saved(np.tile(row(600, 600), (8, 8, 1)), "JPEG2000")
    assert read(content)[0][0] == 2


COLOURS = [
    (lambda values: png(values, RGB_PNG), 3),
    (lambda values: png(values, RGBA_PNG), 4),
    (lambda values: tiff(values), 3),
    (lambda values: tiff(values, ">"), 3),
    (lambda values: tiff(values, compressed=True), 3),
    (lambda values: tiff(values, ">", compressed=True), 3),
    (lambda values: tiff(values, t338=2), 4),
]


@pytest.mark.parametrize(
    ("write", "channels"),
    COLOURS,
    ids=["png", "png-alpha", "little", "big", "little-zip", "big-zip", "tiff-alpha"],
)
def test_colours_of_16_bits_are_scaled_as_grey_is(write, channels):
    values = row(0, 300, 700, 1000, channels=channels)
    values[..., 1] //= 2
    if channels == 4:
        values[..., 3] = 65_535  # opaque, and no level of the colours
    red = [round(value * 255 / 1023) for value in (0, 300, 700, 1000)]
    green = [round(value * 255 / 1023) for value in (0, 150, 350, 500)]
    assert read(write(values)) == [red, green, red]


def test_full_colours_of_16_bits_are_rounded_and_not_cut():
    values = row(0, 257, 384, 40_000, 65_535, channels=3)
    expected = [round(int(value) / 257) for value in values[0, :, 0]]
    assert read(png(values, RGB_PNG))[0] == expected
    assert read(tiff(values))[0] == expected


def test_grey_of_16_bits_with_alpha_is_scaled():
    values = row(0, 2000, 4095, channels=2)
    values[..., 1] = 65_535
    assert read(png(values, GREY_ALPHA_PNG)) == [[0, 125, 255]] * 3


def test_a_file_gives_the_same_as_its_image(tmp_path):
    for name, content in (
        ("a.png", png(row(0, 300, 1000, channels=3), RGB_PNG)),
        ("a.tif", tiff(row(0, 300, 1000, channels=3))),
        ("b.tif", saved(ROW)),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        expected = read(content)
        assert read_image(path)[:, 0].tolist() == expected
        with Image.open(path) as image:
            assert read_image(image)[:, 0].tolist() == expected


@pytest.mark.parametrize(
    ("number", "turned"),
    [(1, [[0, 255]]), (2, [[255, 0]]), (6, [[0], [255]]), (8, [[255], [0]])],
)
def test_what_is_scaled_is_turned_as_well(number, turned):
    exif = Image.Exif()
    exif[0x0112] = number
    for content in (
        saved(row(0, 4095), "PNG", exif=exif),
        saved(row(0, 4095), "TIFF", exif=exif),
        tiff(row(0, 4095, channels=3), t274=number),
        tiff(row(0, 4095, channels=3), compressed=True, t274=number),
    ):
        assert read_image(io.BytesIO(content))[0].tolist() == turned


def floats(*values):
    return saved(np.array([[[value] for value in values]], np.float32))


@pytest.mark.parametrize(
    ("values", "white"),
    [
        ((0, 0.5, 1), 1),
        ((0, 0.25, 1.001), 1),
        ((0, 0, 0), 1),
        ((0, 17, 254.5), 255),
        ((0, 100, 255.4), 255),
        ((0, 100.5, 900), 1023),
        ((3, 100, 4000), 4095),
        ((0, 2, 16_000), 16_383),
        ((-0.1, 100, 65_535), 65_535),
    ],
)
def test_floats_of_a_file_are_scaled_by_the_same_levels(values, white):
    expected = [round(min(max(value, 0), white) * 255 / white) for value in values]
    assert read(floats(*values)) == [expected] * 3


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0, math.nan), "source must be finite, got nan to nan"),
        ((0, math.inf), "source must be finite, got 0 to inf"),
        ((-math.inf, 0), "source must be finite, got -inf to 0"),
        ((-1000, 3071), "source must be in 0 to 65535, got -1000 to 3071"),
        ((-0.5, 1), "source must be in 0 to 65535, got -0.5 to 1"),
        ((0, 70_000), "source must be in 0 to 65535, got 0 to 70000"),
        ((0, 1.01), "source must be floats in 0 to 1, or from 0 to more than 16, got 0 to 1.01"),
        ((0, 16), "got 0 to 16"),
    ],
)
def test_floats_of_no_known_scale_are_refused_with_the_name(values, said, tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(floats(*values))
    message = rf"^{re.escape(str(path))} cannot be read as an image: .*{said}$"
    with pytest.raises(ValueError, match=message):
        read_image(path)


def test_whole_numbers_below_0_or_above_65535_are_refused():
    for low, high in ((-1000, 3071), (0, 65_536)):
        content = saved(np.array([[[low], [high]]], np.int32))
        with pytest.raises(ValueError, match=f"in 0 to 65535, got {low} to {high}"):
            read(content)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "CMYK", "LAB"])
def test_an_image_of_8_bits_is_none_of_these(mode):
    assert as_bytes(Image.new(mode, (3, 2))) is None
