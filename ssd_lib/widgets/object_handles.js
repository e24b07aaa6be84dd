// The objects of the matching explorer, each a box that is moved, and how each looks.

import { BoxHandle } from "./box_handle.js";
import { rectOf } from "./stage.js";

/** @import { Rect } from "./linking.js" */
/** @import { Stage } from "./stage.js" */

const LARGE = 80; // pixels, a side
const DOT = 20; // pixels, of a corner as it is drawn

export class ObjectHandles {
  /** @type {BoxHandle[]} */
  all = [];

  /**
   * @param {Stage} stage
   * @param {object} reader
   * @param {(i: number) => number[]} reader.get
   * @param {(i: number, box: number[]) => void} reader.set
   * @param {(i: number) => void} reader.choose
   * @param {(i: number) => string} reader.hueOf token of its colour
   */
  constructor(stage, reader) {
    this.stage = stage;
    this.reader = reader;
  }

  /**
   * @param {string[]} names
   * @param {number[][]} boxes
   * @param {number} chosen
   */
  show(names, boxes, chosen) {
    const { get, set, choose, hueOf } = this.reader;
    if (`${this.all.map(({ name }) => name)}` !== `${names}`) {
      this.all.forEach((one) => one.remove());
      this.all = names.map((name, i) => {
        const handle = new BoxHandle(this.stage, {
          name, kind: "object", get: () => get(i), set: (box) => set(i, box),
        });
        handle.element.addEventListener("focus", () => choose(i));
        this.letThrough(handle);
        return handle;
      });
    }
    this.all.forEach((one, i) => {
      one.place();
      one.grips.classList.toggle("ssd-quiet", i !== chosen);
      if (i === chosen) {
        one.element.style.zIndex = "999"; // over the others: a drag from its inside moves it
        one.grips.style.zIndex = "2500";
      }
      for (const { style } of [one.element, one.grips]) {
        style.setProperty("--ssd-own", `var(--ssd-${hueOf(i)})`);
      }
      const [left, top] = boxes[i];
      one.grips.classList.toggle("ssd-right", left > 0.76 || boxes.slice(0, i).some(([x, y]) =>
        Math.abs(x - left) < 0.25 && Math.abs(y - top) < 0.07));
    });
  }

  /**
   * The chosen object lies over the others: a press on it that moves nothing chooses the
   * smallest one there.
   * @param {BoxHandle} handle
   */
  letThrough({ element, grips, get }) {
    let before = "";
    for (const part of [element, grips]) {
      part.addEventListener("pointerdown", ({ target }) => {
        before = target === element ? `${get()}` : "";
      });
    }
    const area = (/** @type {number[]} */ [x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1);
    element.addEventListener("click", ({ clientX, clientY }) => {
      if (`${get()}` !== before) return;
      const there = document.elementsFromPoint(clientX, clientY);
      const [smallest] = this.all.filter((one) => there.includes(one.element))
        .sort((one, other) => area(one.get()) - area(other.get()));
      smallest?.element.focus({ preventScroll: true });
    });
  }

  /**
   * @param {number[] | undefined} gts that are not dimmed; without it, none is
   * @param {boolean} isHushed whether those that are dimmed keep their names
   * @param {number[]} told those whose name stands at their own box
   */
  light(gts, isHushed, told) {
    this.all.forEach(({ element, grips }, i) => {
      for (const { classList } of [element, grips]) {
        classList.toggle("ssd-dim", !!gts && !gts.includes(i));
        classList.toggle("ssd-hushed", isHushed);
        classList.toggle("ssd-name-at-box", told.includes(i));
      }
    });
  }

  /**
   * Strike out the names of objects that have no box.
   * @param {boolean[]} lost of each, whether it has none
   */
  strike(lost) {
    this.all.forEach(({ grips }, gt) => grips.classList.toggle("ssd-without", lost[gt]));
  }

  /**
   * What no label on the image is to cover, in pixels: the names, and the corners that are drawn.
   * @param {number} width of the image
   * @param {number} height
   * @returns {Rect[]}
   */
  kept(width, height) {
    const frame = this.stage.element.getBoundingClientRect();
    return this.all.flatMap(({ tag, corners, get }) => {
      const at = tag.getBoundingClientRect();
      const [x, y, wide, high] = rectOf(get(), width, height);
      /** @type {Rect[]} */
      const rects = [[at.left - frame.left, at.top - frame.top, at.width, at.height]];
      if (!corners[0].checkVisibility()) return rects;
      for (const [left, top] of [[x, y], [x + wide, y], [x, y + high], [x + wide, y + high]]) {
        rects.push([left - DOT / 2, top - DOT / 2, DOT, DOT]);
      }
      return rects;
    });
  }

  /**
   * What one is to cover only where there is no other room: the faces of the large ones.
   * @param {number} width
   * @param {number} height
   * @returns {Rect[]}
   */
  faces(width, height) {
    return this.all.flatMap(({ get }) => {
      const [x, y, wide, high] = rectOf(get(), width, height);
      return wide > LARGE && high > LARGE ? [[x + wide / 4, y, wide / 2, 0.4 * high]] : [];
    });
  }

  /**
   * The object that an element belongs to; -1 for none.
   * @param {EventTarget | null} target
   */
  at(target) {
    return this.all.findIndex(({ element, grips }) =>
      target instanceof Node && (element.contains(target) || grips.contains(target)));
  }
}
