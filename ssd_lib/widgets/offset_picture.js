// The offset lab's image: the default box that stays, an arrow and a name for each offset, two
// of them at a time where they lead from box to box, and the way that the prediction has come.

import { toCentre } from "./geometry.js";
import { Glide } from "./motion.js";
import {
  drawArrow, drawPull, drawTrail, passedOf, pullsOn, shown, sidesOf, wordOf,
} from "./offset_drawing.js";
import { clamp, make, rectOf, strokeTwice } from "./stage.js";
import { IN_CORNERS, along, around, arrowsOf, layTags, movedTo, onEdges } from "./tag_places.js";

/** @import { BoxHandle } from "./box_handle.js" */
/** @import { Figure } from "./controls.js" */
/** @import { Box } from "./geometry.js" */
/** @import { Context, Paint } from "./stage.js" */
/** @import { Spot } from "./tag_places.js" */
/**
 * @typedef {object} State what the image shows
 * @property {boolean} isDescent whether the arrows are what the loss pulls
 * @property {() => Box} from the default box
 * @property {() => Box} to the prediction, where it is drawn now
 * @property {() => number[]} slopes of the loss there
 * @property {(which?: number) => void} light lets an offset stand out, or none
 */

export const PARTS = ["x", "y", "width", "height"];
const STUB = 0.07; // a shorter arrow is hidden by its name
const RIM = 0.006; // between an arrow and the edge of the image
const NARROW = 400; // pixels: an image on which arrows are thin
const UNMOVED = 0.02; // a default box moved by less is where it was
const LEG_MS = 650; // a default box goes its way offset by offset
const BEHIND = 0.4; // how much is seen of what comes before, while the lesson is the stretch

export class OffsetPicture {
  lit = -1; // the offset that stands out
  pairs = [true, true]; // whether arrows are seen that move, and those that stretch
  sides = [1, 1]; // the right and the lower edge are pulled at
  isSmall = [false, false, false, false]; // too small for an arrow
  /** @type {number[][]} */
  trail = []; // the middles of the predictions before each step
  /** @type {Map<HTMLElement, number[]>} */
  tagPlaces = new Map();
  /** @type {BoxHandle[]} */
  handles = [];

  /**
   * @param {Figure<any>} figure
   * @param {State} state
   */
  constructor(figure, state) {
    this.colour = (/** @type {string} */ token) => figure.colour(token);
    this.state = state;
    this.leg = 0; // of the way of the default box: each is an offset
    this.last = 0;
    this.way = new Glide(() => [this.leg], () => this.go(), LEG_MS);
    this.stage = figure.stage((...place) => this.paint(...place));
    this.arrows = PARTS.map((part) =>
      make("span", { class: "ssd-note ssd-arrow", "data-arrow": part }));
    this.defaultTag = make("span", { class: "ssd-note" }, "default box");
    this.movedTag = make("span", { class: "ssd-note ssd-moved", hidden: "" },
      "default", make("span", {}, " box"), ", moved");
    this.pullKey = make("span", { class: "ssd-note ssd-pull-key", hidden: "" },
      "pull of the loss", make("span", {}, " = −slope"));
    this.over = make("canvas", { class: "ssd-over", "aria-hidden": "true" });
    this.stage.element.append(this.over, this.defaultTag, this.movedTag, this.pullKey,
      ...this.arrows);
  }

  /**
   * Say each offset at its arrow; what is hardly one has none.
   * @param {number[]} values
   * @param {number} least
   */
  say(values, least) {
    this.isSmall = values.map((value) => Math.abs(value) < least);
    values.forEach((value, i) => this.arrows[i].replaceChildren(wordOf(i, value),
      make("span", {}, ` ${shown(Math.abs(value))}`)));
    for (const one of this.handles) one.place();
  }

  /**
   * @param {number} which offset is to stand out, or -1
   * @param {boolean[]} pairs whether arrows are seen that move, and those that stretch
   */
  light(which, pairs) {
    this.lit = which;
    this.pairs = pairs;
    this.arrows.forEach((one, i) => {
      one.classList.toggle("ssd-lit", i === which);
      one.hidden = this.isSmall[i] || !this.isOfPair(i);
    });
    this.pullKey.hidden = !this.state.isDescent || this.isSmall.every(Boolean);
    this.draw();
  }

  /** Two arrows move, and two stretch. */
  isOfPair(/** @type {number} */ i) {
    return this.pairs[Number(i > 1)];
  }

