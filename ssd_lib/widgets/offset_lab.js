// A default box that stays, an object and a prediction that move: the four offsets as
// arrows on the picture, smooth L1 of how far they are off, and the way down its slope.

import { BoxHandle } from "./box_handle.js";
import {
  Figure, buttons, fields, headline, headRow, more, panel, row, sideBySide, smallLine,
} from "./controls.js";
import { drawDescent } from "./descent_plot.js";
import { encode, overlap, smoothL1, smoothL1Slope, toCentre } from "./geometry.js";
import { Glide, player } from "./motion.js";
import { RATE, explain, shown } from "./offset_drawing.js";
import { OffsetPicture, PARTS } from "./offset_picture.js";
import {
  ALL, MOVE, STRETCH, boxOf, descentQuestions, errors, isOver, lossOf, offsetQuestions,
  variancesOf, wholeWay,
} from "./offset_questions.js";
import { suggest } from "./question_row.js";
import { isStill, make, makeSvg, tidy } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Box } from "./geometry.js" */
/**
 * @typedef {object} Traits
 * @property {number[]} default_box
 * @property {number[]} gt_box
 * @property {number[]} prediction
 * @property {boolean} variances
 * @property {number} arrows those that move, that stretch, or all
 * @property {"offsets" | "descent"} lesson
 */
/** @typedef {"default_box" | "gt_box" | "prediction"} BoxTrait */

