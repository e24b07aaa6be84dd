// A box over a picture that mouse, touch and keys move.

import { arrowOf, clamp, make, tidy, upright } from "./stage.js";

/** @import { Stage } from "./stage.js" */

const KEY_STEP = 0.01;
const TINY = 0.12; // a box with a shorter side hides behind its corners
const BY_POINTER = "ssd-by-pointer"; // a hand sees what it moves: no ring shows the way

/** A box over the stage that can be dragged, resized by its corners, and moved by keys. */
export class BoxHandle {
  /**
   * @param {Stage} stage
   * @param {{ name: string, kind: string, get: () => number[], set: (box: number[]) => void }} box
   */
  constructor(stage, { name, kind, get, set }) {
    this.stage = stage;
    this.name = name;
    this.get = get;
    this.set = set;
    this.tag = make("span", { class: "ssd-tag" }, name);
    this.corners = ["nw", "ne", "se", "sw"].map((corner) =>
      make("span", { class: "ssd-corner", "data-corner": corner }));
    this.element = make("div", {
      class: `ssd-box ssd-${kind}`, tabindex: "0", role: "application",
      "aria-roledescription": "movable box",
      onkeydown: (event) => this.key(event),
      onpointerdown: (event) => this.grab(event),
      onblur: () => this.element.classList.remove(BY_POINTER),
    });
    // Corners and name lie above all boxes: what is drawn can be taken hold of.
    this.grips = make("div", {
      class: `ssd-grips ssd-${kind}`, onpointerdown: (event) => this.grab(event),
    }, this.tag, ...this.corners);
    stage.element.append(this.element, this.grips);
  }

  remove() {
    this.element.remove();
    this.grips.remove();
  }

  /** Put the element where the box is. */
  place() {
    const box = this.get();
    const [x1, y1, x2, y2] = upright(box);
    const above = 1000 - Math.round((x2 - x1) * (y2 - y1) * 900); // the smaller one
    const place = {
      left: `${x1 * 100}%`, top: `${y1 * 100}%`, width: `${(x2 - x1) * 100}%`,
      height: `${(y2 - y1) * 100}%`,
    };
    Object.assign(this.element.style, place, { zIndex: `${above}` });
    Object.assign(this.grips.style, place, { zIndex: `${above + 1000}` });
    this.tag.classList.toggle("ssd-within", y1 < 0.06); // else it stands on the box
    this.grips.classList.toggle("ssd-tiny", Math.min(x2 - x1, y2 - y1) < TINY);
    this.element.classList.toggle("ssd-inverted", box[2] < box[0] || box[3] < box[1]);
    const [left, top, right, bottom] = box.map((edge) => edge.toFixed(2));
    this.element.setAttribute("aria-label",
      `Box ${this.name}: left ${left}, top ${top}, right ${right}, bottom ${bottom}. ` +
      "Arrow keys move it, Shift with an arrow key resizes it.");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const arrow = arrowOf(event);
    if (!arrow) return;
    event.preventDefault();
    event.stopPropagation();
    this.element.classList.remove(BY_POINTER);
    const [dx, dy] = arrow.map((direction) => direction * KEY_STEP);
    this.set(event.shiftKey ? dragCorner(this.get(), "se", dx, dy) : dragAll(this.get(), dx, dy));
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const chosen = document.activeElement === this.element;
    this.element.focus({ preventScroll: true });
    this.element.classList.add(BY_POINTER);
    this.element.setPointerCapture(event.pointerId);
    const { corner } = /** @type {HTMLElement} */ (event.target).dataset;
    const [start, box] = [this.stage.at(event), this.get()];
    const move = (/** @type {PointerEvent} */ moved) => {
      const at = this.stage.at(moved);
      const [dx, dy] = [at[0] - start[0], at[1] - start[1]];
      this.set(corner ? dragCorner(box, corner, dx, dy) : dragAll(box, dx, dy));
    };
    const end = new AbortController();
    const { signal } = end;
    this.element.addEventListener("pointermove", move, { signal });
    this.element.addEventListener("pointercancel", () => { // the finger scrolls the page
      this.set(box);
      if (!chosen) this.element.blur();
    }, { signal });
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.element.addEventListener(type, () => end.abort(), { signal });
    }
  }
}

/**
 * The box moved as a whole, kept inside the picture.
 * @param {number[]} box
 * @param {number} dx
 * @param {number} dy
 */
export function dragAll(box, dx, dy) {
  const [x1, y1, x2, y2] = upright(box);
  const x = clamp(dx, -x1, 1 - x2);
  const y = clamp(dy, -y1, 1 - y2);
  return tidy([box[0] + x, box[1] + y, box[2] + x, box[3] + y]);
}

/**
 * The box with one corner moved, no further than the opposite one.
 * @param {number[]} box
 * @param {string} corner one of nw, ne, se, sw
 * @param {number} dx
 * @param {number} dy
 */
export function dragCorner(box, corner, dx, dy) {
  let [x1, y1, x2, y2] = upright(box);
  if (corner.includes("w")) x1 = clamp(x1 + dx, 0, x2);
  else x2 = clamp(x2 + dx, x1, 1);
  if (corner.includes("n")) y1 = clamp(y1 + dy, 0, y2);
  else y2 = clamp(y2 + dy, y1, 1);
  return tidy([x1, y1, x2, y2]);
}
