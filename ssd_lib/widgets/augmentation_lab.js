// Nine results of SSD's augmentation of one image; a pressed one tells in four steps how
// it came about: distorted, zoomed out, the patch that was cut, and the result.

import {
  Figure, buttons, fields, headRow, headline, keyRow, more, panel, row, sideBySide,
} from "./controls.js";
import { CONSTRAINTS, VERDICTS, WHOLE, compute, isSame, loseOne, tell } from "./augmentation.js";
import { layNames } from "./box_names.js";
import { boxArea, sharedBox } from "./geometry.js";
import { isStill, make } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Draw, Rules } from "./augmentation.js" */
/**
 * @typedef {object} Own
 * @property {string} picture_url
 * @property {string[]} names
 * @property {number} seed of the first of the nine
 * @property {number} chosen which of the nine tells its story, or -1
 */
/** @typedef {Rules & Own} Traits */

const NINE = [...Array(9).keys()];
const SHOWN = 12; // trials in the table
const TINY = 100; // pixels: an image that has no room for names
const MANY = 6; // of the nine that are zoomed out, where zooming out is the question
const STEPS = {
  distort: "distort colours", zoom: "zoom out", patch: "cut a patch", mirror: "mirror",
};
const TITLES = ["Distorted", "Zoomed out", "Patch", "Result"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const labels = model.get("names").map((name, i, all) =>
      (all.indexOf(name) < i ? `2nd ${name}` : name));
    const side = model.get("gt_boxes").length;
    let draws = nine();
    let sides = [0, 0]; // of one of the nine and of a step, in pixels
    const sideOf = (/** @type {boolean} */ isStep) => sides[Number(isStep)] || 200;

    const shots = NINE.map((k) => {
      const shot = shotOf();
      const tile = make("button", {
        type: "button", class: "ssd-tile", onclick: () => figure.put({ chosen: k }),
        onpointerenter: () => lightRows(k), onpointerleave: () => lightRows(-1),
        onfocus: () => lightRows(k), onblur: () => lightRows(-1),
      }, shot.element);
      return { ...shot, tile };
    });
    const panels = TITLES.map((title, step) => {
      const shot = shotOf();
      const name = make("span", { class: "ssd-step" }, make("b", {}, `${step + 1}`), ` ${title}`);
      const tile = make("div", { class: "ssd-tile", role: "img" }, name, shot.element);
      return { ...shot, tile };
    });
    const cut = make("i", { class: "ssd-cut" });
    const tried = make("i", { class: "ssd-cut ssd-tried" });
    panels[2].element.append(cut, tried);
    const origin = shotOf();
    origin.boxes.forEach((box, k) => lay(box, model.get("gt_boxes")[k]));
    lay(origin.image, WHOLE);
    origin.element.classList.add("ssd-plain");
    const sheet = make("div", { class: "ssd-sheet" }, ...shots.map(({ tile }) => tile));
    const story = make("div", { class: "ssd-sheet ssd-story", inert: "" },
      ...panels.map(({ tile }) => tile));

    const head = headline("Objects that keep their box", "kept");
    const rows = model.get("names").map((name, k) => keyRow(name, labels[k], {
      name: `object-${k}`,
      light: (on) => {
        for (const { boxes } of [...shots, ...panels, origin]) {
          boxes[k].classList.toggle("ssd-lit", on);
        }
      },
    }));
    rows.forEach(({ element }, k) => {
      element.querySelector("i")?.style.setProperty("background", colourOf(k));
    });
    const lines = ["distort", "zoom", "patch", "result"].map((name) =>
      make("span", { "data-line": name }));
    const trials = make("table", { class: "ssd-counts ssd-dense" });
    const names = ["drawn", "whole", ...model.get("constraints")];
    const leave = () => {
      const chosen = model.get("chosen");
      figure.put({ chosen: -1 });
      shots[Math.max(chosen, 0)].tile.focus();
    };
    const back = figure.button("Back to all nine", leave);
    const aside = [
      panel(
        make("div", { class: "ssd-origin" }, head.element,
          make("p", { class: "ssd-sum" }, "Press a result to see how it came about."),
          make("figure", {}, origin.element, make("figcaption", {}, "the image itself"))),
        make("div", { class: "ssd-pairs" }, ...rows.map(({ element }) => element))),
      panel(
        buttons(back,
          figure.button("Next one", () => figure.put({ chosen: (model.get("chosen") + 1) % 9 }))),
        make("ol", { class: "ssd-told" }, ...lines.map((line, step) =>
          make("li", {
            onpointerenter: () => panels[step].tile.classList.add("ssd-lit"),
            onpointerleave: () => panels[step].tile.classList.remove("ssd-lit"),
          }, make("b", {}, TITLES[step]), " ", line)))),
    ];
    const draw = figure.button("Draw nine more",
      () => figure.put({ seed: model.get("seed") + 9, chosen: -1 }));
    draw.classList.add("ssd-main", "ssd-full");
    const table = make("div", {}, trials);
    const rest = more("More",
      fields(...Object.entries(STEPS).map(([step, text]) => figure.checkbox(text,
        () => model.get("steps").includes(step), (on) => toggle(step, on)))),
      fields(figure.select("constraint", "Patch: ", names, {
        texts: names.map((name) => CONSTRAINTS[name] ?? `IoU of at least ${name}`),
      })), table);
    const parts = sideBySide(make("div", { class: "ssd-swap" }, sheet, story),
      panel(draw, make("div", { class: "ssd-swap" }, ...aside)), figure.chips(questions()), rest);
    parts.classList.add("ssd-augmenting");
    parts.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && model.get("chosen") >= 0) leave();
    });
    figure.lay(parts);

    /** @param {Partial<Rules> & { seed?: number }} [other] than the traits say */
    function nine(other = {}) {
      const rules = {
        gt_boxes: model.get("gt_boxes"), constraint: model.get("constraint"),
        constraints: model.get("constraints"), steps: model.get("steps"),
        trials: model.get("trials"), ...other,
      };
      return NINE.map((k) => compute((other.seed ?? model.get("seed")) + k, rules));
    }

    /** @param {Draw[]} some */
    function keptIn(some) {
      return some.flatMap(({ kept }) => kept).filter(Boolean).length;
    }

    function questions() {
      const [seed, every] = [model.get("seed"), Object.keys(STEPS)];
      const start = { seed, chosen: -1, constraint: "drawn", steps: every };
      const strict = { ...start, constraint: "0.9" };
      const cutOnly = { ...start, steps: ["patch"] };
      const found = nine(strict).filter(({ trial }) => trial >= 0).length;
      const [x1, , x2] = model.get("gt_boxes").reduce((a, b) => (boxArea(b) < boxArea(a) ? b : a));
      const small = 300 * (x2 - x1);
      const lost = loseOne(nine(start));
      const zoomOnly = { ...start, steps: ["zoom"] };
      const zoomed = () => nine(zoomOnly).filter(({ ratio }) => ratio > 1).length;
      while (zoomed() < MANY) zoomOnly.seed += 9;
      return [
        {
          ask: "In sight, but no box?", put: () => ({ ...start, chosen: lost.k }),
          answer: `Only its centre counts. This result shows ${lost.share} % of the `
            + `${labels[lost.object]}'s box, but the centre lies outside the patch: no box.`,
        },
        {
          ask: "Overlap of 0.9?", put: () => strict,
          answer: `Each had ${model.get("trials")} trials, and ${found || "none"} of these nine `
            + "found a patch. It would have to fit an object almost exactly.",
        },
        {
          ask: "Only zoom out?", put: () => zoomOnly,
          answer: `All ${9 * side} boxes stay, since nothing is cut. SSD zooms out of every other `
            + `image; of these nine, of ${zoomed()}. Objects shrink, to a quarter of their width `
            + `at worst: a bird of ${small.toFixed(0)} pixels to ${(small / 4).toFixed(0)}.`,
        },
        {
          ask: "Only cut?", put: () => cutOnly,
          answer: `${keptIn(nine(cutOnly))} of ${9 * side} boxes stay, and what stays grows: a `
            + "patch of a third of the width makes everything in it three times as wide.",
        },
      ];
    }

    /**
     * @param {string} step
     * @param {boolean} on
     */
    function toggle(step, on) {
      figure.put({
        steps: Object.keys(STEPS).filter((one) =>
          (one === step ? on : model.get("steps").includes(one))),
      });
    }

    /**
     * The colour of an object; of the second one of a class another shade.
     * @param {number} k
     */
    function colourOf(k) {
      const own = `var(--ssd-${model.get("names")[k]})`;
      return labels[k] === model.get("names")[k] ? own
        : `color-mix(in oklab, ${own} 40%, var(--ssd-kept))`;
    }

    // One image with boxes
    function shotOf() {
      const image = make("img", { src: model.get("picture_url"), alt: "", draggable: "false" });
      const boxes = labels.map((label, k) => {
        const box = make("i", { class: "ssd-frame-of" }, make("span", {}, label));
        box.style.setProperty("--ssd-own", colourOf(k));
        return box;
      });
      const element = make("div", { class: "ssd-shot", "aria-hidden": "true" }, image, ...boxes);
      return { element, image, boxes };
    }

    /**
     * @param {ReturnType<typeof shotOf>} shot
     * @param {Draw} one
     * @param {number} step
     * @param {boolean} isLarge as one of the steps is
     */
    function show({ element: shot, image, boxes }, one, step, isLarge = true) {
      const { brightness, contrast, saturation, hue } = one.colours;
      const filter = `brightness(${brightness}) contrast(${contrast}) `
        + `saturate(${saturation}) hue-rotate(${hue}deg)`;
      image.style.setProperty("filter", filter, "important"); // at night the page takes it
      const view = step === 3 ? one.patch : WHOLE;
      const flip = step === 3 && one.flip;
      const [left, top, size] = step > 0 ? [...one.place, 1 / one.ratio] : [0, 0, 1];
      lay(image, [left, top, left + size, top + size], view, flip);
      const wide = (size / (view[2] - view[0])) * sideOf(isLarge);
      shot.classList.toggle("ssd-tiny", wide < TINY);
      image.style.transform = flip ? "scaleX(-1)" : "none";
      boxes.forEach((element, k) => {
        const box = step > 0 ? one.boxes[k] : model.get("gt_boxes")[k];
        const seen = step === 3 ? sharedBox(box, one.patch) : box;
        lay(element, seen, view, flip);
        element.hidden = step === 3 && !one.kept[k] && !(boxArea(seen) > 0); // out of sight
        element.classList.toggle("ssd-lost", step > 1 && !one.kept[k]);
      });
    }

    /**
     * Put an element where a box is in a view.
     * @param {HTMLElement} element
     * @param {number[]} box
     * @param {number[]} view
     * @param {boolean} flip
     */
    function lay(element, box, view = WHOLE, flip = false) {
      const [wide, high] = [view[2] - view[0], view[3] - view[1]];
      const [x1, x2] = [box[0], box[2]].map((x) => (100 * (x - view[0])) / wide);
      const y1 = (100 * (box[1] - view[1])) / high;
      const left = flip ? 100 - x2 : x1;
      Object.assign(element.style, {
        left: `${left}%`, top: `${y1}%`, width: `${x2 - x1}%`,
        height: `${(100 * (box[3] - box[1])) / high}%`,
      });
    }

    /** @param {number} k the result whose objects' rows are lit, or -1 */
    function lightRows(k) {
      rows.forEach(({ element }, object) =>
        element.classList.toggle("ssd-lit", k >= 0 && draws[k].kept[object]));
    }

    // Words
    function wordsOf(/** @type {Draw} */ one) {
      return tell(one, labels, model.get("trials"));
    }

    /** @param {Draw} one */
    function tabulate(one) {
      const next = one.tries(one.name);
      const all = Array.from({ length: model.get("trials") }, next);
      const good = all.filter(({ verdict }) => verdict === "good").length;
      trials.replaceChildren(
        make("caption", { "data-accepted": good }, `${good} of ${all.length} trials would do.`),
        headRow("trial", "best IoU", "verdict"),
        ...all.slice(0, SHOWN).map(({ patch, iou, verdict }, i) => row(
          [i + 1, iou.toFixed(2), VERDICTS[i === one.trial ? "taken" : verdict]], {
            "data-patch": JSON.stringify(patch), tabindex: "0",
            onpointerenter: () => lay(tried, patch), onfocus: () => lay(tried, patch),
            onpointerleave: () => lay(tried, [0, 0, 0, 0]), onblur: () => lay(tried, [0, 0, 0, 0]),
          })));
    }

    function refresh() {
      sides = [shots, panels].map(([{ element }]) => element.clientWidth);
      draws = nine();
      const chosen = model.get("chosen");
      const isStory = chosen in draws;
      const one = draws[isStory ? chosen : 0]; // takes its room beforehand
      const told = wordsOf(one);
      const isMoved = isStory && story.inert;
      sheet.inert = aside[0].inert = isStory;
      story.inert = aside[1].inert = !isStory;
      table.hidden = !isStory || one.name === "whole";
      figure.show();
      shots.forEach((shot, k) => {
        show(shot, draws[k], 3, false);
        shot.tile.setAttribute("aria-label", `Result ${k + 1}: ${wordsOf(draws[k])[3]}`);
      });
      head.say(keptIn(draws), `of ${9 * side}`);
      rows.forEach((line, k) => line.say(`${draws.filter(({ kept }) => kept[k]).length} of 9`));
      panels.forEach((shot, step) => {
        show(shot, one, step);
        shot.tile.classList.toggle("ssd-same", isSame(one, step));
        shot.tile.setAttribute("aria-label", `${TITLES[step]}: ${told[step]}`);
        lines[step].textContent = told[step];
      });
      for (const { element, boxes } of [...shots, ...panels]) layNames(element, boxes);
      lay(cut, one.patch);
      lay(tried, [0, 0, 0, 0]);
      if (!table.hidden) tabulate(one);
      if (isMoved) unfold(chosen);
      figure.say(isStory ? `Result ${chosen + 1}. ${told[3]}`
        : `Nine results; ${keptIn(draws)} of ${9 * side} objects keep their box.`);
    }

    /** @param {number} k the result that grows into its story */
    function unfold(k) {
      if (isStill()) return;
      story.style.transformOrigin = `${(k % 3) * 50}% ${Math.floor(k / 3) * 50}%`;
      story.animate([{ transform: "scale(0.33)", opacity: 0.3 }, { transform: "none", opacity: 1 }],
        { duration: 240, easing: "ease-out" });
    }

    figure.watch(["seed", "chosen", "constraint", "steps"], refresh);
    refresh();
    return figure.end;
  },
};
