// What all widgets stand on: elements, the picture, a canvas over it, and cells that mouse,
// touch and keys choose.

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Box } from "./geometry.js" */
/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {(context: Context, width: number, height: number) => void} Paint */
/** @typedef {[colour: string, dash: number[], width: number]} Look of a line */
/** @typedef {{ [K in keyof HTMLElementEventMap as `on${K}`]?:
 *   (event: HTMLElementEventMap[K]) => void } & Record<string, unknown>} Attributes */

const FAR = 1e6; // cells: beyond any map
/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/**
 * Create an element: `make("button", { type: "button" }, "text", child, ...)`.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} attributes and, as `onclick` and the like, listeners
 * @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value !== undefined && value !== false) element.setAttribute(name, `${value}`);
  }
  element.append(...children);
  return element;
}

/**
 * Create an element of a drawing, as `make` does of a page.
 * @param {keyof SVGElementTagNameMap} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  element.append(...children);
  return element;
}

/**
 * A word or a number in a drawing.
 * @param {string | number} x
 * @param {string | number} y
 * @param {"start" | "middle" | "end"} anchor
 * @param {string | number} text
 */
export function svgText(x, y, anchor, text) {
  return makeSvg("text", { x, y, "text-anchor": anchor }, `${text}`);
}

/**
 * The widget's element as a figure. What has the focus in it keeps its keys: JupyterLab
 * would take the arrows of a slider for itself, unless the slider is marked.
 * @param {HTMLElement} el
 */
export function asFigure(el) {
  el.classList.add("ssd-widget", "ssd-live-figure");
  el.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement) target.dataset.lmSuppressShortcuts = "";
  });
}

/**
 * The value, or the end of the range that it lies beyond.
 * @param {number} value
 */
export function clamp(value, low = 0, high = 1) {
  return Math.min(Math.max(value, low), high);
}

/**
 * Coordinates as they are shown and kept: 4 digits are finer than any pixel.
 * @param {number[]} box
 */
export function tidy(box) {
  return box.map((edge) => Math.round(edge * 1e4) / 1e4);
}

/**
 * Corners in rising order, for drawing a box that may be inverted.
 * @param {Box} box
 */
export function upright([x1, y1, x2, y2]) {
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
}

/**
 * A picture with a canvas over it. `paint(context, width, height)` draws in CSS
 * pixels of the picture; with a margin the canvas reaches beyond the picture by that
 * share of its side. Put `frame` into the page.
 */
export class Stage {
  /** @type {(() => void) | undefined} */
  onresize;
  /** @type {number | undefined} */
  frameRequest;
  ratio = 1;

  /**
   * @param {AnyModel} model
   * @param {Paint} paint
   */
  constructor(model, paint, margin = 0) {
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.picture = make("img", {
      src: model.get("picture_url"), alt: model.get("picture_alt"), draggable: "false",
    });
    this.element = make("div", { class: "ssd-stage" }, this.picture, this.canvas);
    this.frame = make("div", { class: "ssd-frame" }, this.element);
    this.frame.style.padding = `${(100 * margin) / (1 + 2 * margin)}%`;
    this.canvas.style.inset = `${-100 * margin}%`;
    this.canvas.style.width = `${100 * (1 + 2 * margin)}%`;
    this.canvas.style.height = `${100 * (1 + 2 * margin)}%`;
    this.paint = paint;
    this.margin = margin;
    this.canvas.width = 0; // until the first resize
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * (1 + 2 * this.margin) * this.ratio);
    this.canvas.height = Math.round(height * (1 + 2 * this.margin) * this.ratio);
    this.onresize?.();
    this.drawNow();
  }

  /** Paint at once, if it is laid out, in a window that has room for it. */
  drawNow() {
    const isThere = this.canvas.width && this.canvas.height && this.element.clientWidth;
    if (isThere) this.paintOn(this.canvas, this.paint);
  }

  /** Paint once before the next frame, however often it is asked for. */
  draw() {
    this.frameRequest ??= requestAnimationFrame(() => {
      this.frameRequest = undefined;
      this.drawNow();
    });
  }

  /**
   * Clear a canvas of the stage's size and paint in CSS pixels of the picture.
   * @param {HTMLCanvasElement} canvas
   * @param {Paint} paint
   */
  paintOn(canvas, paint) {
    const context = context2d(canvas);
    const { clientWidth: width, clientHeight: height } = this.element;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.setTransform(this.ratio, 0, 0, this.ratio,
      width * this.margin * this.ratio, height * this.margin * this.ratio);
    paint(context, width, height);
  }

  /**
   * Where a pointer is, in fractions of the picture.
   * @param {MouseEvent} event
   */
  at(event) {
    const frame = this.element.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width,
      (event.clientY - frame.top) / frame.height];
  }

  destroy() {
    this.observer.disconnect();
    if (this.frameRequest !== undefined) cancelAnimationFrame(this.frameRequest);
  }
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 */
export function context2d(canvas) {
  return /** @type {Context} */ (canvas.getContext("2d"));
}

