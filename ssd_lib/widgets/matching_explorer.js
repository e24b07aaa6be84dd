// Objects to move, the default boxes matched with them, and their table of IoUs, walked pair
// by pair; then comes the threshold.

import {
  Figure, buttons, fields, headline, keyRow, more, panel, sideBySide, smallLine,
} from "./controls.js";
import { HeatTable, countRows } from "./heat_table.js";
import { Thread, edgeAt, soon } from "./linking.js";
import { drawMatches } from "./matching_drawing.js";
import { addObject, cellsOf, lostOf, pairOf, removeObject, tableOf } from "./matching_rules.js";
import { Walk } from "./matching_walk.js";
import { chipsOf, headOf, sayColumns, sayWalk } from "./matching_words.js";
import { Glide, player } from "./motion.js";
import { ObjectHandles } from "./object_handles.js";
import { fadeEnds } from "./question_row.js";
import { clamp, make } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Light } from "./matching_rules.js" */
/** @import { Traits } from "./matching_walk.js" */
/** @import { Paint } from "./stage.js" */

const MOST = 6;
const BEYOND = 0.065; // of an image
const PACE = 1600; // milliseconds a step
/** @type {Traits["rule"][]} */
const RULES = ["bipartite", "argmax"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, BEYOND);
    const thread = new Thread(el);
    const walk = new Walk(model);
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
      hueOf: (i) => walk.hueOf(i),
    });
    const dim = new Glide(() => [walk.light() ? 1 : 0], () => stage.draw());

    // Controls
    const count = () => model.get("gt_boxes").length;
    const learn = headline("Matched default boxes", "positives");
    const keys = {
      overlap: keyRow("ink", "matched by overlap",
        { name: "overlap", dashed: true, light: (on) => point(on && lit(walk.counted.overlap)) }),
      forced: keyRow("ink", "forced: the best it could get",
        { name: "forced", dashed: true, light: (on) => point(on && lit(walk.counted.forced)) }),
      background: keyRow("default", "background",
        { name: "background", light: (on) => point(on && lit(walk.background())) }),
    };
    const table = new HeatTable(({ gt, box } = {}) => {
      if (box !== undefined) point(pairOf(box, gt));
      else point(gt !== undefined && walk.ofObject(gt));
    }, (gt) => figure.put({ chosen: gt }));
    const head = make("p", { class: "ssd-step-head" });
    const about = smallLine();
    const said = make("p", { class: "ssd-said", "data-line": "walk" });
    const counts = make("table", { class: "ssd-counts" });
    const { button: play, stop } = player(figure, "Play", (isFirst) => {
      const atEnd = walk.isDone();
      played = isFirst && atEnd ? 0 : model.get("walk") + 1;
      walk.isOpen ||= played === 0;
      figure.put({ walk: played });
      return played < walk.now.turns ? PACE : undefined;
    });
    const next = figure.button("Next pair", () => figure.put({
      walk: clamp(walk.at + 1, 0, walk.now.turns),
    }), () => walk.isDone());
    figure.shows.push(() => {
      play.disabled = count() === 0;
      const { length } = walk.now.steps;
      next.textContent = length && walk.at >= length ? "The rest" : "Next pair";
    });
    const pairs = make("div", { class: "ssd-scroll" }, table.element);
    const byMap = make("div", { class: "ssd-scroll" }, counts);
    const lines = sideBySide(panel(stage.frame), panel(
      make("div", { class: "ssd-step-list" },
        head, said,
        buttons(play, next, figure.button("Start again", restart,
          () => walk.isAsked() || !walk.now.steps.length)),
        about, pairs),
      learn.element,
      figure.slider("iou_threshold", "How much must a box overlap?",
        { min: 0.3, max: 1, step: 0.05 })),
    make("div", { class: "ssd-keys" }, ...Object.values(keys).map(({ element }) => element)));
    lines.classList.add("ssd-matching");
    stage.element.classList.add("ssd-light"); // its lines lie on an image in both schemes
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

    function restart() {
      walk.isOpen = true;
      figure.put({ walk: 0 });
      figure.outdate();
      refresh(); // it may have been 0
    }

    function chosen() {
      return clamp(model.get("chosen"), 0, Math.max(0, count() - 1));
    }

    function asked() {
      return chipsOf({
        layout_name: walk.layout, gt_boxes: model.get("gt_boxes"), names: model.get("names"),
        iou_threshold: model.get("iou_threshold"), rule: RULES[0], walk: 0,
      }, walk.scene, model.get("layouts"));
    }

    /** @param {number[]} boxes */
    function lit(boxes) {
      return { boxes };
    }

    /** @param {Light | false} what */
    function point(what) {
      if (!what && !walk.pointed) return;
      walk.pointed = what || undefined;
      showLight();
    }

    function showLight() {
      const { gts, box } = walk.light() ?? {};
      table.light(cellsOf(walk.marked(), walk.now));
      const cell = walk.pointed && box !== undefined && table.cellOf(gts?.[0], box);
      if (cell && cell.checkVisibility()) thread.show(cell, stage.element, walk.corners(box));
      else thread.hide();
      handles.light(gts, !walk.pointed, walk.named());
      dim.go();
    }

    /** @param {PointerEvent} event */
    function pointOnImage(event) {
      const { buttons: pressed, target } = event;
      if (pressed) return;
      held = undefined;
      const shown = [...new Set([...walk.drawn(), ...walk.light()?.boxes ?? []])];
      const corners = shown.map((one) => walk.corners(one));
      const box = shown[edgeAt(corners, stage.at(event), stage.element.clientWidth)];
      if (box !== undefined) return point(pairOf(box, walk.now.matched[box]));
      const over = handles.at(target);
      point(over >= 0 && walk.ofObject(over));
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const light = getComputedStyle(stage.element);
      drawMatches(context, [width, height], {
        walk, handles, dark: dim.now[0],
        colour: (token) => light.getPropertyValue(`--ssd-${token}`),
      });
    }

    function drawTable() {
      const { columns, look } = tableOf(walk.now, model.get("rule"), walk.walked(),
        walk.isOver(), walk.isAll());
      table.draw(walk, columns, look);
      head.textContent = headOf(walk, model.get("rule"));
      about.textContent = sayColumns(walk.now, columns);
      said.textContent = sayWalk(walk, model.get("rule"));
    }

    function refresh() {
      if (model.get("names").length !== count()) return; // until both are set
      walk.follow();
      figure.show();
      const { names, scene, counted } = walk;
      handles.show(names, model.get("gt_boxes"), chosen());
      counts.replaceChildren(...countRows(scene, counted.matched, names));
      const positives = counted.overlap.length + counted.forced.length;
      learn.say(positives, `of ${scene.total}`);
      keys.overlap.say(counted.overlap.length);
      keys.forced.say(counted.forced.length);
      keys.background.say(scene.total - positives);
      drawTable();
      const lost = lostOf(names, counted, walk.walked(), counted === walk.now);
      handles.strike(names.map((name) => lost.includes(name)));
      if (lost.length) said.textContent += ` Matched with nothing: ${lost.join(", ")}.`;
      if (held !== undefined) walk.pointed = walk.ofObject(held); // it has others now
      showLight();
      figure.say(`${positives} of ${scene.total} default boxes are matched, `
        + `${counted.forced.length} of them forced. ${said.textContent}`);
    }

    figure.watch(["layout_name", "gt_boxes", "names", "iou_threshold", "rule"], () => {
      walk.isOpen = false;
    });
    figure.watch(["layout_name", "gt_boxes", "names", "iou_threshold", "rule", "walk", "chosen"],
      soon(() => {
        if (walk.at !== played) stop();
        refresh();
      }), ["chosen"]);
    refresh();
    return figure.end;
  },
};
