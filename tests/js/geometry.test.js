// geometry.js by hand-worked numbers; tests/test_geometry.py compares it with ssd_lib.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as geometry from "../../ssd_lib/widgets/geometry.js";

/** Compare numbers that were rounded to float32 on the way. */
function near(actual, expected) {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => assert.ok(Math.abs(actual[i] - value) < 1e-6,
    `${actual} is not ${expected}`));
}

test("half a square shared is an IoU of a third", () => {
  const { intersection, union, iou } = geometry.overlap([0, 0, 2, 2], [1, 0, 3, 2]);
  assert.deepEqual([intersection, union, iou], [2, 6, Math.fround(1 / 3)]);
});

test("boxes without area or turned inside out share nothing", () => {
  assert.equal(geometry.overlap([0, 0, 0, 0], [0, 0, 0, 0]).iou, 0);
  assert.equal(geometry.overlap([2, 2, 0, 0], [0, 0, 2, 2]).iou, 0);
  assert.equal(geometry.boxArea([0.9, 0.8, 0.1, 0.2]), 0);
});

const LAYOUT = {
  image: 100,
  maps: [{ grid: 2, step: 50, min: 25, max: 100, ratios: [4] },
    { grid: 1, step: 100, min: 80, max: null, ratios: [] }],
};

test("a cell has the square, the extra box, then each ratio both ways", () => {
  assert.deepEqual(geometry.boxSizes(LAYOUT.maps[0]), [[25, 25], [50, 50], [50, 12.5], [12.5, 50]]);
  assert.deepEqual(geometry.boxSizes(LAYOUT.maps[1]), [[80, 80]]);
});

test("a layout is laid out map by map, row by row, box by box", () => {
  const { boxes, corners, starts, total, image } = geometry.layOut(LAYOUT);
  assert.deepEqual([starts, total, image], [[0, 16, 17], 17, 100]);
  near(boxes.subarray(0, 4), [0.25, 0.25, 0.25, 0.25]);
  near(boxes.subarray(4 * 4, 4 * 4 + 4), [0.75, 0.25, 0.25, 0.25]);
  near(corners.subarray(4 * 16), [0.1, 0.1, 0.9, 0.9]);
});

test("sides are clamped only in a layout that asks for it", () => {
  const wide = { image: 100, maps: [{ grid: 1, step: 100, min: 200, max: null, ratios: [] }] };
  near(geometry.defaultBoxes(wide), [0.5, 0.5, 2, 2]);
  near(geometry.defaultBoxes({ ...wide, clampSizes: true }), [0.5, 0.5, 1, 1]);
});

test("decoding undoes encoding, and nothing grows without end", () => {
  const [box, from] = [[0.4, 0.5, 0.3, 0.2], [0.5, 0.5, 0.2, 0.4]];
  near(geometry.decode(geometry.encode(box, from), from), box);
  near(geometry.decode([0, 0, 1e9, 0], [0.5, 0.5, 0.2, 0.4]), [0.5, 0.5, 12.5, 0.4]);
});

test("by the bipartite rule nobody takes a box away, by the other the last one does", () => {
  const table = [[0.4, 0.3], [0.45, 0.2]];
  assert.deepEqual(geometry.bipartiteWalk(table),
    [{ gt: 1, box: 0, iou: 0.45 }, { gt: 0, box: 1, iou: 0.3 }]);
  assert.deepEqual(geometry.argmaxWalk(table).map(({ box }) => box), [0, 0]);
});

test("a threshold matches more, and a forced box keeps its object", () => {
  const table = [[0.4, 0.6, 0.9], [0.8, 0.7, 0.1]];
  const matched = geometry.matchTable(table, 3, 0.6, [{ gt: 0, box: 0, iou: 0.4 }]);
  assert.deepEqual([...matched], [0, 1, 0]);
});

test("what overlaps the best of its class is dropped, or by the soft rule lowered", () => {
  const boxes = [[0, 0, 1, 1], [0, 0, 1, 0.9], [0, 0, 1, 1]];
  const walk = (rule) => geometry.nmsWalk(boxes, [0.9, 0.8, 0.7], ["dog", "dog", "cat"], rule);
  assert.deepEqual(walk().map(({ kept }) => kept), [0, 2]);
  assert.deepEqual(walk({ agnostic: true }).map(({ kept }) => kept), [0]);
  assert.deepEqual(walk({ score: 0.8 }).map(({ kept }) => kept), [0]);
  const [{ touched: [lowered] }] = walk({ soft: true });
  assert.ok(lowered.after > 0 && lowered.after < lowered.before);
});

test("the second detection of an object is wrong, a difficult object counts neither way", () => {
  const there = [[0, 0, 1, 1], [2, 2, 3, 3]];
  const objects = there.map((box, k) => ({ scene: 0, box, difficult: k === 1 }));
  const found = [[0.9, there[0]], [0.8, there[0]], [0.7, there[1]], [0.6, [5, 5, 6, 6]]]
    .map(([score, box]) => ({ scene: 0, box, score }));
  const verdicts = geometry.judge(found, objects).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ["right", "double", "ignored", "wrong"]);
  const elsewhere = geometry.judge([{ ...found[0], scene: 1 }], objects);
  assert.deepEqual(elsewhere, [{ index: 0, object: -1, verdict: "wrong" }]);
});

test("the area below the curve, by both metrics", () => {
  const curve = geometry.precisionRecall([true, false, true], 2);
  assert.deepEqual(curve, [{ recall: 0.5, precision: 1 }, { recall: 0.5, precision: 0.5 },
    { recall: 1, precision: 2 / 3 }]);
  near([geometry.averagePrecision(curve, "voc10")], [0.5 + 0.5 * (2 / 3)]);
  near([geometry.averagePrecision(curve, "voc07")], [(6 + 5 * (2 / 3)) / 11]);
});

test("a seed gives the same numbers again, and patches stay in the picture", () => {
  const [one, same, other] = [7, 7, 8].map((seed) => geometry.randomFrom(seed));
  const drawn = Array.from({ length: 500 }, () => geometry.drawPatch(one));
  assert.deepEqual(drawn, Array.from({ length: 500 }, () => geometry.drawPatch(same)));
  assert.notDeepEqual(drawn[0], geometry.drawPatch(other));
  for (const [x1, y1, x2, y2] of drawn) {
    const [width, height] = [x2 - x1, y2 - y1];
    assert.ok(x1 >= 0 && y1 >= 0 && x2 <= 1 + 1e-12 && y2 <= 1 + 1e-12);
    assert.ok(width / height > 0.5 - 1e-9 && width / height < 2 + 1e-9);
    assert.ok(width * height > 0.3 ** 2 - 1e-9);
  }
});

test("a centre on the edge of a patch lies in it", () => {
  assert.equal(geometry.centreInside([0, 0, 1, 1], [0.5, 0.5, 1, 1]), true);
  assert.equal(geometry.centreInside([0, 0, 1, 1], [0.6, 0, 1, 1]), false);
});

test("softplus and its derivative are right at 0, and far out", () => {
  near([0, 2, -2].map(geometry.softplus), [Math.log(2), 2.1269280, 0.1269280]);
  assert.deepEqual([1000, -1000].map(geometry.softplus), [1000, 0]);
  near([0, 2, -2, 1000, -1000].map(geometry.sigmoid), [0.5, 0.8807970, 0.1192029, 1, 0]);
});
