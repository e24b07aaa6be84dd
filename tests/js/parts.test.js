// The head walk's arithmetic, and what a figure of a run is drawn from.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isClear, placeNames } from "../../ssd_lib/widgets/box_names.js";
import { cellAt, kindsOf, spotsOf } from "../../ssd_lib/widgets/explorer_drawing.js";
import { longest } from "../../ssd_lib/widgets/field_view.js";
import {
  cellsOf, lightOf, matchObjects, roleOf, soFar, tableOf, tieOf, toldOf, writeIou,
} from "../../ssd_lib/widgets/matching_rules.js";
import { explain } from "../../ssd_lib/widgets/offset_drawing.js";
import { logScale } from "../../ssd_lib/widgets/scales.js";
import { SmallHeads, signed } from "../../ssd_lib/widgets/small_heads.js";
import { verdicts } from "../../ssd_lib/widgets/verdicts.js";

/** One plane of ones, weights 1 in channel 0 and -1 elsewhere, a channel's number as bias. */
function heads() {
  const plane = (side) => [Array.from({ length: side }, () => new Array(side).fill(1))];
  const kernel = (value) => [[0, 1, 2].map(() => [value, value, value])];
  const channels = Array.from({ length: 2 * (4 + 3) }, (_, channel) => channel);
  const weights = channels.map((channel) => kernel(channel ? -1 : 1));
  return new SmallHeads([plane(4), plane(2)], [weights, weights], [channels, channels], 2, 3);
}

test("a channel is an offset or a logit of one box", () => {
  const made = heads();
  assert.deepEqual([0, 3, 4, 8, 11, 13].map((channel) => made.boxOf(channel)), [0, 0, 1, 0, 1, 1]);
  assert.equal(made.nameOf(5), "box 1, offset y");
  assert.equal(made.nameOf(13), "box 1, logit of dog");
  assert.deepEqual([7, 8, 13].map((channel) => made.nameOf(channel, true)), ["h", "bg", "dog"]);
});

test("the padding's zeros add nothing", () => {
  const made = heads();
  assert.equal(made.products(0, [1, 1], 0).sum, 9);
  assert.equal(made.products(0, [0, 0], 0).sum, 4);
  assert.equal(made.products(0, [0, 0], 5).sum, 5 - 4);
  assert.equal(made.products(1, [1, 1], 0).numbers.length, 9);
});

test("every row leads back to its cell", () => {
  const made = heads();
  assert.equal(made.rows, 40);
  for (let index = 0; index < made.rows; index += 1) {
    const { map, row, column } = made.placeOf(index);
    assert.ok(index - made.firstRow(map, [row, column]) < 2);
    assert.ok(index >= made.firstRow(map, [row, column]));
  }
  assert.deepEqual(made.placeOf(39), { map: 1, row: 1, column: 1 });
});

test("each step has its words and a formula", () => {
  const formulas = [0, 1, 2, 3, 4].map((step) => heads().explain(step, 1, [1, 0], 2)[1]);
  assert.match(formulas[0], /= 9 numbers/);
  assert.equal(formulas[1], "1·(−1) + 1·(−1) + 1·(−1) + 1·(−1) + 2 = −2");
  assert.match(formulas[2], /= 14 numbers/);
  assert.equal(formulas[4], "32 + (1 × 2 + 0) × 2 = 36: rows 36 to 37");
  const [whole, hint] = heads().explain(-1, 1, [1, 0], 2);
  assert.match(whole, /14 numbers. They become rows 36 and 37/);
  assert.match(hint, /Press one/);
  assert.equal(signed(-3), "−3");
});

test("a logarithmic scale holds every value", () => {
  const { rise, ticks } = logScale([16.8, 5, 2.66]);
  assert.deepEqual(ticks, [2, 5, 10, 20]);
  assert.deepEqual([rise(2), rise(20)], [0, 1]);
  assert.ok(rise(16.8) < 1 && rise(2.66) > 0);
});

