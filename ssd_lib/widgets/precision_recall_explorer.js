// A threshold over the detections of some scenes: which are right, and where the detector
// then stands on its curve of precision over recall; the point is dragged on the curve.

import {
  Figure, fields, headline, keyRow, more, panel, pointAt, replaceNumbers, sideBySide, smallLine,
} from "./controls.js";
import { CurvePlot } from "./curve_plot.js";
import { averagePrecision } from "./geometry.js";
import { Labels, edgeAt, soon } from "./linking.js";
import { Glide } from "./motion.js";
import { arrowOf, clamp, make, rectOf, strokeTwice } from "./stage.js";
import { judgeAll, named, questions } from "./precision_recall_rules.js";
import { LARGE, onImage, paintFrames, paintScenes, sceneAt } from "./scene_sheet.js";

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
const ROOMY = 480; // pixels: an image with room for names
const CROWD = 9; // wrong boxes of a scene, of which none has a mark

/** @typedef {{ token: string, dash: number[], width: number, mark: string, text: string }} Kind */
/** @type {Record<string, Kind>} */
const KINDS = {
  right: { token: "kept", dash: [], width: 2.5, mark: "✓", text: "right" },
  wrong: { token: "mined", dash: [7, 4], width: 2, mark: "✗", text: "wrong" },
  double: { token: "forced", dash: [12, 4, 2, 4], width: 1.5, mark: "2×", text: "found twice" },
  missed: { token: "truth", dash: [2, 3], width: 1.5, mark: "", text: "missed" },
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
    let large = richest();
    const dim = new Glide(() => [lit ? 1 : 0], () => stage.draw());
    const plot = new CurvePlot({
      goTo, step, point: (count) => point(count ? [now.verdicts[count - 1]] : undefined),
    });

    // Controls
    const ap = headline("Average precision: the shaded area", "voc10");
    const shares = Object.fromEntries(["precision", "recall"].map((name) =>
      [name, make("dd", { "data-number": name })]));
    const sums = make("div", { class: "ssd-two-sums" }, ap.element,
      make("dl", {}, ...Object.entries(shares).flatMap(([name, sum]) =>
        [make("dt", {}, name), sum])),
      figure.settings({
        kind: (kind) => `class: ${kind}`, iou_threshold: (iou) => `IoU ${iou.toFixed(2)}`,
      }));
    const about = smallLine("scene");
    const keys = Object.entries(KINDS).map(([kind, { token, text, mark }]) => {
      const key = keyRow(token, `${mark} ${text}`.trim(), {
        name: kind, dashed: true, light: (on) => point(on ? ofKind(kind) : undefined),
      });
      key.element.classList.add(`ssd-is-${kind}`); // its line as on the scenes
      return key;
    });
    const numbers = make("dl");
    const lines = sideBySide(
      panel(stage.frame, about,
        figure.slider("threshold", "Show boxes with a score of at least",
          { min: 0, max: 1, step: 0.01 })),
      panel(sums, plot.element,
        make("div", { class: "ssd-keys ssd-four" }, ...keys.map(({ element }) => element))));
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
    stage.picture.addEventListener("load", () => stage.draw());
    for (const [name, value] of Object.entries({
      tabindex: "0", role: "application", "aria-roledescription": "scenes", "aria-label":
        "Six scenes, one of them large. Arrow keys go from one box to the next.",
    })) stage.element.setAttribute(name, value);
    for (const type of ["pointermove", "pointerdown"]) {
      stage.element.addEventListener(type, (event) =>
        pointOnImage(/** @type {PointerEvent} */ (event)));
    }
    stage.element.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse") point(undefined); // a finger leaves as soon as it is lifted
    });
    stage.element.addEventListener("blur", () => point(undefined));
    stage.element.addEventListener("keydown", (event) => {
      const arrow = arrowOf(event);
      const all = [...now.shown, ...now.missed];
      if (!arrow || !all.length) return;
      event.preventDefault();
      const at = lit?.length === 1 ? all.findIndex((one) => one === lit?.[0]) : -1;
      const by = arrow[0] + arrow[1];
      const one = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length];
      large = one.scene;
      point([one]);
      figure.say(textOf(one));
    });

    /** The scene with the most kinds of verdicts, and of those the fullest. */
    function richest() {
      const worth = Array.from({ length: scenesThere() }, (_, scene) => {
        const own = [...now.shown, ...now.missed].filter((one) => one.scene === scene);
        return 100 * new Set(own.map(kindOf)).size + own.length;
      });
      return worth.indexOf(Math.max(...worth));
    }

    function scenesThere() {
      return 1 + Math.max(0, ...model.get("objects").map(({ scene }) => scene));
    }

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
    /** The scene that is large: of the one box that is pointed at, or the chosen one. */
    function largeNow() {
      return lit?.length === 1 ? lit[0].scene : large;
    }

    /**
     * A box in fractions of the whole image.
     * @param {Found} one
     */
    function onSheet({ scene, box }) {
      return onImage(scene, largeNow(), box);
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
      const seen = [...now.missed, ...[...now.shown].reverse(), ...hidden];
      if (stage.picture.complete) {
        paintScenes(context, stage.picture, model.get("columns"), scenesThere(), largeNow(), width);
      }
      for (const one of seen) {
        const { token, dash, width: wide } = kindOf(one);
        const isWrong = "score" in one && kindOf(one) !== KINDS.right;
        const faint = isWrong ? clamp(0.2 + 1.3 * Number(one.score), 0.35) : 1;
        const isSmall = one.scene !== largeNow();
        context.globalAlpha = isLit.has(one) ? 1 : faint * (1 - 0.8 * dim.now[0]);
        const rect = rectOf(onSheet(one), width, height);
        if (isSmall) {
          context.strokeStyle = figure.colour(token);
          context.lineWidth = isLit.has(one) ? 3 : 1.5;
          context.setLineDash(dash.map((long) => long / 2));
          context.strokeRect(...rect);
        } else {
          strokeTwice(context, [figure.colour(token), dash, wide + (isLit.has(one) ? 1.5 : 0)],
            () => context.rect(...rect), halo);
        }
      }
      context.globalAlpha = 1;
      context.setLineDash([]);
      paintFrames(context, scenesThere(), largeNow(), width,
        ["raised", "accent"].map((token) => figure.colour(token)));
      const here = (/** @type {Found} */ one) => one.scene === largeNow();
      const isCrowd = now.shown.filter((one) => here(one) && kindOf(one) !== KINDS.right).length
        > CROWD;
      const labels = new Labels(context, width * LARGE, height);
      const inLarge = (/** @type {Found} */ one) =>
        onSheet(one).map((edge, k) => (k % 2 ? edge : edge / LARGE));
      labels.spared = [...model.get("objects"), ...now.shown].filter(here)
        .map((one) => rectOf(inLarge(one), width * LARGE, height));
      for (const one of lit ? lit.filter(here) : named(now.shown.filter(here))) {
        const { token, mark } = kindOf(one);
        const [own, face] = [figure.colour(token), figure.colour("face-ui")];
        if (lit && lit.length < 4) {
          labels.write(inLarge(one), textOf(one), own, halo, face);
        } else if (!lit && !isCrowd && width > ROOMY) {
          const score = "score" in one ? Number(one.score).toFixed(2) : "";
          labels.write(inLarge(one), `${mark} ${one.name} ${score}`, own, halo, face, false);
        } else if (kindOf(one) === KINDS.right || !isCrowd) {
          badge(context, rectOf(onSheet(one), width, height), mark, own, halo);
        }
      }
    }

    /** @param {Judged | Found} one */
    function textOf(one) {
      const score = "score" in one ? ` ${Number(one.score).toFixed(2)}` : "";
      return `${one.name}${score}: ${kindOf(one).text}`;
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
      tell();
      dim.go();
    }

    /** @param {PointerEvent} event */
    function pointOnImage(event) {
      const place = sceneAt(stage.at(event));
      if ("small" in place) {
        point(undefined);
        if (event.type === "pointerdown") {
          large = clamp(place.small, 0, scenesThere() - 1);
          stage.draw();
        }
        return;
      }
      const { at } = place;
      const seen = [...now.shown, ...now.missed].filter((one) => one.scene === largeNow());
      const within = seen.filter(({ box: [x1, y1, x2, y2] }) =>
        at[0] >= x1 && at[0] <= x2 && at[1] >= y1 && at[1] <= y2)
        .sort((a, b) => area(a) - area(b));
      const edge = edgeAt(seen.map(({ box }) => box), at, stage.element.clientWidth, 5);
      const hit = within[0] ?? seen[edge];
      if (hit) large = hit.scene;
      point(hit ? [hit] : undefined);
    }

    /** @param {Found} one */
    function area({ box: [x1, y1, x2, y2] }) {
      return (x2 - x1) * (y2 - y1);
    }

    function tell() {
      const [one] = lit?.length === 1 ? lit : [];
      about.textContent = one ? `${textOf(one)}.`
        : `${pointAt()} a box, or press a small scene to enlarge it.`;
    }

    /** Precision and recall as sums of the counts, each count in its colour. */
    function writeShares() {
      const all = now.objects.length;
      const count = (/** @type {string} */ kind) =>
        make("b", { class: `ssd-summed-${kind}` }, `${ofKind(kind).length}`);
      const is = (/** @type {number} */ whole) => make("b", {}, (now.right / whole).toFixed(2));
      const parts = Object.keys(KINDS).filter((kind) =>
        kind === "right" || kind === "wrong" || (kind === "double" && ofKind(kind).length));
      shares.precision.replaceChildren(...(now.shown.length ? [count("right"), " / (",
        ...parts.flatMap((kind, k) => [k ? " + " : "", count(kind)]), ") = ",
        is(now.shown.length)] : ["nothing shown"]));
      shares.recall.replaceChildren(count("right"), ` / ${all}\u00a0objects = `, is(all));
    }

    function refresh() {
      now = compute();
      lit = undefined;
      if (![...now.shown, ...now.missed].some(({ scene }) => scene === large)) large = richest();
      tell();
      figure.show();
      const count = now.shown.length;
      const recall = now.right / now.objects.length;
      const precision = count ? now.right / count : 1;
      Object.keys(KINDS).forEach((kind, i) => keys[i].say(ofKind(kind).length));
      ap.say(averagePrecision(now.curve, "voc10").toFixed(3));
      writeShares();
      replaceNumbers(numbers, ["AP at the 11 points (VOC 2007)", "voc07",
        averagePrecision(now.curve, "voc07").toFixed(3)]);
      plot.draw(now.curve, count, eleven);
      plot.encircle(0);
      dim.go();
      figure.say(`${now.right} right, ${count - now.right} wrong or found twice, `
        + `${now.missed.length} missed. `
        + (count ? `Precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}.`
          : "Nothing is shown."));
    }

    figure.watch(["objects", "detections", "kind", "threshold", "iou_threshold"], soon(refresh));
    refresh();
    return figure.end;
  },
};
