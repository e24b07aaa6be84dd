// A recorded run to play and to scrub through: what is found on three scenes, and where on
// the curves that is.

import { Figure, keyRow, more, pointAt, smallLine } from "./controls.js";
import { curve } from "./curves.js";
import { layOut, overlap } from "./geometry.js";
import { player } from "./motion.js";
import { logScale } from "./scales.js";
import { LOOKS, SceneStrip } from "./scene_strip.js";
import { arrowOf, clamp, isStill, make } from "./stage.js";
import { verdicts } from "./verdicts.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Layout } from "./geometry.js" */
/** @import { Detection, Judged, Labelled, Verdict } from "./verdicts.js" */
/**
 * @typedef {object} Moment
 * @property {number} step
 * @property {number} map
 * @property {Scene[]} scenes
 */
/**
 * @typedef {object} Scene
 * @property {Detection[]} detections
 * @property {number[]} mined indices of default boxes
 */
/**
 * @typedef {object} Run
 * @property {number} batch_size
 * @property {string[]} classes
 * @property {Labelled[][]} objects of each scene
 * @property {[step: number, place: number, kind: number][]} loss
 * @property {Moment[]} moments
 */
/**
 * @typedef {object} Traits
 * @property {Run} run
 * @property {Layout} layout_table
 * @property {number} moment
 * @property {number} threshold
 * @property {boolean} mined
 */

