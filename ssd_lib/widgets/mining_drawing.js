// Default boxes on the image of the hard-negative lab: dots at their centres, as large as
// what they cost, and frames with names for the costliest mistake at each object.

import { costText } from "./mining_words.js";
import { clamp, strokeTwice, writeTag } from "./stage.js";

/** @import { Context, Look } from "./stage.js" */
/** @typedef {[x: number, y: number, width: number, height: number]} Rect in pixels */
/**
 * @typedef {object} Mistake
 * @property {Rect} rect of the default box
 * @property {Rect} object that it is mistaken for
 * @property {string} name
 * @property {number} rank
 */

const [COST, LEAST] = [1 / 92, 1 / 450]; // radii of a dot of loss 1, of any: image widths
const [GAP, GOLDEN] = [1 / 140, 2.4]; // between dots that share a centre; their turn: radians
const [HIGH, CLEAR] = [20, 3]; // of a name, and around it
const THIN = 1.5; // pixels: of a frame
const FAR = 300; // how much a name below its frame is worse than one above it
const OBJECT = 1 / 150; // radius of a positive, in image widths
const RIM = 1.5; // pixels: a frame that goes beyond the image closes at its edge

/**
 * A dot for each box, its area what it costs. Boxes that share a centre crowd around it: the
 * first one stands there, the others wind outwards, and none moves as more of them come.
 * @param {Context} context
 * @param {{ rect: number[], weight: number }[]} boxes the worst first
 * @param {number} width of the image
 */
export function paintDots(context, boxes, width) {
  const [most, least, gap] = [Math.max(3, width * COST), Math.max(0.8, width * LEAST), width * GAP];
  /** @type {Map<string, { count: number, first: number }>} */
  const piles = new Map();
  for (const { rect: [x, y, wide, high], weight } of boxes) {
    const middle = [x + wide / 2, y + high / 2];
    const radius = Math.max(least, most * Math.sqrt(weight));
    const at = middle.map(Math.round).join();
    const pile = piles.get(at) ?? { count: 0, first: radius };
    const far = pile.count && Math.max(gap * Math.sqrt(pile.count), pile.first + radius);
    const turn = (pile.count + 0.3 * middle[0]) * GOLDEN;
    context.beginPath();
    context.arc(middle[0] + far * Math.cos(turn), middle[1] + far * Math.sin(turn), radius, 0, 7);
    context.fill();
    piles.set(at, { ...pile, count: pile.count + 1 });
  }
}

/**
 * The first mistake at each object.
 * @param {Mistake[]} mistakes the worst first
 */
export function worstOfEach(mistakes) {
  const seen = new Map();
  for (const one of mistakes) if (!seen.has(one.object)) seen.set(one.object, one);
  return /** @type {Mistake[]} */ ([...seen.values()]);
}

/**
 * A small square around the centre of a box.
 * @param {number[]} rect
 * @returns {Rect}
 */
export function centreOf([x, y, width, height]) {
  return [x + width / 2 - 3, y + height / 2 - 3, 6, 6];
}

/**
 * Whose name stands at a place.
 * @param {{ rank: number, place: Rect }[]} names
 * @param {number[]} at
 */
export function rankAt(names, [x, y]) {
  return names.find(({ place: [left, top, width, height] }) =>
    x >= left && x < left + width && y >= top && y < top + height)?.rank;
}

/**
 * The part of a box that lies on the image.
 * @param {number[]} rect
 * @param {number[]} size of the image
 * @returns {Rect}
 */
function clip([x, y, width, height], [wide, high]) {
  const [left, right] = [x, x + width].map((at) => clamp(at, RIM, wide - RIM));
  const [top, bottom] = [y, y + height].map((at) => clamp(at, RIM, high - RIM));
  return [left, top, right - left, bottom - top];
}

/**
 * The positives as dots of one size, or as outlines while someone asks for them.
 * @param {Context} context
 * @param {Rect[]} rects
 * @param {number} width of the image
 * @param {"positive" | "left" | undefined} asked
 */
export function paintPositives(context, rects, width, asked) {
  context.lineWidth = 1.5;
  if (asked === "positive") for (const rect of rects) context.strokeRect(...rect);
  if (asked) return;
  context.strokeStyle = "#fff";
  for (const [x, y, wide, high] of rects) {
    context.beginPath();
    context.arc(x + wide / 2, y + high / 2, Math.max(2.2, width * OBJECT), 0, 7);
    context.stroke();
    context.fill();
  }
}

/**
 * The box that is pointed at, with its cost on it.
 * @param {Context} context
 * @param {Rect} rect
 * @param {number} width of the image
 * @param {object} box
 * @param {number} box.cost
 * @param {boolean} box.does count
 * @param {string[]} box.colours of the frame, of the words, around the frame
 */
