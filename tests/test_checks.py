"""The exercises' checks tell right from wrong, give hints, and never raise."""

import pytest

from ssd_lib.checks import boxes as check
from ssd_lib.checks import default_boxes as default
from ssd_lib.default_boxes import (
    SSD300_VOC,
    DefaultBoxLayout,
    FeatureMap,
    linear_scales,
)


def plain_iou(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    area = [max(0, c[2] - c[0]) * max(0, c[3] - c[1]) for c in (a, b)]
    union = sum(area) - width * height
    return width * height / union if union else 0.0


def table(iou):
    return lambda first, second: [[iou(a, b) for b in second] for a in first]


def iou_that_counts_inverted_boxes(a, b):
    return 0.5 if a[0] > a[2] or b[0] > b[2] else plain_iou(a, b)


def iou_that_divides_by_zero(a, b):
    return plain_iou(a, b) if a != b or a[0] != a[2] else float("nan")


def small(*rows):
    return DefaultBoxLayout(300, rows)


RIGHT = [
    (default.boxes_with_six_everywhere, 11640),
    (default.box_of_ratio_three, (103.92, 34.64)),
    (default.equation_four, linear_scales),
    (default.smallest_square, 14.85),
    (default.layout_for_small_things, small(FeatureMap(75, 4, 12, None))),
    (check.car_as_fractions, [0.835, 0.42417, 0.17, 0.085]),
    (check.square_in_fractions, (0.15, 0.2)),
    (check.largest_shift, 1 / 3),
    (check.iou_loop, table(plain_iou)),
    (check.best_possible_iou, lambda a, b: min(a, b) / max(a, b)),
]
WRONG = [
    (default.boxes_with_six_everywhere, 8732, "as it is"),
    (default.boxes_with_six_everywhere, 6, "add up the cells"),
    (default.box_of_ratio_three, (34.64, 103.92), "1/3"),
    (default.box_of_ratio_three, (180, 60), "square root"),
    (default.box_of_ratio_three, (60, 60), "w = s sqrt(a)"),
    (default.equation_four, lambda m, low, _: [low] * m, "should be"),
    (default.equation_four, lambda *_: [0.2], "6 maps"),
    (default.smallest_square, 21.2, "VOC"),
    (default.smallest_square, 10.5, "a quarter"),
    (default.smallest_square, 3, "nested"),
    (default.layout_for_small_things, SSD300_VOC, "0% are reached"),
    (
        default.layout_for_small_things,
        small(FeatureMap(300, 1, 12, None)),
        "at most 25000",
    ),
    (check.car_as_fractions, [0.75, 0.3817, 0.92, 0.4667], "corners"),
    (check.car_as_fractions, [501, 254.5, 102, 51], "pixels"),
    (check.car_as_fractions, [0.1, 0.2, 0.3], "four numbers are wanted, got 3"),
    (check.car_as_fractions, [0.1, 0.2, 0.3, 0.4], "half the sum"),
    (check.square_in_fractions, (0.2, 0.15), "which by which"),
    (check.square_in_fractions, (0.15, 0.15), "divide 96"),
    (check.largest_shift, 0.5, "IoU is 1/3"),
    (check.largest_shift, 0.2, "solve"),
    (check.iou_loop, table(lambda *_: 0.0), "should be"),
    (
        check.iou_loop,
        table(iou_that_counts_inverted_boxes),
        "should be 0.000, got 0.500",
    ),
    (check.iou_loop, table(iou_that_divides_by_zero), "0 / 0"),
    (check.iou_loop, lambda *_: [[0.0]], "a row for each"),
    (check.best_possible_iou, lambda a, b: a / b, "areas 3 and 1"),
]
EXERCISES = [exercise for exercise, _ in RIGHT]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_is_right(exercise, answer, capsys):
    assert exercise(answer) is True
    assert capsys.readouterr().out == "right.\n"


@pytest.mark.parametrize(("exercise", "answer", "hint"), WRONG)
def test_a_wrong_answer_gets_its_hint(exercise, answer, hint, capsys):
    assert exercise(answer) is False
    said = capsys.readouterr().out
    assert said.startswith("not yet: ")
    assert hint in said


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("answer", [None, "text", [], {}, object(), lambda: 1 / 0])
def test_whatever_is_answered_nothing_is_raised(exercise, answer, capsys):
    assert exercise(answer) is False
    assert capsys.readouterr().out.startswith("not yet: ")
