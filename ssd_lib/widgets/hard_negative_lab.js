// The losses of all default boxes as background, the worst first; how many of them are
// to count; and where on the picture they are.

import { Figure, fields, legend, panel, replaceNumbers, sideBySide } from "./controls.js";
import { bipartiteWalk, iouTable, layOut, matchTable } from "./geometry.js";
import { context2d, make, rectOf } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Look, Paint } from "./stage.js" */
/** @typedef {{ layout_table: Layout, gt_boxes: number[][], ratio: number }} Traits */

const ALL = 11;
/** @type {Look} */
const MINED = ["#9a3f00", [], 2];
/** @type {Look} */
const POSITIVE = ["#0072b2", [4, 3], 2];
const CURVE = "loss of each negative, the worst first (ranks 1, 10, 100, 1000)";

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, 0.06);
    const { corners, total } = layOut(model.get("layout_table"));
    const { margins, positives, negatives } = answers();
    const losses = negatives.map((box) => softplus(-margins[box]));
    let showsPositives = true;

    const curve = make("canvas", { class: "ssd-curve", role: "img" });
    const big = make("p", { class: "ssd-big" });
    const numbers = make("dl");
    figure.lay(sideBySide(
      panel(stage.frame, legend(["mined negatives", MINED], ["positives", POSITIVE])),
      panel(
        fields(
          figure.slider("ratio", "negatives for each positive ", {
            min: 0, max: ALL, step: 0.5, spoken: true,
            text: (ratio) => (ratio >= ALL ? "all" : `${ratio}`),
          }),
          figure.checkbox("draw the positives", () => showsPositives, (on) => {
            showsPositives = on;
            stage.draw();
          })),
        big, numbers, make("p", { class: "ssd-sum" }, CURVE), curve)));

    /** @param {number} x */
    function softplus(x) {
      return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** @param {number} x */
    function sigmoid(x) {
      return 1 / (1 + Math.exp(-x));
    }

    /** What a half-trained network might answer; the same numbers as in Python. */
    function answers() {
      const table = iouTable(model.get("gt_boxes"), corners);
      /** @type {{ margins: number[], positives: number[], negatives: number[] }} */
      const found = { margins: [], positives: [], negatives: [] };
      matchTable(table, total, 0.5, bipartiteWalk(table)).forEach((gt, box) => {
        const noise = Number((BigInt(box) * 2654435761n) % 4294967296n) / 4294967296;
        found.margins.push(5 - 7 * Math.max(...table.map((ious) => ious[box])) + noise * 4 - 2);
        (gt < 0 ? found.negatives : found.positives).push(box);
      });
      found.negatives.sort((a, b) => found.margins[a] - found.margins[b]);
      return found;
    }

    function count() {
      const ratio = model.get("ratio");
      const asked = ratio >= ALL ? negatives.length : Math.floor(ratio * positives.length);
      return Math.min(asked, negatives.length);
    }

    // Painting
    /** @type {Paint} */
    function paint(context, width, height) {
      const mined = count();
      const draw = (
        /** @type {number[]} */ boxes, /** @type {Look} */ [colour, dash],
        /** @type {number} */ alpha,
      ) => {
        context.globalAlpha = alpha;
        context.strokeStyle = colour;
        context.lineWidth = 1.4;
        context.setLineDash(dash);
        context.beginPath();
        for (const box of boxes) {
          context.rect(...rectOf(corners.subarray(4 * box, 4 * box + 4), width, height));
        }
        context.stroke();
      };
      draw(negatives.slice(0, mined), MINED, Math.max(0.06, Math.min(0.9, 120 / mined)));
      if (showsPositives) draw(positives, POSITIVE, 0.8);
      context.globalAlpha = 1;
    }

    function paintCurve() {
      [curve.width, curve.height] = [640, 260];
      const context = context2d(curve);
      const mined = count();
      const x = (/** @type {number} */ rank) =>
        (Math.log(rank + 1) / Math.log(losses.length)) * 640;
      const y = (/** @type {number} */ loss) => 255 - (loss / losses[0]) * 245;
      losses.forEach((loss, rank) => {
        context.fillStyle = rank < mined ? MINED[0] : "#8a94a0";
        const width = Math.max(1.5, x(rank + 1) - x(rank));
        context.fillRect(x(rank), y(loss), width, 260 - y(loss));
      });
    }

    // Numbers
    function refresh() {
      figure.show();
      const mined = count();
      const sum = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0);
      const pulls = [sum(positives.map((box) => sigmoid(margins[box]))),
        sum(negatives.slice(0, mined).map((box) => sigmoid(-margins[box])))];
      const share = (100 * pulls[1]) / (pulls[0] + pulls[1]);
      const positiveLoss = sum(positives.map((box) => softplus(margins[box])));
      big.replaceChildren(
        make("output", { "data-number": "mined" }, `${mined}`), " negatives count");
      replaceNumbers(numbers, ["positives", "positives", positives.length],
        ["loss of the positives", "positive_loss", positiveLoss.toFixed(1)],
        ["loss of these negatives", "negative_loss", sum(losses.slice(0, mined)).toFixed(1)],
        ["their share of the gradient", "share", `${share.toFixed(0)} %`]);
      curve.setAttribute("aria-label", `Falling curve of ${losses.length} losses from `
        + `${losses[0].toFixed(2)} on; the first ${mined} are mined.`);
      paintCurve();
      stage.draw();
      figure.say(`${mined} negatives count, ${share.toFixed(0)} percent of the gradient.`);
    }

    figure.watch(["ratio"], refresh);
    refresh();
    return figure.end;
  },
};