const NAMES = ["right", "down", "width", "height"];
// How high the curve is in a figure not wider than this; behind a line it is low.
const LOW = 130;
const HIGH = [[600, 122], [840, 86], [930, 252], [Infinity, 236]];
const IMAGE = 300; // pixels, of the network that has this default box
const STEP_MS = 170;
const LEAD_MS = 700; // for the first steps, all of them
const SMALLEST = 0.04; // a box that is dragged keeps at least this side
const UNSEEN = 0.05; // an arrow for less is no longer than it is wide
const SAME = 0.9; // IoU from which on a pointer takes the prediction, the object by its name

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    /** @type {BoxTrait[]} */
    const traits = ["default_box", "gt_box", "prediction"];
    const glide = new Glide(() => traits.flatMap((trait) => model.get(trait)), show, STEP_MS);
    /** @type {number[]} */
    let losses = []; // of the steps since the reader last moved something
    /** @type {number[][]} */
    let ways = []; // the losses that a descent from there would have: as it is set, divided
    let [byHand, byStep] = [false, false]; // what changes the boxes
    let firstIou = 0; // where those steps began
    let led = 0; // so many steps did a question take
    let lit = -1; // the offset that stands out
    let dragged = -1; // the one that the reader's hand has changed most
    const isDescent = model.get("lesson") === "descent"; // the arrows are what the loss pulls
    const start = [...model.get("prediction")];
    let began = start; // where the reader left it, or a question put it
    const object = [...model.get("gt_box")];
    const atFirst = wholeWay(off(true));
    const picture = new OffsetPicture(figure, {
      isDescent, from: () => model.get("default_box"), to: () => at("prediction"), slopes, light,
    });
    const { stage } = picture;
    picture.handles = [handle("prediction", "prediction", "a"), handle("object", "gt_box", "b")];
    stage.onresize = () => {
      picture.resize();
      drawCurve();
    };

    const loss = headline("Loss: smooth L1, added up", "loss");
    const table = make("table", { class: "ssd-counts ssd-offsets" });
    const heads = ["offset", "prediction", "object", ...(isDescent ? ["loss", "slope"] : [])];
    const rows = PARTS.map((part, i) => row([NAMES[i], ...heads.slice(1).fill("")], {
      "data-part": part, tabindex: "0",
      onpointerenter: () => light(i), onpointerleave: () => light(),
      onfocus: () => {
        light(i);
        figure.put({ arrows: arrowsFor(i) });
      },
      onblur: () => light(),
    }));
    table.append(headRow(...heads), ...rows);
    const formula = smallLine("formula");
    const told = smallLine("told"); // what a descent has brought, where it stands behind a line
    const curve = makeSvg("svg", { class: "ssd-plot ssd-descent" });
    const { button: play, stop: pause } = player(figure, "Play descent", (isFirst) => {
      if (isFirst && isDone()) figure.put({ prediction: losses.length > 1 ? began : start });
      while (isStill() && !isDone()) step();
      if (!isFirst) step();
      return isDone() ? undefined : STEP_MS;
    });
    play.className = "ssd-main";
    el.classList.add("ssd-lab");
    el.classList.toggle("ssd-pulling", isDescent);
    const questions = figure.chips((isDescent ? descentQuestions : offsetQuestions)({
      from: model.get("default_box"), object, start,
      isDivided: () => model.get("variances"), lead,
    }));
    const steps = buttons(play, figure.button("Take one step", () => { pause(); step(); }));
    const divides = fields(figure.checkbox("divide the offsets by the variances", () =>
      model.get("variances"), (on) => figure.put({ variances: on })));
    if (isDescent) {
      figure.lay(sideBySide(panel(stage.frame, loss.element), steps,
        panel(curve, table, formula, divides), questions));
    } else {
      const seen = make("div", {
        class: "ssd-arrow-choice", role: "radiogroup", "aria-label": "Watch",
      },
        make("span", { "aria-hidden": "true" }, "Watch"),
        ...figure.radios("arrows", ["move", "stretch", "all four"], (arrows) => {
          dragged = -1;
          figure.put({ arrows });
        }));
      [...seen.querySelectorAll("input")].forEach((one, arrows) =>
        one.addEventListener("click", () => // the chosen one, too, is seen again
          picture.play(arrows === STRETCH ? 2 : 0, arrows === MOVE ? 2 : 4)));
      figure.lay(sideBySide(panel(stage.frame), panel(seen, table, formula, divides), questions),
        more("More: the loss, and the way down it",
          make("div", { class: "ssd-way-down" }, panel(loss.element, steps, told), curve)));
    }
    figure.ends.push(glide.end, picture.way.end);

    /**
     * @param {string} name
     * @param {BoxTrait} trait
     * @param {string} kind
     */
    function handle(name, trait, kind) {
      return new BoxHandle(stage, {
        name,
        kind,
        get: () => at(trait),
        set: ([x1, y1, x2, y2]) => {
          const box = tidy([x1, y1, Math.max(x2, x1 + SMALLEST), Math.max(y2, y1 + SMALLEST)]);
          if (trait === "prediction") dragged = mostChanged(offsetsOf(at(trait)), offsetsOf(box));
          byHand = true;
          figure.put({ [trait]: box, ...(isDescent ? {} : { arrows: arrowsFor(dragged) }) });
          byHand = false;
        },
      });
    }

    /**
     * Which arrows are seen when the reader asks for one of them: its pair, unless all are.
     * @param {number} which of the four, or -1
     */
    function arrowsFor(which) {
      const arrows = model.get("arrows");
      return which < 0 || arrows === ALL ? arrows : Number(which > 1);
    }

    /** @param {number} which offset is to stand out; else it is that of a chosen row */
    function light(which = rows.indexOf(/** @type {any} */ (document.activeElement))) {
      lit = which;
      rows.forEach((one, i) => one.classList.toggle("ssd-lit", i === lit));
      write();
    }

    /**
     * Where a box is drawn now.
     * @param {BoxTrait} trait
     */
    function at(trait) {
      const first = 4 * traits.indexOf(trait);
      return glide.now.slice(first, first + 4);
    }

    function variances() {
      return variancesOf(model.get("variances"));
    }

    /**
     * Offsets that lead from the default box to a box.
     * @param {Box} box
     */
    function offsetsOf(box) {
      return encode(toCentre(box), toCentre(model.get("default_box")), variances());
    }

    /** How far each offset is off, divided by the variances or not. */
    function off(isDivided = model.get("variances")) {
      return errors(model.get("prediction"), model.get("gt_box"), model.get("default_box"),
        isDivided);
    }

    function total() {
      return lossOf(off());
    }

    function step() {
      const away = off();
      const moved = offsetsOf(model.get("prediction")).map((answer, i) =>
        answer - RATE * smoothL1Slope(away[i]));
      picture.trail.push(toCentre(model.get("prediction")));
      byStep = true;
      figure.put({
        prediction: tidy(boxOf(moved, model.get("default_box"), model.get("variances"))),
      });
      byStep = false;
      losses.push(total());
      drawCurve();
      if (isDone()) conclude();
    }

    /** Say what a descent has brought. */
    function conclude() {
      const { iou } = overlap(model.get("prediction"), model.get("gt_box"));
      tell(`${losses.length - 1} steps: the loss fell from ${shown(losses[0])} to `
        + `${shown(total())}, and the IoU went from ${firstIou.toFixed(3)} to ${iou.toFixed(3)}.`);
    }

    /** @param {string} [text] beside the descent: where answers stand, or under its buttons */
    function tell(text) {
      if (isDescent) suggest(questions, text);
      else told.textContent = text ?? "";
    }

    /**
     * From the start glide along so many steps, or all there are.
     * @param {number} count
     * @param {boolean} isDivided by the variances
     */
    function lead(count, isDivided) {
      if (led === count) return;
      pause();
      figure.put({ variances: isDivided, gt_box: object, prediction: start });
      while (losses.length <= count && !isDone()) step();
      glide.now = [...model.get("default_box"), ...object, ...start];
      glide.ms = LEAD_MS;
      glide.go();
      led = count;
    }

    /** It is as high as there is room for. */
    function drawCurve() {
      const [, high] = HIGH.find(([widest]) => el.clientWidth <= widest) ?? HIGH[0];
      drawDescent(curve, { losses, ahead: ways[0], divided: ways[1], first: atFirst },
        isDescent ? high : LOW, isDescent);
    }

    function isDone() {
      return isOver(total(), losses.length);
    }

    /** Slopes of the loss where the prediction is drawn now. */
    function slopes() {
      return errors(at("prediction"), at("gt_box"), model.get("default_box"),
        model.get("variances")).map(smoothL1Slope);
    }

    /** Words and numbers of the boxes as they are drawn now. */
    function show() {
      const answers = offsetsOf(at("prediction"));
      const targets = offsetsOf(at("gt_box"));
      const parts = answers.map((answer, i) => smoothL1(answer - targets[i]));
      const least = isDescent || model.get("variances") ? UNSEEN : 0.005;
      const slopesNow = answers.map((answer, i) => smoothL1Slope(answer - targets[i]));
      const columns = [answers, targets, parts, slopesNow].slice(0, heads.length - 1);
      rows.forEach((one, i) => columns.forEach((column, k) => {
        one.cells[k + 1].textContent = shown(column[i]);
      }));
      picture.say(isDescent ? slopesNow.map((slope) => -slope) : answers, least);
      const { iou } = overlap(at("prediction"), at("gt_box"));
      loss.say(shown(parts.reduce((a, b) => a + b, 0)), `IoU with the object ${iou.toFixed(3)}`);
      for (const one of [picture.handles[1].element, picture.handles[1].grips]) {
        one.classList.toggle("ssd-yielding", iou > SAME);
      }
      picture.handles[0].element.classList.toggle("ssd-met", iou > SAME);
      write();
    }

    /** How the offset that stands out comes about, or that which changes, or the first not 0. */
    function write() {
      const arrows = model.get("arrows");
      const first = picture.isSmall.indexOf(false, arrows === STRETCH ? 2 : 0);
      const i = [lit, dragged, first].find((one) => one >= 0) ?? 0;
      const [from, to] = [model.get("default_box"), at("prediction")].map((box) =>
        toCentre(box).map((edge) => IMAGE * edge));
      const offsets = [at("prediction"), at("gt_box")].map((box) => offsetsOf(box)[i]);
      formula.replaceChildren(...explain(i, from, to, variances(), offsets, isDescent)
        .flatMap((text) => [text, make("br")]));
      rows.forEach((one, k) => one.classList.toggle("ssd-said-below", k === i));
      picture.light(lit, [STRETCH, MOVE].map((other) => isDescent || arrows !== other));
    }

    function refresh() {
      figure.show();
      led = 0;
      glide.ms = STEP_MS;
      const { iou } = overlap(model.get("prediction"), model.get("gt_box"));
      if (!byStep) {
        pause();
        if (!byHand) dragged = -1;
        [began, firstIou] = [[...model.get("prediction")], iou];
        tell();
        losses = [total()];
        picture.trail = [];
        ways = [model.get("variances"), true].map((isDivided) => wholeWay(off(isDivided)));
        drawCurve();
      }
      if (byHand) glide.jump();
      else glide.go();
      figure.say(`Loss ${shown(total())}. IoU of prediction and object ${iou.toFixed(3)}. Offsets `
        + `${offsetsOf(model.get("prediction")).map(shown).join(", ")}.`);
    }

    figure.watch(["default_box", "gt_box", "prediction", "variances"], refresh);
    figure.watch(["arrows"], () => { figure.show(); write(); });
    glide.jump();
    refresh();
    return figure.end;
  },
};

/**
 * Which offset a hand has changed most: a size, if it has changed one.
 * @param {number[]} before
 * @param {number[]} now
 */
function mostChanged(before, now) {
  const [x, y, width, height] = now.map((one, i) => Math.abs(one - before[i]));
  return Math.max(width, height) > 1e-3 ? 2 + Number(height > width) : Number(y > x);
}
