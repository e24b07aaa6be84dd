// All default boxes as a crowd of dots, one each: objects first, then background, the
// hardest first. A pointer or the arrow keys take hold of one; a line cuts off who counts.

import { arrowOf, clamp, context2d, make } from "./stage.js";

/** @import { Figure } from "./controls.js" */

const NARROW = 420; // CSS pixels
const [TOP, BOTTOM] = [24, 26]; // around the dots
const CHEAP = 0.01; // a cost that is marked

/** Who stands in the crowd, column by column. */
export class Crowd {
  mined = 0;
  /** @type {number[]} ranks */
  lit = [];

  /**
   * @param {Figure<any>} figure
   * @param {number} positives stand in front
   * @param {number[]} losses of the background, the largest first
   * @param {object} reader
   * @param {(rank: number) => void} reader.choose
   * @param {(rank: number) => string} reader.describe
   * @param {(mined: number) => void} reader.cut
   */
  constructor(figure, positives, losses, { choose, describe, cut }) {
    this.figure = figure;
    this.positives = positives;
    this.losses = losses;
    this.describe = describe;
    this.cut = cut;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    const point = (/** @type {PointerEvent} */ event) => {
      const rank = this.placeAt(event) - positives;
      if (rank >= 0) choose(Math.min(rank, losses.length - 1));
    };
    this.dots = make("div", {
      class: "ssd-crowd-dots", role: "slider", tabindex: "0", "aria-valuemin": 1,
      "aria-label": "Background boxes, the hardest first", "aria-valuemax": losses.length,
      "aria-valuenow": 1, onpointermove: point, onpointerdown: point,
      onkeydown: (event) => {
        const next = this.nextOf(event, this.lit[0] ?? -1, losses.length - 1);
        if (next !== undefined) choose(next);
      },
    }, this.canvas);
    this.grip = this.makeGrip();
    this.element = make("div", { class: "ssd-crowd" }, this.dots, this.grip);
    const observer = new ResizeObserver(() => {
      this.element.style.height = `${this.rows * this.pitch + TOP + BOTTOM}px`;
      this.paint();
    });
    observer.observe(this.element);
    figure.ends.push(() => observer.disconnect());
    figure.shows.push(() => this.paint());
  }

  /** CSS pixels from dot to dot: in a narrow column of a phone there is less room. */
  get pitch() {
    return window.innerWidth < NARROW ? 2 : 3;
  }

  /** How many stand one above the other. */
  get rows() {
    const columns = Math.max(1, Math.floor(this.element.clientWidth / this.pitch));
    return Math.ceil((this.positives + this.losses.length) / columns);
  }

  /**
   * @param {number} mined how many count
   * @param {number[]} lit ranks, from 0
   */
  draw(mined, lit) {
    [this.mined, this.lit] = [mined, lit];
    const rank = lit[0] ?? 0;
    this.dots.setAttribute("aria-valuenow", `${rank + 1}`);
    this.dots.setAttribute("aria-valuetext", this.describe(rank));
    this.grip.setAttribute("aria-valuenow", `${mined}`);
    this.grip.setAttribute("aria-valuetext", `${mined} of ${this.losses.length} count`);
    this.paint();
  }

  /** The line between who counts and who does not, to be dragged or moved by keys. */
  makeGrip() {
    /** @param {PointerEvent} event */
    const drag = (event) => {
      event.stopPropagation();
      if (!grip.hasPointerCapture(event.pointerId)) return;
      const { left } = this.element.getBoundingClientRect();
      const column = Math.round((event.clientX - left) / this.pitch);
      this.cut(clamp(column * this.rows - this.positives, 0, this.losses.length));
    };
    const grip = make("div", {
      class: "ssd-crowd-grip", role: "slider", tabindex: "0", "aria-valuemin": 0,
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
    const { canvas, figure, losses, mined, pitch, positives, rows } = this;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = context2d(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const dot = (/** @type {number} */ place, size = 0.8 * pitch) => context.fillRect(
      Math.floor(place / rows) * pitch, TOP + (place % rows) * pitch, size, size,
    );
    const colour = (/** @type {string} */ token) => { context.fillStyle = figure.colour(token); };
    colour("positive");
    for (let place = 0; place < positives; place += 1) dot(place);
    colour("mined");
    for (let rank = 0; rank < losses.length; rank += 1) {
      if (rank === mined) colour("edge");
      context.globalAlpha = this.strengthOf(rank);
      dot(positives + rank);
    }
    context.globalAlpha = 1;
    colour("ink");
    for (const rank of this.lit) {
      context.save();
      context.translate(-2, -2);
      dot(positives + rank, pitch + 3.5);
      context.restore();
    }
    const low = TOP + rows * pitch;
    const cut = Math.min(((positives + mined) / rows) * pitch, width - 1);
    context.fillRect(cut - 0.75, TOP - 4, 1.5, low - TOP + 6);
    context.beginPath();
    context.arc(clamp(cut, 7, width - 7), low + 9, 7, 0, 7);
    context.fill();
    const write = (
      /** @type {string} */ text, /** @type {number} */ at, /** @type {number} */ down,
      /** @type {CanvasTextAlign} */ align,
    ) => {
      context.textAlign = align;
      context.fillText(text, at, down);
    };
    const family = getComputedStyle(this.element).fontFamily;
    context.font = `650 13px ${family}`;
    const words = [`${mined} count`, `${losses.length - mined} are left out`];
    const [first, second] = words.map((text) => context.measureText(text).width);
    const at = clamp(cut - first / 2, 0, width - first);
    if (mined) write(words[0], at, TOP - 10, "left");
    colour("soft");
    context.font = `13px ${family}`;
    const from = mined ? at + first + 14 : 0;
    if (from + second < width) write(words[1], width, TOP - 10, "right");
    this.grip.style.left = `${cut}px`;
    const beside = this.grip.clientWidth / 2 + 5; // clear of the grip, and of its frame
    const ends = ["hardest", "easiest"].map((text) => context.measureText(text).width + beside);
    if (cut > ends[0]) write("hardest", 0, low + 14, "left");
    else write("hardest first", cut + beside, low + 14, "left");
    if (cut < width - ends[1]) write("easiest", width, low + 14, "right");
    const mark = ((positives + losses.findIndex((loss) => loss < CHEAP)) / rows) * pitch;
    const half = context.measureText(`cost ${CHEAP}`).width / 2;
    if (Math.abs(mark - cut) < half + beside) return;
    write(`cost ${CHEAP}`, mark, low + 15, "center");
    context.fillRect(mark - 0.5, low - 3, 1, 6);
  }

  /**
   * How strong a square is, by what it costs: each tenth of a cost makes it paler by as much.
   * @param {number} rank
   */
  strengthOf(rank) {
    const [first, least] = [this.losses[0], /** @type {number} */ (this.losses.at(-1))];
    return 0.1 + 0.9 * (Math.log(this.losses[rank] / least) / Math.log(first / least));
  }

  /**
   * Whom a pointer is at: positives first.
   * @param {PointerEvent} event
   */
  placeAt({ clientX, clientY }) {
    const { left, top } = this.element.getBoundingClientRect();
    const [column, row] = [clientX - left, clientY - top - TOP].map((at) => at / this.pitch);
    return Math.floor(column) * this.rows + clamp(Math.floor(row), 0, this.rows - 1);
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
    const places = { Home: 0, End: last, PageUp: now + far, PageDown: now - far };
    const next = places[event.key] ?? (arrow && now + (arrow[0] || arrow[1]));
    if (next === undefined) return undefined;
    event.preventDefault();
    return clamp(next, 0, last);
  }
}
