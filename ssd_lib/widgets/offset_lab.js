// A default box that stays, an object and a prediction that move: the four offsets as
// arrows on the picture, smooth L1 of how far they are off, and the way down its slope.

import {
  Figure, buttons, fields, headline, headRow, panel, row, sideBySide, smallLine,
} from "./controls.js";
import { decode, encode, overlap, smoothL1, smoothL1Slope, toCentre } from "./geometry.js";
import { Glide, player } from "./motion.js";
import {
  drawArrow, drawDescent, drawPull, drawTrail, explain, keyOfPulls, nth, passedOf, pullsOn, RATE,
  shown, wordOf,
} from "./offset_drawing.js";
import {
  descentQuestions, errors, isOver, lossOf, offsetQuestions, variancesOf, wholeWay,
} from "./offset_questions.js";
import {
  BoxHandle, clamp, isStill, make, makeSvg, rectOf, strokeTwice, tidy,
} from "./stage.js";
import { IN_CORNERS, along, around, arrowsOf, layTags, movedTo, onEdges } from "./tag_places.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Box } from "./geometry.js" */
/** @import { Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {number[]} default_box
 * @property {number[]} gt_box
 * @property {number[]} prediction
 * @property {boolean} variances
 * @property {"offsets" | "descent"} lesson
 */
/** @typedef {"default_box" | "gt_box" | "prediction"} BoxTrait */

