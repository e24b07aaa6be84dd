// Objects to move on the image, and the default boxes that learn from them: those that
// overlap enough, and the one that each object gets in any case. Beside it the table of
// IoUs, where that first step is walked pair by pair.

import {
  Figure, buttons, fields, headline, headRow, keyRow, more, panel, row, sideBySide,
} from "./controls.js";
import { argmaxWalk, bipartiteWalk, iouTable, layOut, matchTable } from "./geometry.js";
import { Labels, Thread, edgeAt, soon } from "./linking.js";
import { Glide } from "./motion.js";
import { BoxHandle, arrowToCell, clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { IoUs, Layout, Pair } from "./geometry.js" */
/** @import { Look, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Record<string, Layout>} layouts
 * @property {string} layout_name
 * @property {number[][]} gt_boxes
 * @property {string[]} names
 * @property {number} iou_threshold
 * @property {"bipartite" | "argmax"} rule
 * @property {number} walk how many pairs are shown
 * @property {number} chosen object
 */
/** @typedef {{ boxes: Iterable<number>, gt?: number, box?: number }} Light
 *   default boxes that are lit, the object, and the one box that a line leads to */

const MOST = 6; // objects
const BEST = 2; // default boxes of each object that the table shows
const NEW = [0.1, 0.4, 0.35, 0.7];
const BEYOND = 0.065; // of the image, that is drawn on around it
/** @type {Traits["rule"][]} */
const RULES = ["bipartite", "argmax"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, BEYOND);
    const thread = new Thread(el);
    const first = Object.fromEntries(/** @type {(keyof Traits)[]} */ (
      ["layout_name", "gt_boxes", "names", "iou_threshold", "rule", "walk"])
      .map((name) => [name, model.get(name)]));
    let scene = layOut(model.get("layouts")[model.get("layout_name")]);
    let shownLayout = model.get("layout_name");
    let now = compute(); // what is matched now
    /** @type {Light | undefined} */
    let pointed; // what the reader points at
    /** @type {BoxHandle[]} */
    let handles = [];
    let current = [0, 0]; // cell of the table that has the keys
    const dim = new Glide(() => [light() ? 1 : 0], () => stage.draw());

    // Controls
    const count = () => model.get("gt_boxes").length;
    const learn = headline("Default boxes that learn something", "positives");
    const keys = {
      overlap: keyRow("positive", "matched by overlap",
        { name: "overlap", light: (on) => point(on && { boxes: now.overlap }) }),
      forced: keyRow("forced", "forced: the best it could get",
        { name: "forced", dashed: true, light: (on) => point(on && { boxes: now.forced }) }),
      background: keyRow("default", "background",
        { name: "background", light: (on) => point(on && { boxes: now.background() }) }),
    };
    const table = make("table", {
      class: "ssd-heat", role: "grid", "aria-label": "Table of IoUs",
      onpointerover: ({ target }) => pointAtCell(target),
      onpointerleave: () => point(false),
      onfocusin: ({ target }) => pointAtCell(target),
      onfocusout: () => point(false),
      onkeydown: (event) => arrowToCell(event, current, goToCell),
    });
    const said = make("p", { class: "ssd-said", "data-line": "walk" });
    const counts = make("table", { class: "ssd-counts" });
    const lines = sideBySide(panel(stage.frame), panel(
      learn.element,
      figure.slider("iou_threshold", "How much must a box overlap?",
        { min: 0.3, max: 1, step: 0.05 }),
      make("div", { class: "ssd-keys" },
        keys.overlap.element, keys.forced.element, keys.background.element),
      make("details", { class: "ssd-walk", open: innerWidth >= 600 },
        make("summary", {}, "Who gets which box?"),
        make("div", { class: "ssd-scroll" }, table), said,
        buttons(
          figure.button("Next pair", () => walk(1), () => model.get("walk") >= now.steps.length),
          figure.button("Start again", () => walk(-Infinity), () => model.get("walk") === 0)))));
    lines.classList.add("ssd-matching");
    figure.lay(lines, figure.chips(questions()),
      more("More: objects, default boxes, rule",
        fields(
          figure.select("layout_name", "Default boxes ", Object.keys(model.get("layouts")),
            { put: (name) => figure.put({ walk: 0, layout_name: name }) }),
          figure.select("rule", "First step ", RULES, {
            put: (rule) => figure.put({ walk: 0, rule }),
            texts: ["the best pair of all first (SSD)", "each object takes its best (ports)"],
          })),
        buttons(
          figure.button("Add an object", add, () => count() === MOST),
          figure.button("Remove the chosen object", remove, () => count() === 0)),
        counts),
      thread.element);
    figure.ends.push(dim.end);
    stage.element.addEventListener("pointermove", pointOnImage);
    stage.element.addEventListener("pointerleave", () => point(false));

    function add() {
      const [boxes, names] = [model.get("gt_boxes"), model.get("names")];
      figure.put({
        names: [...names, `object ${names.length + 1}`], walk: 0, gt_boxes: [...boxes, NEW],
        chosen: boxes.length,
      });
    }

    function remove() {
      const [boxes, names] = [model.get("gt_boxes"), model.get("names")];
      const others = [...boxes.keys()].filter((i) => i !== chosen());
      figure.put({
        names: others.map((i) => names[i]), walk: 0, gt_boxes: others.map((i) => boxes[i]),
        chosen: clamp(chosen(), 0, Math.max(0, others.length - 1)),
      });
    }

    /** @param {number} by */
    function walk(by) {
      figure.put({ walk: clamp(model.get("walk") + by, 0, now.steps.length) });
    }

    function chosen() {
      return clamp(model.get("chosen"), 0, Math.max(0, count() - 1));
    }

    /** The questions of the text, with answers that are computed from the first state. */
    function questions() {
      const names = model.get("names");
      const asked = [{
        ask: "Threshold 1: who is left?", put: () => ({ ...first, iou_threshold: 1, walk: 0 }),
        answer: `${now.steps.length} boxes, one for each object. No default box fits perfectly, `
          + "but the first step does not ask about the threshold: every object gets one.",
      }];
      const pair = conflict();
      if (pair) {
        const [loser] = [...now.steps].reverse().filter(({ gt }) => pair.includes(gt));
        const winner = now.steps.find(({ gt }) => pair.includes(gt) && gt !== loser.gt);
        if (winner) {
          const step = now.steps.indexOf(loser) + 1;
          asked.push({
            ask: `${names[pair[0]]} and ${names[pair[1]]}: who gets box ${winner.box}?`,
            put: () => ({ ...first, walk: step }),
            answer: `“${names[winner.gt]}” gets it, because it overlaps the box more `
              + `(${winner.iou.toFixed(2)}). “${names[loser.gt]}” does not go without: it takes its `
              + `next best, box ${loser.box} (${loser.iou.toFixed(2)}).`,
          }, {
            ask: "What do most ports do?",
            put: () => ({ ...first, rule: /** @type {const} */ ("argmax"), walk: count() }),
            answer: `Each object takes its best box, and “${names[Math.max(...pair)]}”, which is `
              + `later in the list, overwrites “${names[Math.min(...pair)]}”. Whoever has no other `
              + "box is then matched with nothing, and the network learns nothing from it.",
          });
        }
      }
      const large = Object.keys(model.get("layouts")).at(-1) ?? "";
      const { corners, total } = layOut(model.get("layouts")[large]);
      const ious = iouTable(model.get("gt_boxes"), corners);
      const threshold = model.get("iou_threshold");
      const matched = matchTable(ious, total, threshold, bipartiteWalk(ious))
        .filter((gt) => gt >= 0).length;
      const enough = ious.filter((one) => one[bestOf(one)[0]] >= Math.fround(threshold)).length;
      asked.push({
        ask: `And on ${large}?`, put: () => ({ ...first, layout_name: large, walk: 0 }),
        answer: `${matched} of ${total} boxes learn something, and ${enough} of the `
          + `${ious.length} objects find one that overlaps enough: the finer maps have smaller `
          + `boxes. Still, ${(100 - (100 * matched) / total).toFixed(1)} % are background.`,
      });
      return asked;
    }

    /** Two objects, or more, that overlap one default box best. */
    function conflict() {
      const wanted = now.best.map(([box]) => box);
      const box = wanted.find((one, gt) => one >= 0 && wanted.indexOf(one) !== gt);
      return box === undefined ? undefined : [...wanted.keys()].filter((gt) => wanted[gt] === box);
    }

    // What is matched
    function compute() {
      const ious = iouTable(model.get("gt_boxes"), scene.corners);
      const steps = model.get("rule") === "bipartite" ? bipartiteWalk(ious) : argmaxWalk(ious);
      const matched = matchTable(ious, scene.total, model.get("iou_threshold"), steps);
      const threshold = Math.fround(model.get("iou_threshold"));
      /** @type {number[]} */
      const overlap = [];
      /** @type {number[]} */
      const forced = [];
      matched.forEach((gt, box) => {
        if (gt >= 0) (ious[gt][box] >= threshold ? overlap : forced).push(box);
      });
      const background = () => [...matched.keys()].filter((box) => matched[box] < 0);
      return { ious, steps, matched, overlap, forced, background, best: ious.map(bestOf) };
    }

    /** The pair that the walk has just made. */
    function last() {
      return now.steps[model.get("walk") - 1];
    }

    // Light: what the reader points at, or else the pair of this step.
    function light() {
      const step = last();
      return pointed ?? (step && { boxes: [step.box], gt: step.gt, box: step.box });
    }

    /** @param {Light | false} what */
    function point(what) {
      if (!what && !pointed) return;
      pointed = what || undefined;
      showLight();
    }

    function showLight() {
      const lit = light();
      for (const cell of table.querySelectorAll("td, th")) {
        const { gt, box } = /** @type {HTMLElement} */ (cell).dataset;
        cell.classList.toggle("ssd-lit", lit?.box !== undefined && Number(box) === lit.box
          && (gt === undefined || lit.gt === undefined || Number(gt) === lit.gt));
      }
      const cell = lit && lit.box !== undefined ? cellOf(lit.gt, lit.box) : undefined;
      if (cell && lit?.box !== undefined) {
        thread.show(cell, stage.element, corners(lit.box));
      } else thread.hide();
      handles.forEach(({ element, grips }, gt) => {
        for (const one of [element, grips]) {
          one.classList.toggle("ssd-dim", lit?.gt !== undefined && lit.gt !== gt);
        }
      });
      dim.go();
    }

    /**
     * @param {number | undefined} gt
     * @param {number} box
     * @returns {HTMLElement | null}
     */
    function cellOf(gt, box) {
      return table.querySelector(gt === undefined ? `th[data-box="${box}"]`
        : `td[data-gt="${gt}"][data-box="${box}"]`);
    }

    /** @param {number} box */
    function corners(box) {
      return scene.corners.subarray(4 * box, 4 * box + 4);
    }

    /** @param {EventTarget | null} target */
    function pointAtCell(target) {
      const cell = /** @type {HTMLElement} */ (target).closest("td, th");
      const { gt, box } = /** @type {HTMLElement | null} */ (cell)?.dataset ?? {};
      if (box !== undefined) {
        point({ boxes: [Number(box)], gt: gt === undefined ? gt : Number(gt), box: Number(box) });
      } else if (gt !== undefined) pointAtObject(Number(gt));
    }

    /** @param {number} gt */
    function pointAtObject(gt) {
      point({ boxes: [...now.overlap, ...now.forced].filter((box) => now.matched[box] === gt), gt });
    }

    /** @param {PointerEvent} event */
    function pointOnImage(event) {
      if (event.buttons) return;
      const shown = [...now.overlap, ...now.forced];
      const hit = edgeAt(shown.map(corners), stage.at(event), stage.element.clientWidth);
      if (hit >= 0) {
        point({ boxes: [shown[hit]], gt: now.matched[shown[hit]], box: shown[hit] });
        return;
      }
      const over = handles.findIndex(({ element, grips }) =>
        event.target instanceof Node && (element.contains(event.target) || grips.contains(event.target)));
      if (over >= 0) pointAtObject(over);
      else point(false);
    }

    /**
     * @param {number} gt
     * @param {number} column
     */
    function goToCell(gt, column) {
      const rows = [...table.rows].slice(1);
      const at = [clamp(gt, 0, rows.length - 1), clamp(column, 0, table.rows[0].cells.length - 2)];
      current = at;
      for (const cell of table.querySelectorAll("td")) cell.tabIndex = -1;
      const cell = rows[at[0]]?.cells[at[1] + 1];
      if (!cell) return;
      cell.tabIndex = 0;
      cell.focus();
    }

    // Painting
    /** @type {Paint} */
    function paint(context, width, height) {
      const lit = new Set(light()?.boxes);
      context.save();
      context.beginPath();
      context.rect(-width, -height, 3 * width, 2 * height + 14); // not over what is below
      context.clip();
      const [dark] = dim.now;
      const halo = figure.colour("on-box");
      /**
       * @param {number} box
       * @param {Look} look
       */
      const outline = (box, look) => strokeTwice(context, look,
        () => context.rect(...rectOf(corners(box), width, height)), halo);
      if (lit.size > 40) { // the background's
        context.globalAlpha = dark * clamp(60 / Math.sqrt(lit.size), 0.25, 0.8);
        context.strokeStyle = figure.colour("default");
        context.setLineDash([]);
        context.lineWidth = 1;
        context.beginPath();
        for (const box of lit) context.rect(...rectOf(corners(box), width, height));
        context.stroke();
      }
      const own = new Map(now.steps.map(({ gt, box }) => [box, gt]));
      const looks = [
        { boxes: now.overlap, name: "positive", dash: [] },
        { boxes: now.forced, name: "forced", dash: [8, 5] },
      ];
      for (const { boxes, name, dash } of looks) {
        for (const box of boxes) {
          context.globalAlpha = lit.has(box) ? 1 : 1 - 0.85 * dark;
          const heavy = own.get(box) === now.matched[box] || lit.has(box);
          outline(box, [figure.colour(name), dash, heavy ? 3 : 1.5]);
        }
      }
      context.globalAlpha = 1;
      const target = light();
      if (target?.box !== undefined && now.matched[target.box] < 0) {
        outline(target.box, [figure.colour("default"), [3, 3], 3]);
      }
      label(context, width, height, [...lit]);
      context.restore();
    }

    /**
     * Say on the image how much each object's own box overlaps it; or the lit boxes.
     * @param {CanvasRenderingContext2D} context
     * @param {number} width
     * @param {number} height
     * @param {number[]} lit
     */
    function label(context, width, height, lit) {
      const labels = new Labels(context, width, height, BEYOND * width);
      for (const { tag } of handles) {
        const [frame, at] = [stage.element.getBoundingClientRect(), tag.getBoundingClientRect()];
        labels.keep([at.left - frame.left, at.top - frame.top, at.width, at.height]);
      }
      const target = light();
      const some = lit.length && lit.length < 9 ? lit : [];
      const boxes = target ? some : now.steps.map(({ box }) => box);
      for (const box of new Set(boxes)) {
        const mine = target?.box === box && target.gt !== undefined ? target.gt : now.matched[box];
        if (mine < 0 && target?.box !== box) continue;
        const gt = mine < 0 ? bestObject(box) : mine;
        const iou = now.ious[gt]?.[box] ?? 0;
        const owned = now.matched[box] === gt;
        const forced = owned && !(iou >= Math.fround(model.get("iou_threshold")));
        const kind = forced ? "forced" : "positive";
        const text = `${model.get("names")[gt]}${forced ? ", forced:" : ""} ${iou.toFixed(2)}`;
        labels.write(corners(box), text, figure.colour(owned ? kind : "default"),
          figure.colour("on-box"), figure.colour("face-ui"));
      }
    }

    /** @param {number} box */
    function bestObject(box) {
      return now.ious.reduce((best, ious, gt) => (ious[box] > now.ious[best][box] ? gt : best), 0);
    }

    // Numbers
    function refreshHandles() {
      const names = model.get("names");
      if (handles.length !== names.length || handles.some((one, i) => one.name !== names[i])) {
        handles.forEach((one) => one.remove());
        handles = names.map((name, i) => {
          const handle = new BoxHandle(stage, {
            name,
            kind: "object",
            get: () => model.get("gt_boxes")[i],
            set: (box) => figure.put({
              walk: 0, gt_boxes: model.get("gt_boxes").map((old, k) => (k === i ? box : old)),
            }),
          });
          handle.element.addEventListener("focus", () => figure.put({ chosen: i }));
          return handle;
        });
      }
      handles.forEach((one, i) => {
        one.place();
        one.grips.classList.toggle("ssd-quiet", i !== chosen());
        const [left, top] = model.get("gt_boxes")[i];
        one.grips.classList.toggle("ssd-right", model.get("gt_boxes").slice(0, i).some((other) =>
          Math.abs(other[0] - left) < 0.25 && Math.abs(other[1] - top) < 0.07)); // its name
      });
    }

    /** How many of each map's boxes each object has, and last how many have none. */
    function drawCounts() {
      const names = model.get("names");
      const found = scene.maps.map(() => new Array(names.length + 1).fill(0));
      let map = 0;
      now.matched.forEach((gt, box) => {
        while (box >= scene.starts[map + 1]) map += 1;
        found[map][gt < 0 ? names.length : gt] += 1;
      });
      const totals = [...names, ""].map((_, k) => found.reduce((sum, one) => sum + one[k], 0));
      counts.replaceChildren(headRow("map", ...names, "background"),
        ...found.map((one, i) => row([`${scene.maps[i].grid} × ${scene.maps[i].grid}`, ...one])),
        row(["all", ...totals.map((total) => make("td", { "data-total": "" }, `${total}`))],
          { class: "ssd-total" }));
      return totals;
    }

    function drawTable() {
      const names = model.get("names");
      const shown = now.steps.slice(0, model.get("walk"));
      const bipartite = model.get("rule") === "bipartite";
      const threshold = Math.fround(model.get("iou_threshold"));
      const wanted = conflict();
      const own = names.map((_, gt) => now.steps.find((step) => step.gt === gt)?.box ?? -1);
      const columns = [...new Set(names.flatMap((_, gt) => [...now.best[gt], own[gt]]))]
        .filter((box) => box >= 0).sort((a, b) => a - b);
      current = [clamp(current[0], 0, names.length - 1), clamp(current[1], 0, columns.length - 1)];
      /**
       * @param {number} gt
       * @param {number} box
       * @param {number} column
       */
      const cell = (gt, box, column) => {
        const iou = now.ious[gt][box];
        const [inRow, inColumn] = [shown.filter((s) => s.gt === gt),
          shown.filter((s) => s.box === box)];
        const mine = inColumn.at(-1)?.gt === gt;
        const lost = inRow.some((s) => s.box === box);
        const gone = !mine && (lost || (bipartite && inRow.length + inColumn.length > 0));
        const first = box === now.best[gt][0];
        const names = [mine && "ssd-mine", mine && iou < threshold && "ssd-by-force",
          gone && "ssd-struck", first && "ssd-first", first && wanted?.includes(gt) && "ssd-wanted",
        ].filter(Boolean);
        const tabindex = gt === current[0] && column === current[1] ? 0 : -1;
        return make("td", {
          class: names.join(" "), tabindex, "data-gt": gt, "data-box": box,
          style: `--heat: ${(60 * iou).toFixed(1)}%`,
        }, gone ? make("s", {}, iou.toFixed(2)) : iou.toFixed(2));
      };
      const focused = table.contains(document.activeElement);
      table.replaceChildren(
        make("tr", {}, make("th", { scope: "col" }, "box"), ...columns.map((box) =>
          make("th", { scope: "col", "data-box": box }, `${box}`))),
        ...names.map((name, gt) => make("tr", {},
          make("th", { scope: "row", "data-gt": gt }, name),
          ...columns.map((box, column) => cell(gt, box, column)))));
      if (focused) goToCell(current[0], current[1]);
      said.textContent = sayStep(shown.at(-1), shown.slice(0, -1), bipartite);
    }

    /**
     * @param {Pair | undefined} step
     * @param {Pair[]} before it
     * @param {boolean} bipartite
     */
    function sayStep(step, before, bipartite) {
      const names = model.get("names");
      if (!step) {
        const pair = conflict();
        if (!pair) return "Each object overlaps a box of its own best. Which pair comes first?";
        const who = pair.map((gt) => names[gt]).join("” and “");
        return `“${who}” both overlap box ${now.best[pair[0]][0]} best. Who gets it?`;
      }
      const pair = `${names[step.gt]} and box ${step.box}, ${step.iou.toFixed(2)}`;
      const start = `${model.get("walk")} of ${now.steps.length}:`;
      if (bipartite) {
        const wanted = now.best[step.gt][0] !== step.box && "Its first choice was taken.";
        return `${start} the largest number left is ${pair}. ${wanted || ""}`;
      }
      const had = before.findLast((s) => s.box === step.box);
      return `${start} ${pair}.${had ? ` It is taken from the ${names[had.gt]}.` : ""}`;
    }

    function refresh() {
      if (model.get("names").length !== count()) return; // until both are set
      if (model.get("layout_name") !== shownLayout) {
        shownLayout = model.get("layout_name");
        scene = layOut(model.get("layouts")[shownLayout]);
      }
      now = compute();
      figure.show();
      refreshHandles();
      const totals = drawCounts();
      learn.say(now.overlap.length + now.forced.length, `of ${scene.total}`);
      keys.overlap.say(now.overlap.length);
      keys.forced.say(now.forced.length);
      keys.background.say(scene.total - now.overlap.length - now.forced.length);
      drawTable();
      const lost = model.get("names").filter((_, gt) => totals[gt] === 0);
      if (lost.length) said.textContent += ` Matched with nothing: ${lost.join(", ")}.`;
      if (pointed?.box !== undefined && pointed.box >= scene.total) pointed = undefined;
      showLight();
      figure.say(`${now.overlap.length + now.forced.length} of ${scene.total} default boxes learn `
        + `something, ${now.forced.length} of them forced. ${said.textContent}`);
    }

    figure.watch(["layout_name", "gt_boxes", "names", "iou_threshold", "rule", "walk", "chosen"],
      soon(refresh));
    refresh();
    return figure.end;
  },
};

/**
 * The default boxes that overlap an object most, the best first.
 * @param {IoUs} ious
 */
function bestOf(ious) {
  /** @type {number[]} */
  const best = [];
  for (let box = 0; box < ious.length; box += 1) {
    if (!(ious[box] > 1e-6) || !(best.length < BEST || ious[box] > ious[best[BEST - 1]])) continue;
    best.splice(best.length < BEST ? best.length : BEST - 1, 1, box);
    best.sort((a, b) => ious[b] - ious[a] || a - b);
  }
  return best;
}
