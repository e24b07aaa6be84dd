"""The exercises' checks tell right from wrong, give hints, and never raise."""

import ast
import json
import math
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from ssd_lib.checks import (
    augment,
    beyond,
    features,
    heads,
    loss,
    matching,
    museum,
    offsets,
    predict,
    train,
)
from ssd_lib.checks import boxes as check
from ssd_lib.checks import default_boxes as default
from ssd_lib.checks import evaluate as evaluation
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


def field(layers):
    size, step = 1, 1
    for kernel, stride, dilation in layers:
        size += (kernel - 1) * dilation * step
        step *= stride
    return size


def norm(x, eps=1e-10):
    return 20 * x / (x.square().sum(1, keepdim=True) + eps).sqrt()


def place_to_row(index, row, column, box):
    maps = SSD300_VOC.maps
    before = sum(table.num_boxes for table in maps[:index])
    return before + (row * maps[index].grid + column) * maps[index].boxes_per_cell + box


def counting(value, **options):
    conv = nn.Conv2d(1, 1, 3, **options)
    nn.init.constant_(conv.weight, value)
    nn.init.zeros_(conv.bias)
    return conv


def decode_lists(answer, box):
    x, y, w, h = answer
    return [
        box[0] + 0.1 * x * box[2],
        box[1] + 0.1 * y * box[3],
        box[2] * math.exp(0.2 * w),
        box[3] * math.exp(0.2 * h),
    ]


def walk(table, smallest=0.0):
    own, taken = [-1] * len(table), set()
    pairs = [(-v, j, i) for i, row in enumerate(table) for j, v in enumerate(row)]
    for value, box, gt in sorted(pairs):
        if own[gt] < 0 and box not in taken and -value > smallest:
            own[gt] = box
            taken.add(box)
    return own


def log_sum_exp(row):
    return max(row) + math.log(sum(math.exp(x - max(row)) for x in row))


def good_decoder_test(decode):
    box = torch.tensor([0.5, 0.5, 0.2, 0.4])
    for answer in ([1.0, -2, 0, 0], [0.0, 0, 5, -5]):
        found = decode(torch.tensor(answer), box).tolist()
        assert found == pytest.approx(decode_lists(answer, box.tolist()))
    assert decode(torch.tensor([0.0, 0, 1000, 0]), box)[2] < 20


def good_matcher_test(match_ious):
    for table, wanted in [
        ([[0.40, 0.30], [0.45, 0.20]], [1, 0]),
        ([[0.9, 0.5]], [0, 0]),
        ([[0.0, 0.0], [0.0, 0.6]], [-1, 1]),
    ]:
        assert match_ious(torch.tensor(table)).tolist() == wanted


def good_loss_test(multibox_loss):
    zeros, ones = torch.zeros(2, 4, 4), torch.ones(2, 4, 4)
    zeros[1, :, 1] = 5.0
    labels = torch.tensor([[1, 0, 0, 0], [0, 0, 0, 0]])
    place, classes = multibox_loss(ones, zeros, torch.zeros(2, 4, 4), labels)
    assert place.item() == pytest.approx(2)
    assert classes.item() == pytest.approx(4 * math.log(4))
    few = torch.tensor([[1, 2, 3, 0], [0, 0, 0, 0]])
    classes = multibox_loss(ones, zeros, ones, few)[1]
    assert classes.item() == pytest.approx(4 * math.log(4) / 3)
    assert multibox_loss(ones, zeros, ones, 0 * labels)[1] == 0


def good_thinning_test(batched_nms):
    boxes = [[0.0, 0, 4, 4], [1.2, 0, 5.2, 4], [2.4, 0, 6.4, 4], [0, 0, 4, 4]]
    assert batched_nms(torch.tensor(boxes), torch.tensor([1, 1, 1, 2])).tolist() == [
        0,
        2,
        3,
    ]


def good_judge_test(judge):
    ious = torch.tensor([[0.9, 0.0], [0.8, 0.6], [0.0, 0.7], [0.0, 0.1]])
    assert judge(ious).tolist() == [True, False, True, False]


