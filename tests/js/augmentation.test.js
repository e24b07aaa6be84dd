// The numbers of one draw of the augmentation.

import assert from "node:assert/strict";
import { test } from "node:test";

import { compute, fatesOf, taken } from "../../ssd_lib/widgets/augmentation.js";

const steps = ["distort", "zoom", "patch", "mirror"];
const rules = {
  gt_boxes: [[0.1, 0.1, 0.6, 0.7], [0.8, 0.8, 0.9, 0.95]], constraint: "drawn",
  constraints: ["0.1", "0.9", "any"], steps, trials: 50,
};
const many = (changes = {}) => Array.from({ length: 400 }, (_, seed) =>
  compute(seed, { ...rules, ...changes }));

test("a seed gives the same draw again, and what is left out changes nothing else", () => {
  assert.equal(JSON.stringify(compute(7, rules)), JSON.stringify(compute(7, rules)));
  many().forEach(({ colours, ratio, flip }, seed) => {
    const still = compute(seed, { ...rules, steps: ["distort", "mirror"] });
    assert.deepEqual([still.colours, still.flip], [colours, flip]);
    assert.equal(still.ratio, 1);
    assert.ok(ratio >= 1 && ratio <= 4);
  });
});

test("every second draw takes a step, and a forced constraint is met or nothing is cut", () => {
  const share = (is) => many().filter(is).length / 400;
  for (const is of [({ ratio }) => ratio > 1, ({ flip }) => flip, ({ colours }) => colours.hue]) {
    assert.ok(Math.abs(share(is) - 0.5) < 0.08);
  }
  for (const { trial, patch, kept } of many({ constraint: "0.9" })) {
    assert.equal(trial < 0, patch[2] - patch[0] === 1 && patch[3] - patch[1] === 1);
    assert.ok(kept.some(Boolean));
  }
});

test("what becomes of an object says whether it keeps its box and whether it is whole", () => {
  for (const one of many()) {
    fatesOf(one).forEach(({ fate, share }, k) => {
      assert.equal(["kept", "clipped"].includes(fate), one.kept[k]);
      assert.equal(fate === "kept", share === 100 && one.kept[k]);
      assert.equal(fate === "gone", share === 0);
    });
  }
});

test("a step that is left out is taken in no draw", () => {
  const { zoom, ...others } = taken(many({ steps: ["distort", "patch", "mirror"] }));
  assert.equal(zoom, 0);
  for (const times of Object.values(others)) assert.ok(times > 150);
});
