// Names on an image, each where it is clear of the handles and of the names before it.

import { edgesOf, sharedArea } from "./rectangles.js";
import { clamp } from "./stage.js";

/** @import { Box } from "./geometry.js" */
/** @import { Edges } from "./rectangles.js" */
/** @import { Stage } from "./stage.js" */
/** @typedef {[x: number, y: number, right: number, down: number]} Spot a point, in
 *   fractions of the image, and to which side of it a name may lie */

const GAPS = [10, 26, 48]; // pixels between a point and its name, the nearest first
const DOT = 9; // half of a handle that is seen; more of it can be touched
const CLEAR = 12; // pixels from a corner to a name that its handle does not touch
const HEAD = 8; // half of the width of an arrow's head
/** @type {Spot[]} In the corners of the image, for what is no part of it. */
export const IN_CORNERS = [[1, 1, -1, -1], [0, 1, 1, -1], [1, 0, -1, 1], [0, 0, 1, 1]];

/**
 * Spots at the corners of a box: outside, then inside.
 * @param {Box} box
 * @returns {Spot[]}
 */
export function around([x1, y1, x2, y2]) {
  return [[x1, y1, 1, -1], [x2, y1, -1, -1], [x1, y2, 1, 1], [x2, y2, -1, 1], [x1, y1, 1, 1],
    [x2, y2, -1, -1]];
}

/**
 * Spots on the edges of a box that is moved, clear of its handles: outside, then inside.
 * @param {Box} box
 * @param {Stage} stage
 * @param {boolean} isRight whether those at the right come first
 * @returns {Spot[]}
 */
export function onEdges([x1, y1, x2, y2], { element }, isRight) {
  const inset = CLEAR / Math.max(element.clientWidth, 1);
  const [left, right] = [x1 + inset, x2 - inset];
  const middle = (y1 + y2) / 2;
  /** @type {[number, number][]} */
  const ends = isRight ? [[right, -1], [left, 1]] : [[left, 1], [right, -1]];
  const rows = [[y1, -1], [y2, 1], [y1, 1], [y2, -1]];
  return [...rows.flatMap(([y, down]) => ends.map(([x, way]) =>
    /** @type {Spot} */ ([x, y, way, down]))), [x1, middle, -1, 0], [x2, middle, 1, 0]];
}

/**
 * A box, moved to the middle of another.
 * @param {Box} box
 * @param {Box} other
 */
export function movedTo([x1, y1, x2, y2], other) {
  const [cx, cy] = [(other[0] + other[2]) / 2, (other[1] + other[3]) / 2];
  const [w, h] = [x2 - x1, y2 - y1];
  return [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2];
}

/**
 * The four offsets from one box to another as arrows: two move its centre, two its sides.
 * @param {number[]} from as centre and size
 * @param {number[]} to
 */
export function arrowsOf(from, to) {
  // Of the box, once it has moved there, the edge that no other arrow is at, if it is in sight.
  const away = Math.abs(to[1] - from[1]) < 0.04 && to[0] < from[0] ? -1 : 1;
  const side = inSight(to[0], away, from[2]);
  const on = to[1] < from[1] ? -1 : 1;
  const down = inSight(to[1], on, from[3]);
  const edge = [to[0] + (side * from[2]) / 2, to[1] + (down * from[3]) / 2];
  const beside = to[0] < from[0] ? -1 : 1; // clear of the way there
  const x = to[0] + (down === on ? 0 : (beside * to[2]) / 4);
  return [[from[0], from[1], to[0], from[1]], [to[0], from[1], to[0], to[1]],
    [edge[0], to[1] - to[3] / 4, to[0] + (side * to[2]) / 2, to[1] - to[3] / 4],
    [x, edge[1], x, to[1] + (down * to[3]) / 2]];
}

/**
 * The way from the middle of a box to its edge: another one, if only that edge is in the image.
 * @param {number} middle
 * @param {number} way
 * @param {number} size
 */
function inSight(middle, way, size) {
  const isIn = (/** @type {number} */ to) => Math.abs(middle + (to * size) / 2 - 0.5) <= 0.5;
  return !isIn(way) && isIn(-way) ? -way : way;
}

