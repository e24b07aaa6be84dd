// What the offset lab draws and writes of an offset: an arrow, a pull, and a formula.

import { smoothL1, smoothL1Slope } from "./geometry.js";
import { clamp, strokeTwice } from "./stage.js";

/** @import { Context } from "./stage.js" */

const PULL = 0.2; // of the image: an arrow for a slope of 1
const SHORT = 6; // pixels; a head would be longer than what it is on
export const RATE = 0.3; // share of the slope that a step takes
const WORDS = [["left", "right"], ["up", "down"], ["narrower", "wider"], ["shorter", "taller"]];

/** @param {number} value with its true minus sign */
export function shown(value) {
  return value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}

/**
 * Which way an offset leads.
 * @param {number} i which of the four
 * @param {number} value
 */
export function wordOf(i, value) {
  return WORDS[i][value < 0 ? 0 : 1];
}

/**
 * At which of a box's edges there is room for a pull: where it was, if there is, or across.
 * @param {number[]} at the prediction, as centre and size
 * @param {number[]} slopes of the loss
 * @param {number[]} before 1 is the right or the lower edge, -1 the other
 */
export function sidesOf(at, slopes, before) {
  return before.map((side, k) => {
    const reach = at[2 + k] / 2 + Math.max(0, -PULL * slopes[2 + k]);
    const hasRoom = (/** @type {number} */ there) => Math.abs(at[k] + there * reach - 0.5) <= 0.5;
    return hasRoom(-side) && !hasRoom(side) ? -side : side;
  });
}

/**
 * What the loss pulls at, and how hard: two arrows at the middle of the prediction, two at
 * its edges; it pulls as hard at those across.
 * @param {number[]} at the prediction, as centre and size
 * @param {number[]} slopes of the loss; it pulls against them
 * @param {number[]} sides at which of the edges: 1 is the right or the lower one
 */
export function pullsOn([cx, cy, width, height], slopes, [right, down]) {
  const [x, y, wider, taller] = slopes.map((slope) => -PULL * slope);
  const edge = [cx + (right * width) / 2, cy + (down * height) / 2];
  const [beside, high] = [cx + width / 4, cy - height / 4]; // not in line with the first two
  return [[cx, cy, cx + x, cy], [cx, cy, cx, cy + y],
    [edge[0], high, edge[0] + right * wider, high],
    [beside, edge[1], beside, edge[1] + down * taller]];
}

/**
 * The places of a trail that the prediction has passed, while it glides along it.
 * @param {number[][]} trail
 * @param {number[]} now its middle
 */
export function passedOf(trail, [x, y]) {
  const wayTo = (/** @type {number[]} */ [toX, toY]) =>
    Math.hypot(toX - trail[0][0], toY - trail[0][1]);
  return trail.filter((one) => wayTo(one) <= wayTo([x, y]) + 1e-6);
}

/**
 * Where the middle of the prediction has been.
 * @param {Context} context
 * @param {number[][]} trail in pixels
 * @param {string} colour
 * @param {string} halo
 */
export function drawTrail(context, trail, colour, halo) {
  for (const [x, y] of trail) {
    for (const [style, radius] of /** @type {[string, number][]} */ ([[halo, 5], [colour, 3.5]])) {
      context.fillStyle = style;
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.fill();
    }
  }
}

/**
 * How an offset comes about, in general and in numbers, and what the loss makes of it.
 * @param {number} i which of the four
 * @param {number[]} from centre and size, in pixels
 * @param {number[]} to
 * @param {number[]} variances of place and size; 1 divides nothing
 * @param {number[]} offsets of the prediction and of the object
 * @param {boolean} [hasLoss] whether it is said what the loss makes of it
 */
export function explain(i, from, to, variances, [answer, target], hasLoss = true) {
  const side = ["width", "height"][i % 2];
  const variance = variances[i < 2 ? 0 : 1];
  const divided = variance === 1 ? "" : ` ÷ ${variance}`;
  const by = from[i % 2 + 2].toFixed(1);
  const off = answer - target;
  const loss = `: loss ${shown(smoothL1(off))}, slope ${shown(smoothL1Slope(off))}`;
  const [general, numbers] = i < 2
    ? [`shift ÷ default ${side}`, `${shown(to[i] - from[i])} px ÷ ${by} px`]
    : [`ln(its ${side} ÷ default ${side})`, `ln(${to[i].toFixed(1)} px ÷ ${by} px)`];
  return [`${["right", "down", "width", "height"][i]} = ${general}${divided}`,
    `= ${numbers}${divided} = ${shown(answer)}`,
    `off by ${shown(off)}${hasLoss ? loss : ""}`];
}

/**
 * An offset as an arrow; one of a side starts at a bar, the edge before it is stretched. A
 * short one is a bar.
 * @param {Context} context
 * @param {number[]} line x and y in pixels, from and to
 * @param {boolean} isSide
 * @param {string} colour
 * @param {number} width
 * @param {string} halo
 */
export function drawArrow(context, [x, y, toX, toY], isSide, colour, width, halo) {
  const [dx, dy] = [Math.sign(Math.round(toX - x)), Math.sign(Math.round(toY - y))];
  const long = Math.hypot(toX - x, toY - y);
  const head = long < SHORT ? 0 : clamp(0.65 * long, 5, 11);
  strokeTwice(context, [colour, [], head ? width : width + 2], () => {
    if (isSide && head) {
      context.moveTo(x - 9 * dy, y - 9 * dx);
      context.lineTo(x + 9 * dy, y + 9 * dx);
    }
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    for (const side of head ? [-1, 1] : []) {
      const [back, out] = [head, 0.6 * head * side];
      context.moveTo(toX - back * dx + out * dy, toY - back * dy + out * dx);
      context.lineTo(toX, toY);
    }
  }, halo);
}

/**
 * A pull of the loss: with a full head, unlike the way from one box to another.
 * @param {Context} context
 * @param {number[]} line x and y in pixels, from and to
 * @param {string} colour
 * @param {number} width
 * @param {string} halo
 */
export function drawPull(context, [x, y, toX, toY], colour, width, halo) {
  const [dx, dy] = [Math.sign(Math.round(toX - x)), Math.sign(Math.round(toY - y))];
  const head = clamp(0.65 * Math.hypot(toX - x, toY - y), 5, 15);
  const [neckX, neckY] = [toX - head * dx, toY - head * dy];
  strokeTwice(context, [colour, [], width], () => {
    context.moveTo(x, y);
    context.lineTo(neckX, neckY);
    context.moveTo(neckX + 0.5 * head * dy, neckY + 0.5 * head * dx);
    context.lineTo(toX, toY);
    context.lineTo(neckX - 0.5 * head * dy, neckY - 0.5 * head * dx);
    context.closePath();
  }, halo);
  context.fillStyle = colour;
  context.fill();
}
