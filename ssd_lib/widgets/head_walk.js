// A head on two small maps: at first the whole way, from a cell in the image to its rows; then
// in five steps: the cell's window, one number, its channels, its rows, and where these stand
// among the rows of all maps.

import { buttons, Figure, fields, more, pointAt } from "./controls.js";
import { bringUp, fly, glide, player } from "./motion.js";
import { signed, SmallHeads } from "./small_heads.js";
import { arrowToCell, clamp, make } from "./stage.js";
import { WalkLinks } from "./walk_links.js";
import { PlaceView } from "./walk_place.js";
import { drawPlane } from "./walk_planes.js";
import { RowStack } from "./walk_rows.js";
import { WalkSum } from "./walk_sum.js";

/** @import { AnyWidget } from "@anywidget/types" */
/**
 * @typedef {object} Traits
 * @property {number[][][][]} maps of each map, planes of rows of numbers
 * @property {number[][][][][]} weights of each map, channels of planes of 3 rows of 3
 * @property {number[][]} biases of each map, one for each channel
 * @property {number} boxes_per_cell
 * @property {number} num_classes
 * @property {number} step
 * @property {number} feature_map
 * @property {number[]} cell row and column
 * @property {number} channel
 */

const STEPS = ["1 Window", "2 One number", "3 All channels", "4 Rows", "5 Joined"];
const NEXT = ["See how, step by step", "Next: one number", "Next: all channels", "Next: rows",
  "Next: join all rows", "Back to the whole way"];
const PAUSES = [5000, 6000, 4500, 4500]; // how long playing stays at each but the last

/**
 * Whether a step shows where numbers go, and not how they are made.
 * @param {number} step
 */
