// Two stages of a look inside: all scored boxes, of which one is looked at number by
// number, and those above the threshold, each with the default box that it comes from.

import { countByMap, placeOf, rowAt } from "./inside_facts.js";
import { cardsOf, drawThread, middleOf, range } from "./inside_parts.js";
import { RowCard } from "./inside_row.js";
import { Labels, edgeAt } from "./linking.js";
import { Glide } from "./motion.js";
import { clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { LookInside } from "./look_inside.js" */
/** @import { Context } from "./stage.js" */

const SHAPES = ["1:1", "1:1 extra", "2:1", "1:2", "3:1", "1:3"];

/** Rows, one of which is chosen. */
export class BoxesPanel {
  /** @type {number | undefined} the row under the mouse; else the chosen one is shown */
  pointed;

  /** @param {LookInside} inside */
  constructor(inside) {
    this.inside = inside;
    const { maps } = inside.scene;
    this.slider = range("Only scores above",
      { min: 0.02, max: 0.98, step: 0.01, put: (value) => inside.setThreshold(value) });
    this.counts = maps.map(() => make("b"));
    this.rises = maps.map((_, k) => make("i", { style: `background: var(--ssd-map-${k + 1})` }));
    this.byMap = make("div", { class: "ssd-inside-counts" }, ...maps.map(({ grid }, k) =>
      make("div", {}, this.counts[k], make("span", {}, this.rises[k]),
        make("small", {}, `${grid} × ${grid}`))));
    this.steps = [["Higher score", -1], ["Lower score", 1]].map(([text, by]) =>
      make("button", { type: "button", onclick: () => this.next(Number(by)) }, `${text}`));
    this.rank = make("span", { class: "ssd-sum ssd-inside-rank" });
    this.over = make("div", {}, this.slider.element, this.byMap,
      make("div", { class: "ssd-presets" }, ...this.steps, this.rank));
    this.maps = cardsOf("Feature map", maps.map(({ grid }, k) => ({
      name: `${grid} × ${grid}`, token: `var(--ssd-map-${k + 1})`,
      children: [make("b", {}, `${grid} × ${grid}`)],
    })), (map) => this.look(map, this.place.shape));
    this.shapes = cardsOf("Its shape", SHAPES.map((name) => ({
      name, token: "var(--ssd-default)",
      children: [make("b", {}, name.replace("1:1 extra", "1:1+"))],
    })), (shape) => this.look(this.place.map, shape));
    this.any = make("div", {}, this.maps.element, this.shapes.element);
    this.card = new RowCard(inside, (row) => this.go(row));
    this.element = make("div", { class: "ssd-inside-side" },
      make("div", { class: "ssd-swap" }, this.over, this.any), this.card.element);
    this.glide = new Glide(() => [...this.card.defaultBox, ...this.card.decoded],
      () => inside.stage.draw(), 180);
    inside.figure.ends.push(this.glide.end);
  }

  /** The row that is shown. */
  get row() {
    return this.pointed ?? this.inside.row;
  }

  get place() {
    return placeOf(this.inside.scene, this.row);
  }

  /** Whether the stage of the threshold is open, and not that of all boxes. */
  get isOver() {
    return this.inside.open === "threshold";
  }

  /** What is above the threshold, by falling score. */
  get found() {
    const { kept, dropped } = this.inside.facts;
    return [...kept, ...dropped].sort((a, b) => b.score - a.score);
  }

  /**
   * The box of another map or shape at the same place of the image.
   * @param {number} map
   * @param {number} shape
   */
  look(map, shape) {
    const { scene } = this.inside;
    const { cell, map: from } = this.place;
    const [before, after] = [scene.maps[from].step, scene.maps[map].step];
    const last = scene.maps[map].grid - 1;
    const at = map === from ? cell
      : cell.map((one) => clamp(Math.floor(((one + 0.5) * before) / after), 0, last));
    this.go(rowAt(scene, map, at, Math.min(shape, scene.perCell[map] - 1)));
  }

  /** @param {number} by places along the boxes above the threshold */
  next(by) {
    const { found } = this;
    const at = found.findIndex(({ row }) => row === this.inside.row);
    const to = found[at < 0 ? 0 : clamp(at + by, 0, found.length - 1)];
    if (to) this.go(to.row);
  }

  /** @param {number} row is chosen from now on */
  go(row) {
    this.pointed = undefined;
    this.inside.row = clamp(row, 0, this.inside.scene.total - 1);
    this.change();
    this.inside.figure.say(this.words());
  }

  /** Another row is shown. */
  change() {
    this.write();
    this.inside.draw();
    this.glide.go();
  }

  update() {
    const { scene, threshold } = this.inside;
    this.over.inert = !this.isOver;
    this.any.inert = this.isOver;
    const counts = countByMap(scene, this.found);
    const most = Math.max(...counts, 1);
    counts.forEach((count, k) => {
      this.counts[k].textContent = `${count}`;
      this.rises[k].style.scale = `1 ${(count / most).toFixed(3)}`;
    });
    this.slider.set(threshold, threshold.toFixed(2));
    this.write();
    this.glide.jump();
  }

  write() {
    const { row, place, found, card } = this;
    const rank = found.findIndex((one) => one.row === row);
    this.rank.textContent = rank < 0 ? `none of the ${found.length}`
      : `${rank + 1} of ${found.length}`;
    this.maps.set(place.map);
    this.shapes.set(place.shape);
    this.shapes.inputs.forEach((input, k) => {
      input.disabled = k >= this.inside.scene.perCell[place.map];
    });
    card.write(row);
    this.inside.light([
      { box: card.defaultBox, token: "default", dashed: true },
      { box: card.decoded, token: this.inside.tokenOf(card.label), dashed: false },
    ]);
  }

  words() {
    return this.card.words();
  }

  /** @param {number[]} at */
  rowNear(at) {
    const { found } = this;
    const k = edgeAt(found.map(({ box }) => box), at, this.inside.stage.element.clientWidth);
    return found[k]?.row;
  }

  /** @param {number[]} at */
  rowUnder([x, y]) {
    const { scene } = this.inside;
    const { map, shape } = placeOf(scene, this.inside.row);
    const { grid } = scene.maps[map];
    return rowAt(scene, map, [Math.floor(y * grid), Math.floor(x * grid)], shape);
  }

  /** @param {number[] | undefined} at */
  point(at) {
    const row = at && (this.isOver ? this.rowNear(at) : this.rowUnder(at));
    if (row === this.pointed) return;
    this.pointed = row;
    this.change();
  }

  /** @param {number[]} at */
  choose(at) {
    this.go((this.isOver ? this.rowNear(at) : undefined) ?? this.rowUnder(at));
  }

  /** @param {[number, number]} arrow */
  step([right, down]) {
    const { scene } = this.inside;
    const { map, cell: [y, x], shape } = placeOf(scene, this.inside.row);
    const last = scene.maps[map].grid - 1;
    this.go(rowAt(scene, map, [clamp(y + down, 0, last), clamp(x + right, 0, last)], shape));
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    const { inside } = this;
    inside.paintImage(context, side, 0.65);
    if (this.isOver) this.paintAll(context, side);
    else this.paintCell(context, side);
    const [from, to] = [this.glide.now.slice(0, 4), this.glide.now.slice(4)];
    const halo = inside.figure.colour("on-box");
    const [ground, own] = [inside.figure.colour("default"), inside.colourOf(this.card.label)];
    strokeTwice(context, [ground, [7, 5], 3], () =>
      context.rect(...rectOf(from, side, side)), halo);
    strokeTwice(context, [own, [], 4], () =>
      context.rect(...rectOf(to, side, side)), halo);
    [context.strokeStyle, context.fillStyle, context.lineWidth] = [own, own, 3];
    context.setLineDash([]);
    drawThread(context, middleOf(from), middleOf(to), side);
    const labels = new Labels(context, side, side);
    const face = inside.figure.colour("face-ui");
    labels.write(to, this.card.name, own, halo, face);
    labels.write(from, "default box", ground, halo, face);
  }

  /**
   * Every box above the threshold, and the default box that it comes from.
   * @param {Context} context
   * @param {number} side
   */
  paintAll(context, side) {
    const { inside, found } = this;
    const { corners } = inside.scene;
    context.globalAlpha = clamp(14 / found.length, 0.25, 0.8);
    for (const { row, box, label } of found) {
      const from = corners.subarray(4 * row, 4 * row + 4);
      const own = inside.colourOf(label);
      [context.strokeStyle, context.lineWidth] = [inside.figure.colour("default"), 1.2];
      context.setLineDash([4, 4]);
      context.strokeRect(...rectOf(from, side, side));
      context.setLineDash([]);
      [context.strokeStyle, context.fillStyle, context.lineWidth] = [own, own, 1.6];
      context.strokeRect(...rectOf(box, side, side));
      drawThread(context, middleOf(from), middleOf(box), side);
    }
    context.globalAlpha = 1;
  }

  /**
   * The chosen map's cells, and the one that the row belongs to.
   * @param {Context} context
   * @param {number} side
   */
  paintCell(context, side) {
    const { inside, place: { map, cell: [y, x] } } = this;
    const { grid } = inside.scene.maps[map];
    const [own, step] = [inside.figure.colour(`map-${map + 1}`), side / grid];
    context.setLineDash([]);
    context.beginPath();
    for (let line = 1; line < grid; line += 1) {
      context.moveTo(line * step, 0);
      context.lineTo(line * step, side);
      context.moveTo(0, line * step);
      context.lineTo(side, line * step);
    }
    [context.strokeStyle, context.lineWidth, context.globalAlpha] = [own, 1, 0.35];
    context.stroke();
    [context.fillStyle, context.globalAlpha] = [own, 0.45];
    context.fillRect(x * step, y * step, step, step);
    context.globalAlpha = 1;
  }
}
