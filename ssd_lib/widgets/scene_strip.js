// Three scenes with what is found on them: side by side, or, where there is no room for that,
// one large and two small.

import { clamp, rectOf, strokeTwice } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { Box } from "./geometry.js" */
/** @import { Context } from "./stage.js" */
/** @import { Judged, Verdict } from "./verdicts.js" */
/**
 * @typedef {object} Shown
 * @property {Judged[][]} layers those before, and those now
 * @property {number} arrived how much of what is now has come, 0 to 1
 * @property {Box[][]} mined boxes of each scene
 * @property {Verdict | Judged | undefined} lit
 * @property {string[]} classes
 */
/** @typedef {[left: number, top: number, side: number]} Place */

/** @type {Record<Verdict, [token: string, dash: number[], width: number, sign: string]>} */
export const LOOKS = {
  missed: ["truth", [2, 4], 2, "?"], wrong: ["forced", [8, 4], 2.5, "✕"],
  right: ["kept", [], 3, "✓"],
};
const GAP = 6;
const TAG = 18;
const CELLS = 32; // of the heat map, along a side

/** The stage, and what is drawn on it. */
export class SceneStrip {
  large = 0;

  /**
   * @param {Figure<any>} figure
   * @param {() => Shown} look
   */
  constructor(figure, look) {
    this.figure = figure;
    this.look = look;
    this.stage = figure.stage((context) => this.paint(context));
    this.stage.picture.addEventListener("load", () => this.stage.draw());
  }

  /** Whether one scene is larger than the others. */
  isOne() {
    const { clientWidth: width, clientHeight: height } = this.stage.element;
    return height > width / 2;
  }

  /** @returns {Place[]} */
  places() {
    const side = this.stage.element.clientWidth / 3;
    if (!this.isOne()) return [[0, 0, side], [side, 0, side], [2 * side, 0, side]];
    /** @type {Place[]} */
    const small = [[2 * side, side, side], [2 * side, 0, side]];
    return [0, 1, 2].map((k) => (k === this.large ? [0, 0, 2 * side] : small.pop() ?? small[0]));
  }

  /** @param {number} scene */
  enlarge(scene) {
    this.large = scene;
    this.stage.draw();
  }

  /**
   * What a pointer is at: a scene, and the place in it in fractions.
   * @param {MouseEvent} event
   */
  at(event) {
    const [x, y] = this.stage.at(event);
    const { clientWidth: width, clientHeight: height } = this.stage.element;
    const all = this.places().map(([left, top, side]) =>
      [(x * width - left) / side, (y * height - top) / side]);
    const scene = all.findIndex((at) => at.every((one) => one >= 0 && one < 1));
    const isSmall = this.isOne() && scene !== this.large;
    return { scene, at: all[scene] ?? [], isSmall };
  }

  /** @param {Context} context */
  paint(context) {
    const { layers: [before, now], arrived, mined, lit } = this.look();
    const { picture } = this.stage;
    const places = this.places();
    if (this.isOne() && picture.complete) {
      const { naturalHeight: pixels } = picture;
      context.imageSmoothingEnabled = false;
      places.forEach(([x, y, side], k) =>
        context.drawImage(picture, k * pixels, 0, pixels, pixels, x, y, side, side));
    }
    mined.forEach((boxes, scene) => this.paintMined(context, places[scene], boxes));
    if (arrived < 1) this.paintBoxes(context, places, before, 1 - arrived, lit);
    this.paintBoxes(context, places, now, arrived, lit);
    context.globalAlpha = 1;
    context.fillStyle = this.figure.colour("raised");
    for (const [x, y, side] of places) {
      if (x) context.fillRect(x - GAP / 2, y, GAP, side);
      if (y) context.fillRect(x, y - GAP / 2, side, GAP);
    }
  }

