"""The exercises' checks tell right from wrong, give hints, and never raise."""

import ast
import json
import math
import re
from itertools import accumulate
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.ops import nms

from ssd_lib.checks import (
    augment,
    backbone,
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
)


def mine(losses, labels, ratio, worst_first=True):
    negatives = [i for i, label in enumerate(labels) if label == 0]
    negatives.sort(key=lambda i: losses[i], reverse=worst_first)
    return negatives[: ratio * (len(labels) - len(negatives))]


def whole_loss(offsets, logits, targets, labels, least=1):
    offsets, logits, targets = map(torch.tensor, (offsets, logits, targets))
    place = classes = matched = 0
    for image, label in enumerate(labels):
        each = nn.functional.cross_entropy(
            logits[image], torch.tensor(label), reduction="none"
        ).tolist()
        positives = [i for i, p in enumerate(label) if p > 0]
        matched += len(positives)
        counted = positives + mine(each, label, 3)
        classes += sum(each[i] for i in counted)
        apart = (offsets[image, positives], targets[image, positives])
        place += nn.functional.smooth_l1_loss(*apart, reduction="sum").item()
    return place / max(least, matched), classes / max(least, matched)


def generate(rows, columns_first=False):
    found = []
    for grid, step, size, next_size, ratios in rows:
        sizes = [(size, size)]
        if next_size:
            sizes.append(((size * next_size) ** 0.5,) * 2)
        for ratio in ratios:
            long, short = size * ratio**0.5, size / ratio**0.5
            sizes += [(long, short), (short, long)]
        for i in range(grid):
            for j in range(grid):
                centre = [(j + 0.5) * step, (i + 0.5) * step]
                centre = centre[::-1] if columns_first else centre
                found += [[value / 300 for value in (*centre, w, h)] for w, h in sizes]
    return found


