// What the panels of a look inside are made of: a slider and cards that are bound to no
// trait, bars, and numbers painted as shades of one colour.

import { clamp, context2d, make } from "./stage.js";

/** @import { Box } from "./geometry.js" */
/** @import { LookInside } from "./look_inside.js" */
/** @import { Context } from "./stage.js" */

const scratch = { canvas: /** @type {HTMLCanvasElement | undefined} */ (undefined) };

/** A name that nothing else in the page has, however often this script is loaded. */
export function nameOf() {
  return `ssd-${Math.random().toString(36).slice(2)}`;
}

/**
 * A slider; `set` shows another value, with the text beside it.
 * @param {string} label
 * @param {{ min: number, max: number, step: number, put: (value: number) => void }} options
 */
export function range(label, { min, max, step, put }) {
  const input = make("input", {
    type: "range", min, max, step, oninput: () => put(input.valueAsNumber),
  });
  const shown = make("output");
  return {
    element: make("label", { class: "ssd-slider" }, label, input, shown), input,
    /**
     * @param {number} value
     * @param {string} text
     */
    set(value, text) {
      if (document.activeElement !== input || input.valueAsNumber !== value) {
        input.value = `${value}`;
      }
      shown.textContent = text;
      input.setAttribute("aria-valuetext", text);
    },
  };
}

/**
 * Cards of which one is chosen, by radio buttons under them.
 * @param {string} legend
 * @param {{ name: string, token: string, children: (Node | string)[] }[]} cards
 * @param {(index: number) => void} put
 */
export function cardsOf(legend, cards, put) {
  const group = nameOf();
  const inputs = cards.map(({ name }, index) => make("input", {
    type: "radio", name: group, "aria-label": name, onchange: () => put(index),
  }));
  const element = make("fieldset", { class: "ssd-inside-cards" },
    make("legend", {}, legend), ...cards.map(({ token, children }, index) => {
      const label = make("label", {}, inputs[index], ...children);
      label.style.setProperty("--ssd-own", token);
      return label;
    }));
  element.style.setProperty("--ssd-count", `${cards.length}`);
  return {
    element, inputs,
    /** @param {number} chosen */
    set(chosen) {
      inputs.forEach((input, index) => { input.checked = index === chosen; });
    },
  };
}

/**
 * Rows of a name, a bar and a number.
 * @param {{ name: string, token: string }[]} rows
 */
export function barsOf(rows) {
  const bars = rows.map(({ token }) => {
    const bar = make("i");
    bar.style.background = token;
    return bar;
  });
  const numbers = rows.map(() => make("b"));
  const lines = rows.map(({ name }, k) =>
    make("div", {}, make("span", {}, name), make("span", {}, bars[k]), numbers[k]));
  return {
    element: make("div", { class: "ssd-inside-bars" }, ...lines), lines,
    /**
     * @param {number} k
     * @param {number} share of the whole width
     * @param {string} text
     */
    set(k, share, text) {
      bars[k].style.scale = `${Math.max(share, 0.004).toFixed(3)} 1`;
      numbers[k].textContent = text;
    },
  };
}

/**
 * Numbers as pixels of one colour, the more opaque the larger; what is 0 is clear.
 * @param {HTMLCanvasElement} canvas takes the numbers' size
 * @param {ArrayLike<number>} values [rows, columns]
 * @param {number} columns
 * @param {number} peak is wholly opaque
 * @param {string} colour
 */
export function tint(canvas, values, columns, peak, colour) {
  const rows = values.length / columns;
  [canvas.width, canvas.height] = [columns, rows];
  const context = context2d(canvas);
  const pixels = context.createImageData(columns, rows);
  for (let k = 0; k < values.length; k += 1) {
    pixels.data[4 * k + 3] = peak > 0 ? Math.min((255 * values[k]) / peak, 255) : 0;
  }
  context.putImageData(pixels, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, columns, rows);
}

/**
 * Draw numbers over a rectangle, as `tint` does on a canvas of their own.
 * @param {Context} context
 * @param {[x: number, y: number, width: number, height: number]} rect
 * @param {ArrayLike<number>} values
 * @param {number} columns
 * @param {number} peak
 * @param {string} colour
 */
