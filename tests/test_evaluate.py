"""Average precision by hand, by an independent loop, and by pycocotools."""

import contextlib
import io
import math
from functools import partial

import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from ssd_lib.boxes import box_iou
from ssd_lib.evaluate import (
    GroundTruth,
    average_precision,
    coco_average_precision,
    count_errors,
    mean_average_precision,
    name_errors,
    precision_recall,
)
from ssd_lib.predict import Detections


def found(*rows):
    """Detections of rows (label, score, x1, y1, x2, y2)."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    order = table[:, 1].argsort(descending=True, stable=True)
    table = table[order]
    return Detections(table[:, 2:], table[:, 1], table[:, 0].long())


def truth(*rows, difficult=None):
    """Objects of rows (label, x1, y1, x2, y2)."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
    flags = torch.zeros(len(table), dtype=torch.bool)
    if difficult is not None:
        flags[difficult] = True
    return GroundTruth(table[:, 1:], table[:, 0].long(), flags)


def random_images(count, seed, crowds=False, classes=3):
    """Objects, and detections near them, beside them and nowhere."""
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(*shape, generator=generator)

    detections, objects = [], []
    for _ in range(count):
        n = int(torch.randint(0, 6, (), generator=generator))
        corner, size = rand(n, 2) * 200, 5 + rand(n, 2) ** 2 * 180
        boxes = torch.cat([corner, corner + size], dim=1)
        labels = torch.randint(1, classes + 1, (n,), generator=generator)
        flags = rand(n) < (0.25 if crowds else 0.0)
        objects.append(GroundTruth(boxes, labels, flags))
        near = boxes.repeat(3, 1) + 12 * (rand(3 * n, 4) - 0.5)
        stray = rand(4, 2) * 200
        stray = torch.cat([stray, stray + 4 + rand(4, 2) * 100], dim=1)
        all_boxes = torch.cat([near, stray])
        all_boxes[:, 2:] = torch.maximum(all_boxes[:, 2:], all_boxes[:, :2] + 1)
        all_labels = torch.cat(
            [labels.repeat(3), torch.randint(1, classes + 1, (4,), generator=generator)]
        )
        scores = rand(len(all_boxes))
        order = scores.argsort(descending=True)
        detections.append(Detections(all_boxes[order], scores[order], all_labels[order]))
    return detections, objects


def curve_area(is_true_positive, num_objects, metric="voc07"):
    curve = precision_recall(is_true_positive, num_objects)
    return average_precision(curve.recall, curve.precision, metric)


def test_a_curve_has_precision_and_recall_in_the_order_of_their_names():
    curve = precision_recall(torch.tensor([True, False]), 4)
    assert curve._fields == ("precision", "recall")
    assert curve.precision.tolist() == [1, 0.5]
    assert curve.recall.tolist() == [0.25, 0.25]


def test_a_curve_small_enough_for_the_hand():
    precision, recall = precision_recall(torch.tensor([True, False, True, False]), 4)
    assert precision.tolist() == [1, 0.5, 2 / 3, 0.5]
    assert recall.tolist() == [0.25, 0.25, 0.5, 0.5]
    # Recalls 0, 0.1, 0.2 are reached at precision 1; 0.3, 0.4, 0.5 at 2/3; the rest never.
    assert average_precision(recall, precision) == pytest.approx((3 + 3 * 2 / 3) / 11)
    assert average_precision(recall, precision, "voc10") == pytest.approx(0.25 + 0.25 * 2 / 3)
    by_hand = (26 * 1 + 25 * 2 / 3) / 101  # 0 to 0.25, and 0.26 to 0.50
    assert average_precision(recall, precision, "coco") == pytest.approx(by_hand)


