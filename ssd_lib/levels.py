"""Image files of more than 8 bits: their values brought to 0 to 255 by one rule."""

import math
import sys
from typing import TypeVar

import numpy as np
from PIL import Image, ImageFile

LEVELS = (255, 1023, 4095, 16_383, 65_535)  # the largest values of 8 to 16 bits
NEITHER = 16  # floats whose largest is above 1 and not above this are of no known scale
GREY = ("I;16", "I;16L", "I;16B", "I;16N", "I")
SCALED_BY_PIL = ("PPM", "JPEG2000")  # to 16 bits, by what the file declares
MAX_SAMPLE_VALUE, BITS_PER_SAMPLE, PHOTOMETRIC = 281, 258, 262  # TIFF's tags
WHITE_IS_ZERO = 0
Tile = TypeVar("Tile", bound=tuple)
OTHER = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}


def as_bytes(image: Image.Image) -> np.ndarray | None:
    """The values of an image of more than 8 bits as bytes.

    Grey ones of 9 to 32 bits and of floats, and colours of 16 bits in files that are
    not loaded yet, of which PIL keeps the upper byte alone. :func:`read_image` has the
    rule.

    Args:
        image: as :func:`PIL.Image.open` gives it; this loads it.

    Returns:
        ``[H, W]`` or ``[H, W, 3]``, uint8; None if the image has 8 bits or fewer.

    Raises:
        ValueError: if values are negative, not finite, or of no known scale.
    """
    values = _sixteen_bit_colours(image)
    if values is None:
        if image.mode not in (*GREY, "F"):
            return None
        values = np.asarray(image)
    whites = _tag(image, PHOTOMETRIC) == WHITE_IS_ZERO and values.ndim == 2
    scaled = _scaled(values, _declared(image))
    return 255 - scaled if whites else scaled


def _scaled(values: np.ndarray, declared: int) -> np.ndarray:
    """Bytes of values from 0 to the smallest level that holds all that there can be."""
    if not values.size:
        return values.astype(np.uint8)
    low, high = values.min().item(), values.max().item()
    whole = np.issubdtype(values.dtype, np.integer)
    if not whole and not math.isfinite(high - low):
        raise ValueError(f"source must be finite, got {low:g} to {high:g}")
    slack = 0 if whole else 0.5 / 255  # for rounding errors
    levels = LEVELS if whole else (1, *LEVELS)
    level = next((n for n in levels if max(high, declared) <= n * (1 + slack)), None)
    if level is None or low < -slack * level:
        got = f"{low} to {high}" if whole else f"{low:g} to {high:g}"
        raise ValueError(f"source must be in 0 to 65535, got {got}")
    if not whole and level > 1 and max(high, declared) <= NEITHER:
        raise ValueError(
            f"source must be floats in 0 to 1, or from 0 to more than {NEITHER}, "
            f"got {low:g} to {high:g}"
        )
    return (values * (255 / level)).clip(0, 255).round().astype(np.uint8)


def _declared(image: Image.Image) -> int:
    """The largest value that can be, if the file says so, else 0."""
    if image.format in SCALED_BY_PIL:
        return LEVELS[-1]
    bits, largest = _tag(image, BITS_PER_SAMPLE), _tag(image, MAX_SAMPLE_VALUE)
    least = 2**bits - 1 if 8 < bits < 16 else 0
    return max(least, largest if largest <= LEVELS[-1] else 0)  # of 32 bits: no scale


def _tag(image: Image.Image, number: int) -> int:
    """The largest whole number of a TIFF's tag, -1 without it."""
    value = getattr(image, "tag_v2", {}).get(number, ())
    values = value if isinstance(value, tuple) else (value,)
    return max((v for v in values if isinstance(v, int)), default=-1)


def _sixteen_bit_colours(image: Image.Image) -> np.ndarray | None:
    """``[H, W, 3]`` or, of grey with alpha, ``[H, W]``; None if it is no such file.

    PIL unpacks the upper byte of each value. Told that the bytes are in the other
    order, it unpacks the lower one.
    """
    if not isinstance(image, ImageFile.ImageFile) or image.fp is None:
        return None
    raw = _raw_mode(image)
    if raw == "LA;16B":  # bytes of grey and of alpha: taken for four channels
        both = np.asarray(_loaded_as(image, "RGBA")).astype(np.uint16)
        return both[..., 0] * 256 + both[..., 1]
    if raw[:-1] not in ("RGB;16", "RGBA;16", "RGBX;16") or raw[-1] not in OTHER:
        return None
    upper = np.asarray(Image.open(image.fp))[..., :3].astype(np.uint16)
    lower = np.asarray(_loaded_as(image, raw[:-1] + OTHER[raw[-1]]))[..., :3]
    return upper * 256 + lower


def _raw_mode(image: ImageFile.ImageFile) -> str:
    """How the values of a file that is not loaded yet lie in it; may be empty."""
    args = image.tile[0][3] if image.tile else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _loaded_as(image: ImageFile.ImageFile, raw: str) -> ImageFile.ImageFile:
    """The image, its values unpacked as if they lay so in the file."""
    image.tile = [_with_raw_mode(tile, raw) for tile in image.tile]
    image.load()
    return image


def _with_raw_mode(tile: Tile, raw: str) -> Tile:
    """A tile of the same type: Pillow had tuples before it had named ones."""
    *place, args = tile
    changed = (raw, *args[1:]) if isinstance(args, tuple) else raw
    return tuple.__new__(type(tile), (*place, changed))
