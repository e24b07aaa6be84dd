"""The page's arithmetic equals ssd_lib's, to the last bit."""

import json
from functools import partial

import pytest
import torch
from node_json import SCRIPT, answer

from ssd_lib.boxes import box_area, box_iou, clip_boxes, cxcywh_to_xyxy
from ssd_lib.default_boxes import (
    SSD300_COCO,
    SSD300_VOC,
    SSD512_COCO,
    SSD512_VOC,
    default_boxes,
    linear_scales,
)
from ssd_lib.evaluate import GroundTruth, mean_average_precision
from ssd_lib.matching import bipartite, match_ious
from ssd_lib.model.packed import as_table
from ssd_lib.offsets import decode, encode
from ssd_lib.predict import Detections, batched_nms, detect
from ssd_lib.widgets.default_box_explorer import LAYOUTS
from ssd_lib.widgets.modules import FOLDER

# Runs a function on each list of arguments; JSON has no NaN, but Python reads one.
RUN = """
import { readFileSync } from "node:fs";
import * as geometry from "%s";
const run = %s;
const found = JSON.parse(readFileSync(0, "utf8")).map((given) => run(...given));
const told = JSON.stringify(found, (_, x) => (Number.isNaN(x) ? "NaN" : x));
console.log(told.replaceAll('"NaN"', "NaN"));
"""

EDGE_CASES = torch.tensor(
    [
        [0.0, 0.0, 1.0, 1.0],
        [1.0, 0.0, 2.0, 1.0],
        [0.5, 0.5, 0.5, 0.5],
        [0.9, 0.2, 0.1, 0.8],
        [0.9, 0.8, 0.1, 0.2],
        [-0.3, -0.2, 0.4, 1.7],
        [0.1, 0.1, 0.1 + 1e-7, 0.9],
    ]
)


def for_each(function, cases):
    """What a JavaScript function gives for each list of arguments, in one process."""
    script = RUN % ((FOLDER / "geometry.js").as_uri(), function)
    return answer(*SCRIPT, script, given=cases)


def once(function, *arguments):
    return for_each(function, [arguments])[0]


def boxes():
    generator = torch.Generator().manual_seed(0)
    return torch.cat([EDGE_CASES, torch.rand(200, 4, generator=generator)])


def test_iou_of_every_pair_is_the_same_number():
    pairs = boxes()
    ious = once(
        "(boxes) => boxes.map((a) => boxes.map((b) => geometry.overlap(a, b).iou))",
        pairs.tolist(),
    )
    assert torch.equal(torch.tensor(ious), box_iou(pairs, pairs))


def test_area_is_the_same_number():
    areas = once("(boxes) => boxes.map(geometry.boxArea)", boxes().tolist())
    assert torch.equal(torch.tensor(areas), box_area(boxes()))


def boxes_of(table):
    values = once(
        """(table) => {
            const { boxes, corners } = geometry.layOut(table);
            return [Array.from(boxes), Array.from(corners)];
        }""",
        table,
    )
    return [torch.tensor(flat).reshape(-1, 4) for flat in values]


@pytest.mark.parametrize(
    "layout",
    [SSD300_VOC, SSD300_COCO, SSD512_VOC, SSD512_COCO],
    ids=["ssd300-voc", "ssd300-coco", "ssd512-voc", "ssd512-coco"],
)
def test_default_boxes_are_the_same_numbers(layout):
    boxes, corners = boxes_of(as_table(layout))
    assert torch.equal(boxes, default_boxes(layout))
    assert torch.equal(corners, cxcywh_to_xyxy(default_boxes(layout)))


@pytest.mark.parametrize("name", LAYOUTS)
def test_default_boxes_of_every_layout_to_choose_are_the_same_numbers(name):
    boxes, _ = boxes_of(as_table(LAYOUTS[name]))
    assert torch.equal(boxes, default_boxes(LAYOUTS[name]))


def test_iou_with_all_default_boxes_is_the_same_number():
    corners = cxcywh_to_xyxy(default_boxes(SSD300_VOC))
    ious = once(
        """(boxes, corners) => {
            const all = Float32Array.from(corners.flat());
            return boxes.map((box) => Array.from(geometry.iouWithAll(box, all)));
        }""",
        boxes()[:20].tolist(),
        corners.tolist(),
    )
    assert torch.equal(torch.tensor(ious), box_iou(boxes()[:20], corners))


