"""What one label file says of its image and objects, and what is left out of it."""

import re
from xml.etree.ElementTree import fromstring

import pytest
from voc_form import GOOD, add, box, thing, write, xml

from ssd_lib.data.problems import Problems
from ssd_lib.data.voc.dataset import VOCFolder
from ssd_lib.data.voc.label_file import read_label_file, size_of, things_of

CLASSES = ("background", "cat", "dog")
CORNERS = [(10, 60), (40, 20), (15, 30)]
ROTATED = "<robndbox><cx>9</cx><cy>9</cy><w>4</w><h>4</h><angle>1</angle></robndbox>"


def polygon(corner, corners=CORNERS, tag="polygon"):
    return f"<{tag}>{''.join(corner.format(x, y) for x, y in corners)}</{tag}>"


def things(objects, tmp_path):
    problems = Problems(strict=True)
    file = write(tmp_path / "a.xml", xml(objects))
    return things_of(read_label_file(file, problems), file, problems)


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        (thing(""), "no box of four numbers"),
        (thing("<bndbox><xmin>1</xmin></bndbox>"), "no box of four numbers"),
        (thing(box(x1="one")), "no box of four numbers"),
        (thing(box(x1="12,5")), "a coordinate with a comma"),
        (thing(box(x1="nan")), "a coordinate that is not finite"),
        (thing(box(x2="inf")), "a coordinate that is not finite"),
        (thing(box(x2=10)), "a box without area"),
        (thing(box(y1=70)), "a box without area"),
        (thing(box(0.1, 0.2, 0.4, 0.6)), "a box within the first pixel: are these"),
        (thing(ROTATED), r"a rotated box \(robndbox\)"),
        (thing(box() + "<deleted>1</deleted>"), "marked as deleted"),
        (thing("<polygon><pt><x>1</x></pt></polygon>"), "no box of four numbers"),
        (thing("<polygon><pt/></polygon>"), "no box of four numbers"),
        (thing(polygon("<x>{}</x><y>{}</y>", CORNERS[:2])), "no box of four numbers"),
        (thing(polygon("<x>{}</x><w>{}</w>")), "no box of four numbers"),
        (thing(polygon("<x>{}</x><y>{}</y>").replace("<y>60</y>", "")), "no box of"),
        (thing(box(), "<name>zebra</name>"), "unknown class 'zebra'"),
        (thing(box(), "<name>Cat</name>"), r"unknown class 'Cat' \(there is 'cat'\)"),
        (thing(box(), "<name>Background</name>"), "named 'Background', which is class 0"),
        (thing(box(), ""), "no name"),
        (thing(box(), "<name> \n </name>"), "no name"),
    ],
)
def test_an_object_that_makes_no_sense_is_left_out_counted_and_told(objects, problem, tmp_path):
    root = add(tmp_path, "a", objects + GOOD)
    with pytest.warns(UserWarning, match=f"1 object: {problem}") as warned:
        data = VOCFolder(root, classes=CLASSES)
    where = str(root / "Annotations/a.xml") + ", object 0"
    assert where in str(warned[0].message)
    assert sum(data.problems.counts.values()) == 1
    assert data[0][1]["boxes"].tolist() == [[10, 20, 40, 60]]
    with pytest.raises(ValueError, match=rf"a\.xml, object 0: .*{problem}"):
        VOCFolder(root, classes=CLASSES, strict=True)


@pytest.mark.parametrize(
    ("edge", "number"),
    [("45.70000076293945", 45.70000076293945), ("1e1", 10), (" 12\n", 12), ("-3", -3)],
)
def test_numbers_may_be_written_in_several_ways(edge, number, tmp_path):
    [found] = things(thing(box(x1=edge, x2=90)), tmp_path)
    assert found.box == [number, 20, 90, 60]


@pytest.mark.parametrize(
    ("text", "difficult"),
    [
        ("1", True),
        ("true", True),
        (" Yes ", True),
        ("0", False),
        ("false", False),
        ("Unspecified", False),
        ("", False),
    ],
)
def test_difficult_is_read_as_it_is_meant(text, difficult, tmp_path):
    [found] = things(thing(box() + f"<difficult>{text}</difficult>"), tmp_path)
    assert found.difficult == difficult
    [found] = things(GOOD, tmp_path)
    assert not found.difficult


def test_parts_of_objects_are_no_objects(tmp_path):
    part = f"<part><name>head</name>{box(1, 1, 5, 5)}</part>"
    inner = f"<part>{thing(box(1, 1, 5, 5))}</part>"
    [found] = things(thing(part + inner + box()), tmp_path)
    assert (found.name, found.box) == ("cat", [10, 20, 40, 60])


def test_names_have_single_blanks(tmp_path):
    [found] = things(thing(box(), "<name>\n traffic \n light</name>"), tmp_path)
    assert found.name == "traffic light"


@pytest.mark.parametrize(
    "outline",
    [
        polygon("<pt><x>{}</x><y>{}</y></pt>"),
        "<polygon>"
        + "".join(f"<x{i}>{x}</x{i}><y{i}>{y}</y{i}>" for i, (x, y) in enumerate(CORNERS, 1))
        + "</polygon>",
        polygon("<point><x>{}</x><y>{}</y></point>", tag="points"),
    ],
)
def test_of_a_polygon_alone_it_is_the_box_around_it(outline, tmp_path):
    [found] = things(thing(outline), tmp_path)
    assert found.box == [10, 20, 40, 60]
    [found] = things(thing(outline + box(1, 2, 3, 4)), tmp_path)
    assert found.box == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("<size><width>640</width><height>480</height></size>", (480, 640)),
        ("<size><width> 640.0</width><height>480</height></size>", (480, 640)),
        ("<size><width>640.5</width><height>480</height></size>", None),
        ("<size><width>0</width><height>0</height></size>", None),
        ("<size><width>640</width><height>0</height></size>", None),
        ("<size><width>-640</width><height>480</height></size>", None),
        ("<size><width>1</width><height>1</height></size>", None),
        ("<size><width>640</width><height>x</height></size>", None),
        ("<size><width>inf</width><height>nan</height></size>", None),
        ("<size><width>640</width></size>", None),
        ("<size/>", None),
        ("", None),
    ],
)
def test_a_size_is_two_whole_numbers_or_none(size, expected):
    assert size_of(fromstring(f"<annotation>{size}</annotation>")) == expected


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "a.xml: cannot be read as XML: it is empty"),
        (b"<annotation>\n", "a.xml, line 2: cannot be read as XML: it ends too early"),
        (b"<html/>", "a.xml: is no Pascal VOC file: its root is <html>"),
        (
            b"<" + b"x" * 5000 + b"/>",
            f"a.xml: is no Pascal VOC file: its root is <{'x' * 40}>",
        ),
        (
            b"<annotations><annotation/></annotations>",
            "a.xml: is no Pascal VOC file: its root is <annotations>",
        ),
    ],
)
def test_a_label_file_that_is_none_is_counted_with_its_reason(content, told, tmp_path):
    file = write(tmp_path / "a.xml", content)
    problems = Problems()
    assert read_label_file(file, problems) is None
    [line] = problems.left_out()
    where, reason = told.split(": ", 1)
    assert line == f"1 label file: {reason} (first: {tmp_path / where})"
    with pytest.raises(ValueError, match=f"^{re.escape(str(tmp_path / told))}$"):
        read_label_file(file, Problems(strict=True))


def test_a_label_file_that_cannot_be_opened_is_counted(tmp_path):
    problems = Problems()
    assert read_label_file(tmp_path / "a.xml", problems) is None
    assert "cannot be opened: No such file" in problems.left_out()[0]
