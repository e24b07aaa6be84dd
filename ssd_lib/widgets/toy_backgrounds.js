// Where the things of a scene stand: a meadow at four times of day and year, the sea, and
// plain grounds. A background is a text, "meadow 3": what it is, and which of its kind.

import { randomFrom } from "./geometry.js";
import { MEADOW } from "./toy_things.js";

/** @import { Context } from "./stage.js" */
/** @typedef {{ sky: string[], hills: string[], road: string[], grass: string[], tuft: string,
 *   sun?: string[] }} Palette */

/** @type {Record<string, Palette>} */
const MEADOWS = {
  meadow: {
    sky: ["#8cc4ec", "#e6f2f4"], hills: ["#a9cfa5", "#8fc07f"], road: ["#b9b4ac", "#f4f0e6"],
    grass: ["#7fb868", "#74ae5d", "#68a152", "#5d9549"], tuft: "#4f8740",
    sun: ["#fff3c4", "#ffe27a"],
  },
  evening: {
    sky: ["#6d7fb3", "#f6c9a2"], hills: ["#9a96ae", "#7f8f8d"], road: ["#96908f", "#d9cfc0"],
    grass: ["#7d9a6b", "#708f61", "#638356", "#57774b"], tuft: "#48663d",
    sun: ["#ffd9a8", "#ff9d5c"],
  },
  autumn: {
    sky: ["#b9cbd3", "#f0ebe0"], hills: ["#c9b98a", "#b7a268"], road: ["#a9a297", "#eae2d2"],
    grass: ["#b8a95c", "#aa9a51", "#9b8b46", "#8c7c3d"], tuft: "#75672f",
  },
  snow: {
    sky: ["#a9bfd6", "#e9eff4"], hills: ["#cbd7e2", "#d6e0e9"], road: ["#9aa3ad", "#dfe5ea"],
    grass: ["#e8eef3", "#e2e9f0", "#dbe4ec", "#d4dee8"], tuft: "#b4c2cf",
    sun: ["#fbf6e6", "#f7eccb"],
  },
};
const PLAIN = ["#7aa3a1", "#c8b690", "#8f9fc4", "#b58f8f", "#9bb07c", "#d8d2c4", "#5f7186"];
export const BACKGROUNDS = [...Object.keys(MEADOWS), "sea", "plain"];
const UNIT = 1000; // of toy_things.js
const PUFFS = [ // of a cloud: centre and radius
  [-0.08, 0.012, 0.036], [-0.03, -0.01, 0.05], [0.035, 0, 0.044], [0.085, 0.016, 0.03],
];

/**
 * Fill a square with a background.
 * @param {Context} context
 * @param {number} side in units of the context
 * @param {string} background
 */
export function paintBackground(context, side, background) {
  const [kind, number] = background.split(" ");
  const random = randomFrom(7919 * (Number(number) || 0) + 7);
  context.save();
  context.beginPath();
  context.rect(0, 0, side, side);
  context.clip();
  context.scale(side / UNIT, side / UNIT);
  if (kind === "sea") paintSea(context, random);
  else if (kind === "plain") paintPlain(context, random);
  else paintMeadow(context, MEADOWS[kind] ?? MEADOWS.meadow, random);
  context.restore();
}

/**
 * @param {Context} context
 * @param {Palette} palette
 * @param {() => number} random
 */
function paintMeadow(context, palette, random) {
  paintFall(context, palette.sky, 0, 450);
  paintSun(context, palette.sun, 300 + 450 * random());
  paintClouds(context, random);
  const paint = (/** @type {string[]} */ paths, /** @type {string[]} */ colours) =>
    paths.forEach((path, k) => {
      context.fillStyle = colours[k % colours.length];
      context.fill(new Path2D(path));
    });
  paint(MEADOW.hills, palette.hills);
  paint(MEADOW.road, palette.road.slice(0, 1));
  paint(MEADOW.dashes, palette.road.slice(1));
  paint(MEADOW.grass, palette.grass);
  context.fillStyle = palette.tuft;
  context.beginPath();
  for (let k = 0; k < 90; k += 1) {
    const [x, y] = [UNIT * random(), 540 + 450 * random()];
    const tall = 10 + 0.022 * (y - 500);
    for (const lean of [-0.4, 0, 0.4]) {
      context.moveTo(x - tall / 7, y);
      context.lineTo(x + tall / 7, y);
      context.lineTo(x + lean * tall, y - tall);
    }
  }
  context.fill();
}

/**
 * @param {Context} context
 * @param {() => number} random
 */
function paintSea(context, random) {
  paintFall(context, ["#9fd0ee", "#eaf4f3"], 0, 420);
  paintSun(context, ["#fff3c4", "#ffe27a"], 300 + 450 * random());
  paintClouds(context, random);
  paintFall(context, ["#6fb1c9", "#3f86a8"], 420, 700);
  context.strokeStyle = "rgba(255, 255, 255, 0.35)";
  for (let k = 0; k < 22; k += 1) {
    const [x, y] = [UNIT * random(), 440 + 240 * random()];
    context.lineWidth = 2 + (y - 440) / 120;
    context.beginPath();
    context.moveTo(x, y);
    context.quadraticCurveTo(x + 18, y - 5, x + 36, y);
    context.stroke();
  }
  context.fillStyle = "#f3ead2";
  context.fill(new Path2D("M0 690C220 660 430 715 640 690S900 670 1000 700V1000H0Z"));
  context.fillStyle = "#e5d3a4";
  context.fill(new Path2D("M0 706C220 676 430 731 640 706S900 686 1000 716V1000H0Z"));
}

/**
 * One or two grounds, graded.
 * @param {Context} context
 * @param {() => number} random
 */
function paintPlain(context, random) {
  const pick = () => PLAIN[Math.floor(PLAIN.length * random())];
  const [top, bottom, ground] = [pick(), pick(), pick()];
  paintFall(context, [top, bottom], 0, UNIT);
  if (random() < 0.5) paintFall(context, [ground, ground], 350 + 350 * random(), UNIT);
}

/**
 * A colour that falls into another, from side to side.
 * @param {Context} context
 * @param {string[]} colours
 * @param {number} from
 * @param {number} to
 */
function paintFall(context, [top, bottom], from, to) {
  const fall = context.createLinearGradient(0, from, 0, to);
  fall.addColorStop(0, top);
  fall.addColorStop(1, bottom);
  context.fillStyle = fall;
  context.fillRect(0, from, UNIT, UNIT - from);
}

/**
 * @param {Context} context
 * @param {string[] | undefined} colours of its glow and of itself
 * @param {number} x
 */
function paintSun(context, colours, x) {
  [62, 48].forEach((radius, k) => colours && disc(context, x, 115, radius, radius, colours[k]));
}

/**
 * @param {Context} context
 * @param {() => number} random
 */
function paintClouds(context, random) {
  const clouds = [[0.12 + 0.3 * random(), 0.09, 0.8], [0.6 + 0.3 * random(), 0.22, 0.6]];
  for (const [x, y, size] of clouds) {
    for (const [dx, dy, radius] of PUFFS) {
      const [cx, cy, r] = [x + size * dx, y + size * dy, size * radius].map((one) => UNIT * one);
      disc(context, cx, cy, 1.25 * r, r, "#ffffff");
    }
  }
}

/**
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {number} across radius
 * @param {number} down radius
 * @param {string} colour
 */
function disc(context, x, y, across, down, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.ellipse(x, y, across, down, 0, 0, 7);
  context.fill();
}
