"""Pictures of every kind come in as RGB, or with a clear error."""

import io
import math
import re

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.models.detection import ssd300_vgg16

from ssd_lib.images import normalize, read_image, resize

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


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "RGBA", "CMYK", "YCbCr", "HSV"])
def test_every_mode_becomes_three_channels(mode):
    image = Image.fromarray(PIXELS).convert(mode)
    expected = np.array(image.convert("RGB"))
    assert torch.equal(read_image(image), torch.from_numpy(expected).permute(2, 0, 1))


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
def test_floats_that_are_no_levels_are_refused_wherever_they_come_from(
    value, said, tmp_path
):
    grey = np.zeros((4, 5), np.float32)
    grey[1, 2] = value
    message = f"source must be floats in 0 to 1, got {said}"
    for source in (grey, torch.from_numpy(grey).expand(3, -1, -1)):
        with pytest.raises(ValueError, match=message):
            read_image(source)
    path = saved(Image.fromarray(grey), tmp_path, "a.tiff")
    with pytest.raises(
        ValueError, match=rf"{re.escape(str(path))} cannot be read .*: {message}"
    ):
        read_image(path)


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
