"""Which letters the book's faces keep."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
import faces  # noqa: E402


def test_letters_of_pages_scripts_and_sheets_are_kept_however_they_are_written(tmp_path):
    (tmp_path / "_static/widgets").mkdir(parents=True)
    for name, text in {
        "index.html": "<p>\u00e9 &times;</p>",
        "_static/reading.js": '"\u2192"',
        "_static/widgets/lab.js": r'"\u00b2"',
        "_static/site.css": 'a::after { content: "\u2013" }',
        "_static/search_index.js": "\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    kept = set(faces.letters(tmp_path))
    assert kept == set(faces.ASCII) | set("\u00e9\u00d7\u2192\u00b2\u2013")


def test_the_weights_are_those_that_the_sheet_declares():
    sheet = (ROOT / "book/_static/book.css").read_text(encoding="utf-8")
    least, most = faces.WEIGHTS
    assert sheet.count(f"font-weight: {least} {most}; font-display") == len(faces.FACES)