  /**
   * Where many boxes lie: each adds its share of colour, a small one as much as a large one.
   * @param {Context} context
   * @param {Place} place
   * @param {Box[]} boxes
   */
  paintMined(context, [left, top, side], boxes) {
    const heat = new Float64Array(CELLS ** 2);
    for (const [x1, y1, x2, y2] of boxes) {
      const [from, up, to, down] = [x1, y1, x2, y2].map((edge) => clamp(edge) * CELLS);
      const share = 1 / Math.max((to - from) * (down - up), 1);
      for (let row = Math.floor(up); row < down; row += 1) {
        for (let column = Math.floor(from); column < to; column += 1) {
          const covered = (Math.min(to, column + 1) - Math.max(from, column))
            * (Math.min(down, row + 1) - Math.max(up, row));
          heat[row * CELLS + column] += share * covered;
        }
      }
    }
    const most = Math.max(...heat, 1e-9);
    context.fillStyle = this.figure.colour("raised");
    context.globalAlpha = 0.6; // the image steps back
    context.fillRect(left, top, side, side);
    context.fillStyle = this.figure.colour("mined");
    heat.forEach((value, k) => {
      const [x, y, right, below] = [k % CELLS, Math.floor(k / CELLS), (k % CELLS) + 1,
        Math.floor(k / CELLS) + 1].map((at, i) =>
        Math.round((i % 2 ? top : left) + (at * side) / CELLS));
      context.globalAlpha = 0.85 * Math.sqrt(value / most);
      context.fillRect(x, y, right - x, below - y);
    });
  }

  /**
   * @param {Context} context
   * @param {Place[]} places
   * @param {Judged[]} boxes
   * @param {number} alpha
   * @param {Verdict | Judged} [lit]
   */
  paintBoxes(context, places, boxes, alpha, lit) {
    const halo = this.figure.colour("on-box");
    /** @type {number[][]} */
    const taken = [];
    context.font = `600 12px ${getComputedStyle(this.figure.el).fontFamily}`;
    const isLit = (/** @type {Judged} */ one) => lit === one || lit === one.verdict;
    const shade = (/** @type {Judged} */ one) => alpha * (!lit || isLit(one) ? 1 : 0.15);
    for (const one of boxes) {
      const [token, dash, width] = LOOKS[one.verdict];
      if (one.verdict === "missed" && this.isOne() && one.scene !== this.large) continue;
      const [left, top, side] = places[one.scene];
      const [x, y, ...size] = rectOf(one.box, side, side);
      context.globalAlpha = shade(one);
      const wide = width + (lit === one ? 1.5 : 0);
      strokeTwice(context, [this.figure.colour(token), dash, wide],
        () => context.rect(left + x, top + y, ...size), halo);
    }
    for (const one of [...boxes].reverse()) { // the right ones have the first choice
      if (one.verdict === "missed" && !isLit(one)) continue; // its outline says it
      if (this.isOne() && one.scene !== this.large) continue;
      const [token, , , sign] = LOOKS[one.verdict];
      const [begin, over, side] = places[one.scene];
      const [x, y, , tall] = rectOf(one.box, side, side);
      const text = `${sign} ${this.look().classes[one.label]}`;
      const wide = context.measureText(text).width + 10;
      const left = begin + clamp(x, 3, side - wide - 3);
      const top = over + ([y - TAG - 1, y + tall + 1, y + 2].find((at) =>
        at >= 0 && at + TAG <= side && !taken.some(([l, t, w]) =>
          l < left + wide && left < l + w && Math.abs(t - over - at) < TAG)) ?? NaN);
      if (Number.isNaN(top)) continue;
      taken.push([left, top, wide]);
      context.globalAlpha = shade(one);
      context.fillStyle = this.figure.colour(token);
      context.beginPath();
      context.roundRect(left, top, wide, TAG, 4);
      context.fill();
      context.fillStyle = halo;
      context.fillText(text, left + 5, top + 13);
    }
  }
}
