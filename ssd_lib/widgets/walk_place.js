// Where a cell of a small map stands in the image: its window, and the default boxes that
// its rows belong to.

import { clamp, make, rectOf, strokeTwice, writeTag } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {[map: number, row: number, column: number, box: number]} Place of a row */
/**
 * @typedef {object} Looked what the image shows
 * @property {number} map
 * @property {number} grid cells in a row of it
 * @property {number[]} cell row and column
 * @property {boolean} withWindow whether what the cell sees is drawn
 * @property {boolean} withBoxes whether the cell's default boxes are drawn
 * @property {{ place: Place, name: string } | undefined} pointed a row that is pointed at
 */

/** Width and height of the boxes of a cell, in fractions of the image, map by map. */
const SIZES = [[[0.42, 0.42], [0.6, 0.3]], [[0.7, 0.7], [0.98, 0.49]]];
const SMALL = 200; // CSS pixels; a smaller image has its names below it
/** @type {[token: string, dash: number[]][]} */
const LINES = [["a", []], ["b", [7, 4]]];

/**
 * A default box, xyxy in fractions of the image.
 * @param {number} grid
 * @param {Place} place
 */
export function boxAt(grid, [map, row, column, box]) {
  const [width, height] = SIZES[map][box];
  const [x, y] = [(column + 0.5) / grid, (row + 0.5) / grid];
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/** The image; `element` goes into the page. */
export class PlaceView {
  /**
   * @param {Figure<any>} figure
   * @param {() => Looked} look
   * @param {number[]} grids of all maps
   * @param {(row: number, column: number) => void} choose
   * @param {(event: KeyboardEvent) => void} key
   */
  constructor(figure, look, grids, choose, key) {
    this.figure = figure;
    this.look = look;
    this.grids = grids;
    this.stage = figure.stage((context, width) => this.paint(context, width));
    const point = (/** @type {PointerEvent} */ event) => {
      const [column, row] = this.stage.at(event).map((at) => Math.floor(at * look().grid));
      choose(row, column);
    };
    this.stage.element.addEventListener("pointerdown", point);
    this.stage.element.addEventListener("pointermove", (event) => {
      if (event.buttons) point(event);
    });
    Object.entries({
      tabindex: "0", role: "application", "aria-roledescription": "grid of cells",
    }).forEach(([name, value]) => this.stage.element.setAttribute(name, value));
    this.stage.element.addEventListener("keydown", key);
    this.title = make("div", { class: "ssd-sum" });
    this.name = make("div", { class: "ssd-place-name", "aria-hidden": "true" });
    this.element = make("div", { class: "ssd-place" },
      this.title, this.stage.frame, this.name);
  }

  /**
   * Say what the grid is, where its cell is, and how both are to be seen.
   * @param {string} label
   * @param {string} title
   */
  tell(label, title) {
    this.stage.element.setAttribute("aria-label", label);
    this.title.textContent = title;
  }

  draw() {
    this.stage.draw();
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    const { map, grid, cell: [row, column], withWindow, withBoxes, pointed } = this.look();
    const [paper, ink] = ["on-box", "ink"].map((name) => this.figure.colour(name));
    const around = [column - 1, row - 1, column + 2, row + 2].map((at) => clamp(at / grid));
    const middle = [column, row, column + 1, row + 1].map((at) => at / grid);
    if (withWindow || withBoxes) this.paintVeil(context, side, around);
    this.paintGrid(context, side, grid, ink);
    const isSmall = side < SMALL;
    if (withWindow) {
      strokeTwice(context, [ink, [], 3], () => context.rect(...rectOf(around, side, side)), paper);
    }
    strokeTwice(context, [this.figure.colour(`map-${map ? 4 : 1}`), [], withBoxes ? 3 : 4],
      () => context.rect(...rectOf(middle, side, side)), paper);
    /** @type {{ place: Place, name: string }[]} */
    const own = withBoxes ? LINES.map((_, box) =>
      ({ place: [map, row, column, box], name: `box ${box}` })) : [];
    const boxes = pointed ? [pointed] : own;
    for (const { place } of boxes) this.paintBox(context, side, place);
    this.name.replaceChildren(...isSmall ? boxes.map(({ place, name }) =>
      make("span", { class: `ssd-line-of-${place[3]}` }, name)) : []);
    if (isSmall) return;
    for (const { place, name } of boxes) this.nameBox(context, side, place, name);
  }

  /**
   * What the cell does not see is paler.
   * @param {Context} context
   * @param {number} side
   * @param {number[]} seen
   */
  paintVeil(context, side, seen) {
    context.save();
    context.beginPath();
    context.rect(0, 0, side, side);
    context.rect(...rectOf(seen, side, side));
    context.clip("evenodd");
    context.globalAlpha = 0.38;
    context.fillStyle = this.figure.colour("raised");
    context.fillRect(0, 0, side, side);
    context.restore();
  }

  /**
   * @param {Context} context
   * @param {number} side
   * @param {number} grid
   * @param {string} ink
   */
  paintGrid(context, side, grid, ink) {
    context.globalAlpha = 0.45;
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.setLineDash([]);
    context.beginPath();
    for (let line = 1; line < grid; line += 1) {
      const at = (line / grid) * side;
      context.moveTo(at, 0);
      context.lineTo(at, side);
      context.moveTo(0, at);
      context.lineTo(side, at);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  /**
   * @param {Context} context
   * @param {number} side
   * @param {Place} place
   */
  paintBox(context, side, place) {
    const [token, dash] = LINES[place[3]];
    strokeTwice(context, [this.figure.colour(token), dash, 3],
      () => context.rect(...rectOf(boxAt(this.grids[place[0]], place), side, side)),
      this.figure.colour("on-box"));
  }

  /**
   * @param {Context} context
   * @param {number} side
   * @param {Place} place
   * @param {string} name
   */
  nameBox(context, side, place, name) {
    const [token] = LINES[place[3]];
    const [x, y, , bottom] = boxAt(this.grids[place[0]], place).map((at) => at * side);
    writeTag(context, name, [x - 1, place[3] ? Math.min(bottom + 26, side) : y], side,
      [this.figure.colour(token), this.figure.colour("on-box")]);
  }
}
