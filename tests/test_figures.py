"""Colours that can be read in both schemes, and drawings that take them from the page."""

import re

import pytest
from matplotlib.figure import Figure

from ssd_lib.figures.style import TOKENS, LineFigure, colours

GROUNDS = ("paper", "raised", "sunk", "wash")
LINES = ("default", "dropped", "edge")  # drawn, never written: 3 to 1 is enough
NOT_INK = {*GROUNDS, "hair", "on-box", "on-accent"}
ROLES = ("truth", "default", "positive", "forced", "mined", "prediction", "kept", "dropped")
CLASSES = ("dog", "cat", "ball", "bird", "car", "kite", "tree", "boat")
MAPS = tuple(f"map-{number}" for number in range(1, 7))
SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def luminance(colour):
    """By WCAG 2, of a colour as #rrggbb."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@SCHEMES
def test_every_colour_can_be_read_on_every_ground(dark):
    found = colours(dark)
    pale = {
        (name, ground): round(contrast(found[name], found[ground]), 2)
        for name in found.keys() - NOT_INK
        for ground in GROUNDS
        if contrast(found[name], found[ground]) < (3 if name in LINES else 4.5)
    }
    assert pale == {}


@SCHEMES
def test_a_name_can_be_read_on_the_box_it_names(dark):
    found = colours(dark)
    pale = [
        name
        for name in (*CLASSES, *MAPS, *ROLES)
        if contrast(found[name], found["on-box"]) < (3 if name in LINES else 4.5)
    ]
    assert pale == []
    assert contrast(found["accent"], found["on-accent"]) >= 4.5


SHEETS = [
    *(TOKENS.parents[2] / "book/_static" / name for name in ("book.css", "icons.css")),
    *sorted((TOKENS.parents[1] / "widgets").glob("*.css")),
]
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def used(text, properties):
    """The tokens that declarations of some properties name alone."""
    found = re.findall(rf"(?<![\w-])(?:{properties}): var\(--ssd-([\w-]+)\)", text)
    return {name for name in found if name in colours()}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_words_are_written_in_inks_on_grounds_that_are_tested(sheet):
    """A rule that sets both may turn the scheme around; then that pair is computed."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    pale = []
    for selector, rule in RULE.findall(text):
        inks, grounds = used(rule, "color"), used(rule, "background|background-color")
        if (not grounds and inks & NOT_INK - {"on-box", "on-accent"}) or inks & {*LINES}:
            pale.append((selector.strip(), inks))
        for dark in (False, True):
            found = colours(dark)
            pale += [
                (selector.strip(), ink, ground)
                for ink in inks
                for ground in grounds
                if contrast(found[ink], found[ground]) < 4.5
            ]
    assert pale == []


@SCHEMES
def test_classes_maps_and_roles_have_a_colour_each(dark):
    found = colours(dark)
    for kind in (CLASSES, MAPS):
        assert len({found[name] for name in kind}) == len(kind)
    assert set(ROLES) <= found.keys()


def test_the_dark_scheme_names_what_the_light_one_does():
    light, dark = re.split(r'(?=html\[data-theme="dark"\])', TOKENS.read_text())
    names = [set(re.findall(r"--ssd-([\w-]+): #", text)) for text in (light, dark)]
    assert names[0] == names[1]


def drawn(colour):
    figure = Figure(figsize=(3, 2), facecolor=colours()["paper"])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.plot([0, 1], [0, 1], color=colour)
    return figure


def test_a_drawing_takes_its_colours_from_the_page():
    found = LineFigure(drawn(colours()["mined"]), 'A line that rises, "steeply"', "0 1\n1 2")
    assert "var(--ssd-mined, #a3195b)" in found.svg
    assert 'aria-label="A line that rises, &quot;steeply&quot;"' in found.svg
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == "0 1\n1 2"
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert not re.search(r"\d{4}-\d\d-\d\dT", found.svg)


def test_drawing_twice_gives_the_same_bytes():
    one, other = (LineFigure(drawn(colours()["kept"]), "A line") for _ in range(2))
    assert (one.svg, one.png) == (other.svg, other.png)


def test_a_colour_that_is_no_token_is_refused():
    with pytest.raises(ValueError, match=r"tokens\.css, got #123456"):
        LineFigure(drawn("#123456"), "A line")
