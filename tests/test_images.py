"""Pictures of every kind come in as RGB, or with a clear error."""

import io
import math
import re
import struct

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.models.detection import ssd300_vgg16

from ssd_lib.images import normalize, orientation, read_image, resize

PIXELS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3) * 3
RGB = torch.from_numpy(PIXELS).permute(2, 0, 1)


def saved(image, tmp_path, name, **options):
    image.save(tmp_path / name, **options)
    return tmp_path / name


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.webp"])
def test_a_file_is_read_as_it_is(name, tmp_path):
    options = {"lossless": True} if name.endswith("webp") else {}
    path = saved(Image.fromarray(PIXELS), tmp_path, name, **options)
    assert torch.equal(read_image(path), RGB)
    assert torch.equal(read_image(str(path)), RGB)
    with path.open("rb") as file:
        assert torch.equal(read_image(file), RGB)


def test_arrays_tensors_and_images_come_out_alike():
    assert torch.equal(read_image(PIXELS), RGB)
    assert torch.equal(read_image(Image.fromarray(PIXELS)), RGB)
    assert torch.equal(read_image(RGB), RGB)
    assert torch.equal(read_image(RGB.float() / 255), RGB)


MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_becomes_three_channels(mode):
    image = Image.fromarray(PIXELS)
    image = (image.convert("P") if mode == "PA" else image).convert(mode)
    expected = np.array(image.convert("RGB"))
    assert torch.equal(read_image(image), torch.from_numpy(expected).permute(2, 0, 1))


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_colours_that_are_multiplied_by_alpha_are_divided_by_it(mode):
    image = Image.new(mode.upper(), (2, 1), (200, 50) if mode == "La" else (200, 100, 0, 50))
    red = read_image(image.convert(mode))[0]
    assert torch.all((red.int() - 200).abs() <= 3)


def test_a_palette_with_transparency_is_read_without_a_warning(tmp_path):
    image = Image.fromarray(PIXELS).quantize(32)
    expected = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)
    for transparency in (3, bytes(range(32))):
        path = saved(image, tmp_path, "a.png", transparency=transparency)
        assert torch.equal(read_image(path), expected)


@pytest.mark.parametrize("name", ["a.gif", "a.tiff", "a.png", "a.webp", "a.mpo"])
def test_of_several_frames_the_first_is_read(name, tmp_path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("white", "black")]
    path = saved(frames[0], tmp_path, name, save_all=True, append_images=frames[1:])
    with Image.open(path) as image:
        assert image.n_frames == 2
    assert read_image(path).min() > 250


@pytest.mark.parametrize("shape", [(1, 1), (2, 9000), (9000, 2), (1, 7), (7, 1)])
def test_images_of_every_shape_are_read_and_can_be_written_to(shape, tmp_path):
    pixels = np.full((*shape, 3), 7, np.uint8)
    path = saved(Image.fromarray(pixels), tmp_path, "a.png")
    for source in (path, pixels, Image.fromarray(pixels)):
        image = read_image(source)
        assert image.shape == (3, *shape)
        image += 1
        assert pixels.max() == 7


def test_a_cmyk_jpeg_is_read(tmp_path):
    path = saved(Image.new("CMYK", (5, 4), (0, 255, 255, 0)), tmp_path, "a.jpg")
    red, green, blue = read_image(path).float().mean(dim=(1, 2)).tolist()
    assert red > 200 > 80 > max(green, blue)


def test_an_alpha_channel_is_dropped():
    alpha = np.dstack([PIXELS, np.full((4, 6), 7, dtype=np.uint8)])
    assert torch.equal(read_image(alpha), RGB)
    assert torch.equal(read_image(Image.fromarray(alpha)), RGB)


def test_sixteen_bits_are_scaled_and_not_cut(tmp_path):
    values = np.array([[0, 257, 40000, 65535]], dtype=np.uint16)
    expected = [0, 1, 156, 255]
    assert read_image(values)[0, 0].tolist() == expected
    path = saved(Image.fromarray(values), tmp_path, "a.png")
    image = read_image(path)
    assert image.shape == (3, 1, 4)
    assert image[1, 0].tolist() == expected


SHOWN = {  # by the EXIF standard: what row 0 and column 0 of the file are to a viewer
    0: RGB,  # no orientation at all
    1: RGB,
    2: RGB.flip(2),
    3: RGB.flip(1, 2),
    4: RGB.flip(1),
    5: RGB.transpose(1, 2),
    6: RGB.transpose(1, 2).flip(2),
    7: RGB.transpose(1, 2).flip(1, 2),
    8: RGB.transpose(1, 2).flip(1),
    9: RGB,
    65535: RGB,
}


