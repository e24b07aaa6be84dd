// What the playground reckons: pace, scales, verdicts, words, and what a reader takes along.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULTS, complete, fromAddress } from "../../ssd_lib/widgets/engine/config.js";
import { EXPERIMENTS } from "../../ssd_lib/widgets/engine/experiments.js";
import { waitingFor } from "../../ssd_lib/widgets/playground_bar.js";
import { smoothed } from "../../ssd_lib/widgets/playground_curves.js";
import { linkTo, toCsv } from "../../ssd_lib/widgets/playground_export.js";
import { KeptRuns } from "../../ssd_lib/widgets/playground_kept.js";
import { MEASURED, Run, isSlow } from "../../ssd_lib/widgets/playground_run.js";
import { counts, judged, matchedRows } from "../../ssd_lib/widgets/playground_view.js";
import { linearScale, stepTicks } from "../../ssd_lib/widgets/scales.js";
import {
  GROUPS, differenceText, settingText, valueText,
} from "../../ssd_lib/widgets/playground_words.js";
import { fakePage } from "./fake_page.js";

const run = (config = {}, steps = 2) => {
  const one = new Run(complete(config), () => {});
  for (let step = 1; step <= steps; step += 1) {
    one.takeStep({ step, localization: 1 / step, confidence: 2, learningRate: 0.01,
      milliseconds: 50 });
  }
  return one;
};

test("a device is slow by its settled steps, not by the first ones", () => {
  assert.equal(isSlow([900, 900, 900, 60, 60, 60, 60]), false);
  assert.equal(isSlow([60, 60, 60, 900, 150, 150, 60]), true);
  assert.equal(isSlow(Array(MEASURED - 1).fill(900)), false); // not known yet
});

test("the axis of steps has few round numbers, and ends where the run does", () => {
  assert.deepEqual(stepTicks(250), [0, 50, 100, 150, 200, 250]);
  assert.deepEqual(stepTicks(60), [0, 20, 40, 60]);
  assert.deepEqual(stepTicks(1000), [0, 200, 400, 600, 800, 1000]);
});

test("a linear scale begins at 0 and holds all values", () => {
  const { rise, ticks } = linearScale([0.3, 5.2]);
  assert.deepEqual(ticks, [0, 1.5, 3, 4.5, 6]);
  assert.equal(rise(3), 0.5);
});

test("a smoothed curve begins where the curve does and follows it", () => {
  const [first, second] = smoothed([4, 2]);
  assert.equal(first, 4);
  assert.ok(second < 4 && second > 3.5);
});

test("each object is found once; a second box, another class and a loose box are wrong", () => {
  const object = { box: [0, 0, 0.5, 0.5], label: 1 };
  const found = (score, label, box) => ({ row: 0, score, label, box });
  const scene = {
    objects: [object, { box: [0.6, 0.6, 0.9, 0.9], label: 2 }],
    detections: [found(0.9, 1, object.box), found(0.8, 1, [0, 0, 0.5, 0.48]),
      found(0.7, 3, object.box), found(0.4, 2, [0.6, 0.6, 0.9, 0.9])],
  };
  assert.deepEqual(judged(scene).map(({ verdict }) => verdict),
    ["right", "wrong", "missed", "wrong"]);
  assert.deepEqual(counts([scene, scene]), { right: 2, wrong: 4, of: 4 });
});

test("the matched boxes follow threshold and force", () => {
  const objects = [{ box: [0.1, 0.1, 0.32, 0.32], label: 1 }];
  const loose = matchedRows(objects, complete({ iouThreshold: 0.5 }));
  const strict = matchedRows(objects, complete({ iouThreshold: 1 }));
  const none = matchedRows(objects, complete({ iouThreshold: 1, bipartite: false }));
  assert.ok(loose.rows.length > 3);
  assert.deepEqual(loose.forced, []);
  assert.deepEqual(strict.rows, strict.forced);
  assert.equal(strict.rows.length, 1);
  assert.deepEqual(none.rows, []);
  assert.equal(loose.total, 1008);
});

