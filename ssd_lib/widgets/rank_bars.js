// Bars in falling order, on axes: a pointer or the arrow keys take hold of one.

import { arrowOf, clamp, context2d, make } from "./stage.js";

/** @import { Context } from "./stage.js" */
/** @import { Figure } from "./controls.js" */

const [LEFT, RIGHT, TOP, BOTTOM] = [30, 8, 22, 40]; // around the bars
const SINGLE = 10; // ranks that have a bar each; the others are one area

/** The losses of ranks; each of the first ones counts. */
export class RankBars {
  isEven = false; // else ranks stand by their logarithm
  mined = 0;
  /** @type {number[]} */
  lit = [];

  /**
   * @param {Figure<any>} figure
   * @param {number[]} losses the largest first
   * @param {object} reader
   * @param {(rank: number) => void} reader.choose
   * @param {(rank: number) => string} reader.describe
   * @param {(mined: number) => void} reader.cut
   */
  constructor(figure, losses, { choose, describe, cut }) {
    this.figure = figure;
    this.losses = losses;
    this.choose = choose;
    this.describe = describe;
    this.cut = cut;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    const point = (/** @type {PointerEvent} */ event) => this.point(event);
    this.bars = make("div", {
      class: "ssd-ranks", role: "slider", tabindex: "0", "aria-valuemin": 1,
      "aria-label": "Negatives, the worst first", "aria-valuemax": losses.length,
      "aria-valuenow": 1, onpointermove: point, onpointerdown: point,
      onkeydown: (event) => this.key(event),
    }, this.canvas);
    this.grip = this.makeGrip();
    this.element = make("div", { class: "ssd-rank-bars" }, this.bars, this.grip);
    const observer = new ResizeObserver(() => this.paint());
    observer.observe(this.element);
    figure.ends.push(() => observer.disconnect());
    figure.shows.push(() => this.paint());
  }

  /**
   * @param {number} mined how many count
   * @param {number[]} lit ranks, from 0
   */
  draw(mined, lit) {
    [this.mined, this.lit] = [mined, lit];
    const rank = lit[0] ?? 0;
    this.bars.setAttribute("aria-valuenow", `${rank + 1}`);
    this.bars.setAttribute("aria-valuetext", this.describe(rank));
    this.grip.setAttribute("aria-valuenow", `${mined}`);
    this.paint();
  }

  /** The line between what counts and what does not, to be dragged or moved by keys. */
  makeGrip() {
    /** @param {PointerEvent} event */
    const drag = (event) => {
      event.stopPropagation();
      if (grip.hasPointerCapture(event.pointerId)) {
        this.cut(clamp(Math.round(this.rankAt(this.shareAt(event))), 0, this.losses.length));
      }
    };
    const grip = make("div", {
      class: "ssd-rank-grip", role: "slider", tabindex: "0", "aria-valuemin": 0,
      "aria-label": "Negatives that count", "aria-valuemax": this.losses.length,
      onpointermove: drag,
      onpointerdown: (event) => {
        event.stopPropagation();
        grip.setPointerCapture(event.pointerId);
      },
      onkeydown: (event) => {
        event.stopPropagation();
        const next = this.nextOf(event, this.mined, this.losses.length);
        if (next !== undefined) this.cut(next);
      },
    });
    return grip;
  }

