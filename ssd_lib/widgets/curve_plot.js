// Precision over recall as a curve, with a point that is dragged along it.

import { averagePrecision } from "./geometry.js";
import { arrowOf, makeSvg, svgText } from "./stage.js";

/** @typedef {{ recall: number, precision: number }} Place */

const [LEFT, TOP, SIDE_X, SIDE_Y] = [40, 22, 260, 226];
const WIDE = LEFT + SIDE_X + 14;
const UNDER = TOP + SIDE_Y + 17; // where the numbers of recall stand
const TOUCH = 36; // pixels around the point in which a finger takes hold of it
const TENTHS = Array.from({ length: 11 }, (_, k) => k / 10);

/** The plot; `element` goes into the page. Places are counted in detections, from 0. */
export class CurvePlot {
  /** @type {Place[]} */
  curve = [];
  dragging = false;
  area = makeSvg("path", { class: "ssd-filed" });
  teeth = makeSvg("path", { class: "ssd-teeth" });
  squares = makeSvg("g", {});
  guides = makeSvg("path", { class: "ssd-guides" });
  ring = makeSvg("circle", { class: "ssd-ring", r: 9 });
  here = makeSvg("circle", { class: "ssd-here", r: 8 });
  grip = makeSvg("circle", {
    class: "ssd-grip", r: 22, tabindex: 0, role: "slider",
    "aria-label": "The point on the curve", "aria-valuemin": 0,
  });
  atRecall = text(0, UNDER, "middle", "", "ssd-at");
  atPrecision = text(LEFT - 7, 0, "end", "", "ssd-at");
  inArea = text(LEFT + 14, TOP + SIDE_Y - 16, "start", "", "ssd-in-area");
  ticks = [0, 0.5, 1].map((v) => ({
    v, below: text(x(v), UNDER, "middle", v), beside: text(LEFT - 7, y(v) + 4, "end", v),
  }));