test("every setting has a knob with a sentence and a chapter, and the default is a choice", () => {
  const knobs = GROUPS.flatMap((group) => group.knobs);
  const keys = knobs.map(({ key }) => key);
  assert.deepEqual([...keys].sort(),
    Object.keys(DEFAULTS).filter((key) => key !== "evaluateEvery").sort());
  for (const { key, expect, chapter, choices } of knobs) {
    assert.match(expect, /[.?]$/);
    assert.match(chapter, /^[a-z_]+$/);
    const texts = choices?.map(([value]) => JSON.stringify(value));
    assert.ok(!texts || texts.includes(JSON.stringify(DEFAULTS[key])), key);
  }
});

test("two runs differ in words", () => {
  const words = differenceText(complete({ iouThreshold: 0.8, maps: [true, false, false] }));
  assert.deepEqual(words, ["Maps with heads: fine only", "IoU threshold: 0.8"]);
  assert.deepEqual(differenceText(complete({})), []);
  assert.equal(settingText("mining", "all"), "Negatives for each positive: all there are");
  assert.equal(valueText("sizes", [0.06, 0.12]), "6 to 12 % of the image");
  assert.equal(valueText("learningRate", 0.05), "0.05"); // from an address
});

test("each experiment is told from the defaults in words", () => {
  for (const [name, config] of Object.entries(EXPERIMENTS)) {
    const words = differenceText(complete(config));
    assert.equal(words.length > 0, name !== "the defaults", name);
  }
});

test("what waits for a new start: nothing before a step, all of a run that is done", () => {
  const wanted = complete({ imageSize: 48, mining: 1 });
  assert.deepEqual(waitingFor(run({}, 0), wanted), []);
  assert.deepEqual(waitingFor(run(), wanted), ["imageSize"]);
  const done = run();
  done.state = "done";
  assert.deepEqual(waitingFor(done, wanted), ["imageSize", "mining"]);
});

test("a change while a run goes on is kept with it, and reaches the worker", () => {
  const one = run();
  const told = [];
  one.client = { change: (config) => told.push(config.mining) };
  one.change(complete({ mining: 1 }), "Negatives for each positive: 1");
  assert.deepEqual(told, [1]);
  assert.deepEqual(one.changes, ["Negatives for each positive: 1 from step 2"]);
});

test("a run that has ended hears nothing more", () => {
  const one = run();
  one.end();
  one.takeStep({ step: 3 });
  one.takeEvaluation({ step: 3 });
  assert.equal(one.step, 2);
  assert.deepEqual(one.maps, []);
});

test("a link brings the settings back, those of the defaults too", () => {
  const here = "file:///book/playground.html#old";
  assert.equal(linkTo(complete({}), here), "file:///book/playground.html#seed=1");
  const config = complete({ mining: "all", maps: [false, true, false], seed: 7 });
  assert.deepEqual(fromAddress(new URL(linkTo(config, here)).hash), config);
});

test("the curve as CSV has a row for each step, and the mAP where there is one", () => {
  const one = run();
  one.takeEvaluation({ step: 2, map: 0.5, scenes: [] });
  assert.equal(toCsv(one), "step,localization_loss,confidence_loss,learning_rate,map\n"
    + "1,1,2,0.01,\n2,0.5,2,0.01,0.5\n");
});

test("a run is kept once it was judged, and only once; the table says what differs", () => {
  fakePage();
  const [first, second] = [run({}), run({ mining: 0 })];
  let now = first;
  const kept = new KeptRuns({ now: () => now, changed: () => {}, light: () => {} });
  kept.keep(first);
  assert.equal(kept.runs.length, 0); // no mAP but that of the start
  first.maps = [{ step: 0, map: 0 }, { step: 2, map: 0.25 }];
  kept.keep(first);
  kept.keep(first);
  assert.deepEqual(kept.runs.map(({ name }) => name), ["A"]);
  now = second;
  kept.show();
  const rows = kept.body.children.map((one) => one.textContent);
  assert.match(rows[0], /^Athe defaults20\.25/);
  assert.match(rows[1], /^nowNegatives for each positive: 02/);
  kept.remove("A");
  assert.equal(kept.element.hidden, true);
});
