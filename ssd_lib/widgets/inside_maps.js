// Two stages of a look inside: the image's pixels, and the channels of the feature maps.

import { channelOf } from "./inside_facts.js";
import {
  barsOf, cardsOf, CellPanel, drawTint, outlineCell, range, rove, tint, writeCells,
} from "./inside_parts.js";
import { smallLine } from "./controls.js";
import { arrowOf, clamp, context2d, make } from "./stage.js";

/** @import { LookInside } from "./look_inside.js" */
/** @import { Context } from "./stage.js" */

const TILES = 24; // the loudest channels, seen at once
const LOUPE = 9; // pixels in a row of the loupe

/** The pixels that go in. */
export class ImagePanel {
  cell = [64, 64];

  /** @param {LookInside} inside */
  constructor(inside) {
    this.inside = inside;
    this.swatch = make("span", { class: "ssd-inside-swatch" });
    this.bars = barsOf(["red", "green", "blue"].map((name) => ({ name, token: "var(--ssd-ink)" })));
    this.line = make("b", { "data-line": "pixel" });
    this.loupe = make("canvas", {
      class: "ssd-inside-loupe", width: LOUPE, height: LOUPE, "aria-hidden": "true",
    });
    const side = inside.scene.image;
    this.element = make("div", { class: "ssd-inside-side" },
      make("p", { class: "ssd-sum" }, `All that the network ever gets: ${side} × ${side} pixels, `
        + "each of them a red, a green and a blue number. Point at one."), this.loupe,
      make("p", { class: "ssd-inside-pixel" }, this.swatch, this.line), this.bars.element);
  }

  update() {
    const { image, scene } = this.inside;
    this.cell = this.cell.map((at) => clamp(at, 0, scene.image - 1));
    const [y, x] = this.cell;
    const [red, green, blue] = context2d(image).getImageData(x, y, 1, 1).data;
    [red, green, blue].forEach((value, k) => this.bars.set(k, value / 255, `${value}`));
    this.swatch.style.background = `rgb(${red} ${green} ${blue})`;
    const context = context2d(this.loupe);
    const half = (LOUPE - 1) / 2;
    context.clearRect(0, 0, LOUPE, LOUPE);
    context.drawImage(image, half - x, half - y);
    this.line.textContent = `Row ${y}, column ${x}`;
  }

  words() {
    return `Pixel in ${this.line.textContent?.toLowerCase()}.`;
  }

  /** @param {number[]} cell */
  go(cell) {
    this.cell = cell;
    this.update();
    this.inside.draw();
  }

  /** @param {number[] | undefined} at */
  point(at) {
    if (at) this.choose(at);
  }

  /** @param {number[]} at */
  choose([x, y]) {
    this.go([y, x].map((share) => Math.floor(share * this.inside.scene.image)));
  }

  /** @param {[number, number]} arrow */
  step([right, down]) {
    this.go([this.cell[0] + down, this.cell[1] + right]);
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    this.inside.paintImage(context, side);
    outlineCell(this.inside, context, this.cell, side / this.inside.scene.image, "ink");
  }
}

/** The channels of a map over the image. */
export class MapsPanel extends CellPanel {
  place = 0; // of the channel, from the loudest
  mix = 0.3;

