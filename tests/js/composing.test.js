// Where the things of a composed scene are, and when a challenge is solved.

import assert from "node:assert/strict";
import { test } from "node:test";

import { JUDGES, found } from "../../ssd_lib/widgets/challenges.js";
import {
  LARGEST, SMALLEST, boundsOf, composed, covered, moved, outlineOf, placed, pulled, resized, sizeOf,
  thingAt, toImage, toThing, touches, turned,
} from "../../ssd_lib/widgets/placing.js";
import { THINGS } from "../../ssd_lib/widgets/toy_things.js";

const near = (actual, expected) => actual.forEach((value, k) =>
  assert.ok(Math.abs(value - expected[k]) < 2e-3, `${actual} must be near ${expected}`));

test("a thing that is not turned fills its box", () => {
  const car = placed({ name: "car", x: 0.4, y: 0.6, height: 0.2 });
  const [wide, tall] = sizeOf(car);
  near(boundsOf(car), [0.4 - wide / 2, 0.6 - tall / 2, 0.4 + wide / 2, 0.6 + tall / 2]);
});

test("a quarter turn swaps the sides of the box", () => {
  const car = placed({ name: "car", x: 0.5, y: 0.5, height: 0.2, turn: 90 });
  const [wide, tall] = sizeOf(car);
  near(boundsOf(car), [0.5 - tall / 2, 0.5 - wide / 2, 0.5 + tall / 2, 0.5 + wide / 2]);
});

test("there and back again", () => {
  for (const flip of [false, true]) {
    for (const turn of [0, 33, -120]) {
      const one = placed({ name: "dog", x: 0.3, y: 0.7, height: 0.4, turn, flip });
      near(toThing(one, toImage(one, [0.2, 0.9])), [0.2, 0.9]);
    }
  }
});

test("the front of a thing that is turned and mirrored is where it is seen", () => {
  const bird = placed({ name: "bird", x: 0.5, y: 0.5, height: 0.2 }); // its beak is on the left
  const beak = [0.02, 0.65];
  assert.ok(toImage(bird, beak)[0] < 0.5);
  assert.ok(toImage({ ...bird, flip: true }, beak)[0] > 0.5);
  assert.ok(toImage({ ...bird, turn: 90 }, beak)[1] < 0.5);
});

test("a point touches what it lies on, turned and mirrored, and nothing beside it", () => {
  for (const flip of [false, true]) {
    for (const turn of [0, 45, 170, -80]) {
      const kite = placed({ name: "kite", x: 0.5, y: 0.5, height: 0.5, turn, flip });
      assert.ok(touches(kite, toImage(kite, [0.5, 0.25])));
      assert.ok(!touches(kite, toImage(kite, [0.02, 0.9])), "a corner of the box is empty");
      assert.ok(!touches(kite, toImage(kite, [1.1, 0.25])));
      assert.ok(touches(kite, toImage(kite, [1.05, 0.25]), 0.05));
    }
  }
});

test("of two things the one in front is meant, and a small one is easier to hit", () => {
  const things = [placed({ name: "tree", x: 0.5, y: 0.5, height: 0.8 }),
    placed({ name: "ball", x: 0.5, y: 0.5, height: 0.1 })];
  assert.equal(thingAt(things, [0.5, 0.5], 0), 1);
  assert.equal(thingAt([...things].reverse(), [0.5, 0.5], 0), 1);
  assert.equal(thingAt(things, [0.95, 0.95], 0.02), -1);
  assert.equal(thingAt([things[1]], [0.56, 0.5], 0.02), 0);
});

test("things stay on the image, and of a size that can be seen", () => {
  const ball = placed({ name: "ball" });
  assert.deepEqual([moved(ball, 9, -9).x, moved(ball, 9, -9).y], [1, 0]);
  assert.equal(resized(ball, 1e-9).height, SMALLEST);
  assert.equal(resized(ball, 1e9).height, LARGEST);
  assert.equal(turned({ ...ball, turn: 170 }, 20).turn, -170);
  assert.equal(turned(ball, -360).turn, 0);
});