/**
 * Spots beside an arrow: at its middle, its end, its start; one at the side of a box lies best
 * outside, over nothing that is in it.
 * @param {number[]} arrow
 * @param {boolean} isUpright
 * @param {number} [out] which way is out, for one that is not upright
 * @returns {Spot[]}
 */
export function along([x1, y1, x2, y2], isUpright, out) {
  if (out) {
    const end = out > 0 ? Math.max(x1, x2) : Math.min(x1, x2);
    return [[end, y1, out, 0], ...along([x1, y1, x2, y2], isUpright)];
  }
  const sides = isUpright ? [[1, 0], [-1, 0], [0, 1], [0, -1]]
    : [[0, -1], [0, 1], [1, 0], [-1, 0]];
  return [0.5, 1, 0].flatMap((share) => sides.map(([right, down]) =>
    /** @type {Spot} */ ([x1 + share * (x2 - x1), y1 + share * (y2 - y1), right, down])));
}

/**
 * Lay each name that is shown at its first spot that is free, or at the freest; gives the
 * place of each, in pixels. Names of boxes, too, if they are among them.
 * @param {Stage} stage
 * @param {{ tag: HTMLElement, spots: Spot[], isAside?: boolean }[]} names those that matter most
 *   first; one aside leaves room for a line to what it names
 * @param {number[][]} arrows that are to be seen
 */
export function layTags({ element }, names, arrows) {
  const frame = element.getBoundingClientRect();
  /** @type {Map<HTMLElement, Edges>} */
  const places = new Map();
  if (!frame.width) return places;
  const own = new Set(names.map(({ tag }) => tag));
  /** @type {Edges[]} */
  const taken = [...element.querySelectorAll(".ssd-tag, .ssd-corner")].filter((one) =>
    !own.has(/** @type {HTMLElement} */ (one))).map((one) => {
    const { left, top, right, bottom, width } = one.getBoundingClientRect();
    const rim = one.matches(".ssd-corner") ? width / 2 - DOT : -1;
    return [left - frame.left + rim, top - frame.top + rim, right - frame.left - rim,
      bottom - frame.top - rim];
  });
  for (const [x1, y1, x2, y2] of arrows) {
    taken.push([frame.width * Math.min(x1, x2) - HEAD, frame.height * Math.min(y1, y2) - HEAD,
      frame.width * Math.max(x1, x2) + HEAD, frame.height * Math.max(y1, y2) + HEAD]);
  }
  const shown = names.filter(({ tag }) => !tag.hidden).map((one) =>
    ({ ...one, size: [one.tag.offsetWidth, one.tag.offsetHeight] }));
  for (const { tag, spots, isAside, size: [wide, high] } of shown) {
    let [best, least] = [[0, 0], Infinity];
    for (const gap of isAside ? GAPS.slice(1) : GAPS) {
      for (const [x, y, right, down] of spots) {
        const isCorner = right !== 0 && down !== 0;
        const left = clamp(x * frame.width + (right * (wide + (isCorner ? 0 : 2 * gap)) - wide) / 2,
          2, frame.width - wide - 2);
        const top = clamp(y * frame.height + (down * (high + 2 * gap - 8 * Number(isCorner)) - high)
          / 2, 2, frame.height - high - 2);
        const over = taken.reduce((sum, other) =>
          sum + sharedArea(edgesOf([left, top, wide, high]), other), 0);
        if (over < least) [best, least] = [[left, top], over];
      }
    }
    const place = edgesOf([best[0], best[1], wide, high]);
    taken.push(place);
    places.set(tag, place);
    const ground = (tag.offsetParent ?? element).getBoundingClientRect();
    const [x, y] = [best[0] + frame.left - ground.left, best[1] + frame.top - ground.top];
    Object.assign(tag.style, {
      left: `${(100 * x) / ground.width}%`, top: `${(100 * y) / ground.height}%`, right: "auto",
      bottom: "auto",
    });
  }
  return places;
}