  paint() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    const { canvas, figure, losses, mined } = this;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = context2d(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [wide, high, tenths] = [width - LEFT - RIGHT, height - TOP - BOTTOM,
      Math.ceil(losses[0] * 5) * 2];
    const end = losses.length;
    const x = (/** @type {number} */ rank) => LEFT + wide
      * (this.isEven ? rank / end : Math.log(rank + 1) / Math.log(end + 1));
    const y = (/** @type {number} */ loss) => TOP + (1 - (loss * 10) / tenths) * high;
    const fill = (/** @type {string} */ token, /** @type {number[]} */ [left, top, w, h]) => {
      context.fillStyle = figure.colour(token);
      context.fillRect(left, top, w, h);
    };
    const write = (
      /** @type {string} */ text, /** @type {number} */ at, /** @type {number} */ down,
      /** @type {CanvasTextAlign} */ align = "right",
    ) => {
      context.fillStyle = figure.colour("soft");
      context.textAlign = align;
      context.fillText(text, at, down);
    };
    const family = getComputedStyle(this.element).fontFamily;
    context.font = `12px ${family}`;
    for (let tick = 0; tick <= tenths; tick += 2) {
      fill("hair", [LEFT, Math.round(y(tick / 10)), wide, 1]);
      write((tick / 10).toFixed(1), LEFT - 6, y(tick / 10) + 4);
    }
    write("loss", LEFT - 6, TOP - 10);
    const bar = (/** @type {number} */ rank, /** @type {string} */ token) => {
      const [room, top] = [x(rank + 1) - x(rank), y(losses[rank])];
      fill(token, [x(rank), top, Math.max(room > 3 ? room - 1 : room, 1), y(0) - top]);
    };
    const area = (
      /** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ token,
    ) => {
      if (from >= to) return;
      context.fillStyle = figure.colour(token);
      context.beginPath();
      context.moveTo(x(from), y(0));
      for (let rank = from; rank < to;) {
        context.lineTo(x(rank), y(losses[rank]));
        const share = (x(rank) + 0.7 - LEFT) / wide; // of those between, nothing would be seen
        const next = Math.min(to, Math.max(rank + 1, Math.ceil(this.rankAt(share))));
        context.lineTo(x(next), y(losses[rank]));
        rank = next;
      }
      context.lineTo(x(to), y(0));
      context.fill();
    };
    const single = this.isEven ? 0 : SINGLE;
    for (let rank = 0; rank < single; rank += 1) bar(rank, rank < mined ? "mined" : "edge");
    area(Math.max(single, mined), end, "edge");
    area(single, mined, "mined");
    for (const rank of this.lit) bar(rank, "ink");
    for (const tick of this.isEven ? [1, 2000, 4000, 6000, 8000] : [1, 10, 100, 1000]) {
      const at = (x(tick - 1) + x(tick)) / 2;
      fill("soft", [at, y(0), 1, 5]);
      write(`${tick}`, at, y(0) + 18, "center");
    }
    write("rank, the worst first", LEFT + wide, y(0) + 35);
    const cut = x(mined);
    this.grip.style.left = `${cut}px`;
    for (let down = TOP - 8; down < y(0); down += 6) fill("ink", [cut - 0.5, down, 1.5, 3]);
    context.fillStyle = figure.colour("ink");
    context.beginPath();
    context.arc(cut, TOP + high / 2, 7, 0, 7);
    context.fill();
    context.font = `650 13px ${family}`;
    if (cut > LEFT + wide / 2) write(`${mined} count`, cut - 6, TOP - 4);
    else write(`${mined} count`, cut + 6, TOP - 4, "left");
  }

  /** @param {PointerEvent} event */
  point(event) {
    const rank = Math.floor(this.rankAt(this.shareAt(event)));
    this.choose(clamp(rank, 0, this.losses.length - 1));
  }

  /**
   * How far along the axis a pointer is.
   * @param {PointerEvent} event
   */
  shareAt({ clientX }) {
    const { left, width } = this.element.getBoundingClientRect();
    return clamp((clientX - left - LEFT) / (width - LEFT - RIGHT));
  }

  /**
   * The rank, not rounded, at a share of the axis.
   * @param {number} share
   */
  rankAt(share) {
    const end = this.losses.length;
    return this.isEven ? share * end : (end + 1) ** share - 1;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const next = this.nextOf(event, this.lit[0] ?? -1, this.losses.length - 1);
    if (next !== undefined) this.choose(next);
  }

  /**
   * Where a key leads to.
   * @param {KeyboardEvent} event
   * @param {number} now
   * @param {number} last
   */
  nextOf(event, now, last) {
    const far = Math.max(10, Math.round(now / 2));
    const arrow = arrowOf(event);
    /** @type {Record<string, number>} */
    const places = { Home: 0, End: last, PageDown: now + far, PageUp: now - far };
    const next = places[event.key] ?? (arrow && now + (arrow[0] || arrow[1]));
    if (next === undefined) return undefined;
    event.preventDefault();
    return clamp(next, 0, last);
  }
}
