// A default box that stays, an object and a prediction that move: the four offsets as
// arrows on the picture, smooth L1 of how far they are off, and the way down its slope.

import {
  Figure, buttons, fields, headline, headRow, more, panel, row, sideBySide,
} from "./controls.js";
import { decode, encode, overlap, smoothL1, smoothL1Slope, toCentre } from "./geometry.js";
import { Glide, player } from "./motion.js";
import {
  BoxHandle, isStill, make, makeSvg, rectOf, strokeTwice, svgText, tidy,
} from "./stage.js";
import { along, around, layTags } from "./tag_places.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Box } from "./geometry.js" */
/** @import { Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {number[]} default_box
 * @property {number[]} gt_box
 * @property {number[]} prediction
 * @property {boolean} variances
 */
/** @typedef {"default_box" | "gt_box" | "prediction"} BoxTrait */

const PARTS = ["x", "y", "width", "height"];
const WORDS = [["left", "right"], ["up", "down"], ["narrower", "wider"], ["shorter", "taller"]];
const RATE = 0.3; // share of the gradient that a step takes
const STEP_MS = 170;
const LONGEST = 60; // steps
const SMALLEST = 0.02; // a box that is dragged keeps at least this side

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
    let lit = -1; // the offset that stands out
    const handles = [handle("prediction", "prediction", "a"), handle("object", "gt_box", "b")];
    const defaultTag = make("span", { class: "ssd-note" }, "default box");
    const movedTag = make("span", { class: "ssd-note", hidden: "" }, "moved, not yet stretched");
    const arrows = PARTS.map((_, i) => make("span", {
      class: "ssd-note ssd-arrow", "data-arrow": PARTS[i],
      onpointerenter: () => light(i), onpointerleave: () => light(-1),
    }));
    stage.element.append(defaultTag, movedTag, ...arrows);
    stage.onresize = placeTags;

    const loss = headline("Loss: smooth L1, added up", "loss");
    const table = make("table", { class: "ssd-counts ssd-offsets" });
    const rows = PARTS.map((part, i) => row(["", "", "", "", ""], {
      "data-part": part, tabindex: "0",
      onpointerenter: () => light(i), onpointerleave: () => light(-1),
      onfocus: () => light(i), onblur: () => light(-1),
    }));
    table.append(headRow("offset", "prediction", "object", "loss", "slope"), ...rows);
    const curve = makeSvg("svg", { viewBox: "0 0 300 84", class: "ssd-plot ssd-descent" });
    const { button: play, stop: pause } = player(figure, "Play descent", (isFirst) => {
      if (isFirst && isDone()) figure.put({ prediction: [...model.get("default_box")] });
      while (isStill() && !isDone()) step();
      if (!isFirst) step();
      return isDone() ? undefined : STEP_MS;
    });
    play.className = "ssd-main";
    const put = (/** @type {BoxTrait} */ trait) => () =>
      figure.put({ prediction: [...model.get(trait)] });
    el.classList.add("ssd-lab");
    figure.lay(sideBySide(stage.frame, panel(
      loss.element,
      buttons(play, figure.button("Take one step", () => { pause(); step(); })),
      curve, table, tries(),
      more("More",
        buttons(figure.button("Put it on the default box", put("default_box")),
          figure.button("Put it on the object", put("gt_box"))),
        fields(figure.checkbox("divide the offsets by the variances", () =>
          model.get("variances"), (on) => figure.put({ variances: on })))))));
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

    function tries() {
      const from = model.get("default_box");
      const [cx, , width] = toCentre(from);
      const half = tidy([cx - width / 4, from[1], cx + width / 4, from[3]]);
      const size = shown(Math.log(toCentre(half)[2] / width) / 0.2);
      const targets = encode(toCentre(model.get("gt_box")), toCentre(from)).map(shown);
      const state = { variances: true, gt_box: model.get("gt_box") };
      return figure.chips([
        {
          ask: "On the default box",
          put: () => ({ ...state, prediction: [...from] }),
          answer: "All four offsets are 0: nothing to move, nothing to stretch. A network that "
            + "answers zeros gives back its default boxes.",
        }, {
          ask: "Half as wide",
          put: () => ({ ...state, prediction: half }),
          answer: `The offset in width is ${size}, the logarithm of ½ divided by 0.2. `
            + `Twice as wide would be ${size.replace("−", "+")}: both are equally far off.`,
        }, {
          ask: "On the object",
          put: () => ({ ...state, prediction: [...model.get("gt_box")] }),
          answer: `The prediction's offsets are now the object's, ${targets.join(", ")}: these are `
            + "the targets of the training, and the loss is 0.",
        },
      ]);
    }

    /** @param {number} which offset is to stand out, or -1 */
    function light(which) {
      lit = which;
      rows.forEach((one, i) => one.classList.toggle("ssd-lit", i === lit));
      arrows.forEach((one, i) => one.classList.toggle("ssd-lit", i === lit));
      placeTags();
      stage.draw();
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
      return model.get("variances") ? [0.1, 0.2] : [1, 1];
    }

    /**
     * Offsets that lead from the default box to a box.
     * @param {Box} box
     */
    function offsetsOf(box) {
      return encode(toCentre(box), toCentre(model.get("default_box")), variances());
    }

    function total() {
      const targets = offsetsOf(model.get("gt_box"));
      return offsetsOf(model.get("prediction"))
        .reduce((sum, answer, i) => sum + smoothL1(answer - targets[i]), 0);
    }

    // The way down
    function step() {
      const target = offsetsOf(model.get("gt_box"));
      const moved = offsetsOf(model.get("prediction")).map((answer, i) =>
        answer - RATE * smoothL1Slope(answer - target[i]));
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

    function isDone() {
      return total() < 0.001 || losses.length > LONGEST;
    }

    /** The losses of a whole descent from here, before anyone takes it. */
    function wholeWay() {
      const target = offsetsOf(model.get("gt_box"));
      const off = offsetsOf(model.get("prediction")).map((answer, i) => answer - target[i]);
      const way = [];
      do {
        way.push(off.reduce((sum, one) => sum + smoothL1(one), 0));
        off.forEach((one, i) => { off[i] = one - RATE * smoothL1Slope(one); });
      } while (way[way.length - 1] >= 0.001 && way.length <= LONGEST);
      return way;
    }

    /** The loss of each step, on the pale way that lies ahead: straight, then bent. */
    function drawCurve() {
      const [left, right, top, bottom] = [34, 292, 10, 62];
      const most = Math.max(...losses, 0.01);
      const last = Math.max(losses.length - 1, ahead.length - 1, 15);
      const place = (/** @type {number} */ value, /** @type {number} */ i) => [
        left + ((right - left) * i) / last, bottom - ((bottom - top) * value) / most];
      const points = losses.map(place);
      curve.replaceChildren(
        makeSvg("path", { class: "ssd-axis", d: `M${left} ${top}V${bottom}H${right}` }),
        svgText(left - 5, top + 4, "end", most.toFixed(1)),
        svgText(left - 5, bottom + 4, "end", 0), svgText(left, bottom + 16, "middle", 0),
        svgText(right, bottom + 16, "end", `${last} steps`),
        makeSvg("polyline", { class: "ssd-ahead", points: ahead.map(place).map(String).join(" ") }),
        makeSvg("polyline", { class: "ssd-path", points: points.map(String).join(" ") }),
        ...points.map(([cx, cy], i) => makeSvg("circle",
          { class: "ssd-stop", cx, cy, r: i === points.length - 1 ? 5 : 2.5 })));
      curve.setAttribute("role", "img");
      curve.setAttribute("aria-label", `Loss after each of ${losses.length - 1} steps, `
        + `from ${losses[0].toFixed(2)} to ${losses[losses.length - 1].toFixed(2)}`);
    }

    // What is drawn
    /** Each offset as an arrow: where it starts and where it ends, in fractions. */
    function lines() {
      const [from, to] = [toCentre(model.get("default_box")), toCentre(at("prediction"))];
      const right = to[0] + from[2] / 2; // of the default box, once it has moved there
      const bottom = to[1] + from[3] / 2;
      return [[from[0], from[1], to[0], from[1]], [to[0], from[1], to[0], to[1]],
        [right, to[1], to[0] + to[2] / 2, to[1]], [to[0], bottom, to[0], to[1] + to[3] / 2]];
    }

    /** Is an offset of size pointed at, and is there anything of it to see? */
    function isStretch() {
      return lit > 1 && !arrows[lit].hidden;
    }

    /** The default box, moved to the prediction. */
    function movedBox() {
      const [, , w, h] = toCentre(model.get("default_box"));
      const [cx, cy] = toCentre(at("prediction"));
      return [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2];
    }

    function placeTags() {
      movedTag.hidden = !isStretch();
      const places = lines();
      layTags(stage, [
        ...arrows.map((tag, i) => ({ tag, spots: along(places[i], i % 2 === 1) })),
        { tag: movedTag, spots: around(movedBox()) },
        { tag: defaultTag, spots: around(model.get("default_box")) },
      ], places.filter((_, i) => !arrows[i].hidden));
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const halo = figure.colour("on-box");
      const outline = (/** @type {Box} */ box) => () =>
        context.rect(...rectOf(box, width, height));
      context.globalAlpha = 0.6;
      strokeTwice(context, [figure.colour("default"), [], 2], outline(model.get("default_box")),
        halo);
      context.globalAlpha = 1;
      if (isStretch()) {
        strokeTwice(context, [figure.colour("default"), [3, 5], 2.5], outline(movedBox()), halo);
      }
      lines().forEach(([x1, y1, x2, y2], i) => {
        if (arrows[i].hidden) return;
        const [x, y, toX, toY] = [x1 * width, y1 * height, x2 * width, y2 * height];
        const [dx, dy] = [Math.sign(Math.round(toX - x)), Math.sign(Math.round(toY - y))];
        const head = Math.min(11, Math.hypot(toX - x, toY - y));
        const look = figure.colour(i === lit ? "forced" : "accent");
        strokeTwice(context, [look, [], i === lit ? 6 : 4], () => {
          if (i > 1) { // from a bar: the edge, before it is stretched
            context.moveTo(x - 9 * dy, y - 9 * dx);
            context.lineTo(x + 9 * dy, y + 9 * dx);
          }
          context.moveTo(x, y);
          context.lineTo(toX, toY);
          for (const side of [-1, 1]) {
            const [back, out] = [head, 0.6 * head * side];
            context.moveTo(toX - back * dx + out * dy, toY - back * dy + out * dx);
            context.lineTo(toX, toY);
          }
        }, halo);
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
      answers.forEach((answer, i) => {
        const word = WORDS[i][answer < 0 ? 0 : 1];
        const slope = smoothL1Slope(answer - targets[i]);
        const cells = [["right", "down", "width", "height"][i], shown(answer),
          shown(targets[i]), shown(parts[i]), shown(slope)];
        cells.forEach((text, k) => { rows[i].cells[k].textContent = text; });
        arrows[i].textContent = `${word} ${shown(answer)}`;
        arrows[i].hidden = Math.abs(answer) < 0.005;
      });
      const { iou } = overlap(at("prediction"), at("gt_box"));
      loss.say(shown(parts.reduce((a, b) => a + b, 0)), `IoU with the object ${iou.toFixed(3)}`);
      handles.forEach((one) => one.place());
      placeTags();
      stage.draw();
    }

    function refresh() {
      figure.show();
      if (!byStep) {
        pause();
        losses = [total()];
        ahead = wholeWay();
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

/** @param {number} value with its true minus sign */
function shown(value) {
  return value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}
