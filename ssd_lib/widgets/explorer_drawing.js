// What the default-box explorer draws: its maps as icons, and tags of boxes on a canvas, each
// on the upper edge of its own box and clear of what lies there.

import { clamp, makeSvg } from "./stage.js";

/** @import { Box } from "./geometry.js" */
/** @import { BoxHandle } from "./stage.js" */
/** @typedef {[left: number, top: number, right: number, bottom: number]} Place in pixels */

/**
 * A map as an icon.
 * @param {number} grid
 */
export function gridIcon(grid) {
  const lines = Array.from({ length: grid + 1 }, (_, k) => (40 * k) / grid);
  return makeSvg("svg", { viewBox: "-1 -1 42 42", "aria-hidden": "true" }, makeSvg("path", {
    d: lines.map((at) => `M${at} 0v40M0 ${at}h40`).join("") + "M0 0h40v40h-40z",
    "stroke-width": 1 / (1 + grid / 16),
  }));
}

/**
 * Whether a place is near the edge of a box.
 * @param {number[]} box
 * @param {number[]} place
 * @param {number} near
 */
export function onEdge([x1, y1, x2, y2], [x, y], near) {
  const out = Math.max(x1 - x, x - x2, y1 - y, y - y2);
  return x2 > x1 && Math.abs(out) < near;
}

/**
 * Where a box's lines, corners and name lie.
 * @param {BoxHandle} handle
 * @param {number} size of the picture
 * @returns {Place[]}
 */
export function placesOf({ get, tag }, size) {
  const [x1, y1, x2, y2] = get().map((edge) => edge * size);
  const [left, top] = [x1 + tag.offsetLeft, y1 + tag.offsetTop];
  return [
    [left, top, left + tag.offsetWidth, top + tag.offsetHeight],
    ...[y1, y2].map((y) => /** @type {Place} */ ([x1, y - 4, x2, y + 4])),
    ...[x1, x2].map((x) => /** @type {Place} */ ([x - 4, y1, x + 4, y2])),
    ...[y1, y2].flatMap((y) => [x1, x2].map((x) =>
      /** @type {Place} */ ([x - 10, y - 10, x + 10, y + 10]))),
  ];
}

/**
 * Writes tags, the most important one first: who comes later finds a place that is free, or
 * none if it can do without. Where an edge is too short or beyond the canvas, the tag of a
 * box that must have one stands above it, or inside the canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {number} size of the picture
 * @param {number} margin of the canvas around it
 * @param {Place[]} taken
 */
export function tagWriter(context, size, margin, taken) {
  const [letters, height] = size > 400 ? [13, 20] : [12, 17];
  const [low, high] = [3 - margin, size + margin - 3];
  const { fontFamily } = getComputedStyle(context.canvas);
  return (
    /** @type {string} */ text, /** @type {Box} */ box,
    /** @type {string} */ ground, /** @type {string} */ ink, isNeeded = true,
  ) => {
    context.font = `650 ${letters}px ${fontFamily}`;
    const width = context.measureText(text).width + 10;
    const [x1, y1, x2] = box.map((edge) => edge * size);
    const [start, end] = [Math.max(x1, low), Math.min(x2, high)];
    const isShort = end - start < width + 12;
    if (isShort && !isNeeded) return;
    const lines = isShort ? [y1 - height - 5]
      : [y1 - height / 2, ...[4, 12].flatMap((gap) => [y1 + gap, y1 - height - gap])];
    const middle = (start + end - width) / 2;
    const columns = isShort ? [middle, start - width - 8, end + 8]
      : [start + 8, end - width - 8, middle];
    const places = lines.slice(0, isNeeded ? 5 : 1).flatMap((line) => columns.map((at) => {
      const [left, top] = [clamp(at, low, high - width), clamp(line, low, high - height)];
      return /** @type {Place} */ ([left, top, left + width, top + height]);
    }));
    const free = places.find(([left, upper, right, lower]) => taken.every(
      (one) => right < one[0] || left > one[2] || lower < one[1] || upper > one[3]));
    if (!free && !isNeeded) return;
    const place = free ?? places[0];
    const [left, top] = place;
    taken.push(place);
    context.fillStyle = ground;
    context.beginPath();
    context.roundRect(left, top, width, height, 5);
    context.fill();
    [context.fillStyle, context.textBaseline] = [ink, "middle"];
    context.fillText(text, left + 5, top + height / 2 + 1);
  };
}
