// Two boxes over the picture: drag them and read intersection, union and IoU.

import { Figure, choices, panel, sideBySide, smallLine } from "./controls.js";
import { boxArea, overlap, sharedBox } from "./geometry.js";
import { BoxHandle, clamp, make, rectOf } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Context, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {number[]} box_a
 * @property {number[]} box_b
 * @property {[name: string, a: number[], b: number[]][]} presets
 * @property {number} side_px
 */

/** @type {["a", "b"]} */
const BOXES = ["a", "b"];
const EDGES = ["left", "top", "right", "bottom"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint);
    const box = (/** @type {"a" | "b"} */ which) => model.get(`box_${which}`);
    const handles = BOXES.map((which) => new BoxHandle(stage, {
      name: which.toUpperCase(), kind: which,
      get: () => box(which), set: (corners) => figure.put({ [`box_${which}`]: corners }),
    }));

    const side = model.get("side_px");
    const unit = make("select", { onchange: refresh },
      ...choices([1, side], ["fractions of the picture", `pixels of ${side} × ${side}`]));
    const scale = () => Number(unit.value);

    const output = (/** @type {string} */ name) => make("output", { "data-number": name });
    const bar = (/** @type {string} */ name) =>
      make("span", { class: `ssd-bar ssd-bar-${name}` });
    const numbers = {
      iou: output("iou"), intersection: output("intersection"), union: output("union"),
      a: output("a"), b: output("b"),
    };
    const bars = { union: bar("union"), intersection: bar("intersection") };
    const sum = smallLine();
    const inputs = {
      a: EDGES.map((_, i) => edgeInput("a", i)), b: EDGES.map((_, i) => edgeInput("b", i)),
    };
    const presets = model.get("presets").map(([name, a, b]) =>
      figure.button(name, () => figure.put({ box_a: a, box_b: b })));

    figure.lay(sideBySide(stage.frame, panel(
      make("p", { class: "ssd-big" }, "IoU ", numbers.iou),
      make("div", { class: "ssd-bars", "aria-hidden": "true" }, bars.union, bars.intersection),
      sum,
      make("dl", {},
        ...row("intersection", numbers.intersection, "ssd-key-intersection"),
        ...row("union", numbers.union, "ssd-key-union"),
        ...row("area of A", numbers.a, "ssd-key-a"),
        ...row("area of B", numbers.b, "ssd-key-b")),
      make("div", { class: "ssd-presets", role: "group", "aria-label": "Examples" }, ...presets),
      make("details", {}, make("summary", {}, "Type the corners"),
        make("label", { class: "ssd-unit" }, "in ", unit),
        make("div", { class: "ssd-corners" },
          make("span"), ...EDGES.map((edge) => make("span", { "aria-hidden": "true" }, edge)),
          make("b", { "aria-hidden": "true" }, "A"), ...inputs.a,
          make("b", { "aria-hidden": "true" }, "B"), ...inputs.b)))));

    /**
     * @param {"a" | "b"} which
     * @param {number} i
     */
    function edgeInput(which, i) {
      const onchange = () => {
        const value = input.valueAsNumber;
        if (Number.isFinite(value)) {
          const corners = box(which).map((old, k) => (k === i ? clamp(value / scale()) : old));
          figure.put({ [`box_${which}`]: corners });
        }
        refresh();
      };
      const label = `Box ${which.toUpperCase()}, ${EDGES[i]}`;
      const input = make("input",
        { type: "number", "aria-label": label, onblur: refresh, onchange });
      return input;
    }

    /**
     * @param {string} name
     * @param {Node} number
     * @param {string} key
     */
    function row(name, number, key) {
      return [make("dt", {}, make("i", { class: `ssd-key ${key}` }), name),
        make("dd", {}, number)];
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const [x1, y1, x2, y2] = sharedBox(box("a"), box("b"));
      if (x2 > x1 && y2 > y1) {
        const area = rectOf([x1, y1, x2, y2], width, height);
        context.fillStyle = "rgba(255, 255, 255, 0.45)";
        context.fillRect(...area);
        hatch(context, ...area);
      }
    }

    function refresh() {
      const [a, b] = [box("a"), box("b")];
      const { intersection, union, iou } = overlap(a, b);
      const square = scale() ** 2;
      const digits = scale() === 1 ? 4 : 0;
      const show = (/** @type {number} */ area) =>
        (area * square).toFixed(digits) + (scale() === 1 ? "" : " px²");
      numbers.iou.textContent = iou.toFixed(3);
      numbers.intersection.textContent = show(intersection);
      numbers.union.textContent = show(union);
      numbers.a.textContent = show(boxArea(a));
      numbers.b.textContent = show(boxArea(b));
      sum.textContent = `${show(intersection)} / ${show(union)} = ${iou.toFixed(3)}`;
      bars.intersection.style.width = `${100 * iou}%`;
      for (const which of BOXES) {
        inputs[which].forEach((field, i) => {
          field.max = String(scale());
          field.step = scale() === 1 ? "0.01" : "1";
          if (field !== document.activeElement) {
            field.value = String(Number((box(which)[i] * scale()).toFixed(digits)));
          }
        });
      }
      for (const handle of handles) handle.place();
      stage.draw();
      figure.say(
        `IoU ${iou.toFixed(3)}. Intersection ${show(intersection)}, union ${show(union)}.`);
    }

    figure.watch(["box_a", "box_b"], refresh);
    refresh();
    return figure.end;
  },
};

/**
 * Slanted lines over a rectangle: seen without telling colours apart.
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function hatch(context, x, y, width, height) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = "rgba(20, 20, 20, 0.55)";
  context.lineWidth = 1.5;
  context.beginPath();
  for (let at = x - height; at < x + width; at += 9) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}