  /** @param {LookInside} inside */
  constructor(inside) {
    super(inside);
    const { maps } = inside.scene;
    // One of the middle: fine enough to have a shape, coarse enough to have a meaning.
    this.map = Math.floor(maps.length / 2);
    this.thumbs = maps.map(() => make("canvas"));
    this.cards = cardsOf("Feature map", maps.map(({ grid }, k) => ({
      name: `${grid} × ${grid}`, token: `var(--ssd-map-${k + 1})`,
      children: [this.thumbs[k], make("b", {}, `${grid} × ${grid}`)],
    })), (map) => {
      this.map = map;
      this.place = 0;
      this.change();
    });
    this.line = smallLine("channel");
    this.channel = range("Channel, the loudest first",
      { min: 0, max: 1, step: 1, put: (place) => this.pick(place) });
    this.beneath = range("Image beneath", {
      min: 0, max: 1, step: 0.05, put: (mix) => {
        this.mix = mix;
        this.change();
      },
    });
    this.tiles = Array.from({ length: TILES }, (_, place) => make("button", {
      type: "button", class: "ssd-channel", onclick: () => this.pick(place),
      "aria-label": `Channel ${place + 1}, the loudest first`,
    }, make("canvas")));
    rove(this.tiles, 0);
    this.sheet = make("div", {
      class: "ssd-inside-sheet", role: "group", "aria-label": `The ${TILES} loudest channels`,
      onkeydown: (event) => this.key(event),
    }, ...this.tiles);
    this.loudest = make("button", { type: "button", onclick: () => this.pick(0) },
      "Loudest channel");
    this.element = make("div", { class: "ssd-inside-side" }, this.cards.element, this.line,
      this.channel.element, this.sheet, this.beneath.element,
      make("div", { class: "ssd-presets" }, this.loudest));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const arrow = arrowOf(event);
    if (!arrow) return;
    event.preventDefault();
    const across = getComputedStyle(this.sheet).gridTemplateColumns.split(" ").length;
    const to = clamp(this.place + arrow[0] + across * arrow[1], 0, TILES - 1);
    this.tiles[to].focus();
    this.pick(to);
  }

  /** @param {number} place */
  pick(place) {
    this.place = place;
    this.change();
    this.inside.figure.say(this.words());
  }

  change() {
    this.update();
    this.inside.draw();
  }

  get values() {
    const { maps } = this.inside;
    return maps && channelOf(maps[this.map], this.inside.ranked[this.map][this.place].channel);
  }

  update() {
    const { maps, figure } = this.inside;
    if (!maps) return;
    this.cards.set(this.map);
    maps.forEach((one, k) => {
      const { channel, peak } = this.inside.ranked[k][0];
      const colour = figure.colour(`map-${k + 1}`);
      tint(this.thumbs[k], channelOf(one, channel), one.columns, peak, colour);
    });
    const last = maps[this.map].channels - 1;
    this.place = Math.min(this.place, last);
    this.channel.input.max = `${last}`;
    this.channel.set(this.place, `${this.place + 1} of ${last + 1}`);
    this.beneath.set(this.mix, `${Math.round(100 * this.mix)} %`);
    this.line.textContent = this.words();
    this.paintTiles();
  }

  paintTiles() {
    const { maps, figure } = this.inside;
    if (!maps) return;
    const map = maps[this.map];
    const colour = figure.colour(`map-${this.map + 1}`);
    this.tiles.forEach((tile, place) => {
      const { channel, peak } = this.inside.ranked[this.map][place];
      const canvas = /** @type {HTMLCanvasElement} */ (tile.firstChild);
      tint(canvas, channelOf(map, channel), map.columns, peak, colour);
      tile.setAttribute("aria-label", `Channel ${channel}`);
      tile.setAttribute("aria-pressed", `${place === this.place}`);
    });
    rove(this.tiles, Math.min(this.place, TILES - 1));
  }

  words() {
    const { maps } = this.inside;
    if (!maps) return "The maps of this image are not here yet.";
    const { columns } = maps[this.map];
    const { channel, peak, silent } = this.inside.ranked[this.map][this.place];
    const [y, x] = this.here;
    const value = this.values?.[y * columns + x] ?? 0;
    return `Channel ${channel}: ${value.toFixed(2)} at row ${y}, column ${x}`
      + (this.cell ? `, of at most ${peak.toFixed(2)}. ` : ", its largest value. ")
      + `${Math.round(100 * silent)} % of its cells are 0.`;
  }

  write() {
    this.line.textContent = this.words();
  }

  /** The loudest cell, until another is chosen. */
  get here() {
    const { at } = this.inside.ranked[this.map]?.[this.place] ?? { at: 0 };
    return this.cell ?? [Math.floor(at / this.grid), at % this.grid];
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    const { inside, map, values, grid } = this;
    inside.paintImage(context, side, this.mix);
    if (!values) return;
    const { peak } = inside.ranked[map][this.place];
    const token = `map-${map + 1}`;
    drawTint(context, [0, 0, side, side], values, grid, peak, inside.figure.colour(token));
    writeCells(context, side, values, 0, (name) => inside.figure.colour(name));
    outlineCell(inside, context, this.here, side / grid, "ink");
  }
}
