"""The parts that all static figures share: charts, and pictures with boxes."""

import base64
import io
import itertools
import re

import pytest
import torch
from PIL import Image

from ssd_lib.figures.bars import Row, bars, ranges
from ssd_lib.figures.charts import Line, Panels, apart, curves
from ssd_lib.figures.pictures import Picture, Sheet

RISE = Line("rise", [0, 1], [0.25, 0.75], "accent")
GREEN = torch.tensor([0, 200, 0], dtype=torch.uint8)[:, None, None].expand(3, 40, 80)
ONE = torch.tensor([[0.25, 0.5, 0.75, 1.0]])


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_a_curve_carries_its_name_and_its_numbers():
    found = curves([RISE], "step", "mAP", "It rises.", ylim=(0, 1))
    assert {"rise", "step", "mAP"} <= set(texts(found.svg))
    assert repr(found) == "rise: 0 0.25, 1 0.75"
    assert "var(--ssd-accent" in found.svg


def test_of_many_points_some_are_written():
    many = Line("many", range(1000), range(1000), "accent")
    written = repr(curves([many], "x", "y", "It rises."))
    assert written.startswith("many: 0 0, ")
    assert written.endswith(", 999 999")
    assert written.count(",") < 12


def test_letters_are_those_of_the_page():
    svg = curves([RISE], "step", "mAP", "It rises.").svg
    assert "DejaVu" not in svg
    assert "var(--ssd-face-ui, sans-serif)" in svg


def test_names_that_would_meet_are_moved_apart_in_their_order():
    found = apart([5.0, 5.5, 4.9, 90.0], gap=10)
    assert [sorted(found).index(place) for place in found] == [1, 2, 0, 3]
    near = sorted(found)
    assert all(high - low >= 10 for low, high in itertools.pairwise(near))
    assert found[3] == 90
    assert min(apart([5.0, 5.5, 4.9], gap=10, floor=3)) == 3


def test_bars_are_as_long_as_their_numbers_and_stand_in_order():
    found = bars([Row("a", [0.5], "half", "kept"), Row("bb", [1.0], "whole", "kept")], "Bars.")
    assert repr(found) == "a   half\nbb  whole"
    corners = re.findall(r'<path d="M ([\d.]+) [\d.]+ \nL ([\d.]+)', found.svg)
    lengths = [float(right) - float(left) for left, right in corners if float(right) > float(left)]
    assert any(abs(other - 2 * one) < 0.01 for one in lengths for other in lengths)


def test_ranges_say_the_mean_and_every_value():
    found = ranges([Row("a", [0.2, 0.4], "", "kept")], "Dots.", title="AP", limits=(0, 1))
    assert repr(found) == "a  0.300 (0.200, 0.400)"


def test_panels_hold_all_their_charts():
    one = curves([RISE], "step", "loss", "It rises.")
    both = Panels(one, one)._repr_mimebundle_()
    assert both["text/html"].count("<svg") == 2
    assert both["text/plain"].split("\n\n") == [repr(one)] * 2
    width = Image.open(io.BytesIO(one.png)).width
    assert Image.open(io.BytesIO(both["image/png"])).width == 2 * width


def test_a_picture_holds_its_image_as_webp():
    svg = Picture(GREEN, alt="Green.").svg
    data = re.search(r"data:image/webp;base64,([^\"]+)", svg)[1]
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (image.format, image.size) == ("WEBP", (80, 40))
    assert abs(image.convert("RGB").getpixel((40, 20))[1] - 200) < 8
    assert 'viewBox="0 0 600 300"' in svg


def test_a_box_lies_where_its_fractions_say():
    found = Picture(GREEN, ONE, ["dog 0.91"], ["dog"], alt="A dog.")
    assert 'x="150.0" y="150.0" width="300.0" height="150.0" stroke="var(--ssd-dog' in found.svg
    assert texts(found.svg) == ["dog 0.91"]
    assert repr(found) == "dog 0.91 0.250 0.500 0.750 1.000"


def test_names_stay_in_the_image_and_off_one_another():
    edges = torch.tensor([[0.0, 0.0, 0.1, 0.1], [0.0, 0.0, 0.1, 0.1], [0.95, 0.9, 1.0, 1.0]])
    svg = Picture(GREEN, edges, ["bird", "bird", "kite"], ["bird"], alt="Crowded.").svg
    places = [
        [float(value) for value in one]
        for one in re.findall(
            r'x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx', svg
        )
    ]
    assert len(places) == 3
    for x, y, w, h in places:
        assert 0 <= x <= 600 - w
        assert 0 <= y <= 300 - h
    (x, y, w, h), (u, v, *_) = places[:2]
    assert u >= x + w or v >= y + h


def test_names_are_as_many_as_boxes():
    with pytest.raises(ValueError, match="names must be 1, got 2"):
        Picture(GREEN, ONE, ["dog", "cat"], ["dog"], alt="No.")
    with pytest.raises(ValueError, match="tokens must be 1, got 2"):
        Picture(GREEN, ONE, tokens=["dog", "cat"], alt="No.")


def test_a_sheet_holds_its_pictures_and_their_titles():
    sheet = Sheet([Picture(GREEN, alt="One.", title="before"), Picture(GREEN, alt="Two.")], 2)
    html = sheet._repr_mimebundle_()["text/html"]
    assert html.count("<svg") == 2
    assert ">before<" in html
    assert repr(sheet) == "before\n\nTwo."
