// Names of boxes on an image: each at its own box, on no other name, and where it hides and
// crosses least of the other boxes; shortened or left out where there is no such place.

import { sharedArea } from "./rectangles.js";
import { clamp, strokeTwice } from "./stage.js";

/** @import { Context, Look } from "./stage.js" */
/** @import { Edges } from "./rectangles.js" */
/** @typedef {{ edges: Edges, which: number, cost: number }} Place of a name in one of its sizes */
/**
 * @typedef {object} Name
 * @property {Edges} box
 * @property {number[][]} sizes a shorter form has one of its own
 * @property {boolean} [isAlone] whether no other name is seen when this one is
 */

const FAR = [14, 32]; // pixels between a box and a name that a line leads to
const NARROW = 420; // pixels: an image whose names are smaller
const BETWEEN = 3; // pixels between two names
const SHORT = 0.15; // cost of a shorter form
const NUDGE = 4; // pixels
const TRIES = 12; // to find room for all, in other orders
const MOST = 0.75; // cost of a place where a name would seem to be another box's

/**
 * The places at a box for a name, with their cost, the best first.
 * @param {Edges} box
 * @param {number[]} size of the name
 * @param {boolean} hasLines whether a name may stand aside
 * @returns {[left: number, top: number, cost: number][]}
 */
function placesAt([x1, y1, x2, y2], [wide, high], hasLines) {
  const [right, above, low] = [x2 - wide, y1 - high, y2 - high];
  const middle = (y1 + low) / 2;
  const near = [[x1, above], [right, above], [x1, y2], [right, y2], [x1, y1], [right, y1],
    [right, low], [x1, low], [x2, y1], [x1 - wide, y1], [x2, low], [x1 - wide, low]];
  const aside = (hasLines ? FAR : []).flatMap((far) => [middle, above, y2].flatMap((top) =>
    [x2 + far, x1 - far - wide].map((left) => [left, top, 0.3 + far / 200])));
  return [...near, ...aside].map(([left, top, cost], nth) => [left, top, cost ?? 0.02 * nth]);
}

/**
 * Where each name is to stand; undefined if it has no room.
 * @param {Name[]} names
 * @param {number[]} image its width and height
 * @param {boolean} [hasLines]
 */
export function placeNames(names, image, hasLines = false) {
  let order = smallestFirst(names.map(({ box }) => box)); // it has the fewest places
  let places = placeInTurn(names, order, image, hasLines);
  let now = places;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const without = order.find((k) => !names[k].isAlone && !isClear(now[k]));
    if (without === undefined) break;
    order = [without, ...order.filter((k) => k !== without)]; // now it chooses first
    now = placeInTurn(names, order, image, hasLines);
    if (costOf(now) < costOf(places)) places = now;
  }
  return places;
}

/** @param {(Place | undefined)[]} places */
function costOf(places) {
  return places.reduce((sum, one) => sum + (isClear(one) ? one.cost : 2), 0);
}

/**
 * @param {Name[]} names
 * @param {number[]} order in which they choose
 * @param {number[]} image
 * @param {boolean} hasLines
 */
function placeInTurn(names, order, image, hasLines) {
  const boxes = names.map(({ box }) => box);
  /** @type {Edges[]} */
  const taken = [];
  /** @type {(Place | undefined)[]} */
  const places = names.map(() => undefined);
  for (const k of order) {
    const best = bestPlace(names[k], boxes, taken, image, hasLines);
    if (isClear(best) && !names[k].isAlone) taken.push(best.edges);
    places[k] = best;
  }
  return places;
}

/**
 * @param {Name} name
 * @param {Edges[]} boxes
 * @param {Edges[]} taken by other names
 * @param {number[]} image
 * @param {boolean} hasLines
 * @returns {Place | undefined}
 */
function bestPlace({ box, sizes }, boxes, taken, [width, height], hasLines) {
  return sizes.flatMap((size, which) => placesAt(box, size, hasLines)
    .map(([x, y, extra]) => {
      const [left, top] = [nudged(x, width - size[0]), nudged(y, height - size[1])];
      /** @type {Edges} */
      const edges = [left, top, left + size[0], top + size[1]];
      const over = taken.some((other) => sharedArea(edges, other, BETWEEN) > 0) ? MOST : 0;
      const cost = boxes.reduce((sum, other) => sum + harm(edges, box, other),
        over + extra + SHORT * which + hidden(edges, box));
      return { edges, which, cost };
    }))
    .filter(({ edges: [left, top, right, bottom] }) =>
      left >= 0 && top >= 0 && right <= width && bottom <= height)
    .sort((one, other) => one.cost - other.cost)[0];
}