test("a handle resizes and turns around the centre, two fingers move, too", () => {
  const one = placed({ name: "cat", x: 0.5, y: 0.5, height: 0.2 });
  const centre = [0.5, 0.5];
  const larger = pulled(one, [centre, [0.6, 0.5]], [centre, [0.7, 0.5]], { turn: false });
  assert.deepEqual([larger.height, larger.turn, larger.x], [0.4, 0, 0.5]);
  const aside = pulled(one, [centre, [0.5, 0.3]], [centre, [0.7, 0.5]], { resize: false });
  assert.deepEqual([aside.turn, aside.height], [90, 0.2]);
  const both = pulled(one, [[0.4, 0.5], [0.6, 0.5]], [[0.5, 0.4], [0.5, 0.8]], {});
  assert.deepEqual([both.x, both.y, both.height, both.turn], [0.5, 0.6, 0.4, 90]);
});

test("surprises repeat, have enough in them, and hide nothing whole", () => {
  for (let seed = 1; seed < 40; seed += 1) {
    for (const atSea of [false, true]) {
      const things = composed(seed, atSea);
      assert.deepEqual(things, composed(seed, atSea));
      assert.ok(things.length >= 4 && things.length <= 12);
      things.forEach((one, k) => things.slice(k + 1).forEach((other) =>
        assert.ok(covered(boundsOf(one), boundsOf(other)) <= 0.5)));
    }
  }
});

test("every hull is convex and runs clockwise", () => {
  for (const name of Object.keys(THINGS)) {
    const outline = outlineOf(placed({ name }));
    outline.forEach(([x, y], k) => {
      const [x1, y1] = outline[(k + 1) % outline.length];
      const [x2, y2] = outline[(k + 2) % outline.length];
      assert.ok((x1 - x) * (y2 - y1) - (y1 - y) * (x2 - x1) > -1e-9, `${name} ${k}`);
    });
  }
});

/** Facts about things that are all seen whole, with detections [name, score, box or thing]. */
function facts(things, detections) {
  const seen = things.map((thing) => ({ box: boundsOf(thing), share: thing.share ?? 1 }));
  const all = detections.map(([name, score, at]) =>
    ({ name, score, box: Array.isArray(at) ? at : seen[at].box }));
  return { things, seen, all, isOwn: false };
}

const cat = placed({ name: "cat" });
const bird = placed({ name: "bird", x: 0.4 });
const other = placed({ name: "bird", x: 0.5 });

test("a detection finds one thing of its class where it is", () => {
  const all = facts([cat, bird, bird], [["cat", 0.9, 1], ["bird", 0.8, 1], ["bird", 0.4, 2]]);
  assert.deepEqual(found(all, 0.5).map((one) => one?.score), [undefined, 0.8, undefined]);
  assert.deepEqual(found(all, 0.3).map((one) => one?.score), [undefined, 0.8, 0.4]);
});

test("a cat is hidden if it is in sight and not found, wherever the box is", () => {
  const judged = (thing, score) => JUDGES.hidden(facts([thing], [["cat", score, 0]]), 0, 128).done;
  assert.ok(judged(cat, 0.5));
  assert.ok(!judged(cat, 0.51));
  assert.ok(!judged({ ...cat, share: 0.4 }, 0));
  assert.ok(!judged({ ...cat, height: 0.05 }, 0));
});

test("a small ball counts if it is found", () => {
  const judged = (height, score) => JUDGES.small(
    facts([placed({ name: "ball", height })], [["ball", score, 0]]), 7, 128).done;
  assert.ok(judged(0.05, 0.9));
  assert.ok(!judged(0.06, 0.9));
  assert.ok(!judged(0.05, 0.4));
});

test("two birds are taken for one by one box over both", () => {
  const both = [0.2, 0.2, 0.8, 0.8];
  const judged = (...said) => JUDGES.twins(facts([bird, other], said), 0, 128).done;
  assert.ok(judged(["bird", 0.9, both]));
  assert.ok(!judged(["bird", 0.9, 0], ["bird", 0.9, 1]));
  assert.ok(!judged(["bird", 0.9, [0, 0, 0.1, 0.1]]));
  assert.ok(!judged());
});

test("a dog that is there is none that is not", () => {
  const dog = placed({ name: "dog" });
  assert.ok(JUDGES.ghost(facts([bird], [["dog", 0.9, 0]]), 0, 128).done);
  assert.ok(!JUDGES.ghost(facts([bird, dog], [["dog", 0.9, 0]]), 0, 128).done);
  assert.ok(!JUDGES.ghost({ ...facts([bird], [["dog", 0.9, 0]]), isOwn: true }, 0, 128).done);
});
