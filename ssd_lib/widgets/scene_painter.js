// A composed scene as pixels: for the eye as sharp as the screen is, for the network as
// small as it takes it.

import { context2d, make } from "./stage.js";
import { paintBackground } from "./toy_backgrounds.js";
import { THINGS } from "./toy_things.js";
import { sizeOf } from "./placing.js";

/** @import { Box } from "./geometry.js" */
/** @import { Placed } from "./placing.js" */
/** @import { Context } from "./stage.js" */
/** @typedef {HTMLCanvasElement | HTMLVideoElement} Source an image of the reader's own */
/** @typedef {{ background: string, own: Source | undefined, things: Placed[] }} Scene */
/** @typedef {{ box: Box | undefined, share: number }} Seen what is visible of a thing */

const UNIT = 1000; // of toy_things.js
const HALF = 128; // of 255: a pixel that a thing covers by half is its own

/** @type {Map<string, [colour: string | number, path: Path2D][]>} */
const paths = new Map();

/** @param {string} name of a thing */
function pathsOf(name) {
  let known = paths.get(name);
  if (!known) {
    known = THINGS[name].parts.map(([colour, path]) => [colour, new Path2D(path)]);
    paths.set(name, known);
  }
  return known;
}

/**
 * Paint a thing where it stands.
 * @param {Context} context
 * @param {number} side of the image in units of the context
 * @param {Placed} thing
 */
export function paintThing(context, side, thing) {
  const [wide, tall] = sizeOf(thing);
  const { palettes } = THINGS[thing.name];
  const palette = palettes[thing.colour % palettes.length];
  context.save();
  context.translate(side * thing.x, side * thing.y);
  context.rotate((thing.turn * Math.PI) / 180);
  context.scale(((thing.flip ? -1 : 1) * side * wide) / UNIT, (side * tall) / UNIT);
  context.translate(-UNIT / 2, -UNIT / 2);
  for (const [colour, path] of pathsOf(thing.name)) {
    context.fillStyle = typeof colour === "number" ? palette[colour] : colour;
    context.fill(path);
  }
  context.restore();
}

/**
 * A canvas that is read often, and so is kept where it can be read fast.
 * @param {number} side
 */
function readable(side) {
  const canvas = make("canvas", { width: side, height: side });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return /** @type {Context} */ (context);
}

/** Paints scenes, and keeps what does not change from one to the next. */
export class ScenePainter {
  /** @type {Map<string, { background: string, side: number, canvas: HTMLCanvasElement }>} */
  backdrops = new Map();

  /** @param {number} side of the network's image in pixels */
  constructor(side) {
    this.side = side;
    this.twice = readable(2 * side);
    this.once = readable(side);
    this.mask = readable(side);
  }

  /**
   * Paint a scene on a square.
   * @param {Context} context
   * @param {number} side of the square in units of the context
   * @param {Scene} scene
   * @param {number} ratio pixels of a unit
   */
  paint(context, side, scene, ratio = 1) {
    if (scene.own) paintOwn(context, side, scene.own);
    else context.drawImage(this.backdrop(scene.background, side * ratio), 0, 0, side, side);
    context.save();
    context.beginPath();
    context.rect(0, 0, side, side);
    context.clip();
    for (const thing of scene.things) paintThing(context, side, thing);
    context.restore();
  }

  /**
   * The background alone, painted once for each use.
   * @param {string} background
   * @param {number} pixels
   */
  backdrop(background, pixels) {
    const use = pixels === 2 * this.side ? "network" : "eye";
    const side = Math.round(pixels);
    let known = this.backdrops.get(use);
    if (known?.background !== background || known.side !== side) {
      const canvas = make("canvas", { width: side, height: side });
      paintBackground(context2d(canvas), side, background);
      known = { background, side, canvas };
      this.backdrops.set(use, known);
    }
    return known.canvas;
  }

  /**
   * What the network is given, RGBA [S, S, 4]: the scene at twice its size, halved, so
   * that each pixel is the mean of four.
   * @param {Scene} scene
   */
  pixels(scene) {
    this.paint(this.twice, 2 * this.side, scene);
    this.once.drawImage(this.twice.canvas, 0, 0, this.side, this.side);
    return this.once.getImageData(0, 0, this.side, this.side).data;
  }

  /**
   * What is visible of each thing: the box (xyxy, fractions) around the pixels of which it
   * covers at least half, and the share of its pixels that nothing hides. What lies beyond
   * the image counts as hidden.
   * @param {Placed[]} things
   * @returns {Seen[]}
   */
  visible(things) {
    const { side, mask } = this;
    const front = new Uint8Array(side * side); // what nearer things cover
    return things.map((_, k) => things[things.length - 1 - k]).map((thing) => {
      mask.clearRect(0, 0, side, side);
      paintThing(mask, side, { ...thing, x: 0.5, y: 0.5 });
      const whole = count(mask.getImageData(0, 0, side, side).data);
      mask.clearRect(0, 0, side, side);
      paintThing(mask, side, thing);
      const { box, pixels } = claim(mask.getImageData(0, 0, side, side).data, front, side);
      return { box, share: whole ? Math.min(pixels / whole, 1) : 0 };
    }).reverse();
  }
}

/**
 * How many pixels a thing covers.
 * @param {Uint8ClampedArray} rgba
 */
function count(rgba) {
  let pixels = 0;
  for (let at = 3; at < rgba.length; at += 4) pixels += Number(rgba[at] >= HALF);
  return pixels;
}

/**
 * Add a thing's pixels to those in front, and give what was free of them.
 * @param {Uint8ClampedArray} rgba of the thing alone
 * @param {Uint8Array} front
 * @param {number} side
 */
function claim(rgba, front, side) {
  let [x1, y1, x2, y2, pixels] = [side, side, 0, 0, 0];
  for (let at = 0; at < front.length; at += 1) {
    if (rgba[4 * at + 3] < HALF || front[at]) continue;
    front[at] = 1;
    const [x, y] = [at % side, Math.floor(at / side)];
    [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)];
    pixels += 1;
  }
  const box = pixels ? [x1, y1, x2, y2].map((edge) => edge / side) : undefined;
  return { box, pixels };
}

/**
 * The middle square of the reader's image.
 * @param {Context} context
 * @param {number} side
 * @param {Source} source
 */
function paintOwn(context, side, source) {
  const [wide, tall] = source instanceof HTMLVideoElement
    ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
  const least = Math.min(wide, tall);
  if (!least) return;
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (wide - least) / 2, (tall - least) / 2, least, least, 0, 0, side, side);
}
