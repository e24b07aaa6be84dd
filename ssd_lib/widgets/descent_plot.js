// The losses of a descent as a curve, on a scale that stays: that a box is nearer, and what the
// variances make of it, is seen, and not only read at the axis.

import { RATE } from "./offset_drawing.js";
import { makeSvg, svgText } from "./stage.js";

/**
 * @typedef {object} Ways
 * @property {number[]} losses of the steps taken
 * @property {number[]} ahead of all steps that lead from where those began
 * @property {number[]} divided of all steps, if the offsets are divided by the variances
 * @property {number[]} first of all steps from where the figure began: its scale is the least
 */

const TOPS = [2, 5, 10, 15, 20, 30, 40, 60, 100]; // where an axis may end
const FEWEST = 4; // steps on the axis
const [LEFT, RIGHT, TOP] = [40, 292, 10];
const SWATCH = 20; // how long a key's line is
const ROOM = 105; // what the number of all steps takes, and half of the word that ends before it

/**
 * The loss of each step, on the pale way that lies ahead; where the offsets are not divided,
 * also the way that they would go if they were, as that sets the scale.
 * @param {Element} curve
 * @param {Ways} ways
 * @param {number} high
 * @param {boolean} hasRate whether it says how long a step is
 */
export function drawDescent(curve, { losses, ahead, divided, first }, high, hasRate) {
  const bottom = high - 24;
  const isOther = divided[0] - ahead[0] > 1e-9;
  const most = Math.max(divided[0], first[0], ...losses);
  const top = TOPS.find((one) => one >= most) ?? most;
  const [taken, end] = [losses, ahead].map((way) => way.length - 1);
  const last = Math.max(taken, end, divided.length - 1, first.length - 1, FEWEST);
  const place = (/** @type {number} */ value, /** @type {number} */ i) =>
    [LEFT + ((RIGHT - LEFT) * i) / last, bottom - ((bottom - TOP) * value) / top];
  const way = (/** @type {string} */ name, /** @type {number[]} */ values) =>
    makeSvg("polyline", { class: name, points: values.map(place).map(String).join(" ") });
  curve.setAttribute("viewBox", `0 0 300 ${high}`);
  curve.replaceChildren(
    makeSvg("path", { class: "ssd-axis", d: `M${LEFT} ${TOP}V${bottom}H${RIGHT}` }),
    svgText(LEFT - 9, TOP + 4, "end", top), svgText(LEFT - 9, bottom + 4, "end", 0),
    svgText(LEFT, bottom + 18, "middle", 0),
    ...(isOther ? [way("ssd-other", divided)] : []),
    way("ssd-ahead", ahead), way("ssd-path", losses), ...stopsOf(losses.map(place)),
    ...keysOf(isOther), ...(end + taken ? [] : thereOf(isOther, bottom)),
    ...stepsOf(Math.max(end, taken), last, bottom, hasRate));
  curve.setAttribute("role", "img");
  curve.setAttribute("aria-label", `Loss after each of ${taken} steps, `
    + `from ${losses[0].toFixed(2)} to ${losses[taken].toFixed(2)}`);
}

/** @param {number[][]} points the last one is where the prediction is */
function stopsOf(points) {
  return points.map(([cx, cy], i) => makeSvg("circle",
    { class: "ssd-stop", cx, cy, r: i === points.length - 1 ? 5 : 2.5 }));
}

/**
 * What the lines are, in the corner that a falling curve leaves free.
 * @param {boolean} isOther whether there is the way of divided offsets, too
 */
function keysOf(isOther) {
  const keys = [["ssd-path", "loss so far"], ["ssd-ahead", "still to come"],
    ...(isOther ? [["ssd-other", "with the variances"]] : [])];
  return keys.flatMap(([name, text], i) => {
    const y = TOP + 16 * i;
    return [svgText(RIGHT - SWATCH - 6, y + 4, "end", text),
      makeSvg("path", { class: name, d: `M${RIGHT - SWATCH} ${y}H${RIGHT}` })];
  });
}

/**
 * What it means that there is no curve.
 * @param {boolean} isOther
 * @param {number} bottom
 */
function thereOf(isOther, bottom) {
  const text = isOther
    ? svgText(LEFT + 14, bottom - 24, "start", "loss 0.00: hardly a pull is left")
    : svgText(LEFT + 14, bottom - 10, "start", "on the object: loss 0, nothing to pull");
  text.setAttribute("class", "ssd-said-there");
  return [text];
}

/**
 * How many steps there are, and where a way ends that is shorter than the axis.
 * @param {number} end
 * @param {number} last
 * @param {number} bottom
 * @param {boolean} hasRate
 */
function stepsOf(end, last, bottom, hasRate) {
  const right = (/** @type {string} */ text) => svgText(RIGHT, bottom + 18, "end", text);
  const each = hasRate ? `steps, each ${RATE} × slope` : "steps";
  if (end === 0 || end === last) return [right(end ? `${end} ${each}` : each)];
  const x = LEFT + ((RIGHT - LEFT) * end) / last;
  const text = `ends after ${end}`;
  const tick = makeSvg("path", { class: "ssd-axis", d: `M${x} ${bottom}v5` });
  if (x > RIGHT - ROOM) return [tick, svgText(x + 4, bottom + 18, "end", text)];
  return [tick, svgText(Math.max(x, LEFT + 50), bottom + 18, "middle", text),
    right(`${last} steps`)];
}
