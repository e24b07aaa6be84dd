// Where a thing of a composed scene is, and what it covers: arithmetic without a page.

import { randomFrom } from "./geometry.js";
import { clamp } from "./stage.js";
import { THINGS } from "./toy_things.js";

/** @import { Box } from "./geometry.js" */
/** @typedef {[x: number, y: number]} Point */
/**
 * @typedef {object} Placed a thing in a scene
 * @property {string} name of the thing
 * @property {number} x of its centre, in fractions of the image, as all lengths are
 * @property {number} y
 * @property {number} height before it is turned
 * @property {number} turn in degrees, clockwise
 * @property {boolean} flip whether it looks the other way
 * @property {number} colour which of its palettes
 */

const UNIT = 1000; // of toy_things.js
export const SMALLEST = 0.02;
export const LARGEST = 1.2;
/** Heights at which things look right beside each other. @type {Record<string, number>} */
export const USUAL = {
  dog: 0.44, cat: 0.36, ball: 0.14, bird: 0.13, car: 0.15, kite: 0.26, tree: 0.46, boat: 0.26,
};

/**
 * A thing as it is put in first.
 * @param {Partial<Placed> & { name: string }} thing
 * @returns {Placed}
 */
export function placed(thing) {
  return { x: 0.5, y: 0.5, height: USUAL[thing.name], turn: 0, flip: false, colour: 0, ...thing };
}

/**
 * Width and height of a thing before it is turned.
 * @param {Placed} thing
 * @returns {Point}
 */
export function sizeOf({ name, height }) {
  return [height * THINGS[name].aspect, height];
}

/**
 * Where a point of the thing's own square, 0 to 1 each way, lies on the image.
 * @param {Placed} thing
 * @param {Point} point
 * @returns {Point}
 */
export function toImage(thing, [u, v]) {
  const [wide, tall] = sizeOf(thing);
  const [x, y] = [(u - 0.5) * wide * (thing.flip ? -1 : 1), (v - 0.5) * tall];
  const [sin, cos] = sinCos(thing.turn);
  return [thing.x + cos * x - sin * y, thing.y + sin * x + cos * y];
}

/**
 * Where a point of the image lies in the thing's own square: the way back.
 * @param {Placed} thing
 * @param {Point} point
 * @returns {Point}
 */
export function toThing(thing, [x, y]) {
  const [wide, tall] = sizeOf(thing);
  const [sin, cos] = sinCos(thing.turn);
  const [dx, dy] = [x - thing.x, y - thing.y];
  const across = (cos * dx + sin * dy) * (thing.flip ? -1 : 1);
  return [across / wide + 0.5, (cos * dy - sin * dx) / tall + 0.5];
}

/** @param {number} turn in degrees */
function sinCos(turn) {
  const angle = (turn * Math.PI) / 180;
  return [Math.sin(angle), Math.cos(angle)];
}

/**
 * The thing's outline on the image: its convex hull.
 * @param {Placed} thing
 * @returns {Point[]}
 */
export function outlineOf(thing) {
  return THINGS[thing.name].hull.map(([u, v]) => toImage(thing, [u / UNIT, v / UNIT]));
}

/**
 * The box around a thing, which may reach beyond the image.
 * @param {Placed} thing
 * @returns {Box}
 */
export function boundsOf(thing) {
  const outline = outlineOf(thing);
  const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * Whether a point of the image is on a thing, or as near to its outline as this.
 * @param {Placed} thing
 * @param {Point} point
 * @param {number} near
 */
export function touches(thing, [x, y], near = 0) {
  const outline = outlineOf(thing);
  let inside = true;
  let away = Infinity;
  outline.forEach(([x1, y1], k) => {
    const [x2, y2] = outline[(k + 1) % outline.length];
    const cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1);
    if ((thing.flip ? -cross : cross) < 0) inside = false; // a flipped outline runs backwards
    const along = clamp(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1))
      / ((x2 - x1) ** 2 + (y2 - y1) ** 2));
    away = Math.min(away, Math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1)));
  });
  return inside || away < near;
}

/**
 * The thing that a pointer means: the topmost that it touches, or else the nearest; -1 for none.
 * @param {Placed[]} things from back to front
 * @param {Point} point
 * @param {number} near
 */
export function thingAt(things, point, near) {
  const exact = things.findLastIndex((thing) => touches(thing, point));
  return exact >= 0 ? exact : things.findLastIndex((thing) => touches(thing, point, near));
}

/**
 * The thing moved; its centre stays on the image.
 * @param {Placed} thing
 * @param {number} dx
 * @param {number} dy
 * @returns {Placed}
 */
export function moved(thing, dx, dy) {
  return { ...thing, x: tidy(clamp(thing.x + dx)), y: tidy(clamp(thing.y + dy)) };
}

