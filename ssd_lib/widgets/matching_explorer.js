// Objects to move, add and take away; the default boxes that are matched with them, by
// either rule; and the rule walked, step by step, on the table of IoUs.

import {
  Figure, buttons, choices, fields, headRow, panel, row, sideBySide, smallLine,
} from "./controls.js";
import { argmaxWalk, bipartiteWalk, boxSizes, iouTable, layOut, matchTable } from "./geometry.js";
import { BoxHandle, clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout, Pair } from "./geometry.js" */
/** @import { Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Record<string, Layout>} layouts
 * @property {string} layout_name
 * @property {number[][]} gt_boxes
 * @property {string[]} names
 * @property {number} iou_threshold
 * @property {"bipartite" | "argmax"} rule
 * @property {number} walk how many pairs are shown
 * @property {number} feature_map which is shaded
 * @property {number} chosen object
 */

const COLOURS = ["#0072b2", "#9a3f00", "#7a1f5c", "#00664b", "#5b4a00"];
const MOST = COLOURS.length;
const COLUMNS = 3; // best default boxes of each object that the table shows
const NEW = [0.1, 0.1, 0.35, 0.4];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, 0.13);
    let scene = layOut(model.get("layouts")[model.get("layout_name")]);
    let now = compute(); // what is matched now
    /** @type {BoxHandle[]} */
    let handles = [];

    // Controls
    const count = () => model.get("gt_boxes").length;
    const shade = make("select",
      { onchange: () => figure.put({ feature_map: Number(shade.value) }) });
    const object = make("select", { onchange: () => figure.put({ chosen: Number(object.value) }) });
    const counts = make("table", { class: "ssd-counts" });
    const sum = smallLine("sum");
    const table = make("table", { class: "ssd-counts ssd-dense ssd-ious" });
    const said = make("p", { "data-line": "walk" });
    const scroll = { class: "ssd-scroll", tabindex: 0, role: "region", "aria-label": "IoU table" };
    figure.lay(
      sideBySide(panel(stage.frame), panel(
        fields(
          figure.select("layout_name", "layout ", Object.keys(model.get("layouts")), {
            put: (name) => figure.put({ walk: 0, layout_name: name, feature_map: 0 }),
          }),
          figure.select("rule", "rule ", ["bipartite", "argmax"], {
            put: (rule) => figure.put({ walk: 0, rule }),
          }),
          figure.slider("iou_threshold", "threshold ", { min: 0.3, max: 1, step: 0.05 })),
        counts, sum,
        fields(make("label", {}, "object ", object), make("label", {}, "shade ", shade)),
        buttons(
          figure.button("add an object", add, () => count() === MOST),
          figure.button("take the chosen one away", remove, () => count() === 0)))),
      buttons(
        figure.button("next pair", () => walk(1), () => model.get("walk") === now.steps.length),
        figure.button("start again", () => walk(-Infinity))),
      said, make("div", scroll, table));

    function add() {
      const [boxes, names] = [model.get("gt_boxes"), model.get("names")];
      figure.put({
        names: [...names, `object ${names.length + 1}`], walk: 0, gt_boxes: [...boxes, NEW],
        chosen: boxes.length,
      });
    }

    function remove() {
      const [boxes, names] = [model.get("gt_boxes"), model.get("names")];
      const others = [...boxes.keys()].filter((i) => i !== chosen());
      figure.put({
        names: others.map((i) => names[i]), walk: 0, gt_boxes: others.map((i) => boxes[i]),
        chosen: clamp(chosen(), 0, Math.max(0, others.length - 1)),
      });
    }

    /** @param {number} by */
    function walk(by) {
      figure.put({ walk: clamp(model.get("walk") + by, 0, now.steps.length) });
    }

    // What is looked at
    function chosen() {
      return clamp(model.get("chosen"), 0, Math.max(0, count() - 1));
    }

    function rebuild() {
      scene = layOut(model.get("layouts")[model.get("layout_name")]);
      shade.replaceChildren(...choices([...scene.maps.keys()],
        scene.maps.map(({ grid }) => `${grid} × ${grid} map`)));
      refresh();
    }

    function compute() {
      const ious = iouTable(model.get("gt_boxes"), scene.corners);
      const steps = model.get("rule") === "bipartite" ? bipartiteWalk(ious) : argmaxWalk(ious);
      const matched = matchTable(ious, scene.total, model.get("iou_threshold"), steps);
      return { ious, steps, matched, forced: new Set(steps.map(({ box }) => box)) };
    }

    // Painting
    /** @type {Paint} */
    function paint(context, width, height) {
      const index = clamp(model.get("feature_map"), 0, scene.maps.length - 1);
      const map = scene.maps[index];
      const kinds = boxSizes(map).length;
      const ious = now.ious[chosen()];
      const [dx, dy] = [width, height].map((side) => (map.step / scene.image) * side);
      for (let place = 0; ious && place < map.grid ** 2; place += 1) {
        const first = scene.starts[index] + place * kinds;
        const best = Math.max(...ious.subarray(first, first + kinds));
        const [y, x] = [Math.floor(place / map.grid), place % map.grid];
        context.fillStyle = `rgba(10, 10, 60, ${(0.75 * best).toFixed(3)})`;
        context.fillRect(x * dx, y * dy, dx - 1, dy - 1);
      }
      const threshold = Math.fround(model.get("iou_threshold"));
      now.matched.forEach((gt, box) => {
        if (gt < 0) return;
        const forced = now.forced.has(box);
        const dash = forced && !(now.ious[gt][box] >= threshold) ? [8, 4] : [];
        const corners = scene.corners.subarray(4 * box, 4 * box + 4);
        strokeTwice(context, [COLOURS[gt % MOST], dash, forced ? 3 : 1.5],
          () => context.rect(...rectOf(corners, width, height)));
      });
    }

    // Numbers
    function refreshHandles() {
      const names = model.get("names");
      if (handles.length !== names.length || handles.some((one, i) => one.name !== names[i])) {
        handles.forEach((one) => one.remove());
        handles = names.map((name, i) => new BoxHandle(stage, {
          name,
          kind: "object",
          get: () => model.get("gt_boxes")[i],
          set: (box) => figure.put({
            chosen: i, walk: 0,
            gt_boxes: model.get("gt_boxes").map((old, k) => (k === i ? box : old)),
          }),
        }));
      }
      handles.forEach((one) => one.place());
      object.replaceChildren(...choices([...names.keys()], names));
      object.value = String(chosen());
    }

    /** Draw the table of each map's boxes by their object; gives the last line's numbers. */
    function countRows() {
      const names = model.get("names");
      const rows = scene.maps.map((_, i) => {
        const mine = now.matched.subarray(scene.starts[i], scene.starts[i + 1]);
        return [...names.keys(), -1].map((gt) => mine.filter((m) => m === gt).length);
      });
      const totals = rows[0].map((_, k) => rows.reduce((total, one) => total + one[k], 0));
      counts.replaceChildren(headRow("map", ...names, "none"),
        ...rows.map((one, i) => row([`${scene.maps[i].grid} × ${scene.maps[i].grid}`, ...one])),
        row(["all", ...totals.map((total) => make("td", { "data-total": "" }, `${total}`))],
          { class: "ssd-total" }));
      return totals;
    }

    function drawTable() {
      const shown = now.steps.slice(0, model.get("walk"));
      const bipartite = model.get("rule") === "bipartite";
      const best = now.ious.flatMap((ious) =>
        [...ious.keys()].sort((a, b) => ious[b] - ious[a] || a - b).slice(0, COLUMNS));
      const columns = [...new Set([...now.forced, ...best])].sort((a, b) => a - b);
      /**
       * @param {number} gt
       * @param {number} box
       */
      const cell = (gt, box) => {
        const iou = now.ious[gt][box].toFixed(2);
        const [inRow, inColumn] = [shown.filter((s) => s.gt === gt),
          shown.filter((s) => s.box === box)];
        if (inColumn.at(-1)?.gt === gt) return make("td", { class: "ssd-mine" }, iou);
        const lost = inRow.some((s) => s.box === box);
        const gone = lost || (bipartite && inRow.length + inColumn.length > 0);
        return gone ? make("td", { class: "ssd-struck" }, make("s", {}, iou))
          : make("td", { class: "" }, iou);
      };
      table.replaceChildren(headRow("default box", ...columns.map(String)),
        ...model.get("names").map((name, gt) => row([make("th", { scope: "row" }, name),
          ...columns.map((box) => cell(gt, box))])));
      said.textContent = sayStep(shown.at(-1), shown.slice(0, -1), bipartite);
    }

    /**
     * @param {Pair | undefined} step
     * @param {Pair[]} before it
     * @param {boolean} bipartite
     */
    function sayStep(step, before, bipartite) {
      if (!step) {
        return "The table of IoUs: each object's best default boxes. Which pair comes first?";
      }
      const names = model.get("names");
      const pair = `${names[step.gt]} and default box ${step.box}, IoU ${step.iou.toFixed(2)}`;
      const start = `Step ${model.get("walk")}`;
      if (bipartite) {
        return `${start}: the largest that is left is ${pair}. Row and column are struck out.`;
      }
      const had = before.findLast((s) => s.box === step.box);
      return `${start}: ${pair}.${had ? ` It is taken from ${names[had.gt]}.` : ""}`;
    }

    function refresh() {
      if (model.get("names").length !== count()) return; // until both are set
      now = compute();
      figure.show();
      shade.value = String(clamp(model.get("feature_map"), 0, scene.maps.length - 1));
      refreshHandles();
      const totals = countRows();
      const none = totals.pop();
      const positives = totals.reduce((a, b) => a + b, 0);
      const lost = model.get("names").filter((_, gt) => totals[gt] === 0);
      sum.textContent = `${positives} positives, ${none} negatives`
        + (lost.length ? `; without any default box: ${lost.join(", ")}` : "");
      drawTable();
      stage.draw();
      figure.say(`${sum.textContent}. ${said.textContent}`);
    }

    figure.watch(["layout_name"], rebuild);
    figure.watch(["gt_boxes", "names", "iou_threshold", "rule", "walk", "feature_map", "chosen"],
      refresh);
    rebuild();
    return figure.end;
  },
};