def plain_nms(boxes, scores, threshold):
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if all(plain_iou(boxes[i], boxes[k]) <= threshold for k in kept):
            kept.append(i)
    return kept


def eleven_points(recall, precision):
    return (
        sum(
            max((p for r, p in zip(recall, precision) if r >= j / 10), default=0)  # noqa: B905
            for j in range(11)
        )
        / 11
    )


def enlarged(fine, coarse):
    return [[v + coarse[r // 2][c // 2] for c, v in enumerate(row)] for r, row in enumerate(fine)]


RIGHT = [
    (beyond.enlarged_sum, enlarged),
    (beyond.bias_of_background, math.log(0.99 * 20 / 0.01)),
    (beyond.images_per_second, 76.7),
    (beyond.points, 5461),
    (beyond.best_pairs, lambda t: {2: 1.65, 3: 0.7 + 0.5 + 0.8, 1: 0.4}[len(t)]),
    (evaluation.points_of_the_curve, [(0.25, 1), (0.25, 0.5), (0.5, 0.667)]),
    (evaluation.voc07_by_loops, eleven_points),
    (evaluation.effect_of_a_duplicate, "wrong"),
    (evaluation.mean_with_an_absent_class, 0.6),
    (evaluation.kind_of_error, "wrong_place"),
    (predict.nms_by_loops, plain_nms),
    (predict.kept_of_two_classes, 2),
    (predict.longest_list, 200),
    (predict.boxes_that_crowd, [[0, 0, 0.4, 0.8], [0.1, 0, 0.5, 0.8]]),
    (predict.soft_score, lambda score, iou: score * math.exp(-iou * iou / 0.5)),
    (augment.size_of_patch, (0.8485, 0.4243)),
    (augment.rejection_rule, lambda ious, bound: max(ious) < bound),
    (augment.hue_fraction, 0.1),
    (augment.flipped_box, lambda b, w: [w - b[2], b[1], w - b[0], b[3]]),
    (augment.chance_of_whole, 0.333),
    (offsets.offsets_by_hand, [2.5, -2.5, 2.027, 0]),
    (offsets.decoder, decode_lists),
    (offsets.factor_of_one, 1.2214),
    (offsets.half_a_box_away, -5.0),
    (matching.pairs_of_the_table, [0, 2, 1]),
    (matching.bipartite_by_loops, walk),
    (matching.table_that_loses_an_object, [[0.4, 0.3], [0.4, 0.1]]),
    (matching.positives_at_threshold_one, 3),
    (matching.label_of_the_unmatched, 0),
    (loss.smooth_l1_by_hand, lambda d: d * d / 2 if abs(d) < 1 else abs(d) - 0.5),
    (loss.gradients_of_smooth_l1, [-1, -0.5, 0, 0.2, 1]),
    (loss.mined_negatives, (15, 0, 5732)),
    (loss.log_sum_exp, log_sum_exp),
    (loss.share_of_the_easy, 5.8),
    (museum.catch_wrong_decoders, good_decoder_test),
    (museum.catch_wrong_matchers, good_matcher_test),
    (museum.catch_wrong_losses, good_loss_test),
    (museum.catch_wrong_thinning, good_thinning_test),
    (museum.catch_wrong_judges, good_judge_test),
    (train.epochs_of_voc, 232),
    (train.learning_rate_at, 1e-4),
    (train.joined_loss, lambda sums, n: sum(sums) / max(1, sum(n))),
    (train.warm_up_factor, lambda step, n: min(1, (step + 1) / (n + 1))),
    (train.illness, "background"),
    (features.grids_of_512, [64, 32, 16, 8, 4, 2, 1]),
    (features.size_of_field, field),
    (features.dilation_of_fc6, 12),
    (features.norm_of_channels, norm),
    (features.linear_as_conv, lambda w: w.reshape(-1, 4, 3, 2)),
    (heads.channels_for_coco, 510),
    (heads.parameters_of_heads, 1_382_550),
    (heads.row_of_a_box, place_to_row),
    (heads.place_of_row_8000, (2, 0, 9, 4)),
    (heads.rows_by_loops, lambda x, w: x.permute(0, 2, 3, 1).reshape(len(x), -1, w)),
    (heads.convolution_that_counts, counting(1.0, padding=1)),
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
    (beyond.enlarged_sum, lambda fine, _coarse: fine, "covers"),
    (beyond.enlarged_sum, lambda _fine, coarse: coarse, "got [2, 2]"),
    (beyond.bias_of_background, math.log(99), "one object class"),
    (beyond.bias_of_background, 1.0, "exp(b)"),
    (beyond.images_per_second, 92, "only the base network"),
    (beyond.images_per_second, 46, "what is left"),
    (beyond.points, 24564, "one prediction"),
    (beyond.points, 1940, "seven maps"),
    (beyond.best_pairs, lambda table: table[0][0] + table[-1][-1], "best sum is"),
    (
        evaluation.points_of_the_curve,
        [(1, 1), (0.25, 0.5), (0.5, 0.667)],
        "detection 1",
    ),
    (evaluation.points_of_the_curve, [(1, 1)], "three pairs"),
    (evaluation.voc07_by_loops, lambda _, precision: sum(precision), "should be"),
    (evaluation.effect_of_a_duplicate, "ignored", "difficult"),
    (evaluation.effect_of_a_duplicate, "right", "once"),
    (evaluation.mean_with_an_absent_class, 0.4, "not a class"),
    (evaluation.mean_with_an_absent_class, 0.7, "have objects"),
    (evaluation.kind_of_error, "background", "more than 0.1"),
    (evaluation.kind_of_error, "both", "class is right"),
    (predict.nms_by_loops, lambda b, s, t: plain_nms(b, s, t)[::-1], "best should"),
    (predict.nms_by_loops, lambda b, *_: range(len(b)), "should be kept"),
    (predict.kept_of_two_classes, 1, "do not suppress"),
    (predict.kept_of_two_classes, 0, "best of its class"),
    (predict.longest_list, 400, "cuts once more"),
    (predict.longest_list, 8732, "together"),
    (predict.boxes_that_crowd, [[0, 0, 1, 1]], "two boxes"),
    (predict.boxes_that_crowd, [[0, 0, 1, 1], [2, 2, 3, 3]], "keeps both"),
    (predict.boxes_that_crowd, [[0, 0, 1, 1], [0, 0, 1, 1]], "one object"),
    (predict.soft_score, lambda score, _: score, "should become"),
    (augment.size_of_patch, (1.2, 0.6), "square root"),
    (augment.size_of_patch, (0.4243, 0.8485), "w = s"),
    (augment.rejection_rule, lambda ious, bound: min(ious) < bound, "accepted"),
    (augment.rejection_rule, lambda *_: False, "rejected"),
    (augment.hue_fraction, 0.05, "180 steps"),
    (augment.hue_fraction, 18, "how many"),
    (augment.flipped_box, lambda b, w: [w - b[0], b[1], w - b[2], b[3]], "inverted"),
    (augment.flipped_box, lambda b, _: b, "should be"),
    (augment.chance_of_whole, 1 / 7, "failed"),
    (augment.chance_of_whole, 0.5, "count"),
    (offsets.offsets_by_hand, [0.25, -0.25, 0.405, 0], "variances are missing"),
    (offsets.offsets_by_hand, [0.05, -0.1, 0.1, 0], "plain differences"),
    (offsets.offsets_by_hand, [1, 2, 3], "log of the quotient"),
    (offsets.decoder, lambda _, box: box, "should be"),
    (offsets.factor_of_one, 2.71828, "without the variance"),
    (offsets.factor_of_one, 1.2, "exp"),
    (offsets.factor_of_one, 7, "0.2 times"),
    (offsets.half_a_box_away, 5, "negative"),
    (offsets.half_a_box_away, -0.5, "variance"),
    (matching.pairs_of_the_table, [1, 1, 1], "once only"),
    (matching.pairs_of_the_table, [1, 2, 0], "comes first"),
    (matching.pairs_of_the_table, [2, 0, 1], "strike out"),
    (matching.bipartite_by_loops, lambda table: [0] * len(table), "should give"),
    (matching.bipartite_by_loops, lambda table: walk(table, -1.0), "should give"),
    (matching.table_that_loses_an_object, [[0.9, 0.1], [0.1, 0.9]], "keeps a box"),
    (matching.table_that_loses_an_object, [[0.4], [0.5]], "right rule either"),
    (matching.table_that_loses_an_object, [[4.0]], "from 0 to 1"),
    (matching.positives_at_threshold_one, 0, "does not ask"),
    (matching.positives_at_threshold_one, 8732, "first step"),
    (matching.label_of_the_unmatched, -1, "match returns"),
    (matching.label_of_the_unmatched, 21, "nothing"),
    (loss.smooth_l1_by_hand, abs, "should be"),
    (loss.gradients_of_smooth_l1, [-3, -0.5, 0, 0.2, 4], "-3"),
    (loss.gradients_of_smooth_l1, [1], "five"),
    (loss.mined_negatives, (15, 0, 9000), "not so many"),
    (loss.mined_negatives, (5, 0, 3000), "three for each"),
    (loss.log_sum_exp, lambda row: math.log(sum(map(math.exp, row))), "largest first"),
    (loss.log_sum_exp, max, "should be"),
    (loss.share_of_the_easy, 1, "divide"),
    (museum.catch_wrong_decoders, lambda _: None, "4 of 4"),
    (museum.catch_wrong_decoders, lambda _: 1 / 0, "fails the right code"),
    (museum.catch_wrong_matchers, lambda _: None, "4 of 4"),
    (museum.catch_wrong_losses, lambda _: None, "5 of 5"),
    (museum.catch_wrong_thinning, lambda _: None, "2 of 2"),
    (museum.catch_wrong_judges, lambda _: None, "2 of 2"),
    (train.epochs_of_voc, 7.25, "32 images"),
    (train.epochs_of_voc, 120_000, "images there are"),
    (train.learning_rate_at, 1e-3, "falls to a tenth"),
    (train.learning_rate_at, 1e-5, "still to come"),
    (
        train.joined_loss,
        lambda s, n: sum(a / max(1, b) for a, b in zip(s, n, strict=True)) / len(s),
        "not the mean of the means",
    ),
    (train.joined_loss, lambda sums, _: sum(sums), "should be"),
    (train.warm_up_factor, lambda step, n: (step + 1) / (n + 1), "at step 100"),
    (train.illness, "variances", "hurt all"),
    (train.illness, "flu", "one of"),
    (features.grids_of_512, [64, 32, 16], "seven maps"),
    (features.grids_of_512, [64, 32, 16, 8, 4, 3, 1], "map 6"),
    (features.size_of_field, lambda rows: 1 + sum(k - 1 for k, _, _ in rows), "see"),
    (features.dilation_of_fc6, 6, "twice as fine again"),
    (features.dilation_of_fc6, 9, "every third"),
    (features.norm_of_channels, lambda x: x[0], "shape must stay"),
    (features.norm_of_channels, lambda x: norm(x) / 20, "length 20"),
    (features.norm_of_channels, lambda x: norm(x, 0), "not finite"),
    (features.linear_as_conv, lambda w: w, "should be"),
    (features.linear_as_conv, lambda w: w.reshape(6, 3, 2, 4).movedim(3, 1), "order"),
    (heads.channels_for_coco, 504, "background"),
    (heads.channels_for_coco, 1944, "once a box"),
    (heads.channels_for_coco, 85, "each of 6"),
    (heads.parameters_of_heads, 1_382_400, "biases"),
    (heads.parameters_of_heads, 9216, "how many are there"),
    (heads.row_of_a_box, lambda i, r, c, b: place_to_row(i, c, r, b), "row"),
    (heads.place_of_row_8000, (2, 9, 0, 4), "exchanged"),
    (heads.place_of_row_8000, (1, 0, 9, 4), "another map"),
    (heads.place_of_row_8000, (2, 0, 9), "four numbers"),
    (heads.place_of_row_8000, (2, 0, 9, 3), "divide"),
    (heads.rows_by_loops, lambda x, w: x.reshape(len(x), -1, w), "another order"),
    (heads.rows_by_loops, lambda x, _: x, "should give"),
    (heads.convolution_that_counts, counting(1.0), "should stay"),
    (heads.convolution_that_counts, counting(0.5, padding=1), "should give"),
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
    (check.largest_shift, 0.5, "less of what they cover"),
    (check.largest_shift, 0.2, "their union"),
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
BOOK = Path(__file__).parents[1] / "book"
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?")


def what_it_says(exercise, answer, capsys):
    exercise(answer)
    return capsys.readouterr().out.splitlines()


def wrong_answers(exercise):
    return [answer for other, answer, _ in WRONG if other is exercise]


def solutions():
    """Of each exercise's name, the expressions that its solution in the book computes."""
    found = {}
    for chapter in BOOK.glob("*.ipynb"):
        for cell in json.loads(chapter.read_text(encoding="utf-8"))["cells"]:
            code = "".join(cell["source"])
            if "solution" not in cell["metadata"].get("tags", []):
                continue
            computed = [
                ast.unparse(node.value)
                for node in ast.walk(ast.parse(code))
                if isinstance(node, ast.Return | ast.Assign | ast.AugAssign)
            ]
            name = re.search(r"(?:check|museum)\.(\w+)\(", code)[1]
            found[name] = [value for value in computed if not value.isalnum()]
    return found


SOLUTIONS = solutions()


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


@pytest.mark.parametrize(("exercise", "right"), RIGHT)
def test_who_is_wrong_again_gets_another_hint(exercise, right, capsys):
    first, *_, last = wrong_answers(exercise) * 2
    assert what_it_says(exercise, right, capsys) == ["right."]
    (hint,) = what_it_says(exercise, first, capsys)
    assert len(what_it_says(exercise, None, capsys)) == 1  # no answer is not a wrong one
    _, second = what_it_says(exercise, last, capsys)
    assert second.startswith("another hint: ")
    assert second.removeprefix("another hint: ") != hint.removeprefix("not yet: ")
    assert what_it_says(exercise, right, capsys) == ["right."]
    assert what_it_says(exercise, first, capsys) == [hint]  # it starts anew


def gives_away(hint, right, solution):
    """Whether a hint holds the answer: its word, its numbers in a row, or its formula."""
    if isinstance(right, str) and right in hint:
        return True
    if any(value.replace(" ", "") in hint.replace(" ", "") for value in solution):
        return True
    wanted = list(right) if isinstance(right, list | tuple) else [right]
    if not all(isinstance(value, int | float) for value in wanted):
        return False
    said = [number_in(text) for text in NUMBER.findall(hint)]
    runs = [said[i : i + len(wanted)] for i in range(len(said) - len(wanted) + 1)]
    return any(run == pytest.approx(wanted, rel=1e-3) for run in runs)


def number_in(text):
    above, _, below = text.replace(",", "").partition("/")
    return float(above) / float(below or 1)


@pytest.mark.parametrize(
    ("hint", "right", "given"),
    [
        ("their IoU is 1/3.", 1 / 3, True),
        ("it is 0.333.", 1 / 3, True),
        ("3 of 10.", 0.3, False),
        ("so 15, 0, 5732.", (15, 0, 5732), True),
        ("15 and 5732.", (15, 0, 5732), False),
        ("it is wrong.", "wrong", True),
        ("take max(ious)<bound.", max, True),
    ],
)
def test_an_answer_given_away_would_be_found(hint, right, given):
    assert gives_away(hint, right, ["max(ious) < bound"]) is given


@pytest.mark.parametrize(("exercise", "right"), RIGHT)
def test_no_hint_gives_the_answer_away(exercise, right, capsys):
    for answer in wrong_answers(exercise) * 2:
        for hint in what_it_says(exercise, answer, capsys):
            assert not gives_away(hint, right, SOLUTIONS[exercise.__name__])