/**
 * The direction of an arrow key, as [right, down]; none if it is pressed with another key.
 * @param {KeyboardEvent} event
 */
export function arrowOf(event) {
  return event.altKey || event.ctrlKey || event.metaKey ? undefined : ARROWS[event.key];
}

/**
 * Make the stage a grid of cells: the mouse points at one, a tap or click chooses it,
 * arrow keys go to the next. `cell()` is [row, column], `choose(row, column)` takes a
 * new one, `step()` is a cell's side in fractions of the picture.
 * @param {Stage} stage
 * @param {object} cells
 * @param {() => number[]} cells.cell
 * @param {(row: number, column: number) => void} cells.choose
 * @param {() => number} cells.step
 */
export function watchCells(stage, { cell, choose, step }) {
  const point = (/** @type {MouseEvent} */ event) => {
    const [column, row] = stage.at(event).map((at) => Math.floor(at / step()));
    choose(row, column);
  };
  Object.entries({
    tabindex: "0", role: "application", "aria-roledescription": "grid of cells",
  }).forEach(([name, value]) => stage.element.setAttribute(name, value));
  stage.element.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && event.buttons === 0) point(event);
  });
  stage.element.addEventListener("click", point);
  stage.element.addEventListener("keydown", (event) => arrowToCell(event, cell(), choose));
}

/**
 * Let an arrow key choose the next cell, Home and End those at the ends of the row.
 * @param {KeyboardEvent} event
 * @param {number[]} cell row and column of the one that is chosen
 * @param {(row: number, column: number) => void} choose
 */
export function arrowToCell(event, [row, column], choose) {
  const isEnd = ["Home", "End"].indexOf(event.key);
  const arrow = isEnd < 0 ? arrowOf(event) : [isEnd ? FAR : -FAR, 0];
  if (!arrow) return;
  event.preventDefault();
  choose(row + arrow[1], column + arrow[0]);
}

/**
 * Left, top, width and height of a box on a picture of this size, as canvases want them.
 * @param {Box} box
 * @param {number} width
 * @param {number} height
 * @returns {[number, number, number, number]}
 */
export function rectOf([x1, y1, x2, y2], width, height) {
  return [x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height];
}

/**
 * A line that is seen on any ground: a halo below, colour above.
 * @param {Context} context
 * @param {Look} look
 * @param {() => void} trace
 * @param {string} [halo] is light below dark colours, and dark below light ones
 */
export function strokeTwice(context, [colour, dash, width], trace, halo = "#fff") {
  /** @type {Look[]} */
  const lines = [[halo, [], width + 2], [colour, dash, width]];
  for (const [style, lineDash, lineWidth] of lines) {
    context.strokeStyle = style;
    context.lineWidth = lineWidth;
    context.setLineDash(lineDash);
    context.beginPath();
    trace();
    context.stroke();
  }
}

/**
 * A name on a coloured ground above the left upper corner of a box, inside the image.
 * @param {Context} context
 * @param {string} text
 * @param {number[]} corner
 * @param {number} width of the image
 * @param {string[]} colours of the ground and of the text
 */
export function writeTag(context, text, [x, y], width, [ground, ink]) {
  context.font = `650 14px ${getComputedStyle(context.canvas).fontFamily}`;
  const wide = context.measureText(text).width + 16;
  const [left, top] = [clamp(x, 0, width - wide), Math.max(y - 27, 2)];
  context.fillStyle = ground;
  context.beginPath();
  context.roundRect(left, top, wide, 24, 5);
  context.fill();
  context.fillStyle = ink;
  context.textAlign = "left";
  context.fillText(text, left + 8, top + 17);
}

/** Whether the reader has asked for no motion. */
export function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
