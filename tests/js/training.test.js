// A training run's settings, its scenes and the losses by hand-worked numbers;
// tests/test_training_engine.py compares the rest with PyTorch.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DEFAULTS, LIVE, complete, differences, fromAddress, layoutOf, needsRestart, toAddress,
} from "../../ssd_lib/widgets/engine/config.js";
import { augment, drawScene, stream } from "../../ssd_lib/widgets/engine/scenes.js";
import {
  focalLoss, focalSlope, hardNegatives, layOut,
} from "../../ssd_lib/widgets/geometry.js";

const OTHER = {
  seed: 7, imageSize: 48, maps: [true, false, false], scales: [0.1, 0.2, 0.3], ratios: [1, 3],
  iouThreshold: 0.8, bipartite: false, mining: "all", loss: "focal", variances: [1, 1], alpha: 0.5,
  learningRate: 1e-5, schedule: "cosine", steps: 40, augment: !DEFAULTS.augment, batchSize: 4,
  objects: [2, 2], sizes: [0.1, 0.2], overfit: true, weightDecay: 0, evaluateEvery: 5,
};

test("every key has a default, and what is given stands beside the others", () => {
  assert.deepEqual(complete(), DEFAULTS);
  assert.deepEqual(complete({ seed: 9 }), { ...DEFAULTS, seed: 9 });
  assert.deepEqual(complete(OTHER), OTHER);
  assert.deepEqual(Object.keys(OTHER).sort(), Object.keys(DEFAULTS).sort());
});

test("a configuration is a copy of its own", () => {
  complete().maps[0] = false;
  assert.deepEqual(DEFAULTS.maps, [true, true, true]);
});

test("a value that makes no sense is the default", () => {
  const wrong = {
    seed: 1.5, imageSize: 50, maps: [false, false, false], scales: [0.2, 0.4], ratios: [],
    iouThreshold: 0, bipartite: 1, mining: -1, loss: "mine", variances: [0, 0.2], alpha: NaN,
    learningRate: "fast", schedule: null, steps: 0, augment: "yes", batchSize: Infinity,
    objects: [3, 1], sizes: [0.5, 2], overfit: 0, weightDecay: -1, evaluateEvery: 0,
    unknown: 3,
  };
  assert.deepEqual(complete(wrong), DEFAULTS);
  assert.deepEqual(complete(null), DEFAULTS);
  assert.deepEqual(complete({ mining: "some", batchSize: 1000 }), DEFAULTS);
});

test("an address keeps what is not the default, and gives it back", () => {
  assert.equal(toAddress(complete()), "");
  assert.equal(toAddress(complete({ maps: [true, false, true], mining: "all" })),
    "maps=1,0,1&mining=all");
  for (const config of [complete(), OTHER, complete({ bipartite: false, mining: 0 })]) {
    assert.deepEqual(fromAddress(toAddress(config)), config);
    assert.deepEqual(fromAddress(`#${toAddress(config)}`), config);
  }
});

test("an address by a stranger does no harm", () => {
  for (const text of ["", "#", "seed=", "seed=x&maps=2,3", "steps=1e99", "__proto__=1",
    "constructor=3", "scales=,,", "maps=1,0", "alpha=0x", "%%%"]) {
    assert.deepEqual(fromAddress(text), DEFAULTS, text);
  }
  assert.equal(fromAddress("seed=3&seed=x").seed, DEFAULTS.seed);
});

test("what can change in a run needs no new start", () => {
  const base = complete();
  for (const key of Object.keys(DEFAULTS)) {
    const changed = { ...base, [key]: OTHER[key] };
    assert.deepEqual(differences(base, changed), [key]);
    assert.equal(needsRestart(base, changed), !LIVE.includes(key), key);
  }
  assert.equal(needsRestart(base, complete()), false);
});

test("the default layout has 1008 boxes, three on each cell of three maps", () => {
  const { starts, total } = layOut(layoutOf(complete()));
  assert.deepEqual([starts, total], [[0, 768, 960, 1008], 1008]);
});

test("maps may be left out, and ratios come both ways", () => {
  const config = complete({ maps: [false, true, false], ratios: [1, 2, 0.5, 3] });
  const { maps, used } = layoutOf(config);
  assert.deepEqual(used, [1]);
  assert.deepEqual(maps.map(({ grid, step, ratios }) => [grid, step, ratios]), [[8, 8, [2, 3]]]);
});

test("a scene is drawn from its seed alone", () => {
  const rule = complete();
  const draw = (...seed) => drawScene(stream(...seed), rule);
  const [one, two, other] = [draw(1, 2), draw(1, 2), draw(1, 3)];
  assert.deepEqual(one, two);
  assert.notDeepEqual(one.rgba, other.rgba);
});

