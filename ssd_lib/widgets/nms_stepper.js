// Non-maximum suppression on an image: the best box is kept, its neighbours are dropped,
// step by step or played; class by class, all classes together, or softly.

import { Figure, buttons, fields, headline, more, panel, sideBySide, smallLine } from "./controls.js";
import { nmsWalk } from "./geometry.js";
import { Labels, Thread, edgeAt, soon } from "./linking.js";
import { Glide, isStill } from "./motion.js";
import { arrowOf, clamp, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Look, Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {{ name: string, box: number[], score: number, added?: boolean }[]} candidates
 * @property {number} score_threshold
 * @property {number} iou_threshold
 * @property {string[]} modes
 * @property {string} mode
 * @property {number} step how many boxes are kept so far
 */

const PACE = 1100; // milliseconds from step to step when it plays
/** @type {Record<string, [token: string, dash: number[], width: number]>} */
const LOOKS = {
  waiting: ["prediction", [], 1.5], kept: ["kept", [], 3.5], dropped: ["dropped", [6, 5], 2.5],
  below: ["default", [2, 4], 2],
};

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    const stage = figure.stage(paint, 0.03);
    const thread = new Thread(el);
    const first = Object.fromEntries(
      /** @type {(keyof Traits)[]} */ (["score_threshold", "iou_threshold", "mode"])
        .map((name) => [name, model.get(name)]));
    let now = compute(); // steps of the rule, and the state of each candidate
    let pointed = -1; // a candidate
    let current = 0; // row that has the keys
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let playing;
    const glide = new Glide(alphas, () => stage.draw(), 280);

    // Controls
    const atEnd = () => now.done.length === now.steps.length;
    const atStart = () => now.done.length === 0;
    const left = headline("Boxes left", "left");
    const said = make("p", { class: "ssd-said", "data-line": "step" });
    const sum = smallLine("sum");
    const play = figure.button("Play", () => (playing ? stop() : start()));
    play.classList.add("ssd-main");
    const table = make("table", {
      class: "ssd-fates", onpointerover: ({ target }) => pointAt(rankOf(target)),
      onpointerleave: () => pointAt(-1), onfocusin: ({ target }) => pointAt(rankOf(target)),
      onfocusout: () => pointAt(-1), onkeydown: goToRow,
    });
    const list = make("div", { class: "ssd-fate-list", role: "region", "aria-label": "Candidates" },
      table);
    const lines = sideBySide(panel(stage.frame), panel(
      left.element,
      buttons(play,
        figure.button("Keep the best", () => step(1), atEnd),
        figure.button("One back", () => step(-1), atStart)),
      said, list, sum));
    lines.classList.add("ssd-stepping");
    const limit = figure.slider("iou_threshold", "Drop a box if its IoU with a better one is above",
      {
        min: 0, max: 1, step: 0.05, put: (value) => change({ iou_threshold: value }),
        disabled: () => model.get("mode").startsWith("soft"),
      });
    figure.lay(lines, figure.chips(questions()),
      more("More: rule, thresholds",
        fields(
          figure.select("mode", "Rule ", model.get("modes"), { put: (mode) => change({ mode }) }),
          limit,
          figure.slider("score_threshold", "Look only at scores above", {
            min: 0, max: 0.95, step: 0.05, put: (value) => change({ score_threshold: value }),
          })),
        buttons(
          figure.button("To the end", () => step(Infinity), atEnd),
          figure.button("Start again", () => step(-Infinity), atStart))),
      thread.element);
    figure.ends.push(glide.end, stop);
    stage.element.addEventListener("pointermove", (event) => {
      const seen = model.get("candidates").map(({ box }, k) => (alphas()[k] > 0 ? box : undefined));
      pointAt(edgeAt(seen, stage.at(event), stage.element.clientWidth), true);
    });
    stage.element.addEventListener("pointerleave", () => pointAt(-1));

    /** @param {number} by */
    function step(by) {
      stop();
      figure.put({ step: clamp(now.done.length + by, 0, now.steps.length) });
    }

    /**
     * Another rule: whoever saw the end sees the end, under the new rule.
     * @param {Partial<Traits>} traits
     */
    function change(traits) {
      stop();
      const ended = atEnd();
      const { steps } = compute(traits);
      figure.put({ ...traits, step: ended ? steps.length : Math.min(now.done.length, steps.length) });
    }

    function start() {
      if (atEnd()) figure.put({ step: 0 });
      const next = () => {
        const steps = now.steps.length;
        const at = Math.min(model.get("step") + 1, steps);
        figure.put({ step: at });
        playing = at < steps ? setTimeout(next, PACE) : undefined;
        sayPlay();
      };
      playing = setTimeout(next, 250);
      sayPlay();
    }

    function stop() {
      clearTimeout(playing);
      playing = undefined;
      sayPlay();
    }

    function sayPlay() {
      play.textContent = playing ? "Pause" : "Play";
    }

    /** Questions, with answers that are computed from the first state. */
    function questions() {
      const candidates = model.get("candidates");
      const [alone, together, soft] = model.get("modes");
      /** @param {Partial<Traits>} traits */
      const end = (traits) => {
        const { steps } = compute({ ...first, ...traits });
        return { kept: steps.map(({ kept }) => kept), put: () => (
          { ...first, ...traits, step: steps.length }) };
      };
      const usual = end({ mode: alone });
      const asked = [];
      const second = candidates.findIndex(({ added, name }, k) => added
        && !usual.kept.includes(k) && usual.kept.some((other) => candidates[other].name === name));
      const limits = Array.from({ length: 20 }, (_, k) => (k + 1) / 20);
      const enough = limits.find((iou) => end({ mode: alone, iou_threshold: iou }).kept.includes(second));
      if (second >= 0 && enough) {
        const { name } = candidates[second];
        const { kept, put } = end({ mode: alone, iou_threshold: enough });
        const same = kept.filter((k) => candidates[k].name === name).length;
        asked.push({
          ask: `From which limit on does the second ${name} stay?`, put,
          answer: `From ${enough.toFixed(2)} on. But then ${kept.length} boxes stay instead of `
            + `${usual.kept.length}, ${same} of them “${name}”: duplicates come along, because they `
            + "overlap no more than two real neighbours do.",
        });
      }
      const all = end({ mode: together });
      const gone = usual.kept.filter((k) => !all.kept.includes(k)).map((k) =>
        `“${candidates[k].name} ${candidates[k].score.toFixed(2)}”`);
      asked.push({
        ask: "What if all classes compete?", put: all.put,
        answer: `${all.kept.length} boxes stay instead of ${usual.kept.length}. `
          + (gone.length ? `${gone.join(", ")} is dropped by a box of another class. ` : "")
          + "That removes doubts about one object, and one of two objects that really overlap.",
      });
      const none = end({ mode: alone, iou_threshold: 1 });
      asked.push({
        ask: "What if nothing is dropped?", put: none.put,
        answer: `All ${none.kept.length} candidates stay, a bundle on each object: this is what the `
          + "network itself says.",
      });
      const gentle = end({ mode: soft });
      asked.push({
        ask: "What does the soft rule keep?", put: gentle.put,
        answer: `${gentle.kept.length} boxes instead of ${usual.kept.length}. Nothing is dropped at `
          + "once: the more a box overlaps a better one, the further its score falls, and it is gone "
          + `when it falls to ${model.get("score_threshold").toFixed(2)} or less.`,
      });
      return asked;
    }

    /**
     * What the rule does, and after the steps taken so far each candidate's fate.
     * @param {Partial<Traits>} [traits] in place of those that are set
     */
    function compute(traits = {}) {
      /**
       * @template {keyof Traits} K
       * @param {K} name
       * @returns {Traits[K]}
       */
      const get = (name) => /** @type {Traits[K]} */ (traits[name] ?? model.get(name));
      const candidates = model.get("candidates");
      const threshold = get("score_threshold");
      const scores = candidates.map(({ score }) => score);
      const names = candidates.map(({ name }) => name);
      const steps = nmsWalk(candidates.map(({ box }) => box), scores, names, {
        score: threshold, iou: get("iou_threshold"),
        agnostic: get("mode").startsWith("all"), soft: get("mode").startsWith("soft"),
      });
      const fates = scores.map((score) => (score > threshold
        ? { kind: "waiting", score, text: "waiting", iou: 0, at: -1 }
        : { kind: "below", score, text: "score too low", iou: 0, at: -1 }));
      const done = steps.slice(0, get("step"));
      const rank = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
      done.forEach(({ kept, score, touched }, at) => {
        fates[kept] = { kind: "kept", score, text: "kept", iou: 0, at };
        for (const { box, iou, after } of touched) {
          const over = after > threshold;
          fates[box] = {
            kind: over ? "waiting" : "dropped", score: after > 0 ? after : fates[box].score,
            text: `${over ? "lowered" : "dropped"} by ${rank.indexOf(kept) + 1} ${names[kept]}, `
              + `IoU ${iou.toFixed(2)}`, iou, at,
          };
        }
      });
      return { steps, fates, done, rank };
    }

    /** How much each box is seen: dropped ones fade, and are gone with the next step. */
    function alphas() {
      return now.fates.map(({ kind, at }, k) => {
        if (k === pointed) return 1;
        const seen = { waiting: 0.85, kept: 1, dropped: at === now.done.length - 1 ? 0.8 : 0 }[kind] ?? 0;
        return pointed < 0 ? seen : seen * 0.25;
      });
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const candidates = model.get("candidates");
      const halo = figure.colour("on-box");
      const order = ["below", "waiting", "dropped", "kept"];
      const drawn = [...now.rank].reverse().sort((a, b) => Number(a === pointed) - Number(b === pointed)
        || order.indexOf(now.fates[a].kind) - order.indexOf(now.fates[b].kind));
      for (const k of drawn) {
        if (!(glide.now[k] > 0.01)) continue;
        const [token, dash, wide] = LOOKS[now.fates[k].kind];
        context.globalAlpha = glide.now[k];
        strokeTwice(context, [figure.colour(token), dash, wide + (k === pointed ? 1.5 : 0)],
          () => context.rect(...rectOf(candidates[k].box, width, height)), halo);
      }
      context.globalAlpha = 1;
      const labels = new Labels(context, width, height, 0.03 * width);
      const kept = now.rank.filter((k) => now.fates[k].kind === "kept");
      for (const k of pointed < 0 ? kept : [pointed]) {
        const { kind, score, iou } = now.fates[k];
        const text = `${candidates[k].name} ${score.toFixed(2)}${iou ? `, IoU ${iou.toFixed(2)}` : ""}`;
        labels.write(candidates[k].box, text, figure.colour(LOOKS[kind][0]), halo,
          figure.colour("face-ui"));
      }
    }

    // A row and its box light each other.
    /** @param {EventTarget | null} target */
    function rankOf(target) {
      const tr = /** @type {HTMLElement} */ (target).closest("tr");
      return tr?.dataset.box === undefined ? -1 : Number(tr.dataset.box);
    }

    /**
     * @param {number} k a candidate, or -1
     * @param {boolean} [scroll] to its row
     */
    function pointAt(k, scroll) {
      if (k === pointed) return;
      pointed = k;
      if (scroll && k >= 0) scrollTo(now.rank.indexOf(k), "auto");
      showPointed();
    }

    function showPointed() {
      [...table.rows].forEach((tr, i) => tr.classList.toggle("ssd-lit", now.rank[i] === pointed));
      const at = now.rank.indexOf(pointed);
      const tr = table.rows[at];
      if (tr && isSeen(tr)) {
        thread.show(tr, stage.element, model.get("candidates")[pointed].box);
      } else thread.hide();
      glide.go();
    }

    /** @param {HTMLElement} tr */
    function isSeen(tr) {
      const top = tr.offsetTop - list.scrollTop;
      return top > -tr.offsetHeight / 2 && top < list.clientHeight - tr.offsetHeight / 2;
    }

    /**
     * Let the list, not the page, show a row.
     * @param {number} index
     * @param {ScrollBehavior} behavior
     */
    function scrollTo(index, behavior) {
      const tr = table.rows[index];
      if (!tr) return;
      const top = tr.offsetTop - list.clientHeight / 3;
      if (behavior === "auto" && isSeen(tr)) return;
      list.scrollTo({ top, behavior: isStill() ? "auto" : behavior });
    }

    /** @param {KeyboardEvent} event */
    function goToRow(event) {
      const arrow = arrowOf(event);
      if (!arrow) return;
      event.preventDefault();
      current = clamp(current + arrow[1], 0, table.rows.length - 1);
      [...table.rows].forEach((tr, i) => { tr.tabIndex = i === current ? 0 : -1; });
      table.rows[current].focus();
    }

    // Numbers
    function sayStep() {
      const last = now.done.at(-1);
      if (!last) return "Nothing is kept yet. Which box comes first, and which ones will it drop?";
      const dropped = last.touched.filter(({ after }) => !(after > model.get("score_threshold")));
      const lowered = last.touched.length - dropped.length;
      const effects = dropped.length || !lowered ? [`${dropped.length || "none"} dropped`] : [];
      if (lowered) effects.push(`${lowered} lowered`);
      return `Step ${now.done.length} of ${now.steps.length}: ${now.rank.indexOf(last.kept) + 1} `
        + `${model.get("candidates")[last.kept].name}, score ${last.score.toFixed(2)}, is kept; `
        + `${effects.join(", ")}.`;
    }

    /** The rows stay; what stands in them changes. */
    function drawRows() {
      const candidates = model.get("candidates");
      if (table.rows.length !== now.rank.length) {
        table.replaceChildren(...now.rank.map((_, i) => make("tr", { tabindex: i ? -1 : 0 },
          make("td"), make("td"), make("td"))));
        current = 0;
      }
      now.rank.forEach((k, i) => {
        const [tr, { kind, score, text, at }] = [table.rows[i], now.fates[k]];
        Object.assign(tr.dataset, { box: String(k), state: kind });
        tr.classList.toggle("ssd-new", at >= 0 && at === now.done.length - 1);
        [`${i + 1} ${candidates[k].name}`, score.toFixed(2), text].forEach((words, column) => {
          tr.cells[column].textContent = words;
        });
      });
    }

    function refresh() {
      now = compute();
      if (pointed >= now.fates.length) pointed = -1;
      figure.show();
      drawRows();
      const count = (/** @type {string} */ kind) =>
        now.fates.filter((fate) => fate.kind === kind).length;
      left.say(count("kept") + count("waiting"), `of ${now.fates.length - count("below")}`);
      sum.textContent = `${count("kept")} kept, ${count("dropped")} dropped, `
        + `${count("waiting")} waiting, ${count("below")} with too low a score`;
      said.textContent = sayStep();
      const last = now.done.at(-1);
      if (pointed < 0) scrollTo(last ? now.rank.indexOf(last.kept) : 0, "smooth");
      if (glide.now.length !== now.fates.length) glide.jump();
      showPointed();
      figure.say(`${said.textContent} ${sum.textContent}.`);
    }

    figure.watch(["candidates", "score_threshold", "iou_threshold", "mode", "step"], soon(refresh));
    refresh();
    return figure.end;
  },
};
