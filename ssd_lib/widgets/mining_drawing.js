// Default boxes on the image of the hard-negative lab: dots at their centres, as large as
// what they cost, and names of the few that cost most.

import { clamp } from "./stage.js";

/** @import { Context } from "./stage.js" */
/** @typedef {[x: number, y: number, width: number, height: number]} Rect in pixels */

const LEAST = 0.7; // radius, in pixels: dust, but seen
const [HIGH, CLEAR] = [20, 3]; // of a name, and around it

/**
 * A dot at each centre; its area is the sum of the weights of all boxes there.
 * @param {Context} context
 * @param {{ rect: number[], weight: number }[]} boxes
 * @param {number} radius of a dot of weight 1
 * @param {boolean} [isRinged]
 */
export function paintDots(context, boxes, radius, isRinged) {
  /** @type {Map<string, number>} */
  const centres = new Map();
  for (const { rect: [x, y, width, height], weight } of boxes) {
    const at = [x + width / 2, y + height / 2].map((edge) => edge.toFixed(0)).join();
    centres.set(at, (centres.get(at) ?? 0) + weight);
  }
  for (const [at, weight] of centres) {
    const [x, y] = at.split(",").map(Number);
    context.beginPath();
    context.arc(x, y, Math.max(LEAST, radius * Math.sqrt(weight)), 0, 7);
    if (isRinged) context.stroke();
    context.fill();
  }
}

/**
 * Names at the corners of boxes, the first boxes first; a name that is written already, or
 * that has no room, is left out.
 * @param {Context} context
 * @param {{ rect: number[], name: string }[]} boxes
 * @param {object} look
 * @param {number[]} look.size of the image
 * @param {number[][]} look.taken rectangles that stay free
 * @param {number} look.most names
 * @param {string[]} look.colours of the ground and of the text
 * @returns {Map<string, Rect>} where each name stands
 */
export function nameBoxes(context, boxes, { size: [wide, high], taken, most, colours }) {
  /** @type {Map<string, Rect>} */
  const places = new Map();
  context.font = `650 13px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = "left";
  for (const { rect: [x, y, width, height], name } of boxes) {
    if (places.has(name) || places.size === most) continue;
    const long = context.measureText(name).width + 12;
    const spots = [y - HIGH, y + height, y, y + height - HIGH].flatMap((top) =>
      [x, x + width - long].map((left) => /** @type {Rect} */ (
        [clamp(left, 2, wide - long - 2), clamp(top, 2, high - HIGH - 2), long, HIGH])));
    const free = spots.find((spot) =>
      [...taken, ...places.values()].every((other) => !isNear(spot, other)));
    if (!free) continue;
    places.set(name, free);
    context.fillStyle = colours[0];
    context.beginPath();
    context.roundRect(...free, 4);
    context.fill();
    context.fillStyle = colours[1];
    context.fillText(name, free[0] + 6, free[1] + 15);
  }
  return places;
}

/**
 * Whether two rectangles meet, or nearly.
 * @param {number[]} one
 * @param {number[]} other
 */
function isNear([x, y, width, height], [left, top, wide, high]) {
  return x < left + wide + CLEAR && left < x + width + CLEAR
    && y < top + high + CLEAR && top < y + height + CLEAR;
}