  /**
   * @param {object} hands
   * @param {(count: number) => void} hands.goTo
   * @param {(by: number) => void} hands.step
   * @param {(count: number) => void} hands.point 0: at nothing
   */
  constructor({ goTo, step, point }) {
    const element = /** @type {SVGSVGElement} */ (makeSvg("svg", {
      class: "ssd-plot ssd-pr", viewBox: `0 0 ${WIDE} ${UNDER + 19}`,
      role: "group", "aria-label": "Precision over recall",
    }, this.area, makeSvg("path", { class: "ssd-axis", d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}` }),
    this.teeth, this.squares, this.inArea, this.guides,
    ...this.ticks.flatMap(({ below, beside }) => [below, beside]),
    text(LEFT - 34, 12, "start", "precision"), text(x(1), UNDER + 15, "end", "recall"),
    this.atRecall, this.atPrecision, this.ring, this.here, this.grip));
    this.element = element;
    const end = () => this.drag(false);
    element.addEventListener("pointerdown", (event) => {
      const { button, pointerType, target } = event;
      const isAtPoint = target === this.grip || this.isAtPoint(event);
      if (button !== 0 || (pointerType !== "mouse" && !isAtPoint)) return;
      event.preventDefault();
      this.grip.classList.add("ssd-by-pointer");
      /** @type {SVGElement} */ (this.grip).focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      this.drag(true);
      goTo(this.nearest(event).count);
    });
    element.addEventListener("touchstart", (event) => { // else the page would scroll
      if (event.touches.length === 1 && this.isAtPoint(event.touches[0])) event.preventDefault();
    }, { passive: false });
    element.addEventListener("pointermove", (event) => {
      const { count, away } = this.nearest(event);
      if (this.dragging) goTo(count);
      else if (event.pointerType === "mouse") point(away < 14 ? count : 0);
    });
    element.addEventListener("click", (event) => goTo(this.nearest(event).count));
    element.addEventListener("pointerleave", () => point(0));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
      element.addEventListener(type, end);
    }
    this.grip.addEventListener("keydown", (event) => {
      const arrow = arrowOf(/** @type {KeyboardEvent} */ (event));
      if (!arrow) return;
      event.preventDefault();
      this.grip.classList.remove("ssd-by-pointer");
      step(arrow[0] || arrow[1]);
    });
  }

  /** @param {boolean} on */
  drag(on) {
    this.dragging = on;
    this.here.classList.toggle("ssd-dragged", on);
  }

  /**
   * Whether a finger is at the point that is dragged.
   * @param {{ clientX: number, clientY: number }} finger
   */
  isAtPoint({ clientX, clientY }) {
    const { left, top, width, height } = this.here.getBoundingClientRect();
    return Math.hypot(clientX - left - width / 2, clientY - top - height / 2) < TOUCH;
  }

  /** @param {number} count */
  place(count) {
    return count ? this.curve[count - 1] : { recall: 0, precision: 1 };
  }

  /**
   * The point of the curve that is nearest to a pointer, and how far away that is.
   * @param {MouseEvent} event
   */
  nearest(event) {
    const frame = this.element.getBoundingClientRect();
    const [px, py] = [event.clientX - frame.left, event.clientY - frame.top]
      .map((at) => (at * WIDE) / frame.width);
    let [best, away] = [0, Infinity];
    for (let count = 0; count <= this.curve.length; count += 1) {
      const { recall, precision } = this.place(count);
      const distance = Math.hypot(x(recall) - px, y(precision) - py);
      if (distance < away) [best, away] = [count, distance];
    }
    return { count: best, away };
  }

  /**
   * A ring around the point of one detection.
   * @param {number} count 0: none
   */
  encircle(count) {
    this.ring.setAttribute("visibility", count ? "visible" : "hidden");
    moveTo(this.ring, this.place(count));
  }

  /**
   * @param {Place[]} curve
   * @param {number} count of detections that are shown
   * @param {boolean} eleven whether the 11 points are drawn
   */
  draw(curve, count, eleven) {
    this.curve = curve;
    const { recall, precision } = this.place(count);
    const from = (/** @type {number} */ asked) => Math.max(0,
      ...curve.filter((p) => p.recall >= asked).map((p) => p.precision));
    const recalls = [...new Set(curve.map((p) => p.recall))];
    let below = `M${x(0)} ${y(0)}`;
    [0, ...recalls].forEach((start, k) => {
      if (recalls[k] > start) below += `V${y(from(recalls[k]))}H${x(recalls[k])}`;
    });
    this.area.setAttribute("d", `${below}V${y(0)}Z`);
    this.teeth.setAttribute("d", [this.place(0), ...curve].map((p, k) =>
      `${k ? "L" : "M"}${x(p.recall)} ${y(p.precision)}`).join(""));
    this.squares.replaceChildren(...(eleven ? TENTHS : []).map((v) => makeSvg("rect", {
      class: "ssd-eleven", x: x(v) - 3.5, y: y(from(v)) - 3.5, width: 7, height: 7,
    })));
    this.guides.setAttribute("d", `M${x(0)} ${y(precision)}H${x(recall)}V${y(0)}`);
    moveTo(this.here, { recall, precision });
    moveTo(this.grip, { recall, precision });
    this.atRecall.setAttribute("x", `${x(recall)}`);
    this.atRecall.textContent = recall.toFixed(2);
    this.atPrecision.setAttribute("y", `${y(precision) + 4}`);
    this.atPrecision.textContent = precision.toFixed(2);
    for (const { v, below: under, beside } of this.ticks) { // none under a number
      under.setAttribute("opacity", count && Math.abs(v - recall) < 0.1 ? "0" : "1");
      beside.setAttribute("opacity", count && Math.abs(v - precision) < 0.07 ? "0" : "1");
    }
    const area = averagePrecision(curve, "voc10");
    this.inArea.textContent = area > 0.12 ? `AP ${area.toFixed(2)}` : "";
    for (const one of [this.here, this.guides, this.atRecall, this.atPrecision]) {
      one.setAttribute("visibility", count ? "visible" : "hidden"); // nothing shown has no place
    }
    this.grip.setAttribute("aria-valuemax", `${curve.length}`);
    this.grip.setAttribute("aria-valuenow", `${count}`);
    this.grip.setAttribute("aria-valuetext", count
      ? `${count} boxes, recall ${recall.toFixed(2)}, precision ${precision.toFixed(2)}`
      : "nothing shown");
  }
}

/**
 * @param {Element} circle
 * @param {Place} place
 */
function moveTo(circle, { recall, precision }) {
  circle.setAttribute("cx", `${x(recall)}`);
  circle.setAttribute("cy", `${y(precision)}`);
}

/** @param {number} recall */
function x(recall) {
  return Math.round(10 * (LEFT + SIDE_X * recall)) / 10;
}

/** @param {number} precision */
function y(precision) {
  return Math.round(10 * (TOP + SIDE_Y * (1 - precision))) / 10;
}

/**
 * A number or a word of the plot.
 * @param {number} left
 * @param {number} top
 * @param {"start" | "middle" | "end"} anchor
 * @param {string | number} words
 * @param {string} [kind]
 */
function text(left, top, anchor, words, kind = "ssd-tick") {
  const element = svgText(left, top, anchor, words);
  element.setAttribute("class", kind);
  return element;
}
