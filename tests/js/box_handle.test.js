// box_handle.js without a browser: what keys and hands do to a box.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { BoxHandle, dragAll, dragCorner } from "../../ssd_lib/widgets/box_handle.js";
import { Stage } from "../../ssd_lib/widgets/stage.js";
import { FakeModel, anEvent, fakePage } from "./fake_page.js";

beforeEach(fakePage);

const picture = () => new Stage(new FakeModel({ picture_url: "a.webp" }), () => {}, 0.25);

test("a box is dragged as a whole as far as the edge", () => {
  assert.deepEqual(dragAll([0.2, 0.3, 0.6, 0.7], 0.1, -0.1), [0.3, 0.2, 0.7, 0.6]);
  assert.deepEqual(dragAll([0.2, 0.3, 0.6, 0.7], -9, 9), [0, 0.6, 0.4, 1]);
  assert.deepEqual(dragAll([0.6, 0.3, 0.2, 0.7], 9, 0), [1, 0.3, 0.6, 0.7]);
});

for (const [corner, dragged] of [["nw", [0.3, 0.4, 0.6, 0.7]], ["ne", [0.2, 0.4, 0.7, 0.7]],
  ["sw", [0.3, 0.3, 0.6, 0.8]], ["se", [0.2, 0.3, 0.7, 0.8]]]) {
  test(`the corner ${corner} moves alone, no further than the opposite one`, () => {
    const box = [0.2, 0.3, 0.6, 0.7];
    assert.deepEqual(dragCorner(box, corner, 0.1, 0.1), dragged);
    const [x, y] = [corner.includes("w") ? 9 : -9, corner.includes("n") ? 9 : -9];
    const [x1, y1, x2, y2] = dragCorner(box, corner, x, y);
    assert.deepEqual([x2 - x1, y2 - y1], [0, 0]);
  });
}

test("an arrow key moves a box, with Shift its lower right corner", () => {
  let box = [0.2, 0.3, 0.6, 0.7];
  const handle = new BoxHandle(picture(), {
    name: "A", kind: "a", get: () => box, set: (moved) => { box = moved; },
  });
  const press = (properties) => {
    const pressed = anEvent("keydown", properties);
    handle.element.dispatchEvent(pressed);
    return pressed.defaultPrevented;
  };
  assert.equal(press({ key: "ArrowRight" }), true);
  assert.equal(press({ key: "ArrowDown", shiftKey: true }), true);
  assert.equal(press({ key: "Tab" }), false);
  assert.deepEqual(box, [0.21, 0.3, 0.61, 0.71]);
});

test("a box is put in its place, and says where it is", () => {
  const handle = new BoxHandle(picture(),
    { name: "A", kind: "a", get: () => [0.6, 0.25, 0.2, 0.75], set() {} });
  handle.place();
  const { left, top, width, height } = handle.element.style;
  assert.deepEqual([left, top, height], ["20%", "25%", "50%"]);
  assert.equal(Number.parseFloat(width).toFixed(6), "40.000000");
  assert.ok(handle.element.classList.contains("ssd-inverted"));
  assert.match(handle.element.getAttribute("aria-label"),
    /^Box A: left 0\.60, top 0\.25, right 0\.20, bottom 0\.75\./);
});
