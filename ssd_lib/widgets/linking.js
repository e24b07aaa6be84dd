// What joins a number in a figure to its box on the image: labels, a line from one to the
// other, and the box that a pointer is at.

import { edgesOf, sharedArea } from "./rectangles.js";
import { make, makeSvg, rectOf } from "./stage.js";

/** @import { Box } from "./geometry.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {[left: number, top: number, width: number, height: number]} Rect */

const HIGH = 21; // pixels, of a label
const CLEAR = 6; // pixels between a line and the words that it leads to

/**
 * A function that has the work done once, when all that happens now has happened: a
 * change of three traits is one change of the figure.
 * @param {() => void} work
 */
export function soon(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      work();
    });
  };
}

/**
 * Which of some boxes has its edge at a place of the image, the nearest; -1 for none.
 * @param {(Box | undefined)[]} boxes in fractions
 * @param {number[]} at
 * @param {number} side of the image in pixels
 * @param {number} most pixels away
 */
export function edgeAt(boxes, at, side, most = 8) {
  let best = -1;
  let nearest = most / side;
  boxes.forEach((box, index) => {
    if (!box) return;
    const [right, down] = [0, 1].map((axis) =>
      Math.max(box[axis] - at[axis], at[axis] - box[axis + 2]));
    const away = Math.abs(Math.max(right, down));
    if (away < nearest) [best, nearest] = [index, away];
  });
  return best;
}

/**
 * Which of some boxes a place of the image is in: the smallest one, and of those that are
 * hardly larger the one whose edge is nearest; -1 for none.
 * @param {(Box | undefined)[]} boxes in fractions
 * @param {number[]} at
 * @param {number} most how far outside still counts, in fractions
 */
export function boxAt(boxes, at, most) {
  const near = boxes.flatMap((box, index) => {
    if (!box) return [];
    const out = Math.max(box[0] - at[0], at[0] - box[2], box[1] - at[1], at[1] - box[3]);
    if (out > most) return [];
    return [{ index, away: Math.abs(out), area: (box[2] - box[0]) * (box[3] - box[1]) }];
  });
  const least = Math.min(...near.map(({ area }) => area));
  const alike = near.filter(({ area }) => area <= 1.3 * least);
  return alike.sort((a, b) => a.away - b.away)[0]?.index ?? -1;
}

/**
 * Many boxes in thin lines.
 * @param {Context} context
 * @param {string} colour
 * @param {Rect[]} rects
 */
export function strokeAll(context, colour, rects) {
  context.strokeStyle = colour;
  context.setLineDash([]);
  context.lineWidth = 1;
  context.beginPath();
  for (const rect of rects) context.rect(...rect);
  context.stroke();
}

/** Labels on a canvas, none of which covers another. */
export class Labels {
  /** @type {Rect[]} */
  taken = [];
  /** @type {Rect[]} what is to be seen, where there is other room */
  spared = [];

  /**
   * @param {Context} context
   * @param {number} width of the image
   * @param {number} height
   * @param {number} beyond pixels around the image that are drawn on
   */
  constructor(context, width, height, beyond = 0) {
    this.context = context;
    this.ends = [-beyond, -beyond, width + beyond, height + beyond];
    this.size = [width, height];
  }

  /**
   * Keep a place free.
   * @param {Rect} rect
   */
  keep(rect) {
    this.taken.push(rect);
  }

  /**
   * Write at a box: within it, above, below, wherever there is room.
   * @param {Box} box in fractions
   * @param {string} text
   * @param {string} colour of the ground
   * @param {string} ink
   * @param {string} face
   * @param {boolean} [must] be written, even over another one
   */
  write(box, text, colour, ink, face, must = true) {
    const { context } = this;
    context.font = `650 12.5px ${face}`;
    const wide = context.measureText(text).width + 12;
    const [x, y, width, height] = rectOf(box, this.size[0], this.size[1]);
    const [right, below] = [x + width - wide, y + height];
    /** @type {[number, number][]} */
    const places = [[x, y - HIGH], [x, below], [right, y - HIGH], [right, below],
      [x, below - HIGH], [right, below - HIGH], [x, y], [right, y],
      [x + width / 4, below], [x + width / 4, y - HIGH], // along its edge, before beyond it
      [x, below + HIGH], [right, below + HIGH], [x, y - 2 * HIGH]];
    if (this.spared.length) {
      places.push(...[y, y + (height - HIGH) / 2, below - HIGH].flatMap((top) =>
        /** @type {[number, number][]} */ ([[x + width, top], [x - wide, top]])));
    }
    const inside = places.filter(([left, top]) => left >= this.ends[0] && top >= this.ends[1]
      && left + wide <= this.ends[2] && top + HIGH <= this.ends[3]);
    const over = (/** @type {[number, number]} */ place, /** @type {Rect[]} */ those) =>
      those.reduce((sum, one) =>
        sum + sharedArea(edgesOf([...place, wide, HIGH]), edgesOf(one)), 0);
    const hides = (/** @type {[number, number]} */ place) => // in quarters of the name
      Math.round(4 * over(place, this.spared) / (wide * HIGH));
    const [free] = inside.filter((place) => !over(place, this.taken))
      .sort((one, other) => hides(one) - hides(other));
    const place = free ?? (must ? inside[0] : undefined);
    if (!place) return;
    this.taken.push([...place, wide, HIGH]);
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(place[0], place[1], wide, HIGH, 5);
    context.fill();
    context.fillStyle = ink;
    context.textBaseline = "middle";
    context.fillText(text, place[0] + 6, place[1] + HIGH / 2 + 0.5);
  }
}

/** A line over a figure, from a number to its box. */
export class Thread {
  line = makeSvg("path", { class: "ssd-thread-line" });
  dot = makeSvg("circle", { class: "ssd-thread-dot", r: 4 });

  /** @param {HTMLElement} el the figure */
  constructor(el) {
    this.el = el;
    this.element = make("div", { class: "ssd-thread", "aria-hidden": "true" });
    this.element.append(makeSvg("svg", {}, this.line, this.dot));
    this.hide();
  }

  /**
   * @param {Element} from
   * @param {Element} stage the image
   * @param {Box} box in fractions of it
   */
  show(from, stage, box) {
    const [ground, cell, row, image] = [this.el, from, from.closest("tr") ?? from, stage]
      .map((one) => one.getBoundingClientRect());
    const beside = row.left >= image.right;
    const start = beside ? row : cell; // no line through the numbers of a row
    const x1 = (beside ? start.left - CLEAR : start.left + start.width / 2) - ground.left;
    const y1 = (beside ? start.top + start.height / 2 : start.top) - ground.top;
    const [left, top, right, bottom] = box.map((edge, k) => (k % 2
      ? image.top - ground.top + edge * image.height
      : image.left - ground.left + edge * image.width));
    const x2 = beside ? right : (left + right) / 2;
    const y2 = beside ? Math.min(Math.max(y1, top), bottom) : bottom;
    const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const bend = beside ? `${mx} ${y1} ${mx} ${y2}` : `${x1} ${my} ${x2} ${my}`;
    this.line.setAttribute("d", `M${x1} ${y1}C${bend} ${x2} ${y2}`);
    this.dot.setAttribute("cx", `${x2}`);
    this.dot.setAttribute("cy", `${y2}`);
    this.element.hidden = false;
  }

  hide() {
    this.element.hidden = true;
  }
}
