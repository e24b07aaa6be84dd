// All rows of a head walk, one below the other: those of the cell with their numbers, the
// others as bars.

import { smallLine } from "./controls.js";
import { make } from "./stage.js";

/** @import { SmallHeads } from "./small_heads.js" */
/** @typedef {{ map: number, row: number, column: number, box: number, index: number }} Pointed */

/** The rows; `elements` go into the page. */
export class RowStack {
  first = 0;
  /** @type {string | undefined} the row that the slider has chosen */
  kept;

  /**
   * @param {SmallHeads} heads
   * @param {string[]} mapNames
   * @param {object} hands
   * @param {(map: number, cell: [row: number, column: number]) => void} hands.pick
   * @param {(at?: Pointed) => void} hands.light a row is pointed at, or none
   */
  constructor(heads, mapNames, { pick, light }) {
    this.heads = heads;
    this.mapNames = mapNames;
    this.light = light;
    const { rows, classes } = heads;
    this.rows = Array.from({ length: rows }, (_, index) => make("div", { "data-index": index }));
    this.line = smallLine("row");
    const indexOf = (/** @type {Event} */ { target }) =>
      (target instanceof HTMLElement ? target.dataset.index : undefined);
    const choose = (/** @type {string | undefined} */ index) => {
      if (!index) return;
      const { map, row, column } = heads.placeOf(Number(index));
      pick(map, [row, column]);
      this.kept = index;
      this.hint(index);
    };
    this.tensor = make("div", {
      class: "ssd-tensor", "aria-hidden": "true", onpointerleave: () => this.hint(this.kept),
      onpointerover: (event) => this.hint(indexOf(event) ?? this.kept),
      onclick: (event) => choose(indexOf(event)),
    }, ...this.rows);
    this.slider = make("input", { type: "range", min: 0, max: rows - 1, step: 1,
      oninput: () => choose(this.slider.value) });
    this.shown = make("output");
    const names = make("div", { class: "ssd-tensor-heads" },
      ...Object.entries({ offsets: 4, logits: classes }).map(([name, width]) =>
        make("span", { class: "ssd-sum" }, make("b", {}, name), ` [${rows}, ${width}]`)));
    this.elements = [names, this.tensor,
      make("label", { class: "ssd-slider ssd-row-choice" }, "Row", this.slider, this.shown),
      this.line];
  }

  /**
   * @param {number} first row of the cell
   * @param {(box: number) => string[][]} numbers of a box: offsets and logits
   */
  draw(first, numbers) {
    this.first = first;
    this.rows.forEach((row, index) => {
      const box = index - first;
      const isMine = box >= 0 && box < this.heads.boxes;
      row.className = `ssd-tensor-row ssd-of-map-${this.heads.placeOf(index).map}`
        + (isMine ? ` ssd-mine ssd-of-${box}` : "");
      row.replaceChildren(...isMine ? [make("span", {}, `${index}`), ...numbers(box).map((all) =>
        make("span", { class: "ssd-row-part" }, ...all.map((one) => make("i", {}, one))))] : []);
    });
    this.kept = undefined;
    this.hint();
  }

  /**
   * Say where a row comes from, and have its cell and its default box lit.
   * @param {string} [index]
   */
  hint(index) {
    const { heads, mapNames } = this;
    this.slider.value = this.kept ?? `${this.first}`;
    this.shown.textContent = this.slider.value;
    this.slider.setAttribute("aria-valuetext", this.nameOf(Number(this.slider.value)));
    if (!index) {
      this.line.textContent = `${heads.rows} rows: `
        + mapNames.map((name, i) => `${heads.totals[i]} of the ${name}`).join(", ");
      return this.light();
    }
    this.line.textContent = this.nameOf(Number(index));
    const box = Number(index) % heads.boxes;
    return this.light({ ...heads.placeOf(Number(index)), box, index: Number(index) });
  }

  /** @param {number} index */
  nameOf(index) {
    const { map, row, column } = this.heads.placeOf(index);
    return `Row ${index}: ${this.mapNames[map]}, row ${row}, column ${column}, `
      + `box ${index % this.heads.boxes}`;
  }
}
