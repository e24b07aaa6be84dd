"""Images in: any file or array to one RGB tensor, its size, and its normalisation."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import ExifTags, Image, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.v2.functional import InterpolationMode
from torchvision.transforms.v2.functional import resize as _resize

from ssd_lib.levels import as_bytes

MEAN = (0.48235, 0.45882, 0.40784)  # Caffe's 123, 117, 104 of 255, as RGB
TURNS = {  # by EXIF's orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LONGEST_REASON = 200  # characters

ImageSource = str | Path | BinaryIO | Image.Image | np.ndarray | Tensor


def read_image(source: ImageSource) -> Tensor:
    """An image as an RGB tensor.

    Args:
        source: a path or an open binary file; a PIL image; an array ``[H, W]``,
            ``[H, W, 3]`` or ``[H, W, 4]`` of uint8, uint16 or floats in 0 to 1; or a
            tensor ``[3, H, W]``, uint8 or floats in 0 to 1.

    Returns:
        ``[3, H, W]``, uint8. An image that its EXIF data declares to be turned is
        turned. Grey, palette and CMYK images are converted, an alpha channel is
        dropped, of several frames the first is taken.

        Arrays and tensors have one scale: of uint16, 0 to 65535 becomes 0 to 255.
        Files (and PIL images) of more than 8 bits often hold fewer bits than they have
        room for. Their scale is the smallest of 255, 1023, 4095, 16383 and 65535 that
        holds all values and, in a TIFF, what ``MaxSampleValue`` or ``BitsPerSample``
        declares. So frames of one camera mostly come out alike, as they would not if
        each were stretched to its own maximum, but one that is four times darker than
        its bits allow comes out brighter: declare the bits, or scale to 16, where that
        matters. (PNG's sBIT declares no scale, and is not asked.) A PGM is scaled by
        the maximum it names. Floats of a file are taken as they are if all are in 0 to
        1, and by the same scales if the largest is above 16.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is no image or is cut short (it names the file); if
            values of a file are negative (choose a window for Hounsfield units),
            above 65535, not finite, or floats whose largest is above 1 and not above
            16; if an array or tensor is not as above.
    """
    if isinstance(source, Tensor):
        return _from_tensor(source)
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        return _from_pil(source)
    with opened(source) as image:
        return _from_pil(image)


@contextlib.contextmanager
def opened(source: str | Path | BinaryIO) -> Iterator[Image.Image]:
    """An image file, open inside ``with``; whatever fails there is told in one way.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it cannot be read as an image; it names the file.
    """
    try:
        with Image.open(source) as image:
            yield image
    except FileNotFoundError:
        raise
    except Exception as error:  # decoders raise whatever a broken file leads them to
        name = source if isinstance(source, str | Path) else _file_name(source)
        raise ValueError(f"{name} cannot be read as an image: {_reason(error)}") from error


def orientation(image: Image.Image) -> int:
    """How an image lies by its EXIF data, 1 to 8; 1 if EXIF knows no such orientation.

    Args:
        image: as :func:`PIL.Image.open` gives it. PIL turns a TIFF when it loads it:
            from then on it is 1.
    """
    try:
        number = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # whatever broken EXIF data leads PIL to
        return 1
    return int(number) if number in range(1, 9) else 1


def resize(image: Tensor, size_px: int) -> Tensor:
    """The image warped to a square, as SSD looks at it.

    Args:
        image: ``[..., 3, H, W]``, uint8 or float.
        size_px: side of the square.

    Returns:
        ``[..., 3, size_px, size_px]``, same dtype; bilinear without antialiasing, as
        Caffe at test time and torchvision's SSD have it.
    """
    return _resize(image, [size_px, size_px], InterpolationMode.BILINEAR, antialias=False)


def normalize(image: Tensor) -> Tensor:
    """The image as the network takes it: Caffe's mean off, at Caffe's scale.

    Args:
        image: ``[..., 3, H, W]``, RGB, uint8 or floats in 0 to 1.

    Returns:
        ``[..., 3, H, W]``, float: ``(x - MEAN) * 255`` for x in 0 to 1. There is no
        division by a standard deviation: VGG's weights were trained without.

    Raises:
        ValueError: if it is no tensor, there are not three channels, or the dtype is
            neither uint8 nor a float.

    Example:
        >>> normalize(torch.full((3, 1, 1), 255, dtype=torch.uint8)).flatten().round()
        tensor([132., 138., 151.])
    """
    if not isinstance(image, Tensor) or image.ndim < 3 or image.shape[-3] != 3:
        kind = list(image.shape) if isinstance(image, Tensor) else type(image).__name__
        raise ValueError(f"image must be [..., 3, H, W], got {kind}")
    if not image.is_floating_point():
        if image.dtype != torch.uint8:
            raise ValueError(f"image must be uint8 or float, got {image.dtype}")
        image = image.float() / 255
    return (image - image.new_tensor(MEAN)[:, None, None]) * 255


def _file_name(file: BinaryIO) -> str:
    return str(getattr(file, "name", "the open file"))


def _reason(error: Exception) -> str:
    """Why a file cannot be read, without its name and at no great length."""
    if isinstance(error, UnidentifiedImageError):
        return "it is in no format that can be read here"
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}..."


def _from_pil(image: Image.Image) -> Tensor:
    deep = as_bytes(image)
    image.load()  # first, for what is broken must not pass for broken EXIF data
    number = orientation(image)
    image = _to_rgb(image) if deep is None else Image.fromarray(deep)
    if number in TURNS:
        image = image.transpose(TURNS[number])
    return _from_array(np.asarray(image))


def _to_rgb(image: Image.Image) -> Image.Image:
    """Without a warning of PIL's, for a palette, that is for developers."""
    if image.mode == "RGB":
        return image
    if image.mode in ("La", "RGBa"):
        image = image.convert(image.mode.upper())
    if isinstance(image.info.get("transparency"), bytes):
        image = image.convert("RGBA")
    return image.convert("RGB")


def _from_array(pixels: np.ndarray) -> Tensor:
    if pixels.ndim == 2:
        pixels = pixels[:, :, None].repeat(3, axis=2)  # [H, W] -> [H, W, 3]
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or not pixels.size:
        raise ValueError(f"source must be [H, W], [H, W, 3] or [H, W, 4], got {list(pixels.shape)}")
    if pixels.dtype == np.uint16:
        pixels = (pixels / 257).round().astype(np.uint8)  # 65535 = 255 * 257
    elif np.issubdtype(pixels.dtype, np.floating):
        pixels = pixels.astype(np.float32)
    elif pixels.dtype != np.uint8:
        raise ValueError(f"source must be uint8, uint16 or floats, got {pixels.dtype}")
    rgb = np.array(pixels[:, :, :3].transpose(2, 0, 1), order="C")  # always a copy
    return _from_tensor(torch.from_numpy(rgb))  # [3, H, W]


def _from_tensor(image: Tensor) -> Tensor:
    if image.ndim != 3 or image.shape[0] != 3 or not image.numel():
        raise ValueError(f"source must be [3, H, W], got {list(image.shape)}")
    if image.is_floating_point():
        return _levels(image)
    if image.dtype != torch.uint8:
        raise ValueError(f"source must be uint8 or float, got {image.dtype}")
    return image


def _levels(image: Tensor) -> Tensor:
    """Floats as uint8; half a level beyond 0 or 1 is taken for a rounding error."""
    low, high = image.min().item(), image.max().item()
    if not (low >= -0.5 / 255 and high <= 1 + 0.5 / 255):  # false for NaN, too
        raise ValueError(f"source must be floats in 0 to 1, got {low:g} to {high:g}")
    return (image.clamp(0, 1) * 255).round().to(torch.uint8)
