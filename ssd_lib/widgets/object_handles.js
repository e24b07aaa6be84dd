// The objects of the matching explorer, each a box that is moved, and how each looks.

import { BoxHandle } from "./stage.js";

/** @import { Stage } from "./stage.js" */

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
      const [left, top] = boxes[i];
      one.grips.classList.toggle("ssd-right", left > 0.76 || boxes.slice(0, i).some(([x, y]) =>
        Math.abs(x - left) < 0.25 && Math.abs(y - top) < 0.07));
    });
  }

  /**
   * @param {number[] | undefined} gts that are not dimmed; without it, none is
   * @param {boolean} isContest whether only these matter
   * @param {number | undefined} second of two that want one box: its outline is another
   */
  light(gts, isContest, second) {
    this.all.forEach(({ element, grips }, i) => {
      for (const { classList } of [element, grips]) {
        classList.toggle("ssd-dim", !!gts && !gts.includes(i));
        classList.toggle("ssd-hushed", isContest);
        classList.toggle("ssd-second", second === i);
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
   * Where the names stand on the image, in pixels.
   * @returns {import("./linking.js").Rect[]}
   */
  tags() {
    const frame = this.stage.element.getBoundingClientRect();
    return this.all.map(({ tag }) => {
      const at = tag.getBoundingClientRect();
      return [at.left - frame.left, at.top - frame.top, at.width, at.height];
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
