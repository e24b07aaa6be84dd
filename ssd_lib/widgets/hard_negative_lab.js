// What each default box without an object would cost as background, the worst first; how
// many of them are to count; and where on the image their loss lies.

import {
  Figure, fields, headline, keyRow, more, panel, replaceNumbers, sideBySide, smallLine,
} from "./controls.js";
import { RankBars } from "./rank_bars.js";
import { boxSizes, layOut, sigmoid, softplus } from "./geometry.js";
import { answers } from "./half_trained.js";
import { clamp, isStill, make, rectOf, strokeTwice, watchCells, writeTag } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Context, Look, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Layout} layout_table
 * @property {number[][]} gt_boxes
 * @property {string[]} names
 * @property {number} ratio
 * @property {number} shown_map 0 for all, else which
 */

const ALL = 11;
const RATIOS = [0, 1, 3, 10, ALL];
const GLIDE_MS = 260;
const HINT = "Point at a bar or a square of the image.";

/** @param {number[]} values */
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const layout = layOut(model.get("layout_table"));
    const { corners, total, maps, image, starts } = layout;
    const { margins, nearest, positives, negatives } = answers(
      model.get("gt_boxes"), corners, total);
    const losses = negatives.map((box) => softplus(-margins[box]));
    const homes = negatives.map(homeOf);
    const ranks = new Map(negatives.map((box, rank) => [box, rank]));
    let strongest = 1;
    let shown = count(); // glides to how many
    /** @type {number[]} ranks that are pointed at, the worst first */
    let lit = [];
    let cell = [0, 0];
    let isOutlined = false; // positives
    let isHeld = false; // the line that says how many count
    let request = 0;

    const stage = figure.stage(paint);
    watchCells(stage, { cell: () => cell, choose: pointAtCell, step: () => mesh().step / image });
    stage.element.append(make("span", { class: "ssd-legend-line", "aria-hidden": "true" },
      make("i", { class: "ssd-round" }), `${positives.length} positives `,
      make("i"), "loss of the negatives there"));
    const chart = new RankBars(figure, losses, {
      choose: pointAtRank,
      describe: textOf,
      cut: (mined) => {
        isHeld = true;
        figure.put({ ratio: mined === negatives.length ? ALL : (mined + 0.5) / positives.length });
        isHeld = false;
      },
    });
    for (const element of [stage.element, chart.element]) {
      element.addEventListener("blur", () => point([]));
      element.addEventListener("pointerleave", ({ pointerType }) => {
        if (pointerType === "mouse") point([]);
      });
    }
    const head = headline("Negatives that count", "mined");
    const pull = { green: make("span"), red: make("span") };
    const about = smallLine("about");
    const rows = {
      positive: keyRow("positive", "positives", {
        light: (on) => {
          isOutlined = on;
          stage.draw();
        },
      }),
      mined: keyRow("mined", "background", { name: "share" }),
    };
    const numbers = make("dl");
    figure.lay(
      sideBySide(stage.frame, panel(
        head.element,
        make("fieldset", { class: "ssd-ratios" },
          make("legend", {}, "Negatives for each positive"),
          ...RATIOS.map((ratio) => {
            const label = figure.radio("ratio", ratio, ratio === ALL ? "all" : `${ratio}`);
            const input = /** @type {HTMLInputElement} */ (label.control);
            figure.shows.push(() => { input.checked = ratio === model.get("ratio"); });
            return label;
          })),
        make("p", { class: "ssd-pull-text" }, "Share of the gradient"),
        make("div", { class: "ssd-pull", "aria-hidden": "true" }, pull.green, pull.red),
        make("div", { class: "ssd-shares" }, rows.positive.element, rows.mined.element),
        chart.element, about,
        more("More", numbers, fields(
          figure.select("shown_map", "Loss on the image: ", [0, ...maps.map((_, i) => i + 1)],
            { texts: ["of all maps", ...maps.map(({ grid }) => `of the ${grid} × ${grid} map`)] }),
          figure.checkbox("Space all ranks evenly", () => chart.isEven, (on) => {
            chart.isEven = on;
            draw();
          })))),
      figure.chips(tries())));

    /**
     * The map of a default box, and the number of its cell there.
     * @param {number} box
     */
    function homeOf(box) {
      const map = starts.findLastIndex((start) => start <= box);
      return { map, cell: Math.floor((box - starts[map]) / boxSizes(maps[map]).length) };
    }

    function count(ratio = model.get("ratio")) {
      const asked = ratio === ALL ? negatives.length : Math.floor(ratio * positives.length);
      return Math.min(asked, negatives.length);
    }

    /** @param {number} first of the mined that are asked for */
    function shareOf(first) {
      const pulls = [sum(positives.map((box) => sigmoid(margins[box]))),
        sum(negatives.slice(0, first).map((box) => sigmoid(-margins[box])))];
      return (100 * pulls[1]) / (pulls[0] + pulls[1]);
    }

    function tries() {
      const overlaps = negatives.map((box) => nearest[box].iou);
      const mean = (/** @type {number[]} */ values) => (sum(values) / values.length).toFixed(2);
      const [few, three, every] = [count(1), count(3), negatives.length];
      const easy = sum(losses.slice(three)) / (every - three);
      return [
        {
          ask: "Where are the worst?", put: () => ({ ratio: 1, shown_map: 0 }),
          answer: `Around the objects. The worst ${few} overlap an object with an IoU of `
            + `${mean(overlaps.slice(0, few))} on average, too little for a match; the other `
            + `${every - few} with ${mean(overlaps.slice(few))}.`,
        },
        {
          ask: "What if all count?", put: () => ({ ratio: ALL, shown_map: 0 }),
          answer: `Background then makes ${shareOf(every).toFixed(0)} % of the gradient. Apart `
            + `from the worst ${three}, a negative costs ${easy.toFixed(3)} on average, which is `
            + `next to nothing; ${every - three} times next to nothing is `
            + `${sum(losses.slice(three)).toFixed(0)}, more than the positives' `
            + `${positiveLoss().toFixed(0)}.`,
        },
        {
          ask: "What if none counts?", put: () => ({ ratio: 0, shown_map: 0 }),
          answer: "Then nothing is ever wrong about calling the sky a dog. Only positives "
            + "teach, and the network learns to see objects everywhere.",
        },
      ];
    }

    function positiveLoss() {
      return sum(positives.map((box) => softplus(margins[box])));
    }

    // The image
    /** The cells that are painted: those of the chosen map, or of the finest. */
    function mesh() {
      return maps[Math.max(0, model.get("shown_map") - 1)];
    }

    /**
     * The cell of a map that lies over a painted cell.
     * @param {number} map
     * @param {number} row
     * @param {number} column
     */
    function cellOver(map, row, column) {
      const { grid, step } = maps[map];
      const [r, c] = [row, column].map((at) =>
        Math.min(Math.floor(((at + 0.5) * mesh().step) / step), grid - 1));
      return r * grid + c;
    }

    /**
     * How much loss of the worst lies over each painted cell.
     * @param {number} first of them that count
     */
    function heatOf(first) {
      const perMap = maps.map(({ grid }) => new Float64Array(grid ** 2));
      for (let rank = 0; rank < first; rank += 1) {
        const { map, cell: at } = homes[rank];
        perMap[map][at] += losses[rank] / maps[map].step ** 2; // spread over its cell
      }
      const { grid } = mesh();
      const chosen = model.get("shown_map");
      return new Float64Array(grid ** 2).map((_, k) => {
        const over = (/** @type {number} */ map) => cellOver(map, Math.floor(k / grid), k % grid);
        return perMap.reduce((heat, cells, map) =>
          (chosen && map !== chosen - 1 ? heat : heat + cells[over(map)]), 0);
      });
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      context.globalAlpha = 0.55; // towards grey, by day and by night
      context.fillStyle = figure.colour("default");
      context.fillRect(0, 0, width, height);
      const { grid } = mesh();
      const side = (mesh().step / image) * width;
      context.fillStyle = figure.colour("mined");
      heatOf(Math.round(shown)).forEach((heat, k) => {
        if (!heat) return;
        context.globalAlpha = 0.94 * Math.sqrt(Math.min(heat / strongest, 1));
        const [left, top, right, bottom] = [k % grid, Math.floor(k / grid), (k % grid) + 1,
          Math.floor(k / grid) + 1].map((at) => Math.round(Math.min(at * side, width)));
        context.fillRect(left, top, right - left, bottom - top);
      });
      context.globalAlpha = 1;
      context.setLineDash([]);
      paintPositives(context, width, height);
      if (lit.length) paintLit(context, width, height);
    }

    /** @param {number} box */
    function cornersOf(box) {
      return corners.subarray(4 * box, 4 * box + 4);
    }

    /**
     * A dot at the centre of each positive; its outline while someone asks for it.
     * @param {Context} context
     * @param {number} width
     * @param {number} height
     */
    function paintPositives(context, width, height) {
      const colour = context.fillStyle = figure.colour("positive");
      for (const box of positives) {
        const [x, y, w, h] = rectOf(cornersOf(box), width, height);
        context.beginPath();
        if (isOutlined) context.rect(x, y, w, h);
        else context.arc(x + w / 2, y + h / 2, width / 140, 0, 7);
        [context.strokeStyle, context.lineWidth] = isOutlined ? [colour, 1] : ["#fff", 1.5];
        context.stroke();
        if (!isOutlined) context.fill();
      }
    }

    /**
     * The worst box that is pointed at, with its loss on it.
     * @param {Context} context
     * @param {number} width
     * @param {number} height
     */
    function paintLit(context, width, height) {
      const rank = lit[0];
      const colour = figure.colour(rank < count() ? "mined" : "default");
      const [x, y, w, h] = rectOf(cornersOf(negatives[rank]), width, height);
      /** @type {Look} */
      const look = [colour, rank < count() ? [] : [7, 5], 3];
      strokeTwice(context, look, () => context.rect(x, y, w, h));
      writeTag(context, `loss ${losses[rank].toFixed(2)}`, [x, y], width,
        [colour, figure.colour("on-box")]);
    }

    // Pointing
    /** @param {number[]} ranksNow */
    function point(ranksNow, text = "") {
      if (ranksNow.length === 0 && lit.length === 0 && text === about.textContent) return;
      lit = ranksNow;
      about.textContent = text || HINT;
      draw();
    }

    /** @param {number} rank */
    function textOf(rank) {
      const { gt, iou } = nearest[negatives[rank]];
      const near = iou < 0.005 ? "touches no object"
        : `IoU ${iou.toFixed(3)} with the ${model.get("names")[gt]}`;
      return `rank ${rank + 1}: loss ${losses[rank].toFixed(2)}, ${near}`
        + `${rank < count() ? "" : "; does not count"}.`;
    }

    /** @param {number} rank */
    function pointAtRank(rank) {
      point([rank], `This is ${textOf(rank)}`);
    }

    /**
     * @param {number} row
     * @param {number} column
     */
    function pointAtCell(row, column) {
      const last = mesh().grid - 1;
      cell = [clamp(row, 0, last), clamp(column, 0, last)];
      const chosen = model.get("shown_map");
      /** @type {number[]} */
      const here = [];
      maps.forEach((map, k) => {
        if (chosen && k !== chosen - 1) return;
        const each = boxSizes(map).length;
        const first = starts[k] + cellOver(k, cell[0], cell[1]) * each;
        for (let box = first; box < first + each; box += 1) {
          const rank = ranks.get(box);
          if (rank !== undefined && rank < count()) here.push(rank);
        }
      });
      here.sort((a, b) => a - b);
      const all = sum(here.map((rank) => losses[rank])).toFixed(2);
      const text = here.length === 0 ? "No negative counts here."
        : here.length === 1 ? `One counts here: ${textOf(here[0])}`
          : `${here.length} count here, their loss is ${all}. The worst is ${
            textOf(here[0])}`;
      point(here, text);
      figure.say(text);
    }

    // Numbers
    function draw() {
      stage.draw();
      chart.draw(Math.round(shown), lit);
    }

    /** Let as many count as are asked for, one after the other. */
    function glide() {
      cancelAnimationFrame(request);
      const [from, to, begun] = [shown, count(), performance.now()];
      const isAtOnce = isHeld || isStill();
      const step = () => {
        const done = isAtOnce ? 1 : clamp((performance.now() - begun) / GLIDE_MS);
        shown = done === 1 ? to : (from + 1) ** (1 - done) * (to + 1) ** done - 1;
        draw();
        if (done < 1) request = requestAnimationFrame(step);
      };
      step();
    }

    function refresh() {
      figure.show();
      const mined = count();
      const percent = shareOf(mined);
      const ratio = model.get("ratio");
      head.say(mined, `${ratio < ALL && RATIOS.includes(ratio)
        ? `= ${ratio} × ${positives.length} positives, ` : ""}of ${negatives.length}`);
      pull.green.style.width = `${100 - percent}%`;
      pull.red.style.width = `${percent}%`;
      rows.positive.say(`${(100 - Number(percent.toFixed(0))).toFixed(0)} %`);
      rows.mined.say(`${percent.toFixed(0)} %`);
      replaceNumbers(numbers, ["positives", "positives", positives.length],
        ["their loss", "positive_loss", positiveLoss().toFixed(1)],
        ["loss of the negatives that count", "negative_loss",
          sum(losses.slice(0, mined)).toFixed(1)],
        ["loss that is left out", "left_out", sum(losses.slice(mined)).toFixed(1)]);
      stage.element.setAttribute("aria-label", `Where the loss of the ${mined} negatives that `
        + `count lies, in squares; dots mark the ${positives.length} positives.`);
      strongest = Math.max(...heatOf(losses.length));
      [lit, about.textContent] = [[], HINT];
      glide();
      figure.say(`${mined} negatives count, ${percent.toFixed(0)} percent of the gradient.`);
    }

    figure.ends.push(() => cancelAnimationFrame(request));
    figure.watch(["ratio", "shown_map"], refresh);
    refresh();
    return figure.end;
  },
};