@pytest.mark.parametrize("orientation", SHOWN)
def test_an_image_is_turned_as_its_exif_data_says(orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(Image.fromarray(PIXELS), tmp_path, "a.png", exif=exif)
    assert torch.equal(read_image(path), SHOWN[orientation])
    with Image.open(path) as image:
        turned = torch.from_numpy(np.array(ImageOps.exif_transpose(image)))
    assert torch.equal(read_image(path), turned.permute(2, 0, 1))


def exif_block(kind, value, order="<"):
    """EXIF data whose orientation is of a kind that it must not be, or is cut short."""
    size = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8)
    entry = struct.pack(f"{order}HHHI", 1, 0x0112, kind, 1)
    return b"Exif\0\0" + size + entry + value


BROKEN_EXIF = {
    "text": exif_block(2, b"6\0\0\0" + bytes(4)),
    "float": exif_block(11, struct.pack("<f", 6.5) + bytes(4)),
    "signed": exif_block(9, struct.pack("<i", -6) + bytes(4)),
    "fraction": exif_block(5, struct.pack("<III", 26, 0, 0) + struct.pack("<II", 6, 0)),
    "bytes": exif_block(7, b"\6\0\0\0" + bytes(4)),
    "unknown kind": exif_block(99, b"\6\0\0\0" + bytes(4)),
    "cut": exif_block(3, b"")[:-6],
    "no header": b"Exif\0\0" + b"\xff" * 40,
    "far away": b"Exif\0\0II" + struct.pack("<HI", 42, 0xFFFFFFF0),
    "empty": b"Exif\0\0",
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Metadata Warning")
@pytest.mark.parametrize("kind", BROKEN_EXIF)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_broken_exif_data_turns_nothing_and_raises_nothing(kind, name, tmp_path):
    plain = saved(Image.fromarray(PIXELS), tmp_path, f"plain_{name}")
    path = saved(Image.fromarray(PIXELS), tmp_path, name, exif=BROKEN_EXIF[kind])
    assert torch.equal(read_image(path), read_image(plain))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tiff", "a.webp", "a.gif"])
def test_a_file_that_is_damaged_is_no_image_with_a_hole(name, tmp_path):
    image = Image.effect_noise((60, 60), 90)
    path = saved(image, tmp_path, name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_image(path)
    if name == "a.png":
        start = content.index(b"IDAT") + 20
        path.write_bytes(content[:start] + bytes(40) + content[start + 40 :])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_image(path)


@pytest.mark.parametrize("number", SHOWN)
def test_a_tiff_is_turned_once(number, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = number
    path = saved(Image.fromarray(PIXELS), tmp_path, "a.tiff", exif=exif)
    assert torch.equal(read_image(path), SHOWN[number])


@pytest.mark.parametrize("number", [0, 1, 6, 9, 65_535])
def test_the_orientation_is_one_that_exif_knows(number, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = number
    path = saved(Image.fromarray(PIXELS), tmp_path, "a.jpg", exif=exif)
    with Image.open(path) as image:
        assert orientation(image) == (6 if number == 6 else 1)


def test_a_file_that_is_missing_cut_or_no_image_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "none.png"))):
        read_image(tmp_path / "none.png")
    whole = saved(Image.fromarray(np.tile(PIXELS, (50, 50, 1))), tmp_path, "whole.jpg")
    for name, content in (
        ("cut.jpg", whole.read_bytes()[:600]),
        ("empty.jpg", b""),
        ("text.jpg", b"no image at all"),
    ):
        (tmp_path / name).write_bytes(content)
        whole_path = rf"^{re.escape(str(tmp_path / name))} cannot be read as an image: "
        with pytest.raises(ValueError, match=whole_path):
            read_image(tmp_path / name)
        with (
            (tmp_path / name).open("rb") as file,
            pytest.raises(ValueError, match=whole_path),
        ):
            read_image(file)
    with pytest.raises(ValueError, match="cannot be read as an image"):
        read_image(io.BytesIO(b"nothing"))


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "there is not enough memory"),
        (PermissionError(13, "Permission denied", "a.png"), "Permission denied"),
        (ValueError("x" * 100_000), "x" * 200 + r"\.\.\."),
        (KeyError(), "KeyError"),
    ],
)
def test_every_error_is_one_short_line_with_the_path(error, said, tmp_path, monkeypatch):
    path = saved(Image.new("RGB", (4, 4)), tmp_path, "a.png")
    monkeypatch.setattr("ssd_lib.images.as_bytes", raising(error))
    name = re.escape(str(path))
    with pytest.raises(ValueError, match=f"^{name} cannot be read as an image: {said}$"):
        read_image(path)


