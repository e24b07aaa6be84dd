// A channel of a head walk's map: its numbers, the padding around them, and the window.

import { shaded } from "./walk_sum.js";

const RIM = 0.6; // a cell of the padding is smaller than one of the map

/**
 * Write a channel's numbers, and put its window around a cell.
 * @param {Element} element holds the numbers and the window
 * @param {number} n cells in a row
 * @param {[row: number, column: number]} cell
 * @param {(row: number, column: number) => number} at a place, where the padding has 0
 * @param {number} first of the window's numbers, as they are counted through all channels
 */
export function drawPlane(element, n, [y, x], at, first) {
  const [matrix, frame] = /** @type {HTMLElement[]} */ ([...element.children]);
  const around = Array.from({ length: n + 2 }, (_, i) => i - 1);
  const edge = (/** @type {number} */ i) =>
    100 * (i < 1 ? 0 : i > n + 1 ? 1 : (RIM + i - 1) / (n + 2 * RIM));
  matrix.replaceChildren(...around.flatMap((row) => around.map((column) => {
    const [down, right] = [row - y + 1, column - x + 1];
    const near = [down, right].every((one) => one >= 0 && one <= 2);
    const inside = row >= 0 && column >= 0 && row < n && column < n;
    return shaded(at(row, column), {
      class: `ssd-number${inside ? "" : " ssd-padding"}${near ? " ssd-near" : ""}`
        + (down === 1 && right === 1 ? " ssd-chosen" : ""),
      "data-row": inside && row, "data-column": inside && column,
      "data-k": near && first + 3 * down + right,
    });
  })));
  const [left, top] = [edge(x), edge(y)];
  Object.assign(frame.style, { left: `${left}%`, top: `${top}%`,
    width: `${edge(x + 3) - left}%`, height: `${edge(y + 3) - top}%` });
}
