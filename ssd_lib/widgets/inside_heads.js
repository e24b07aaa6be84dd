// A stage of a look inside: where on each map the heads see a class.

import { smallLine } from "./controls.js";
import { boxArea } from "./geometry.js";
import { heatOf, placeOf, shapesOf } from "./inside_facts.js";
import { barsOf, cardsOf, CellPanel, drawTint, outlineCell, writeCells } from "./inside_parts.js";
import { context2d, make, rectOf, strokeTwice } from "./stage.js";

/** @import { LookInside } from "./look_inside.js" */
/** @import { Context } from "./stage.js" */

const SMALL = 96; // pixels of a small multiple's side
const MOST = 6; // boxes of a cell

/** The heat of a class over each map. */
export class HeadsPanel extends CellPanel {
  label = 1;
  isSettled = false; // the first answer has said which class comes first
  byHand = false; // the reader has chosen a map
  /** @type {ReturnType<typeof heatOf>[]} */
  heats = [];

  /** @param {LookInside} inside */
  constructor(inside) {
    super(inside);
    const { classes, maps } = inside.scene;
    this.chips = classes.slice(1).map((name, k) => {
      const number = make("span");
      const dot = make("i", { class: "ssd-key" });
      const button = make("button", {
        type: "button", class: "ssd-inside-class", "aria-pressed": "false",
        onclick: () => this.pick(k + 1),
      }, dot, make("b", {}, name), number);
      button.style.setProperty("--ssd-own", `var(--ssd-${inside.tokenOf(k + 1)})`);
      return { button, number };
    });
    this.thumbs = maps.map(() => make("canvas"));
    this.peaks = maps.map(() => make("span"));
    this.cards = cardsOf("Its largest score on each map", maps.map(({ grid }, k) => ({
      name: `${grid} × ${grid}`, token: `var(--ssd-map-${k + 1})`,
      children: [this.thumbs[k], make("b", {}, `${grid} × ${grid}`), this.peaks[k]],
    })), (map) => {
      this.map = map;
      this.byHand = true;
      this.cell = undefined;
      this.change();
    });
    this.line = smallLine("heat");
    this.bars = barsOf(Array.from({ length: MOST }, () =>
      ({ name: "", token: "var(--ssd-own)" })));
    this.element = make("div", { class: "ssd-inside-side" },
      make("div", { class: "ssd-inside-classes", role: "group", "aria-label": "Class" },
        ...this.chips.map(({ button }) => button)),
      this.cards.element, this.line, this.bars.element);
  }

  /** @param {number} label */
  pick(label) {
    this.label = label;
    this.isSettled = true;
    this.byHand = false;
    this.cell = undefined;
    this.change();
    this.inside.figure.say(this.words());
  }

  change() {
    this.update();
    this.inside.draw();
  }

  update() {
    const { scene, facts, result } = this.inside;
    if (!this.isSettled) {
      this.label = this.largest();
      this.isSettled = !this.inside.waiting;
    }
    this.heats = scene.maps.map((_, map) => heatOf(result, scene, map, this.label));
    if (!this.byHand) {
      const peaks = this.heats.map((_, map) => this.peakOf(map));
      this.map = peaks.indexOf(Math.max(...peaks));
    }
    this.chips.forEach(({ button, number }, k) => {
      number.textContent = facts.best[k + 1].toFixed(2);
      button.setAttribute("aria-pressed", `${k + 1 === this.label}`);
    });
    this.cards.set(this.map);
    this.element.style.setProperty("--ssd-class", `var(--ssd-${this.inside.tokenOf(this.label)})`);
    this.thumbs.forEach((thumb, map) => {
      [thumb.width, thumb.height] = [SMALL, SMALL];
      this.paintHeat(context2d(thumb), SMALL, map);
      this.peaks[map].textContent = this.peakOf(map).toFixed(2);
    });
    this.write();
  }

  /** The class to begin with: that of the largest box found, whose heat covers most. */
  largest() {
    const [first] = [...this.inside.facts.kept]
      .sort((one, two) => boxArea(two.box) - boxArea(one.box));
    return first?.label ?? 1;
  }

  /** @param {number} row */
  scoreOf(row) {
    const { result, scene } = this.inside;
    return result.scores[row * scene.classes.length + this.label];
  }

  /** @param {number} map */
  peakOf(map) {
    return this.scoreOf(this.heats[map].best);
  }

  /** The cell that is looked at: pointed at, or the hottest. */
  get here() {
    return this.cell ?? placeOf(this.inside.scene, this.heats[this.map].best).cell;
  }

  /** The best row of the cell that is looked at. */
  get row() {
    const [y, x] = this.here;
    return this.heats[this.map].rows[y * this.grid + x];
  }

  write() {
    const { scene } = this.inside;
    const shapes = shapesOf(scene.maps[this.map]);
    const { row } = this;
    const first = row - placeOf(scene, row).shape;
    this.bars.lines.forEach((line, k) => {
      const name = shapes[k];
      line.classList.toggle("ssd-missing", !name);
      line.classList.toggle("ssd-best", first + k === row);
      const label = /** @type {HTMLElement} */ (line.firstChild);
      label.textContent = name ?? "";
      const score = name ? this.scoreOf(first + k) : 0;
      this.bars.set(k, score, name ? score.toFixed(2) : "");
    });
    this.line.textContent = this.words();
    const corners = scene.corners.subarray(4 * row, 4 * row + 4);
    const token = this.inside.tokenOf(this.label);
    this.inside.light(this.cell ? [{ box: corners, token, dashed: true }] : []);
  }

  words() {
    const { scene } = this.inside;
    if (!this.heats.length) return "There are no scores yet.";
    const { row, here: [y, x] } = this;
    const shape = shapesOf(scene.maps[this.map])[placeOf(scene, row).shape];
    return `The ${this.cell ? "" : "hottest "}cell in row ${y}, column ${x}: its best box `
      + `for “${scene.classes[this.label]}” is ${shape}, with ${this.scoreOf(row).toFixed(2)}. `
      + `That is row ${row} of ${scene.total}.`;
  }

  /**
   * @param {Context} context
   * @param {number} side
   * @param {number} map
   */
  paintHeat(context, side, map) {
    const { inside, label } = this;
    inside.paintImage(context, side, 0.3);
    context.globalAlpha = 0.8;
    drawTint(context, [0, 0, side, side], this.heats[map].heat, inside.scene.maps[map].grid, 1,
      inside.colourOf(label));
    context.globalAlpha = 1;
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    this.paintHeat(context, side, this.map);
    const { figure, scene } = this.inside;
    writeCells(context, side, this.heats[this.map].heat, 0.01, (name) => figure.colour(name));
    outlineCell(this.inside, context, this.here, side / scene.maps[this.map].grid, "ink");
    const box = scene.corners.subarray(4 * this.row, 4 * this.row + 4);
    strokeTwice(context, [this.inside.colourOf(this.label), [7, 5], 2.5], () =>
      context.rect(...rectOf(box, side, side)), figure.colour("on-box"));
  }
}
