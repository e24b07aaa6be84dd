// The scenes that are trained on: discs, squares and triangles on shaded, noisy ground. A
// scene is drawn from random numbers alone, so a seed gives the same one everywhere.

import { centreInside, drawPatch, overlap, randomFrom } from "../geometry.js";

/** @typedef {{ box: number[], label: number }} Thing box: xyxy in fractions of the image */
/** @typedef {{ rgba: Uint8ClampedArray, objects: Thing[] }} Scene rgba: [size, size, 4] */
/** @typedef {{ imageSize: number, objects: number[], sizes: number[] }} Rule of a scene */

const TRIALS = 30; // to place an object
const WHOLE = [0, 0, 1, 1];
const MOST_SHARED = 0.1; // IoU of two objects
const LEAST_CONTRAST = 0.5; // between an object and the ground: sum over red, green, blue

/**
 * Random numbers for one purpose, independent of those for others.
 * @param {number[]} numbers a seed, and which of its streams
 */
export function stream(...numbers) {
  const mix = (/** @type {number} */ state, /** @type {number} */ number) =>
    Math.imul(state ^ (number + 0x9e3779b9), 0x85ebca6b) ^ (state >>> 13);
  return randomFrom(numbers.reduce(mix, 0x2545f491) >>> 0);
}

/**
 * The ground's three colours, each with its value in the corner and its slopes.
 * @param {() => number} random
 */
function drawGround(random) {
  return [0, 1, 2].map(() =>
    [0.2 + 0.6 * random(), 0.4 * (random() - 0.5), 0.4 * (random() - 0.5)]);
}

/**
 * Colour all of an image.
 * @param {Uint8ClampedArray} rgba
 * @param {number} size
 * @param {number[][]} ground
 * @param {() => number} random
 */
function paintGround(rgba, size, ground, random) {
  for (let at = 0; at < rgba.length; at += 4) {
    const [x, y] = [((at / 4) % size) / size, Math.floor(at / 4 / size) / size];
    for (let c = 0; c < 3; c += 1) {
      const value = ground[c][0] + ground[c][1] * x + ground[c][2] * y;
      rgba[at + c] = 255 * (value + 0.12 * (random() - 0.5));
    }
    rgba[at + 3] = 255;
  }
}

/**
 * A scene.
 * @param {() => number} random
 * @param {Rule} rule
 * @returns {Scene}
 */
export function drawScene(random, { imageSize: size, objects: [fewest, most], sizes }) {
  const rgba = new Uint8ClampedArray(size * size * 4);
  const ground = drawGround(random);
  paintGround(rgba, size, ground, random);
  const count = fewest + Math.floor(random() * (most - fewest + 1));
  /** @type {Thing[]} */
  const things = [];
  for (let trial = 0; trial < TRIALS && things.length < count; trial += 1) {
    const thing = place(random, sizes, things);
    const colour = [random(), random(), random()];
    const contrast = colour.reduce((sum, value, c) => sum + Math.abs(value - ground[c][0]), 0);
    if (!thing || contrast < LEAST_CONTRAST) continue;
    things.push(thing);
    paint(rgba, size, thing, colour, random);
  }
  return { rgba, objects: things };
}

/**
 * A thing somewhere in the image; null if it would cover another.
 * @param {() => number} random
 * @param {number[]} sizes
 * @param {Thing[]} others
 * @returns {Thing | null}
 */
function place(random, [smallest, largest], others) {
  const width = smallest + random() * (largest - smallest);
  const height = Math.min(width * (0.75 + 0.5 * random()), 0.95);
  const [x, y] = [random() * (1 - width), random() * (1 - height)];
  const box = [x, y, x + width, y + height];
  const label = 1 + Math.floor(3 * random());
  const isFree = others.every((other) => overlap(other.box, box).iou <= MOST_SHARED);
  return isFree ? { box, label } : null;
}

/** Whether a point of its box, in fractions of it, is in a disc, a square, a triangle. */
const SHAPES = [
  (/** @type {number} */ x, /** @type {number} */ y) => (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.25,
  () => true,
  (/** @type {number} */ x, /** @type {number} */ y) => Math.abs(x - 0.5) < y / 2,
];

/**
 * Colour a thing's pixels: those whose middle it covers.
 * @param {Uint8ClampedArray} rgba
 * @param {number} size
 * @param {Thing} thing
 * @param {number[]} colour
 * @param {() => number} random
 */
function paint(rgba, size, { box: [x1, y1, x2, y2], label }, colour, random) {
  for (let y = Math.floor(y1 * size); y < Math.min(y2 * size, size); y += 1) {
    for (let x = Math.floor(x1 * size); x < Math.min(x2 * size, size); x += 1) {
      const [u, v] = [((x + 0.5) / size - x1) / (x2 - x1), ((y + 0.5) / size - y1) / (y2 - y1)];
      if (u < 0 || u > 1 || v < 0 || v > 1 || !SHAPES[label - 1](u, v)) continue;
      const at = (y * size + x) * 4;
      for (let c = 0; c < 3; c += 1) rgba[at + c] = 255 * (colour[c] + 0.1 * (random() - 0.5));
    }
  }
}

/**
 * A scene turned to its mirror image half of the time, and cut to a patch and enlarged
 * half of the time, if an object's middle is in the patch.
 * @param {Scene} scene
 * @param {number} size of its image
 * @param {() => number} random
 * @returns {Scene}
 */
export function augment({ rgba, objects }, size, random) {
  const isMirrored = random() < 0.5;
  const drawn = random() < 0.5 ? drawPatch(random) : WHOLE;
  const inside = objects.filter(({ box }) => centreInside(box, drawn));
  const [patch, kept] = inside.length ? [drawn, inside] : [WHOLE, objects];
  const things = kept.map(({ box, label }) => ({ label, box: seenIn(box, patch, isMirrored) }));
  return { rgba: enlarged(rgba, size, patch, isMirrored), objects: things };
}

/**
 * A box in fractions of a patch, clipped to it.
 * @param {number[]} box
 * @param {number[]} patch
 * @param {boolean} isMirrored
 */
function seenIn(box, [left, top, right, bottom], isMirrored) {
  const clip = (/** @type {number} */ value) => Math.min(Math.max(value, 0), 1);
  const [x1, x2] = [box[0], box[2]].map((x) => clip((x - left) / (right - left)));
  const [y1, y2] = [box[1], box[3]].map((y) => clip((y - top) / (bottom - top)));
  return isMirrored ? [1 - x2, y1, 1 - x1, y2] : [x1, y1, x2, y2];
}

/**
 * A patch of an image at the image's size: each pixel is the nearest one of the patch.
 * @param {Uint8ClampedArray} rgba
 * @param {number} size
 * @param {number[]} patch
 * @param {boolean} isMirrored
 */
function enlarged(rgba, size, [left, top, right, bottom], isMirrored) {
  const image = new Uint8ClampedArray(rgba.length);
  for (let y = 0, to = 0; y < size; y += 1) {
    const row = Math.floor((top + ((y + 0.5) / size) * (bottom - top)) * size);
    for (let x = 0; x < size; x += 1, to += 4) {
      const across = ((isMirrored ? size - 1 - x : x) + 0.5) / size;
      const from = (row * size + Math.floor((left + across * (right - left)) * size)) * 4;
      for (let c = 0; c < 4; c += 1) image[to + c] = rgba[from + c];
    }
  }
  return image;
}
