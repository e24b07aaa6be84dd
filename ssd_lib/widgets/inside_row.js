// One row of a network's answer, number by number: its nine scores, its four offsets, the
// default box that it belongs to, and the box that it says.

import { labelOf, placeOf, shapesOf } from "./inside_facts.js";
import { barsOf } from "./inside_parts.js";
import { make } from "./stage.js";

/** @import { Box } from "./geometry.js" */
/** @import { LookInside } from "./look_inside.js" */

const OFFSETS = ["x", "y", "width", "height"];

/** The numbers of a row; `element` goes into the page. */
export class RowCard {
  /**
   * @param {LookInside} inside
   * @param {(row: number) => void} go to another row
   */
  constructor(inside, go) {
    this.inside = inside;
    const { classes, total } = inside.scene;
    this.row = 0;
    this.input = make("input", {
      type: "number", min: 0, max: total - 1, step: 1, "aria-label": "Row",
      oninput: () => {
        if (Number.isInteger(this.input.valueAsNumber)) go(this.input.valueAsNumber);
      }, onblur: () => { this.input.value = `${this.row}`; },
    });
    this.where = make("p", { class: "ssd-sum", "data-line": "row" });
    this.bars = barsOf(classes.map((name, k) =>
      ({ name, token: `var(--ssd-${inside.tokenOf(k)})` })));
    this.offsets = OFFSETS.map(() => make("b"));
    this.boxes = make("p", { class: "ssd-sum", "data-line": "boxes" });
    this.element = make("div", { class: "ssd-inside-row" },
      make("label", { class: "ssd-inside-number" }, make("b", {}, "Row"), this.input,
        make("span", {}, `of ${total}`)), this.where, this.bars.element,
      make("div", { class: "ssd-inside-offsets" }, ...OFFSETS.map((name, k) =>
        make("span", {}, `offset ${name} `, this.offsets[k]))), this.boxes);
  }

  get defaultBox() {
    return this.inside.scene.corners.subarray(4 * this.row, 4 * this.row + 4);
  }

  get decoded() {
    return this.inside.result.boxes.subarray(4 * this.row, 4 * this.row + 4);
  }

  /** What the row says: its best object, or background where that is likelier and nothing found. */
  get label() {
    const { result, scene: { classes: { length: count } }, threshold } = this.inside;
    const best = labelOf(result, this.row, count);
    const [ground, score] = [0, best].map((label) => result.scores[this.row * count + label]);
    return ground >= score && score <= threshold ? 0 : best;
  }

  /** That class and its score. */
  get name() {
    const { scene, result } = this.inside;
    const score = result.scores[this.row * scene.classes.length + this.label];
    return `${scene.classes[this.label]} ${score.toFixed(2)}`;
  }

  words() {
    return `Row ${this.row} of ${this.inside.scene.total}: ${this.where.textContent}. `
      + `It says “${this.name}”.`;
  }

  /** @param {number} row to be shown */
  write(row) {
    const { scene } = this.inside;
    this.row = row;
    if (document.activeElement !== this.input) this.input.value = `${row}`;
    const { map, cell, shape } = placeOf(scene, row);
    const { grid } = scene.maps[map];
    this.where.textContent = `${grid} × ${grid} map, cell in row ${cell[0]}, column ${cell[1]}, `
      + shapesOf(scene.maps[map])[shape];
    this.writeNumbers();
    const [from, to] = [this.defaultBox, this.decoded].map((box) => this.pixels(box));
    this.boxes.textContent = `Default box ${from} → decoded ${to}`;
  }

  writeNumbers() {
    const { result, scene } = this.inside;
    const { row, bars } = this;
    const count = scene.classes.length;
    const scores = result.scores.subarray(row * count, (row + 1) * count);
    const best = scores.indexOf(Math.max(...scores));
    scores.forEach((score, k) => {
      bars.set(k, score, score.toFixed(3));
      bars.lines[k].classList.toggle("ssd-best", k === best);
    });
    this.offsets.forEach((number, k) => {
      const value = result.offsets[4 * row + k];
      number.textContent = `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
    });
  }

  /** @param {Box} box in fractions */
  pixels(box) {
    const [x1, y1, x2, y2] = [...box].map((edge) => edge * this.inside.scene.image);
    return `${(x2 - x1).toFixed(0)} × ${(y2 - y1).toFixed(0)} px at `
      + `(${((x1 + x2) / 2).toFixed(0)}, ${((y1 + y2) / 2).toFixed(0)})`;
  }
}
