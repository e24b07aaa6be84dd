// Small drawings for questions: what is asked of, and, once an answer has been graded, what
// decides it.

import { makeSvg, svgText } from "./stage.js";

/** @typedef {[x1: number, y1: number, x2: number, y2: number]} Rect */
/** @typedef {{ size: [number, number], asked: Node[], told: Node[] }} Drawing */

const CELL = 20; // units of a drawing
const HIGH = 112;

/**
 * @param {string} name of a class
 * @param {Rect} rect in units
 */
function rectangle(name, [x1, y1, x2, y2]) {
  return makeSvg("rect", { class: name, x: x1, y: y1, width: x2 - x1, height: y2 - y1 });
}

/**
 * Two boxes on squared paper, and the squares that they share.
 * @param {Rect} a in squares
 * @param {Rect} b
 * @returns {Drawing}
 */
function pair(a, b) {
  const [wide, high] = [2, 3].map((k) => Math.max(a[k], b[k]));
  const unit = Math.min(CELL, HIGH / (high + 1.2));
  const place = (/** @type {Rect} */ [x1, y1, x2, y2]) =>
    /** @type {Rect} */ ([x1, y1, x2, y2].map((at) => (at + 0.3) * unit));
  const shared = /** @type {Rect} */ (a.map((at, k) => (k < 2 ? Math.max : Math.min)(at, b[k])));
  const area = (/** @type {Rect} */ [x1, y1, x2, y2]) =>
    Math.max(x2 - x1, 0) * Math.max(y2 - y1, 0);
  const both = area(shared);
  const lines = [...Array(wide + 1).keys()].map((x) => `M${(x + 0.3) * unit} ${0.3 * unit}v${
    high * unit}`).concat([...Array(high + 1).keys()].map((y) => `M${0.3 * unit} ${
    (y + 0.3) * unit}h${wide * unit}`));
  const width = Math.max((wide + 0.6) * unit, 130);
  return {
    size: [width, HIGH],
    asked: [makeSvg("path", { class: "ssd-drawn-grid", d: lines.join("") }),
      rectangle("ssd-drawn-a", place(a)), rectangle("ssd-drawn-b", place(b))],
    told: [...(both ? [rectangle("ssd-drawn-both", place(shared))] : []),
      svgText(0.3 * unit, (high + 0.6) * unit + 12, "start",
        `both ${both}, together ${area(a) + area(b) - both}`)],
  };
}

/**
 * Detections, the surest first.
 * @param {string} marks a + for each that is right, a − for each that is wrong
 * @param {string} told
 * @returns {Drawing}
 */
function detections(marks, told) {
  const step = 30;
  return {
    size: [step * marks.length + 10, 78],
    asked: [...marks].flatMap((mark, k) => [
      makeSvg("rect", { class: mark === "+" ? "ssd-drawn-right" : "ssd-drawn-wrong",
        x: 4 + step * k, y: 6, width: 24, height: 24, rx: 5 }),
      svgText(16 + step * k, 23, "middle", mark === "+" ? "✓" : "✕")]),
    told: [svgText(4, 56, "start", told)],
  };
}

/**
 * A table of IoU, object by object.
 * @param {number[][]} rows
 * @param {number[]} taken which box each object gets
 * @returns {Drawing}
 */
function table(rows, taken) {
  const [wide, high] = [52, 28];
  return {
    size: [70 + wide * rows[0].length, 24 + high * rows.length],
    asked: [
      ...rows[0].map((_, k) => svgText(70 + wide * (k + 0.5), 15, "middle", `box ${k}`)),
      ...rows.flatMap((row, i) => [svgText(4, 42 + high * i, "start", `object ${i}`),
        ...row.map((iou, k) => svgText(70 + wide * (k + 0.5), 42 + high * i, "middle", iou))])],
    told: taken.map((k, i) => makeSvg("rect", { class: "ssd-drawn-a", x: 72 + wide * k,
      y: 23 + high * i, width: wide - 4, height: high - 3, rx: 5 })),
  };
}

/**
 * A map of cells with a window in a corner, and the ring that it needs.
 * @param {number} cells
 * @returns {Drawing}
 */
function ring(cells) {
  const unit = 16;
  const squares = [...Array((cells + 2) ** 2).keys()].map((k) =>
    [k % (cells + 2), Math.floor(k / (cells + 2))]);
  const isRim = (/** @type {number[]} */ place) => place.some((at) => at < 1 || at > cells);
  const square = (/** @type {string} */ name) => (/** @type {number[]} */ [x, y]) =>
    rectangle(name, [2 + x * unit, 2 + y * unit, 1 + (x + 1) * unit, 1 + (y + 1) * unit]);
  return {
    size: [(cells + 2) * unit + 4, (cells + 2) * unit + 4],
    asked: squares.filter((one) => !isRim(one)).map(square("ssd-drawn-cell")),
    told: [...squares.filter(isRim).map(square("ssd-drawn-rim")),
      rectangle("ssd-drawn-a", [2, 2, 1 + 3 * unit, 1 + 3 * unit])],
  };
}

/** @type {Record<string, () => Drawing>} */
const DRAWINGS = {
  "boxes.half-shift": () => pair([0, 0, 4, 4], [2, 0, 6, 4]),
  "boxes.nested": () => pair([0, 0, 4, 4], [1, 1, 3, 3]),
  "boxes.touching": () => pair([0, 0, 3, 3], [3, 0, 6, 3]),
  "augment.side": () => pair([0, 0, 5, 5], [1, 1, 4, 4]),
  "evaluate.precision": () => detections("+−++−", "3 right of 5 that are shown"),
  "evaluate.recall": () => detections("+−++−", "3 found of 4 objects"),
  "matching.by-hand": () => table([[0.9, 0.8], [0.85, 0.1]], [0, 1]),
  "heads.keeps": () => ring(5),
};

/**
 * The drawing of a question, if it has one; `tell` shows what decides it.
 * @param {string} name
 */
export function drawingOf(name) {
  if (!Object.hasOwn(DRAWINGS, name)) return undefined;
  const { size: [width, height], asked, told } = DRAWINGS[name]();
  const answer = makeSvg("g", { class: "ssd-drawn-answer" }, ...told);
  const element = makeSvg("svg", {
    class: "ssd-drawn", viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true",
  }, ...asked, answer);
  return {
    element,
    /** @param {boolean} isTold */
    tell: (isTold) => element.classList.toggle("ssd-told-too", isTold),
  };
}
