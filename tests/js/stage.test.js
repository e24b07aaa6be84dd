// stage.js without a browser: what cells, keys and lines do.

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

test("arrow keys give directions, not with Alt, Ctrl or the Command key", () => {
  assert.deepEqual(stage.arrowOf({ key: "ArrowLeft" }), [-1, 0]);
  assert.equal(stage.arrowOf({ key: "a" }), undefined);
  for (const held of ["altKey", "ctrlKey", "metaKey"]) {
    assert.equal(stage.arrowOf({ key: "ArrowLeft", [held]: true }), undefined);
  }
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