test("what is found is right, wrong for a reason, or missed", () => {
  const there = [0, 0, 0.5, 0.5];
  const detections = [[1, 0.9, there], [1, 0.8, there], [1, 0.7, [0.5, 0.5, 1, 1]],
    [2, 0.6, there], [1, 0.4, there]];
  const objects = [[[1, there], [3, [0.6, 0.6, 0.9, 0.9]]]];
  const found = verdicts([{ detections }], objects, ["", "dog", "cat", "ball"], 0.5);
  assert.deepEqual([found.right, found.wrong, found.missed], [1, 3, 1]);
  assert.deepEqual(found.all.map(({ verdict, why }) => `${verdict}: ${why}`), [
    "missed: no right ball with a score of 0.50 or more",
    "right: score 0.90, it overlaps a dog with an IoU of 1.00",
    "wrong: score 0.80, a surer box has found that dog already",
    "wrong: score 0.70, its IoU with the nearest dog is 0.00, below 0.50",
    "wrong: score 0.60, there is no cat in this scene",
  ]);
});

test("a place has a cell on every map", () => {
  const maps = [[38, 8], [10, 32], [5, 64], [1, 300]].map(([grid, step]) => ({ grid, step }));
  assert.deepEqual(maps.map((map) => cellAt(map, [0.6933, 0.8], 300)),
    [[25, 30], [6, 7], [3, 3], [0, 0]]);
  assert.deepEqual(cellAt(maps[1], [1.02, -0.1], 300), [9, 0]);
  assert.deepEqual(kindsOf({ max: 60, ratios: [2] }), ["1", "extra", "2", "1/2"]);
  assert.deepEqual(kindsOf({ max: null, ratios: [] }), ["1"]);
});

test("a cell's longest default boxes are drawn", () => {
  const sizes = (map) => longest(map).map((pair) => pair.map(Math.round));
  assert.deepEqual(sizes({ min: 44, max: 63, ratios: [] }), [[53, 53]]);
  assert.deepEqual(sizes({ min: 44, max: 63, ratios: [2, 3] }), [[76, 25], [25, 76]]);
});

test("a walk is counted pair by pair, and its end brings what overlaps enough", () => {
  const corners = [0, 0, 0.4, 0.4, 0, 0, 0.4, 0.5, 0.6, 0.6, 1, 1].map(Math.fround);
  const scene = { corners: new Float32Array(corners), total: 3 };
  const now = matchObjects([[0, 0, 0.4, 0.4], [0.8, 0.8, 1, 1]], scene, "bipartite", 0.5);
  assert.equal(now.turns, 3);
  const counted = [0, 1, 2, 3].map((walk) => {
    const shown = now.steps.slice(0, walk);
    const { overlap, forced, matched } = soFar(now, shown, walk === now.turns);
    return [[...overlap], [...forced], [...matched]];
  });
  assert.deepEqual(counted, [
    [[], [], [-1, -1, -1]], [[0], [], [0, -1, -1]], [[0], [2], [0, -1, 1]],
    [[0, 1], [2], [0, 0, 1]],
  ]);
  assert.equal(soFar(now, [], true), now);
  const lights = [2, 3].map((walk) => lightOf(now, now.steps.slice(0, walk), walk === now.turns));
  assert.deepEqual(lights, [
    { boxes: [2], box: 2, gts: [1] }, { boxes: [1], gts: [0], joins: true },
  ]);
  assert.deepEqual(lights.map((light) => cellsOf(light, now)),
    [[{ box: 2, gt: 1 }], [{ box: 1, gt: 0 }]]);
  const roles = [0, 2].map((walk) => {
    const so = soFar(now, now.steps.slice(0, walk), false);
    return [0, 1, 2].map((box) => roleOf(now, so, box));
  });
  assert.deepEqual(roles, [["accent", "accent", "accent"], ["positive", "accent", "forced"]]);
});

