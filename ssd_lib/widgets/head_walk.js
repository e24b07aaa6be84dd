// A head on two small maps, in five steps: one cell's window, one number, the cell's
// channels, its rows, and where these stand among the rows of all maps.

import { Figure, buttons, fields, panel, sideBySide } from "./controls.js";
import { arrowToCell, clamp, make } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {number[][][][]} maps of each map, planes of rows of numbers
 * @property {number[][][][][]} weights of each map, channels of planes of 3 rows of 3
 * @property {number[][]} biases of each map, one for each channel
 * @property {number} boxes_per_cell
 * @property {number} num_classes
 * @property {number} step
 * @property {number} feature_map
 * @property {number[]} cell row and column
 * @property {number} channel
 */

const STEPS = ["window", "one number", "all channels", "rows", "joined"];
const COORDINATES = ["x", "y", "width", "height"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const [k, classes] = [model.get("boxes_per_cell"), model.get("num_classes")];
    const grids = model.get("maps").map((map) => map[0].length);
    const totals = grids.map((grid) => grid * grid * k);

    // Controls
    const channels = Array.from({ length: k * (4 + classes) }, (_, channel) => channel);
    const channelLabel = figure.select("channel", "channel ", channels,
      { texts: channels.map((channel) => `${channel}: ${nameOf(channel)}`) });
    const planes = make("div", {
      class: "ssd-planes", tabindex: 0, role: "application",
      "aria-roledescription": "grid of cells",
      onkeydown: (event) => arrowToCell(event, cell(), choose),
      onclick: ({ target }) => {
        const { row, column } = target instanceof HTMLElement ? target.dataset : {};
        if (row) choose(Number(row), Number(column));
      },
    });
    const detail = make("div", { class: "ssd-detail" });
    const formula = make("p", { class: "ssd-formula", "data-line": "formula" });
    const words = make("p", { "data-line": "words" });
    const steps = fields(make("legend", {}, "step"),
      ...figure.radios("step", STEPS.map((name, index) => `${index + 1} ${name}`)));
    steps.classList.add("ssd-steps");
    const mapNames = grids.map((grid) => `${grid} × ${grid} map`);
    const maps = figure.radios("feature_map", mapNames, (map) => {
      model.set("feature_map", map);
      choose(...cell());
    });
    figure.lay(steps,
      buttons(
        figure.button("back", () => go(-1), () => model.get("step") === 0),
        figure.button("next step", () => go(1), () => model.get("step") === STEPS.length - 1)),
      sideBySide(
        panel(fields(...maps), planes,
          make("p", { class: "ssd-sum" },
            "two channels of the map, zeros of the padding around it")),
        panel(words, channelLabel, detail, formula)));

    /** @param {number} by */
    function go(by) {
      figure.put({ step: clamp(model.get("step") + by, 0, STEPS.length - 1) });
    }

    /**
     * What an output channel of the two heads, one behind the other, stands for.
     * @param {number} channel
     */
    function nameOf(channel) {
      const box = boxOf(channel);
      if (channel < 4 * k) return `box ${box}, offset ${COORDINATES[channel % 4]}`;
      return `box ${box}, logit ${(channel - 4 * k) % classes}`;
    }

    /** @param {number} channel */
    function boxOf(channel) {
      return Math.floor(channel < 4 * k ? channel / 4 : (channel - 4 * k) / classes);
    }

    // What is looked at
    function side() {
      return grids[model.get("feature_map")];
    }

    /** @returns {[row: number, column: number]} */
    function cell() {
      const [first, second] = model.get("cell");
      return [clamp(first, 0, side() - 1), clamp(second, 0, side() - 1)];
    }

    /**
     * @param {number} first row
     * @param {number} second column
     */
    function choose(first, second) {
      figure.put({ cell: [clamp(first, 0, side() - 1), clamp(second, 0, side() - 1)] });
    }

    /**
     * The map's number at a place, 0 in the padding.
     * @param {number} plane
     * @param {number} row
     * @param {number} column
     */
    function at(plane, row, column) {
      return model.get("maps")[model.get("feature_map")][plane][row]?.[column] ?? 0;
    }

    /** The window's numbers: planes of 3 rows of 3. */
    function windowOf() {
      const [row, column] = cell();
      return model.get("maps")[0].map((_, plane) => [-1, 0, 1].map(
        (down) => [-1, 0, 1].map((right) => at(plane, row + down, column + right))));
    }

    /**
     * Window and kernel of one channel, its bias, and the sum of all products.
     * @param {number} channel
     */
    function products(channel) {
      const numbers = windowOf().flat(2);
      const kernel = model.get("weights")[model.get("feature_map")][channel].flat(2);
      const bias = model.get("biases")[model.get("feature_map")][channel];
      const sum = numbers.reduce((total, value, i) => total + value * kernel[i], bias);
      return { numbers, kernel, bias, sum };
    }

    function firstRow() {
      const [row, column] = cell();
      const before = totals.slice(0, model.get("feature_map")).reduce((a, b) => a + b, 0);
      return { before, first: before + (row * side() + column) * k };
    }

    // Drawing
    /**
     * @param {Node[]} cells
     * @param {number} columns
     */
    function matrix(cells, columns) {
      return make("div", { class: "ssd-matrix", style: `--columns: ${columns}` }, ...cells);
    }

    /**
     * @param {number} value
     * @param {string} classNames
     * @param {Record<string, unknown>} [attributes]
     */
    function number(value, classNames, attributes) {
      return make("span", { class: `ssd-number ${classNames}`, ...attributes }, signed(value));
    }

    /** @param {number} value */
    function signed(value) {
      return `${value}`.replace("-", "−");
    }

    function drawMaps() {
      const [y, x] = cell();
      const around = Array.from({ length: side() + 2 }, (_, i) => i - 1);
      planes.replaceChildren(...model.get("maps")[0].map((_, plane) => matrix(
        around.flatMap((r) => around.map((c) => {
          const inside = r >= 0 && c >= 0 && r < side() && c < side();
          const near = Math.abs(r - y) <= 1 && Math.abs(c - x) <= 1;
          const classNames = [inside ? "" : "ssd-padding", near ? "ssd-near" : "",
            r === y && c === x ? "ssd-chosen" : ""].join(" ");
          return number(at(plane, r, c), classNames,
            inside ? { "data-row": r, "data-column": c } : {});
        })), around.length)));
    }

    /**
     * Planes of 3 × 3 numbers.
     * @param {number[]} numbers
     * @param {string} classNames
     */
    function threes(numbers, classNames) {
      const starts = numbers.map((_, i) => i).filter((i) => i % 9 === 0);
      return make("div", { class: "ssd-planes" }, ...starts.map((start) => matrix(
        numbers.slice(start, start + 9).map((value) => number(value, classNames)), 3)));
    }

    /**
     * @param {string} label
     * @param {Node[]} children
     */
    function labelled(label, ...children) {
      return make("div", { class: "ssd-labelled" },
        make("span", { class: "ssd-sum" }, label), ...children);
    }

    /**
     * What the heads give out in some channels.
     * @param {number} first
     * @param {number} count
     */
    function run(first, count) {
      return matrix(channels.slice(first, first + count).map((channel) =>
        number(products(channel).sum, `ssd-of-${boxOf(channel)}`, { title: nameOf(channel) })),
      count);
    }

    // Each step draws its detail, and gives words and a formula.
    const show = [
      () => {
        const { numbers } = products(0);
        detail.replaceChildren(labelled("the window", threes(numbers, "ssd-near")));
        return ["Every output of this cell is computed from the same 3 × 3 window, "
          + "through all channels.",
        `3 × 3 × 2 = ${numbers.length} numbers; on SSD300's conv4_3, 3 × 3 × 512 = 4608`];
      },
      () => {
        const channel = model.get("channel");
        const { numbers, kernel, bias, sum } = products(channel);
        detail.replaceChildren(
          labelled("the window", threes(numbers, "ssd-near")),
          labelled(`times the kernel of channel ${channel}`,
            threes(kernel, `ssd-of-${boxOf(channel)}`)));
        const terms = numbers.map((value, i) => [value, kernel[i]])
          .filter(([a, b]) => a * b !== 0)
          .map(([a, b]) => `${a}·${b < 0 ? `(${signed(b)})` : b}`);
        return ["Number by number, window times kernel, all added up, and the bias: "
          + `${nameOf(channel)}.`,
        `${[...terms, signed(bias)].join(" + ")} = ${signed(sum)}`];
      },
      () => {
        detail.replaceChildren(
          labelled(`${4 * k} channels of the offset head`, run(0, 4 * k)),
          labelled(`${classes * k} channels of the logit head`, run(4 * k, classes * k)));
        return ["The other channels have kernels of their own for the same window.",
          `k (4 + C) = ${k} × (4 + ${classes}) = ${channels.length} numbers for this cell`];
      },
      () => {
        detail.replaceChildren(...Array.from({ length: k }, (_, box) => labelled(`box ${box}`,
          make("div", { class: "ssd-planes" },
            run(4 * box, 4), run(4 * k + classes * box, classes)))));
        return ["Each box of the cell takes the next 4 offsets and the next C logits: "
          + "one row in each tensor.",
        `${4 * k} offsets → ${k} rows of 4;  ${classes * k} logits → ${k} rows of ${classes}`];
      },
      () => {
        const { before, first } = firstRow();
        const [y, x] = cell();
        const all = totals.reduce((a, b) => a + b, 0);
        detail.replaceChildren(...totals.map((total, index) => {
          const start = totals.slice(0, index).reduce((a, b) => a + b, 0);
          const rows = Array.from({ length: total }, (_, i) => start + i);
          return labelled(`rows of the ${grids[index]} × ${grids[index]} map`, matrix(
            rows.map((one) => number(one,
              one >= first && one < first + k ? `ssd-of-${one - first}` : "ssd-other")),
            2 * grids[0]));
        }));
        return [`Cell by cell, map behind map: ${all} rows, in the order of the default boxes.`,
          `${before} + (${y} × ${side()} + ${x}) × ${k} = ${first}: `
            + `rows ${first} to ${first + k - 1}`];
      },
    ];

    function refresh() {
      const [y, x] = cell();
      const step = model.get("step");
      figure.show();
      channelLabel.hidden = step !== 1;
      drawMaps();
      const [said, computed] = show[step]();
      words.textContent = said;
      formula.textContent = computed;
      planes.setAttribute("aria-label", `Cells of the ${side()} by ${side()} map, `
        + `arrow keys move. Row ${y}, column ${x}.`);
      figure.say(`Row ${y}, column ${x}. ${said} ${computed}.`);
    }

    figure.watch(["step", "feature_map", "cell", "channel"], refresh);
    refresh();
    return figure.end;
  },
};