export function paintLit(context, rect, width, { cost, does, colours: [ground, ink, halo] }) {
  /** @type {Look} */
  const look = [ground, does ? [] : [7, 5], 3.5];
  strokeTwice(context, look, () => context.rect(...rect), halo);
  writeTag(context, `cost ${costText(cost)}`, rect.slice(0, 2), width, [ground, ink]);
}

/**
 * Frames of a few mistakes, thin: the smaller one lies on the larger one and hides its lines.
 * @param {Context} context that has nothing else yet
 * @param {Mistake[]} mistakes
 * @param {number[]} size of the image
 * @param {string[]} colours of the frames and around them
 */
export function paintFrames(context, mistakes, size, [ground, halo]) {
  const area = (/** @type {Rect} */ [, , width, height]) => width * height;
  const rects = mistakes.map(({ rect }) => clip(rect, size));
  for (const rect of rects.sort((one, other) => area(other) - area(one))) {
    context.clearRect(...rect);
    context.globalAlpha = 0.6;
    strokeTwice(context, [halo, [], THIN], () => context.rect(...rect), halo);
    context.globalAlpha = 1;
    context.strokeStyle = ground;
    context.strokeRect(...rect);
  }
}

/**
 * The names of mistakes on the upper edges of their frames.
 * @param {Context} context
 * @param {Mistake[]} mistakes the worst first
 * @param {object} look
 * @param {number[]} look.size of the image
 * @param {Rect[]} look.dots that names leave free
 * @param {string[]} look.colours of the grounds and of the names
 * @returns {{ rank: number, place: Rect }[]} where the names stand
 */
export function paintNames(context, mistakes, { size, dots, colours: [ground, ink] }) {
  context.font = `650 13px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = "left";
  const names = placeNames(mistakes, size, dots,
    (name) => context.measureText(name).width + 12);
  names.forEach((place, i) => {
    context.fillStyle = ground;
    context.beginPath();
    context.roundRect(...place, 4);
    context.fill();
    context.fillStyle = ink;
    context.fillText(mistakes[i].name, place[0] + 6, place[1] + 15);
  });
  return names.map((place, i) => ({ rank: mistakes[i].rank, place }));
}

/**
 * Where each name stands: above its frame if it can, near its object and off the others.
 * @param {Mistake[]} mistakes
 * @param {number[]} size of the image
 * @param {Rect[]} dots that would be covered
 * @param {(name: string) => number} widthOf
 */
export function placeNames(mistakes, size, dots, widthOf) {
  /** @type {Rect[]} */
  const places = [];
  for (const { rect, object, name } of mistakes) {
    const spots = spotsOf(clip(rect, size), widthOf(name), size);
    const others = mistakes.filter((one) => one.object !== object);
    const costs = spots.map((spot) => {
      /** @param {Rect[]} rects */
      const met = (rects) => rects.filter((one) => isNear(spot, one)).length;
      const crossed = others.filter(({ rect: one }) => isNear(spot, one) && !isIn(spot, one));
      const isBelow = spot[1] > rect[1] + rect[3] / 2;
      return apart(spot, object) + 900 * met(places) + FAR * Number(isBelow)
        + 60 * met(others.map((one) => one.object)) + 60 * crossed.length + 40 * met(dots);
    });
    places.push(spots[costs.indexOf(Math.min(...costs))]);
  }
  return places;
}

/**
 * Places for a name on a frame: above and below it.
 * @param {Rect} frame
 * @param {number} long
 * @param {number[]} size of the image
 * @returns {Rect[]}
 */
function spotsOf([x, y, width, height], long, [wide, high]) {
  const across = [x - RIM, x + (width - long) / 2, x + width - long + RIM];
  const ends = [y - HIGH, y + height].flatMap((top) => across.map((left) => [left, top]));
  return ends.map(([left, top]) => /** @type {Rect} */ (
    [clamp(left, 0, wide - long), clamp(top, 0, high - HIGH), long, HIGH]));
}

/**
 * How far the middle of one rectangle is from that of another.
 * @param {Rect} one
 * @param {Rect} other
 */
function apart([x, y, width, height], [left, top, wide, high]) {
  return Math.hypot(x + width / 2 - left - wide / 2, y + height / 2 - top - high / 2);
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

/**
 * Whether a rectangle lies in another one.
 * @param {number[]} one
 * @param {number[]} other
 */
function isIn([x, y, width, height], [left, top, wide, high]) {
  return x > left && x + width < left + wide && y > top && y + height < top + high;
}
