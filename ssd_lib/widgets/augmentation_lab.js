// One draw of SSD's augmentation on the picture: distorted, zoomed out, the patches that
// were tried, and what the network sees in the end.

import { Figure, fields, headRow, panel, row, sideBySide } from "./controls.js";
import { centreInside, drawPatch, overlap, randomFrom, sharedBox } from "./geometry.js";
import { context2d, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Context } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {string} picture_url
 * @property {number[][]} gt_boxes
 * @property {number} seed
 * @property {number} stage
 * @property {string} constraint one of these, or "drawn" or "whole"
 * @property {string[]} constraints
 * @property {number} trials for each of them
 */
/** @typedef {"good" | "overlap" | "centre"} Verdict */

const STAGES = ["distorted", "zoomed out", "patch", "result"];
const MEAN = "rgb(123, 117, 104)";
const SIZE = 600; // pixels of the canvases
const SHOWN = 12; // trials in the table
const VERDICTS = {
  taken: "taken", good: "would do", overlap: "overlaps too little", centre: "no centre inside",
};
const COLOURS = { taken: "#e69f00", good: "#00664b", overlap: "#7a1f5c", centre: "#7a1f5c" };
/** @type {Record<string, string>} */
const CONSTRAINTS = { drawn: "as it is drawn", whole: "the whole picture", any: "any patch" };

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const picture = make("img", { src: model.get("picture_url"), alt: "", onload: paint });
    const layer = () => make("canvas", { width: SIZE, height: SIZE, "aria-hidden": "true" });
    const [ground, image, marks] = [layer(), layer(), layer()];
    const view = make("div", { class: "ssd-layers", role: "img" }, ground, image, marks);
    let now = compute();

    const constraints = ["drawn", "whole", ...model.get("constraints")];
    const texts = constraints.map((name) => CONSTRAINTS[name] ?? `IoU at least ${name}`);
    const line = make("p", { "data-line": "step" });
    const counts = make("table", { class: "ssd-counts ssd-dense" });
    const trials = make("table", { class: "ssd-counts ssd-dense" });
    figure.lay(
      fields(make("legend", {}, "step"),
        ...figure.radios("stage", STAGES.map((text, index) => `${index + 1} ${text}`))),
      fields(figure.select("constraint", "patch ", constraints, { texts }),
        figure.button("draw again", () => figure.put({ seed: model.get("seed") + 1 }))),
      sideBySide(panel(view, line), panel(counts, trials)));

    // One draw
    function compute() {
      const random = randomFrom(model.get("seed") * 7919);
      const between = (/** @type {number} */ low, /** @type {number} */ high) =>
        low + (high - low) * random();
      const colours = {
        brightness: random() < 0.5 ? between(-32, 32) / 128 + 1 : 1,
        contrast: random() < 0.5 ? between(0.5, 1.5) : 1,
        saturate: random() < 0.5 ? between(0.5, 1.5) : 1,
        hue: random() < 0.5 ? between(-36, 36) : 0,
      };
      const ratio = random() < 0.5 ? between(1, 4) : 1;
      const place = [random() * (1 - 1 / ratio), random() * (1 - 1 / ratio)];
      const flip = random() < 0.5;
      const boxes = model.get("gt_boxes").map((box) =>
        box.map((edge, i) => edge / ratio + place[i % 2]));
      const tried = model.get("constraints").map((name) => ({
        name,
        list: Array.from({ length: model.get("trials") }, () =>
          judge(drawPatch(random), boxes, name)),
      }));
      const successful = ["whole",
        ...tried.filter(({ list }) => list.some((t) => t.ok)).map(({ name }) => name)];
      const drawn = successful[Math.floor(random() * successful.length)];
      const name = model.get("constraint") === "drawn" ? drawn : model.get("constraint");
      const list = tried.find((one) => one.name === name)?.list ?? [];
      const taken = list.findIndex((t) => t.ok);
      const patch = taken < 0 ? [0, 0, 1, 1] : list[taken].patch;
      const counted = tried.map((one) => ({
        name: one.name, accepted: one.list.filter((t) => t.ok).length,
      }));
      const shown = list.slice(0, SHOWN).map(({ patch: box, iou, verdict }, i) => (
        { box, iou, kind: i === taken ? /** @type {const} */ ("taken") : verdict }));
      return { colours, ratio, place, flip, boxes, counted, shown, name, taken, patch };
    }

    /**
     * Whether a patch satisfies a constraint.
     * @param {number[]} patch
     * @param {number[][]} boxes
     * @param {string} name of the constraint
     */
    function judge(patch, boxes, name) {
      const iou = Math.max(...boxes.map((box) => overlap(patch, box).iou));
      const centre = boxes.some((box) => centreInside(box, patch));
      const enough = name === "any" || iou >= Number(name);
      /** @type {Verdict} */
      const verdict = !enough ? "overlap" : centre ? "good" : "centre";
      return { patch, iou, ok: enough && centre, verdict };
    }

    // Painting
    function paint() {
      if (!picture.complete) return;
      const stage = model.get("stage");
      const contexts = [ground, image, marks].map(context2d);
      for (const context of contexts) {
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, SIZE, SIZE);
      }
      const { brightness, contrast, saturate, hue } = now.colours;
      image.style.filter = `brightness(${brightness}) contrast(${contrast}) `
        + `saturate(${saturate}) hue-rotate(${hue}deg)`;
      contexts[0].fillStyle = MEAN;
      contexts[0].fillRect(0, 0, SIZE, SIZE);
      const zoomed = stage > 0;
      const patch = stage === 3 ? now.patch : [0, 0, 1, 1];
      const [scaleX, scaleY] = [SIZE / (patch[2] - patch[0]), SIZE / (patch[3] - patch[1])];
      const flip = stage === 3 && now.flip;
      /**
       * @param {number[]} box
       * @returns {[number, number, number, number]}
       */
      const at = ([x1, y1, x2, y2]) => {
        const [start, end] = [(x1 - patch[0]) * scaleX, (x2 - patch[0]) * scaleX];
        const shift = flip ? SIZE - end : start;
        return [shift, (y1 - patch[1]) * scaleY, end - start, (y2 - y1) * scaleY];
      };
      const [left, top] = zoomed ? now.place : [0, 0];
      const side = zoomed ? 1 / now.ratio : 1;
      const [x, y, width, height] = at([left, top, left + side, top + side]);
      if (flip) {
        contexts[1].setTransform(-1, 0, 0, 1, SIZE, 0);
        contexts[1].drawImage(picture, SIZE - x - width, y, width, height);
      } else contexts[1].drawImage(picture, x, y, width, height);
      const boxes = zoomed ? now.boxes : model.get("gt_boxes");
      if (stage === 2) paintTrials(contexts[2]);
      boxes.forEach((box) => {
        if (stage === 3 && !centreInside(box, now.patch)) return;
        const clipped = stage === 3 ? sharedBox(box, now.patch) : box;
        strokeTwice(contexts[2], ["#111", [], 3], () => contexts[2].rect(...at(clipped)));
      });
    }

    /** @param {Context} context */
    function paintTrials(context) {
      for (const { box, kind } of now.shown) {
        const [dash, width] = kind === "taken" ? [[], 7] : [[10, 6], 2];
        strokeTwice(context, [COLOURS[kind], dash, width],
          () => context.rect(...rectOf(box, SIZE, SIZE)));
      }
    }

    // Numbers
    function describe() {
      const kept = now.boxes.filter((box) => centreInside(box, now.patch)).length;
      const { brightness, contrast, saturate, hue } = now.colours;
      const [x1, y1, x2, y2] = now.patch.map((edge) => edge * 300);
      const wanted = now.name === "any" ? "any patch" : `IoU at least ${now.name}`;
      return [
        `brightness × ${brightness.toFixed(2)}, contrast × ${contrast.toFixed(2)}, `
          + `saturation × ${saturate.toFixed(2)}, hue ${hue.toFixed(0)}°`,
        now.ratio === 1 ? "not zoomed out this time"
          : `on a canvas ${now.ratio.toFixed(2)} times as wide and high`,
        now.taken < 0 ? "the whole picture is taken"
          : `${wanted}: trial ${now.taken + 1} is taken`,
        `${(x2 - x1).toFixed(0)} × ${(y2 - y1).toFixed(0)} of 300 become 300 × 300`
          + `${now.flip ? ", flipped" : ""}; ${kept} of ${now.boxes.length} objects stay`,
      ][model.get("stage")];
    }

    function refresh() {
      now = compute();
      figure.show();
      const said = `${STAGES[model.get("stage")]}: ${describe()}.`;
      line.textContent = describe();
      counts.replaceChildren(headRow("IoU at least", `accepted of ${model.get("trials")}`),
        ...now.counted.map(({ name, accepted }) =>
          row([name, make("td", { "data-accepted": name }, `${accepted}`)])));
      trials.replaceChildren(
        ...(now.shown.length ? [headRow("trial", "best IoU", "verdict")] : []),
        ...now.shown.map(({ box, iou, kind }, i) =>
          row([i + 1, iou.toFixed(2), VERDICTS[kind]], { "data-patch": JSON.stringify(box) })));
      view.setAttribute("aria-label", `The running picture, ${said}`);
      paint();
      figure.say(said);
    }

    figure.watch(["seed", "stage", "constraint"], refresh);
    refresh();
    return figure.end;
  },
};