export function drawTint(context, rect, values, columns, peak, colour) {
  scratch.canvas ??= make("canvas");
  tint(scratch.canvas, values, columns, peak, colour);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch.canvas, ...rect);
}

/**
 * Write numbers into the cells of a grid that is coarse enough to hold them.
 * @param {Context} context
 * @param {number} side of the image in pixels
 * @param {ArrayLike<number>} values [grid, grid]
 * @param {number} least is left out, and what is below it
 * @param {(name: string) => string} colour of a token
 */
export function writeCells(context, side, values, least, colour) {
  const grid = Math.sqrt(values.length);
  const step = side / grid;
  if (step < 38) return;
  context.font = `600 ${Math.min(step / 4, 15)}px ${colour("face-ui")}`;
  [context.textAlign, context.textBaseline] = ["center", "middle"];
  [context.fillStyle, context.strokeStyle] = [colour("ink"), colour("paper")];
  [context.lineWidth, context.lineJoin] = [3, "round"];
  context.setLineDash([]);
  for (let k = 0; k < values.length; k += 1) {
    if (values[k] <= least) continue;
    const at = [(k % grid + 0.5) * step, (Math.floor(k / grid) + 0.5) * step];
    context.strokeText(values[k].toFixed(2), at[0], at[1]);
    context.fillText(values[k].toFixed(2), at[0], at[1]);
  }
  context.textAlign = "start";
}

/**
 * A thread from a point to another, with a dot at its end; fractions of the image.
 * @param {Context} context
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} side of the image in pixels
 */
export function drawThread(context, from, to, side) {
  const [x1, y1, x2, y2] = [...from, ...to].map((at) => at * side);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  context.beginPath();
  context.arc(x2, y2, context.lineWidth + 1, 0, 7);
  context.fill();
}

/**
 * @param {Box} box
 * @returns {[number, number]}
 */
export function middleOf([x1, y1, x2, y2]) {
  return [(x1 + x2) / 2, (y1 + y2) / 2];
}

/**
 * Which of some lines has the keys: arrows go from one to the next.
 * @param {HTMLElement[]} elements
 * @param {number} index that can be reached by Tab
 */
export function rove(elements, index) {
  elements.forEach((element, k) => { element.tabIndex = k === index ? 0 : -1; });
}

/** A panel of one map at a time, whose cells are pointed at or gone through by arrows. */
export class CellPanel {
  map = 0;
  /** @type {number[] | undefined} row and column under the pointer, or chosen by keys */
  cell;

  /** @param {LookInside} inside */
  constructor(inside) {
    this.inside = inside;
  }

  get grid() {
    return this.inside.scene.maps[this.map].grid;
  }

  /** The cell that is looked at, chosen or not: row and column. */
  get here() {
    return this.cell ?? [0, 0];
  }

  /** Say what the cell holds. */
  write() {}

  /** @param {number[] | undefined} cell */
  go(cell) {
    this.cell = cell?.map((at) => clamp(at, 0, this.grid - 1));
    this.write();
    this.inside.draw();
  }

  /** @param {number[] | undefined} at */
  point(at) {
    this.go(at && [at[1], at[0]].map((share) => Math.floor(share * this.grid)));
  }

  /** @param {number[]} at */
  choose(at) {
    this.point(at);
  }

  /** @param {[number, number]} arrow */
  step([right, down]) {
    const [y, x] = this.here;
    this.go([y + down, x + right]);
  }
}

/**
 * The outline of a cell, seen on any ground.
 * @param {LookInside} inside
 * @param {Context} context
 * @param {number[]} cell row and column
 * @param {number} step pixels from cell to cell
 * @param {string} token
 */
export function outlineCell({ figure }, context, [y, x], step, token) {
  context.setLineDash([]);
  for (const [colour, width] of [[figure.colour("paper"), 5], [figure.colour(token), 2.5]]) {
    context.strokeStyle = `${colour}`;
    context.lineWidth = Number(width);
    context.strokeRect(x * step, y * step, step, step);
  }
}