test("scenes have as many objects of such a size as the rule says, and no two on one place", () => {
  const rule = complete({ objects: [2, 4], sizes: [0.2, 0.3], imageSize: 48 });
  const counts = new Map();
  for (let seed = 0; seed < 200; seed += 1) {
    const { rgba, objects } = drawScene(stream(seed), rule);
    assert.equal(rgba.length, 48 * 48 * 4);
    counts.set(objects.length, (counts.get(objects.length) ?? 0) + 1);
    for (const { box: [x1, y1, x2, y2], label } of objects) {
      assert.ok(x1 >= 0 && y1 >= 0 && x2 <= 1 && y2 <= 1);
      assert.ok(x2 - x1 >= 0.2 - 1e-9 && x2 - x1 <= 0.3 && y2 - y1 <= 0.3 * 1.25);
      assert.ok([1, 2, 3].includes(label));
    }
  }
  assert.ok([2, 3, 4].every((count) => counts.get(count) > 40));
});

test("a thing's pixels are its colour, and lie in its box", () => {
  const size = 64;
  for (let seed = 0; seed < 50; seed += 1) {
    const rule = complete({ objects: [1, 1], sizes: [0.4, 0.5] });
    const { rgba, objects: [{ box }] } = drawScene(stream(seed), rule);
    const at = (x, y) => [0, 1, 2].map((c) => rgba[(Math.floor(y) * size + Math.floor(x)) * 4 + c]);
    const middle = at(((box[0] + box[2]) / 2) * size, (box[1] * 0.4 + box[3] * 0.6) * size);
    const corner = at(box[0] > 0.3 ? 0 : size - 1, box[1] > 0.3 ? 0 : size - 1);
    const apart = middle.reduce((sum, value, c) => sum + Math.abs(value - corner[c]), 0);
    assert.ok(apart > 10, `${seed}: ${apart}`);
  }
});

test("a mirrored or cut scene has its boxes where its things are", () => {
  const size = 64;
  const rgba = new Uint8ClampedArray(size * size * 4);
  const box = [16, 8, 40, 56].map((edge) => edge / size);
  for (let y = 8; y < 56; y += 1) for (let x = 16; x < 40; x += 1) rgba[(y * size + x) * 4] = 255;
  const seen = new Set();
  for (let seed = 0; seed < 100; seed += 1) {
    const scene = augment({ rgba, objects: [{ box, label: 2 }] }, size, stream(seed));
    const [{ box: [x1, y1, x2, y2], label }] = scene.objects;
    assert.equal(label, 2);
    seen.add([x1, y1, x2, y2].join());
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) {
        const [u, v] = [(x + 0.5) / size, (y + 0.5) / size];
        const depth = Math.min(u - x1, x2 - u, v - y1, y2 - v) * size; // inside the box
        if (Math.abs(depth) < 4) continue; // a pixel may be enlarged to three and a third
        assert.equal(scene.rgba[(y * size + x) * 4], depth > 0 ? 255 : 0, `${seed}: ${x}, ${y}`);
      }
    }
  }
  assert.ok(seen.size > 20);
  assert.ok(seen.has(box.join()) && seen.has([0.375, 0.125, 0.75, 0.875].join()));
});

test("the focal loss with a gamma of 0 is the cross-entropy, and has its derivative", () => {
  assert.equal(focalLoss(-1.5, 0), 1.5);
  assert.equal(focalSlope(-1.5, 0), -1);
  assert.ok(Math.abs(focalLoss(Math.log(0.9), 2) - 0.01 * -Math.log(0.9)) < 1e-12);
  for (const [log, gamma] of [[-0.01, 2], [-1, 2], [-4, 0.5], [-0.3, 5]]) {
    const slope = (focalLoss(log + 1e-6, gamma) - focalLoss(log - 1e-6, gamma)) / 2e-6;
    assert.ok(Math.abs(slope - focalSlope(log, gamma)) < 1e-6);
  }
  assert.ok(Number.isFinite(focalSlope(0, 0.5)) && Number.isFinite(focalSlope(-0, 2)));
});

test("hard negatives are the worst, never a positive, and of equal ones the first", () => {
  const labels = [0, 1, 0, 0, 0];
  assert.deepEqual(hardNegatives([0.1, 9, 0.3, 0.2, 0.3], labels, 2), [2, 4]);
  assert.deepEqual(hardNegatives([1, 9, 1, 1, 1], labels, 2), [0, 2]);
  assert.deepEqual(hardNegatives([1, 9, 1, 1, 1], labels, 0), []);
  assert.deepEqual(hardNegatives([1, 9, 1, 1, 1], labels, 100), [0, 2, 3, 4]);
  assert.deepEqual(hardNegatives([1, 1], [0, 0], 3), []);
});
