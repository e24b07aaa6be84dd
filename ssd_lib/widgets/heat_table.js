// The table of IoUs as a heat map: a row for each object, a column for some default boxes.
// Pointing at a cell, or standing on it, tells which; arrow keys go from cell to cell.

import { headRow, row as rowOf } from "./controls.js";
import { countByMap, writeIou } from "./matching_rules.js";
import { arrowToCell, clamp, make, makeSvg, rectOf } from "./stage.js";

/** @typedef {{ iou: number, classes: (string | false | undefined)[], struck: boolean }} Cell */

/** The heat map; `element` goes into the page. */
export class HeatTable {
  current = [0, 0]; // the cell that has the keys

  /**
   * @param {(at?: { gt?: number, box?: number }) => void} point is told of a cell, of a
   *   column or row by its head, or of nothing
   * @param {(gt: number) => void} choose is told of the row that is pressed
   */
  constructor(point, choose) {
    const tell = (/** @type {Event} */ { target }) => {
      const cell = /** @type {HTMLElement} */ (target).closest("td, th");
      const { gt, box } = /** @type {HTMLElement | null} */ (cell)?.dataset ?? {};
      if (gt === undefined && box === undefined) return;
      const [row, column] = [gt, box].map((one) => (one === undefined ? one : Number(one)));
      point({ gt: row, box: column });
    };
    this.element = make("table", {
      class: "ssd-heat", role: "grid", "aria-label": "Table of IoUs",
      onpointerover: tell, onpointerleave: () => point(),
      onfocusin: tell, onfocusout: () => point(), onclick: ({ target }) => {
        const cell = /** @type {HTMLElement} */ (target).closest("td, th[data-gt]");
        if (!(cell instanceof HTMLTableCellElement)) return;
        const gt = Number(cell.dataset.gt);
        if (cell.cellIndex > 0) this.goTo(gt, cell.cellIndex - 1);
        choose(gt);
      },
      onkeydown: (event) => arrowToCell(event, this.current, this.goTo),
    });
  }

  /**
   * @param {import("./matching_walk.js").Walk} walk whose maps head the columns
   * @param {number[]} columns default boxes
   * @param {(gt: number, box: number) => Cell} look of a cell
   */
  draw(walk, columns, look) {
    const { names, scene: { maps, starts } } = walk;
    const own = (/** @type {string} */ hue) => `--ssd-own: var(--ssd-${hue})`;
    const focused = this.element.contains(document.activeElement);
    this.current = [clamp(this.current[0], 0, names.length - 1),
      clamp(this.current[1], 0, columns.length - 1)];
    const [row, column] = this.current;
    const mapOf = (/** @type {number} */ box) => starts.findLastIndex((start) => start <= box);
    const spans = maps.map((_, map) => columns.filter((one) => mapOf(one) === map).length);
    this.element.replaceChildren(
      make("tr", { class: "ssd-heads" }, make("th", { scope: "col" }, "map"),
        ...maps.flatMap(({ grid }, map) => (!spans[map] ? [] : make("th", {
          scope: "colgroup", colspan: spans[map],
        }, `${grid} × ${grid}`)))),
      make("tr", { class: "ssd-heads" }, make("th", { scope: "col" }, "box"),
        ...columns.map((box) => make("th", {
          scope: "col", "data-box": box, style: own(walk.hueOfBox(box, "default")),
        }, pictureOf(walk.corners(box)), `${box}`))),
      ...names.map((name, gt) => make("tr", { style: own(walk.hueOf(gt)) },
        make("th", { scope: "row", "data-gt": gt }, name),
        ...columns.map((box, k) => {
          const { iou, classes, struck } = look(gt, box);
          const text = writeIou(iou, columns.filter((other) => other !== box)
            .map((other) => look(gt, other).iou));
          return make("td", {
            class: classes.filter(Boolean).join(" "), "data-gt": gt, "data-box": box,
            tabindex: gt === row && k === column ? 0 : -1,
            style: `--heat: ${(60 * iou).toFixed(1)}%`,
          }, struck ? make("s", {}, text) : text);
        }))));
    if (focused) this.goTo(row, column);
  }

  /**
   * Light the cells of pairs and the heads of their columns; without an object, whole columns.
   * @param {{ box: number, gt?: number }[]} pairs
   */
  light(pairs) {
    for (const cell of this.element.querySelectorAll("td, th")) {
      const { dataset } = /** @type {HTMLElement} */ (cell);
      cell.classList.toggle("ssd-lit", pairs.some(({ box, gt }) => Number(dataset.box) === box
        && (dataset.gt === undefined || (gt ?? Number(dataset.gt)) === Number(dataset.gt))));
    }
  }

  /**
   * The cell of a pair, or the head of a column.
   * @param {number | undefined} gt
   * @param {number} box
   * @returns {HTMLElement | null}
   */
  cellOf(gt, box) {
    return this.element.querySelector(gt === undefined ? `th[data-box="${box}"]`
      : `td[data-gt="${gt}"][data-box="${box}"]`);
  }

  /**
   * Stand on a cell.
   * @param {number} gt
   * @param {number} column
   */
  goTo = (gt, column) => {
    const [, head, ...rows] = this.element.rows;
    const last = head.cells.length - 2;
    this.current = [clamp(gt, 0, rows.length - 1), clamp(column, 0, last)];
    for (const cell of this.element.querySelectorAll("td")) cell.tabIndex = -1;
    const cell = rows[this.current[0]]?.cells[this.current[1] + 1];
    if (!cell) return;
    cell.tabIndex = 0;
    cell.focus();
  };
}

/**
 * Where a default box lies on the image, small.
 * @param {import("./geometry.js").Box} box
 */
function pictureOf(box) {
  const [x, y, width, height] = rectOf(box, 24, 24);
  return makeSvg("svg", { viewBox: "-3 -3 30 30", "aria-hidden": "true" },
    makeSvg("rect", { class: "ssd-whole", width: 24, height: 24 }),
    makeSvg("rect", { x, y, width, height }));
}

/**
 * How many of each map's boxes each object has, and last how many have none.
 * @param {import("./matching_rules.js").Scene} scene
 * @param {Int32Array} matched
 * @param {string[]} names
 */
export function countRows(scene, matched, names) {
  const found = countByMap(scene, matched, names.length);
  const totals = [...names, ""].map((_, k) => found.reduce((sum, one) => sum + one[k], 0));
  return [headRow("map", ...names, "background"),
    ...found.map((one, i) => rowOf([`${scene.maps[i].grid} × ${scene.maps[i].grid}`, ...one])),
    rowOf(["all", ...totals.map((total) => make("td", { "data-total": "" }, `${total}`))],
      { class: "ssd-total" })];
}