  /** The move is seen, faint, while the stretch is the lesson. */
  isDrawn(/** @type {number} */ i) {
    return !this.isSmall[i] && (i < 2 || this.isOfPair(i));
  }

  /**
   * Let a default box go its way to the prediction, offset by offset.
   * @param {number} from how many it has behind it: with 2 it has been moved
   * @param {number} to with 4 it is the prediction
   */
  play(from, to) {
    [this.leg, this.last, this.way.now] = [from, to, [from]];
    this.go();
  }

  /** One leg after the other; the offset that it is about stands out. */
  go() {
    if (this.way.now[0] < this.leg) this.stage.draw();
    else if (this.leg === this.last) this.state.light();
    else {
      this.leg += 1;
      this.state.light(this.leg - 1);
      this.way.go();
    }
  }

  /** The default box on its way. */
  onWay() {
    const [from, to] = [toCentre(this.state.from()), toCentre(this.state.to())];
    const [cx, cy, width, height] = from.map((one, i) =>
      one + (to[i] - one) * clamp(this.way.now[0] - i, 0, 1));
    return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
  }

  draw() {
    this.layNames();
    this.stage.draw();
  }

  /** Each offset as an arrow: where it starts and where it ends, in fractions. */
  lines() {
    const [from, to] = [toCentre(this.state.from()), toCentre(this.state.to())];
    if (!this.state.isDescent) return arrowsOf(from, to);
    const slopes = this.state.slopes();
    this.sides = sidesOf(to, slopes, this.sides);
    return pullsOn(to, slopes, this.sides);
  }

  /**
   * What is seen of an offset: an arrow, and for a side the same at its other end, which is
   * shorter where it would leave the image.
   * @param {number[]} line
   * @param {number} i
   */
  both([x, y, toX, toY], i) {
    if (i < 2) return [[x, y, toX, toY]];
    const [cx, cy] = toCentre(this.state.to());
    const inside = (/** @type {number} */ at) => clamp(at, RIM, 1 - RIM);
    const other = i === 2 ? [2 * cx - x, y, inside(2 * cx - toX), toY]
      : [x, 2 * cy - y, toX, inside(2 * cy - toY)];
    return [[x, y, toX, toY], other];
  }

  /**
   * Whether a name keeps away from its arrow, with a line to it; that of the width is outside.
   * @param {number[]} arrow
   * @param {number} i
   */
  isStub([x1, y1, x2, y2], i) {
    return i !== 2 && Math.hypot(x2 - x1, y2 - y1) < STUB;
  }

  /** Do arrows of size stretch a default box that has been moved? */
  isStretched() {
    const [from, to] = [toCentre(this.state.from()), toCentre(this.state.to())];
    return Math.hypot(to[0] - from[0], to[1] - from[1]) > UNMOVED
      && this.arrows.slice(2).some((one) => !one.hidden) && !this.state.isDescent;
  }

  /** The default box, moved to the prediction. */
  movedBox() {
    return movedTo(this.state.from(), this.state.to());
  }

  /** Where the prediction has been. */
  passed() {
    return passedOf(this.trail, toCentre(this.state.to()));
  }

  /** The stage has another size. */
  resize() {
    const { width, height } = this.stage.canvas;
    Object.assign(this.over, { width, height });
    this.layNames();
  }

  layNames() {
    const isStretched = this.isStretched();
    this.stage.element.classList.toggle("ssd-stretching", isStretched);
    this.movedTag.hidden = !isStretched;
    this.defaultTag.hidden = isStretched;
    const [places, from] = [this.lines(), this.state.from()];
    const out = Math.sign(places[2][0] - toCentre(this.state.to())[0]);
    this.tagPlaces = layTags(this.stage, [
      ...this.handles.map(({ tag, get }, i) =>
        ({ tag, spots: onEdges(get(), this.stage, i > 0) })),
      ...this.arrows.map((tag, i) => ({
        tag, spots: along(places[i], i % 2 === 1, i === 2 ? out : 0),
        isAside: this.isStub(places[i], i),
      })),
      { tag: this.movedTag, spots: besideMoved(this.movedBox()) },
      { tag: this.defaultTag, spots: [...around(from), ...onEdges(from, this.stage, true)] },
      { tag: this.pullKey, spots: IN_CORNERS },
    ], [...places.flatMap((one, i) => (this.isDrawn(i) ? this.both(one, i) : [])),
      ...this.passed().map((dot) =>
      [...dot.slice(0, 2), ...dot.slice(0, 2)])]);
  }

