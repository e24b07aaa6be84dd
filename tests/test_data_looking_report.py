"""What is said of a data set: every object counted once, every line fit to be shown."""

import json
from pathlib import Path

import pytest

from ssd_lib.data.labelled import Record
from ssd_lib.data.looking.report import Count, as_json, as_text, report_of
from ssd_lib.data.problems import Problems
from ssd_lib.data.records import Records

BOX = [10.0, 20.0, 40.0, 60.0]


def record(*labels, difficult=None, crowd=(), name="a.png"):
    count = len(labels)
    return Record(
        Path(name),
        [BOX] * count,
        list(labels),
        list(difficult or [False] * count),
        (80, 100),
        list(crowd),
        [],
    )


def data(*records, classes=("background", "cat", "dog"), problems=None, **options):
    return Records(records, classes, None, problems, **options)


def lines_of(*arguments, **options):
    return as_text(report_of(data(*arguments, **options))).splitlines()


def counted(counts):
    """Classes by their number of objects."""
    labels = [k for k, count in enumerate(counts.values(), 1) for _ in range(count)]
    return lines_of(record(*labels), classes=("background", *counts))


def test_objects_images_and_what_was_left_out_are_said():
    problems = Problems()
    for name in ("b.png", "c.png"):
        problems.add("image", "cannot be read: it is cut short", f"/whole/{name}")
    problems.add("object", "a box without area", "a.xml, object 1")
    problems.note("image resized", "/whole/d.png")
    dataset = data(
        record(2, 2, 1, 2),
        record(2, 1, 2, difficult=[True, True, False], crowd=[False, True, False]),
        record(),
        problems=problems,
        root=Path("data/pets"),
        form="COCO",
    )
    report = report_of(dataset)
    assert report.classes == {"cat": Count(2, 0, 1), "dog": Count(5, 1, 0)}
    assert as_text(report) == (
        "data/pets: COCO, 3 images (1 without objects), 7 objects\n"
        "  dog  5  (1 difficult)\n"
        "  cat  2  (1 crowd)\n"
        "left out: 2 images: cannot be read: it is cut short (first: /whole/b.png)\n"
        "left out: 1 object: a box without area (first: a.xml, object 1)\n"
        "note: image resized (/whole/d.png)"
    )
    assert json.loads(json.dumps(as_json(report))) == {
        "path": "data/pets",
        "form": "COCO",
        "images": 3,
        "without_objects": 1,
        "objects": 7,
        "classes": {
            "cat": {"objects": 2, "difficult": 0, "crowds": 1},
            "dog": {"objects": 5, "difficult": 1, "crowds": 0},
        },
        "left_out": [
            "2 images: cannot be read: it is cut short (first: /whole/b.png)",
            "1 object: a box without area (first: a.xml, object 1)",
        ],
        "notes": ["image resized (/whole/d.png)"],
    }


def test_one_is_no_plural_and_what_is_not_known_is_not_said():
    assert lines_of(record(1), classes=("background", "cat")) == [
        "the data set: 1 image, 1 object",
        "  cat  1",
    ]


def test_a_name_that_is_given_goes_before_the_root():
    dataset = data(record(1), root=Path("data"))
    assert report_of(dataset, "data, train").path == "data, train"


def test_classes_of_equal_numbers_stay_in_their_order():
    assert counted({"b": 1, "c": 12, "a": 1})[1:] == ["  c  12", "  b   1", "  a   1"]


def test_of_many_classes_the_largest_are_listed():
    twenty = {f"class {k}": k + 1 for k in range(20)}
    assert len(counted(twenty)) == 21
    more = counted(twenty | {"many": 99})
    assert len(more) == 12
    assert more[1:3] == ["  many      99", "  class 19  20"]
    assert more[-1] == "  and 11 more classes, of 1 to 11 objects each"
    equal = counted({f"class {k}": 7 for k in range(80)})
    assert equal[-1] == "  and 70 more classes, of 7 objects each"


def test_classes_without_objects_are_named():
    assert counted({"cat": 1, "dog": 0, "cow": 0})[1:] == [
        "  cat  1",
        "  without objects: dog, cow",
    ]
    many = counted({"cat": 1} | {f"c{k}": 0 for k in range(12)})
    assert many[-1] == ("  without objects: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more")


def test_names_are_aligned_in_any_writing():
    lines = counted({"고양이": 4, "e\u0301t\u00e9": 3, "cat": 2})
    assert lines[1:] == ["  고양이  4", "  e\u0301t\u00e9     3", "  cat     2"]


@pytest.mark.parametrize(("letter", "kept", "width"), [("x", 39, 40), ("猫", 19, 39)])
def test_a_long_name_leaves_room_for_its_number(letter, kept, width):
    lines = counted({letter * 300: 2, "cat": 1})
    assert lines[1:] == [f"  {letter * kept}…  2", f"  {'cat':{width}}  1"]


def test_nothing_that_is_said_acts_on_a_terminal():
    problems = Problems()
    problems.add("object", "named 'a\x1b[2J'", "b\rc.xml\nx")
    problems.note("two\nlines", "d\u202e.png")
    lines = lines_of(
        record(1),
        classes=("background", "evil\x1b[2J\n"),
        problems=problems,
        root=Path("a\x07"),
        form="COCO",
    )
    assert lines == [
        r"a\x07: COCO, 1 image, 1 object",
        r"  evil\x1b[2J\n  1",
        r"left out: 1 object: named 'a\x1b[2J' (first: b\rc.xml\nx)",
        r"note: two\nlines (d\u202e.png)",
    ]