/**
 * What sticks out of the image by a few pixels is moved into it.
 * @param {number} at
 * @param {number} most
 */
function nudged(at, most) {
  const inside = clamp(at, 0, most);
  return Math.abs(inside - at) <= NUDGE ? inside : at;
}

/**
 * @param {Edges[]} boxes
 */
function smallestFirst(boxes) {
  const areas = boxes.map(([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1));
  return [...boxes.keys()].sort((one, other) => areas[one] - areas[other]);
}

/**
 * Whether a name at this place is seen to be its box's.
 * @param {Place | undefined} place
 * @returns {place is Place}
 */
export function isClear(place) {
  return place !== undefined && place.cost < MOST;
}

/**
 * What a name does to another box: hides of it, covers of its lines, and seems to be in it.
 * @param {Edges} name
 * @param {Edges} own box
 * @param {Edges} other
 */
function harm(name, own, other) {
  if (own.every((at, k) => at === other[k])) return 0;
  const [left, top, right, bottom] = name;
  const across = other.reduce((sum, at, k) => {
    const [along, from, to] = k % 2 ? [0, top, bottom] : [1, left, right];
    if (at < from - 2 || at > to + 2) return sum;
    return sum + Math.max(0, Math.min(other[along + 2], name[along + 2])
      - Math.max(other[along], name[along]));
  }, 0);
  const strange = hidden(other, own) < 0.5 ? 0.3 * hidden(other, name) : 0;
  return 2 * hidden(name, other) + across / (right - left + bottom - top) + strange;
}

/**
 * The share of a box that lies under a rectangle.
 * @param {Edges} rectangle
 * @param {Edges} box
 */
function hidden(rectangle, box) {
  return sharedArea(rectangle, box) / Math.max(1, (box[2] - box[0]) * (box[3] - box[1]));
}

/**
 * Where names are to stand of which those alone are shortened that have no room.
 * @param {Name[]} names
 * @param {number[]} image
 */
function placeLong(names, image) {
  let isLong = names.map(() => true);
  for (;;) {
    const places = placeNames(names.map(({ box, sizes }, k) =>
      ({ box, sizes: isLong[k] ? sizes.slice(0, 1) : sizes })), image, true);
    const stay = isLong.map((is, k) => is && isClear(places[k]));
    if (`${stay}` === `${isLong}`) return places;
    isLong = stay;
  }
}

/**
 * Write names on a canvas; those that are not shown keep their place free.
 * @param {Context} context
 * @param {{ box: number[], texts: string[], colour: string, isShown: boolean }[]} names boxes in
 *   fractions; of the texts the later ones are shorter
 * @param {number[]} image its width and height
 * @param {string} ink
 */
export function writeNames(context, names, image, ink) {
  const size = image[0] < NARROW ? 11.5 : 12.5;
  const face = getComputedStyle(context.canvas).getPropertyValue("--ssd-face-ui");
  context.font = `650 ${size}px ${face}`;
  const high = Math.round(1.65 * size);
  const edgesOf = (/** @type {number[]} */ box) =>
    /** @type {Edges} */ (box.map((at, k) => at * image[k % 2]));
  const sized = names.map(({ box, texts }) => ({
    box: edgesOf(box),
    sizes: texts.map((text) => [context.measureText(text).width + size, high]),
  }));
  const places = placeLong(sized, image);
  context.textBaseline = "middle";
  places.forEach((place, k) => {
    const { colour, texts, box, isShown } = names[k];
    if (!isShown || !isClear(place)) return;
    const [left, top, right] = place.edges;
    lead(context, edgesOf(box), place.edges, [colour, [], 1.5], ink);
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, top, right - left, high, 4);
    context.fill();
    context.fillStyle = ink;
    context.fillText(texts[place.which], left + size / 2, top + high / 2 + 0.5);
  });
}

/**
 * A line from a name that stands aside to its box.
 * @param {Context} context
 * @param {Edges} box
 * @param {Edges} name
 * @param {Look} look
 * @param {string} halo
 */
function lead(context, [x1, y1, x2, y2], [left, top, right, bottom], look, halo) {
  const isRight = left > x2 + 1;
  if (!isRight && right > x1 - 1) return;
  const middle = (top + bottom) / 2;
  strokeTwice(context, look, () => {
    context.moveTo(isRight ? left : right, middle);
    context.lineTo(isRight ? x2 : x1, clamp(middle, y1, y2));
  }, halo);
}
