"""Pictures of every kind come in as RGB, or with a clear error."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
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


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to look at it
    path = saved(Image.fromarray(PIXELS), tmp_path, "a.png", exif=exif)
    expected = torch.rot90(RGB, k=-1, dims=(1, 2))
    assert torch.equal(read_image(path), expected)


def test_a_file_that_is_missing_cut_or_no_image_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.png"):
        read_image(tmp_path / "none.png")
    whole = saved(Image.fromarray(np.tile(PIXELS, (50, 50, 1))), tmp_path, "whole.jpg")
    for name, content in (
        ("cut.jpg", whole.read_bytes()[:600]),
        ("empty.jpg", b""),
        ("text.jpg", b"no image at all"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"{name} cannot be read as an image"):
            read_image(tmp_path / name)
    with pytest.raises(ValueError, match="cannot be read as an image"):
        read_image(io.BytesIO(b"nothing"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (torch.zeros(1, 4, 4), r"source must be \[3, H, W\], got \[1, 4, 4\]"),
        (torch.zeros(2, 3, 4, 4), r"source must be \[3, H, W\], got \[2, 3, 4, 4\]"),
        (torch.zeros(3, 4, 4).long(), "source must be uint8 or float, got torch.int64"),
        (np.zeros((4, 4, 2), np.uint8), r"got \[4, 4, 2\]"),
        (np.zeros((4, 4)), "source must be uint8 or uint16, got float64"),
    ],
)
def test_what_is_no_picture_is_refused(source, message):
    with pytest.raises(ValueError, match=message):
        read_image(source)


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
