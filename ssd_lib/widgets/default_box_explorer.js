// The default boxes of a cell, each named by its ratio, and the one that fits an object.

import {
  Figure, fields, headRow, headline, more, panel, row, smallLine,
} from "./controls.js";
import { gridIcon, onEdge, placesOf, tagWriter } from "./explorer_drawing.js";
import { bestFit, boxSizes, layOut, overlap, spreadScales } from "./geometry.js";
import { Glide } from "./motion.js";
import {
  BoxHandle, clamp, make, rectOf, strokeTwice, watchCells,
} from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Record<string, Layout>} layouts
 * @property {string} layout_name one of these, or OWN
 * @property {number} feature_map
 * @property {number[]} cell row and column
 * @property {number[]} ratios besides 1
 * @property {boolean} extra_box
 * @property {number} s_min
 * @property {number} s_max
 * @property {"cell" | "map" | "all"} show
 * @property {number[]} gt_box
 * @property {[name: string, box: number[]][]} things on the image
 * @property {{ ask: string, put: Partial<Traits>, answer: string }[]} tries
 */

const OWN = "your scales";
const MARGIN = 0.07; // a share of the image's side
/** @type {[kind: string, name: string][]} */
const KINDS = [
  ["1", "1:1"], ["extra", "1:1 extra"], ["2", "2:1"], ["1/2", "1:2"], ["3", "3:1"], ["1/3", "1:3"],
];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, MARGIN);
    const backdrop = make("canvas"); // what does not move
    let painted = ""; // the colour that it is painted in, or none: it must be painted anew
    let scene = layOut(chosenLayout());
    let fit = bestFit(model.get("gt_box"), scene);
    let byHand = false;
    let lit = ""; // the kind of box that stands out
    const objectNow = new Glide(() => [...model.get("gt_box")], show);
    const boxesNow = new Glide(cellBoxes, show, 280);
    const bestNow = new Glide(() => [...boxAt(fit.box)], show, 160);
    figure.ends.push(objectNow.end, boxesNow.end, bestNow.end);
    const handle = new BoxHandle(stage, {
      name: "object", kind: "object",
      get: () => objectNow.now, set: (box) => {
        byHand = true;
        figure.put({ gt_box: box });
        byHand = false;
      },
    });
    stage.element.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse") return;
      const near = 6 / stage.element.clientWidth;
      const at = KINDS.find((_, i) => onEdge(boxesNow.now.slice(4 * i), stage.at(event), near));
      light(at ? at[0] : "");
    });
    stage.element.addEventListener("pointerleave", () => light(""));
    watchCells(stage, { cell, choose, step: () => chosenMap().step / scene.image });

    // Controls
    const choice = scene.maps.map(({ grid }, index) => mapButton(grid, index));
    const maps = make("fieldset", { class: "ssd-maps" },
      make("legend", {}, "Six maps: choose one"), ...choice.map(({ label }) => label));
    const best = headline("", "best");
    const [title] = best.element.children;
    const counts = smallLine("fits");
    const cellLine = smallLine("cell");
    const mapLine = make("p", { class: "ssd-sum" });
    const rows = KINDS.map(([kind, name]) => row([name, "", ""], {
      tabindex: "0", "data-kind": kind,
      onpointerenter: () => light(kind), onpointerleave: () => light(""),
      onfocus: () => light(kind), onblur: () => light(""),
    }));
    const boxes = more("The boxes of this cell", make("table", { class: "ssd-counts ssd-kinds" },
      headRow("ratio", "pixels", "IoU"), ...rows), mapLine);
    figure.lay(make("div", { class: "ssd-explorer" }, stage.frame, maps, panel(
      best.element, counts, boxes, cellLine,
      figure.chips(model.get("tries").map((one) => ({ ...one, put: () => one.put }))),
      more("More",
        fields(
          figure.select("show", "draw ", ["cell", "map", "all"],
            { texts: ["the boxes of this cell", "all boxes of this map", "all boxes"] }),
          figure.select("layout_name", "layout ", [...Object.keys(model.get("layouts")), OWN])),
        fields(make("legend", {}, "boxes besides 1:1"), ratio(2), ratio(3),
          figure.checkbox("extra box", () => model.get("extra_box"),
            (on) => figure.put({ extra_box: on }))),
        fields(make("legend", {}, "your scales, as shares of the image"),
          scale("s_min", "smallest", 0.05, 0.5), scale("s_max", "largest", 0.5, 1))))));

    /**
     * @param {number} grid
     * @param {number} index
     */
    function mapButton(grid, index) {
      const name = `${grid} × ${grid}`;
      const label = figure.radio("feature_map", index, "");
      const fits = make("span", { "data-fits": index });
      label.append(gridIcon(grid), make("b", {}, name), fits);
      label.style.setProperty("--ssd-own", `var(--ssd-map-${index + 1})`);
      const input = /** @type {HTMLInputElement} */ (label.control);
      figure.shows.push(() => { input.checked = index === model.get("feature_map"); });
      input.setAttribute("aria-label", name);
      return { label, fits, input };
    }

    /** @param {number} value */
    function ratio(value) {
      const has = (/** @type {number} */ one) => model.get("ratios").includes(one);
      return figure.checkbox(`${value}:1 and 1:${value}`, () => has(value), (on) =>
        figure.put({ ratios: [2, 3].filter((one) => (one === value ? on : has(one))) }));
    }

    /**
     * @param {"s_min" | "s_max"} name
     * @param {string} text
     * @param {number} min
     * @param {number} max
     */
    function scale(name, text, min, max) {
      const put = (/** @type {number} */ value) =>
        figure.put({ [name]: value, layout_name: OWN });
      return figure.slider(name, text, { min, max, step: 0.01, put });
    }

    /** @param {string} kind */
    function light(kind) {
      if (kind === lit) return;
      lit = kind;
      stage.draw();
    }

    // What is looked at
    function chosenLayout() {
      const layouts = model.get("layouts");
      const layout = layouts[model.get("layout_name")]
        ?? spreadScales(Object.values(layouts)[0], model.get("s_min"), model.get("s_max"));
      const limited = layout.maps.map((map) => ({
        ...map,
        max: model.get("extra_box") ? map.max : null,
        ratios: map.ratios.filter((one) => model.get("ratios").includes(one)),
      }));
      return { ...layout, maps: limited };
    }

    function chosenMap() {
      return scene.maps[model.get("feature_map")];
    }

    /** On a cell of the chosen map, in their order. */
    function kinds() {
      const { max, ratios } = chosenMap();
      return ["1", ...(max === null ? [] : ["extra"]),
        ...ratios.flatMap((one) => [`${one}`, `1/${one}`])];
    }

    /** @returns {[row: number, column: number]} */
    function cell() {
      const [first, second] = model.get("cell");
      const last = chosenMap().grid - 1;
      return [clamp(first, 0, last), clamp(second, 0, last)];
    }

    /**
     * @param {number} first row
     * @param {number} second column
     */
    function choose(first, second) {
      const last = chosenMap().grid - 1;
      figure.put({ cell: [clamp(first, 0, last), clamp(second, 0, last)] });
    }

    /** Of the chosen cell. */
    function firstBox() {
      const [y, x] = cell();
      const map = chosenMap();
      return scene.starts[model.get("feature_map")] + (y * map.grid + x) * boxSizes(map).length;
    }

    /** @param {number} index */
    function boxAt(index) {
      return scene.corners.subarray(4 * index, 4 * index + 4);
    }

    /** Corners of all kinds; one that the cell lacks has shrunk into its centre. */
    function cellBoxes() {
      const [there, first] = [kinds(), firstBox()];
      const [cx, cy] = scene.boxes.subarray(4 * first);
      return KINDS.flatMap(([kind]) => {
        const index = there.indexOf(kind);
        return index < 0 ? [cx, cy, cx, cy] : [...boxAt(first + index)];
      });
    }

    // Painting
    /** @param {number} map */
    function colourOf(map) {
      return figure.colour(`map-${map + 1}`);
    }

    /** @type {Paint} */
    function paintBackdrop(context, width, height) {
      const { grid, step } = chosenMap();
      const end = (grid * step) / scene.image;
      context.beginPath();
      for (let line = 0; line <= grid; line += 1) {
        const at = (line * step) / scene.image;
        context.moveTo(at * width, 0);
        context.lineTo(at * width, end * height);
        context.moveTo(0, at * height);
        context.lineTo(end * width, at * height);
      }
      [context.strokeStyle, context.lineWidth] = ["rgba(255, 255, 255, 0.45)", 1];
      context.stroke();
      if (model.get("show") === "cell") return;
      const chosen = model.get("feature_map");
      scene.maps.forEach((_, map) => {
        if (model.get("show") === "map" && map !== chosen) return;
        const [first, last] = scene.starts.slice(map, map + 2);
        context.strokeStyle = colourOf(map);
        context.globalAlpha = clamp(60 / (last - first), 0.12, 0.8);
        context.beginPath();
        for (let index = first; index < last; index += 1) {
          context.rect(...rectOf(boxAt(index), width, height));
        }
        context.stroke();
      });
      context.globalAlpha = 1;
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      if (painted !== colourOf(0)) {
        [backdrop.width, backdrop.height] = [stage.canvas.width, stage.canvas.height];
        stage.paintOn(backdrop, paintBackdrop);
        painted = colourOf(0);
      }
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(backdrop, 0, 0);
      context.restore();
      const map = model.get("feature_map");
      const [own, halo] = [colourOf(map), figure.colour("on-box")];
      const [y, x] = cell();
      const step = chosenMap().step / scene.image;
      context.fillStyle = own;
      context.globalAlpha = 0.45;
      context.fillRect(x * step * width, y * step * height, step * width, step * height);
      const there = kinds();
      const isHere = fit.box - firstBox();
      const bestKind = fit.iou > 0 && isHere >= 0 ? there[isHere] : undefined;
      const tag = tagWriter(context, width, MARGIN * width, placesOf(handle, width));
      /** @type {(() => void)[][]} */
      const [faint, strong] = [[], []];
      if (fit.iou > 0 && !bestKind) {
        context.globalAlpha = 1;
        const box = bestNow.now;
        const colour = colourOf(fit.map);
        strokeTwice(context, [colour, [12, 5], 4], () =>
          context.rect(...rectOf(box, width, height)), halo);
        strong.push(() => tag("best fit", box, colour, halo));
      }
      KINDS.forEach(([kind, text], i) => {
        const box = boxesNow.now.slice(4 * i, 4 * i + 4);
        if (!there.includes(kind)) return;
        const isBest = kind === bestKind;
        const isStrong = isBest || lit === kind;
        context.globalAlpha = isStrong ? 1 : 0.4;
        strokeTwice(context, [own, isBest ? [12, 5] : [], isStrong ? 4 : 1.5], () =>
          context.rect(...rectOf(box, width, height)), halo);
        if (isStrong) strong.push(() => tag(isBest ? `best: ${text}` : text, box, own, halo));
        else if (!lit) faint.push(() => tag(text, box, halo, own, false));
      });
      context.globalAlpha = 1;
      const [cx, cy] = [(x + 0.5) * step, (y + 0.5) * step];
      context.setLineDash([]);
      context.beginPath();
      context.arc(cx * width, cy * height, 4, 0, 7);
      [context.fillStyle, context.strokeStyle, context.lineWidth] = [halo, own, 2];
      context.fill();
      context.stroke();
      for (const put of [...strong, ...faint]) put();
    }

    // Numbers
    function refreshLayout() {
      scene = layOut(chosenLayout());
      painted = "";
      refresh();
      boxesNow.go();
    }

    function refreshCell() {
      boxesNow.jump();
      write();
    }

    function refresh() {
      fit = bestFit(model.get("gt_box"), scene);
      if (byHand) objectNow.jump();
      else objectNow.go();
      bestNow.go();
      write();
    }

    function write() {
      figure.show();
      const thing = model.get("things").find(([, box]) => `${box}` === `${model.get("gt_box")}`);
      const name = thing ? thing[0] : "object";
      handle.tag.textContent = name;
      const iou = fit.iou.toFixed(3);
      const { grid } = scene.maps[fit.map];
      title.textContent = `Best fit for the ${name}: ${grid} × ${grid} map`;
      best.say(iou, "IoU (1 would be perfect)");
      counts.replaceChildren(make("output", { "data-number": "fitting" }, `${fit.sum}`), " of ",
        make("output", { "data-number": "total" }, `${scene.total}`),
        " boxes fit: IoU 0.5 or more");
      choice.forEach(({ fits, input }, map) => {
        const text = fit.hits[map] === 1 ? "1 fits" : `${fit.hits[map]} fit`;
        fits.textContent = text;
        fits.classList.toggle("ssd-fits", fit.hits[map] > 0);
        input.setAttribute("aria-description", text);
      });
      const there = kinds();
      const first = firstBox();
      const sizes = boxSizes(chosenMap());
      rows.forEach((one, i) => {
        const index = there.indexOf(KINDS[i][0]);
        one.classList.toggle("ssd-missing", index < 0);
        one.classList.toggle("ssd-best", index >= 0 && first + index === fit.box);
        if (index < 0) return;
        one.cells[1].textContent = sizes[index].map((side) => side.toFixed(0)).join(" × ");
        one.cells[2].textContent =
          overlap(model.get("gt_box"), boxAt(first + index)).iou.toFixed(2);
      });
      const map = chosenMap();
      mapLine.textContent = `${there.length} on each cell, `
        + `${map.grid ** 2 * there.length} on this map`;
      const [y, x] = cell();
      const [cx, cy] = scene.boxes.subarray(4 * first);
      cellLine.textContent = `row ${y}, column ${x}: centre (${cx.toFixed(4)}, ${cy.toFixed(4)})`
        + (cx > 1 || cy > 1 ? ", outside the image" : "");
      stage.element.setAttribute("aria-label",
        `Cells of the ${map.grid} by ${map.grid} map, arrow keys move. ${cellLine.textContent}.`);
      stage.draw();
      figure.say(`${cellLine.textContent}. Best fit for the ${name}: IoU ${iou} on the `
        + `${grid} by ${grid} map. ${counts.textContent}. ${scene.total} boxes in all.`);
    }

    function show() {
      handle?.place();
      stage.draw();
    }

    figure.watch(["layout_name", "feature_map", "ratios", "extra_box", "s_min", "s_max"],
      refreshLayout);
    figure.watch(["show"], () => {
      painted = "";
      write();
    });
    figure.watch(["cell"], refreshCell);
    figure.watch(["gt_box"], refresh);
    stage.onresize = () => { painted = ""; };
    handle.place();
    write();
    return figure.end;
  },
};
