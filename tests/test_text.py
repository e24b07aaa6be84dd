"""Foreign text is shown with nothing in it that acts."""

import pytest

from ssd_lib.text import counted, visible


@pytest.mark.parametrize(
    "text",
    [
        "dog",
        "C:\\photos\\dog.jpg",
        "개",
        "Löwenzähnchen",
        "e\u0301",
        "日本語 写真",
        "🐕",
        "👩‍👩‍👧",
        "❤️",
        "می‌خواهم",
        "no\u00a0break",
        "",
    ],
)
def test_ordinary_text_stays(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jdog", r"\x1b[2Jdog"),
        ("dog\rcat", r"dog\rcat"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x00\x07\x7f\x9b", r"\x00\x07\x7f\x9b"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2066a\u2069\u200f", r"\u2066a\u2069\u200f"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("\ud800", r"\ud800"),
        ("\udcff.jpg", r"\udcff.jpg"),
        ("\ufeffdog\u200b", r"\ufeffdog\u200b"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_acts_or_hides_is_escaped(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown


def test_anything_is_taken_as_text():
    assert visible(3) == "3"


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (0, "class", "0 classes"),
        (1, "class", "1 class"),
        (1, "image", "1 image"),
        (12, "other kind", "12 other kinds"),
    ],
)
def test_a_noun_is_in_the_plural_unless_it_is_one(count, noun, text):
    assert counted(count, noun) == text
