// The last two stages of a look inside: what non-maximum suppression dropped, and for
// whom; and what is left, the detections.

import { droppedFor } from "./inside_facts.js";
import { drawThread, rove } from "./inside_parts.js";
import { Labels, edgeAt } from "./linking.js";
import { arrowOf, clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { LookInside } from "./look_inside.js" */
/** @import { Context } from "./stage.js" */

/** What is kept, and what was dropped for it. */
export class NmsPanel {
  chosen = 0; // index of a kept box
  /** @type {number | undefined} the kept box that a pointer is at, and the dropped one */
  pointed;
  /** @type {number | undefined} */
  lit;

  /** @param {LookInside} inside */
  constructor(inside) {
    this.inside = inside;
    this.headline = make("p", { class: "ssd-inside-headline", "data-line": "nms" });
    this.list = make("div", {
      class: "ssd-inside-list", role: "listbox", "aria-label": "Kept boxes",
      onkeydown: (event) => this.key(event),
      onpointerover: (event) => this.over(event.target),
      onpointerleave: () => this.light(undefined),
    });
    this.title = make("p", { class: "ssd-sum", "data-line": "keeper" });
    this.gone = make("div", {
      class: "ssd-inside-list ssd-inside-gone", role: "list", tabindex: "0",
      "aria-label": "Dropped for it",
      onpointerover: ({ target }) => this.lightGone(/** @type {HTMLElement} */ (target)),
      onpointerleave: () => this.lightGone(null),
    });
    this.about = make("div", { class: "ssd-inside-dropped" }, this.title, this.gone);
    this.element = make("div", { class: "ssd-inside-side" }, this.headline, this.list, this.about);
  }

  /** Whether suppression is looked at, and not what is left after it. */
  get isNms() {
    return this.inside.open === "nms";
  }

  /** The kept box that is shown. */
  get keeper() {
    return this.pointed ?? this.chosen;
  }

  get mine() {
    return droppedFor(this.inside.facts.dropped, this.keeper);
  }

  /** The dropped box that stands out: the lit one, or the closest call. */
  get call() {
    return this.lit ?? this.mine.length - 1;
  }

  update() {
    const { facts: { kept, dropped }, iou } = this.inside;
    this.chosen = clamp(this.chosen, 0, Math.max(kept.length - 1, 0));
    if ((this.pointed ?? -1) >= kept.length) this.pointed = undefined;
    this.lit = undefined;
    this.headline.textContent = this.isNms
      ? `${kept.length} kept, ${dropped.length} dropped: the IoU with a better box of the `
        + `same class was above ${iou.toFixed(2)}.`
      : `${kept.length} ${kept.length === 1 ? "detection" : "detections"}, by score.`;
    this.element.classList.toggle("ssd-inside-final", !this.isNms);
    this.about.inert = !this.isNms;
    this.writeKept();
    this.write();
  }

  writeKept() {
    const { facts: { kept, dropped }, scene } = this.inside;
    const focused = this.list.contains(document.activeElement);
    this.list.replaceChildren(...kept.map(({ label, score, box }, k) => {
      const count = droppedFor(dropped, k).length;
      const [x1, y1, x2, y2] = [...box].map((edge) => edge * scene.image);
      const after = this.isNms ? `dropped ${count}`
        : `${(x2 - x1).toFixed(0)} × ${(y2 - y1).toFixed(0)} px`;
      const style = `background: var(--ssd-${this.inside.tokenOf(label)})`;
      return make("div", {
        role: "option", "data-kept": k, onclick: () => this.pick(k), onfocus: () => this.pick(k),
      }, make("i", { class: "ssd-key", style }), make("b", {}, scene.classes[label]),
      make("span", {}, score.toFixed(2)), make("span", { class: "ssd-sum" }, after));
    }));
    this.mark();
    if (focused) this.items[this.chosen]?.focus();
  }

  get items() {
    return /** @type {HTMLElement[]} */ ([...this.list.children]);
  }

  mark() {
    this.items.forEach((item, k) => {
      item.setAttribute("aria-selected", `${k === this.chosen}`);
      item.classList.toggle("ssd-lit", k === this.pointed);
    });
    rove(this.items, this.chosen);
  }

  write() {
    const keeper = this.inside.facts.kept[this.keeper];
    const { mine } = this;
    this.title.textContent = keeper ? this.words() : "Nothing has a score above the threshold.";
    this.gone.replaceChildren(...mine.map(({ score, iou, row }, k) => {
      const bar = make("i");
      bar.style.scale = `${iou.toFixed(3)} 1`;
      return make("div", { role: "listitem", "data-gone": k },
        make("span", {}, score.toFixed(2)), make("span", { class: "ssd-inside-iou" }, bar),
        make("span", {}, `IoU ${iou.toFixed(2)}`),
        make("span", { class: "ssd-sum" }, `row ${row}`));
    }));
    this.gone.style.setProperty("--ssd-limit", `${100 * this.inside.iou}%`);
    const gone = this.isNms ? mine : [];
    this.inside.light(!keeper ? [] : [
      ...gone.map(({ box }) => ({ box, token: "dropped", dashed: true })),
      { box: keeper.box, token: this.inside.tokenOf(keeper.label), dashed: false },
    ]);
  }

  words() {
    const keeper = this.inside.facts.kept[this.keeper];
    if (!keeper) return "Nothing has a score above the threshold.";
    const { length } = this.mine;
    const name = `“${this.inside.scene.classes[keeper.label]} ${keeper.score.toFixed(2)}”`;
    return length ? `${length} ${length === 1 ? "box was" : "boxes were"} dropped for ${name}:`
      : `Nothing was dropped for ${name}.`;
  }

  /** @param {number} k of a kept box, which stays chosen */
  pick(k) {
    if (k === this.chosen && this.pointed === undefined) return;
    this.chosen = k;
    this.light(undefined);
    this.inside.figure.say(this.words());
  }

  /** @param {number | undefined} k of a kept box */
  light(k) {
    this.pointed = k;
    this.lit = undefined;
    this.mark();
    this.write();
    this.inside.draw();
  }

  /** @param {EventTarget | null} target */
  over(target) {
    const item = /** @type {HTMLElement} */ (target).closest("[data-kept]");
    const k = item instanceof HTMLElement ? Number(item.dataset.kept) : undefined;
    if (k !== this.pointed) this.light(k);
  }

  /** @param {HTMLElement | null} target */
  lightGone(target) {
    const item = target?.closest("[data-gone]");
    this.lit = item instanceof HTMLElement ? Number(item.dataset.gone) : undefined;
    this.inside.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const arrow = arrowOf(event);
    if (!arrow) return;
    event.preventDefault();
    this.items[clamp(this.chosen + arrow[1] + arrow[0], 0, this.items.length - 1)]?.focus();
  }

  /** @param {number[]} at */
  keptAt(at) {
    const { kept } = this.inside.facts;
    const k = edgeAt(kept.map(({ box }) => box), at, this.inside.stage.element.clientWidth, 12);
    return k < 0 ? undefined : k;
  }

  /** @param {number[] | undefined} at */
  point(at) {
    const k = at && this.keptAt(at);
    if (k !== this.pointed) this.light(k);
  }

  /** @param {number[]} at */
  choose(at) {
    const k = this.keptAt(at);
    if (k !== undefined) this.pick(k);
  }

  /** @param {[number, number]} arrow */
  step([right, down]) {
    const last = Math.max(this.inside.facts.kept.length - 1, 0);
    this.pick(clamp(this.chosen + right + down, 0, last));
  }

  /**
   * @param {Context} context
   * @param {number} side
   */
  paint(context, side) {
    const { inside } = this;
    inside.paintImage(context, side, this.isNms ? 0.65 : 1);
    if (this.isNms) this.paintDropped(context, side);
    const labels = new Labels(context, side, side);
    const halo = inside.figure.colour("on-box");
    const { kept } = inside.facts;
    kept.forEach(({ box, label }, k) => {
      context.globalAlpha = this.isNms && k !== this.keeper ? 0.55 : 1;
      strokeTwice(context, [inside.colourOf(label), [], k === this.keeper ? 4.5 : 2.5], () =>
        context.rect(...rectOf(box, side, side)), halo);
    });
    context.globalAlpha = 1;
    const order = [...kept.keys()].sort((a, b) =>
      Number(b === this.keeper) - Number(a === this.keeper));
    const call = this.isNms ? this.mine[this.call] : undefined;
    for (const k of order) {
      const { box, label, score } = kept[k];
      labels.write(box, `${inside.scene.classes[label]} ${score.toFixed(2)}`,
        inside.colourOf(label), halo, inside.figure.colour("face-ui"));
      if (k !== this.keeper || !call) continue;
      labels.write(call.box, `IoU ${call.iou.toFixed(2)}, dropped`, inside.figure.colour("dropped"),
        halo, inside.figure.colour("face-ui"));
    }
  }

  /**
   * What was dropped, with threads to the kept box that is shown.
   * @param {Context} context
   * @param {number} side
   */
  paintDropped(context, side) {
    const { inside, mine } = this;
    const { kept, dropped } = inside.facts;
    const [grey, halo] = [inside.figure.colour("dropped"), inside.figure.colour("on-box")];
    for (const { box, by } of dropped) {
      if (by === this.keeper) continue;
      context.globalAlpha = 0.4;
      [context.strokeStyle, context.lineWidth] = [grey, 1.3];
      context.setLineDash([5, 4]);
      context.strokeRect(...rectOf(box, side, side));
    }
    context.globalAlpha = 1;
    const keeper = kept[this.keeper];
    if (!keeper) return;
    const own = inside.colourOf(keeper.label);
    [context.strokeStyle, context.fillStyle] = [own, own];
    mine.forEach(({ box }, k) => {
      if (k === this.call) return;
      [context.lineWidth, context.globalAlpha] = [1.6, 0.75];
      context.setLineDash([6, 4]);
      context.strokeRect(...rectOf(box, side, side));
      context.setLineDash([]);
      drawThread(context, [box[2], box[1]], [keeper.box[2], keeper.box[1]], side);
    });
    context.globalAlpha = 1;
    const call = mine[this.call];
    if (!call) return;
    strokeTwice(context, [own, [6, 4], 3], () =>
      context.rect(...rectOf(call.box, side, side)), halo);
    context.setLineDash([]);
    context.lineWidth = 3;
    drawThread(context, [call.box[2], call.box[1]], [keeper.box[2], keeper.box[1]], side);
  }
}