@pytest.mark.parametrize("arguments", [(6, 0.2, 0.9), (5, 0.15, 0.9), (2, 0.1, 0.3)])
def test_linear_scales_are_the_same_numbers(arguments):
    scales = once("geometry.linearScales", *arguments)
    assert scales == linear_scales(*arguments)


def test_nan_stays_nan():
    iou = once("() => geometry.overlap([NaN, 0, 1, 1], [0, 0, 1, 1]).iou")
    assert json.dumps(iou) == "NaN"


def tables():
    """IoU tables: real ones, with ties, with nothing, with more objects than boxes."""
    generator = torch.Generator().manual_seed(4)
    corners = cxcywh_to_xyxy(default_boxes(SSD300_VOC))[::9]
    for count in (0, 1, 4, 7):
        start = torch.rand(count, 2, generator=generator) * 0.8
        size = 0.02 + torch.rand(count, 2, generator=generator) * 0.3
        yield box_iou(torch.cat([start, start + size], dim=1), corners)
    for shape in ((3, 4), (5, 3), (6, 6)):
        for _ in range(20):
            yield (torch.rand(shape, generator=generator) * 5).floor() / 4


def test_matching_gives_the_same_indices():
    all_found = for_each(
        """(rows, count) => {
            const table = rows.map((row) => Float32Array.from(row));
            const steps = geometry.bipartiteWalk(table);
            return [steps, Array.from(geometry.matchTable(table, count, 0.5, steps))];
        }""",
        [[ious.tolist(), ious.shape[1]] for ious in tables()],
    )
    for ious, (steps, matched) in zip(tables(), all_found, strict=True):
        own = [-1] * len(ious)
        for step in steps:
            own[step["gt"]] = step["box"]
        assert own == bipartite(ious).tolist()
        assert matched == match_ious(ious).tolist()
        assert [s["iou"] for s in steps] == sorted(s["iou"] for s in steps)[::-1]


def test_the_other_rule_lets_the_last_object_have_the_box():
    steps = once("geometry.argmaxWalk", [[0.4, 0.3], [0.45, 0.2], [0, 0]])
    assert [(step["gt"], step["box"]) for step in steps] == [(0, 0), (1, 0)]


def test_offsets_are_the_same_numbers():
    generator = torch.Generator().manual_seed(5)
    pairs = torch.rand(2, 100, 4, generator=generator) * 0.9 + 0.05
    wild = 40 * torch.randn(100, 4, generator=generator)
    answers, boxes_back = once(
        """(boxes, from, wild) => {
            return [boxes.map((box, i) => geometry.encode(box, from[i])),
                wild.map((offsets, i) => geometry.decode(offsets, from[i]))];
        }""",
        *pairs.tolist(),
        wild.tolist(),
    )
    to, default = pairs.double()
    close = partial(torch.testing.assert_close, rtol=1e-6, atol=1e-6)
    close(torch.tensor(answers, dtype=torch.float64), encode(to, default))
    close(torch.tensor(boxes_back, dtype=torch.float64), decode(wild.double(), default))


