// A default box that stays, an object and a prediction that move: the offsets of both,
// smooth L1 of their differences, and its gradient.

import {
  Figure, buttons, fields, headRow, legend, panel, row, sideBySide, smallLine,
} from "./controls.js";
import { decode, encode, overlap, smoothL1, smoothL1Slope, toCentre } from "./geometry.js";
import { BoxHandle, make, rectOf, strokeTwice, tidy } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Look, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {number[]} default_box
 * @property {number[]} gt_box
 * @property {number[]} prediction
 * @property {boolean} variances
 */
/** @typedef {"default_box" | "gt_box" | "prediction"} BoxTrait */

const PARTS = ["x", "y", "width", "height"];
const RATE = 0.3; // share of the gradient that a step takes
const SMALLEST = 0.02; // a box that is dragged keeps at least this side
/** @type {[string, Look][]} */
const LOOKS = [["prediction", ["#0072b2", [], 3]], ["object", ["#b34d00", [8, 4], 3]],
  ["default box", ["#111", [], 2]]];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint);
    const handles = [handle("prediction", "prediction", "a"), handle("object", "gt_box", "b")];

    /**
     * @param {string} name
     * @param {BoxTrait} trait
     * @param {string} kind
     */
    function handle(name, trait, kind) {
      return new BoxHandle(stage, {
        name,
        kind,
        get: () => model.get(trait),
        set: ([x1, y1, x2, y2]) => figure.put({
          [trait]: tidy([x1, y1, Math.max(x2, x1 + SMALLEST), Math.max(y2, y1 + SMALLEST)]),
        }),
      });
    }

    const table = make("table", { class: "ssd-counts" });
    const sum = make("p", { class: "ssd-big" });
    const line = smallLine("iou");
    const jump = (/** @type {string} */ text, /** @type {BoxTrait} */ trait) =>
      figure.button(text, () => figure.put({ prediction: [...model.get(trait)] }));
    figure.lay(sideBySide(stage.frame, panel(sum, table, line,
      buttons(figure.button("a step down the gradient", step),
        jump("to the default box", "default_box"), jump("to the object", "gt_box")),
      fields(figure.checkbox("divide by the variances", () => model.get("variances"),
        (on) => figure.put({ variances: on }))),
      legend(...LOOKS))));

    function variances() {
      return model.get("variances") ? [0.1, 0.2] : [1, 1];
    }

    /**
     * Offsets of a box that a trait holds.
     * @param {BoxTrait} trait
     */
    function offsetsOf(trait) {
      return encode(toCentre(model.get(trait)), toCentre(model.get("default_box")), variances());
    }

    function step() {
      const target = offsetsOf("gt_box");
      const moved = offsetsOf("prediction").map((answer, i) =>
        answer - RATE * smoothL1Slope(answer - target[i]));
      const [cx, cy, width, height] = decode(
        moved, toCentre(model.get("default_box")), variances());
      figure.put({
        prediction: tidy([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]),
      });
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      strokeTwice(context, ["#111", [], 1.5],
        () => context.rect(...rectOf(model.get("default_box"), width, height)));
    }

    function refresh() {
      figure.show();
      const [answers, targets] = [offsetsOf("prediction"), offsetsOf("gt_box")];
      const losses = answers.map((answer, i) => smoothL1(answer - targets[i]));
      const total = losses.reduce((a, b) => a + b, 0);
      const shown = (/** @type {number} */ value) =>
        value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
      table.replaceChildren(
        headRow("", "answer", "target", "smooth L1", "slope"),
        ...PARTS.map((part, i) => {
          const slope = smoothL1Slope(answers[i] - targets[i]);
          const numbers = [answers[i], targets[i], losses[i], slope].map(shown);
          return row([part, ...numbers], { "data-part": part });
        }));
      sum.replaceChildren("loss ", make("output", { "data-number": "loss" }, shown(total)));
      const { iou } = overlap(model.get("prediction"), model.get("gt_box"));
      line.textContent = `IoU of prediction and object ${iou.toFixed(3)}`;
      handles.forEach((one) => one.place());
      stage.draw();
      figure.say(`Loss ${shown(total)}. ${line.textContent}. `
        + `Offsets ${answers.map(shown).join(", ")}.`);
    }

    figure.watch(["default_box", "gt_box", "prediction", "variances"], refresh);
    refresh();
    return figure.end;
  },
};
