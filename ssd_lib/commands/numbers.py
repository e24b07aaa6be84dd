"""What numbers a command takes, as types for argparse; each says what it must be.

They read plain ASCII digits. Python's own ``int`` and ``float`` take more: ``1_000``,
digits of other scripts, and blanks around them.
"""

import argparse
import math
import re

from ssd_lib.arguments import LARGEST
from ssd_lib.text import short

WHOLE = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.I | re.ASCII)
MOST = 2**31 - 1  # of steps, images and processes
SEEDS = (-(2**63), 2**64 - 1)  # of torch.manual_seed


def positive(text: str) -> int:
    """A whole number from 1 on."""
    return _whole(text, 1)


def not_negative(text: str) -> int:
    """A whole number from 0 on."""
    return _whole(text, 0)


def seed(text: str) -> int:
    """What torch takes as a seed."""
    number = _read_whole(text)
    if number is None or not SEEDS[0] <= number <= SEEDS[1]:
        raise _refused(f"a whole number from {SEEDS[0]} to {SEEDS[1]}", text)
    return number


def devices(text: str) -> int | str:
    """How many devices, or ``auto`` for all that are available."""
    if text == "auto":
        return text
    return _whole(text, 1, " or auto")


def fraction(text: str) -> float:
    """A number from 0 to 1."""
    number = _read_decimal(text)
    if not 0 <= number <= 1:  # nan, too
        raise _refused("a number from 0 to 1", text)
    return number


def positive_number(text: str) -> float:
    """A number above 0, as large as float32 holds it."""
    number = _read_decimal(text)
    if not 0 < number <= LARGEST:
        raise _refused("positive and finite", text)
    return number


def limit(text: str) -> float:
    """A number above 0; ``inf`` is no limit."""
    number = math.inf if text == "inf" else _read_decimal(text)
    if not number > 0:
        raise _refused("a number above 0, or inf", text)
    return number


def _whole(text: str, least: int, other: str = "") -> int:
    number = _read_whole(text)
    if number is None or number < least:
        raise _refused(f"a whole number from {least} on{other}", text)
    if number > MOST:
        raise _refused(f"a whole number up to {MOST}{other}", text)
    return number


def _read_whole(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text) else None


def _read_decimal(text: str) -> float:
    return float(text) if DECIMAL.fullmatch(text) else math.nan


def _refused(wanted: str, text: str) -> argparse.ArgumentTypeError:
    shown = text if text == text.strip() and 0 < len(text) <= 60 else short(text, 60)
    return argparse.ArgumentTypeError(f"must be {wanted}, got {shown}")