def test_smooth_l1_and_its_slope_are_torchs():
    differences = torch.linspace(-3, 3, 61, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.smooth_l1_loss(
        differences, torch.zeros_like(differences), reduction="none"
    )
    [gradient] = torch.autograd.grad(loss.sum(), differences)
    values, slopes = once(
        """(d) => {
            return [d.map(geometry.smoothL1), d.map(geometry.smoothL1Slope)];
        }""",
        differences.tolist(),
    )
    assert values == pytest.approx(loss.tolist())
    assert slopes == pytest.approx(gradient.tolist())


def bundles():
    """Boxes, scores and labels: bundles with ties in score, none, one, all the same."""
    generator = torch.Generator().manual_seed(6)
    for count in (0, 1, 30, 60):
        start = torch.rand(count, 2, generator=generator) * 0.6
        size = 0.15 + torch.rand(count, 2, generator=generator) * 0.3
        scores = (torch.rand(count, generator=generator) * 20).floor() / 20
        labels = torch.randint(1, 4, (count,), generator=generator)
        yield torch.cat([start, start + size], dim=1), scores, labels
    yield torch.tensor([[0.1, 0.1, 0.5, 0.5]] * 3), torch.full((3,), 0.5), torch.ones(3)


@pytest.mark.parametrize("agnostic", [False, True])
@pytest.mark.parametrize("iou", [0.0, 0.45, 0.8])
def test_thinning_out_keeps_the_same_boxes(agnostic, iou):
    rule = {"score": 0.2, "iou": iou, "agnostic": agnostic}
    cases = [[*(part.tolist() for part in bundle), rule] for bundle in bundles()]
    walks = for_each("geometry.nmsWalk", cases)
    for (boxes, scores, labels), steps in zip(bundles(), walks, strict=True):
        order = scores.argsort(descending=True, stable=True)
        order = order[scores.double()[order] > 0.2]
        kept = batched_nms(boxes[order], labels[order].long() * (not agnostic), iou)
        assert [step["kept"] for step in steps] == order[kept].tolist()


def test_the_soft_rule_gives_the_scores_of_a_loop():
    cases = [[*(p.tolist() for p in bundle), {"soft": True}] for bundle in bundles()]
    walks = for_each("geometry.nmsWalk", cases)
    for (boxes, scores, labels), steps in zip(bundles(), walks, strict=True):
        now, left, kept = scores.double(), list(range(len(scores))), []
        ious = box_iou(boxes, boxes).double()
        while left := [k for k in left if now[k] > 0.01]:
            best = max(left, key=lambda k: (now[k].item(), -k))
            left.remove(best)
            kept.append((best, now[best].item()))
            for k in left:
                if labels[k] == labels[best]:
                    now[k] *= torch.exp(-(ious[best, k] ** 2) / 0.5)
        assert [step["kept"] for step in steps] == [k for k, _ in kept]
        assert [step["score"] for step in steps] == pytest.approx([s for _, s in kept])


def answers():
    """Offsets and logits of 300 default boxes, and rules for them.

    With ties, with what is not finite or lies outside, with crowds of one class, with more
    than may be kept, and with nothing at all.
    """
    generator = torch.Generator().manual_seed(9)
    boxes = torch.rand(300, 4, generator=generator) * 0.5 + 0.1
    offsets = 2 * torch.randn(300, 4, generator=generator)
    logits = 2 * torch.randn(300, 4, generator=generator)
    yield offsets, logits, boxes, {}
    tied = logits[torch.arange(300) % 40][:, [0, 1, 1, 3]]  # of rows, and of classes
    yield offsets, tied, boxes, {"score_threshold": 0.2}
    yield offsets / 20, logits, boxes, {"iou_threshold": 0.2, "keep_top_k": 30}
    yield offsets / 20, logits, boxes, {"iou_threshold": 0.0, "pre_nms_top_k": 25}
    yield offsets / 20, logits, boxes, {"iou_threshold": 1.0, "score_threshold": 0.0}
    yield offsets * 10, logits, boxes, {"variances": (0.2, 0.1)}  # many outside
    yield offsets, logits, boxes, {"score_threshold": 1.0}  # nothing
    broken, unknown = offsets.clone(), logits.clone()
    broken[::3, 0], broken[1::7, 2] = float("inf"), float("nan")
    broken[2::5, 3], unknown[::11, 1] = float("-inf"), float("nan")
    yield broken, unknown, boxes, {"pre_nms_top_k": 9}
    yield offsets, torch.zeros(300, 5), boxes, {"score_threshold": 0.2}  # as large, not larger


def asked(rule):
    """A rule's names in JavaScript."""
    names = [("score_threshold", "scoreThreshold"), ("iou_threshold", "iouThreshold")]
    names += [("pre_nms_top_k", "preNmsTopK"), ("keep_top_k", "keepTopK")]
    return {dict(names).get(name, name): value for name, value in rule.items()}


DETECT = """(offsets, logits, boxes, rule) => {
    const [o, l, b] = [offsets, logits, boxes].map((all) => Float32Array.from(all, Number));
    const { scores, boxes: decoded, ...found } = geometry.detect(o, l, b, rule);
    return { ...found, scores: Array.from(scores), decoded: Array.from(decoded) };
}"""


def detected():
    """Each case, and what the page makes of it."""
    cases = [
        [
            *(
                [str(x).replace("inf", "Infinity") for x in part.flatten().tolist()]
                for part in parts
            ),
            asked(rule),
        ]
        for *parts, rule in answers()
    ]
    return zip(answers(), for_each(DETECT, cases), strict=True)


def test_detections_are_those_of_predict():
    sizes = []
    for (offsets, logits, boxes, rule), found in detected():
        [wanted] = detect(offsets[None], logits[None], boxes, **rule)
        sizes.append(len(wanted.labels))
        assert [one["label"] for one in found["kept"]] == wanted.labels.tolist()
        for name, theirs in (("score", wanted.scores), ("box", wanted.boxes)):
            ours = torch.tensor([one[name] for one in found["kept"]]).reshape(theirs.shape)
            torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    assert sizes.count(0) == 2
    assert max(sizes) == 200


def test_every_row_has_its_scores_and_its_clipped_box():
    for (offsets, logits, boxes, rule), found in detected():
        scores = torch.tensor(found["scores"]).reshape(logits.shape)
        torch.testing.assert_close(scores, logits.softmax(dim=1), equal_nan=True)
        corners = cxcywh_to_xyxy(decode(offsets, boxes, rule.get("variances", (0.1, 0.2))))
        ours = torch.tensor(found["decoded"]).reshape(corners.shape)
        finite = corners.isfinite().all(dim=1)
        wanted = clip_boxes(corners[finite])
        torch.testing.assert_close(ours[finite], wanted, rtol=1e-6, atol=1e-6)
        for one in (*found["kept"], *found["dropped"]):
            assert one["score"] == pytest.approx(scores[one["row"], one["label"]].item())
            assert one["box"] == pytest.approx(ours[one["row"]].tolist())


def test_what_is_dropped_says_for_whom():
    blamed = 0
    for (offsets, _, boxes, rule), found in detected():
        corners = cxcywh_to_xyxy(decode(offsets, boxes, rule.get("variances", (0.1, 0.2))))
        candidates = {(x["row"], x["label"]) for x in (*found["kept"], *found["dropped"])}
        assert len(candidates) == len(found["kept"]) + len(found["dropped"])
        for one in found["dropped"]:
            assert one["iou"] > rule.get("iou_threshold", 0.45)
            if one["by"] < 0:
                continue
            blamed += 1
            better = found["kept"][one["by"]]
            assert better["label"] == one["label"]
            assert better["score"] >= one["score"]
            pair = corners[[better["row"], one["row"]]]
            assert one["iou"] == pytest.approx(box_iou(pair, pair)[0, 1].item(), abs=1e-5)
    assert blamed > 100


def evaluations():
    """Detections and objects of one class on some pictures, with ties and difficult ones."""
    generator = torch.Generator().manual_seed(7)
    for count, objects in ((0, 3), (25, 12), (40, 40), (8, 1)):
        found, there = [], []
        for number, into in ((objects, there), (count, found)):
            start = torch.rand(number, 2, generator=generator) * 0.5
            size = 0.2 + torch.rand(number, 2, generator=generator) * 0.3
            scene = torch.randint(0, 4, (number,), generator=generator)
            rest = (torch.rand(number, generator=generator) * 20).floor() / 20
            into += zip(
                scene.tolist(),
                torch.cat([start, start + size], 1).tolist(),
                rest.tolist(),
                strict=True,
            )
        yield sorted(found, key=lambda one: one[0]), there


@pytest.mark.parametrize("iou", [0.3, 0.5, 0.75])
def test_average_precision_is_the_same_number(iou):
    all_areas = for_each(
        """(found, there, iou) => {
            const objects = there.map(([scene, box, r]) =>
                ({ scene, box, difficult: r > 0.7 }));
            const detections = found.map(([scene, box, score]) => ({ scene, box, score }));
            const right = geometry.judge(detections, objects, iou)
                .filter(({ verdict }) => verdict !== "ignored")
                .map(({ verdict }) => verdict === "right");
            const curve = geometry.precisionRecall(right,
                objects.filter(({ difficult }) => !difficult).length);
            return ["voc07", "voc10"].map((metric) =>
                geometry.averagePrecision(curve, metric));
        }""",
        [[found, there, iou] for found, there in evaluations()],
    )
    for (found, there), areas in zip(evaluations(), all_areas, strict=True):
        detections, truths = [], []
        for scene in range(4):
            mine = [one for one in found if one[0] == scene]
            own = [one for one in there if one[0] == scene]
            detections.append(
                Detections(
                    torch.tensor([box for _, box, _ in mine]).reshape(-1, 4),
                    torch.tensor([score for *_, score in mine]),
                    torch.ones(len(mine), dtype=torch.int64),
                )
            )
            truths.append(
                GroundTruth(
                    torch.tensor([box for _, box, _ in own]).reshape(-1, 4),
                    torch.ones(len(own), dtype=torch.int64),
                    torch.tensor([rest > 0.7 for *_, rest in own], dtype=torch.bool),
                )
            )
        wanted = [
            mean_average_precision(detections, truths, 2, iou, metric).mean
            for metric in ("voc07", "voc10")
        ]
        assert areas == pytest.approx(wanted, nan_ok=True)
