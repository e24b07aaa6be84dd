// A square canvas that is drawn again when its size changes.

import { context2d, make } from "./stage.js";

/** The square; `element` goes into the page. */
export class Square {
  /** @type {number | undefined} */
  request;
  /** @type {Map<string, string>} */
  known = new Map();

  /** @param {(context: CanvasRenderingContext2D, side: number) => void} paint */
  constructor(paint) {
    this.paint = paint;
    this.canvas = make("canvas", { "aria-hidden": "true", class: "ssd-light" });
    this.element = make("div", { class: "ssd-square-view" }, this.canvas);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  /**
   * A colour of the book as it is by day: the scenes are bright in both schemes.
   * @param {string} name of a token, without its prefix
   */
  colour = (name) => {
    const known = this.known.get(name)
      ?? getComputedStyle(this.canvas).getPropertyValue(`--ssd-${name}`).trim();
    if (known) this.known.set(name, known);
    return known || "#555";
  };

  /** Paint once before the next frame, however often it is asked for. */
  draw() {
    this.request ??= requestAnimationFrame(() => {
      this.request = undefined;
      const { clientWidth: side } = this.element;
      if (!side) return;
      const ratio = window.devicePixelRatio || 1;
      const pixels = Math.round(side * ratio);
      if (this.canvas.width !== pixels) {
        Object.assign(this.canvas, { width: pixels, height: pixels });
      }
      const context = context2d(this.canvas);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, side, side);
      this.paint(context, side);
    });
  }

  destroy() {
    this.observer.disconnect();
    if (this.request !== undefined) cancelAnimationFrame(this.request);
  }
}
