"""What an argument may be: the range, the kind, and the message."""

import math
import re

import numpy as np
import pytest
import torch

from ssd_lib.arguments import check_count, check_number, check_range


@pytest.mark.parametrize("value", [0, 1, 0.5, 1.0, np.float32(0.25), np.int64(1)])
def test_numbers_of_the_range_are_taken(value):
    check_number("share", value, maximum=1)


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (-0.1, {}, "x must be finite and at least 0, got -0.1"),
        (0, {"exclusive_minimum": True}, "x must be finite and above 0, got 0"),
        (1.5, {"maximum": 1}, "x must be from 0 to 1, got 1.5"),
        (
            0.0,
            {"maximum": 1, "exclusive_minimum": True},
            "x must be above 0 and at most 1, got 0.0",
        ),
        (math.nan, {"maximum": 1}, "x must be from 0 to 1, got nan"),
        (math.inf, {}, "x must be finite and at least 0, got inf"),
        (1e308, {}, "x must be finite and at least 0, got 1e+308"),
        (-1, {"minimum": -0.5}, "x must be finite and at least -0.5, got -1"),
        (-math.inf, {"minimum": -math.inf}, "x must be finite, got -inf"),
        (math.nan, {"minimum": -math.inf}, "x must be finite, got nan"),
        (True, {}, "x must be finite and at least 0, got True"),
        (None, {}, "x must be finite and at least 0, got None"),
        ("0.5", {"maximum": 1}, "x must be from 0 to 1, got '0.5'"),
        (torch.tensor(0.5), {"maximum": 1}, "x must be from 0 to 1, got tensor(0.5000)"),
    ],
)
def test_other_numbers_are_refused_in_one_line(value, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_number("x", value, **options)


@pytest.mark.parametrize("value", [1, 200, np.int64(3)])
def test_counts_are_taken(value):
    check_count("top", value)


@pytest.mark.parametrize("value", [0, -1, 1.0, 1.5, math.nan, True, None, "3"])
def test_what_counts_nothing_is_refused(value):
    message = f"top must be a whole number of at least 1, got {value!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_count("top", value)


@pytest.mark.parametrize("values", [(0.3, 1.0), [0, 0], (1, 1)])
def test_ranges_are_taken(values):
    check_range("scale", values, maximum=1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.5, 0.2), "scale must be two numbers, from and to, got (0.5, 0.2)"),
        ((0.5,), "scale must be two numbers, from and to, got (0.5,)"),
        (0.5, "scale must be two numbers, from and to, got 0.5"),
        ("ab", "scale must be two numbers, from and to, got 'ab'"),
        ((0.5, 2), "scale[1] must be from 0 to 1, got 2"),
        ((math.nan, 1), "scale[0] must be from 0 to 1, got nan"),
    ],
)
def test_what_is_no_range_is_refused(values, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_range("scale", values, maximum=1)