const FADE_MS = 220;
const PIXELS = "The network sees just these 128\u00a0×\u00a0128\u00a0pixels.";
const PINK = "Pink: the negatives that it learns from.";
const [SLOW, QUICK] = [750, 200]; // milliseconds that a moment stays; before the first find

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const run = model.get("run");
    const { moments } = run;
    const { corners } = layOut(model.get("layout_table"));
    const losses = run.loss.map(([at, place, kind]) => [at, place + kind]);
    const maps = moments.map((one) => [one.step, one.map]);
    const last = moments.length - 1;
    let now = compute();
    let [before, changed] = [now, -Infinity];
    /** @type {Verdict | Judged | undefined} */
    let lit;

    // The scenes
    const strip = new SceneStrip(figure, () => {
      const arrived = isStill() ? 1 : clamp((performance.now() - changed) / FADE_MS);
      if (arrived < 1) stage.draw();
      return {
        layers: [before.all, now.all], arrived, lit, classes: run.classes,
        mined: model.get("mined") ? now.moment.scenes.map((one) => one.mined.map(boxAt)) : [],
      };
    });
    const { stage } = strip;
    const pointed = smallLine("box");
    const scenes = make("div", { class: "ssd-scenes" }, stage.frame);
    for (const [name, value] of Object.entries({
      tabindex: "0", role: "application", "aria-roledescription": "scenes",
      "aria-label": "Three scenes. Arrow keys go from one box to the next.",
    })) stage.element.setAttribute(name, value);
    for (const type of ["pointermove", "pointerdown"]) {
      stage.element.addEventListener(type, (event) => {
        const { scene, at: [across, down], isSmall } = strip.at(/** @type {MouseEvent} */ (event));
        if (isSmall && type === "pointerdown") {
          light();
          strip.enlarge(scene);
        }
        if (isSmall) return;
        const here = now.all.filter(({ scene: its, box: [x1, y1, x2, y2] }) =>
          its === scene && across >= x1 && across <= x2 && down >= y1 && down <= y2);
        light(here.sort((a, b) => area(a) - area(b))[0]);
      });
    }
    stage.element.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse") light(); // a finger leaves as soon as it is lifted
    });
    stage.element.addEventListener("blur", () => light());
    stage.element.addEventListener("keydown", (event) => {
      const arrow = arrowOf(event);
      if (!arrow) return;
      event.preventDefault();
      const at = now.all.findIndex((one) => one === lit);
      const { length } = now.all;
      const one = now.all[(at + (arrow[0] + arrow[1] > 0 ? 1 : length + Math.min(at, 0) - 1))
        % length];
      strip.enlarge(one.scene);
      light(one);
      figure.say(explain(one));
    });

    // The curves, which are the slider
    const steps = moments.map((one) => one.step);
    const curves = [
      curve({
        title: "Loss on the training scenes, log scale", name: "loss", points: losses, steps, go,
        rising: false, ...logScale(losses.map(([, value]) => value)),
      }),
      curve({
        title: "mAP on 200 scenes it never trains on", name: "map", points: maps, steps, go,
        rising: true, rise: (map) => map, ticks: [0, 0.5, 1],
      }),
    ];
    const slider = make("div", {
      class: "ssd-curves", tabindex: 0, role: "slider", "aria-label": "Step",
      "aria-valuemin": 0, "aria-valuemax": last,
      onkeydown: (event) => {
        const arrow = arrowOf(event);
        const by = arrow ? arrow[0] - arrow[1]
          : { Home: -last, End: last, PageUp: 4, PageDown: -4 }[event.key];
        if (!by) return;
        event.preventDefault();
        go(model.get("moment") + by);
      },
    }, ...curves.map((one) => one.element));

    // What is said of it
    const step = make("output", { "data-number": "step" });
    const seen = make("span", { class: "ssd-sum" });
    const key = (/** @type {Verdict} */ verdict) => {
      const row = keyRow(LOOKS[verdict][0], `${LOOKS[verdict][3]} ${verdict}`, {
        name: verdict, dashed: true, light: (on) => light(on ? verdict : undefined),
      });
      row.element.classList.add(`ssd-is-${verdict}`); // its line as on the scenes
      return row;
    };
    const keys = { right: key("right"), wrong: key("wrong"), missed: key("missed") };
    const mined = make("b", { "data-number": "mined" });
    const first = moments.findIndex((_, index) => compute(index).right);
    const { button: play, stop } = player(figure, "Play the run", (isFirst) => {
      const next = isFirst ? 0 : model.get("moment") + 1;
      figure.put({ moment: next });
      if (next === last) return undefined;
      return next < first ? QUICK : SLOW;
    });
    const sooner = maps.findIndex(([, map]) => map > 0.05);
    const flat = Math.max(steps.indexOf(500), 0);
    const [early, late] = [0, last].map(share);
    const bold = compute(last, 0.3);
    const shy = compute(last, 0.9);
    stage.onresize = hint;
    figure.lay(scenes, pointed,
      make("div", { class: "ssd-replay-bar" }, play,
        make("p", { class: "ssd-replay-step" }, "Step ", step, " ", seen),
        ...Object.values(keys).map((one) => one.element)),
      slider,
      figure.chips([
        {
          ask: "When is the first object found?",
          put: () => put({ moment: first }),
          answer: `On these three scenes at step ${steps[first]}, after ${images(first)} images. `
            + "Before, it mostly learns to say background. The mAP is of 200 scenes, and counts "
            + `less certain boxes, too: ${maps[sooner][1].toFixed(3)} at step ${maps[sooner][0]}, `
            + `${maps[first][1].toFixed(3)} here.`,
        },
        {
          ask: "Nearly flat after step 500: why go on?",
          put: () => put({ moment: flat }),
          answer: `From here to the end the loss still falls from ${loss(flat)} to ${loss(last)}: `
            + `by ${percent(1 - Number(loss(last)) / Number(loss(flat)))}`
            + ", which the log scale makes look like little. "
            + `The mAP climbs from ${two(maps[flat][1])} to ${two(maps[last][1])}.`,
        },
        {
          ask: "Which negatives does it learn from?",
          put: () => put({ moment: last, mined: true }),
          answer: "The worst ones, pink here. At step 1, "
            + `${percent(early)} of them touch an object (IoU above 0.1), at the end `
            + `${percent(late)}: the empty ground is learnt first, and what stays hard is almost `
            + "an object.",
        },
        {
          ask: "Show less certain boxes?", put: () => put({ moment: last, threshold: 0.3 }),
          answer: `From a score of 0.30 on, ${bold.right} are right and ${bold.wrong} wrong; from `
            + `0.90 on, ${shy.right} are right and ${shy.wrong} wrong. It is a trade, and the `
            + "chapter on evaluation draws it.",
        },
      ]),
      more("More: score, mined negatives",
        figure.slider("threshold", "Show boxes with a score of at least",
          { min: 0.3, max: 1, step: 0.05 }),
        figure.checkbox("Paint the mined negatives", () => model.get("mined"),
          (on) => figure.put({ mined: on })),
        make("p", { class: "ssd-sum" }, mined, " mined negatives on the three scenes")));

    /**
     * A state of a chip; what it does not name is as at the beginning.
     * @param {Partial<Traits>} state
     */
    function put(state) {
      stop();
      return { threshold: 0.5, mined: false, ...state };
    }

    /** @param {number} moment */
    function go(moment) {
      stop();
      figure.put({ moment: clamp(moment, 0, last) });
    }

    /** @param {number} moment */
    function images(moment) {
      return moments[moment].step * run.batch_size;
    }

    /** @param {number} moment which may lie before the first loss that was written down */
    function lossAt(moment) {
      const { step: at } = moments[clamp(moment, 0, last)];
      if (at < losses[0][0]) return undefined;
      return losses.reduce((a, b) => (Math.abs(b[0] - at) < Math.abs(a[0] - at) ? b : a))[1];
    }

    /** @param {number} value */
    function two(value) {
      return value.toFixed(2);
    }

    /** @param {number} moment */
    function loss(moment) {
      return lossAt(moment)?.toFixed(2) ?? `none before step ${losses[0][0]}`;
    }

    /** @param {number} value */
    function percent(value) {
      return `${Math.round(100 * value)} %`;
    }

    /**
     * How many of the mined negatives touch an object.
     * @param {number} moment
     */
    function share(moment) {
      const touch = moments[moment].scenes.flatMap(({ mined: boxes }, scene) =>
        boxes.map((index) => run.objects[scene].some(([, box]) =>
          overlap(boxAt(index), box).iou > 0.1)));
      return touch.filter(Boolean).length / touch.length;
    }

    function hint() {
      const does = strip.isOne() ? "counts, or press a small scene to enlarge it"
        : "counts as it does";
      if (typeof lit === "object") return pointed.replaceChildren(explain(lit));
      const rest = model.get("mined") ? [make("i", { class: "ssd-key ssd-mined-key" }), PINK]
        : [PIXELS];
      return pointed.replaceChildren(`${pointAt()} a box to see why it ${does}. `, ...rest);
    }

    /** @param {number} index of a default box */
    function boxAt(index) {
      return corners.subarray(4 * index, 4 * index + 4);
    }

    /** @param {Judged} thing */
    function area({ box: [x1, y1, x2, y2] }) {
      return (x2 - x1) * (y2 - y1);
    }

    /** What is right, wrong and missed on the three scenes. */
    function compute(index = model.get("moment"), threshold = model.get("threshold")) {
      const moment = moments[clamp(index, 0, moments.length - 1)];
      return { moment, ...verdicts(moment.scenes, run.objects, run.classes, threshold) };
    }

    /** @param {Judged} one */
    function explain({ verdict, label, why }) {
      return `${LOOKS[verdict][3]} ${run.classes[label]}, ${verdict}: ${why}.`;
    }

    /**
     * Light one box or all of a verdict, or none.
     * @param {Verdict | Judged} [what]
     */
    function light(what) {
      if (what === lit) return;
      lit = what;
      hint();
      stage.draw();
    }

    function refresh() {
      [before, now, changed] = [now, compute(), performance.now()];
      figure.show();
      const { moment, right, wrong, missed } = now;
      const index = moments.indexOf(moment);
      const written = loss(index);
      light();
      hint(); // of what is painted now
      curves[0].stand(moment.step, lossAt(index), written);
      curves[1].stand(moment.step, moment.map, moment.map.toFixed(3));
      step.textContent = `${moment.step}`;
      seen.textContent = `${images(index)} images`;
      keys.right.say(right);
      keys.wrong.say(wrong);
      keys.missed.say(missed);
      const count = moment.scenes.reduce((sum, scene) => sum + scene.mined.length, 0);
      mined.textContent = `${count}`;
      slider.setAttribute("aria-valuenow", `${index}`);
      slider.setAttribute("aria-valuetext", `step ${moment.step}, loss ${written}, `
        + `mAP ${moment.map.toFixed(3)}`);
      stage.draw();
      figure.say(`Step ${moment.step}: loss ${written}, mAP ${two(moment.map)}; `
        + `${right} right, ${wrong} wrong, ${missed} missed.`);
    }

    figure.watch(["moment", "threshold", "mined"], refresh);
    refresh();
    return figure.end;
  },
};
