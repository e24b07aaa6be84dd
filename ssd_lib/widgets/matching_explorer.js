// Objects to move, the default boxes matched with them, and their table of IoUs, walked pair
// by pair; then comes the threshold.

import {
  Figure, buttons, fields, headline, keyRow, more, panel, sideBySide, smallLine,
} from "./controls.js";
import { layOut } from "./geometry.js";
import { HeatTable, countRows } from "./heat_table.js";
import { Labels, Thread, edgeAt, soon, strokeAll } from "./linking.js";
import {
  addObject, cellsOf, lightOf, lostOf, matchObjects, pairOf, removeObject, roleOf, soFar, tableOf,
  toldOf,
} from "./matching_rules.js";
import { chipsOf, headOf, labelOf, sayColumns, sayWalk } from "./matching_words.js";
import { Glide, player } from "./motion.js";
import { ObjectHandles } from "./object_handles.js";
import { fadeEnds } from "./question_row.js";
import { clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Light } from "./matching_rules.js" */
/** @import { Context, Look, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Record<string, Layout>} layouts
 * @property {string} layout_name
 * @property {number[][]} gt_boxes
 * @property {string[]} names
 * @property {number} iou_threshold
 * @property {"bipartite" | "argmax"} rule
 * @property {number} walk how many pairs are shown; one more: the threshold
 * @property {number} chosen object
 */

