// The image with the receptive field of one cell, to its true size however far it reaches:
// the image becomes smaller until all of the field has room.

import { boxSizes } from "./geometry.js";
import { Glide } from "./motion.js";
import { clamp, context2d, make, strokeTwice } from "./stage.js";

/** @import { Figure } from "./controls.js" */
/** @import { FeatureMap } from "./geometry.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {{ size_px: number, step_px: number, centre_px: number }} Field what a cell sees */
/**
 * @typedef {FeatureMap & { name: string, field: Field, strip: number, channels: number,
 *   shown: number[] }} NetworkMap
 */
/**
 * @typedef {object} Looked what is looked at
 * @property {number} image its side in pixels
 * @property {NetworkMap} map
 * @property {number} index of the map
 * @property {number[]} cell row and column
 * @property {boolean} passing whether a pointer merely passes over the cell
 * @property {HTMLCanvasElement | undefined} channel to be laid over the image
 * @property {string | undefined} lit what a reader points at beside the image
 * @property {string | undefined} asked what an answer is about: "boxes" or "middles"
 */
/** @typedef {[x: number, y: number, width: number, height: number]} Rect */

const ROOM = 24; // pixels of the stage that stay free on each side, for labels
const [NEXT_MAP, NEXT_CELL] = [300, 150]; // milliseconds

/** The stage, and what is drawn on it. */
export class FieldView {
  /** @type {number[]} from where to where it reaches, along x and along y */
  reach = [];
  /** @type {NetworkMap | undefined} */
  last;
  pale = make("canvas");

  /**
   * @param {Figure<any>} figure
   * @param {() => Looked} look
   */
  constructor(figure, look) {
    this.figure = figure;
    this.look = look;
    this.stage = figure.stage((context, side) => this.paint(context, side));
    this.stage.element.classList.add("ssd-view");
    this.stage.picture.addEventListener("load", () => this.stage.draw());
    this.stage.onresize = () => this.glide.jump();
    this.face = getComputedStyle(figure.el).fontFamily || "sans-serif"; // costs a layout: once
    this.glide = new Glide(() => this.target(), () => this.stage.draw());
    figure.ends.push(this.glide.end);
  }

  /** Go to what is looked at now. */
  go() {
    const { map } = this.look();
    this.glide.ms = map === this.last ? NEXT_CELL : NEXT_MAP;
    this.last = map;
    this.glide.go();
  }

  /**
   * The place of a pointer in cells, as row and column; it may lie beyond the map.
   * @param {MouseEvent} event
   */
  at(event) {
    const [left, top, side] = this.glide.now;
    const { image, map: { step } } = this.look();
    const [x, y] = this.stage.at(event);
    return [y * side + top, x * side + left].map((place) => (place * image) / step);
  }

  /** Left, top and side of the view, of the field and of the cell, in fractions of the image. */
  target() {
    const { image, cell: [y, x], passing, map: { step, field } } = this.look();
    const { size_px: size, step_px: every, centre_px: first } = field;
    const [left, top] = [x, y].map((place) => first + place * every - size / 2);
    const need = [left, top].flatMap((low) => [Math.min(0, low), Math.max(image, low + size)]);
    // Below a pointer the view only grows: the cell must not run away from it.
    this.reach = passing && this.reach.length
      ? need.map((edge, i) => (i % 2 ? Math.max : Math.min)(edge, this.reach[i])) : need;
    const [x1, x2, y1, y2] = this.reach;
    const room = ROOM / (this.stage.canvas.width / this.stage.ratio || 600);
    const side = Math.max(x2 - x1, y2 - y1) / (1 - 2 * room);
    return [(x1 + x2 - side) / 2, (y1 + y2 - side) / 2, side, left, top, size, x * step, y * step,
      step].map((pixels) => pixels / image);
  }

  isDark() {
    return parseInt(this.figure.colour("ink").slice(1, 3), 16) > 128;
  }