test("a pair that is as large as another one is known, and written in full", () => {
  const boxes = [[0.25, 0, 0.75, 0.5]];
  const corners = new Float32Array([0, 0, 0.5, 0.5, 0.5, 0, 1, 0.5, 0.5, 0, 0.75, 0.5]);
  const now = matchObjects(boxes, { corners, total: 3 }, "bipartite", 0.3);
  assert.deepEqual(now.steps.map(({ box }) => box), [2]);
  assert.equal(tieOf(now, now.steps), undefined);
  const two = matchObjects(boxes, { corners: corners.slice(0, 8), total: 2 }, "bipartite", 0.3);
  assert.deepEqual(tieOf(two, two.steps), { gt: 0, box: 1 });
  assert.deepEqual([...toldOf(undefined, two)], [0, 1]); // the pair, then what the threshold brings
  assert.deepEqual([[0.5], [0.3333], [1 / 3], [0.33341]].map((others) => writeIou(1 / 3, others)),
    ["0.33", "0.3333", "0.333", "0.3333"]);
});

test("the table leaves out the weakest of the second best boxes", () => {
  const boxes = [0, 1, 2, 3].map((i) => [0.25 * i, 0, 0.25 * i + 0.2, 0.2]);
  const seconds = boxes.map(([x1, y1, x2, y2], i) => [x1, y1, x2 - 0.02 * (i + 1), y2]);
  const corners = new Float32Array([...boxes, ...seconds].flat());
  const now = matchObjects(boxes, { corners, total: 8 }, "bipartite", 0.5);
  assert.deepEqual(tableOf(now, "bipartite", [], true, true).columns, [0, 1, 2, 3, 4, 5]);
});

test("a tag stands above a small box, or else below, and on an edge of a large one", () => {
  const [ends, tag] = [[0, 300], [60, 20]];
  const small = spotsOf([200, 100, 230, 120], tag, ends);
  assert.deepEqual(small.slice(0, 2), [[185, 75, 245, 95], [185, 125, 245, 145]]);
  const large = spotsOf([50, 50, 250, 250], tag, ends);
  assert.deepEqual(large[0], [58, 40, 118, 60]);
  assert.ok(large.some(([, top, , bottom]) => top > 200 && bottom < 250));
  const all = [...small, ...large].flat();
  assert.ok(Math.min(...all) >= 0 && Math.max(...all) <= 300);
});

test("an offset is explained by its own numbers", () => {
  const [from, to] = [[100, 100, 80, 50], [120, 90, 160, 50]];
  const said = (i, variances, offsets) => explain(i, from, to, variances, offsets);
  assert.deepEqual(said(0, [0.1, 0.2], [2.5, 0.5]), ["right = shift ÷ default width ÷ 0.1",
    "= 20.00 px ÷ 80.0 px ÷ 0.1 = 2.50", "off by 2.00: loss 1.50, slope 1.00"]);
  assert.deepEqual(said(2, [1, 1], [0.69, 0.94]), ["width = ln(its width ÷ default width)",
    "= ln(160.0 px ÷ 80.0 px) = 0.69", "off by −0.25: loss 0.03, slope −0.25"]);
});

test("a name is at its own box, on no other name, and in no other object's box", () => {
  const boxes = [[20, 100, 200, 300], [15, 20, 75, 110], [250, 40, 290, 60], [33, 82, 51, 98]];
  const names = boxes.map((box) => ({ box, sizes: [[64, 19], [36, 19]] }));
  const places = placeNames(names, [360, 360], true);
  assert.ok(places.every(isClear));
  const share = ([a, b, c, d], [x1, y1, x2, y2]) =>
    Math.max(0, Math.min(c, x2) - Math.max(a, x1)) * Math.max(0, Math.min(d, y2) - Math.max(b, y1));
  places.forEach(({ edges }, k) => places.forEach((other, i) => {
    if (i !== k) assert.equal(share(edges, other.edges), 0);
  }));
  assert.equal(share(places[0].edges, boxes[1]), 0); // the dog's, and the kite
  assert.equal(share(places[1].edges, boxes[0]), 0);
  const [crowded] = placeNames([{ box: boxes[0], sizes: [[400, 19]] }], [360, 360]);
  assert.ok(!isClear(crowded)); // no room
});

test("names that crowd find room in another order", () => {
  const boxes = [[60, 40, 80, 120], [80, 60, 150, 120], [90, 80, 180, 140]];
  const places = placeNames(boxes.map((box) => ({ box, sizes: [[60, 20]] })), [200, 200]);
  assert.ok(places.every(isClear));
});
