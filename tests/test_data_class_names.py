"""Names of classes: what looks alike is one class, and what is no name is none."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssd_lib.data.class_names import alike, classes_of, clean, is_background


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat", "cat"),
        (" cat\n", "cat"),
        ("traffic \t\r\n light", "traffic light"),
        ("traffic\xa0light", "traffic light"),
        ("\u3000traffic\u2003light\u2009", "traffic light"),
        ("stop_sign", "stop_sign"),
        ("T-Shirt", "T-Shirt"),
        ("12", "12"),
        ("none", "none"),
        ("nan", "nan"),
        ("\ufeffcat", "cat"),
        ("c\u200ba\u2060t", "cat"),
        ("\u202acat\u202c", "cat"),
        ("cat\x00\x00", "cat"),
        ("\x1b[31mcat", "[31mcat"),
        ("co\xadop", "coop"),
        ("e\u0301te\u0301", "\xe9t\xe9"),
        (unicodedata.normalize("NFD", "사람"), "사람"),
        ("می\u200cخرم", "می\u200cخرم"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("\uff23\uff21\uff34", "\uff23\uff21\uff34"),
        ("", ""),
        (" \u200b\t", ""),
    ],
)
def test_text_is_made_one_spelling(name, expected):
    assert clean(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [(3, "3"), (0, "0"), (-1, "-1"), (1.0, "1.0"), (2.5, "2.5"), (10**30, str(10**30))],
)
def test_a_number_is_a_name(name, expected):
    assert clean(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        None,
        True,
        False,
        float("nan"),
        float("inf"),
        -float("inf"),
        b"cat",
        ["cat"],
        {"name": "cat"},
        pytest.param(object(), id="object"),
    ],
    ids=str,
)
def test_what_is_neither_text_nor_number_is_no_name(name):
    assert clean(name) == ""


def test_all_blanks_of_python_are_blanks_here():
    blanks = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
    assert len(blanks) > 20
    assert {clean(f"a{blank}b") for blank in blanks} == {"a b"}


@given(st.text())
def test_a_clean_name_stays_as_it_is(name):
    once = clean(name)
    assert clean(once) == once == once.strip()
    assert clean(unicodedata.normalize("NFD", name)) == once


@pytest.mark.parametrize(
    "name", ["background", "Background", "BACKGROUND", "__background__", "_background_"]
)
def test_names_of_background(name):
    assert is_background(name)
    assert classes_of([name, "cat"]) == ("background", "cat")


@pytest.mark.parametrize("name", ["", "back", "background car", "_", "bg"])
def test_other_names_are_not_backgrounds(name):
    assert not is_background(name)


def test_classes_come_once_in_their_order():
    names = ["dog", "cat", "", "dog", "Cat", "background"]
    assert classes_of(names) == ("background", "dog", "cat", "Cat")
    assert classes_of(iter(names)) == classes_of(names)
    assert classes_of([]) == ("background",)


def test_names_that_differ_in_case_alone_are_told_in_groups():
    classes = ("background", "mark", "dog", "Mark", "DOG", "MARK", "cat")
    assert alike(classes) == [["mark", "Mark", "MARK"], ["dog", "DOG"]]
    assert alike(("background", "Straße", "STRASSE")) == [["Straße", "STRASSE"]]
    assert alike(("background", "cat", "cats")) == []