function isWay(step) {
  return step < 0 || step > 2;
}

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const [k, classes] = [model.get("boxes_per_cell"), model.get("num_classes")];
    const heads = new SmallHeads(model.get("maps"), model.get("weights"), model.get("biases"),
      k, classes);
    const { channels, grids } = heads;
    const mapNames = grids.map((grid) => `${grid} × ${grid} map`);
    let inRows = isWay(model.get("step"));
    let isPlayed = false; // it is the player that goes on
    let isNew = true; // the first sum is the reader's to find
    let isAsked = model.get("step") === 1;
    /** @type {import("./walk_place.js").Looked["pointed"]} a row of the tensor */
    let pointedAt;

    const lit = { onpointerleave: () => light(-1),
      onpointerover: (/** @type {Event} */ event) => light(Number(dataOf(event).k ?? -1)) };
    const planes = make("div", {
      class: "ssd-planes", tabindex: 0, role: "application",
      "aria-roledescription": "grid of cells", ...lit,
      onkeydown: (event) => arrowToCell(event, cell(), choose), onclick: point,
      onpointermove: (event) => { if (event.buttons) point(event); },
    }, ...model.get("maps")[0].map((_, plane) => make("div", { class: "ssd-plane-of" },
      make("div", { class: "ssd-sum" }, `map, channel ${plane}`),
      make("div", { class: "ssd-plane" },
        make("div", { class: "ssd-matrix" }), make("div", { class: "ssd-window" })))));
    const sight = new PlaceView(figure, () => ({
      map: model.get("feature_map"), grid: side(), cell: cell(),
      withWindow: !isWay(model.get("step")), withBoxes: model.get("step") > 2, pointed: pointedAt,
    }), grids, choose, (event) => arrowToCell(event, cell(), choose));
    const total = new WalkSum(figure, model.get("maps")[0].length, lit, () => {
      stop();
      reveal();
      add();
    });
    const words = make("p", { class: "ssd-step-words", "data-line": "words" });
    const tiles = channels.map((channel) => make("button", {
      type: "button", tabindex: -1, class: `ssd-number ssd-of-${heads.boxOf(channel)}`,
      "data-name": heads.nameOf(channel, true), title: heads.nameOf(channel),
      onclick: () => compute(channel),
      onpointerenter: () => { if (model.get("step") === 2) drawSum(channel); },
      onpointerleave: () => { if (model.get("step") === 2) drawSum(model.get("channel")); },
    }));
    const names = [0, 1].map(() => make("span", { class: "ssd-sum" }));
    const cellNumbers = make("div", { class: "ssd-detail" }, ...names, ...tiles);
    const stack = new RowStack(heads, mapNames, {
      pick(map, at) {
        stop();
        figure.put({ feature_map: map, cell: at });
      },
      light(at) {
        pointedAt = at && { place: [at.map, at.row, at.column, at.box], name: `row ${at.index}` };
        for (const one of planes.querySelectorAll("[data-row]")) {
          one.classList.toggle("ssd-lit", at?.map === model.get("feature_map")
            && one.matches(`[data-row="${at.row}"][data-column="${at.column}"]`));
        }
        sight.draw();
      },
    });

    // Controls
    const steps = fields(make("legend", { class: "ssd-live" }, "step"),
      ...figure.radios("step", STEPS, (step) => { stop(); go(step); show(); }).map(numbered));
    const next = figure.button("", goOn);
    next.className = "ssd-main ssd-go-on";
    const { button: play, stop } = player(figure, "Play", (isFirst) => {
      const step = isFirst ? 0 : Math.min(model.get("step") + 1, STEPS.length - 1);
      isPlayed = true;
      go(step);
      isPlayed = false;
      if (isFirst) show();
      return PAUSES[step];
    });
    steps.classList.add("ssd-segments");
    steps.append(play);
    const walk = make("div", { class: "ssd-walk" },
      make("div", { class: "ssd-sight" }, sight.element, planes),
      make("div", { class: "ssd-walk-in" }, total.element, total.formula),
      cellNumbers,
      make("div", { class: "ssd-walk-out" }, ...stack.elements));
    const links = new WalkLinks(walk, {
      image: sight.stage.element, numbers: cellNumbers, names, rows: stack.rows,
      ends: names.map((_, box) => tiles[4 * k + classes * box]),
    }, () => ({
      step: model.get("step"), grid: side(), cell: cell(),
      first: heads.firstRow(model.get("feature_map"), cell()),
    }));
    figure.ends.push(links.end);
    figure.lay(make("div", { class: "ssd-walking" }, steps,
      make("div", { class: "ssd-lead" }, words, next), walk,
      figure.chips(heads.tries().map((one) =>
        ({ ...one, put: () => { stop(); return one.put(); } }))),
      more("More: another map, another output channel",
        fields(...figure.radios("feature_map", mapNames,
          (map) => figure.put({ feature_map: map, cell: cellOf(map) }))),
        buttons(figure.select("channel", "Output channel ", channels, {
          texts: channels.map((channel) => `${channel}: ${heads.nameOf(channel)}`), put: compute,
        })))));

    /**
     * What the element under the pointer carries.
     * @param {Event} event
     */
    function dataOf({ target }) {
      return target instanceof HTMLElement ? target.dataset : {};
    }

    /** @param {Event} event */
    function point(event) {
      const { row, column } = dataOf(event);
      if (row) choose(Number(row), Number(column));
    }

    /** @param {number} step */
    function go(step) {
      const isSeen = isWay(model.get("step")); // the numbers stand where they fly from
      figure.put({ step });
      reveal();
      if (step === 1) add();
      if (step < 4 || !isSeen || !cellNumbers.offsetWidth) return;
      const first = heads.firstRow(model.get("feature_map"), cell());
      tiles.forEach((tile, channel) =>
        fly(el, tile, stack.rows[first + heads.boxOf(channel)], `${tile.textContent}`));
    }

    /** The leading button: what comes next, where one goes from step to step. */
    function goOn() {
      const step = model.get("step");
      stop();
      if (isAsked) {
        reveal();
        return add();
      }
      if (step || !isNew) go(step < STEPS.length - 1 ? step + 1 : -1);
      else {
        figure.put({ step: 1 });
        refresh(true);
      }
      return show();
    }

    /** What a step changes shall be in the window: if it ends below it, bring all of it up. */
    function show() {
      if (walk.getBoundingClientRect().bottom > innerHeight) bringUp(steps);
    }

    /** @param {number} channel */
    function compute(channel) {
      stop();
      figure.put({ channel, step: 1 });
      reveal();
      add();
      show();
    }

    /** Answer what the figure asks when it opens. */
    function reveal() {
      if (isAsked) refresh();
    }

    function add() {
      const channel = model.get("channel");
      const [said, sum] = heads.explain(1, model.get("feature_map"), cell(), channel);
      isNew = false;
      total.add(products(channel), channel, sum.split(" = ")[0].split(" + "),
        tiles[channel], light, (isWhole) => {
          words.textContent = isWhole ? said : said.replace("The sum is", "The sum will be");
        });
    }

    function side() {
      return grids[model.get("feature_map")];
    }

    function cell() {
      return cellOf(model.get("feature_map"));
    }

    /**
     * The cell that is chosen, on a map that may be smaller.
     * @param {number} map
     * @returns {[row: number, column: number]}
     */
    function cellOf(map) {
      const [row, column] = model.get("cell").map((one) => clamp(one, 0, grids[map] - 1));
      return [row, column];
    }

    /**
     * @param {number} row
     * @param {number} column
     */
    function choose(row, column) {
      stop();
      figure.put({ cell: [clamp(row, 0, side() - 1), clamp(column, 0, side() - 1)] });
    }

    /**
     * A step's name apart from its number, which is enough where there is little room.
     * @param {HTMLElement} label
     */
    function numbered(label) {
      const [number, ...name] = `${label.textContent}`.split(" ");
      label.lastChild?.replaceWith(make("span", {}, number),
        make("span", { class: "ssd-name-of-step" }, ` ${name.join(" ")}`));
      return label;
    }

    /** @param {number} channel */
    function products(channel) {
      return heads.products(model.get("feature_map"), cell(), channel);
    }

    // Drawing
    function drawMaps() {
      planes.style.setProperty("--cells", `${side()}`);
      planes.querySelectorAll(".ssd-plane").forEach((element, plane) =>
        drawPlane(element, side(), cell(), (row, column) =>
          heads.at(model.get("feature_map"), plane, row, column), 9 * plane));
    }

    /**
     * Light what meets: a number of the window, its weight, and their product.
     * @param {number} index of the pair, or -1
     */
    function light(index) {
      for (const one of el.querySelectorAll("[data-k]")) {
        one.classList.toggle("ssd-lit", one.getAttribute("data-k") === `${index}`);
      }
    }

    /** The cell's numbers, head by head or, where they become rows, box by box. */
    function drawTiles() {
      const step = model.get("step");
      el.dataset.step = `${step}`;
      el.toggleAttribute("data-way", isWay(step));
      inRows = isWay(step);
      names.forEach((name, i) => {
        name.style.setProperty("--line", `${i}`);
        name.textContent = inRows ? `Box ${i}: 4 offsets and ${classes} logits`
          : [`Offset head: ${4 * k} output channels`,
            `Logit head: ${classes * k} output channels`][i];
      });
      tiles.forEach((tile, channel) => {
        const isOffset = channel < 4 * k;
        const place = isOffset ? channel : channel - 4 * k;
        const inBox = isOffset ? place % 4 : 5 + (place % classes);
        const lines = [heads.boxOf(channel), Number(!isOffset)];
        const [line, below] = inRows ? lines : lines.reverse();
        const at = place % (isOffset ? 4 : classes);
        Object.entries({ line, below, place: inRows ? inBox : place, at })
          .forEach(([name, value]) => tile.style.setProperty(`--${name}`, `${value}`));
        const mine = step === 1 && channel === model.get("channel");
        const isMade = step === 1 ? mine && !isAsked : step !== 0;
        tile.textContent = isMade ? signed(products(channel).sum) : "";
        tile.setAttribute("aria-pressed", `${mine}`);
      });
    }

    function drawRows() {
      const sums = channels.map((channel) => signed(products(channel).sum));
      stack.draw(heads.firstRow(model.get("feature_map"), cell()), (box) => [
        sums.slice(4 * box, 4 * box + 4),
        sums.slice(4 * k + classes * box, 4 * k + classes * (box + 1))]);
    }

    /** @param {number} channel */
    function drawSum(channel) {
      el.style.setProperty("--own", `var(--ssd-${heads.boxOf(channel) ? "b" : "a"})`);
      total.draw(channel, products(channel),
        isAsked ? "?" : model.get("step") ? undefined : "");
      tiles.forEach((tile, one) => tile.classList.toggle("ssd-lit", one === channel
        && model.get("step") === 2));
    }

    function refresh(asks = false) {
      isAsked = asks;
      total.stop();
      if (!isPlayed) stop();
      const [y, x] = cell();
      const [step, channel] = [model.get("step"), model.get("channel")];
      const map = model.get("feature_map");
      figure.show();
      el.style.setProperty("--map", `var(--ssd-map-${map ? 4 : 1})`);
      drawMaps();
      drawSum(channel);
      if (isWay(step) === inRows) drawTiles();
      else glide(tiles, drawTiles);
      drawRows();
      const [text, computed] = heads.explain(step, map, cell(), channel, isAsked,
        pointAt() === "Tap");
      words.textContent = text;
      next.textContent = isAsked ? "Add it up" : NEXT[step + 1];
      total.formula.textContent = computed;
      const label = `Cells of the ${side()} by ${side()} map, `
        + `arrow keys move. Row ${y}, column ${x}.`;
      planes.setAttribute("aria-label", label);
      sight.tell(label, step < 0 ? `one cell of the ${mapNames[map]}` : "the cell in the image");
      cellNumbers.dataset.title = `its ${channels.length} numbers`;
      links.draw();
      figure.say(`Row ${y}, column ${x}. ${text} ${computed}.`);
    }

    figure.watch(["step", "feature_map", "cell", "channel"], () => refresh());
    refresh(isAsked);
    return figure.end;
  },
};
