// What each background box costs, the costliest first, as a hill with a long foot. A pointer
// or the arrow keys take hold of one box; a line cuts off who counts.

import { stepAlong } from "./scales.js";
import { arrowOf, clamp, context2d, make } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Context } from "./stage.js" */

const [TOP, BOTTOM, SIDE] = [56, 46, 9]; // around the hill: pixels
const [KNOB, HIGH, GAP] = [9, 18, 7]; // a line of words, and beside it: pixels
const POWER = 0.4; // the few hardest would be a hair's breadth of an even scale
const RANKS = [100, 1000, 3000];
const ROOM = 34; // pixels: for a cost at the right end
const BOLD = "650 13px";
const [LINE, BESIDE, FAR] = [15, 9, 30]; // of a label: how high, from its dot, too far: pixels
const STEP = 0.2; // between lines of equal cost

/** The hill. */
export class CostCurve {
  mined = 0;
  /** @type {number[]} ranks, from 0 */
  lit = [];

  /**
   * @param {Figure<any>} figure
   * @param {number[]} losses of the background, the largest first
   * @param {object} reader
   * @param {(rank: number) => void} reader.choose
   * @param {(rank: number) => string} reader.describe
   * @param {(mined: number) => void} reader.cut
   */
  constructor(figure, losses, { choose, describe, cut }) {
    this.figure = figure;
    this.losses = losses;
    this.sums = [0];
    for (const loss of losses) this.sums.push(this.sums[this.sums.length - 1] + loss);
    this.highest = Math.ceil(losses[0] / STEP) * STEP;
    this.describe = describe;
    this.cut = cut;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    const point = (/** @type {PointerEvent} */ event) => choose(this.rankAt(this.across(event)));
    this.ranks = make("div", {
      class: "ssd-costs-ranks", role: "slider", tabindex: "0", "aria-valuemin": 1,
      "aria-label": "Background boxes, the costliest first", "aria-valuemax": losses.length,
      "aria-valuenow": 1, onpointermove: point, onpointerdown: point,
      onkeydown: (event) => {
        const next = this.nextOf(event, this.lit[0] ?? -1, losses.length - 1);
        if (next !== undefined) choose(next);
      },
    }, this.canvas);
    this.grip = this.makeGrip();
    this.element = make("div", { class: "ssd-costs" }, this.ranks, this.grip);
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
    this.ranks.setAttribute("aria-valuenow", `${rank + 1}`);
    this.ranks.setAttribute("aria-valuetext", this.describe(rank));
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
      this.cut(Math.round(this.placeAt(this.across(event))));
    };
    const grip = make("div", {
      class: "ssd-costs-grip", role: "slider", tabindex: "0", "aria-valuemin": 0,
      "aria-label": "Negatives that count", "aria-valuemax": this.losses.length,
      onpointermove: drag, onfocus: () => this.paint(), onblur: () => this.paint(),
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

  // Places
  /** How many pixels the hill is wide, and how many it is high. */
  get size() {
    const { clientWidth, clientHeight } = this.element;
    return [clientWidth - 2 * SIDE, clientHeight - TOP - BOTTOM];
  }

  /**
   * Where a pointer is on the scale.
   * @param {PointerEvent} event
   */
  across({ clientX }) {
    return clientX - this.element.getBoundingClientRect().left;
  }

  /**
   * How many boxes stand to the left of a place.
   * @param {number} x
   */
  placeAt(x) {
    return this.losses.length * clamp((x - SIDE) / this.size[0]) ** (1 / POWER);
  }

  /** @param {number} x */
  rankAt(x) {
    return Math.min(Math.floor(this.placeAt(x)), this.losses.length - 1);
  }

  /** @param {number} place how many boxes stand to the left of it */
  xOf(place) {
    return SIDE + this.size[0] * (place / this.losses.length) ** POWER;
  }

  /** @param {number} cost */
  yOf(cost) {
    return TOP + this.size[1] * (1 - cost / this.highest);
  }

  /** How far words stay from the line: off its frame, too. */
  get free() {
    return this.grip.matches(":focus-visible") ? this.grip.offsetWidth / 2 + 5 : BESIDE;
  }

  /** Where what is written of the costs ends. */
  get scale() {
    const [width, cut] = [this.element.clientWidth, this.xOf(this.mined)];
    return cut > width - ROOM ? cut - this.free : width;
  }

  // Painting
  paint() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    const { canvas } = this;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = context2d(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const cut = this.xOf(this.mined);
    this.paintScales(context, this.scale);
    this.paintHill(context, SIDE, cut, "mined");
    this.paintHill(context, cut, width - SIDE, "edge");
    this.paintCut(context, cut, this.paintHeads(context, cut) ? 2 : TOP - HIGH);
    const rank = this.lit[0] ?? this.mined - 1;
    if (rank >= 0) this.paintMark(context, rank);
  }

  /**
   * Words in a colour of the book.
   * @param {Context} context
   * @param {string} text
   * @param {[x: number, y: number]} at
   * @param {CanvasTextAlign} align
   * @param {string} token
   * @param {string} [weight]
   */
  write(context, text, at, align, token, weight = "400 12px") {
    context.font = `${weight} ${getComputedStyle(this.element).fontFamily}`;
    context.textAlign = align;
    context.fillStyle = this.figure.colour(token);
    context.fillText(text, ...at);
  }

  /**
   * Lines of equal cost, and ranks under the hill.
   * @param {Context} context
   * @param {number} end of what is written of the costs
   */
  paintScales(context, end) {
    const [width, low] = [this.element.clientWidth, this.yOf(0)];
    const steps = Math.round(this.highest / STEP);
    for (let step = 0; step <= steps; step += 1) {
      const y = Math.round(this.yOf(step * STEP)) - 0.5;
      context.fillStyle = this.figure.colour(step ? "hair" : "edge");
      context.fillRect(0, y, width, 1);
      const cost = (step * STEP).toFixed(1);
      const text = step === steps ? `cost ${cost}` : cost;
      if (step) this.write(context, text, [end, y - 4], "right", "soft");
    }
    this.write(context, "rank 1", [0, low + 24], "left", "soft");
    const taken = context.measureText("rank 1").width + 2 * GAP;
    for (const rank of RANKS) {
      const x = this.xOf(rank);
      if (x > taken + GAP) this.write(context, `${rank}`, [x, low + 24], "center", "soft");
    }
    this.write(context, `${this.losses.length}`, [width, low + 24], "right", "soft");
    this.write(context, "costliest first; the scale narrows to the right", [0, low + 41], "left",
      "soft");
  }

  /**
   * The hill from one place to another: each box is as high as what it costs. It is a line
   * alone, for an area under it would lie: the scale narrows.
   * @param {Context} context
   * @param {number} from
   * @param {number} to
   * @param {string} token
   */
  paintHill(context, from, to, token) {
    if (to <= from) return;
    context.beginPath();
    for (let x = from; x < to; x += 0.5) {
      context.lineTo(x, this.yOf(this.losses[this.rankAt(x + 1e-6)]));
    }
    context.lineTo(to, this.yOf(this.losses[this.rankAt(to - 1e-6)]));
    context.strokeStyle = this.figure.colour(token);
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.stroke();
  }

  /**
   * The line, with a knob on the ground.
   * @param {Context} context
   * @param {number} x
   * @param {number} top
   */
  paintCut(context, x, top) {
    const low = this.yOf(0);
    const [ink, ground] = [this.figure.colour("ink"), this.figure.colour("raised")];
    context.fillStyle = ink;
    context.fillRect(x - 0.75, top, 1.5, low - top);
    context.beginPath();
    context.arc(x, low, KNOB, 0, 7);
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = ground;
    context.stroke();
    context.beginPath();
    for (const side of [-1, 1]) { // it goes either way
      context.moveTo(x + 5.5 * side, low);
      context.lineTo(x + 2 * side, low - 3.5);
      context.lineTo(x + 2 * side, low + 3.5);
    }
    context.fillStyle = ground;
    context.fill();
    this.grip.style.left = `${x}px`;
  }

  /**
   * Over either side of the line, who stands there and what they cost together.
   * @param {Context} context
   * @param {number} cut
   * @returns {boolean} whether the line has room between them
   */
  paintHeads(context, cut) {
    const { losses: { length }, mined, sums } = this;
    const width = this.element.clientWidth;
    const head = (/** @type {number} */ from, /** @type {number} */ to,
      /** @type {string} */ does) => {
      const words = [`${to - from < length ? "" : "all "}${to - from} ${does}`,
        `cost ${(sums[to] - sums[from]).toFixed(0)} together`];
      context.font = `${BOLD} ${getComputedStyle(this.element).fontFamily}`;
      return { words, wide: to > from ? Math.max(...words.map((text) =>
        context.measureText(text).width)) : 0 };
    };
    const [first, rest] = [head(0, mined, "count"), head(mined, length, "left out")];
    const left = clamp(cut + GAP, first.wide ? first.wide + 2 * GAP : 0, width - rest.wide);
    const right = rest.wide ? Math.min(Math.max(cut - GAP, first.wide), left - 2 * GAP)
      : cut - GAP;
    if (first.wide) this.paintHead(context, first.words, right, "right", "mined");
    if (rest.wide) this.paintHead(context, rest.words, left, "left", "soft");
    return (!first.wide || right <= cut - GAP + 1) && (!rest.wide || left >= cut + GAP - 1);
  }

  /**
   * @param {Context} context
   * @param {string[]} words
   * @param {number} x
   * @param {CanvasTextAlign} align
   * @param {string} token
   */
  paintHead(context, words, x, align, token) {
    this.write(context, words[0], [x, 14], align, token, BOLD);
    this.write(context, words[1], [x, 14 + HIGH], align, token);
  }

  /**
   * One box on the hill: its rank and its cost.
   * @param {Context} context
   * @param {number} rank
   */
  paintMark(context, rank) {
    const [x, y] = [this.xOf(rank + 0.5), this.yOf(this.losses[rank])];
    const isLit = this.lit.length > 0;
    context.fillStyle = this.figure.colour("ink");
    if (isLit) context.fillRect(x - 0.5, y, 1, this.yOf(0) - y);
    context.beginPath();
    context.arc(x, y, isLit ? 5 : 3.5, 0, 7);
    context.fill();
    this.paintLabel(context, rank, [x, y]);
  }

  /**
   * What a box costs, beside it and wholly on one side of the line.
   * @param {Context} context
   * @param {number} rank
   * @param {[x: number, y: number]} dot
   */
  paintLabel(context, rank, [x, y]) {
    const cost = this.losses[rank] < 0.005 ? "< 0.01" : this.losses[rank].toFixed(2);
    const words = [`rank ${rank + 1}`, `costs ${cost}`];
    context.font = `600 12px ${getComputedStyle(this.element).fontFamily}`;
    const tries = [[words.join(" ")], words].flatMap((lines) => this.spotsOf(
      [x, y], Math.max(...lines.map((line) => context.measureText(line).width)), lines.length,
    ).map((spot) => ({ ...spot, lines })));
    const { at: [left, low], end, far, lines } =
      tries.reduce((best, one) => (one.far < best.far ? one : best));
    if (far > FAR && this.lit.length) {
      context.lineWidth = 1;
      context.strokeStyle = this.figure.colour("ink");
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(...end);
      context.stroke();
    }
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = this.figure.colour("raised");
    context.textAlign = "left";
    lines.forEach((line, i) => {
      const place = /** @type {const} */ ([left, low - LINE * (lines.length - 1 - i)]);
      context.strokeText(line, ...place);
      this.write(context, line, [...place], "left", "ink", "600 12px");
    });
  }

  /**
   * Where words fit beside a dot: on the hill, to either side of the line and off its frame.
   * @param {[x: number, y: number]} dot
   * @param {number} wide
   * @param {number} lines
   */
  spotsOf([x, y], wide, lines) {
    const width = this.element.clientWidth;
    const [cut, { free, scale }] = [this.xOf(this.mined), this];
    return [[0, cut - free], [cut + free, width]].flatMap(([from, to]) =>
      [x + BESIDE, x - BESIDE - wide].map((wish) => {
        const left = clamp(wish, from, Math.max(from, to - wide));
        const above = this.yOf(this.losses[this.rankAt(left)]); // the hill falls to the right
        const low = Math.min(y, above) - 7;
        const high = low - LINE * lines + 4;
        const covers = left + wide > to || high < TOP - HIGH
          || (left + wide > scale - ROOM && high < this.yOf(STEP) - 4);
        const end = /** @type {[number, number]} */ (
          [clamp(x, left - 4, left + wide + 4), low - 4 - (LINE / 2) * (lines - 1)]);
        const far = Math.hypot(end[0] - x, end[1] - y) + 12 * (lines - 1) + (covers ? 1e4 : 0);
        return { at: [left, low], end, far };
      }));
  }

  /**
   * Where a key leads to: an arrow goes as far at every place of the scale, with Shift to the
   * next box.
   * @param {KeyboardEvent} event
   * @param {number} now
   * @param {number} last
   */
  nextOf(event, now, last) {
    const arrow = arrowOf(event);
    /** @type {Record<string, number>} */
    const pages = { PageUp: 5, PageDown: -5 };
    const by = pages[event.key] ?? (arrow && (arrow[0] || -arrow[1]));
    /** @type {Record<string, number>} */
    const ends = { Home: 0, End: last };
    const next = ends[event.key] ?? (by && (event.shiftKey ? now + by
      : stepAlong(now, by, this.losses.length, POWER)));
    if (next === undefined) return undefined;
    event.preventDefault();
    return clamp(next, 0, last);
  }
}
