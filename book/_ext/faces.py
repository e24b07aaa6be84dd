"""The book's own faces: of each the letters, weights and features that the pages show.

A face comes with some two hundred letters, nine weights and alternates for every taste;
the pages show half of the letters and the weights of text and of headings. Text waits for
its face on a phone's line, so the rest is left out when the pages are finished.
"""

import html
import json
import re
from pathlib import Path

import npm_packages

FOLDER = "_static/fonts"
WEIGHTS = (400, 750)  # book.css declares them, too
SHAPES = ["kern", "liga", "ccmp", "locl", "mark", "mkmk"]
FACES = {
    "source-serif-4/files/source-serif-4-latin-wght-normal.woff2": SHAPES,
    "source-serif-4/files/source-serif-4-latin-wght-italic.woff2": SHAPES,
    "inter/files/inter-latin-wght-normal.woff2": [*SHAPES, "calt", "tnum"],
    "jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2": SHAPES,
}
ASCII = "".join(map(chr, range(0x20, 0x7F)))  # what a reader may type
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def write(out: Path) -> None:
    """Put the faces into a finished site.

    Raises:
        RuntimeError: if a face cannot be read or made smaller; with what was said.
    """
    faces = [
        {
            "from": str(npm_packages.MODULES / "@fontsource-variable" / name),
            "to": str(out / FOLDER / Path(name).name),
            "weights": WEIGHTS,
            "features": features,
        }
        for name, features in FACES.items()
    ]
    npm_packages.run("subset.mjs", text=json.dumps({"text": letters(out), "faces": faces}))


def letters(out: Path) -> str:
    """Every character that the pages of a site, their scripts and their sheets can show."""
    found = set(ASCII)
    for pattern in ("**/*.html", "_static/*.js", "_static/widgets/*.js", "_static/*.css"):
        for file in out.glob(pattern):
            text = file.read_text(encoding="utf-8")
            text = ESCAPED.sub(lambda code: chr(int(code[1], 16)), html.unescape(text))
            found.update(text)
    return "".join(sorted(letter for letter in found if letter.isprintable()))
