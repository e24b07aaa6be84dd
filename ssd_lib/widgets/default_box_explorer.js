// The default boxes of a cell, each named by its ratio, and the one that fits an object.

import { BoxHandle } from "./box_handle.js";
import {
  Figure, fields, headRow, headline, more, panel, row, smallLine,
} from "./controls.js";
import {
  KINDS, cellAt, drawBoxes, drawDot, drawGrid, drawKinds, gridIcon, kindsOf, limit, onEdge,
  placesOf, tagWriter,
} from "./explorer_drawing.js";
import { bestFit, boxSizes, layOut, overlap, spreadScales } from "./geometry.js";
import { Glide } from "./motion.js";
import { clamp, make, watchCells } from "./stage.js";

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
 * @property {{ ask: string, put: Partial<Traits>, answer: string,
 *   then?: Partial<Traits> }[]} tries
 */

const OWN = "your scales";
const PHONE = "(max-width: 600px)";
const MARGIN = 0.07; // a share of the image's side

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, MARGIN);
    const { element } = stage;
    const backdrop = make("canvas"); // what does not move
    let painted = ""; // the colour that it is painted in, or none: it must be painted anew
    let scene = layOut(chosenLayout());
    let fit = bestFit(model.get("gt_box"), scene);
    let [byHand, byMap] = [false, false]; // what is changing
    let place = middle(); // of the cell that was chosen, whatever map is looked at
    let lit = ""; // the kind of box that stands out
    let isMoved = false; // the object was, and the pointer is on it still
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
        isMoved = true;
        light("");
        if (fit.iou > 0) lookAtBest();
      },
    });
    element.addEventListener("pointerdown", () => { isMoved = false; });
    for (const type of ["pointermove", "click"]) { // till it is left, no cell is pointed at
      element.addEventListener(type, (event) => {
        isMoved &&= event.target instanceof Element && !!event.target.closest(".ssd-object");
        if (isMoved) event.stopImmediatePropagation();
      });
    }
    element.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse" || event.buttons) return;
      const near = 6 / element.clientWidth;
      const at = KINDS.find((_, i) => onEdge(boxesNow.now.slice(4 * i), stage.at(event), near));
      light(at ? at[0] : "");
    });
    element.addEventListener("pointerleave", () => {
      isMoved = false;
      light("");
    });
    watchCells(stage, { cell, choose, step: () => chosenMap().step / scene.image });

    // Controls
    const choice = scene.maps.map(({ grid }, index) => mapButton(grid, index));
    const maps = make("fieldset", { class: "ssd-maps" },
      make("legend", {}, "Six maps: choose one"), ...choice.map(({ label }) => label));
    const best = headline("", "best");
    const [title] = best.element.children;
    const jump = make("button", { type: "button", class: "ssd-show-answer", onclick: goToBest },
      "show it");
    const counts = smallLine("fits");
    const cellLine = smallLine("cell");
    const mapLine = make("p", { class: "ssd-sum" });
    const rows = KINDS.map(([kind, name]) => row([name, "", ""], {
      tabindex: "0", "data-kind": kind,
      onpointerenter: () => light(kind), onpointerleave: () => light(""),
      onfocus: () => light(kind), onblur: () => light(""),
    }));
    const boxes = more("The boxes of this cell", make("table", { class: "ssd-counts ssd-kinds" },
      headRow("ratio", "pixels", "IoU here"), ...rows), mapLine);
    boxes.open = !matchMedia(PHONE).matches;
    figure.lay(make("div", { class: "ssd-explorer" }, stage.frame, maps, panel(
      best.element, counts, boxes, cellLine,
      figure.chips(model.get("tries").map((one) => ({ ...one, put: () => one.put })))),
    more("More",
      fields(
        figure.select("show", "draw ", ["cell", "map", "all"],
          { texts: ["the boxes of this cell", "all boxes of this map", "all boxes"] }),
        figure.select("layout_name", "layout ", [...Object.keys(model.get("layouts")), OWN])),
      fields(make("legend", {}, "boxes besides 1:1"), ratio(2), ratio(3),
        figure.checkbox("extra box", () => model.get("extra_box"),
          (on) => figure.put({ extra_box: on }))),
      fields(make("legend", {}, "your scales, as shares of the image"),
        scale("s_min", "smallest", 0.05, 0.5), scale("s_max", "largest", 0.5, 1)))));

    /**
     * @param {number} grid
     * @param {number} index
     */
    function mapButton(grid, index) {
      const name = `${grid} × ${grid}`;
      const label = figure.radio("feature_map", index, "",
        () => look(index, cellAt(scene.maps[index], place, scene.image)));
      const fits = make("span", { "data-fits": index });
      label.append(gridIcon(grid), make("b", {}, name), fits);
      label.style.setProperty("--ssd-own", `var(--ssd-map-${index + 1})`);
      const input = /** @type {HTMLInputElement} */ (label.control);
      figure.shows.push(() => { input.checked = index === model.get("feature_map"); });
      input.setAttribute("aria-label", name);
      return { label, fits, input };
    }

    /**
     * Choose a cell of any map.
     * @param {number} map
     * @param {number[]} at row and column
     */
    function look(map, at) {
      byMap = true; // its boxes grow out of those before
      figure.put({ feature_map: map, cell: at });
      byMap = false;
    }

    function goToBest() {
      lookAtBest();
      choice[fit.map].input.focus();
    }

    function lookAtBest() {
      const [x, y] = scene.boxes.subarray(4 * fit.box);
      place = [y, x];
      look(fit.map, cellAt(scene.maps[fit.map], place, scene.image));
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
      rows.forEach((one, i) => one.classList.toggle("ssd-lit", KINDS[i][0] === lit));
      stage.draw();
    }

    // What is looked at
    function chosenLayout() {
      const layouts = model.get("layouts");
      const layout = layouts[model.get("layout_name")]
        ?? spreadScales(Object.values(layouts)[0], model.get("s_min"), model.get("s_max"));
      return limit(layout, model.get("ratios"), model.get("extra_box"));
    }

    function chosenMap() {
      return scene.maps[model.get("feature_map")];
    }

    /** On a cell of the chosen map, in their order. */
    function kinds() {
      return kindsOf(chosenMap());
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

    /** Of the chosen cell: down and across, in fractions. */
    function middle() {
      return cell().map((at) => ((at + 0.5) * chosenMap().step) / scene.image);
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
    function paintBackdrop(context, width) {
      drawGrid(context, width, chosenMap(), scene.image);
      if (model.get("show") === "cell") return;
      const chosen = model.get("feature_map");
      scene.maps.forEach((_, map) => {
        if (model.get("show") === "map" && map !== chosen) return;
        context.strokeStyle = colourOf(map);
        drawBoxes(context, width, scene.corners.subarray(4 * scene.starts[map],
          4 * scene.starts[map + 1]));
      });
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
      context.globalAlpha = 0.45 * clamp(0.13 / step, 0.12, 1); // a large one hides the image
      context.fillRect(x * step * width, y * step * height, step * width, step * height);
      const there = kinds();
      const shown = KINDS.flatMap(([kind, text], i) => (!there.includes(kind) ? []
        : { kind, text, box: boxesNow.now.slice(4 * i, 4 * i + 4) }));
      const tag = tagWriter(context, width, MARGIN * width, placesOf(handle, width));
      const writeNames = drawKinds(context, width, shown, {
        lit, own, halo, tag, object: objectNow.now, best: fit.iou > 0 ? bestNow.now : undefined,
        bestKind: there[fit.box - firstBox()], bestColour: colourOf(fit.map),
      });
      drawDot(context, width, [x, y].map((at) => (at + 0.5) * step * width), own, halo);
      writeNames();
    }

    // Numbers
    function refreshLayout() {
      scene = layOut(chosenLayout());
      painted = "";
      refresh();
      boxesNow.go();
    }

    function refreshCell() {
      if (byMap) boxesNow.go();
      else {
        place = middle();
        boxesNow.jump();
      }
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
      handle.tag.textContent = thing ? name : "your object";
      const iou = fit.iou.toFixed(3);
      const { grid } = scene.maps[fit.map];
      title.replaceChildren(`Best fit for ${thing ? `the ${name}` : "your object"}: `
        + `${grid} × ${grid} map `, jump);
      jump.disabled = !fit.sum || fit.box - firstBox() in kinds(); // it is here
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
          overlap(model.get("gt_box"), boxAt(first + index)).iou.toFixed(3);
      });
      const map = chosenMap();
      mapLine.textContent = `${there.length} on each cell, `
        + `${map.grid ** 2 * there.length} on this map`;
      const [y, x] = cell();
      const [cx, cy] = scene.boxes.subarray(4 * first);
      cellLine.textContent = `row ${y}, column ${x}: centre (${cx.toFixed(4)}, ${cy.toFixed(4)})`
        + (cx > 1 || cy > 1 ? ", outside the image" : "");
      element.setAttribute("aria-label",
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
