// The objects of the matching explorer, each a box that is moved, and how each looks.

import { overlap } from "./geometry.js";
import { BoxHandle, rectOf } from "./stage.js";

/** @import { Stage } from "./stage.js" */

const SAME = 0.6; // IoU of two frames around one thing: the second has a look of its own
const LARGE = 80; // pixels, a side

export class ObjectHandles {
  /** @type {BoxHandle[]} */
  all = [];

  /**
   * @param {Stage} stage
   * @param {object} reader
   * @param {(i: number) => number[]} reader.get
   * @param {(i: number, box: number[]) => void} reader.set
   * @param {(i: number) => void} reader.choose
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
    const { get, set, choose } = this.reader;
    if (`${this.all.map(({ name }) => name)}` !== `${names}`) {
      this.all.forEach((one) => one.remove());
      this.all = names.map((name, i) => {
        const handle = new BoxHandle(this.stage, {
          name, kind: "object", get: () => get(i), set: (box) => set(i, box),
        });
        handle.element.addEventListener("focus", () => choose(i));
        return handle;
      });
    }
    this.all.forEach((one, i) => {
      one.place();
      one.grips.classList.toggle("ssd-quiet", i !== chosen);
      if (i === chosen) one.grips.style.zIndex = "2500";
      const isSecond = boxes.slice(0, i).some((box) => overlap(box, boxes[i]).iou > SAME);
      for (const { classList } of [one.element, one.grips]) {
        classList.toggle("ssd-second", isSecond);
      }
      const [left, top] = boxes[i];
      one.grips.classList.toggle("ssd-right", left > 0.76 || boxes.slice(0, i).some(([x, y]) =>
        Math.abs(x - left) < 0.25 && Math.abs(y - top) < 0.07));
    });
  }

  /**
   * @param {number[] | undefined} gts that are not dimmed; without it, none is
   * @param {boolean} isContest whether only these matter
   * @param {number[]} told those whose name stands at their own box, while none is lit
   */
  light(gts, isContest, told) {
    this.all.forEach(({ element, grips }, i) => {
      for (const { classList } of [element, grips]) {
        classList.toggle("ssd-dim", !!gts && !gts.includes(i));
        classList.toggle("ssd-hushed", isContest);
        classList.toggle("ssd-name-at-box", !gts && told.includes(i));
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
   * What no label on the image is to cover, in pixels: the names, and where the faces of the
   * large ones are.
   * @param {number} width of the image
   * @param {number} height
   * @returns {import("./linking.js").Rect[]}
   */
  kept(width, height) {
    const frame = this.stage.element.getBoundingClientRect();
    return this.all.flatMap(({ tag, get }) => {
      const at = tag.getBoundingClientRect();
      const [x, y, wide, high] = rectOf(get(), width, height);
      const isLarge = wide > LARGE && high > LARGE;
      /** @type {import("./linking.js").Rect[]} */
      const rects = [[at.left - frame.left, at.top - frame.top, at.width, at.height]];
      if (isLarge) rects.push([x + wide / 4, y, wide / 2, 0.4 * high]);
      return rects;
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