  /** The image without colour, and faint, as it is where the cell does not see it. */
  faint() {
    const [pale, paper] = [this.pale, this.figure.colour("paper")];
    if (pale.dataset.paper === paper) return pale;
    const { naturalWidth: side } = this.stage.picture;
    [pale.dataset.paper, pale.width, pale.height] = [paper, side, side];
    const context = context2d(pale);
    context.drawImage(this.stage.picture, 0, 0);
    context.fillStyle = paper;
    /** @type {[GlobalCompositeOperation, number][]} */
    const layers = [["saturation", 1], ["source-over", 0.62]];
    for (const [how, alpha] of layers) {
      [context.globalCompositeOperation, context.globalAlpha] = [how, alpha];
      context.fillRect(0, 0, side, side);
    }
    return pale;
  }

  /**
   * @param {Context} context
   * @param {number} side of the stage
   */
  paint(context, side) {
    const { picture } = this.stage;
    if (!picture.complete || !picture.naturalWidth) return;
    const { image, map, index, channel, lit, asked } = this.look();
    const [viewX, viewY, span, left, top, size, x, y, step] = this.glide.now;
    /** @type {(x: number, y: number, width: number, height?: number) => Rect} */
    const rect = (atX, atY, width, height = width) => /** @type {Rect} */ (
      [atX - viewX, atY - viewY, width, height].map((at) => (at / span) * side));
    const [own, ink, halo] = [`map-${index + 1}`, "ink", "on-box"].map((name) =>
      this.figure.colour(name));
    const [seen, whole] = [rect(left, top, size), rect(0, 0, 1)];
    const cells = rect(0, 0, step * map.grid);
    const light = (/** @type {string} */ part) => {
      context.globalAlpha = lit && lit !== part ? 0.3 : 1;
      return lit === part ? 2 : 0; // so much wider are its lines
    };
    const inField = (/** @type {() => void} */ draw) => {
      context.save();
      context.beginPath();
      context.rect(...seen);
      context.clip();
      draw();
      context.restore();
    };

    inField(() => stripes(context, side, own, 1.25 + light("padding")));
    context.drawImage(this.faint(), ...whole);
    if (!channel) inField(() => context.drawImage(picture, ...whole));
    else {
      context.imageSmoothingEnabled = false;
      context.globalCompositeOperation = this.isDark() ? "screen" : "multiply";
      context.drawImage(channel, ...cells);
      context.globalCompositeOperation = "source-over";
      context.imageSmoothingEnabled = true;
    }
    [context.strokeStyle, context.lineWidth] = [ink, 1];
    context.strokeRect(...whole);
    context.globalAlpha = map.grid > 20 ? 0.25 : 0.45;
    lines(context, cells, map.grid);

    const [fieldWidth, boxWidth] = [3 + light("field"), 2 + light("boxes")];
    const middle = [x + step / 2, y + step / 2];
    const shown = lit === "boxes" || asked === "boxes" ? boxSizes(map) : [];
    for (const [w, h] of shown.map((pair) => pair.map((pixels) => pixels / image))) {
      const box = rect(middle[0] - w / 2, middle[1] - h / 2, w, h);
      for (const [colour, dash] of [["#fff", []], [this.figure.colour("default"), [5, 4]]]) {
        [context.strokeStyle, context.lineWidth] = [`${colour}`, boxWidth];
        context.setLineDash(/** @type {number[]} */ (dash));
        context.strokeRect(...box);
      }
    }
    light("field");
    strokeTwice(context, [own, [], fieldWidth], () => context.rect(...seen), halo);
    light("cell");
    strokeTwice(context, [own, [], 2.5], () => context.rect(...rect(x, y, step)), halo);
    if (!channel) {
      context.fillStyle = own;
      context.globalAlpha *= clamp(0.05 / step, 0.15, 0.5); // a large one hides the image
      context.fillRect(...rect(x, y, step));
    }
    context.globalAlpha = 1;
    this.label(context, side, seen, whole);
    if (asked !== "middles") return;
    const [fx, fy] = rect(left + size / 2, top + size / 2, 0);
    const [bx, by] = rect(middle[0], middle[1], 0);
    strokeTwice(context, [own, [], 2], () => { // a cross in its middle, joined with the cell's
      for (const [dx, dy] of [[-7, 0], [0, -7]]) {
        context.moveTo(fx + dx, fy + dy);
        context.lineTo(fx - dx, fy - dy);
      }
      context.moveTo(fx, fy);
      context.lineTo(bx, by);
    }, halo);
  }

