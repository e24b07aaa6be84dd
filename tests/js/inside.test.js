// What a look inside shows of an answer: rows, channels, heat, and who dropped whom.

import assert from "node:assert/strict";
import { test } from "node:test";

import { nmsWalk, overlap } from "../../ssd_lib/widgets/geometry.js";
import {
  above, channelOf, countByMap, droppedFor, firstRow, heatOf, labelOf, placeOf, rankChannels,
  rowAt, sceneOf, shapesOf, survey,
} from "../../ssd_lib/widgets/inside_facts.js";

/** Two maps, of 2 × 2 cells with three boxes and of one cell with four: 16 rows. */
const NETWORK = {
  classes: ["background", "dog", "cat"],
  layout: {
    image: 8,
    maps: [
      { grid: 2, step: 4, min: 2, max: null, ratios: [2] },
      { grid: 1, step: 8, min: 4, max: 6, ratios: [2] },
    ],
  },
};
const scene = sceneOf(NETWORK);

/** Scores that are all background but for [row, label, score]. */
function scored(...some) {
  const scores = new Float32Array(scene.total * 3);
  for (let row = 0; row < scene.total; row += 1) scores[3 * row] = 1;
  for (const [row, label, score] of some) {
    scores[3 * row] -= score;
    scores[3 * row + label] = score;
  }
  return { scores };
}

test("each row has a map, a cell and a shape, and they lead back to it", () => {
  assert.deepEqual(scene.perCell, [3, 4]);
  assert.equal(scene.total, 2 * 2 * 3 + 4);
  for (let row = 0; row < scene.total; row += 1) {
    const { map, cell, shape } = placeOf(scene, row);
    assert.equal(rowAt(scene, map, cell, shape), row);
  }
  assert.deepEqual(placeOf(scene, 7), { map: 0, cell: [1, 0], shape: 1 });
  assert.deepEqual(placeOf(scene, 12), { map: 1, cell: [0, 0], shape: 0 });
});

test("a row's default box lies at its cell and has its shape", () => {
  for (const [map, cell, shape] of [[0, [1, 0], 1], [1, [0, 0], 2]]) {
    const row = rowAt(scene, map, cell, shape);
    const [x, y, width, height] = scene.boxes.subarray(4 * row);
    const { step } = NETWORK.layout.maps[map];
    assert.deepEqual([y, x], cell.map((at) => ((at + 0.5) * step) / 8));
    assert.equal(shapesOf(NETWORK.layout.maps[map])[shape], "2:1");
    assert.ok(Math.abs(width / height - 2) < 1e-6);
  }
  assert.deepEqual(shapesOf({ max: 9, ratios: [2, 3] }),
    ["1:1", "1:1 extra", "2:1", "1:2", "3:1", "1:3"]);
  assert.deepEqual(shapesOf({ max: null, ratios: [2] }), ["1:1", "2:1", "1:2"]);
});

test("the loudest channel is the one with the most in all, not the one with the peak", () => {
  const map = {
    channels: 3, rows: 2, columns: 2,
    values: Float32Array.of(0, 0, 4, 0, 3, 3, 3, 3, 0, 0, 0, 0),
  };
  const ranked = rankChannels(map);
  assert.deepEqual(ranked, [
    { channel: 1, loudness: 3, peak: 3, at: 0, silent: 0 },
    { channel: 0, loudness: 2, peak: 4, at: 2, silent: 0.75 },
    { channel: 2, loudness: 0, peak: 0, at: 0, silent: 1 },
  ]);
  assert.deepEqual([...channelOf(map, 1)], [3, 3, 3, 3]);
});

test("a cell is as hot as the best of its boxes", () => {
  const { scores } = scored([4, 1, 0.25], [5, 1, 0.5], [9, 1, 0.125], [10, 2, 0.5],
    [11, 1, 0.0625]);
  const { heat, rows, best } = heatOf({ scores }, scene, 0, 1);
  assert.deepEqual([...heat], [0, 0.5, 0, 0.125]);
  assert.deepEqual([...rows], [0, 5, 6, 9]);
  assert.equal(best, 5);
  assert.equal(heatOf({ scores }, scene, 1, 1).best, 12); // nothing there: its first
  assert.equal(heatOf({ scores }, scene, 0, 2).best, 10);
});

test("all rows are counted, by what they say and how surely", () => {
  const { scores } = scored([3, 1, 0.5], [4, 2, 0.75], [5, 2, 0.125]);
  const { background, tenths, best } = survey({ scores }, 3);
  assert.equal(background, scene.total - 1); // as sure of both counts as background
  assert.deepEqual(tenths, [scene.total - 3, 1, 0, 0, 0, 1, 0, 1, 0, 0]);
  assert.deepEqual(best, [0, 0.5, 0.75]);
  assert.deepEqual(survey({ scores: Float32Array.of(0, 1, 0) }, 3).tenths.at(-1), 1);
  assert.equal(labelOf({ scores }, 4, 3), 2);
  assert.equal(labelOf({ scores }, 0, 3), 1);
});

test("it begins with the best detection, and without one with the surest row", () => {
  const { scores } = scored([3, 1, 0.5], [13, 2, 0.75]);
  assert.equal(firstRow({ scores, kept: [{ row: 3 }, { row: 13 }] }, 3), 3);
  assert.equal(firstRow({ scores, kept: [] }, 3), 13);
});

/** What a run with a threshold keeps and drops. */
function run(boxes, scores, score) {
  const steps = nmsWalk(boxes, scores, boxes.map(() => 1),
    { score: Math.fround(score), iou: 0.45 });
  const found = (row) => ({ row, label: 1, score: scores[row], box: boxes[row] });
  return {
    kept: steps.map(({ kept }) => found(kept)),
    dropped: steps.flatMap(({ touched }, by) =>
      touched.map(({ box, iou }) => ({ ...found(box), by, iou }))),
  };
}

test("a higher threshold leaves what a run with it would give", () => {
  const boxes = [[0, 0, 0.4, 0.4], [0.05, 0, 0.45, 0.4], [0.1, 0, 0.5, 0.4], [0.6, 0.6, 1, 1],
    [0.6, 0.65, 1, 1], [0.3, 0, 0.7, 0.4]];
  const scores = [0.9, 0.8, 0.3, 0.7, 0.2, 0.6].map(Math.fround); // the third is not above 0.3
  const low = run(boxes, scores, 0.01);
  assert.ok(low.dropped.length > 2);
  for (const threshold of [0.01, 0.25, 0.3, 0.65, 0.95]) {
    assert.deepEqual(above(low, threshold), run(boxes, scores, threshold));
  }
});

test("threads lead from each dropped box to the one that it was dropped for", () => {
  const boxes = [[0, 0, 0.4, 0.4], [0.1, 0, 0.5, 0.4], [0.05, 0, 0.45, 0.4], [0.6, 0.6, 1, 1],
    [0.6, 0.65, 1, 1]];
  const { kept, dropped } = run(boxes, [0.9, 0.8, 0.5, 0.7, 0.2], 0.01);
  const threads = droppedFor(dropped, 0);
  assert.deepEqual(threads.map(({ row }) => row), [2, 1]); // the larger IoU first
  for (const { box, by, iou } of threads) assert.equal(iou, overlap(box, kept[by].box).iou);
  assert.deepEqual(droppedFor(dropped, 1).map(({ row }) => row), [4]);
  assert.deepEqual(droppedFor(dropped, 2), []);
});

test("boxes are counted by the map that they come from", () => {
  assert.deepEqual(countByMap(scene, [0, 11, 12, 15, 13].map((row) => ({ row }))), [2, 3]);
});
