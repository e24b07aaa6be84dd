// A threshold over the detections of some scenes: which are right, and where the detector
// then stands on its curve of precision over recall; the point is dragged on the curve.

import {
  Figure, fields, headline, keyRow, more, panel, replaceNumbers, sideBySide,
} from "./controls.js";
import { CurvePlot } from "./curve_plot.js";
import { averagePrecision } from "./geometry.js";
import { Labels, edgeAt, soon } from "./linking.js";
import { Glide } from "./motion.js";
import { clamp, make, rectOf, sceneGaps, strokeTwice } from "./stage.js";
import { judgeAll, questions } from "./precision_recall_rules.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Context, Paint } from "./stage.js" */
/** @import { Detection, Found, Judged } from "./precision_recall_rules.js" */
/**
 * @typedef {object} Traits
 * @property {Found[]} objects
 * @property {Detection[]} detections
 * @property {number} columns of scenes
 * @property {string[]} kinds all classes together, then each
 * @property {string} kind
 * @property {number} threshold
 * @property {number} iou_threshold
 */

const SMALL = 30; // pixels, of a box without a mark

/** @typedef {{ token: string, dash: number[], width: number, mark: string, text: string }} Kind */
/** @type {Record<string, Kind>} */
const KINDS = {
  right: { token: "kept", dash: [], width: 3, mark: "✓", text: "right" },
  wrong: { token: "mined", dash: [7, 4], width: 2.5, mark: "✗", text: "wrong" },
  double: { token: "forced", dash: [3, 3], width: 2.5, mark: "2×", text: "found twice" },
  missed: { token: "truth", dash: [2, 3], width: 2, mark: "", text: "missed" },
};

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint);
    let now = compute();
    /** @type {(Judged | Found)[] | undefined} */
    let lit; // what the reader points at
    let eleven = false; // whether the 11 points are shown
    const dim = new Glide(() => [lit ? 1 : 0], () => stage.draw());
    const plot = new CurvePlot({
      goTo, step, point: (count) => point(count ? [now.verdicts[count - 1]] : undefined),
    });

    // Controls
    const ap = headline("Average precision: the shaded area", "voc10");
    const keys = Object.entries(KINDS).map(([kind, { token, text, dash, mark }]) => keyRow(
      token, `${mark} ${text}`.trim(), {
        name: kind, dashed: dash.length > 0, light: (on) => point(on ? ofKind(kind) : undefined),
      }));
    const numbers = make("dl");
    const lines = sideBySide(
      panel(stage.frame,
        figure.slider("threshold", "Show boxes with a score of at least",
          { min: 0, max: 1, step: 0.01 }),
        make("div", { class: "ssd-keys ssd-four" }, ...keys.map(({ element }) => element))),
      panel(ap.element, plot.element));
    lines.classList.add("ssd-judging");
    figure.lay(lines,
      figure.chips(questions(scenes(), asked())
        .map(({ ask, traits, answer }) => ({ ask, answer, put: () => traits }))),
      more("More: class, IoU, the 11 points",
        fields(
          figure.select("kind", "Class ", model.get("kinds")),
          figure.slider("iou_threshold", "A box fits from an IoU of",
            { min: 0.05, max: 1, step: 0.05 }),
          figure.checkbox("Show the 11 points of VOC 2007", () => eleven, (on) => {
            eleven = on;
            refresh();
          })),
        panel(numbers)));
    figure.ends.push(dim.end);
    stage.element.addEventListener("pointermove", pointOnImage);
    stage.element.addEventListener("pointerleave", () => point(undefined));

    function scenes() {
      return { objects: model.get("objects"), detections: model.get("detections"),
        kinds: model.get("kinds") };
    }

    function asked() {
      return { kind: model.get("kind"), threshold: model.get("threshold"),
        iou_threshold: model.get("iou_threshold") };
    }

    function compute() {
      return judgeAll(scenes(), asked());
    }

    /** @param {string} kind */
    function ofKind(kind) {
      return kind === "missed" ? now.missed : now.shown.filter(({ verdict }) => verdict === kind);
    }

    /** @param {number} count of detections that are to be shown */
    function goTo(count) {
      figure.put({ threshold: count ? now.verdicts[count - 1].score : 1 });
    }

    /**
     * To the next detection, or back; equal scores come and go together.
     * @param {number} by
     */
    function step(by) {
      let count = clamp(now.shown.length + by, 0, now.verdicts.length);
      const score = now.shown.at(-1)?.score;
      while (by < 0 && count > 0 && now.verdicts[count - 1].score === score) count -= 1;
      goTo(count);
    }

    // Painting
    function size() {
      const columns = model.get("columns");
      const last = Math.max(0, ...model.get("objects").map(({ scene }) => scene));
      return [columns, Math.floor(last / columns) + 1];
    }

    /**
     * A box in fractions of the whole image.
     * @param {Found} one
     */
    function onSheet({ scene, box }) {
      const [columns, rows] = size();
      const [left, top] = [scene % columns, Math.floor(scene / columns)];
      return box.map((edge, k) => (k % 2 ? (top + edge) / rows : (left + edge) / columns));
    }

    /** @param {Judged | Found} one */
    function kindOf(one) {
      return KINDS["verdict" in one ? one.verdict : "missed"];
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const halo = figure.colour("on-box");
      const isLit = new Set(lit);
      const hidden = (lit ?? []).filter((one) => "verdict" in one && !now.shown.includes(one));
      for (const one of [...now.missed, ...[...now.shown].reverse(), ...hidden]) {
        const { token, dash, width: wide } = kindOf(one);
        const isUnsure = "score" in one && kindOf(one) !== KINDS.right && Number(one.score) < 0.5;
        const faint = isUnsure ? 0.45 : 1;
        context.globalAlpha = isLit.has(one) ? 1 : faint * (1 - 0.8 * dim.now[0]);
        strokeTwice(context, [figure.colour(token), dash, wide + (isLit.has(one) ? 1 : 0)],
          () => context.rect(...rectOf(onSheet(one), width, height)), halo);
      }
      context.globalAlpha = 1;
      sceneGaps(context, model.get("columns"), width, height);
      const labels = new Labels(context, width, height);
      for (const one of lit ?? now.shown) {
        const { token, mark, text } = kindOf(one);
        const [own, face] = [figure.colour(token), figure.colour("face-ui")];
        const score = "score" in one ? ` ${one.score.toFixed(2)}` : "";
        const words = lit && lit.length < 4 ? `${one.name}${score}: ${text}` : "";
        if (words) labels.write(onSheet(one), words, own, halo, face);
        else badge(context, rectOf(onSheet(one), width, height), mark, own, halo);
      }
    }

    /**
     * A mark in the box's corner, where there is room for it.
     * @param {Context} context
     * @param {number[]} rect
     * @param {string} mark
     * @param {string} colour
     * @param {string} ink
     */
    function badge(context, [x, y, width, height], mark, colour, ink) {
      if (!mark || Math.min(width, height) < SMALL) return;
      const wide = 7 + 6 * mark.length;
      context.fillStyle = colour;
      context.fillRect(x, y, wide, 13);
      context.fillStyle = ink;
      context.font = `700 10px ${figure.colour("face-ui")}`;
      [context.textAlign, context.textBaseline] = ["center", "middle"];
      context.fillText(mark, x + wide / 2, y + 7);
      context.textAlign = "left";
    }

    // Light
    /** @param {(Judged | Found)[] | undefined} ones */
    function point(ones) {
      if (!ones && !lit) return;
      if (ones && lit?.length === ones.length && ones.every((one, k) => one === lit?.[k])) return;
      lit = ones;
      const only = ones?.length === 1 ? ones[0] : undefined;
      plot.encircle(1 + now.verdicts.findIndex((one) => one === only));
      dim.go();
    }

    /** @param {PointerEvent} event */
    function pointOnImage(event) {
      const [columns, rows] = size();
      const flat = (/** @type {number[]} */ box) => box.map((edge, k) =>
        (k % 2 ? (edge * rows) / columns : edge));
      const seen = [...now.shown, ...now.missed];
      const hit = edgeAt(seen.map((one) => flat(onSheet(one))), flat(stage.at(event)),
        stage.element.clientWidth);
      point(hit < 0 ? undefined : [seen[hit]]);
    }

    function refresh() {
      now = compute();
      lit = undefined;
      figure.show();
      const count = now.shown.length;
      const recall = now.right / now.objects.length;
      const precision = count ? now.right / count : 1;
      Object.keys(KINDS).forEach((kind, i) => keys[i].say(ofKind(kind).length));
      ap.say(averagePrecision(now.curve, "voc10").toFixed(3));
      replaceNumbers(numbers,
        ["precision: right of those shown", "precision",
          count ? `${now.right}/${count} = ${precision.toFixed(2)}` : "nothing shown"],
        ["recall: found of all objects", "recall",
          `${now.right}/${now.objects.length} = ${recall.toFixed(2)}`],
        ["AP at the 11 points (VOC 2007)", "voc07",
          averagePrecision(now.curve, "voc07").toFixed(3)]);
      plot.draw(now.curve, count, eleven);
      plot.encircle(0);
      dim.go();
      figure.say(`${now.right} right, ${count - now.right} wrong, ${now.missed.length} missed. `
        + `Precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}.`);
    }

    figure.watch(["objects", "detections", "kind", "threshold", "iou_threshold"], soon(refresh));
    refresh();
    return figure.end;
  },
};
