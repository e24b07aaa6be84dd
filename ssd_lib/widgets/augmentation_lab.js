// Nine results of SSD's augmentation of one image; a pressed one tells in four steps how
// it came about: distorted, zoomed out, the patch that was cut, and the result.

import {
  Figure, buttons, fields, headRow, headline, keyRow, more, panel, row, sideBySide,
} from "./controls.js";
import {
  CONSTRAINTS, FATES, VERDICTS, WHOLE, compute, fatesOf, isSame, loseOne, taken, tell,
} from "./augmentation.js";
import { lay, layNames, shotOf, show } from "./augmentation_tiles.js";
import { boxArea } from "./geometry.js";
import { isStill, make } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Draw, Fate, Rules } from "./augmentation.js" */
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
const MANY = 6; // of the nine that are zoomed out, where zooming out is the question
const STEPS = {
  distort: "distort colours", zoom: "zoom out", patch: "cut a patch", mirror: "mirror",
};
const DO = { distort: "stay", zoom: "shrink", patch: "grow or go", mirror: "flip over" }; // boxes
const TITLES = ["Distorted", "Zoomed out", "Patch", "Result"];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const labels = model.get("names").map((name, i, all) =>
      (all.indexOf(name) < i ? `2nd ${name}` : name));
    const side = model.get("gt_boxes").length;
    const colours = labels.map((label, k) => {
      const name = model.get("names")[k];
      const own = `var(--ssd-${name})`;
      return label === name ? own : `color-mix(in oklab, ${own} 40%, var(--ssd-kept))`;
    });
    let draws = nine();

    const empty = () => shotOf(model.get("picture_url"), labels, colours);
    const shots = NINE.map((k) => {
      const shot = empty();
      const tile = make("button", {
        type: "button", class: "ssd-tile", onclick: () => figure.put({ chosen: k }),
        onpointerenter: () => lightRows(k), onpointerleave: () => lightRows(-1),
        onfocus: () => lightRows(k), onblur: () => lightRows(-1),
      }, shot.element);
      tile.style.setProperty("--ssd-nth", `${k}`);
      return { ...shot, tile };
    });
    const panels = TITLES.map((title, step) => {
      const shot = empty();
      const name = make("span", { class: "ssd-step" }, make("b", {}, `${step + 1}`), ` ${title}`);
      const tile = make("div", { class: "ssd-tile", role: "img" }, name, shot.element);
      return { ...shot, tile };
    });
    const cut = make("i", { class: "ssd-cut" });
    const tried = make("i", { class: "ssd-cut ssd-tried" });
    panels[2].element.append(cut, tried);
    const origin = empty();
    origin.boxes.forEach((box, k) => lay(box, model.get("gt_boxes")[k]));
    lay(origin.image, WHOLE);
    origin.element.classList.add("ssd-plain");
    const sheet = make("div", { class: "ssd-sheet" }, ...shots.map(({ tile }) => tile));
    const results = make("div", {}, sheet, make("p", { class: "ssd-lines-of" },
      make("span", {}, make("i"), "box kept"),
      make("span", {}, make("i"), "box lost: its centre is outside")));
    const story = make("div", { class: "ssd-sheet ssd-story", inert: "" },
      ...panels.map(({ tile }) => tile));

    const head = headline("Objects that keep their box", "kept");
    const light = (/** @type {number} */ k, /** @type {boolean} */ on) => {
      for (const { boxes } of [...shots, ...panels, origin]) {
        boxes[k].classList.toggle("ssd-lit", on);
      }
    };
    const swatch = (/** @type {string} */ background) => {
      const key = make("i", { class: "ssd-key ssd-light" });
      key.style.background = background;
      return key;
    };
    const rows = model.get("names").map((name, k) =>
      keyRow(name, labels[k], { name: `object-${k}`, light: (on) => light(k, on) }));
    rows.forEach(({ element }, k) => element.querySelector("i")?.replaceWith(swatch(colours[k])));
    const fates = make("dl", { class: "ssd-fates-of" });
    const place = make("span", { class: "ssd-sum" });
    const centres = make("span", { class: "ssd-centres" },
      make("span", {}, make("i", { class: "ssd-centre-in" }), "centre inside"),
      make("span", {}, make("i", { class: "ssd-centre-out" }), "outside: lost"));
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
    const counts = Object.keys(STEPS).map((step) => make("b", { "data-number": step }));
    const steps = make("table", { class: "ssd-counts ssd-steps-taken" },
      headRow("step", "boxes", "taken"),
      ...Object.entries(STEPS).map(([step, text], k) => row([
        make("td", {}, figure.checkbox(text, () => model.get("steps").includes(step),
          (on) => toggle(step, on))),
        DO[/** @type {keyof typeof DO} */ (step)], make("td", {}, counts[k])])));
    const aside = [
      panel(
        make("div", { class: "ssd-origin" }, head.element,
          make("p", { class: "ssd-sum" }, "Press a result to see how it came about."),
          make("figure", {}, origin.element, make("figcaption", {}, "the image itself"))),
        make("div", { class: "ssd-pairs" }, ...rows.map(({ element }) => element)), steps),
      panel(
        buttons(back,
          figure.button("Next one", () => figure.put({ chosen: (model.get("chosen") + 1) % 9 })),
          place),
        make("ol", { class: "ssd-told" }, ...lines.map((line, step) =>
          make("li", {
            onpointerenter: () => panels[step].tile.classList.add("ssd-lit"),
            onpointerleave: () => panels[step].tile.classList.remove("ssd-lit"),
          }, make("b", {}, TITLES[step]), " ", line, ...[[], [], [centres], [fates]][step])))),
    ];
    const draw = figure.button("Draw nine more",
      () => figure.put({ seed: model.get("seed") + 9, chosen: -1 }));
    draw.classList.add("ssd-main", "ssd-full");
    const table = make("div", {}, trials);
    const rest = more("More",
      fields(figure.select("constraint", "Patch: ", names, {
        texts: names.map((name) => CONSTRAINTS[name] ?? `IoU of at least ${name}`),
      })), table);
    const parts = sideBySide(make("div", { class: "ssd-swap" }, results, story),
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

    /** @param {Draw} one whose story is told */
    function drawAll(one) {
      const [small, large] = [shots, panels].map(([{ element }]) => element.clientWidth || 200);
      const objects = model.get("gt_boxes");
      shots.forEach((shot, k) => show(shot, draws[k], objects, 3, small));
      panels.forEach((shot, step) => show(shot, one, objects, step, large));
      for (const shot of shots) layNames(shot, small);
      for (const shot of panels) layNames(shot, large);
    }

    /** @param {Draw} one */
    function sort(one) {
      const all = fatesOf(one);
      const chip = (/** @type {number} */ k) => make("span", {
        tabindex: "0", onpointerenter: () => light(k, true), onfocus: () => light(k, true),
        onpointerleave: () => light(k, false), onblur: () => light(k, false),
      }, swatch(colours[k]), ["clipped", "lost"].includes(all[k].fate)
        ? `${labels[k]} ${all[k].share}\u00a0%` : labels[k]);
      const kinds = /** @type {[Fate, string][]} */ (Object.entries(FATES));
      fates.replaceChildren(...kinds.flatMap(([fate, text]) => {
        const which = [...labels.keys()].filter((k) => all[k].fate === fate);
        return which.length ? [make("dt", {}, text),
          make("dd", { "data-fate": fate }, ...which.map(chip))] : [];
      }));
    }

    /** The draw that is pressed; before that the first, which takes its room beforehand. */
    function chosenOne() {
      return draws[Math.max(model.get("chosen"), 0)];
    }

    function refresh() {
      draws = nine();
      const chosen = model.get("chosen");
      const isStory = chosen in draws;
      const one = chosenOne();
      const told = wordsOf(one);
      const isMoved = isStory && story.inert;
      results.inert = aside[0].inert = isStory;
      story.inert = aside[1].inert = !isStory;
      table.hidden = !isStory || one.name === "whole";
      figure.show();
      drawAll(one);
      shots.forEach(({ tile }, k) =>
        tile.setAttribute("aria-label", `Result ${k + 1}: ${wordsOf(draws[k])[3]}`));
      head.say(keptIn(draws), `of ${9 * side}`);
      rows.forEach((line, k) => line.say(`${draws.filter(({ kept }) => kept[k]).length} of 9`));
      Object.values(taken(draws)).forEach((times, k) => {
        counts[k].textContent = `${times} of 9`;
      });
      place.textContent = `${chosen + 1} of 9`;
      panels.forEach(({ tile }, step) => {
        tile.classList.toggle("ssd-same", isSame(one, step));
        tile.setAttribute("aria-label", `${TITLES[step]}: ${told[step]}`);
        lines[step].textContent = told[step];
      });
      sort(one);
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
    let wide = sheet.clientWidth;
    const observer = new ResizeObserver(() => {
      if (wide !== sheet.clientWidth) drawAll(chosenOne());
      wide = sheet.clientWidth;
    });
    observer.observe(sheet);
    figure.ends.push(() => observer.disconnect());
    return figure.end;
  },
};