/**
 * The thing made larger or smaller around its centre.
 * @param {Placed} thing
 * @param {number} factor
 * @returns {Placed}
 */
export function resized(thing, factor) {
  return { ...thing, height: tidy(clamp(thing.height * factor, SMALLEST, LARGEST)) };
}

/**
 * The thing turned clockwise; its turn stays within half a circle.
 * @param {Placed} thing
 * @param {number} degrees
 * @returns {Placed}
 */
export function turned(thing, degrees) {
  const turn = (((thing.turn + degrees + 180) % 360) + 360) % 360 - 180;
  return { ...thing, turn: Math.round(10 * turn) / 10 };
}

/**
 * What two points that move do to a thing: the second is a finger or a handle, the first
 * another finger or the thing's centre.
 * @param {Placed} thing as it was at the start
 * @param {[Point, Point]} from
 * @param {[Point, Point]} to
 * @param {{ turn?: boolean, resize?: boolean }} allowed
 * @returns {Placed}
 */
export function pulled(thing, [a, b], [c, d], { turn = true, resize = true }) {
  const far = (/** @type {Point} */ p, /** @type {Point} */ q) =>
    Math.max(Math.hypot(q[0] - p[0], q[1] - p[1]), 1e-3);
  const angle = (/** @type {Point} */ p, /** @type {Point} */ q) =>
    (Math.atan2(q[1] - p[1], q[0] - p[0]) * 180) / Math.PI;
  const [dx, dy] = [0, 1].map((k) => (c[k] + d[k] - a[k] - b[k]) / 2);
  const both = a[0] !== c[0] || a[1] !== c[1]; // a centre stays where it is
  let now = both ? moved(thing, dx, dy) : thing;
  if (resize) now = resized(now, far(c, d) / far(a, b));
  return turn ? turned(now, angle(c, d) - angle(a, b)) : now;
}

/**
 * A share of the smaller box that the larger one covers.
 * @param {Box} one
 * @param {Box} other
 */
export function covered(one, other) {
  const [wide, tall] = [0, 1].map((k) =>
    Math.max(0, Math.min(one[k + 2], other[k + 2]) - Math.max(one[k], other[k])));
  const area = (/** @type {Box} */ box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (wide * tall) / Math.min(area(one), area(other));
}

/** @param {number} value */
function tidy(value) {
  return Math.round(value * 1e4) / 1e4;
}

/** Where things of a kind like to be: how many at most, from and to. */
/** @type {[names: string[], most: number, x: Point, y: Point, scale: Point][]} */
const LAND = [
  [["tree"], 2, [0.08, 0.92], [0.36, 0.44], [0.7, 1.1]],
  [["kite", "bird", "bird"], 3, [0.1, 0.9], [0.1, 0.24], [0.4, 1.1]],
  [["car"], 1, [0.16, 0.84], [0.42, 0.45], [0.6, 1.2]],
  [["dog", "cat"], 2, [0.2, 0.8], [0.62, 0.72], [0.7, 1.4]],
  [["ball"], 2, [0.1, 0.9], [0.78, 0.9], [0.4, 1.2]],
];
/** @type {typeof LAND} */
const SEA = [
  [["kite", "bird", "bird"], 3, [0.1, 0.9], [0.1, 0.24], [0.4, 1.1]],
  [["boat"], 3, [0.12, 0.88], [0.4, 0.5], [0.35, 1.4]],
  [["dog", "cat", "ball"], 2, [0.15, 0.85], [0.74, 0.82], [0.6, 1]],
  [["ball"], 1, [0.1, 0.9], [0.86, 0.92], [0.6, 1.1]],
];

/**
 * Things for a scene, from back to front; none hides much of another.
 * @param {number} seed
 * @param {boolean} atSea
 * @returns {Placed[]}
 */
export function composed(seed, atSea) {
  const random = randomFrom(7919 * seed + 11);
  const between = (/** @type {Point} */ [low, high]) => tidy(low + (high - low) * random());
  /** @type {Placed[]} */
  const things = [];
  for (const [names, most, x, y, scale] of atSea ? SEA : LAND) {
    const count = Math.round(random() * most + 0.3);
    for (let k = 0, tries = 0; k < Math.min(count, most) && tries < 12; tries += 1) {
      const name = names[Math.floor(names.length * random())];
      const height = tidy(USUAL[name] * between(scale));
      const thing = placed({
        name, height, x: between(x), y: between(y), flip: random() < 0.5,
        turn: Math.round((y[0] < 0.2 ? 50 : 8) * (random() - 0.5)), // what flies leans
        colour: Math.floor(THINGS[name].palettes.length * random()),
      });
      if (things.some((other) => covered(boundsOf(thing), boundsOf(other)) > 0.3)) continue;
      things.push(thing);
      k += 1;
    }
  }
  return things.length > 3 ? things : composed(seed + 1000, atSea);
}
