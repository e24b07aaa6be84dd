// The losses of a descent as a curve, on a scale that stays while the boxes do: what the
// variances make of it is seen, and not only read at the axis.

import { RATE } from "./offset_drawing.js";
import { clamp, makeSvg, svgText } from "./stage.js";

/**
 * @typedef {object} Ways
 * @property {number[]} losses of the steps taken
 * @property {number[]} ahead of all steps that lead from where those began
 * @property {number[]} divided of all steps, if the offsets are divided by the variances
 */

const TOPS = [2, 5, 10, 15, 20, 30, 40, 60, 100]; // where an axis may end
const FEWEST = 4; // steps on the axis
const [LEFT, RIGHT, TOP] = [40, 292, 10];
const SWATCH = 20; // how long a key's line is

/**
 * The loss of each step, on the pale way that lies ahead; where the offsets are not divided,
 * also the way that they would go if they were, as that sets the scale.
 * @param {Element} curve
 * @param {Ways} ways
 * @param {number} high
 */
export function drawDescent(curve, { losses, ahead, divided }, high) {
  const bottom = high - 24;
  const isOther = divided[0] - ahead[0] > 1e-9;
  const most = Math.max(divided[0], ...losses);
  const top = TOPS.find((one) => one >= most) ?? most;
  const last = Math.max(losses.length - 1, ahead.length - 1, divided.length - 1, FEWEST);
  const place = (/** @type {number} */ value, /** @type {number} */ i) =>
    [LEFT + ((RIGHT - LEFT) * i) / last, bottom - ((bottom - TOP) * value) / top];
  const way = (/** @type {string} */ name, /** @type {number[]} */ values) =>
    makeSvg("polyline", { class: name, points: values.map(place).map(String).join(" ") });
  const isThere = ahead.length === 1 && losses.length === 1;
  const steps = isThere && !isOther ? "steps" : `${last} steps`;
  const each = isOther ? "" : ` of ${RATE} × slope`;
  curve.setAttribute("viewBox", `0 0 300 ${high}`);
  curve.replaceChildren(
    makeSvg("path", { class: "ssd-axis", d: `M${LEFT} ${TOP}V${bottom}H${RIGHT}` }),
    svgText(LEFT - 9, TOP + 4, "end", top), svgText(LEFT - 9, bottom + 4, "end", 0),
    svgText(LEFT, bottom + 18, "middle", 0),
    svgText(RIGHT, bottom + 18, "end", steps + each),
    ...(isOther ? [way("ssd-other", divided)] : []),
    way("ssd-ahead", ahead), way("ssd-path", losses), ...stopsOf(losses.map(place)),
    ...keysOf(isOther), ...(isThere ? thereOf(isOther, bottom) : []),
    ...(isOther && !isThere ? endOf(place(0, ahead.length - 1), ahead.length - 1) : []));
  curve.setAttribute("role", "img");
  curve.setAttribute("aria-label", `Loss after each of ${losses.length - 1} steps, `
    + `from ${losses[0].toFixed(2)} to ${losses[losses.length - 1].toFixed(2)}`);
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
  const text = svgText(LEFT + 14, bottom - 10, "start",
    `${isOther ? "as good as there" : "on the object"}: loss 0, nothing to pull`);
  text.setAttribute("class", "ssd-said-there");
  return [text];
}

/**
 * Where a way ends that is shorter than the axis.
 * @param {number[]} at
 * @param {number} steps
 */
function endOf([x, bottom], steps) {
  return [makeSvg("path", { class: "ssd-axis", d: `M${x} ${bottom}v5` }),
    svgText(clamp(x, LEFT + 50, RIGHT - 95), bottom + 18, "middle", `ends after ${steps}`)];
}
