// stage.js without a browser: what boxes, cells, keys and lines do.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import * as stage from "../../ssd_lib/widgets/stage.js";
import { FakeModel, anEvent, fakeContext, fakePage } from "./fake_page.js";

beforeEach(fakePage);

const picture = () => new stage.Stage(new FakeModel({ picture_url: "a.webp" }), () => {}, 0.25);

test("an element gets attributes, listeners and children; what is false is left out", () => {
  let clicks = 0;
  const onclick = () => { clicks += 1; };
  const made = stage.make("button",
    { type: "button", onclick, hidden: false, title: undefined, tabindex: 0 }, "press ",
    stage.make("b", {}, "me"));
  made.dispatchEvent(anEvent("click"));
  assert.equal(clicks, 1);
  assert.deepEqual(made.attributes, { type: "button", tabindex: "0" });
  assert.equal(made.textContent, "press me");
});

test("what is focused in a figure keeps its keys", () => {
  const el = stage.make("div");
  stage.asFigure(el);
  el.dispatchEvent(anEvent("focusin"));
  assert.equal(el.dataset.lmSuppressShortcuts, "");
  assert.ok(el.classList.contains("ssd-live-figure"));
});

test("a box is dragged as a whole as far as the edge", () => {
  assert.deepEqual(stage.dragAll([0.2, 0.3, 0.6, 0.7], 0.1, -0.1), [0.3, 0.2, 0.7, 0.6]);
  assert.deepEqual(stage.dragAll([0.2, 0.3, 0.6, 0.7], -9, 9), [0, 0.6, 0.4, 1]);
  assert.deepEqual(stage.dragAll([0.6, 0.3, 0.2, 0.7], 9, 0), [1, 0.3, 0.6, 0.7]);
});

for (const [corner, dragged] of [["nw", [0.3, 0.4, 0.6, 0.7]], ["ne", [0.2, 0.4, 0.7, 0.7]],
  ["sw", [0.3, 0.3, 0.6, 0.8]], ["se", [0.2, 0.3, 0.7, 0.8]]]) {
  test(`the corner ${corner} moves alone, no further than the opposite one`, () => {
    const box = [0.2, 0.3, 0.6, 0.7];
    assert.deepEqual(stage.dragCorner(box, corner, 0.1, 0.1), dragged);
    const [x, y] = [corner.includes("w") ? 9 : -9, corner.includes("n") ? 9 : -9];
    const [x1, y1, x2, y2] = stage.dragCorner(box, corner, x, y);
    assert.deepEqual([x2 - x1, y2 - y1], [0, 0]);
  });
}

test("arrow keys give directions, not with Alt, Ctrl or the Command key", () => {
  assert.deepEqual(stage.arrowOf({ key: "ArrowLeft" }), [-1, 0]);
  assert.equal(stage.arrowOf({ key: "a" }), undefined);
  for (const held of ["altKey", "ctrlKey", "metaKey"]) {
    assert.equal(stage.arrowOf({ key: "ArrowLeft", [held]: true }), undefined);
  }
});

test("an arrow key moves a box, with Shift its lower right corner", () => {
  let box = [0.2, 0.3, 0.6, 0.7];
  const handle = new stage.BoxHandle(picture(), {
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
  const handle = new stage.BoxHandle(picture(),
    { name: "A", kind: "a", get: () => [0.6, 0.25, 0.2, 0.75], set() {} });
  handle.place();
  const { left, top, width, height } = handle.element.style;
  assert.deepEqual([left, top, height], ["20%", "25%", "50%"]);
  assert.equal(Number.parseFloat(width).toFixed(6), "40.000000");
  assert.ok(handle.element.classList.contains("ssd-inverted"));
  assert.match(handle.element.getAttribute("aria-label"),
    /^Box A: left 0\.60, top 0\.25, right 0\.20, bottom 0\.75\./);
});

test("a cell is chosen by pointing with the mouse, by a click, and by arrow keys", () => {
  const made = picture();
  let chosen = [1, 1];
  const choose = (row, column) => { chosen = [row, column]; };
  stage.watchCells(made, { cell: () => chosen, choose, step: () => 0.1 });
  const at = { clientX: 10 + 70, clientY: 20 + 25 }; // 0.35 and 0.25 of the picture
  const point = (properties) =>
    made.element.dispatchEvent(anEvent("pointermove", { ...at, ...properties }));
  point({ pointerType: "touch", buttons: 0 });
  point({ pointerType: "mouse", buttons: 1 });
  assert.deepEqual(chosen, [1, 1]);
  point({ pointerType: "mouse", buttons: 0 });
  assert.deepEqual(chosen, [2, 3]);
  made.element.dispatchEvent(anEvent("keydown", { key: "ArrowUp" }));
  assert.deepEqual(chosen, [1, 3]);
  made.element.dispatchEvent(anEvent("click", at));
  assert.deepEqual(chosen, [2, 3]);
});

test("a stage paints in pixels of the picture, beyond its edge too", () => {
  const made = picture();
  const context = fakeContext();
  made.ratio = 2;
  made.paintOn({ getContext: () => context }, (_, width, height) =>
    context.fillRect(...stage.rectOf([0, 0, 0.5, 1], width, height)));
  assert.deepEqual(context.calls.slice(-2),
    [["setTransform", 2, 0, 0, 2, 100, 50], ["fillRect", 0, 0, 100, 100]]);
  assert.deepEqual([made.canvas.style.width, made.frame.style.padding],
    ["150%", `${25 / 1.5}%`]);
});

test("a stage that is taken down watches no more", () => {
  const made = picture();
  made.draw();
  made.destroy();
  assert.equal(made.observer.disconnected, true);
});

test("a line is drawn white and wide, then in its colour", () => {
  const context = fakeContext();
  stage.strokeTwice(context, ["red", [4, 2], 3], () => context.rect(1, 2, 3, 4));
  assert.deepEqual(context.calls, [
    ["setLineDash", []], ["rect", 1, 2, 3, 4], ["stroke", "#fff", 5],
    ["setLineDash", [4, 2]], ["rect", 1, 2, 3, 4], ["stroke", "red", 3]]);
});
