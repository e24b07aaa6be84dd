// Default boxes over the picture: a map, a cell, its boxes; their number; and an
// object to drag, with the default box that fits it best.

import {
  Figure, fields, headRow, panel, replaceRows, row, sideBySide, smallLine, swatch,
} from "./controls.js";
import { boxSizes, iouWithAll, layOut, linearScales } from "./geometry.js";
import { BoxHandle, clamp, make, rectOf, strokeTwice, watchCells } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { FeatureMap, Layout } from "./geometry.js" */
/** @import { Context, Look, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Record<string, Layout>} layouts
 * @property {string} layout_name one of these, or OWN
 * @property {number} feature_map
 * @property {number[]} cell row and column
 * @property {number[]} ratios besides 1
 * @property {boolean} extra_box
 * @property {number} s_min
 * @property {number} s_max
 * @property {"cell" | "map" | "all"} show
 * @property {number[]} gt_box
 */

const OWN = "your scales";
const REACH = 0.5; // IoU at which a default box is matched
const MARGIN = 0.13; // share of the picture's side that is shown around it
/** @type {Record<string, Look>} */
const KINDS = { // the boxes of a cell by their aspect ratio
  1: ["#0072b2", [], 2], extra: ["#7a1f5c", [7, 3], 2], 2: ["#00664b", [], 2],
  "1/2": ["#00664b", [3, 3], 2], 3: ["#9a3f00", [], 2], "1/3": ["#9a3f00", [3, 3], 2],
};
/** @type {Look} */
const BEST = ["#e69f00", [10, 4], 3.5];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, MARGIN);
    const backdrop = make("canvas"); // boxes that do not move
    let stale = true; // whether it must be painted anew
    let scene = layOut(chosenLayout());
    let fit = compute(); // of the default boxes to the object
    const handle = new BoxHandle(stage, {
      name: "object", kind: "object",
      get: () => model.get("gt_box"), set: (box) => figure.put({ gt_box: box }),
    });
    watchCells(stage, { cell, choose, step: () => chosenMap().step / scene.image });

    // Controls
    const counts = make("table", { class: "ssd-counts" });
    /** @type {HTMLTableCellElement[]} */
    let reaching = []; // of each map, and of all
    const cellLine = smallLine("cell");
    const best = make("p", { class: "ssd-big" });
    const reachLine = smallLine("reach");
    const legend = smallLine();
    figure.lay(sideBySide(
      panel(stage.frame, best, reachLine, cellLine, legend),
      panel(
        fields(
          figure.select("layout_name", "layout ", [...Object.keys(model.get("layouts")), OWN]),
          figure.select("show", "draw ", ["cell", "map", "all"],
            { texts: ["this cell", "this map", "all maps"] })),
        counts,
        fields(make("legend", {}, "aspect ratios besides 1"), ratio(2), ratio(3),
          figure.checkbox("extra box", () => model.get("extra_box"),
            (on) => figure.put({ extra_box: on }))),
        fields(make("legend", {}, "moving one of these makes a layout of your own"),
          scale("s_min", 0.05, 0.5), scale("s_max", 0.5, 1)))));

    /** @param {number} value */
    function ratio(value) {
      const has = (/** @type {number} */ one) => model.get("ratios").includes(one);
      return figure.checkbox(`${value} and 1/${value}`, () => has(value), (on) =>
        figure.put({ ratios: [2, 3].filter((one) => (one === value ? on : has(one))) }));
    }

    /**
     * @param {"s_min" | "s_max"} name
     * @param {number} min
     * @param {number} max
     */
    function scale(name, min, max) {
      const put = (/** @type {number} */ value) =>
        figure.put({ [name]: value, layout_name: OWN });
      return figure.slider(name, `${name} `, { min, max, step: 0.01, put });
    }

    // What is looked at
    function chosenLayout() {
      const layouts = model.get("layouts");
      const layout = layouts[model.get("layout_name")] ?? ownLayout(Object.values(layouts)[0]);
      const maps = layout.maps.map((map) => ({
        ...map,
        max: model.get("extra_box") ? map.max : null,
        ratios: map.ratios.filter((one) => model.get("ratios").includes(one)),
      }));
      return { ...layout, maps };
    }

    /**
     * @param {Layout} layout whose maps it has
     * @returns {Layout}
     */
    function ownLayout({ image, maps }) {
      const [low, high] = [model.get("s_min"), model.get("s_max")];
      const rest = linearScales(maps.length - 1, low, high);
      const [last, before] = [rest[rest.length - 1], rest[rest.length - 2]];
      const scales = [low / 2, ...rest, 2 * last - before];
      return {
        image,
        maps: maps.map((map, k) => ({
          ...map, step: image / map.grid, min: scales[k] * image, max: scales[k + 1] * image,
        })),
      };
    }

    function chosenMap() {
      return scene.maps[model.get("feature_map")];
    }

    /** The kinds of the boxes on a cell of the chosen map, in their order. */
    function kinds() {
      const { max, ratios } = chosenMap();
      return ["1", ...(max === null ? [] : ["extra"]),
        ...ratios.flatMap((one) => [`${one}`, `1/${one}`])];
    }

    /** @returns {[row: number, column: number]} */
    function cell() {
      const [first, second] = model.get("cell");
      const last = chosenMap().grid - 1;
      return [clamp(first, 0, last), clamp(second, 0, last)];
    }

    /**
     * @param {number} first row
     * @param {number} second column
     */
    function choose(first, second) {
      const last = chosenMap().grid - 1;
      figure.put({ cell: [clamp(first, 0, last), clamp(second, 0, last)] });
    }

    /** The index of the first default box of the chosen cell. */
    function firstBox() {
      const [y, x] = cell();
      const map = chosenMap();
      return scene.starts[model.get("feature_map")] + (y * map.grid + x) * boxSizes(map).length;
    }

    /** The best default box for the object, and how many of each map reach it. */
    function compute() {
      const ious = iouWithAll(model.get("gt_box"), scene.corners);
      const hits = scene.maps.map(() => 0);
      let [box, map] = [0, 0];
      for (let index = 0; index < ious.length; index += 1) {
        if (index === scene.starts[map + 1]) map += 1;
        if (ious[index] > ious[box]) box = index;
        if (ious[index] >= REACH) hits[map] += 1;
      }
      const grid = scene.maps[scene.starts.findIndex((start) => start > box) - 1].grid;
      return { box, iou: ious[box], grid, hits };
    }

    // Painting
    /**
     * @param {Context} context
     * @param {number} width
     * @param {number} height
     * @param {number} index
     */
    function outline(context, width, height, index) {
      const box = scene.corners.subarray(4 * index, 4 * index + 4);
      context.rect(...rectOf(box, width, height));
    }

    /** @type {Paint} */
    function paintBackdrop(context, width, height) {
      const { grid, step } = chosenMap();
      const end = (grid * step) / scene.image;
      context.beginPath();
      for (let line = 0; line <= grid; line += 1) {
        const at = (line * step) / scene.image;
        context.moveTo(at * width, 0);
        context.lineTo(at * width, end * height);
        context.moveTo(0, at * height);
        context.lineTo(end * width, at * height);
      }
      [context.strokeStyle, context.lineWidth] = ["rgba(0, 0, 0, 0.22)", 2];
      context.stroke();
      [context.strokeStyle, context.lineWidth] = ["rgba(255, 255, 255, 0.7)", 1];
      context.stroke();
      if (model.get("show") === "cell") return;
      const chosen = model.get("feature_map");
      const [first, last] = model.get("show") === "all" ? [0, scene.total]
        : scene.starts.slice(chosen, chosen + 2);
      context.strokeStyle = `rgba(10, 30, 80, ${clamp(60 / (last - first), 0.05, 0.5)})`;
      context.beginPath();
      for (let index = first; index < last; index += 1) outline(context, width, height, index);
      context.stroke();
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      if (stale) {
        [backdrop.width, backdrop.height] = [stage.canvas.width, stage.canvas.height];
        stage.paintOn(backdrop, paintBackdrop);
        stale = false;
      }
      context.save();
      context.resetTransform();
      context.drawImage(backdrop, 0, 0);
      context.restore();
      const first = firstBox();
      kinds().forEach((kind, i) => {
        strokeTwice(context, KINDS[kind], () => outline(context, width, height, first + i));
      });
      const [cx, cy] = scene.boxes.subarray(4 * first);
      context.fillStyle = "#fff";
      context.strokeStyle = "#111";
      context.setLineDash([]);
      context.beginPath();
      context.arc(cx * width, cy * height, 4, 0, 7);
      context.fill();
      context.stroke();
      if (fit.iou > 0) strokeTwice(context, BEST, () => outline(context, width, height, fit.box));
    }

    // Numbers
    function refreshLayout() {
      scene = layOut(chosenLayout());
      stale = true;
      reaching = [...scene.maps.map((_, map) => make("td", { "data-reach": map })),
        make("td", { "data-number": "reaching" })];
      replaceRows(counts, headRow("map", "a cell", "boxes", "reach"), ...scene.maps.map(countRow),
        row(["all maps", "", make("td", { "data-number": "total" }, `${scene.total}`),
          reaching[scene.maps.length]], { class: "ssd-total" }));
      refresh();
      legend.replaceChildren(...kinds().map((kind) => {
        const [colour, dash] = KINDS[kind];
        return swatch(kind, [colour, dash, 3]);
      }), swatch("best for the object", [BEST[0], BEST[1], 4]));
    }

    /**
     * @param {FeatureMap} map
     * @param {number} index
     */
    function countRow(map, index) {
      const aCell = boxSizes(map).length;
      return row([figure.radio("feature_map", index, `${map.grid} × ${map.grid}`),
        aCell, map.grid ** 2 * aCell, reaching[index]]);
    }

    function refresh() {
      fit = compute();
      figure.show();
      const hits = fit.hits.reduce((sum, count) => sum + count, 0);
      reaching.forEach((field, map) => { field.textContent = `${fit.hits[map] ?? hits}`; });
      const [y, x] = cell();
      const [cx, cy] = scene.boxes.subarray(4 * firstBox());
      const { grid } = chosenMap();
      const iou = fit.iou.toFixed(3);
      best.replaceChildren("best IoU ", make("output", { "data-number": "best" }, iou));
      reachLine.textContent =
        `on the ${fit.grid} × ${fit.grid} map; ${hits} default boxes reach 0.5`;
      cellLine.textContent = `row ${y}, column ${x}: centre (${cx.toFixed(4)}, ${cy.toFixed(4)})`
        + (cx > 1 || cy > 1 ? ", outside the picture" : "");
      stage.element.setAttribute("aria-label",
        `Cells of the ${grid} by ${grid} map, arrow keys move. ${cellLine.textContent}.`);
      handle.place();
      stage.draw();
      figure.say(`${cellLine.textContent}. Best IoU ${iou} ${reachLine.textContent}. `
        + `${scene.total} boxes in all.`);
    }

    figure.watch(["layout_name", "feature_map", "ratios", "extra_box", "s_min", "s_max", "show"],
      refreshLayout);
    figure.watch(["cell", "gt_box"], refresh);
    stage.onresize = () => { stale = true; };
    refreshLayout();
    return figure.end;
  },
};
