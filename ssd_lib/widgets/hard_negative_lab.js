// Nearly all default boxes are background. What each of them would cost, the hardest first;
// how many are to count; and those drawn where they lie.

import {
  Figure, fields, headline, more, panel, replaceNumbers, sideBySide, smallLine,
} from "./controls.js";
import { CostCurve } from "./cost_curve.js";
import { boxSizes, layOut } from "./geometry.js";
import { answers, sum, weigh } from "./half_trained.js";
import {
  centreOf, paintDots, paintFrames, paintLit, paintNames, paintPositives, rankAt, worstOfEach,
} from "./mining_drawing.js";
import { countsKey, shares } from "./mining_shares.js";
import { boxText, iouText, summaryOf } from "./mining_words.js";
import { clamp, isStill, make, rectOf, watchCells } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Box, Layout } from "./geometry.js" */
/** @import { Context, Paint } from "./stage.js" */
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
const GLIDE_MS = 300;
const NARROW = 420; // pixels: on a smaller image a name has no room for a number

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const layout = layOut(model.get("layout_table"));
    const { corners, total, maps, image, starts } = layout;
    const answered = answers(model.get("gt_boxes"), corners, total);
    const { nearest, positives, negatives } = answered;
    const { losses, positiveLoss, shareOf, questions } = weigh(answered);
    const homes = negatives.map((box) => starts.findLastIndex((start) => start <= box));
    const ranks = new Map(negatives.map((box, rank) => [box, rank]));
    let shown = count(); // glides to how many
    /** @type {number[]} ranks that are pointed at, the worst first */
    let lit = [];
    /** @type {ReturnType<typeof paintNames>} where names of mistakes stand */
    let tags = [];
    let cell = [0, 0];
    /** @type {"positive" | "left" | undefined} whose boxes someone asks for */
    let asked;
    const drawn = make("canvas", { "aria-hidden": "true" }); // the boxes that count
    let drawnOf = "";
    let isHeld = false; // the line that says how many count
    let request = 0;

    const stage = figure.stage(paint); // above them: what changes with the pointer
    stage.canvas.before(drawn);
    watchCells(stage, { cell: () => cell, choose: pointAtCell, step: () => mesh().step / image });
    stage.element.addEventListener("pointermove", pointAtName);
    stage.element.addEventListener("click", pointAtName);
    const chooseRank = (/** @type {number} */ rank) =>
      point([rank], `This one: ${textOf(rank)}`);
    const chart = new CostCurve(figure, losses, {
      choose: chooseRank,
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
    const about = smallLine("about");
    const keys = countsKey((whose) => {
      asked = whose;
      stage.draw();
    });
    const bars = shares();
    const numbers = make("dl");
    const lines = sideBySide(
      panel(stage.frame, about),
      panel(head.element,
        make("fieldset", { class: "ssd-ratios" },
          make("legend", {}, "Negatives for each positive"),
          ...RATIOS.map((ratio) => {
            const label = figure.radio("ratio", ratio, ratio === ALL ? "all" : `${ratio}`);
            const input = /** @type {HTMLInputElement} */ (label.control);
            figure.shows.push(() => { input.checked = ratio === model.get("ratio"); });
            return label;
          })),
        chart.element, keys.element, bars.element),
      figure.chips(questions(count(1), count(3)).map(({ ask, ratio, answer }) => ({
        ask, answer, put: () => ({ ratio: ratio < 0 ? ALL : ratio, shown_map: 0 }),
      }))),
      more("More", panel(numbers), fields(
        figure.select("shown_map", "Boxes on the image: ", [0, ...maps.map((_, i) => i + 1)],
          { texts: ["of all maps", ...maps.map(({ grid }) => `of the ${grid} × ${grid} map`)] }))));
    lines.classList.add("ssd-mining");
    figure.lay(lines);

    function count(ratio = model.get("ratio")) {
      const wanted = ratio === ALL ? negatives.length : Math.floor(ratio * positives.length);
      return Math.min(wanted, negatives.length);
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
    function cellOver(map, row, column, painted = mesh()) {
      const { grid, step } = maps[map];
      const [r, c] = [row, column].map((at) =>
        Math.min(Math.floor(((at + 0.5) * painted.step) / step), grid - 1));
      return r * grid + c;
    }

    /**
     * Negatives of some ranks: a dot for each, and if they count, the worst at each object.
     * @param {Context} context
     * @param {number} width
     * @param {number} height
     * @param {number} from
     * @param {number} to
     */
    function paintNegatives(context, width, height, from, to) {
      const onImage = (/** @type {Box} */ box) => rectOf(box, width, height);
      const chosen = model.get("shown_map");
      const here = Array.from({ length: to - from }, (_, i) => from + i)
        .filter((rank) => !chosen || homes[rank] === chosen - 1);
      const objects = model.get("gt_boxes").map((box) => onImage(/** @type {Box} */ (box)));
      const mistakes = asked || lit.length ? [] : worstOfEach(here.map((rank) => {
        const [box, { gt, iou }] = [negatives[rank], nearest[negatives[rank]]];
        return { rank, rect: onImage(cornersOf(box)), object: objects[gt],
          name: `${model.get("names")[gt]}?${width < NARROW ? "" : ` IoU\u00a0${iouText(iou)}`}` };
      }));
      const colours = [figure.colour("mined"), figure.colour("on-box")];
      paintFrames(context, mistakes, [width, height], colours);
      context.fillStyle = figure.colour(asked === "left" ? "ink" : "mined");
      paintDots(context, here.map((rank) => (
        { rect: onImage(cornersOf(negatives[rank])), weight: losses[rank] }
      )), width);
      if (lit.length) return; // the names keep their places
      tags = paintNames(context, mistakes, { size: [width, height], colours,
        dots: positives.map((box) => centreOf(onImage(cornersOf(box)))) });
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const mined = Math.round(shown);
      const state = [mined, model.get("shown_map"), width, height, stage.ratio, asked,
        lit.length, figure.colour("mined")].join();
      if (state !== drawnOf) {
        drawnOf = state;
        stage.paintOn(Object.assign(drawn, { width: stage.canvas.width,
          height: stage.canvas.height }), (own) => {
          const [from, to] = asked === "left" ? [mined, losses.length] : [0, mined];
          paintNegatives(own, width, height, from, to);
        });
      }
      context.setLineDash([]);
      context.fillStyle = context.strokeStyle = figure.colour("positive");
      const onImage = (/** @type {number} */ box) => rectOf(cornersOf(box), width, height);
      paintPositives(context, positives.map(onImage), width, asked);
      if (!lit.length) return;
      const does = lit[0] < count();
      paintLit(context, onImage(negatives[lit[0]]), width, { cost: losses[lit[0]], does,
        colours: [figure.colour(does ? "mined" : "ink"), figure.colour(does ? "on-box" : "paper"),
          figure.colour("raised")] });
    }

    /** @param {number} box */
    function cornersOf(box) {
      return corners.subarray(4 * box, 4 * box + 4);
    }

    // Pointing
    /**
     * @param {number[]} ranksNow
     * @param {string} [text]
     */
    function point(ranksNow, text = summaryOf(losses, count())) {
      if (ranksNow.length === 0 && lit.length === 0 && text === about.textContent) return;
      lit = ranksNow;
      about.textContent = text;
      draw();
    }

    /** @param {number} rank */
    function textOf(rank) {
      return boxText(losses, rank, nearest[negatives[rank]], model.get("names"), rank < count());
    }

    /** @param {MouseEvent} event */
    function pointAtName(event) {
      const rank = rankAt(tags, stage.at(event).map((at) => at * stage.element.clientWidth));
      if (rank !== undefined) chooseRank(rank);
    }

    /**
     * @param {number} row
     * @param {number} column
     */
    function pointAtCell(row, column) {
      const last = mesh().grid - 1;
      cell = [clamp(row, 0, last), clamp(column, 0, last)];
      const chosen = model.get("shown_map");
      const here = maps.map((map, k) => {
        if (chosen && k !== chosen - 1) return Infinity;
        const each = boxSizes(map).length;
        const first = starts[k] + cellOver(k, cell[0], cell[1]) * each;
        const own = Array.from({ length: each }, (_, i) => ranks.get(first + i) ?? Infinity);
        return Math.min(...own); // the hardest one has the lowest rank
      });
      const worst = here.find((rank) => rank < count()) ?? Math.min(...here);
      if (worst === Infinity) return point([], "Every box here has an object.");
      const { grid } = maps[here.indexOf(worst)];
      const text = `The hardest box of the ${grid} × ${grid} map here: ${textOf(worst)}`;
      point([worst], text);
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
      const counts = { positive: positives.length, mined, left: negatives.length - mined };
      keys.say(counts);
      bars.say(counts, percent);
      replaceNumbers(numbers, ["positives", "positives", positives.length],
        ["their loss", "positive_loss", positiveLoss.toFixed(1)],
        ["loss of the negatives that count", "negative_loss",
          sum(losses.slice(0, mined)).toFixed(1)],
        ["loss that is left out", "left_out", sum(losses.slice(mined)).toFixed(1)]);
      stage.element.setAttribute("aria-label", `The ${mined} negatives that count, as dots, `
        + "the costliest at each object as a frame with its name; ringed dots mark the "
        + `${positives.length} positives.`);
      [lit, about.textContent] = [[], summaryOf(losses, mined)];
      glide();
      figure.say(`${mined} negatives count, ${percent.toFixed(0)} percent of the gradient.`);
    }

    figure.ends.push(() => cancelAnimationFrame(request));
    figure.watch(["ratio", "shown_map"], refresh);
    refresh();
    return figure.end;
  },
};
