// Objects to move, the default boxes that are matched with them, and the table of IoUs,
// where the first step of matching is walked pair by pair.

import {
  Figure, buttons, fields, headline, keyRow, more, panel, sideBySide,
} from "./controls.js";
import { layOut } from "./geometry.js";
import { HeatTable, countRows } from "./heat_table.js";
import { Labels, Thread, edgeAt, soon } from "./linking.js";
import { matchObjects, questions, sayWalk, tableOf } from "./matching_rules.js";
import { Glide, player } from "./motion.js";
import { BoxHandle, clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Context, Look, Paint } from "./stage.js" */
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
/** @typedef {{ boxes: number[], gts?: number[], box?: number }} Light */

const MOST = 6;
const NEW = [0.1, 0.4, 0.35, 0.7];
const BEYOND = 0.065; // of the image, around it
const PACE = 1600; // milliseconds a pair
const MANY = 12; // matched boxes are drawn faintly
/** @type {Traits["rule"][]} */
const RULES = ["bipartite", "argmax"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, BEYOND);
    const threads = [new Thread(el), new Thread(el)];
    let layout = model.get("layout_name");
    let scene = layOut(model.get("layouts")[layout]);
    let now = compute(); // what is matched now
    /** @type {Light | undefined} */
    let pointed;
    let isFirstLook = true; // nothing done yet
    let played = -1; // the player's last pair
    /** @type {BoxHandle[]} */
    let handles = [];
    const dim = new Glide(() => [light() ? 1 : 0], () => stage.draw());

    // Controls
    const count = () => model.get("gt_boxes").length;
    const learn = headline("Default boxes matched with an object", "positives");
    const keys = {
      overlap: keyRow("positive", "matched by overlap",
        { name: "overlap", light: (on) => point(on && { boxes: now.overlap }) }),
      forced: keyRow("forced", "forced: the best it could get",
        { name: "forced", dashed: true, light: (on) => point(on && { boxes: now.forced }) }),
      background: keyRow("default", "background",
        { name: "background", light: (on) => point(on && { boxes: background() }) }),
    };
    const table = new HeatTable(({ gt, box } = {}) => {
      if (box !== undefined) point(pairOf(box, gt));
      else point(gt !== undefined && ofObject(gt));
    });
    const said = make("p", { class: "ssd-said", "data-line": "walk" });
    const counts = make("table", { class: "ssd-counts" });
    const { button: play, stop } = player(figure, "Play", (isFirst) => {
      const atEnd = model.get("walk") === now.steps.length;
      played = isFirst && atEnd ? 0 : model.get("walk") + 1;
      figure.put({ walk: played });
      return played < now.steps.length ? PACE : undefined;
    });
    const lines = sideBySide(panel(stage.frame), panel(
      learn.element,
      figure.slider("iou_threshold", "How much must a box overlap?",
        { min: 0.3, max: 1, step: 0.05 }),
      make("div", { class: "ssd-keys" }, ...Object.values(keys).map(({ element }) => element)),
      make("details", { class: "ssd-step-list", open: innerWidth >= 600, ontoggle: showLight },
        make("summary", {}, "Who gets which box?"),
        make("div", { class: "ssd-scroll" }, table.element), said,
        buttons(
          play,
          figure.button("Next pair", () => walk(1), () => model.get("walk") >= now.steps.length),
          figure.button("Start again", () => walk(-Infinity), () => model.get("walk") === 0)))));
    lines.classList.add("ssd-matching");
    figure.lay(lines, figure.chips(asked()),
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
        make("div", { class: "ssd-scroll" }, counts)),
      ...threads.map(({ element }) => element));
    stage.onresize = showLight;
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

    function asked() {
      const first = {
        layout_name: layout, gt_boxes: model.get("gt_boxes"), names: model.get("names"),
        iou_threshold: model.get("iou_threshold"), rule: RULES[0], walk: 0,
      };
      const large = Object.keys(model.get("layouts")).at(-1) ?? "";
      return questions({
        names: first.names, boxes: first.gt_boxes, threshold: first.iou_threshold, scene, large,
        layout: model.get("layouts")[large],
      }).map(({ ask, traits, answer }) => ({ ask, answer, put: () => ({ ...first, ...traits }) }));
    }

    function compute() {
      return matchObjects(model.get("gt_boxes"), scene, model.get("rule"),
        model.get("iou_threshold"));
    }

    const allMatched = () => [...now.overlap, ...now.forced];

    function background() {
      return [...now.matched.keys()].filter((box) => now.matched[box] < 0);
    }

    /** @param {number} gt */
    function ofObject(gt) {
      return { boxes: allMatched().filter((box) => now.matched[box] === gt), gts: [gt] };
    }

    /**
     * @param {number} box
     * @param {number} [gt]
     */
    function pairOf(box, gt) {
      return { boxes: [box], gts: gt === undefined ? gt : [gt], box };
    }

    // Light: what the reader points at, else the walk's last pair, at first the box that two want.
    /** @returns {Light | undefined} */
    function light() {
      const { best, rivals, steps } = now;
      const step = steps[model.get("walk") - 1];
      if (pointed) return pointed;
      if (step) return pairOf(step.box, step.gt);
      return isFirstLook && rivals ? { ...pairOf(best[rivals[0]][0]), gts: rivals } : undefined;
    }

    /** @param {Light | false} what */
    function point(what) {
      if (!what && !pointed) return;
      isFirstLook = false;
      pointed = what || undefined;
      showLight();
    }

    function showLight() {
      const { gts, box } = light() ?? {};
      table.light(gts, box);
      threads.forEach((thread, i) => {
        const cell = box === undefined || i >= (gts?.length ?? 1) ? null
          : table.cellOf(gts?.[i], box);
        if (cell?.checkVisibility() && box !== undefined) {
          thread.show(cell, stage.element, corners(box));
        } else thread.hide();
      });
      handles.forEach(({ element, grips }, i) => {
        for (const one of [element, grips]) {
          one.classList.toggle("ssd-dim", !!gts && !gts.includes(i));
        }
      });
      dim.go();
    }

    /** @param {number} box */
    function corners(box) {
      return scene.corners.subarray(4 * box, 4 * box + 4);
    }

    /** @param {PointerEvent} event */
    function pointOnImage(event) {
      const { buttons: pressed, target } = event;
      if (pressed) return;
      const shown = allMatched();
      const box = shown[edgeAt(shown.map(corners), stage.at(event), stage.element.clientWidth)];
      if (box !== undefined) return point(pairOf(box, now.matched[box]));
      const over = handles.findIndex(({ element, grips }) =>
        target instanceof Node && (element.contains(target) || grips.contains(target)));
      point(over >= 0 && ofObject(over));
    }

    // Painting
    /** @type {Paint} */
    function paint(context, width, height) {
      const target = light();
      const lit = new Set(target?.boxes);
      const [dark] = dim.now;
      context.save();
      context.beginPath();
      if (lit.size > 60) context.rect(0, 0, width, height);
      else context.rect(-width, -height, 3 * width, 3 * height);
      context.clip();
      /**
       * @param {number} box
       * @param {Look} look
       */
      const outline = (box, look) => strokeTwice(context, look,
        () => context.rect(...rectOf(corners(box), width, height)), figure.colour("on-box"));
      if (lit.size > 60) { // the background's
        context.globalAlpha = dark * clamp(14 / Math.sqrt(lit.size), 0.2, 0.8);
        context.strokeStyle = figure.colour("ink");
        context.setLineDash([]);
        context.lineWidth = 1;
        context.beginPath();
        for (const box of lit) context.rect(...rectOf(corners(box), width, height));
        context.stroke();
      }
      const own = new Map(now.steps.map(({ gt, box }) => [box, gt]));
      const many = allMatched().length > MANY;
      for (const box of allMatched().sort((a, b) => Number(lit.has(a)) - Number(lit.has(b)))) {
        const forced = !now.isEnough(now.ious[now.matched[box]][box]);
        const heavy = lit.has(box) || (own.get(box) === now.matched[box] && !many);
        context.globalAlpha = lit.has(box) ? 1 : (many ? 0.55 : 1) * (1 - 0.7 * dark);
        outline(box, [figure.colour(forced ? "forced" : "positive"), forced ? [8, 5] : [],
          heavy ? 3 : 1]);
      }
      context.globalAlpha = 1;
      if (target?.box !== undefined && now.matched[target.box] < 0) {
        outline(target.box, [figure.colour("default"), [3, 3], 3]);
      }
      label(context, width, height);
      context.restore();
    }

    /**
     * Write how much each object's own box, or each lit one, overlaps it.
     * @param {Context} context
     * @param {number} width
     * @param {number} height
     */
    function label(context, width, height) {
      const labels = new Labels(context, width, height);
      const frame = stage.element.getBoundingClientRect();
      for (const { tag } of handles) {
        const at = tag.getBoundingClientRect();
        labels.keep([at.left - frame.left, at.top - frame.top, at.width, at.height]);
      }
      const target = light();
      const boxes = target ? target.boxes : now.steps.map(({ box }) => box);
      for (const box of boxes.length < 9 ? new Set(boxes) : []) {
        const owner = now.matched[box];
        for (const gt of (target?.box === box && target.gts) || [owner]) {
          const iou = now.ious[gt]?.[box];
          if (iou === undefined) continue;
          const forced = owner === gt && !now.isEnough(iou);
          const text = `${model.get("names")[gt]}${forced ? ", forced:" : ""} ${iou.toFixed(2)}`;
          const role = forced ? "forced" : "positive";
          labels.write(corners(box), text, figure.colour(owner === gt ? role : "default"),
            figure.colour("on-box"), figure.colour("face-ui"));
        }
      }
    }

    // Numbers
    function refreshHandles() {
      const [names, boxes] = [model.get("names"), model.get("gt_boxes")];
      if (`${handles.map(({ name }) => name)}` !== `${names}`) {
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
        if (i === chosen()) one.grips.style.zIndex = "2500";
        const [left, top] = boxes[i];
        one.grips.classList.toggle("ssd-right", left > 0.76 || boxes.slice(0, i).some(([x, y]) =>
          Math.abs(x - left) < 0.25 && Math.abs(y - top) < 0.07));
      });
    }

    function drawTable() {
      const names = model.get("names");
      const shown = now.steps.slice(0, model.get("walk"));
      const { columns, look } = tableOf(now, model.get("rule"), shown);
      table.draw(names, columns, look);
      said.textContent = sayWalk(names, now, model.get("rule"), shown);
    }

    function refresh() {
      if (model.get("names").length !== count()) return; // until both are set
      if (model.get("layout_name") !== layout) {
        layout = model.get("layout_name");
        scene = layOut(model.get("layouts")[layout]);
        pointed = undefined;
      }
      now = compute();
      figure.show();
      refreshHandles();
      const { rows, totals } = countRows(scene, now.matched, model.get("names"));
      counts.replaceChildren(...rows);
      const positives = now.overlap.length + now.forced.length;
      learn.say(positives, `of ${scene.total}`);
      keys.overlap.say(now.overlap.length);
      keys.forced.say(now.forced.length);
      keys.background.say(scene.total - positives);
      drawTable();
      const lost = model.get("names").filter((_, gt) => totals[gt] === 0);
      if (lost.length) said.textContent += ` Matched with nothing: ${lost.join(", ")}.`;
      showLight();
      figure.say(`${positives} of ${scene.total} default boxes are matched, `
        + `${now.forced.length} of them forced. ${said.textContent}`);
    }

    figure.watch(["layout_name", "gt_boxes", "names", "iou_threshold", "rule", "walk", "chosen"],
      soon(() => {
        isFirstLook = false;
        if (model.get("walk") !== played) stop();
        refresh();
      }));
    refresh();
    return figure.end;
  },
};