const MOST = 6;
const BEYOND = 0.065; // of an image
const PACE = 1600; // milliseconds a step
const MANY = 4; // boxes that are lit: all but the best are drawn thin
/** @type {Traits["rule"][]} */
const RULES = ["bipartite", "argmax"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, BEYOND);
    const thread = new Thread(el);
    let layout = model.get("layout_name");
    let scene = layOut(model.get("layouts")[layout]);
    let now = compute(); // what is matched now
    /** @type {Light | undefined} */
    let pointed;
    let isOpen = true; // nobody has a box yet
    let counted = now; // of it, what the walk has come to
    /** @type {number | undefined} the object that is being moved */
    let held;
    let played = -1; // the last pair
    const handles = new ObjectHandles(stage, {
      get: (i) => model.get("gt_boxes")[i],
      set: (i, box) => {
        held = i;
        figure.put({
          walk: 0, gt_boxes: model.get("gt_boxes").map((old, k) => (k === i ? box : old)),
        });
      },
      choose: (i) => figure.put({ chosen: i }),
    });
    const dim = new Glide(() => [light() ? 1 : 0], () => stage.draw());

    // Controls
    const count = () => model.get("gt_boxes").length;
    const learn = headline("Matched default boxes", "positives");
    const keys = {
      overlap: keyRow("positive", "matched by overlap",
        { name: "overlap", light: (on) => point(on && { boxes: counted.overlap }) }),
      forced: keyRow("forced", "forced: the best it could get",
        { name: "forced", dashed: true, light: (on) => point(on && { boxes: counted.forced }) }),
      background: keyRow("default", "background",
        { name: "background", light: (on) => point(on && { boxes: background() }) }),
    };
    const table = new HeatTable(({ gt, box } = {}) => {
      if (box !== undefined) point(pairOf(box, gt));
      else point(gt !== undefined && ofObject(gt));
    });
    const head = make("p", { class: "ssd-step-head" });
    const about = smallLine();
    const said = make("p", { class: "ssd-said", "data-line": "walk" });
    const counts = make("table", { class: "ssd-counts" });
    const { button: play, stop } = player(figure, "Play", (isFirst) => {
      const atEnd = isDone();
      played = isFirst && atEnd ? 0 : model.get("walk") + 1;
      isOpen ||= played === 0;
      figure.put({ walk: played });
      return played < now.turns ? PACE : undefined;
    });
    const next = figure.button("Next pair", () => walk(1), isDone);
    figure.shows.push(() => {
      play.disabled = count() === 0;
      const { length } = now.steps;
      next.textContent = length && model.get("walk") >= length ? "The rest" : "Next pair";
    });
    const pairs = make("div", { class: "ssd-scroll" }, table.element);
    const byMap = make("div", { class: "ssd-scroll" }, counts);
    const lines = sideBySide(panel(stage.frame), panel(
      make("div", { class: "ssd-step-list" },
        head, about, pairs, said,
        buttons(
          play,
          next,
          figure.button("Start again", restart, () => isAsked() || !now.steps.length))),
      learn.element,
      figure.slider("iou_threshold", "How much must a box overlap?",
        { min: 0.3, max: 1, step: 0.05 })),
    make("div", { class: "ssd-keys" }, ...Object.values(keys).map(({ element }) => element)));
    lines.classList.add("ssd-matching");
    figure.lay(lines, figure.chips(asked()),
      more("More: objects, default boxes, rule",
        fields(
          figure.select("layout_name", "Default boxes ", Object.keys(model.get("layouts")),
            { put: (name) => figure.put({ walk: 0, layout_name: name }) }),
          figure.select("rule", "First step ", RULES, {
            put: (rule) => figure.put({ walk: 0, rule }),
            texts: ["the best pair of all first (SSD)", "each object takes its best (copies)"],
          })),
        buttons(
          figure.button("Add an object", () => figure.put(
            addObject(model.get("gt_boxes"), model.get("names"))), () => count() === MOST),
          figure.button("Remove the chosen object", () => figure.put(
            removeObject(model.get("gt_boxes"), model.get("names"), chosen())),
          () => count() === 0)), byMap),
      thread.element);
    figure.ends.push(fadeEnds(pairs), fadeEnds(byMap));
    stage.onresize = showLight;
    figure.ends.push(dim.end);
    stage.element.addEventListener("pointermove", pointOnImage);
    for (const event of ["pointerleave", "focusout"]) {
      stage.element.addEventListener(event, () => {
        held = undefined;
        point(false);
      });
    }

    /** @param {number} by */
    function walk(by) {
      figure.put({ walk: clamp(model.get("walk") + by, 0, now.turns) });
    }

    function restart() {
      isOpen = true;
      figure.put({ walk: 0 });
      figure.outdate();
      refresh(); // it may have been 0
    }

    function chosen() {
      return clamp(model.get("chosen"), 0, Math.max(0, count() - 1));
    }

    function asked() {
      return chipsOf({
        layout_name: layout, gt_boxes: model.get("gt_boxes"), names: model.get("names"),
        iou_threshold: model.get("iou_threshold"), rule: RULES[0], walk: 0,
      }, scene, model.get("layouts"));
    }

    function compute() {
      return matchObjects(model.get("gt_boxes"), scene, model.get("rule"),
        model.get("iou_threshold"));
    }

    const allMatched = () => [...now.overlap, ...now.forced];

    function background() {
      return [...counted.matched.keys()].filter((box) => counted.matched[box] < 0);
    }

    /** @param {number} gt */
    function ofObject(gt) {
      return { boxes: allMatched().filter((box) => now.matched[box] === gt), gts: [gt] };
    }

    /** @returns {Light | undefined} pointed at, else the walk's last step, or what two want */
    function light() {
      const { best, rivals } = now;
      if (pointed) return pointed;
      if (walked().length) return lightOf(now, walked(), isDone());
      return isOpen && rivals ? { ...pairOf(best[rivals[0]][0]), gts: rivals } : undefined;
    }

    /** The pairs of the walk that are shown. */
    function walked() {
      return now.steps.slice(0, model.get("walk"));
    }

    /** Whether nobody walks or has a box yet. */
    function isAsked() {
      return isOpen && model.get("walk") === 0;
    }

    /** Are all matched, and nobody walks? */
    function isOver() {
      return !isOpen && model.get("walk") === 0;
    }

    /** Is the walk at the threshold, its end? */
    function isDone() {
      return model.get("walk") >= now.turns;
    }

    /** Is all matched that will be? */
    function isAll() {
      return isOver() || isDone();
    }

    /** Boxes that are drawn unlit. */
    function drawn() {
      if (isAsked()) return [];
      return isAll() ? allMatched() : walked().map(({ box }) => box);
    }

    /** @param {Light | false} what */
    function point(what) {
      if (!what && !pointed) return;
      pointed = what || undefined;
      showLight();
    }

    function showLight() {
      const { gts, box } = light() ?? {};
      table.light(cellsOf(light(), now));
      const cell = pointed && box !== undefined && table.cellOf(gts?.[0], box);
      if (cell && cell.checkVisibility()) thread.show(cell, stage.element, corners(box));
      else thread.hide();
      handles.light(gts, isAsked() && !!now.rivals, isOver()
        ? now.steps.flatMap(({ gt, box: own }) => (now.matched[own] === gt ? gt : [])) : []);
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
      held = undefined;
      const shown = [...new Set([...drawn(), ...light()?.boxes ?? []])];
      const box = shown[edgeAt(shown.map(corners), stage.at(event), stage.element.clientWidth)];
      if (box !== undefined) return point(pairOf(box, now.matched[box]));
      const over = handles.at(target);
      point(over >= 0 && ofObject(over));
    }

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
        strokeAll(context, figure.colour("ink"), [...lit].map((box) =>
          rectOf(corners(box), width, height)));
      }
      const own = new Map(now.steps.map(({ gt, box }) => [box, gt]));
      const rankOf = (/** @type {number} */ box) =>
        (lit.has(box) ? 2 : 0) + Number(own.get(box) === now.matched[box]);
      const among = new Set([...drawn(), ...lit]);
      const shown = allMatched().filter((box) => among.has(box));
      const told = target?.joins ? toldOf(target, now) : undefined;
      for (const box of shown.sort((a, b) => rankOf(a) - rankOf(b))) {
        const [role, rank] = [roleOf(now, counted, box), rankOf(box)];
        const colour = figure.colour(role);
        context.globalAlpha = [pointed ? 0.1 : 0.4, 1 - (pointed ? 0.7 : 0.3) * dark, 1, 1][rank];
        if (rank === 0 || (rank === 2 && lit.size > MANY && !told?.has(box))) {
          if (told) context.globalAlpha = 0.4;
          strokeAll(context, colour, [rectOf(corners(box), width, height)]);
        } else {
          const line = rank === 1 ? 3 - dark : lit.size > MANY ? 2 : 3.5;
          outline(box, [colour, role === "forced" ? [8, 5] : [], line]);
        }
      }
      context.globalAlpha = 1;
      if (target?.box !== undefined && now.matched[target.box] < 0) {
        outline(target.box, [figure.colour(roleOf(now, counted, target.box)), [3, 3], 3]);
      }
      label(context, width, height);
      context.restore();
    }

    /**
     * Write how much each lit box overlaps its object; when none is, each object's own.
     * @param {Context} context
     * @param {number} width
     * @param {number} height
     */
    function label(context, width, height) {
      const labels = new Labels(context, width, height);
      handles.kept(width, height).forEach((rect) => labels.keep(rect));
      const target = light();
      for (const box of isAsked() && !target ? [] : toldOf(target, now)) {
        for (const gt of (target?.box === box && target.gts) || [now.matched[box]]) {
          if (now.ious[gt]?.[box] === undefined) continue;
          const { text, role } = labelOf(now, counted, model.get("names"), gt, box, target);
          labels.write(corners(box), text, figure.colour(role), figure.colour("on-box"),
            figure.colour("face-ui"));
        }
      }
    }

    function drawTable() {
      const names = model.get("names");
      const shown = walked();
      const { columns, look } = tableOf(now, model.get("rule"), shown, isOver(), isAll());
      table.draw(names, columns, look, corners, scene);
      head.textContent = headOf(names, now, { layout, rule: model.get("rule"), isOver: isOver() });
      about.textContent = sayColumns(now, columns);
      said.textContent = sayWalk(names, now, model.get("rule"), shown,
        { isOver: isOver(), isDone: isDone() });
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
      handles.show(model.get("names"), model.get("gt_boxes"), chosen());
      const names = model.get("names");
      counted = soFar(now, walked(), isAll());
      counts.replaceChildren(...countRows(scene, counted.matched, names));
      const positives = counted.overlap.length + counted.forced.length;
      learn.say(positives, `of ${scene.total}`);
      keys.overlap.say(counted.overlap.length);
      keys.forced.say(counted.forced.length);
      keys.background.say(scene.total - positives);
      drawTable();
      const lost = lostOf(names, counted, walked(), counted === now);
      handles.strike(names.map((name) => lost.includes(name)));
      if (lost.length) said.textContent += ` Matched with nothing: ${lost.join(", ")}.`;
      if (held !== undefined) pointed = ofObject(held); // it has others now
      showLight();
      figure.say(`${positives} of ${scene.total} default boxes are matched, `
        + `${counted.forced.length} of them forced. ${said.textContent}`);
    }

    figure.watch(["layout_name", "gt_boxes", "names", "iou_threshold", "rule"], () => {
      isOpen = false;
    });
    figure.watch(["layout_name", "gt_boxes", "names", "iou_threshold", "rule", "walk", "chosen"],
      soon(() => {
        if (model.get("walk") !== played) stop();
        refresh();
      }), ["chosen"]);
    refresh();
    return figure.end;
  },
};