const PARTS = ["x", "y", "width", "height"];
const NAMES = ["right", "down", "width", "height"];
const [LOW, HIGH, WIDE] = [84, 200, 840]; // the curve, in a narrow figure and in one so wide
const IMAGE = 300; // pixels, of the network that has this default box
const STEP_MS = 170;
const LEAD_MS = 700; // for the first steps, all of them
const STUB = 0.07; // a shorter arrow is hidden by its name
const SMALLEST = 0.04; // a box that is dragged keeps at least this side
const UNSEEN = 0.05; // an arrow for less is no longer than it is wide
const SAME = 0.9; // IoU from which on a pointer takes the prediction, the object by its name

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint);
    /** @type {BoxTrait[]} */
    const traits = ["default_box", "gt_box", "prediction"];
    const glide = new Glide(() => traits.flatMap((trait) => model.get(trait)), show, STEP_MS);
    /** @type {number[]} */
    let losses = []; // of the steps since the reader last moved something
    /** @type {number[]} */
    let ahead = []; // the losses that a descent from there would have
    let [byHand, byStep] = [false, false]; // what changes the boxes
    let led = 0; // so many steps did a question take
    let lit = -1; // the offset that stands out
    const isDescent = model.get("lesson") === "descent"; // the arrows are what the loss pulls
    const start = [...model.get(isDescent ? "prediction" : "default_box")];
    const object = [...model.get("gt_box")];
    /** @type {number[][]} */
    let trail = []; // the middles of the predictions before each step
    /** @type {Map<HTMLElement, number[]>} */
    let tagPlaces = new Map();
    const handles = [handle("prediction", "prediction", "a"), handle("object", "gt_box", "b")];
    const defaultTag = make("span", { class: "ssd-note" }, "default box");
    const movedTag = make("span", { class: "ssd-note", hidden: "" }, "moved, not yet stretched");
    const pullKey = keyOfPulls();
    const arrows = PARTS.map((_, i) => make("span", {
      class: "ssd-note ssd-arrow", "data-arrow": PARTS[i],
      onpointerenter: () => light(i), onpointerleave: () => light(-1),
    }, nth(i), make("span")));
    stage.element.append(defaultTag, movedTag, pullKey, ...arrows);
    stage.onresize = () => {
      placeTags();
      drawCurve();
    };

    const loss = headline("Loss: smooth L1, added up", "loss");
    const table = make("table", { class: "ssd-counts ssd-offsets" });
    const rows = PARTS.map((part, i) => row([make("span", {}, nth(i), NAMES[i]), "", "", "", ""], {
      "data-part": part, tabindex: "0",
      onpointerenter: () => light(i), onpointerleave: () => light(-1),
      onfocus: () => light(i), onblur: () => light(-1),
    }));
    table.append(headRow("offset", "prediction", "object", "loss", "slope"), ...rows);
    const formula = smallLine("formula");
    const curve = makeSvg("svg", { class: "ssd-plot ssd-descent" });
    const { button: play, stop: pause } = player(figure, "Play descent", (isFirst) => {
      if (isFirst && isDone()) figure.put({ prediction: start });
      while (isStill() && !isDone()) step();
      if (!isFirst) step();
      return isDone() ? undefined : STEP_MS;
    });
    play.className = "ssd-main";
    el.classList.add("ssd-lab");
    el.classList.toggle("ssd-pulling", isDescent);
    figure.lay(sideBySide(stage.frame, panel(
      loss.element,
      buttons(play, figure.button("Take one step", () => { pause(); step(); })),
      curve, table, formula,
      fields(figure.checkbox("divide the offsets by the variances", () =>
        model.get("variances"), (on) => figure.put({ variances: on }))))),
    figure.chips((isDescent ? descentQuestions : offsetQuestions)({
      from: model.get("default_box"), object, start,
      isDivided: () => model.get("variances"), lead,
    })));
    figure.ends.push(glide.end);

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
          byHand = true;
          const box = [x1, y1, Math.max(x2, x1 + SMALLEST), Math.max(y2, y1 + SMALLEST)];
          figure.put({ [trait]: tidy(box) });
          byHand = false;
        },
      });
    }

    /** @param {number} which offset is to stand out, or -1 */
    function light(which) {
      lit = which;
      rows.forEach((one, i) => one.classList.toggle("ssd-lit", i === lit));
      arrows.forEach((one, i) => one.classList.toggle("ssd-lit", i === lit));
      placeTags();
      stage.draw();
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

    /** How far each offset is off. */
    function off() {
      return errors(model.get("prediction"), model.get("gt_box"), model.get("default_box"),
        model.get("variances"));
    }

    function total() {
      return lossOf(off());
    }

    function step() {
      const away = off();
      const moved = offsetsOf(model.get("prediction")).map((answer, i) =>
        answer - RATE * smoothL1Slope(away[i]));
      trail.push(toCentre(model.get("prediction")));
      const [cx, cy, width, height] = decode(
        moved, toCentre(model.get("default_box")), variances());
      byStep = true;
      figure.put({
        prediction: tidy([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]),
      });
      byStep = false;
      losses.push(total());
      drawCurve();
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

    /** It is as high as the image leaves room for. */
    function drawCurve() {
      drawDescent(curve, losses, ahead, el.clientWidth > WIDE ? HIGH : LOW);
    }

    function isDone() {
      return isOver(total(), losses.length);
    }

    /** Slopes of the loss where the prediction is drawn now. */
    function slopes() {
      return errors(at("prediction"), at("gt_box"), model.get("default_box"),
        model.get("variances")).map(smoothL1Slope);
    }

    /** Each offset as an arrow: where it starts and where it ends, in fractions. */
    function lines() {
      const [from, to] = [toCentre(model.get("default_box")), toCentre(at("prediction"))];
      return isDescent ? pullsOn(to, slopes()) : arrowsOf(from, to);
    }

    /**
     * Whether a name keeps away from its arrow, with a line to it; that of the width is outside.
     * @param {number[]} arrow
     * @param {number} i
     */
    function isStub([x1, y1, x2, y2], i) {
      return i !== 2 && Math.hypot(x2 - x1, y2 - y1) < STUB;
    }

    /** A pull of the loss is no way from box to box. */
    const lineToken = (/** @type {number} */ i) => (isDescent || i === lit ? "forced" : "accent");

    /** Is there an arrow of size, which leads from the default box as it was moved? */
    const isStretched = () => !isDescent && arrows.some((one, i) => i > 1 && !one.hidden);

    /** Is one of them pointed at? */
    const isAsked = () => !isDescent && lit > 1 && !arrows[lit].hidden;

    /** The default box, moved to the prediction. */
    const movedBox = () => movedTo(model.get("default_box"), at("prediction"));

    /** Where the prediction has been. */
    const passed = () => passedOf(trail, toCentre(at("prediction")));

    function placeTags() {
      movedTag.hidden = !isAsked();
      const places = lines();
      const out = Math.sign(places[2][0] - toCentre(at("prediction"))[0]);
      tagPlaces = layTags(stage, [
        ...handles.map(({ tag, get }, i) => ({ tag, spots: onEdges(get(), stage, i > 0) })),
        ...arrows.map((tag, i) => ({
          tag, spots: along(places[i], i % 2 === 1, i === 2 ? out : 0),
          isAside: isStub(places[i], i),
        })),
        { tag: movedTag, spots: around(movedBox()) },
        { tag: defaultTag, spots: around(model.get("default_box")) },
        { tag: pullKey, spots: IN_CORNERS },
      ], [...places.filter((_, i) => !arrows[i].hidden), ...passed().map((dot) =>
        [...dot.slice(0, 2), ...dot.slice(0, 2)])]);
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const halo = figure.colour("on-box");
      const outline = (/** @type {Box} */ box) => () =>
        context.rect(...rectOf(box, width, height));
      context.globalAlpha = 0.9;
      strokeTwice(context, [figure.colour("default"), [], 2], outline(model.get("default_box")),
        halo);
      context.globalAlpha = 1;
      if (isStretched()) {
        context.globalAlpha = isAsked() ? 1 : 0.5;
        strokeTwice(context, [figure.colour("default"), [3, 5], isAsked() ? 2.5 : 1.25],
          outline(movedBox()), halo);
        context.globalAlpha = 1;
      }
      drawTrail(context, passed().map(([x, y]) => [x * width, y * height]),
        figure.colour("prediction"), halo);
      const drawn = lines();
      drawn.forEach((line, i) => { // from a stub to its name
        const [left, top, right, bottom] = tagPlaces.get(arrows[i]) ?? [];
        if (arrows[i].hidden || !isStub(line, i) || left === undefined) return;
        const [x, y] = [((line[0] + line[2]) / 2) * width, ((line[1] + line[3]) / 2) * height];
        strokeTwice(context, [figure.colour(lineToken(i)), [], 1.5], () => {
          context.moveTo(x, y);
          context.lineTo(clamp(x, left + 8, right - 8), clamp(y, top + 6, bottom - 6));
        }, halo);
      });
      drawn.forEach(([x1, y1, x2, y2], i) => {
        if (arrows[i].hidden) return;
        const [x, y, toX, toY] = [x1 * width, y1 * height, x2 * width, y2 * height];
        const [colour, wide] = [figure.colour(lineToken(i)), i === lit ? 6 : 4];
        if (isDescent) drawPull(context, [x, y, toX, toY], colour, wide, halo);
        else drawArrow(context, [x, y, toX, toY], i > 1, colour, wide, halo);
        if (i > 0) return;
        context.setLineDash([]);
        context.beginPath();
        context.arc(x, y, 5, 0, 7);
        context.fillStyle = halo;
        context.fill();
        context.stroke();
      });
    }

    /** Words and numbers of the boxes as they are drawn now. */
    function show() {
      const answers = offsetsOf(at("prediction"));
      const targets = offsetsOf(at("gt_box"));
      const parts = answers.map((answer, i) => smoothL1(answer - targets[i]));
      const least = isDescent || model.get("variances") ? UNSEEN : 0.005;
      answers.forEach((answer, i) => {
        const slope = smoothL1Slope(answer - targets[i]);
        [answer, targets[i], parts[i], slope].forEach((value, k) => {
          rows[i].cells[k + 1].textContent = shown(value);
        });
        const said = isDescent ? -slope : answer;
        arrows[i].lastElementChild?.replaceChildren(
          ` ${wordOf(i, said)} ${shown(Math.abs(said))}`);
        arrows[i].hidden = Math.abs(said) < least;
      });
      pullKey.hidden = !isDescent || arrows.every((one) => one.hidden);
      const { iou } = overlap(at("prediction"), at("gt_box"));
      loss.say(shown(parts.reduce((a, b) => a + b, 0)), `IoU with the object ${iou.toFixed(3)}`);
      for (const one of [handles[1].element, handles[1].grips]) {
        one.classList.toggle("ssd-yielding", iou > SAME);
      }
      handles.forEach((one) => one.place());
      placeTags();
      stage.draw();
      write();
    }

    /** How the offset that stands out comes about, or else the first that is not 0. */
    function write() {
      const i = lit < 0 ? Math.max(arrows.findIndex((one) => !one.hidden), 0) : lit;
      const [from, to] = [model.get("default_box"), at("prediction")].map((box) =>
        toCentre(box).map((edge) => IMAGE * edge));
      const offsets = [at("prediction"), at("gt_box")].map((box) => offsetsOf(box)[i]);
      formula.replaceChildren(...explain(i, from, to, variances(), offsets).flatMap((text) =>
        [text, make("br")]));
      rows.forEach((one, k) => one.classList.toggle("ssd-said-below", k === i));
    }

    function refresh() {
      figure.show();
      led = 0;
      glide.ms = STEP_MS;
      if (!byStep) {
        pause();
        losses = [total()];
        trail = [];
        ahead = wholeWay(off());
        drawCurve();
      }
      if (byHand) glide.jump();
      else glide.go();
      const { iou } = overlap(model.get("prediction"), model.get("gt_box"));
      figure.say(`Loss ${shown(total())}. IoU of prediction and object ${iou.toFixed(3)}. Offsets `
        + `${offsetsOf(model.get("prediction")).map(shown).join(", ")}.`);
    }

    figure.watch(["default_box", "gt_box", "prediction", "variances"], refresh);
    glide.jump();
    refresh();
    return figure.end;
  },
};