  /** @type {Paint} */
  paint(context, width, height) {
    this.paintBoxes(context, width, height);
    this.stage.paintOn(this.over, (...place) => this.paintOver(...place));
  }

  /**
   * What no frame of a box may hide: the way so far, and the arrows.
   * @type {Paint}
   */
  paintOver(context, width, height) {
    const [colour, halo] = [this.colour("forced"), this.colour("on-box")];
    drawTrail(context, this.passed().map(([x, y]) => [x * width, y * height]),
      this.colour("prediction"), halo);
    const inPixels = (/** @type {number[]} */ [x1, y1, x2, y2]) =>
      [x1 * width, y1 * height, x2 * width, y2 * height];
    const drawn = this.lines().map((one, i) => ({
      i, line: inPixels(one), lines: this.both(one, i).map(inPixels),
      isStub: this.isStub(one, i),
    })).filter(({ i }) => this.isDrawn(i));
    for (const { i, line, isStub } of drawn) if (isStub) this.paintLead(context, line, i, colour);
    const thick = width < NARROW ? 3 : 4;
    for (const { i, line, lines } of drawn) {
      const [x, y] = line;
      const wide = i === this.lit ? thick + 2 : thick;
      context.globalAlpha = this.isOfPair(i) ? 1 : BEHIND;
      for (const one of lines) {
        if (this.state.isDescent) drawPull(context, one, colour, wide, halo);
        else drawArrow(context, one, i > 1, colour, wide, halo);
      }
      if (i === 0 || (i === 1 && this.isSmall[0])) {
        paintStart(context, x, y, thick + 1, halo);
      }
    }
  }

  /** @type {Paint} */
  paintBoxes(context, width, height) {
    const [colour, halo] = [this.colour("default"), this.colour("on-box")];
    const outline = (/** @type {Box} */ box) => () => context.rect(...rectOf(box, width, height));
    const isStretched = this.isStretched();
    context.globalAlpha = isStretched ? BEHIND : 0.9;
    strokeTwice(context, [colour, [], 2], outline(this.state.from()), halo);
    context.globalAlpha = 0.9;
    if (isStretched) strokeTwice(context, [colour, [], 2], outline(this.movedBox()), halo);
    if (this.way.request !== undefined) this.paintWay(context, outline, width, height);
    context.globalAlpha = 1;
  }

  /**
   * The default box on its way, filled.
   * @param {Context} context
   * @param {(box: Box) => () => void} outline
   * @param {number} width of the image, in pixels
   * @param {number} height
   */
  paintWay(context, outline, width, height) {
    const [box, colour] = [this.onWay(), this.colour("default")];
    context.globalAlpha = 0.2;
    context.fillStyle = colour;
    context.fillRect(...rectOf(box, width, height));
    context.globalAlpha = 1;
    strokeTwice(context, [colour, [], 4], outline(box), this.colour("on-box"));
  }

  /**
   * From a stub of an arrow to its name.
   * @param {Context} context
   * @param {number[]} line in pixels
   * @param {number} i
   * @param {string} colour
   */
  paintLead(context, [x1, y1, x2, y2], i, colour) {
    const [left, top, right, bottom] = this.tagPlaces.get(this.arrows[i]) ?? [];
    if (left === undefined) return;
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    strokeTwice(context, [colour, [], 1.5], () => {
      context.moveTo(x, y);
      context.lineTo(clamp(x, left + 8, right - 8), clamp(y, top + 6, bottom - 6));
    }, this.colour("on-box"));
  }
}

/**
 * The middle that the first arrow starts from, in the colours of that arrow.
 * @param {Context} context
 * @param {number} x in pixels
 * @param {number} y
 * @param {number} radius
 * @param {string} fill
 */
function paintStart(context, x, y, radius, fill) {
  context.setLineDash([]);
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fillStyle = fill;
  context.fill();
  context.stroke();
}

/**
 * Spots at the corners of the moved box, those at the right first, as arrows come from the left.
 * @param {Box} box
 * @returns {Spot[]}
 */
function besideMoved([x1, y1, x2, y2]) {
  return [[x2, y1, -1, -1], [x2, y1, 1, -1], [x2, y2, 1, 1], ...around([x1, y1, x2, y2])];
}
