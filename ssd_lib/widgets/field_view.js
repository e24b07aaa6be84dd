// The image with the receptive field of one cell. The image keeps its place and its size, so
// that no cell runs from the pointer; a field that reaches beyond the stage fades at its edge,
// and a small drawing in a corner shows the whole of it.

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
 * @property {HTMLCanvasElement | undefined} channel to be laid over the image
 * @property {string | undefined} lit what a reader points at beside the image
 * @property {string | undefined} asked what an answer is about: "boxes" or "middles"
 */
/** @typedef {[x: number, y: number, width: number, height: number]} Rect */

const ROUND = 0.235; // of the image's side lies around it, on each side
const SPAN = 1 + 2 * ROUND; // of the whole stage
const [NEXT_MAP, NEXT_CELL] = [300, 150]; // milliseconds

/** The stage, and what is drawn on it. */
export class FieldView {
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
    const { image, map: { step } } = this.look();
    const [x, y] = this.stage.at(event);
    return [y, x].map((place) => ((place * SPAN - ROUND) * image) / step);
  }

  /** Left, top and side of the field and of the cell, in fractions of the image. */
  target() {
    const { image, cell: [y, x], map: { step, field } } = this.look();
    const { size_px: size, step_px: every, centre_px: first } = field;
    const [left, top] = [x, y].map((place) => first + place * every - size / 2);
    return [left, top, size, x * step, y * step, step].map((pixels) => pixels / image);
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
    const [left, top, size, x, y, step] = this.glide.now;
    /** @type {(x: number, y: number, width: number, height?: number) => Rect} */
    const rect = (atX, atY, width, height = width) => /** @type {Rect} */ (
      [atX + ROUND, atY + ROUND, width, height].map((at) => (at / SPAN) * side));
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

    const [fieldWidth, boxWidth] = [3 + light("field"),
      2 + Math.max(light("boxes"), Number(asked === "boxes"))];
    const middle = [x + step / 2, y + step / 2];
    for (const [w, h] of longest(map).map((pair) => pair.map((pixels) => pixels / image))) {
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
    const isCut = fade(context, side, seen);
    this.label(context, side, seen, whole);
    if (isCut) this.overview(context, side, own);
    if (asked === "middles") {
      const ends = [middle, [left + size / 2, top + size / 2]].map(([atX, atY]) =>
        rect(atX, atY, 0));
      this.shift(context, side, ends, own);
    }
  }

  /**
   * How far the middle of the field lies from the middle of its cell.
   * @param {Context} context
   * @param {number} side
   * @param {Rect[]} ends
   * @param {string} own
   */
  shift(context, side, [[x, y], [toX, toY]], own) {
    const { image } = this.look();
    const long = Math.hypot(toX - x, toY - y);
    const [dx, dy] = [(toX - x) / long, (toY - y) / long];
    strokeTwice(context, [own, [], 3], () => {
      context.moveTo(x, y);
      context.lineTo(toX, toY);
      for (const way of [-1, 1]) {
        context.moveTo(toX - 12 * dx + 7 * way * dy, toY - 12 * dy - 7 * way * dx);
        context.lineTo(toX, toY);
      }
    }, this.figure.colour("on-box"));
    for (const [atX, atY] of [[toX, toY], [x, y]]) {
      context.beginPath();
      context.arc(atX, atY, 4.5, 0, 7);
      context.fillStyle = own;
      context.fill();
    }
    this.pill(context, side, "middle of the cell", x + 8, y + 8);
    const [left, up] = [x - toX, y - toY].map((at) =>
      Number(((at / side) * SPAN * image).toFixed(1)));
    const far = this.glide.request ? "" : `: ${left}\u00a0px left, ${up}\u00a0px up`;
    this.pill(context, side, `middle of the field${far}`, toX - 6,
      toY - (side < 400 ? 26 : 36), `map-${this.look().index + 1}`, "on-box"); // above the image
  }

  /**
   * The whole field and the image in it, to scale, in the lower right corner.
   * @param {Context} context
   * @param {number} side
   * @param {string} own
   */
  overview(context, side, own) {
    const [left, top, size] = this.glide.now;
    const begin = Math.min(0, left, top);
    const span = Math.max(1, left + size, top + size) - begin;
    const wide = (ROUND / SPAN) * side - 12;
    const corner = side - wide - 6;
    /** @type {(x: number, y: number, width: number) => Rect} */
    const rect = (x, y, width) => [corner + 4 + ((x - begin) / span) * (wide - 8),
      corner + 4 + ((y - begin) / span) * (wide - 8), (width / span) * (wide - 8),
      (width / span) * (wide - 8)];
    context.fillStyle = this.figure.colour("raised");
    context.beginPath();
    context.roundRect(corner, corner, wide, wide, 6);
    context.fill();
    context.drawImage(this.stage.picture, ...rect(0, 0, 1));
    [context.fillStyle, context.strokeStyle, context.lineWidth] = [own, own, 2];
    context.globalAlpha = 0.2;
    context.fillRect(...rect(left, top, size));
    context.globalAlpha = 1;
    context.strokeRect(...rect(left, top, size));
    const text = "whole field"; // beside it: above it, a field may have its corner
    this.pill(context, side, text, corner - context.measureText(text).width - 16,
      corner + wide - (side < 400 ? 20 : 24));
  }

  /**
   * Words on a ground, inside the stage.
   * @param {Context} context
   * @param {number} side
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  pill(context, side, text, x, y, ground = "raised", ink = "ink") {
    const height = side < 400 ? 18 : 22;
    const width = context.measureText(text).width + 12;
    const [begin, over] = [clamp(x, 1, side - width - 1), clamp(y, 1, side - height - 1)];
    context.fillStyle = this.figure.colour(ground);
    context.beginPath();
    context.roundRect(begin, over, width, height, 5);
    context.fill();
    context.fillStyle = this.figure.colour(ink);
    context.fillText(text, begin + 6, over + height / 2 + 1);
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
    const [right, bottom] = [x + picture, y + picture];
    const width = context.measureText("padding: zeros").width + 12;
    const ends = [Math.min(left + wide, side), Math.max(left, 0), Math.max(top, 0),
      Math.min(top + wide, side)]; // of what is seen, on the stage
    const gaps = [ends[0] - right, x - ends[1], y - ends[2], ends[3] - bottom];
    const widest = gaps.findIndex((gap) => gap > Math.max(...gaps) - 1);
    const text = gaps[widest] > height + 2 ? "padding: zeros" : "";
    if (text && widest < 2) { // turned by a quarter, upwards
      const half = (Math.max(top, y) + Math.min(top + wide, bottom)) / 2;
      context.save();
      context.translate((ends[widest] + [right, x][widest] - height) / 2,
        clamp(half + width / 2, width + 1, side - 1));
      context.rotate(-Math.PI / 2);
      this.pill(context, side, text, 1, 1);
      context.restore();
    } else if (text) { // close to the image, on its right, where no other label lies
      this.pill(context, side, text, Math.min(ends[0], right) - width - 2,
        widest === 2 ? y - height - 3 : bottom + 3);
    }
    const isBelow = gaps[2] > 0 || gaps[3] < 1;
    this.pill(context, side, `image ${image} × ${image}`, x,
      isBelow ? bottom + 4 : y - height - 4);
    this.pill(context, side, `sees ${size} × ${size} pixels`, left - 1.5, top - height - 3,
      `map-${index + 1}`, "on-box");
  }
}

/**
 * Let what goes on beyond the stage fade at its edges; says whether something does.
 * @param {Context} context
 * @param {number} side
 * @param {Rect} seen
 */
function fade(context, side, [left, top, wide]) {
  const depth = 0.05 * side;
  const [right, bottom] = [left + wide, top + wide];
  /** @type {[isCut: boolean, x: number, y: number][]} */
  const edges = [[left < 0, 1, 0], [right > side, -1, 0], [top < 0, 0, 1], [bottom > side, 0, -1]];
  context.globalCompositeOperation = "destination-out";
  for (const [isCut, dx, dy] of edges) {
    if (!isCut) continue;
    const [x, y] = [dx < 0 ? side : 0, dy < 0 ? side : 0];
    const gradient = context.createLinearGradient(x, y, x + dx * depth, y + dy * depth);
    gradient.addColorStop(0, "#000");
    gradient.addColorStop(1, "transparent");
    context.fillStyle = gradient;
    context.fillRect(dx < 0 ? side - depth : 0, dy < 0 ? side - depth : 0,
      dx ? depth : side, dy ? depth : side);
  }
  context.globalCompositeOperation = "source-over";
  return edges.some(([isCut]) => isCut);
}

/**
 * The longest default box of a cell, or both of them where they are as long.
 * @param {NetworkMap} map
 */
export function longest(map) {
  const sizes = boxSizes(map);
  const most = Math.max(...sizes.flat());
  return sizes.filter((pair) => Math.max(...pair) > most - 0.5);
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