def test_a_folder_and_a_file_of_no_format_are_told_so(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"nothing that is known" * 1000)
    for path, said in (
        (tmp_path, "cannot be read"),
        (tmp_path / "a.heic", "no format that can be"),
    ):
        with pytest.raises(ValueError, match=said) as caught:
            read_image(path)
        assert str(caught.value).count(str(path)) == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (torch.zeros(1, 4, 4), r"source must be \[3, H, W\], got \[1, 4, 4\]"),
        (torch.zeros(2, 3, 4, 4), r"source must be \[3, H, W\], got \[2, 3, 4, 4\]"),
        (torch.zeros(3, 4, 4).long(), "source must be uint8 or float, got torch.int64"),
        (np.zeros((4, 4, 2), np.uint8), r"got \[4, 4, 2\]"),
        (
            np.zeros((4, 4), np.int64),
            "source must be uint8, uint16 or floats, got int64",
        ),
        (np.zeros((0, 4, 3), np.uint8), r"got \[0, 4, 3\]"),
        (np.zeros((4, 0), np.uint8), r"got \[4, 0, 3\]"),
        (torch.zeros(3, 0, 4), r"source must be \[3, H, W\], got \[3, 0, 4\]"),
    ],
)
def test_what_is_no_picture_is_refused(source, message):
    with pytest.raises(ValueError, match=message):
        read_image(source)


FLOATS = [np.float16, np.float32, np.float64, ">f4"]


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_from_0_to_1_are_read_whatever_their_precision(dtype):
    grey = (PIXELS[..., 0] / 255).astype(dtype)
    expected = torch.from_numpy(PIXELS[..., 0].copy()).expand(3, -1, -1)
    assert torch.equal(read_image(grey), expected)
    assert torch.equal(read_image((PIXELS / 255).astype(dtype)), RGB)


def test_a_rounding_error_beyond_0_or_1_is_no_error():
    values = torch.tensor([-1e-6, 0, 1, 1 + 1e-6]).expand(3, 2, 4)
    assert read_image(values)[0, 0].tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (255.0, "0 to 255"),
        (1.01, "0 to 1.01"),
        (-0.5, "-0.5 to 0"),
        (math.nan, "nan"),
        (math.inf, "0 to inf"),
        (-math.inf, "-inf to 0"),
    ],
)
def test_floats_beyond_0_and_1_are_refused_in_arrays_and_tensors(value, said):
    grey = np.zeros((4, 5), np.float32)
    grey[1, 2] = value
    message = f"source must be floats in 0 to 1, got {said}"
    for source in (grey, torch.from_numpy(grey).expand(3, -1, -1)):
        with pytest.raises(ValueError, match=message):
            read_image(source)


def test_a_tiff_of_floats_is_read_as_floats(tmp_path):
    path = saved(Image.fromarray(np.float32([[0, 0.5, 1]])), tmp_path, "a.tiff")
    assert read_image(path)[2, 0].tolist() == [0, 128, 255]


def test_whole_numbers_beyond_sixteen_bits_are_refused(tmp_path):
    path = saved(Image.fromarray(np.int32([[-1, 70_000]])), tmp_path, "a.tiff")
    with pytest.raises(ValueError, match="must be in 0 to 65535, got -1 to 70000"):
        read_image(path)
    path = saved(Image.fromarray(np.int32([[0, 65_535]])), tmp_path, "a.tiff")
    assert read_image(path)[0, 0].tolist() == [0, 255]


def test_a_bomb_of_pixels_is_one_line_that_names_the_file(tmp_path, monkeypatch):
    path = saved(Image.new("1", (300, 300)), tmp_path, "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(
        ValueError, match=rf"{re.escape(str(path))} cannot .*\(90000 pixels\) exceeds"
    ):
        read_image(path)


def test_resizing_and_normalising_equal_torchvisions_ssd():
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(3, 200, 350, generator=generator)
    transform = ssd300_vgg16(weights=None, weights_backbone=None).transform
    expected = transform([image])[0].tensors[0]
    ours = normalize(resize(image, 300))
    assert ours.shape == (3, 300, 300)
    torch.testing.assert_close(ours, expected, atol=1e-3, rtol=0)


def test_bytes_and_floats_are_normalised_alike():
    torch.testing.assert_close(normalize(RGB), normalize(RGB.float() / 255))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.zeros(1, 4, 4), r"image must be \[..., 3, H, W\], got \[1, 4, 4\]"),
        (Image.new("RGB", (4, 4)), r"image must be \[..., 3, H, W\], got Image"),
        (torch.zeros(3, 4, 4).long(), "image must be uint8 or float, got torch.int64"),
        (torch.zeros(3, 4, 4).bool(), "image must be uint8 or float, got torch.bool"),
    ],
)
def test_what_cannot_be_normalised_is_refused(image, message):
    with pytest.raises(ValueError, match=message):
        normalize(image)