  /**
   * What things are, on them.
   * @param {Context} context
   * @param {number} side
   * @param {Rect} seen
   * @param {Rect} whole
   */
  label(context, side, [left, top, wide], [x, y, picture]) {
    const { image, map: { field: { size_px: size } }, index } = this.look();
    const [height, letters] = side < 400 ? [18, 11] : [22, 13.5];
    context.font = `600 ${letters}px ${this.face}`;
    [context.textBaseline, context.textAlign] = ["middle", "left"];
    /** @type {(text: string, x: number, y: number, ground?: string, ink?: string) => void} */
    const pill = (text, atX, atY, ground = "raised", ink = "ink") => {
      const width = context.measureText(text).width + 12;
      const [begin, over] = [clamp(atX, 1, side - width - 1), clamp(atY, 1, side - height - 1)];
      context.fillStyle = this.figure.colour(ground);
      context.beginPath();
      context.roundRect(begin, over, width, height, 5);
      context.fill();
      context.fillStyle = this.figure.colour(ink);
      context.fillText(text, begin + 6, over + height / 2 + 1);
    };
    const [right, bottom] = [x + picture, y + picture];
    const turned = (/** @type {number} */ at) => { // by a quarter, upwards
      const half = (Math.max(top, y) + Math.min(top + wide, bottom)) / 2;
      const width = context.measureText("padding: zeros").width + 12;
      context.save();
      context.translate(at - height / 2, clamp(half + width / 2, width + 1, side - 1));
      context.rotate(-Math.PI / 2);
      pill("padding: zeros", 1, 1);
      context.restore();
    };
    const gaps = [left + wide - right, x - left, y - top, top + wide - bottom];
    const widest = gaps.findIndex((gap) => gap > Math.max(...gaps) - 1);
    const across = (Math.max(left, x) + Math.min(left + wide, right)) / 2 - 50;
    const at = [left + wide + right, x + left, y + top, top + wide + bottom][widest] / 2;
    if (gaps[widest] > height) {
      if (widest < 2) turned(at);
      else pill("padding: zeros", across, at - height / 2);
    }
    const isFree = Math.abs(top - y) > height + 2 || left > x + 130 || left < x - 160;
    pill(`image ${image} × ${image}`, x, isFree ? y - height - 4 : bottom + 4);
    pill(`sees ${size} × ${size} pixels`, left - 1.5, top - height - 3,
      `map-${index + 1}`, "on-box");
  }
}

/**
 * Stripes: here is no image.
 * @param {Context} context
 * @param {number} side
 * @param {string} own
 * @param {number} width
 */
function stripes(context, side, own, width) {
  const share = context.globalAlpha;
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [own, own, width];
  context.globalAlpha = 0.12 * share;
  context.fillRect(0, 0, side, side);
  context.globalAlpha = 0.55 * share;
  context.beginPath();
  for (let at = 0; at < 2 * side; at += 10) {
    context.moveTo(at, 0);
    context.lineTo(at - side, side);
  }
  context.stroke();
}

/**
 * The lines between a map's cells.
 * @param {Context} context
 * @param {Rect} cells
 * @param {number} grid
 */
function lines(context, [left, top, side], grid) {
  context.beginPath();
  for (let k = 0; k <= grid; k += 1) {
    const at = (k * side) / grid;
    context.moveTo(left + at, top);
    context.lineTo(left + at, top + side);
    context.moveTo(left, top + at);
    context.lineTo(left + side, top + at);
  }
  context.stroke();
}
