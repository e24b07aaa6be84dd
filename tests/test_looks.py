"""What the measures of the pages compute, without a browser."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import looks  # noqa: E402


def page(**how):
    return {"tall": 1000, "code": [], "pictures": [], "lines": [], "beyond": 0, "widgets": []} | how


@pytest.mark.parametrize(
    ("spans", "height"),
    [
        ([], 0),
        ([(0, 10), (20, 25)], 15),
        ([(20, 30), (0, 25)], 30),
        ([(0, 100), (10, 20), (90, 110)], 110),
    ],
)
def test_what_lies_on_another_is_counted_once(spans, height):
    assert looks.covered(spans) == height


def test_a_chapter_is_summed_up_in_a_line():
    wide = page(code=[(0, 50), (100, 150)], pictures=[(900, 950), (300.4, 350)], lines=[5, 6, 12])
    assert looks.summary("boxes", {320: page(beyond=3), 390: page(), 1440: wide}) == (
        "boxes",
        10,
        300,
        2,
        "320",
    )
    assert looks.summary("faq", {1440: page()}) == ("faq", 0, "-", 0, "none")


def test_a_widget_has_its_height_at_each_width():
    tall = {390: 900, 1200: 700, 1440: 600}
    by_width = {
        width: page(widgets=[{"name": "iou_playground", "tall": px, "image": px // 2}])
        for width, px in tall.items()
    }
    rows = looks.widget_rows("boxes", by_width)
    assert rows == [("boxes", "iou_playground", "600 (300)", "700 (350)", "900 (450)")]


def test_a_table_lines_up():
    assert looks.table(("a", "long"), [("wide", 1), ("b", 22)]) == "a     long\nwide  1\nb     22"


def test_heights_are_written_for_pages_with_widgets_and_kept_for_others(tmp_path, monkeypatch):
    heights = tmp_path / "heights.json"
    heights.write_text(json.dumps({"boxes": [[1, 2, 3]], "gone": [[4, 5, 6]]}))
    monkeypatch.setattr(looks, "HEIGHTS", heights)
    found = {
        width: page(widgets=[{"name": "lab", "tall": width, "image": 0}])
        for width in looks.RESERVED
    }
    empty = {width: page() for width in looks.RESERVED}
    looks.reserve({"loss": found, "gone": empty})
    assert json.loads(heights.read_text()) == {"boxes": [[1, 2, 3]], "loss": [[390, 1200, 1440]]}
