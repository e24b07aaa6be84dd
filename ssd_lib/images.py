"""Pictures in: any file or array to one RGB tensor, its size, and its normalisation."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torchvision.transforms.v2.functional import InterpolationMode
from torchvision.transforms.v2.functional import resize as _resize

MEAN = (0.48235, 0.45882, 0.40784)  # Caffe's 123, 117, 104 of 255, as RGB
SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")

ImageSource = str | Path | BinaryIO | Image.Image | np.ndarray | Tensor


def read_image(source: ImageSource) -> Tensor:
    """A picture as an RGB tensor.

    Args:
        source: a path or an open binary file; a PIL image; an array ``[H, W]``,
            ``[H, W, 3]`` or ``[H, W, 4]`` of uint8, uint16 or floats in 0 to 1; or a
            tensor ``[3, H, W]``, uint8 or floats in 0 to 1.

    Returns:
        ``[3, H, W]``, uint8. A picture that its EXIF data declares to be turned
        is turned. Grey, palette and CMYK pictures are converted, an alpha channel is
        dropped, floats and 16-bit values are scaled (0 to 65535 becomes 0 to 255; PIL's
        own conversion would cut everything above 255).

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is no image or is cut short (it names the file), or if
            an array or tensor is not as above; if floats are not finite or not in 0 to
            1, in a file, too.
    """
    if isinstance(source, Tensor):
        return _from_tensor(source)
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        return _from_pil(source)
    try:
        with Image.open(source) as image:
            return _from_pil(image)
    except FileNotFoundError:
        raise
    except Exception as error:  # decoders raise whatever a broken file leads them to
        name = source if isinstance(source, str | Path) else _name(source)
        reason = str(error) or type(error).__name__
        raise ValueError(f"{name} cannot be read as an image: {reason}") from error


def resize(image: Tensor, size_px: int) -> Tensor:
    """The picture warped to a square, as SSD looks at it.

    Args:
        image: ``[..., 3, H, W]``, uint8 or float.
        size_px: side of the square.

    Returns:
        ``[..., 3, size_px, size_px]``, same dtype; bilinear without antialiasing, as
        Caffe at test time and torchvision's SSD have it.
    """
    return _resize(
        image, [size_px, size_px], InterpolationMode.BILINEAR, antialias=False
    )


def normalize(image: Tensor) -> Tensor:
    """The picture as the network takes it: Caffe's mean off, at Caffe's scale.

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


def _name(file: BinaryIO) -> str:
    return str(getattr(file, "name", "the open file"))


def _from_pil(image: Image.Image) -> Tensor:
    image = ImageOps.exif_transpose(image)
    if image.mode == "F":
        return _from_array(np.asarray(image))
    if image.mode in SIXTEEN_BIT:
        return _from_array(_sixteen_bits(np.asarray(image)))
    return _from_array(np.array(image.convert("RGB")))


def _sixteen_bits(pixels: np.ndarray) -> np.ndarray:
    """PIL gives some of these files as 32 bits."""
    low, high = pixels.min(initial=0), pixels.max(initial=0)
    if low < 0 or high > 65535:
        raise ValueError(f"source must be in 0 to 65535, got {low} to {high}")
    return pixels.astype(np.uint16)


def _from_array(pixels: np.ndarray) -> Tensor:
    if pixels.ndim == 2:
        pixels = pixels[:, :, None].repeat(3, axis=2)  # [H, W] -> [H, W, 3]
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or not pixels.size:
        raise ValueError(
            f"source must be [H, W], [H, W, 3] or [H, W, 4], got {list(pixels.shape)}"
        )
    if pixels.dtype == np.uint16:
        pixels = (pixels / 257).round().astype(np.uint8)  # 65535 = 255 * 257
    elif np.issubdtype(pixels.dtype, np.floating):
        pixels = pixels.astype(np.float32)
    elif pixels.dtype != np.uint8:
        raise ValueError(f"source must be uint8, uint16 or floats, got {pixels.dtype}")
    rgb = np.ascontiguousarray(pixels[:, :, :3].transpose(2, 0, 1))
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