@pytest.mark.parametrize(("true", "objects"), [(3, 10), (6, 20), (7, 10), (21, 30), (9, 90)])
def test_a_recall_of_exactly_a_tenth_is_reached(true, objects):
    """np.arange(0, 1.1, 0.1) has 0.30000000000000004 and would miss it."""
    area = curve_area(torch.ones(true, dtype=torch.bool), objects)
    assert area == pytest.approx((10 * true // objects + 1) / 11)


@pytest.mark.parametrize("metric", ["voc07", "voc10", "coco"])
def test_perfect_none_and_nothing_to_find(metric):
    assert curve_area(torch.ones(5, dtype=torch.bool), 5, metric) == 1
    assert curve_area(torch.zeros(5, dtype=torch.bool), 5, metric) == 0
    assert curve_area(torch.zeros(0, dtype=torch.bool), 5, metric) == 0
    assert math.isnan(curve_area(torch.zeros(2, dtype=torch.bool), 0, metric))


def loop_ap(detections, objects, label, threshold, plus):
    """VOC's devkit for one class, 11 points, detection by detection."""
    rows, to_find = [], 0
    for i, (one, gt) in enumerate(zip(detections, objects, strict=True)):
        to_find += sum(
            int(a == label and not d) for a, d in zip(gt.labels, gt.difficult, strict=True)
        )
        rows += [
            (-s, i, b)
            for s, b, a in zip(
                one.scores.tolist(), one.boxes.tolist(), one.labels.tolist(), strict=True
            )
            if a == label
        ]
    taken, true, false, curve = set(), 0, 0, []
    for _, i, box in sorted(rows, key=lambda row: row[0]):
        best, which = -1.0, None
        for n, (gt, a) in enumerate(
            zip(objects[i].boxes.tolist(), objects[i].labels.tolist(), strict=True)
        ):
            if a != label:
                continue
            w = min(box[2], gt[2]) - max(box[0], gt[0]) + plus
            h = min(box[3], gt[3]) - max(box[1], gt[1]) + plus
            area = [(b[2] - b[0] + plus) * (b[3] - b[1] + plus) for b in (box, gt)]
            iou = max(w, 0) * max(h, 0) / (sum(area) - max(w, 0) * max(h, 0))
            if iou > best:
                best, which = iou, n
        if best >= threshold:
            if objects[i].difficult[which]:
                continue
            true, false = (true + 1, false) if (i, which) not in taken else (true, false + 1)
            taken.add((i, which))
        else:
            false += 1
        curve.append((true, true / (true + false)))
    if to_find == 0:
        return None
    return (
        sum(max([p for t, p in curve if 10 * t >= j * to_find], default=0) for j in range(11)) / 11
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("plus_one", [False, True])
def test_mean_ap_is_that_of_an_independent_loop(seed, plus_one):
    detections, objects = random_images(12, seed, crowds=True)
    for threshold in (0.5, 0.7):
        ours = mean_average_precision(detections, objects, 4, threshold, plus_one=plus_one)
        wanted = [loop_ap(detections, objects, c, threshold, int(plus_one)) for c in (1, 2, 3)]
        for a, b in zip(ours.by_class, wanted, strict=True):
            assert (b is None and math.isnan(a)) or a == pytest.approx(b)
        present = [b for b in wanted if b is not None]
        assert ours.mean == pytest.approx(sum(present) / len(present))


def test_a_second_detection_of_an_object_is_wrong():
    gt = truth((1, 0, 0, 10, 10))
    twice = found((1, 0.9, 0, 0, 10, 10), (1, 0.8, 0, 0, 10, 10))
    once = found((1, 0.9, 0, 0, 10, 10))
    assert mean_average_precision([once], [gt], 2, metric="voc10").mean == 1
    assert mean_average_precision([twice], [gt], 2, metric="voc10").mean == 1
    behind = found((1, 0.7, 0, 0, 10, 10), (1, 0.9, 50, 50, 60, 60))
    assert mean_average_precision([behind], [gt], 2, metric="voc10").mean == 0.5


def test_a_detection_of_a_difficult_object_counts_neither_way():
    gt = truth((1, 0, 0, 10, 10), (1, 50, 50, 60, 60), difficult=[0])
    both = found((1, 0.9, 0, 0, 10, 10), (1, 0.8, 50, 50, 60, 60))
    result = mean_average_precision([both], [gt], 2)
    assert result.mean == 1
    assert result.num_objects == [1]


def test_an_iou_of_exactly_the_threshold_is_enough():
    gt, one = truth((1, 0, 0, 10, 10)), found((1, 0.9, 0, 0, 10, 5))
    assert mean_average_precision([one], [gt], 2, 0.5).mean == 1
    assert mean_average_precision([one], [gt], 2, 0.5001).mean == 0


def test_with_plus_one_small_boxes_overlap_more():
    gt, one = truth((1, 0, 0, 2, 2)), found((1, 0.9, 1, 0, 3, 2))  # IoU 1/3, or 6/12
    assert mean_average_precision([one], [gt], 2).mean == 0
    assert mean_average_precision([one], [gt], 2, plus_one=True).mean == 1


def test_classes_without_objects_are_left_out_of_the_mean():
    gt, one = (
        truth((1, 0, 0, 10, 10)),
        found((1, 0.9, 0, 0, 10, 10), (2, 0.9, 0, 0, 5, 5)),
    )
    result = mean_average_precision([one], [gt], 4)
    assert result.mean == 1
    assert [math.isnan(value) for value in result.by_class] == [False, True, True]


def test_a_class_that_was_never_detected_counts_as_zero():
    gt = truth((1, 0, 0, 10, 10), (2, 0, 0, 10, 10))
    result = mean_average_precision([found((1, 0.9, 0, 0, 10, 10))], [gt], 3)
    assert result.by_class == [1, 0]
    assert result.mean == 0.5


@pytest.mark.parametrize("evaluate", [mean_average_precision, coco_average_precision])
def test_no_images_and_no_objects_give_nan(evaluate):
    assert math.isnan(evaluate([], [], 3)[0])
    assert math.isnan(evaluate([found((1, 0.5, 0, 0, 9, 9))], [truth()], 3)[0])


class HonoursIgnore(COCOeval):
    """pycocotools' evaluation, which overwrites ``ignore`` by ``iscrowd``, without that."""

    def _prepare(self):
        super()._prepare()
        for gt in (gt for some in self._gts.values() for gt in some):
            gt["ignore"] = gt["difficult"] or gt["iscrowd"]


def annotations_of(image_id, gt):
    """One image's objects in COCO's form; ids are missing."""
    boxes = gt.boxes.double()
    sides = boxes[:, 2:] - boxes[:, :2]
    crowd = gt.difficult if gt.crowd is None else gt.crowd
    area = sides.prod(dim=1) if gt.area is None else gt.area
    return [
        {
            "image_id": image_id,
            "category_id": a,
            "bbox": box,
            "area": size,
            "iscrowd": int(many),
            "difficult": hard,
        }
        for a, box, size, many, hard in zip(
            gt.labels.tolist(),
            torch.cat([boxes[:, :2], sides], dim=1).tolist(),
            area.tolist(),
            crowd.tolist(),
            gt.difficult.tolist(),
            strict=True,
        )
    ]


def pycocotools_says(detections, objects, classes, evaluator=COCOeval):
    images = [{"id": i + 1} for i in range(len(objects))]
    annotations = [one for i, gt in enumerate(objects) for one in annotations_of(i + 1, gt)]
    annotations = [one | {"id": i + 1} for i, one in enumerate(annotations)]
    results = [
        {
            "image_id": i + 1,
            "category_id": a,
            "score": s,
            "bbox": [b[0], b[1], b[2] - b[0], b[3] - b[1]],
        }
        for i, one in enumerate(detections)
        for b, s, a in zip(
            one.boxes.double().tolist(), one.scores.tolist(), one.labels.tolist(), strict=True
        )
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": images,
            "annotations": annotations,
            "info": {},
            "categories": [{"id": c, "name": str(c)} for c in range(1, classes + 1)],
        }
        coco.createIndex()
        evaluation = evaluator(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[:6].tolist()


@pytest.mark.parametrize("crowds", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_cocos_numbers_are_pycocotools(seed, crowds):
    assert_as_pycocotools(*random_images(15, 100 + seed, crowds), 3)


def with_areas(objects, seed):
    """Areas beside those of the boxes, also 0 and exactly the limits; some images none."""
    generator = torch.Generator().manual_seed(seed)
    fixed = torch.tensor([0.0, 32**2, 96**2, 2e10], dtype=torch.float64)
    changed = []
    for index, gt in enumerate(objects):
        sides = (gt.boxes[:, 2:] - gt.boxes[:, :2]).double()
        share = torch.rand(len(sides), generator=generator)
        drawn = torch.randint(0, 10, (len(sides),), generator=generator)
        area = torch.where(drawn < 4, fixed[drawn.clamp(max=3)], sides.prod(1) * share)
        changed.append(gt._replace(area=None if index % 4 == 3 else area))
    return changed


@pytest.mark.parametrize("crowds", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_area_of_an_object_decides_on_its_size(seed, crowds):
    detections, objects = random_images(24, 200 + seed, crowds)
    ours = assert_as_pycocotools(detections, with_areas(objects, seed), 3)
    without = coco_average_precision(detections, objects, 4)
    assert str(ours) != str(without)


@pytest.mark.parametrize(
    ("area", "sizes"),
    [
        (0, "small"),
        (1023.999, "small"),
        (1024, "small medium"),
        (1024.001, "medium"),
        (9215.999, "medium"),
        (9216, "medium large"),
        (9216.001, "large"),
        (1e10, "large"),
        (1.0001e10, ""),
    ],
)
def test_the_limits_of_an_area_are_of_both_sizes(area, sizes):
    for dtype in (torch.float64, torch.float32, type(area)):
        values = torch.tensor([area]).to(dtype)
        gt = truth((1, 0, 0, 40, 40))._replace(area=values)
        ours = assert_as_pycocotools([found((1, 0.9, 0, 0, 40, 40))], [gt])._asdict()
        there = [size for size in ("small", "medium", "large") if ours[size] == 1]
        assert there == sizes.split()


def with_crowds(objects, seed):
    """Some difficult objects are crowds, some crowds are not said to be difficult."""
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.rand(len(gt.labels), generator=generator) for gt in objects]
    return [
        gt._replace(crowd=torch.where(gt.difficult, share < 0.5, share < 0.1))
        for gt, share in zip(objects, drawn, strict=True)
    ]


@pytest.mark.parametrize("areas", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_difficult_objects_that_are_no_crowds_are_those_to_ignore(seed, areas):
    detections, objects = random_images(24, 300 + seed, crowds=True)
    objects = with_areas(objects, seed) if areas else objects
    marked = with_crowds(objects, seed)
    ours = assert_as_pycocotools(detections, marked, 3, HonoursIgnore)
    assert str(ours) != str(coco_average_precision(detections, objects, 4))


@pytest.mark.parametrize(
    ("crowd", "wanted"),
    [(None, 1.0), ([True, False], 1.0), ([False, False], 0.5)],
)
def test_of_many_detections_on_a_difficult_object_that_is_no_crowd_one_is_ignored(crowd, wanted):
    crowd = None if crowd is None else torch.tensor(crowd)
    gt = truth((1, 0, 0, 10, 10), (1, 50, 50, 60, 60), difficult=[0])
    three = found((1, 0.9, 0, 0, 10, 10), (1, 0.8, 0, 0, 10, 10), (1, 0.7, 50, 50, 60, 60))
    ours = coco_average_precision([three], [gt._replace(crowd=crowd)], 2)
    assert ours.ap50 == pytest.approx(wanted)


def test_a_crowd_is_difficult_in_vocs_numbers_even_if_nobody_says_so():
    gt = truth((1, 0, 0, 10, 10), (1, 50, 50, 60, 60))
    gt = gt._replace(crowd=torch.tensor([True, False]))
    both = found((1, 0.9, 0, 0, 10, 10), (1, 0.8, 50, 50, 60, 60))
    result = mean_average_precision([both], [gt], 2)
    assert (result.mean, result.num_objects) == (1, [1])


@pytest.mark.parametrize(
    ("label", "box", "kind"),
    [
        (1, (10, 10, 20, 20), None),  # one of the crowd
        (1, (95, 0, 105, 10), None),  # half in it
        (1, (96, 0, 106, 10), "background"),
        (2, (10, 10, 20, 20), "background"),
        (1, (0, 0, 100, 90), None),  # the crowd as one
        (1, (40, 40, 60, 60), "right"),  # an object in front of it
        (1, (40, 40, 60, 50), "right"),
        (1, (40, 40, 60, 44), None),
    ],
)
def test_what_lies_in_a_crowd_is_no_error(label, box, kind):
    gt = truth((1, 0, 0, 100, 100), (1, 40, 40, 60, 60))
    gt = gt._replace(crowd=torch.tensor([True, False]))
    counts = count_errors([found((label, 0.9, *box))], [gt])._asdict()
    wanted = {"missed": 1} if kind != "right" else {}
    assert {name: n for name, n in counts.items() if n} == (wanted | ({kind: 1} if kind else {}))


def test_a_detection_without_area_lies_in_no_crowd():
    gt = truth((1, 0, 0, 100, 100))._replace(crowd=torch.tensor([True]))
    for right_edge, background in ((30, 0), (20, 1)):
        counts = count_errors([found((1, 0.9, 20, 20, right_edge, 40))], [gt])
        assert (counts.background, sum(counts)) == (background, background)


def test_an_object_in_front_of_a_crowd_is_found_once_and_not_doubled():
    gt = truth((1, 0, 0, 100, 100), (1, 40, 40, 60, 60))
    gt = gt._replace(crowd=torch.tensor([True, False]))
    twice = found((1, 0.9, 40, 40, 60, 60), (1, 0.8, 40, 40, 60, 58))
    assert sum(count_errors([twice], [gt])) == count_errors([twice], [gt]).right == 1


@pytest.mark.parametrize("count", [100, 101, 102])
def test_the_best_hundred_of_an_image_and_class_count(count):
    corners = torch.arange(float(count)) * 20
    squares = [(x, 0.0, x + 10, 10.0) for x in corners.tolist()]
    detections = found(*((1, 1 - i / 1000, *box) for i, box in enumerate(squares)))
    assert_as_pycocotools([detections], [truth(*((1, *box) for box in squares))])


def assert_as_pycocotools(detections, objects, classes=1, evaluator=COCOeval):
    ours = coco_average_precision(detections, objects, classes + 1)
    theirs = pycocotools_says(detections, objects, classes, evaluator)
    for a, b in zip(ours, theirs, strict=True):
        assert (b == -1 and math.isnan(a)) or a == pytest.approx(b, abs=1e-9)
    return ours


@pytest.mark.parametrize(("side", "sizes"), [(32, "small medium"), (96, "medium large")])
def test_an_area_of_exactly_a_limit_is_of_both_sizes(side, sizes):
    """Also of a detection on nothing, which is held against both."""
    objects = [truth((1, 0, 0, side, side))]
    right, stray = (
        (1, 0.8, 0, 0, side, side),
        (1, 0.9, 200, 200, 200 + side, 200 + side),
    )
    alone = assert_as_pycocotools([found(right)], objects)._asdict()
    both = assert_as_pycocotools([found(right, stray)], objects)._asdict()
    for size in ("small", "medium", "large"):
        if size in sizes.split():
            assert alone[size] == 1
            assert both[size] == 0.5
        else:
            assert math.isnan(alone[size])


@pytest.mark.parametrize(("width", "hits"), [(500, 1), (750, 6), (501, 1), (999, 10)])
def test_an_iou_of_exactly_cocos_threshold_is_enough(width, hits):
    objects = [truth((1, 0, 0, 1000, 10))]
    ours = assert_as_pycocotools([found((1, 0.9, 0, 0, width, 10))], objects)
    assert ours.ap == pytest.approx(hits / 10)


OBJECTS = truth((1, 0, 0, 10, 10), (2, 50, 50, 60, 60))


@pytest.mark.parametrize(
    ("detection", "kind"),
    [
        ((1, 0.9, 0, 0, 10, 10), "right"),
        ((2, 0.9, 0, 0, 10, 10), "wrong_class"),
        ((1, 0.9, 0, 0, 10, 3), "wrong_place"),
        ((2, 0.9, 0, 0, 10, 3), "both"),
        ((1, 0.9, 20, 20, 30, 30), "background"),
        # Exactly at each threshold: a score of 0.5, IoUs of 0.5 and 0.1.
        ((1, 0.5, 0, 0, 10, 5), "right"),
        ((2, 0.5, 0, 0, 10, 5), "wrong_class"),
        ((1, 0.5, 0, 0, 10, 1), "wrong_place"),
        ((2, 0.5, 0, 0, 10, 1), "both"),
        ((1, 0.5, 0, 0, 9, 1), "background"),
    ],
)
def test_each_kind_of_error_is_counted_as_itself(detection, kind):
    counts = count_errors([found(detection)], [OBJECTS])._asdict()
    wanted = {kind: 1, "missed": 2 if kind == "background" else 1}
    assert {name: n for name, n in counts.items() if n} == wanted


def test_doubles_unsure_ones_and_difficult_objects():
    twice = found((1, 0.9, 0, 0, 10, 10), (1, 0.8, 0, 0, 10, 9), (2, 0.2, 50, 50, 60, 60))
    counts = count_errors([twice], [OBJECTS])
    assert (counts.right, counts.double, counts.missed) == (1, 1, 1)
    hard = truth((1, 0, 0, 10, 10), difficult=[0])
    assert sum(count_errors([found((1, 0.9, 0, 0, 10, 10))], [hard])) == 0
    assert sum(count_errors([found()], [truth()])) == 0


def test_an_object_taken_for_another_class_is_still_to_be_found():
    both = found((2, 0.9, 0, 0, 10, 10), (1, 0.8, 0, 0, 10, 10))
    counts = count_errors([both], [truth((1, 0, 0, 10, 10))])
    assert (counts.wrong_class, counts.right, counts.double) == (1, 1, 0)


@pytest.mark.parametrize("seed", range(4))
def test_every_detection_is_of_one_kind(seed):
    detections, objects = random_images(10, seed)
    counts = count_errors(detections, objects, score_threshold=0)
    assert sum(counts[:6]) == sum(len(one.labels) for one in detections)
    right = 0
    for one, gt in zip(detections, objects, strict=True):
        ious = box_iou(one.boxes, gt.boxes) * (one.labels[:, None] == gt.labels)
        right += int((ious >= 0.5).any(dim=0).sum())
    assert counts.right <= right


@pytest.mark.parametrize("seed", range(8))
def test_named_errors_are_those_that_are_counted(seed):
    detections, objects = random_images(10, seed, crowds=seed % 2 == 1)
    named = [name_errors(*pair) for pair in zip(detections, objects, strict=True)]
    counts = count_errors(detections, objects, score_threshold=0)
    kinds = [kind for one in named for kind in one.kinds if kind]
    assert [kinds.count(kind) for kind in counts._fields[:6]] == list(counts[:6])
    assert sum(len(one.missed) for one in named) == counts.missed
    for one, found_here, gt in zip(named, detections, objects, strict=True):
        assert len(one.kinds) == len(one.objects) == len(found_here.labels)
        about = {place for place in one.objects if place is not None}
        assert not about & set(one.missed)
        assert not any(gt.difficult[place] for place in one.missed)
        for kind, place, label in zip(one.kinds, one.objects, found_here.labels, strict=True):
            assert (place is None) == (kind in ("", "background"))
            if kind in ("right", "wrong_place", "double"):
                assert gt.labels[place] == label


def test_the_errors_of_an_image_say_which_object_they_are_about():
    boxes = (1, 0.9, 0, 0, 10, 10), (2, 0.8, 0, 0, 10, 10), (1, 0.7, 50, 50, 52, 52)
    one = name_errors(found(*boxes), truth((1, 0, 0, 10, 10), (2, 80, 80, 90, 90)))
    assert one.kinds == ["right", "wrong_class", "background"]
    assert one.objects == [0, 0, None]
    assert one.missed == [1]
    with pytest.raises(ValueError, match="iou_threshold must be"):
        name_errors(found(), truth(), iou_threshold=0)


GOOD = found((1, 0.9, 0, 0, 10, 10)), truth((1, 0, 0, 10, 10))
FUNCTIONS = {
    "voc": lambda *lists: mean_average_precision(*lists, 3),
    "coco": lambda *lists: coco_average_precision(*lists, 3),
    "errors": lambda *lists: count_errors(*lists),
}


@pytest.mark.parametrize("evaluate", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize(
    ("one", "field", "value", "message"),
    [
        (0, "boxes", torch.rand(1, 5), r"boxes must be \[1, 4\], got \[1, 5\]"),
        (0, "boxes", torch.rand(4), r"boxes must be \[1, 4\], got \[4\]"),
        (0, "boxes", torch.rand(2, 4), r"boxes must be \[1, 4\], got \[2, 4\]"),
        (
            0,
            "boxes",
            torch.tensor([[0, 0, math.nan, 1]]),
            r"finite, got \[0.0, 0.0, nan",
        ),
        (
            0,
            "boxes",
            torch.tensor([[0, 0, math.inf, 1]]),
            r"finite, got \[0.0, 0.0, inf",
        ),
        (0, "scores", torch.rand(2), r"scores must be \[1\], got \[2\]"),
        (0, "scores", torch.rand(1, 1), r"scores must be \[1\], got \[1, 1\]"),
        (0, "scores", torch.tensor([math.nan]), "scores must be finite, got nan"),
        (0, "scores", torch.tensor([math.inf]), "scores must be finite, got inf"),
        (
            0,
            "labels",
            torch.tensor([0]),
            r"labels must be .* \(0 is background\), got 0",
        ),
        (0, "labels", torch.tensor([-1]), "labels must be .*, got -1"),
        (
            0,
            "labels",
            torch.tensor([1.0]),
            "labels must be integers, got torch.float32",
        ),
        (0, "labels", torch.tensor([True]), "labels must be integers, got torch.bool"),
        (0, "labels", torch.tensor([1, 1]), r"boxes must be \[2, 4\], got \[1, 4\]"),
        (
            0,
            "labels",
            [1],
            "must have the tensors boxes, scores, labels, got Detections",
        ),
        (1, "boxes", torch.rand(1, 5), r"boxes must be \[1, 4\], got \[1, 5\]"),
        (1, "boxes", torch.tensor([[0, 0, -math.inf, 1]]), "boxes must be finite"),
        (1, "labels", torch.tensor([0]), "labels must be .*, got 0"),
        (1, "labels", torch.tensor([1.5]), "labels must be integers"),
        (1, "difficult", torch.zeros(2) > 0, r"difficult must be \[1\], got \[2\]"),
        (1, "difficult", torch.zeros(1), "difficult must be bool, got torch.float32"),
        (1, "difficult", None, "boxes, labels, difficult, got GroundTruth"),
        (1, "area", torch.rand(2), r"area must be \[1\], got \[2\]"),
        (1, "area", torch.rand(1, 1), r"area must be \[1\], got \[1, 1\]"),
        (1, "area", torch.tensor([True]), "area must be numbers, got torch.bool"),
        (1, "area", torch.tensor([math.nan]), "area must be finite and .* got nan"),
        (1, "area", torch.tensor([math.inf]), "area must be finite and .* got inf"),
        (1, "area", torch.tensor([-0.5]), "area must be .* not negative, got -0.5"),
        (1, "area", [3.0], "boxes, labels, difficult, area, got GroundTruth"),
        (1, "crowd", torch.zeros(2) > 0, r"crowd must be \[1\], got \[2\]"),
        (1, "crowd", torch.zeros(1).long(), "crowd must be bool, got torch.int64"),
        (1, "crowd", [True], "boxes, labels, difficult, crowd, got GroundTruth"),
    ],
)
def test_lists_that_would_give_a_wrong_number_are_refused(evaluate, one, field, value, message):
    pair = list(GOOD)
    pair[one] = pair[one]._replace(**{field: value})
    detections, objects = (
        [good, found() if one == 0 else truth(), bad]
        for one, (good, bad) in enumerate(zip(GOOD, pair, strict=True))
    )
    name = ("detections", "ground_truth")[one]
    with pytest.raises(ValueError, match=rf"{name}\[2\].*{message}"):
        evaluate(detections, objects)


@pytest.mark.parametrize("evaluate", [mean_average_precision, coco_average_precision])
@pytest.mark.parametrize("one", [0, 1])
def test_a_label_beyond_the_last_class_is_refused(evaluate, one):
    pair = [[part] for part in GOOD]
    pair[one] = [pair[one][0]._replace(labels=torch.tensor([3]))]
    name = ("detections", "ground_truth")[one]
    with pytest.raises(ValueError, match=rf"{name}\[0\].labels must be 1 to 2 .* got 3"):
        evaluate(*pair, 3)
    count_errors(*pair)  # which knows no number of classes


@pytest.mark.parametrize("evaluate", FUNCTIONS.values(), ids=FUNCTIONS)
def test_torchvisions_dictionaries_are_named(evaluate):
    wrong = [GOOD[0]._asdict()]
    with pytest.raises(ValueError, match=r"detections\[0\] must have .* got dict"):
        evaluate(wrong, [GOOD[1]])
    with pytest.raises(ValueError, match=r"ground_truth must .* per image \(1\), got 2"):
        evaluate([GOOD[0]], [GOOD[1]] * 2)


@pytest.mark.parametrize("evaluate", FUNCTIONS.values(), ids=FUNCTIONS)
def test_nothing_may_be_of_any_dtype_and_boxes_whole_numbers(evaluate):
    nothing = torch.zeros(0)
    empty = (
        Detections(torch.zeros(0, 4), nothing, nothing),
        GroundTruth(torch.zeros(0, 4), nothing, nothing, nothing, nothing),
    )
    whole = [part._replace(boxes=part.boxes.long()) for part in GOOD]
    wanted = evaluate([GOOD[0], found()], [GOOD[1], truth()])
    got = evaluate([whole[0], empty[0]], [whole[1], empty[1]])
    assert str(got) == str(wanted)  # some of it is NaN


def test_scores_of_any_range_are_only_ordered():
    detections, objects = random_images(6, 3)
    wanted = mean_average_precision(detections, objects, 4)
    other = [one._replace(scores=one.scores * 40 - 20) for one in detections]
    assert mean_average_precision(other, objects, 4) == wanted


CURVE = torch.tensor([0.2, 0.4]), torch.tensor([1.0, 0.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: average_precision(*CURVE, "voc12"), "got 'voc12'"),
        (lambda: average_precision(CURVE[0], torch.zeros(3)), r"got \[2\] and \[3\]"),
        (lambda: average_precision(CURVE[0].flip(0), CURVE[1]), "recall must not fall"),
        (lambda: precision_recall(CURVE[0], 4), r"is_true_positive .* \[K\] of bool, got \[2"),
        (lambda: precision_recall(torch.zeros(2, 2) > 0, 4), r"got \[2, 2\] of torch"),
        (lambda: precision_recall(CURVE[0] > 0, -1), "num_objects must be .* got -1"),
        (lambda: precision_recall(CURVE[0] > 0, 2.5), "num_objects must be .* got 2.5"),
        *(
            (partial(mean_average_precision, [], [], **{"num_classes": 3} | options), message)
            for options, message in (
                ({"num_classes": 1}, "num_classes must be .* at least 2, got 1"),
                ({"num_classes": 3.0}, "num_classes must be .* got 3.0"),
                ({"iou_threshold": 0}, "iou_threshold must be above 0 .* got 0"),
                ({"iou_threshold": 1.1}, "iou_threshold must be .* got 1.1"),
                ({"iou_threshold": math.nan}, "iou_threshold must be .* got nan"),
                ({"metric": "voc12"}, "metric must be one of .* got 'voc12'"),
            )
        ),
        (lambda: coco_average_precision([], [], 0), "num_classes must be .* got 0"),
        (lambda: coco_average_precision([], [], 3, 0), "max_detections must be .* got 0"),
        (lambda: coco_average_precision([], [], 3, 1.5), "max_detections .* got 1.5"),
        (lambda: count_errors([], [], math.nan), "score_threshold .* finite, got nan"),
        (lambda: count_errors([], [], 0.5, 0.0), "iou_threshold must be above 0"),
        (lambda: count_errors([], [], 0.5, 0.5, 1.5), "background_iou must be .* got 1.5"),
    ],
)
def test_what_cannot_be_right_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_fits_lies_on_an_object_even_if_little_is_asked():
    touching = found((1, 0.9, 0, 0, 10, 1))  # IoU 0.1
    counts = count_errors([touching], [GOOD[1]], iou_threshold=0.05, background_iou=0.2)
    assert (counts.right, counts.background) == (1, 0)
