"""Drawings in the built pages: shorter, and the same to look at."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))

import drawings  # noqa: E402

DRAWING = """<svg role="img" aria-label="12.3456 of 20" xmlns:xlink="http://www.w3.org/1999/xlink">
 <defs>
  <path id="m1.23456" d="M 0 -3.5004
L 1.23456 2
"/>
 </defs>
 <!-- a name -->
 <g id="line2d_1"/>
 <g id="patch_1">
 </g>
 <g id="text_1">
  <text style="fill: #123456" x="100.456789" transform="rotate(-0 100.4 9)">a  0.98765%</text>
 </g>
 <g id="line2d_2" clip-path="url(#p7)">
  <use xlink:href="#m1.23456" x="-7.129000" transform="rotate(-30 1.239 2)"/>
 </g>
</svg>"""
SHORT = """<svg role="img" aria-label="12.3456 of 20" xmlns:xlink="http://www.w3.org/1999/xlink">
<defs>
<path id="m1.23456" d="M 0 -3.50
L 1.23 2
"/>
</defs>
<g>
<text style="fill: #123456" x="100.45">a  0.98765%</text>
</g>
<g clip-path="url(#p7)">
<use xlink:href="#m1.23456" x="-7.12" transform="rotate(-30 1.23 2)"/>
</g>
</svg>"""
OTHER = '<svg viewBox="0 0 1 1">\n  <!-- mine -->\n  <g id="kept"/>\n <path d="M 0.12345 1"/></svg>'


def test_a_drawing_is_said_in_fewer_words():
    assert drawings.slim(DRAWING) == SHORT


def test_what_it_says_to_readers_stays():
    text = "<p>12.3456 <!-- kept --></p>\n   "
    assert drawings.slim(f"{text}{DRAWING}{text}") == f"{text}{SHORT}{text}"


def test_other_drawings_and_pages_without_one_stay():
    assert drawings.slim(OTHER) == OTHER
    assert drawings.slim("") == ""


def test_a_picture_says_its_proportion_once():
    svg = '<svg role="img" aria-label="a" viewBox="0 0 600 300.5" style="width: 100%">'
    said = svg.replace('style="', 'style="aspect-ratio: 600 / 300.5; ')
    assert drawings.proportioned(svg) == drawings.proportioned(said) == said
    assert drawings.proportioned('<svg viewBox="0 0 6 3">') == '<svg viewBox="0 0 6 3">'