def ladder(side, first, low, high, maps):
    step = (high - low) // (maps - 2)
    return [side * p // 100 for p in (first, *(low + step * k for k in range(maps)))]


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


def to_photo(box, height, width):
    cx, cy, w, h = box
    corners = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
    return [v * side for v, side in zip(corners, (width, height) * 2, strict=True)]


def best_of_squares(width, height):
    side = (width * height) ** 0.5
    return plain_iou([0, 0, width, height], [0, 0, side, side])


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


def cells_that_see(field, grid, first, last):
    lefts = [field.centre_px + i * field.step_px - field.size_px / 2 for i in range(grid)]
    return [i for i, x in enumerate(lefts) if x <= first and x + field.size_px >= last]


def radius(heat, row, column, share):
    found = 0
    while (
        heat[
            max(row - found, 0) : row + found + 1, max(column - found, 0) : column + found + 1
        ].sum()
        < share * heat.sum()
    ):
        found += 1
    return found


def reduced(dense, first=0, bias=1, dilation=6, padding=6):
    conv = nn.Conv2d(2, 2, 3, padding=padding, dilation=dilation)
    whole = dense.weight.data.reshape(8, 2, 7, 7)
    conv.weight.data = whole[first::4, :, ::3, ::3].clone()
    conv.bias.data = bias * dense.bias.data[::4]
    return conv


def all_rows(maps, convs, width, permute=True):
    blocks = [conv(x) for conv, x in zip(convs, maps, strict=True)]
    blocks = [x.permute(0, 2, 3, 1) if permute else x for x in blocks]
    return torch.cat([x.reshape(len(x), -1, width) for x in blocks], 1)


def row_to_place(row):
    places = [
        (index, y, x, box)
        for index, table in enumerate(SSD300_VOC.maps)
        for y in range(table.grid)
        for x in range(table.grid)
        for box in range(table.boxes_per_cell)
    ]
    return places[row]


def exchanged(row):
    index, y, x, box = row_to_place(row)
    return index, x, y, box


def fewer_classes(conv, classes, kept, padding=1, bias=1):
    firsts = range(0, conv.out_channels, classes)
    channels = [first + c for first in firsts for c in kept]
    found = nn.Conv2d(conv.in_channels, len(channels), 3, padding=padding)
    found.weight.data = conv.weight.data[channels]
    found.bias.data = bias * conv.bias.data[channels]
    return found


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


def move_edges(offsets, box, units=(0.1, 0.1, 0.2, 0.2)):
    sides = (box[2] - box[0], box[3] - box[1]) * 2
    return [e + o * u * s for e, o, u, s in zip(box, offsets, units, sides, strict=True)]


def walk(table, smallest=0.0):
    own, taken = [-1] * len(table), set()
    pairs = [(-v, j, i) for i, row in enumerate(table) for j, v in enumerate(row)]
    for value, box, gt in sorted(pairs):
        if own[gt] < 0 and box not in taken and -value > smallest:
            own[gt] = box
            taken.add(box)
    return own


def whole_matcher(table, threshold):
    found = []
    for column in zip(*table, strict=True):
        found.append(column.index(max(column)) if max(column) >= threshold else -1)
    for gt, box in enumerate(walk(table)):
        if box >= 0:
            found[box] = gt
    return found


def log_sum_exp(row):
    return max(row) + math.log(sum(math.exp(x - max(row)) for x in row))


def good_doctor(log, aps):
    first, last = log[0], log[-1]
    if first["confidence"] > 100:
        return "negatives"
    if max(aps.values()) < 0.05:
        return "learning rate"
    if last["localization"] < 0.5:
        return "variances"
    return "background" if min(aps.values()) < 0.01 else "healthy"


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


def nms_by_class(boxes, scores, labels, threshold):
    kept = []
    for label in labels.unique():
        own = (labels == label).nonzero().flatten()
        kept += own[nms(boxes[own], scores[own], threshold)].tolist()
    return sorted(kept, key=lambda i: -scores[i])


def vote(boxes, scores, kept, threshold):
    near = torch.tensor([plain_iou(boxes[kept], box) > threshold for box in boxes])
    return (boxes[near].T @ scores[near]) / scores[near].sum()


def plain_soft_nms(boxes, scores, sigma):
    scores, left = list(scores), set(range(len(scores)))
    while left:
        best = max(left, key=lambda i: scores[i])
        left.remove(best)
        for i in left:
            scores[i] *= math.exp(-(plain_iou(boxes[best], boxes[i]) ** 2) / sigma)
    return scores


def curve(verdicts, objects):
    sums = list(accumulate(verdicts))
    return [(right / objects, right / n) for n, right in enumerate(sums, start=1)]


def gaps(scores, verdicts, groups):
    total = 0
    for group in range(groups):
        own = [k for k, s in enumerate(scores) if min(int(s * groups), groups - 1) == group]
        total += abs(sum(scores[k] - verdicts[k] for k in own))
    return total / len(scores)


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


def patch(s, a, across, down, clamped=True):
    a = min(max(a, s * s), 1 / (s * s)) if clamped else a
    w, h = s * a**0.5, s / a**0.5
    return [across * (1 - w), down * (1 - h), across * (1 - w) + w, down * (1 - h) + h]


OBJECTS = augment.OBJECTS


def cut(boxes, labels, patch, clipped=True):
    left, top, right, bottom = patch
    found, names = [], []
    for box, label in zip(boxes, labels, strict=True):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if left <= x <= right and top <= y <= bottom:
            x1, x2 = ((v - left) / (right - left) for v in box[::2])
            y1, y2 = ((v - top) / (bottom - top) for v in box[1::2])
            new = [x1, y1, x2, y2]
            found.append([min(max(v, 0), 1) for v in new] if clipped else new)
            names.append(label)
    return found, names


RIGHT = [
    (beyond.enlarged_sum, enlarged),
    (beyond.bias_of_background, math.log(0.99 * 20 / 0.01)),
    (beyond.images_per_second, 76.7),
    (beyond.points, 5461),
    (beyond.best_pairs, lambda t: {2: 1.65, 3: 0.7 + 0.5 + 0.8, 1: 0.4}[len(t)]),
    (evaluation.curve_by_loops, curve),
    (evaluation.voc07_by_loops, eleven_points),
    (evaluation.worst_order, [False, False, False, True, True, True]),
    (evaluation.calibration_error, gaps),
    (predict.nms_by_loops, plain_nms),
    (predict.suppression_at_once, nms_by_class),
    (predict.vote_of_a_bundle, vote),
    (predict.boxes_that_crowd, [[0, 0, 0.4, 0.8], [0.1, 0, 0.5, 0.8]]),
    (predict.soft_suppression, plain_soft_nms),
    (augment.patch_of, patch),
    (augment.rejection_rule, lambda ious, bound: max(ious) < bound),
    (augment.cut_boxes, cut),
    (augment.chance_of_whole, 0.333),
    (offsets.edge_decoder, move_edges),
    (offsets.largest_targets, (5, 3.466)),
    (offsets.units_from_data, lambda raw: (raw[:, :2].std(), raw[:, 2:].std())),
    (matching.bipartite_by_loops, walk),
    (matching.table_that_loses_an_object, [[0.4, 0.3], [0.4, 0.1]]),
    (matching.table_where_greedy_is_not_best, [[0.9, 0.8], [0.85, 0.1]]),
    (matching.whole_matcher, whole_matcher),
    (loss.mining_by_hand, mine),
    (loss.whole_loss, whole_loss),
    (loss.log_sum_exp, log_sum_exp),
    (loss.easy_for_a_hard_one, (68.97, 172_400)),
    (museum.catch_wrong_decoders, good_decoder_test),
    (museum.catch_wrong_matchers, good_matcher_test),
    (museum.catch_wrong_losses, good_loss_test),
    (museum.catch_wrong_thinning, good_thinning_test),
    (museum.catch_wrong_judges, good_judge_test),
    (train.epochs_of_voc, 232),
    (train.joined_loss, lambda sums, n: sum(sums) / max(1, sum(n))),
    (train.warm_up_factor, lambda step, n: min(1, (step + 1) / (n + 1))),
    (train.batch_in_parts, lambda parts: [max(1, n) / max(1, sum(parts)) for n in parts]),
    (train.doctor, good_doctor),
    (features.size_of_field, field),
    (features.dilation_that_sees_the_dog, 3),
    (features.cells_that_see, cells_that_see),
    (features.radius_of_the_spot, radius),
    (backbone.linear_as_conv, lambda w: w.reshape(-1, 4, 3, 2)),
    (backbone.reduced_fc6, reduced),
    (backbone.dilation_of_fc6, 12),
    (backbone.norm_of_channels, norm),
    (backbone.grids_of_512, [64, 32, 16, 8, 4, 2, 1]),
    (heads.two_line_head, all_rows),
    (heads.place_of_a_row, row_to_place),
    (heads.rows_by_loops, lambda x, w: x.permute(0, 2, 3, 1).reshape(len(x), -1, w)),
    (heads.head_with_fewer_classes, fewer_classes),
    (heads.convolution_that_counts, counting(1.0, padding=1)),
    (default.generator, generate),
    (default.caffes_ladder, ladder),
    (default.ratios_for_lines_of_text, [6]),
    (default.layout_for_small_things, small(FeatureMap(75, 4, 12, None))),
    (check.pixels_of_the_photo, to_photo),
    (check.largest_shift, 1 / 3),
    (check.iou_loop, table(plain_iou)),
    (check.best_possible_iou, lambda a, b: min(a, b) / max(a, b)),
    (check.best_square, lambda w, h: ((w * h) ** 0.5, best_of_squares(w, h))),
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
    (evaluation.curve_by_loops, lambda v, _: [(1, 1)] * len(v), "after detection 1"),
    (evaluation.curve_by_loops, lambda *_: [(1, 1)], "pairs are wanted"),
    (evaluation.voc07_by_loops, lambda _, precision: sum(precision), "should be"),
    (evaluation.worst_order, [True, True, True, False, False, False], "smaller one"),
    (evaluation.worst_order, [True, False], "three right ones"),
    (evaluation.calibration_error, lambda *_: 0.0, "should give"),
    (predict.nms_by_loops, lambda b, s, t: plain_nms(b, s, t)[::-1], "best should"),
    (predict.nms_by_loops, lambda b, *_: range(len(b)), "should be kept"),
    (predict.suppression_at_once, lambda b, s, _labels, t: nms(b, s, t), "still meet"),
    (predict.suppression_at_once, lambda *a: nms_by_class(*a)[::-1], "best should"),
    (predict.vote_of_a_bundle, lambda b, *_: b[0], "should give"),
    (predict.vote_of_a_bundle, lambda b, *_: b.mean(0), "enough may vote"),
    (predict.vote_of_a_bundle, lambda b, *_: b, "four numbers"),
    (predict.boxes_that_crowd, [[0, 0, 1, 1]], "two boxes"),
    (predict.boxes_that_crowd, [[0, 0, 1, 1], [2, 2, 3, 3]], "keeps both"),
    (predict.boxes_that_crowd, [[0, 0, 1, 1], [0, 0, 1, 1]], "one object"),
    (predict.soft_suppression, lambda _boxes, scores, _sigma: scores, "should become"),
    (predict.soft_suppression, lambda _boxes, scores, _sigma: scores[1:], "are wanted"),
    (augment.patch_of, lambda s, a, *_: [0, 0, s * a**0.5, s / a**0.5], "should be"),
    (augment.patch_of, lambda *args: patch(*args, clamped=False), "larger than the image"),
    (augment.patch_of, lambda *_: [0.6, 0.6, 1.1, 1.1], "sticks out"),
    (augment.rejection_rule, lambda ious, bound: min(ious) < bound, "accepted"),
    (augment.rejection_rule, lambda *_: False, "rejected"),
    (augment.cut_boxes, lambda boxes, labels, _: (boxes, labels), "keeps ['cat', 'kite'], got"),
    (augment.cut_boxes, lambda *args: (OBJECTS, cut(*args)[1]), "2 labels, and 4 boxes"),
    (augment.cut_boxes, lambda *args: cut(*args, clipped=False), "clip it"),
    (augment.cut_boxes, lambda *args: (cut(*args)[0][::-1], cut(*args)[1]), "should be"),
    (augment.chance_of_whole, 1 / 7, "failed"),
    (augment.chance_of_whole, 0.5, "count"),
    (offsets.edge_decoder, lambda _, box: box, "should be"),
    (
        offsets.edge_decoder,
        lambda offsets, box: move_edges(offsets, box, (1, 1, 1, 1)),
        "should be",
    ),
    (offsets.largest_targets, (0.5, 0.693), "variances are missing"),
    (offsets.largest_targets, (10 / 3, 3.466), "of one size"),
    (offsets.largest_targets, (4, 3.466), "centres be apart"),
    (offsets.largest_targets, (5, 5), "least quotient"),
    (offsets.units_from_data, lambda raw: (raw[:, :2].var(), raw[:, 2:].var()), "in earnest"),
    (offsets.units_from_data, lambda raw: (1 / raw[:, 0].std(), 1 / raw[:, 2].std()), "multiplied"),
    (offsets.units_from_data, lambda raw: raw.std(dim=0), "two numbers"),
    (matching.bipartite_by_loops, lambda table: [0] * len(table), "should give"),
    (matching.bipartite_by_loops, lambda table: walk(table, -1.0), "should give"),
    (matching.table_that_loses_an_object, [[0.9, 0.1], [0.1, 0.9]], "keeps a box"),
    (matching.table_that_loses_an_object, [[0.4], [0.5]], "right rule either"),
    (matching.table_that_loses_an_object, [[4.0]], "from 0 to 1"),
    (matching.table_where_greedy_is_not_best, [[0.9, 0.1], [0.1, 0.9]], "add up to 1.80"),
    (matching.table_where_greedy_is_not_best, [[0.9], [0.8]], "as many boxes or more"),
    (matching.table_where_greedy_is_not_best, [[0.9, 0.8]], "two objects at least"),
    (matching.table_where_greedy_is_not_best, [[2.0, 0.8]], "from 0 to 1"),
    (matching.whole_matcher, lambda table, _: [-1] * len(table[0]), "should give"),
    (matching.whole_matcher, lambda table, bound: whole_matcher(table, bound + 0.01), "0.5 should"),
    (loss.mining_by_hand, lambda losses, *_: range(len(losses)), "only background"),
    (loss.mining_by_hand, lambda *_: [], "are mined, got 0"),
    (loss.mining_by_hand, lambda *args: mine(*args, worst_first=False), "largest losses"),
    (loss.whole_loss, lambda *args: [4 * v for v in whole_loss(*args)], "localization loss"),
    (loss.whole_loss, lambda *args: (whole_loss(*args)[0], 0), "confidence loss"),
    (loss.whole_loss, lambda *args: whole_loss(*args, least=0), "ZeroDivisionError"),
    (loss.log_sum_exp, lambda row: math.log(sum(map(math.exp, row))), "largest first"),
    (loss.log_sum_exp, max, "should be"),
    (loss.easy_for_a_hard_one, (1, 1), "-log 0.5"),
    (loss.easy_for_a_hard_one, (68.97, 68.97), "differently"),
    (loss.easy_for_a_hard_one, (68.97, 68.97 * 50), "square"),
    (loss.easy_for_a_hard_one, (68.97, 7), "multiply"),
    (museum.catch_wrong_decoders, lambda _: None, "4 of 4"),
    (museum.catch_wrong_decoders, lambda _: 1 / 0, "fails the right code"),
    (museum.catch_wrong_matchers, lambda _: None, "4 of 4"),
    (museum.catch_wrong_losses, lambda _: None, "5 of 5"),
    (museum.catch_wrong_thinning, lambda _: None, "2 of 2"),
    (museum.catch_wrong_judges, lambda _: None, "2 of 2"),
    (train.epochs_of_voc, 7.25, "32 images"),
    (train.epochs_of_voc, 120_000, "images there are"),
    (
        train.joined_loss,
        lambda s, n: sum(a / max(1, b) for a, b in zip(s, n, strict=True)) / len(s),
        "not the mean of the means",
    ),
    (train.joined_loss, lambda sums, _: sum(sums), "should be"),
    (train.warm_up_factor, lambda step, n: (step + 1) / (n + 1), "at step 100"),
    (train.batch_in_parts, lambda parts: [1 / len(parts) for _ in parts], "mean of the means"),
    (train.batch_in_parts, lambda parts: [1] * len(parts), "should be"),
    (train.batch_in_parts, lambda _: [1.0], "2 factors"),
    (train.doctor, lambda *_: "flu", "none of"),
    (train.doctor, lambda *_: "healthy", "run 2 is not healthy"),
    (train.doctor, lambda *run: good_doctor(*run).replace("background", "healthy"), "run 5"),
    (features.size_of_field, lambda rows: 1 + sum(k - 1 for k, _, _ in rows), "see"),
    (features.dilation_that_sees_the_dog, 2, "not yet the dog"),
    (features.dilation_that_sees_the_dog, 4, "a smaller one"),
    (features.dilation_that_sees_the_dog, 1, "steps of 8"),
    (features.cells_that_see, lambda _field, grid, *_: range(grid), "got [0, 1, 2"),
    (features.cells_that_see, lambda *args: cells_that_see(*args)[:-1], "got"),
    (features.radius_of_the_spot, lambda *_: 4, "lies within 0 pixels, got 4"),
    (features.radius_of_the_spot, lambda *args: 2 * radius(*args), "got 4"),
    (backbone.linear_as_conv, lambda w: w, "should be"),
    (backbone.linear_as_conv, lambda w: w.reshape(6, 3, 2, 4).movedim(3, 1), "order"),
    (backbone.reduced_fc6, lambda dense: dense, "nn.Conv2d is wanted"),
    (backbone.reduced_fc6, lambda _dense: nn.Conv2d(2, 8, 7), "8 outputs become 2"),
    (backbone.reduced_fc6, lambda dense: reduced(dense, first=1), "every fourth"),
    (backbone.reduced_fc6, lambda dense: reduced(dense, bias=0), "the bias"),
    (backbone.reduced_fc6, lambda dense: reduced(dense, dilation=3), "a dilation of (3, 3)"),
    (backbone.reduced_fc6, lambda dense: reduced(dense, padding=1), "stay 19 x 19"),
    (backbone.dilation_of_fc6, 6, "twice as fine again"),
    (backbone.dilation_of_fc6, 9, "every third"),
    (backbone.norm_of_channels, lambda x: x[0], "shape must stay"),
    (backbone.norm_of_channels, lambda x: norm(x) / 20, "length 20"),
    (backbone.norm_of_channels, lambda x: norm(x, 0), "not finite"),
    (backbone.grids_of_512, [64, 32, 16], "seven maps"),
    (backbone.grids_of_512, [64, 32, 16, 8, 4, 3, 1], "map 6"),
    (heads.two_line_head, lambda maps, convs, w: all_rows(maps, convs, w)[:1], "should be"),
    (heads.two_line_head, lambda *args: all_rows(*args, permute=False), "mixes several cells"),
    (heads.two_line_head, lambda *args: all_rows(*args).flip(1), "in the order"),
    (heads.place_of_a_row, lambda row: row_to_place(row)[:3], "four numbers"),
    (heads.place_of_a_row, exchanged, "exchanged"),
    (heads.place_of_a_row, lambda row: (0, *row_to_place(row)[1:]), "belongs to map 1"),
    (heads.place_of_a_row, lambda row: (*row_to_place(row)[:3], 0), "should not be"),
    (heads.head_with_fewer_classes, lambda conv, *_: conv, "channels"),
    (heads.head_with_fewer_classes, lambda *args: fewer_classes(*args, padding=0), "padding"),
    (heads.head_with_fewer_classes, lambda *args: fewer_classes(*args, bias=0), "biases"),
    (
        heads.head_with_fewer_classes,
        lambda conv, classes, kept: fewer_classes(conv, classes, sorted(kept)[::-1]),
        "in this order",
    ),
    (heads.rows_by_loops, lambda x, w: x.reshape(len(x), -1, w), "another order"),
    (heads.rows_by_loops, lambda x, _: x, "should give"),
    (heads.convolution_that_counts, counting(1.0), "should stay"),
    (heads.convolution_that_counts, counting(0.5, padding=1), "should give"),
    (default.generator, lambda rows: generate(rows[:1]), "2 maps make"),
    (default.generator, lambda rows: generate(rows, columns_first=True), "row 4 should be"),
    (default.caffes_ladder, lambda *args: ladder(*args)[:-1], "with the extra one"),
    (default.caffes_ladder, lambda side, *rest: ladder(side + 1, *rest), "should give"),
    (default.ratios_for_lines_of_text, [], "0.00 at most"),
    (default.ratios_for_lines_of_text, [3], "ratio 8"),
    (default.ratios_for_lines_of_text, [4, 9], "with fewer"),
    (default.layout_for_small_things, SSD300_VOC, "0% are reached"),
    (
        default.layout_for_small_things,
        small(FeatureMap(300, 1, 12, None)),
        "at most 25000",
    ),
    (check.pixels_of_the_photo, lambda b, h, w: to_photo(b, w, h), "exchanged"),
    (
        check.pixels_of_the_photo,
        lambda b, h, w: [b[0] * w, b[1] * h, b[2] * w, b[3] * h],
        "corners",
    ),
    (check.pixels_of_the_photo, lambda b, *_: b, "should be"),
    (check.pixels_of_the_photo, lambda *_: [1, 2], "four numbers are wanted, got 2"),
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
    (check.best_square, lambda w, h: ((w + h) / 2, 0.5), "reaches more"),
    (check.best_square, lambda w, h: (min(w, h), 0.5), "reaches more"),
    (check.best_square, lambda w, h: ((w * h) ** 0.5, 0.9), "the side is right"),
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
