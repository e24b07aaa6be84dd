"""Letters that the default font lacks are found in what else is installed."""

import logging

import pytest
from fonts import make_font
from matplotlib import ft2font, rcParams
from matplotlib.font_manager import fontManager

from ssd_lib.fonts import families, quiet

DEFAULT = list(rcParams["font.family"])


@pytest.mark.usefixtures("few_fonts")
def test_what_the_default_font_has_needs_no_other():
    texts = ["dog", "Löwenzähnchen", "собака", "כלב", "كلب", "$x_2^{\\frac}$", ""]
    assert families(texts) == dict.fromkeys(texts, DEFAULT)


@pytest.mark.usefixtures("few_fonts")
def test_letters_that_no_font_has_are_told_by_none():
    assert families(["개", "dog", "a 日"]) == {"개": None, "dog": DEFAULT, "a 日": None}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("bold", [True, False])
def test_an_installed_font_that_has_them_is_found(few_fonts, tmp_path, known, bold):
    family = f"Found {known} {bold}"
    path = make_font(tmp_path, family, "개日", bold)
    if known:
        fontManager.addfont(path)
    else:  # installed after matplotlib made its list
        few_fonts.append(path)
    assert families(["개 dog", "日", "犬"]) == {
        "개 dog": [*DEFAULT, family],
        "日": [*DEFAULT, family],
        "犬": None,
    }


def test_one_font_for_all_goes_before_several(few_fonts, tmp_path):
    for name, characters in (("A one", "개"), ("B one", "개日"), ("C one", "日犬")):
        few_fonts.append(make_font(tmp_path, name, characters))
    assert families(["개日"])["개日"] == [*DEFAULT, "B one"]
    assert families(["개日犬"])["개日犬"] == [*DEFAULT, "B one", "C one"]


def test_of_equal_ones_that_without_serifs_is_taken(few_fonts, tmp_path):
    few_fonts += [make_font(tmp_path, name, "개") for name in ("A Batang", "B Gothic")]
    assert families(["개"])["개"] == [*DEFAULT, "B Gothic"]


@pytest.mark.usefixtures("few_fonts")
def test_only_what_will_be_drawn_counts(tmp_path):
    fontManager.addfont(make_font(tmp_path, "Half", "개日"))
    fontManager.addfont(make_font(tmp_path, "Half", "日", bold=True))  # names are bold
    assert families(["개"]) == {"개": None}
    assert families(["日"]) == {"日": [*DEFAULT, "Half"]}


def test_a_broken_font_and_one_of_last_resort_are_passed_over(few_fonts, tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    few_fonts += [str(broken), str(tmp_path / "none.ttf")]
    few_fonts.append(make_font(tmp_path, "My Last Resort", "개"))
    assert families(["개"]) == {"개": None}


def test_fonts_are_searched_once_for_each_character(few_fonts, tmp_path, monkeypatch):
    few_fonts.append(make_font(tmp_path, "Once", "개"))
    font, opened = ft2font.FT2Font, []

    def counted(path):
        opened.append(path)
        return font(path)

    families(["개犬"])
    monkeypatch.setattr("matplotlib.ft2font.FT2Font", counted)
    assert families(["개犬", "개", "犬"])["개"]
    assert len(opened) == 3 * len(DEFAULT)  # whether the default font has them


def test_matplotlib_says_nothing_of_a_weight_that_is_missing(few_fonts, tmp_path, caplog):
    few_fonts.append(make_font(tmp_path, "No bold", "개"))
    with caplog.at_level(logging.WARNING):
        assert families(["개"])["개"]
    assert caplog.records == []
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    with pytest.raises(KeyError), quiet():
        raise KeyError
    assert logger.level == level
