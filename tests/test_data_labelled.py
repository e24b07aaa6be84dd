"""One rule for all label files: what makes sense is kept, what does not is counted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssd_lib.data.labelled import FRACTIONS, Labelled, Record, Thing, records_of
from ssd_lib.data.problems import Problems

BOX = (10, 20, 40, 60)


def thing(name="cat", box=BOX, where="a.xml, object 0", **options):
    return Thing(name, box, where, **options)


def image(*things, file="a.jpg", size_px=(80, 100), where="a.xml"):
    return Labelled(Path(file), size_px, list(things), where)


def read(*images, **options):
    """Records, classes and problems."""
    problems = Problems()
    records, classes = records_of(images, problems, **options)
    return records, classes, problems


def test_a_record_has_all_that_a_label_file_says():
    (record,), classes, problems = read(
        image(
            thing("dog", (0, 0, 100, 80), difficult=True),
            thing("cat", crowd=True, area=300),
            thing("cat", area=250.5),
        )
    )
    assert classes == ("background", "cat", "dog")
    assert record == Record(
        image=Path("a.jpg"),
        boxes=[[0, 0, 100, 80], [10, 20, 40, 60], [10, 20, 40, 60]],
        labels=[2, 1, 1],
        difficult=[True, True, False],
        size_px=(80, 100),
        crowd=[False, True, False],
        area=[8000, 300, 250.5],
    )
    assert all(type(value) is float for box in record.boxes for value in box)
    assert problems.left_out() == problems.remarks() == []


NO_SENSE = [
    (thing(""), "no name"),
    (thing("background"), "named 'background', which is class 0 and no object"),
    (
        thing("__Background__"),
        "named '__Background__', which is class 0 and no object",
    ),
    (thing(box=()), "no box of four numbers"),
    (thing(box=(1, 2, 3)), "no box of four numbers"),
    (thing(box=(1, 2, 3, 4, 5)), "no box of four numbers"),
    (thing(box=(1, 2, float("nan"), 4)), "a coordinate that is not finite"),
    (thing(box=(float("-inf"), 2, 3, 4)), "a coordinate that is not finite"),
    (thing(box=(10, 20, 10, 60)), "a box without area"),
    (thing(box=(40, 20, 10, 60)), "a box without area"),
    (thing(box=(10, 60, 40, 60)), "a box without area"),
    (thing(box=(10, 60, 40, 20)), "a box without area"),
    (thing(box=(0, 0, 1, 1)), "a box within the first pixel: are these fractions?"),
    (thing(box=(0.2, 0.3, 0.4, 0.5)), "a box within the first pixel: are these fractions?"),
]


@pytest.mark.parametrize(("bad", "problem"), NO_SENSE)
def test_an_object_that_makes_no_sense_is_left_out_and_counted(bad, problem):
    bad = bad._replace(where="a.xml, object 1")
    (record,), classes, problems = read(
        image(thing(), bad, bad._replace(where="a.xml, object 2"), thing())
    )
    assert record.boxes == [list(BOX)] * 2
    assert record.labels == [1, 1]
    assert classes == ("background", "cat")
    assert problems.left_out() == [f"2 objects: {problem} (first: a.xml, object 1)"]


@pytest.mark.parametrize(("bad", "problem"), NO_SENSE)
def test_strict_raises_at_the_first_object_that_makes_no_sense(bad, problem):
    bad = bad._replace(where="b.xml, object 1")
    images = [image(thing()), image(bad, thing("", where="later"), file="b.jpg")]
    with pytest.raises(ValueError, match=r"b\.xml, object 1") as caught:
        records_of(images, Problems(strict=True))
    assert str(caught.value) == f"b.xml, object 1: {problem}"


def test_a_class_of_objects_that_are_all_left_out_is_none():
    images = [
        image(
            thing("ant", box=(5, 5, 5, 9)),
            thing("bee", box=(0, 0, 0.5, 0.5)),
            thing("cat"),
        )
    ]
    (record,), classes, problems = read(*images)
    assert classes == ("background", "cat")
    assert record.labels == [1]
    assert sum(problems.counts.values()) == 2


def test_a_class_of_crowds_alone_is_one():
    (record,), classes, problems = read(image(thing("sheep", crowd=True)))
    assert classes == ("background", "sheep")
    assert record.crowd == record.difficult == [True]
    assert not problems.counts


def test_classes_of_objects_are_sorted_or_in_the_order_of_the_file():
    images = [image(thing("dog"), thing("ant"), thing("cat"), thing("dog"))]
    assert read(*images)[1] == ("background", "ant", "cat", "dog")
    (record,), classes, problems = read(*images, order=["zebra", "dog", "cat", "dog"])
    assert classes == ("background", "dog", "cat")
    assert record.labels == [1, 2, 1]
    assert problems.left_out() == ["1 object: unknown class 'ant' (first: a.xml, object 0)"]


def test_classes_that_are_given_stay_and_others_are_counted():
    images = [image(thing("dog"), thing("Cat", where="a.xml, object 1"), thing("bee"))]
    (record,), classes, problems = read(
        *images, classes=["Background", " dog\n", "cat", "horse"], order=["bee"]
    )
    assert classes == ("Background", " dog\n", "cat", "horse")  # as they are given
    assert record.labels == [1]
    assert problems.left_out() == [
        "1 object: unknown class 'Cat' (there is 'cat') (first: a.xml, object 1)",
        "1 object: unknown class 'bee' (first: a.xml, object 0)",
    ]
    with pytest.raises(ValueError, match="object 1: unknown class 'Cat'"):
        records_of(images, Problems(strict=True), classes)


@pytest.mark.parametrize(
    "classes",
    [
        (),
        ("cat",),
        ("cat", "background"),
        ("background", "cat", "cat"),
        ("background", "cat", " cat"),
        ("background", "cat", "Background"),
        ("background", "cat", ""),
        ("background", None),
        "background,cat",
    ],
    ids=str,
)
def test_classes_that_are_given_must_be_names_once_and_background_first(classes):
    with pytest.raises(ValueError, match=r"^classes must be names, each"):
        read(image(thing()), classes=classes)


def test_spellings_in_three_cases_are_three_classes_and_a_note():
    images = [image(*(thing(name) for name in ("mark", "MARK", "dog", "Mark", "Dog", "bee")))]
    records, classes, problems = read(*images)
    assert classes == ("background", "Dog", "MARK", "Mark", "bee", "dog", "mark")
    assert records[0].labels == [6, 2, 5, 3, 1, 4]
    assert problems.remarks() == ["2 x classes that differ in case alone (first: Dog, dog)"]
    assert [read(image(thing("mark"), thing("bee")))[2].remarks()] == [[]]


def test_of_an_image_with_two_label_files_the_first_counts():
    images = [
        image(thing("cat"), where="a.xml"),
        image(thing("dog"), file="b.jpg", where="b.xml"),
        image(thing("bee"), where="a.xml of another folder"),
        image(thing("bee"), where="a third one"),
    ]
    records, classes, problems = read(*images)
    assert [record.image.name for record in records] == ["a.jpg", "b.jpg"]
    assert classes == ("background", "cat", "dog")
    assert problems.left_out() == [
        "2 label files: its image has another label file, which is taken "
        "(first: a.xml of another folder; the other is a.xml)"
    ]
    with pytest.raises(ValueError, match=r"^a\.xml of another folder; .* a\.xml: its im"):
        records_of(images, Problems(strict=True))


def test_an_object_that_stands_twice_is_kept_and_noted():
    twice = [thing(), thing(where="a.xml, object 1")]
    others = [thing("dog"), thing(crowd=True), thing(box=(10, 20, 40, 61))]
    (record,), _, problems = read(image(*twice, *others))
    assert len(record.boxes) == 5
    assert problems.remarks() == ["object that stands twice in its label file (a.xml, object 1)"]


def test_images_without_objects_are_kept_in_order():
    images = [image(file=f"{name}.jpg", where=name) for name in "cab"]
    records, classes, problems = read(*images)
    assert [record.image.stem for record in records] == ["c", "a", "b"]
    assert records[0] == Record(Path("c.jpg"), [], [], [], (80, 100), [], [])
    assert classes == ("background",)
    assert not problems.counts


def test_nothing_at_all_is_no_record():
    assert read()[:2] == ([], ("background",))
    assert read(classes=("background", "cat"))[:2] == ([], ("background", "cat"))


@pytest.mark.parametrize("size_px", [(0, 0), (0, 100), (80, 0), (-80, 100), None])
def test_a_size_that_is_none_is_not_taken_for_one(size_px):
    (record,), _, problems = read(image(thing(), size_px=size_px))
    assert record.size_px is None
    assert record.boxes == [list(BOX)]
    assert not problems.counts


def test_fractions_are_kept_unless_they_are_pixels():
    fits = (0.1, 0.2, 0.3, 0.4), (0, 0, 1, 1), (-0.5, -1, 1.5, 2)
    beyond = (0, 0, 2.1, 1), (-1.1, 0, 1, 1), BOX
    things = [thing(box=box) for box in (*fits, *beyond)]
    (record,), _, problems = read(image(*things, size_px=FRACTIONS))
    assert record.boxes == [list(box) for box in fits]
    assert problems.left_out() == [
        "3 objects: a box far beyond its image: are these pixels? (first: a.xml, object 0)"
    ]


@pytest.mark.parametrize("box", [(0, 0, 1.5, 1), (0, 0, 1, 2), (0.5, 0.5, 3, 0.9)])
@pytest.mark.parametrize("size_px", [(80, 100), None])
def test_a_box_that_leaves_the_first_pixel_is_in_pixels(box, size_px):
    (record,), _, problems = read(image(thing(box=box), size_px=size_px))
    assert record.boxes == [list(box)]
    assert not problems.counts


@pytest.mark.parametrize("area", [None, 0, -5, float("nan"), float("inf")])
def test_an_area_that_is_missing_is_that_of_the_box_if_others_have_one(area):
    others = thing(area=900), thing(box=(0, 0, 4, 5), area=20)
    records, _, _ = read(
        image(*others, thing(area=area)),
        image(thing(area=area), file="b.jpg"),
        image(thing("background", area=900), thing(area=area), file="c.jpg"),
    )
    assert [record.area for record in records] == [[900, 20, 30 * 40], [], []]


def test_an_area_of_an_object_that_is_left_out_is_no_area():
    (record,), _, _ = read(image(thing("dog", area=900), thing()), classes=("background", "cat"))
    assert record.area == []


NUMBERS = st.floats(-10, 120) | st.sampled_from([0.0, 1.0, float("nan"), float("inf")])
THINGS = st.builds(
    Thing,
    name=st.sampled_from(["cat", "Cat", "dog", "", "background"]),
    box=st.just(()) | st.tuples(*[NUMBERS] * 4),
    where=st.just("somewhere"),
    difficult=st.booleans(),
    crowd=st.booleans(),
    area=st.none() | st.floats(1, 1000),
)


@given(
    st.lists(st.lists(THINGS, max_size=6), max_size=4),
    st.none() | st.just(("background", "dog", "cat")),
    st.sampled_from([None, (80, 100), FRACTIONS]),
)
def test_labels_stay_in_step_with_boxes_and_nothing_is_lost_uncounted(lists, classes, size_px):
    images = [image(*things, file=f"{k}.jpg", size_px=size_px) for k, things in enumerate(lists)]
    records, names, problems = read(*images, classes=classes)
    kept = 0
    for things, record in zip(lists, records, strict=True):
        rows = [record.boxes, record.labels, record.difficult, record.crowd]
        assert len({len(row) for row in rows}) == 1
        assert len(record.area) in (0, len(record.boxes))
        rest = iter(things)
        for box, label, difficult, crowd in zip(*rows, strict=True):
            same = (thing for thing in rest if thing.box and list(thing.box) == box)
            assert any(
                (names[label], difficult, crowd)
                == (thing.name, thing.difficult or thing.crowd, thing.crowd)
                for thing in same
            )
        kept += len(record.boxes)
    assert kept + sum(problems.counts.values()) == sum(map(len, lists))
    if classes is None:
        used = {names[label] for record in records for label in record.labels}
        assert set(names) == used | {"background"}
