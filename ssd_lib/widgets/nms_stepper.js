// Non-maximum suppression on a picture: the best is kept, its neighbours are dropped,
// box by box or at once; class by class, all classes together, or softly.

import {
  Figure, buttons, choices, fields, headRow, legend, panel, row, sideBySide, smallLine,
} from "./controls.js";
import { nmsWalk } from "./geometry.js";
import { clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Look, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {{ name: string, box: number[], score: number }[]} candidates
 * @property {number} score_threshold
 * @property {number} iou_threshold
 * @property {string[]} modes
 * @property {string} mode
 * @property {number} step how many boxes are kept so far
 */

/** @type {Look} */
const WAITING = ["#3d4650", [], 1.2];
/** @type {Look} */
const KEPT = ["#0072b2", [], 3];
/** @type {Look} */
const DROPPED = ["#9a3f00", [7, 5], 2];
/** @type {Look} */
const SHOWN = ["#e69f00", [], 5];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, 0.04);
    let now = compute(); // steps of the rule, and the state of each candidate
    let shown = -1; // a candidate that the reader asked to see

    const restart = (/** @type {Partial<Traits>} */ traits) => figure.put({ step: 0, ...traits });
    const atEnd = () => now.done.length === now.steps.length;
    const atStart = () => now.done.length === 0;
    const said = make("p", { "data-line": "step" });
    const sum = smallLine("sum");
    const look = make("select", {
      onchange: () => {
        shown = Number(look.value);
        stage.draw();
      },
    });
    const table = make("table", { class: "ssd-counts ssd-dense" });
    const scroll = { class: "ssd-scroll ssd-list", tabindex: 0, role: "region" };
    figure.lay(sideBySide(
      panel(stage.frame,
        legend(["waiting", ["#3d4650", [], 1.5]], ["kept", KEPT],
          ["dropped or lowered now", DROPPED]),
        buttons(
          figure.button("keep the best that is left", () => walk(1), atEnd),
          figure.button("one back", () => walk(-1), atStart),
          figure.button("to the end", () => walk(Infinity), atEnd),
          figure.button("start again", () => walk(-Infinity), atStart)), said),
      panel(
        fields(
          figure.select("mode", "rule ", model.get("modes"), { put: (mode) => restart({ mode }) }),
          figure.slider("score_threshold", "score above ", {
            min: 0, max: 0.95, step: 0.05, put: (value) => restart({ score_threshold: value }),
          }),
          figure.slider("iou_threshold", "drop if IoU above ", {
            min: 0, max: 1, step: 0.05, put: (value) => restart({ iou_threshold: value }),
            disabled: () => model.get("mode").startsWith("soft"),
          }),
          make("label", {}, "point at ", look)),
        sum,
        make("div", { ...scroll, "aria-label": "Candidates" }, table))));

    /** @param {number} by */
    function walk(by) {
      figure.put({ step: clamp(model.get("step") + by, 0, now.steps.length) });
    }

    /** @param {number} k */
    function title(k) {
      return `${now.rank.indexOf(k) + 1} ${model.get("candidates")[k].name}`;
    }

    /** What the rule does, and after the steps taken so far each candidate's state. */
    function compute() {
      const candidates = model.get("candidates");
      const threshold = model.get("score_threshold");
      const scores = candidates.map(({ score }) => score);
      const names = candidates.map(({ name }) => name);
      const steps = nmsWalk(candidates.map(({ box }) => box), scores, names, {
        score: threshold, iou: model.get("iou_threshold"),
        agnostic: model.get("mode").startsWith("all"),
        soft: model.get("mode").startsWith("soft"),
      });
      const states = scores.map((score) => (score > threshold
        ? { kind: "waiting", score, text: "waiting" }
        : { kind: "below", score, text: "below the threshold" }));
      const done = steps.slice(0, model.get("step"));
      const rank = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
      for (const { kept, score, touched } of done) {
        states[kept] = { kind: "kept", score, text: "kept" };
        for (const { box, iou, after } of touched) {
          const over = after > threshold;
          const cause = `${iou.toFixed(2)} with ${rank.indexOf(kept) + 1}`;
          states[box] = {
            kind: over ? "waiting" : "dropped", score: after > 0 ? after : states[box].score,
            text: `${over ? "lowered" : "dropped"}: ${cause}`,
          };
        }
      }
      return { steps, states, done, rank };
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const touched = new Set(now.done.at(-1)?.touched.map(({ box }) => box));
      const candidates = model.get("candidates");
      const draw = (/** @type {number} */ k, /** @type {Look} */ line) =>
        strokeTwice(context, line, () =>
          context.rect(...rectOf(candidates[k].box, width, height)));
      now.states.forEach(({ kind }, k) => {
        if (touched.has(k)) draw(k, DROPPED);
        else if (kind === "waiting") draw(k, WAITING);
      });
      now.states.forEach(({ kind }, k) => { if (kind === "kept") draw(k, KEPT); });
      if (shown >= 0) draw(shown, SHOWN);
    }

    function sayStep() {
      const last = now.done.at(-1);
      if (!last) return "Nothing is kept yet. Which box comes first, and which ones will it drop?";
      const gone = last.touched.filter(({ after }) => !(after > model.get("score_threshold")));
      const lowered = last.touched.length - gone.length;
      const effects = gone.length || !lowered ? [`${gone.length} dropped`] : [];
      if (lowered) effects.push(`${lowered} lowered`);
      return `Step ${now.done.length}: ${title(last.kept)}, score ${last.score.toFixed(2)}, `
        + `is kept; ${effects.join(", ")}.`;
    }

    function refresh() {
      now = compute();
      figure.show();
      look.replaceChildren(...choices([-1, ...now.rank], ["no box", ...now.rank.map(title)]));
      look.value = String(shown);
      table.replaceChildren(headRow("box", "score", "state: IoU"), ...now.rank.map((k) => {
        const { kind, score, text } = now.states[k];
        return row([title(k), score.toFixed(2), text], { "data-state": kind });
      }));
      const count = (/** @type {string} */ kind) =>
        now.states.filter((state) => state.kind === kind).length;
      sum.textContent = `${count("kept")} kept, ${count("dropped")} dropped, `
        + `${count("waiting")} waiting, ${count("below")} below the threshold`;
      said.textContent = sayStep();
      stage.draw();
      figure.say(`${said.textContent} ${sum.textContent}.`);
    }

    figure.watch(["candidates", "score_threshold", "iou_threshold", "mode", "step"], refresh);
    refresh();
    return figure.end;
  },
};
