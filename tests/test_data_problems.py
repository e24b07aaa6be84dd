"""What is left out is counted by kind, told in few lines, or raised at once."""

import pickle
import warnings

import pytest

from ssd_lib.data.problems import KINDS, Problems


def test_each_kind_has_a_count_and_its_first_place():
    problems = Problems()
    for number in (3, 1, 2):
        problems.add("object", "no name", f"a.xml, object {number}")
    problems.add("object", "a box without area", "b.xml, object 0")
    problems.add("image", "no name", "c.xml")
    problems.add("label file", "cannot be read", "d.xml")
    problems.add("label file", "cannot be read", "e.xml")
    assert problems.counts == {
        ("object", "no name"): 3,
        ("object", "a box without area"): 1,
        ("image", "no name"): 1,
        ("label file", "cannot be read"): 2,
    }
    assert problems.left_out() == [
        "3 objects: no name (first: a.xml, object 3)",
        "2 label files: cannot be read (first: d.xml)",
        "1 object: a box without area (first: b.xml, object 0)",
        "1 image: no name (first: c.xml)",
    ]
    assert problems.remarks() == []


def test_notes_leave_nothing_out():
    problems = Problems(strict=True)
    problems.note("resized", "a.jpg")
    problems.note("turned", "b.jpg")
    problems.note("turned", "c.jpg")
    assert problems.remarks() == ["2 x turned (first: b.jpg)", "resized (a.jpg)"]
    assert not problems.counts
    assert problems.left_out() == []


def test_strict_raises_at_the_first_thing_with_its_place():
    problems = Problems(strict=True)
    with pytest.raises(ValueError, match=r"^a\.xml, object 0: no name$"):
        problems.add("object", "no name", "a.xml, object 0")
    assert not problems.counts


def test_of_many_kinds_the_commonest_are_told_and_the_others_counted():
    problems = Problems()
    for kind in range(1, 1001):
        for _ in range(2 if kind > 900 else 1):
            problems.add("label file", f"unlike {kind}", f"{kind}.xml")
            problems.note(f"unlike {kind}", f"{kind}.xml")
    expected = 2 * (100 - KINDS) + 900
    assert problems.left_out() == [
        *(f"2 label files: unlike {kind} (first: {kind}.xml)" for kind in range(901, 901 + KINDS)),
        f"{expected} more, of {1000 - KINDS} other kinds",
    ]
    assert problems.remarks() == [
        *(f"2 x unlike {k} (first: {k}.xml)" for k in range(901, 901 + KINDS)),
        f"{expected} more, of {1000 - KINDS} other kinds",
    ]


@pytest.mark.parametrize("kinds", [10, 11])
def test_as_many_kinds_as_are_told_need_no_line_for_the_rest(kinds):
    problems = Problems()
    for kind in range(kinds):
        problems.add("object", f"unlike {kind}", "a.xml")
    told = problems.left_out()
    assert len(told) == kinds
    assert (told[-1] == "1 more, of 1 other kind") == (kinds > 10)


def test_one_warning_says_it_all_at_the_callers_line():
    problems = Problems()
    problems.add("object", "no name", "a.xml, object 0")
    problems.add("object", "no box", "a.xml, object 1")
    problems.note("resized", "a.jpg")

    names = {}
    exec(compile("def read(it): it.warn()", "reader.py", "exec"), names)
    with pytest.warns(UserWarning, match="left out") as warned:
        names["read"](problems)
    assert [str(warning.message) for warning in warned] == [
        "left out: 1 object: no name (first: a.xml, object 0); 1 object: no box "
        "(first: a.xml, object 1); note: resized (a.jpg)"
    ]
    assert warned[0].filename == __file__


def test_a_note_alone_and_a_thing_left_out_alone_are_told():
    left_out, noted = Problems(), Problems()
    left_out.add("image", "broken", "a.jpg")
    noted.note("resized", "a.jpg")
    for problems, expected in (
        (left_out, r"^left out: 1 image: broken \(first: a\.jpg\)$"),
        (noted, r"^note: resized \(a\.jpg\)$"),
    ):
        with pytest.warns(UserWarning, match=expected):
            problems.warn()


def test_nothing_wrong_is_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Problems().warn()


def test_problems_go_to_workers():
    problems = Problems()
    problems.add("image", "broken", "a.jpg")
    problems.note("resized", "a.jpg")
    copy = pickle.loads(pickle.dumps(problems))
    assert copy.left_out() == problems.left_out()
    assert copy.remarks() == problems.remarks()
