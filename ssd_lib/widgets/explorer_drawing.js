// What the default-box explorer draws: its maps as icons, and tags of boxes on a canvas, each
// on the upper edge of its own box and clear of what lies there.

import { clamp, makeSvg, rectOf, strokeTwice } from "./stage.js";

/** @import { Box, FeatureMap, Layout } from "./geometry.js" */
/** @import { BoxHandle } from "./box_handle.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {[left: number, top: number, right: number, bottom: number]} Place in pixels */

/** @type {[kind: string, name: string][]} */
export const KINDS = [
  ["1", "1:1"], ["extra", "1:1 extra"], ["2", "2:1"], ["1/2", "1:2"], ["3", "3:1"], ["1/3", "1:3"],
];

/**
 * A layout with some kinds of boxes alone.
 * @param {Layout} layout
 * @param {number[]} ratios besides 1
 * @param {boolean} hasExtra
 */
export function limit(layout, ratios, hasExtra) {
  return { ...layout, maps: layout.maps.map((map) => ({
    ...map, max: hasExtra ? map.max : null,
    ratios: map.ratios.filter((one) => ratios.includes(one)),
  })) };
}

/**
 * The kinds of a cell's boxes, in their order.
 * @param {FeatureMap} map
 */
export function kindsOf({ max, ratios }) {
  return ["1", ...(max === null ? [] : ["extra"]),
    ...ratios.flatMap((one) => [`${one}`, `1/${one}`])];
}

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
 * The cell of a map that a place is in, or the nearest one.
 * @param {FeatureMap} map
 * @param {number[]} place down and across, in fractions
 * @param {number} image its side in pixels
 */
export function cellAt({ grid, step }, place, image) {
  return place.map((at) => clamp(Math.floor((at * image) / step), 0, grid - 1));
}

/**
 * The lines between a map's cells.
 * @param {Context} context
 * @param {number} size of the picture
 * @param {FeatureMap} map
 * @param {number} image its side in pixels
 */
export function drawGrid(context, size, { grid, step }, image) {
  const end = ((grid * step) / image) * size;
  context.beginPath();
  for (let line = 0; line <= grid; line += 1) {
    const at = ((line * step) / image) * size;
    context.moveTo(at, 0);
    context.lineTo(at, end);
    context.moveTo(0, at);
    context.lineTo(end, at);
  }
  [context.strokeStyle, context.lineWidth] = ["rgba(255, 255, 255, 0.45)", 1];
  context.stroke();
}

/**
 * The centre of a cell.
 * @param {Context} context
 * @param {number} size of the picture
 * @param {number[]} place in pixels
 * @param {string} own
 * @param {string} halo
 */
export function drawDot(context, size, [x, y], own, halo) {
  context.setLineDash([]);
  context.beginPath();
  context.arc(x, y, clamp(size / 120, 2.5, 4), 0, 7);
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [halo, own, size > 400 ? 2 : 1.5];
  context.fill();
  context.stroke();
}

/**
 * All boxes of a map, the fainter the more they are.
 * @param {Context} context
 * @param {number} size of the picture
 * @param {Float32Array} corners of one box after the other
 */
export function drawBoxes(context, size, corners) {
  context.globalAlpha = clamp(240 / corners.length, 0.12, 0.8);
  context.beginPath();
  for (let k = 0; k < corners.length; k += 4) {
    context.rect(...rectOf(corners.subarray(k, k + 4), size, size));
  }
  context.stroke();
  context.globalAlpha = 1;
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
 * Where the tag of a box may stand, the best place first: on its upper edge, then on the lower
 * one and beside them. Where these are too short, it stands above, below or beside the box.
 * @param {Box} box in pixels
 * @param {number[]} tag its width and height
 * @param {number[]} ends of the canvas
 * @returns {Place[]}
 */
export function spotsOf([x1, y1, x2, y2], [width, height], [low, high]) {
  const [start, end] = [Math.max(x1, low), Math.min(x2, high)];
  const isShort = end - start < width + 12;
  const [above, below] = [y1 - height - 5, y2 + 5];
  const middle = (start + end - width) / 2;
  const columns = isShort ? [start - width - 8, end + 8]
    : [start + 8, end - width - 8, middle];
  const lines = isShort ? [above, below]
    : [y1, y2].flatMap((y) => [y - height / 2, ...[4, 12].flatMap((gap) =>
      [y + gap, y - height - gap])]);
  const first = isShort ? [above, below, below + 9, above - 9].map((line) => [middle, line]) : [];
  const others = lines.flatMap((line) => columns.map((at) => [at, line]));
  return [...first, ...others].map(([at, line]) => {
    const [left, top] = [clamp(at, low, high - width), clamp(line, low, high - height)];
    return [left, top, left + width, top + height];
  });
}

/**
 * Writes tags, the most important one first: who comes later finds a place that is free.
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
    /** @type {string} */ ground, /** @type {string} */ ink,
  ) => {
    context.font = `650 ${letters}px ${fontFamily}`;
    const width = context.measureText(text).width + 10;
    const places = spotsOf(box.map((edge) => edge * size), [width, height], [low, high]);
    const free = places.find(([left, upper, right, lower]) => taken.every(
      (one) => right < one[0] || left > one[2] || lower < one[1] || upper > one[3]));
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

/**
 * A cell's boxes, thin beside the one that fits best, which may lie elsewhere; what it shares
 * with the object is filled. Gives what writes their names, above all that is drawn.
 * @param {Context} context
 * @param {number} size of the picture
 * @param {{ kind: string, text: string, box: number[] }[]} boxes
 * @param {object} looks
 * @param {string} looks.lit the kind that is pointed at
 * @param {string | undefined} looks.bestKind of the best fit, if it is one of these boxes
 * @param {number[] | undefined} looks.best fit
 * @param {number[]} looks.object
 * @param {string} looks.own colour
 * @param {string} looks.bestColour
 * @param {string} looks.halo
 * @param {(text: string, box: Box, ground: string, ink: string) => void} looks.tag
 */
export function drawKinds(context, size, boxes, looks) {
  const { lit, bestKind, best, object, own, bestColour, halo, tag } = looks;
  const outline = (/** @type {number[]} */ box, /** @type {string} */ colour, width = 4.5) =>
    strokeTwice(context, [colour, [], width], () => context.rect(...rectOf(box, size, size)), halo);
  context.setLineDash([]);
  const shared = best?.map((edge, k) => Math[k < 2 ? "max" : "min"](edge, object[k]));
  if (shared && shared[0] < shared[2] && shared[1] < shared[3]) {
    [context.fillStyle, context.globalAlpha] = [bestColour, 0.24];
    context.fillRect(...rectOf(shared, size, size));
  }
  [context.strokeStyle, context.lineWidth] = [own, 1.5];
  context.globalAlpha = lit ? 0.2 : bestKind ? 0.35 : 0.8;
  for (const { kind, box } of boxes) {
    if (kind !== bestKind) context.strokeRect(...rectOf(box, size, size));
  }
  context.globalAlpha = 1;
  const pointed = boxes.find(({ kind }) => kind === lit && kind !== bestKind);
  if (pointed) outline(pointed.box, own, 3.5);
  if (best) outline(best, bestColour);
  return () => {
    if (pointed) tag(pointed.text, pointed.box, own, halo);
    if (!best) return;
    const name = boxes.find(({ kind }) => kind === bestKind)?.text;
    tag(name ? `best: ${name}` : "best of all", best, bestColour, halo);
  };
}
