"""Small fonts for tests; what makes them comes with matplotlib."""

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


def make_font(folder, family, characters, bold=False):
    """A font in which all of some characters are one square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    names = [".notdef", *(f"u{ord(c):x}" for c in characters)]
    font = FontBuilder(1000)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(c): f"u{ord(c):x}" for c in characters})
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(names, (800, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    style = "Bold" if bold else "Regular"
    font.setupNameTable({"familyName": family, "styleName": style})
    font.setupOS2(usWeightClass=700 if bold else 400)
    font.setupPost()
    path = str(folder / f"{family}-{style}.ttf")
    font.save(path)
    return path
