// A cell of a feature map: what it sees of the picture, the patch that is its own,
// its default boxes, and what the map holds there.

import {
  Figure, fields, headRow, legend, panel, replaceRows, row, sideBySide, smallLine,
} from "./controls.js";
import { boxSizes } from "./geometry.js";
import { clamp, context2d, make, rectOf, strokeTwice, watchCells } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { FeatureMap } from "./geometry.js" */
/** @import { Look, Paint } from "./stage.js" */
/** @typedef {{ size_px: number, step_px: number, centre_px: number }} Field what a cell sees */
/** @typedef {FeatureMap & { name: string, field: Field, strip: number }} NetworkMap */
/**
 * @typedef {object} Traits
 * @property {Record<string, { image: number, weights: string, maps: NetworkMap[] }>} networks
 * @property {string} network
 * @property {number} feature_map
 * @property {number[]} cell row and column
 * @property {string} activations_url
 */

const MARGIN = 0.13; // share of the picture's side that is shown around it
const TILES = 8; // channels in the strip
const NARROW = 480; // pixels of the figure below which they stand in two lines
/** @type {Look} */
const FIELD = ["#e69f00", [], 3];
/** @type {Look} */
const PATCH = ["#0072b2", [], 3];
/** @type {Look} */
const BOXES = ["#9a3f00", [], 1.5];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, MARGIN);
    const sheet = make("img",
      { src: model.get("activations_url"), alt: "", onload: () => paintStrip() });
    stage.picture.addEventListener("load", () => paintWhole());
    watchCells(stage, { cell, choose, step: () => map().step / network().image });
    const shows = { field: true, boxes: true };

    const maps = make("table", { class: "ssd-counts ssd-dense" });
    const whole = make("canvas", { class: "ssd-whole", "aria-hidden": "true" });
    const strip = make("canvas", { class: "ssd-strip", role: "img" });
    const stripLine = smallLine();
    const cellLine = smallLine("cell");
    const fieldLine = smallLine("field");
    figure.lay(sideBySide(
      panel(stage.frame, cellLine, fieldLine, legend(["receptive field", [FIELD[0], [], 4]],
        ["the cell's own patch", [PATCH[0], [], 4]], ["default boxes", [BOXES[0], [], 3]])),
      panel(
        fields(figure.select("network", "network ", Object.keys(model.get("networks")), {
          put: (name) => {
            model.set("feature_map", 0);
            model.set("network", name);
            choose(...cell());
          },
        })),
        maps,
        fields(make("legend", {}, "show on the picture"),
          toggle("receptive field", "field"), toggle("default boxes", "boxes")),
        make("p", { class: "ssd-sum" }, "the picture in the whole field"), whole)),
    stripLine, strip);

    /**
     * @param {string} text
     * @param {"field" | "boxes"} what
     */
    function toggle(text, what) {
      return figure.checkbox(text, () => shows[what], (on) => {
        shows[what] = on;
        stage.draw();
      });
    }

    // What is looked at
    function network() {
      return model.get("networks")[model.get("network")];
    }

    function map() {
      return network().maps[model.get("feature_map")];
    }

    /** @returns {[row: number, column: number]} */
    function cell() {
      const [first, second] = model.get("cell");
      const last = map().grid - 1;
      return [clamp(first, 0, last), clamp(second, 0, last)];
    }

    /**
     * @param {number} first row
     * @param {number} second column
     */
    function choose(first, second) {
      const last = map().grid - 1;
      figure.put({ cell: [clamp(first, 0, last), clamp(second, 0, last)] });
    }

    /** What the cell sees, as left, top and side in fractions of the picture. */
    function field() {
      const { size_px: size, step_px: step, centre_px: centre } = map().field;
      return cell().reverse().map((index) => (centre + index * step - size / 2) / network().image)
        .concat(size / network().image);
    }

    // Painting
    /** @type {Paint} */
    function paint(context, width, height) {
      const [left, top, side] = field();
      const [y, x] = cell();
      const step = map().step / network().image;
      if (shows.field) {
        const seen = rectOf([left, top, left + side, top + side], width, height);
        context.beginPath();
        context.rect(-width, -height, 3 * width, 3 * height);
        context.rect(...seen);
        context.fillStyle = "rgba(12, 18, 28, 0.62)";
        context.save();
        context.clip("evenodd");
        context.fillRect(0, 0, width, height);
        context.restore();
        strokeTwice(context, FIELD, () => context.rect(...seen));
      }
      strokeTwice(context, PATCH, () =>
        context.rect(x * step * width, y * step * height, step * width, step * height));
      if (!shows.boxes) return;
      const [cx, cy] = [(x + 0.5) * step, (y + 0.5) * step];
      for (const size of boxSizes(map())) {
        const [w, h] = size.map((length) => length / network().image);
        strokeTwice(context, BOXES, () => context.rect(
          (cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height));
      }
    }

    /** The picture at a scale at which the largest field has room. */
    function paintWhole() {
      if (!stage.picture.complete) return;
      const [low, high, pixels] = [-1.1, 2, 440];
      [whole.width, whole.height] = [pixels, pixels];
      const context = context2d(whole);
      const scale = pixels / (high - low);
      /** @type {(square: number[]) => [number, number, number, number]} */
      const rect = ([left, top, side]) =>
        [(left - low) * scale, (top - low) * scale, side * scale, side * scale];
      context.drawImage(stage.picture, ...rect([0, 0, 1]));
      context.fillStyle = "rgba(230, 159, 0, 0.25)";
      context.fillRect(...rect(field()));
      strokeTwice(context, [FIELD[0], [], 4], () => context.rect(...rect(field())));
    }

    function paintStrip() {
      if (!sheet.complete) return;
      const { grid, strip: top } = map();
      const size = Math.max(1, Math.round(76 / grid)); // canvas pixels a cell
      const columns = el.clientWidth < NARROW ? TILES / 2 : TILES;
      const pitch = grid * size + 4;
      [strip.width, strip.height] = [columns * pitch - 4, (TILES / columns) * pitch - 4];
      const context = context2d(strip);
      context.imageSmoothingEnabled = false;
      const [down, right] = cell().map((index) => index * size - 1);
      for (let tile = 0; tile < TILES; tile += 1) {
        const [x, y] = [(tile % columns) * pitch, Math.floor(tile / columns) * pitch];
        context.drawImage(sheet, tile * grid, top, grid, grid, x, y, grid * size, grid * size);
        [context.strokeStyle, context.lineWidth] = [FIELD[0], 2];
        if (grid > 1) context.strokeRect(x + right, y + down, size + 2, size + 2);
      }
    }

    // Numbers
    function refreshMaps() {
      replaceRows(maps, headRow("map", "cells", "sees", "boxes"), ...network().maps.map(mapRow));
      refresh();
    }

    /**
     * @param {NetworkMap} map
     * @param {number} index
     */
    function mapRow({ name, grid, field: { size_px: size }, min, max }, index) {
      const put = () => {
        model.set("feature_map", index);
        choose(...cell());
      };
      return row([figure.radio("feature_map", index, name, put), `${grid} × ${grid}`,
        make("td", { "data-field": index }, `${size}`),
        `${Math.round(min)}–${Math.round(Number(max))}`]);
    }

    function refresh() {
      figure.show();
      const [y, x] = cell();
      const { name, grid, step, field: { size_px: size } } = map();
      const { image, weights } = network();
      const [left, top, side] = field();
      const shown = (/** @type {number[]} */ point) =>
        `(${point.map((at) => Number(at.toFixed(1))).join(", ")})`;
      const middle = shown([left, top].map((edge) => (edge + side / 2) * image));
      const boxes = shown([x, y].map((index) => (index + 0.5) * step));
      const inside = (/** @type {number} */ edge) => clamp(edge + side) - clamp(edge);
      const share = (100 * inside(left) * inside(top)).toFixed(0);
      const beyond = left < 0 || top < 0 || left + side > 1 || top + side > 1;
      cellLine.textContent = `row ${y}, column ${x} of ${name}: the middle of what it sees is `
        + `${middle}, the middle of its boxes ${boxes}`;
      fieldLine.textContent = `it sees ${size} × ${size} pixels, ${share} % of the picture`
        + (beyond ? ", and padding around it" : "");
      stripLine.textContent = `8 of the channels of ${name}, ${weights} weights`;
      strip.setAttribute("aria-label", `Eight channels of ${name} as grey pictures of `
        + `${grid} by ${grid} cells, from ${weights} weights.`);
      stage.element.setAttribute("aria-label",
        `Cells of ${name}, ${grid} by ${grid}; arrow keys move. ${cellLine.textContent}.`);
      paintStrip();
      paintWhole();
      stage.draw();
      figure.say(`${cellLine.textContent}; ${fieldLine.textContent}.`);
    }

    figure.watch(["network", "feature_map"], refreshMaps);
    figure.watch(["cell"], refresh);
    stage.onresize = paintStrip;
    refreshMaps();
    return figure.end;
  },
};
