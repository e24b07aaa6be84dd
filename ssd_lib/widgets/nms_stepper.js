// Non-maximum suppression on an image: the best box is kept, its neighbours are dropped,
// step by step or played; class by class, all classes together, or softly.

import { writeNames } from "./box_names.js";
import {
  Figure, buttons, fields, headRow, headline, keyRow, more, panel, sideBySide,
} from "./controls.js";
import { Thread, boxAt, soon } from "./linking.js";
import { Glide, player } from "./motion.js";
import { questions, sayStep, suppress } from "./nms_rules.js";
import { arrowOf, clamp, isStill, make, rectOf, strokeTwice } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Candidate, Rule } from "./nms_rules.js" */
/** @import { Paint } from "./stage.js" */
/**
 * @typedef {object} Traits
 * @property {Candidate[]} candidates
 * @property {number} score_threshold
 * @property {number} iou_threshold
 * @property {string[]} modes
 * @property {string} mode
 * @property {number} step how many boxes are kept so far
 */

const MANY = 12; // kept boxes are not all named
const NARROW = 420; // pixels: an image that has room for one name
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
    let now = compute(); // steps of the rule, and the state of each candidate
    let inRows = [...now.rank]; // the candidates
    let pointed = -1; // a candidate
    let lit = ""; // a kind of fate
    let current = 0; // row that has the keys
    let isHeld = false; // a tap on the image lasts until the next one
    /** @type {number | undefined} where the list was before the image moved it */
    let listWas;
    const glide = new Glide(alphas, () => stage.draw(), 280);

    // Controls
    const atEnd = () => now.done.length === now.steps.length;
    const atStart = () => now.done.length === 0;
    const left = headline("Boxes left", "left");
    const said = make("p", { class: "ssd-said", "data-line": "step" });
    const keys = ["kept", "dropped", "waiting"].map((kind) => keyRow(LOOKS[kind][0], kind, {
      name: kind, dashed: kind === "dropped", light: (on) => {
        lit = on ? kind : "";
        glide.go();
      },
    }));
    const { button: play, stop } = player(figure, "Play", (isFirst) => {
      const steps = now.steps.length;
      if (isFirst && atEnd()) figure.put({ step: 0 });
      if (isFirst) return 250;
      const at = Math.min(model.get("step") + 1, steps);
      figure.put({ step: at });
      return at < steps ? PACE : undefined;
    });
    play.className = "ssd-main";
    const body = make("tbody");
    const table = make("table", {
      class: "ssd-fates", onpointerover: ({ target }) => pointAt(rankOf(target)),
      onpointerleave: () => pointAt(-1), onfocusin: ({ target }) => pointAt(rankOf(target)),
      onfocusout: () => pointAt(-1), onkeydown: goToRow,
    }, make("thead", {}, headRow("box", "score", "dropped by, and IoU")), body);
    const list = make("div", { class: "ssd-fate-list", role: "region", "aria-label": "Candidates" },
      table);
    const fade = () => list.classList.toggle("ssd-goes-down",
      list.scrollTop + list.clientHeight < table.offsetTop + table.offsetHeight - 2);
    list.addEventListener("scroll", fade, { passive: true });
    const observer = new ResizeObserver(fade);
    for (const element of [list, table]) observer.observe(element);
    figure.ends.push(() => observer.disconnect());
    const lines = sideBySide(panel(stage.frame), panel(
      left.element,
      buttons(play,
        figure.button("Keep the best", () => step(1), atEnd),
        figure.button("One back", () => step(-1), atStart)),
      said, list,
      make("div", { class: "ssd-keys ssd-three-keys" }, ...keys.map(({ element }) => element))));
    left.element.append(figure.settings({
      mode: (mode) => mode.split(/,| tog/)[0],
      iou_threshold: (value) => `IoU limit ${value.toFixed(2)}`,
      score_threshold: (value) => `scores above ${value.toFixed(2)}`,
    }));
    lines.classList.add("ssd-stepping");
    stage.element.classList.add("ssd-light"); // its lines lie on an image in both schemes
    const limit = figure.slider("iou_threshold", "Drop a box if its IoU with a better one is above",
      {
        min: 0, max: 1, step: 0.05, put: (value) => change({ iou_threshold: value }),
        disabled: () => model.get("mode").startsWith("soft"),
      });
    figure.lay(lines, figure.chips(questions(model.get("candidates"), rule(), model.get("modes"))
      .map(({ ask, traits, answer }) => ({ ask, answer, put: () => traits }))),
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
    figure.ends.push(glide.end);
    const pointOn = (/** @type {MouseEvent} */ event, /** @type {number} */ near) => {
      const seen = alphas();
      const boxes = model.get("candidates").map(({ box }, k) => (seen[k] > 0 ? box : undefined));
      pointAt(boxAt(boxes, stage.at(event), near / stage.element.clientWidth), true);
    };
    stage.element.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") pointOn(event, 6);
    });
    stage.element.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse") pointAt(-1, true);
    });
    stage.element.addEventListener("click", (event) => {
      const isTap = !(event instanceof PointerEvent) || event.pointerType !== "mouse";
      if (!isTap) return;
      const was = pointed;
      pointOn(event, 22);
      isHeld = pointed >= 0;
      if (was === pointed) pointAt(-1, true);
    });

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
      const { steps } = suppress(model.get("candidates"), { ...rule(), ...traits });
      const done = ended ? steps.length : Math.min(now.done.length, steps.length);
      figure.put({ ...traits, step: done });
    }

    /** @returns {Rule} */
    function rule() {
      return {
        score_threshold: model.get("score_threshold"), iou_threshold: model.get("iou_threshold"),
        mode: model.get("mode"),
      };
    }

    function compute() {
      return suppress(model.get("candidates"), rule(), model.get("step"));
    }

    /** How much each box is seen: dropped ones fade, and are gone with the next step. */
    function alphas() {
      return now.fates.map(({ kind, at }, k) => {
        if (k === pointed) return 1;
        if (lit) return kind === lit ? 1 : 0.1;
        const gone = at === now.done.length - 1 ? 0.6 : 0;
        const waits = model.get("mode").startsWith("soft") ? 0.15 + 0.75 * now.fates[k].score
          : 0.85;
        const seen = { waiting: waits, kept: 1, dropped: gone }[kind] ?? 0;
        return pointed < 0 ? seen : seen * 0.25;
      });
    }

    /** @type {Paint} */
    function paint(context, width, height) {
      const candidates = model.get("candidates");
      const light = getComputedStyle(stage.element);
      const colour = (/** @type {string} */ token) => light.getPropertyValue(`--ssd-${token}`);
      const halo = colour("on-box");
      const all = now.rank.filter((k) => now.fates[k].kind === "kept");
      const order = ["below", "waiting", "dropped", "kept"];
      const drawn = [...now.rank].reverse().sort((a, b) =>
        Number(a === pointed) - Number(b === pointed)
        || order.indexOf(now.fates[a].kind) - order.indexOf(now.fates[b].kind));
      for (const k of drawn) {
        if (!(glide.now[k] > 0.01)) continue;
        const [token, dash, wide] = LOOKS[now.fates[k].kind];
        context.globalAlpha = glide.now[k];
        strokeTwice(context, [colour(token), dash,
          all.length > MANY && k !== pointed ? 1.5 : wide + (k === pointed ? 1.5 : 0)],
          () => context.rect(...rectOf(candidates[k].box, width, height)), halo);
      }
      context.globalAlpha = 1;
      const nameOf = (/** @type {number} */ k) => candidates[k].name;
      const last = now.done.at(-1);
      const kept = last && width < NARROW && !atEnd() ? [last.kept]
        : all.length <= MANY ? all // the best of each class
        : all.filter((k, i) => all.findIndex((one) => nameOf(one) === nameOf(k)) === i);
      const beside = all.length > MANY ? kept : now.steps.map((one) => one.kept);
      const names = (pointed < 0 ? beside : [pointed]).map((k) => {
        const { kind, score, iou } = now.fates[k];
        const shared = iou ? `, IoU ${iou.toFixed(2)}` : "";
        const sure = score.toFixed(2);
        const texts = [`${nameOf(k)} ${sure}${shared}`, sure];
        const isShown = pointed >= 0 || kept.includes(k); // places stay
        return { box: candidates[k].box, texts, colour: colour(LOOKS[kind][0]), isShown };
      });
      writeNames(context, names, [width, height], halo);
    }

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
      isHeld = false;
      if (scroll && k >= 0) {
        listWas ??= list.scrollTop;
        scrollTo(inRows.indexOf(k), "auto");
      } else if (listWas !== undefined) {
        if (scroll) list.scrollTop = listWas;
        listWas = undefined;
      }
      showPointed();
    }

    function showPointed() {
      [...body.rows].forEach((tr, i) => tr.classList.toggle("ssd-lit", inRows[i] === pointed));
      const at = inRows.indexOf(pointed);
      const tr = body.rows[at];
      if (tr && isSeen(tr)) {
        thread.show(tr, stage.element, model.get("candidates")[pointed].box);
      } else thread.hide();
      glide.go();
    }

    /** @param {HTMLElement} tr */
    function isSeen(tr) {
      const top = tr.offsetTop - list.scrollTop;
      const first = (table.tHead?.offsetHeight ?? 0) - tr.offsetHeight / 2;
      return top > first && top < list.clientHeight - tr.offsetHeight / 2;
    }

    /**
     * Let the list show a row.
     * @param {number} index
     * @param {ScrollBehavior} behavior
     */
    function scrollTo(index, behavior) {
      const tr = body.rows[index];
      if (!tr) return;
      if (behavior === "auto" && isSeen(tr)) return;
      const [head, high] = [table.tHead?.offsetHeight ?? 0, tr.offsetHeight];
      const above = Math.round((list.clientHeight / 3 - head) / high);
      const most = Math.floor((list.scrollHeight - list.clientHeight) / high);
      const top = high * clamp(index - above, 0, most); // a whole row comes below the head
      list.scrollTo({ top, behavior: isStill() ? "auto" : behavior });
    }

    /** @param {KeyboardEvent} event */
    function goToRow(event) {
      const arrow = arrowOf(event);
      if (!arrow) return;
      event.preventDefault();
      current = clamp(current + arrow[1], 0, body.rows.length - 1);
      [...body.rows].forEach((tr, i) => { tr.tabIndex = i === current ? 0 : -1; });
      body.rows[current].focus();
    }

    // Numbers
    /** Each kept box with those that it dropped below it; then what waits, by its score. */
    function sorted() {
      const { fates, rank, done } = now;
      const gone = done.flatMap(({ kept }, nth) => [kept, ...rank.filter((k) =>
        fates[k].kind === "dropped" && fates[k].at === nth)]);
      return [...gone, ...rank.filter((k) => !gone.includes(k))];
    }

    function drawRows() {
      inRows = sorted();
      const candidates = model.get("candidates");
      if (body.rows.length !== now.rank.length) {
        body.replaceChildren(...now.rank.map((_, i) => make("tr", { tabindex: i ? -1 : 0 },
          make("td"), make("td"), make("td"))));
        current = 0;
        table.rows[0].cells[0].textContent = `${now.rank.length} boxes`;
      }
      inRows.forEach((k, i) => {
        const [tr, { kind, score, text, at }] = [body.rows[i], now.fates[k]];
        Object.assign(tr.dataset, { box: String(k), state: kind });
        tr.classList.toggle("ssd-new", at >= 0 && at === now.done.length - 1);
        const name = `${now.rank.indexOf(k) + 1} ${candidates[k].name}`;
        [name, score.toFixed(2), text].forEach((words, column) => {
          tr.cells[column].textContent = words;
        });
      });
    }

    function refresh() {
      now = compute();
      if (isHeld || pointed >= now.fates.length) pointed = -1;
      isHeld = false;
      figure.show();
      drawRows();
      const count = (/** @type {string} */ kind) =>
        now.fates.filter((fate) => fate.kind === kind).length;
      left.say(count("kept") + count("waiting"), `of ${now.fates.length - count("below")}`);
      ["kept", "dropped", "waiting"].forEach((kind, i) => keys[i].say(count(kind)));
      said.textContent = sayStep(model.get("candidates"), now, rule());
      const last = now.done.at(-1);
      if (pointed < 0) scrollTo(last ? inRows.indexOf(last.kept) : 0, "smooth");
      if (glide.now.length !== now.fates.length) glide.jump();
      showPointed();
      figure.say(`${said.textContent} ${count("kept")} kept, ${count("dropped")} dropped, `
        + `${count("waiting")} waiting, ${count("below")} with too low a score.`);
    }

    figure.watch(["candidates", "score_threshold", "iou_threshold", "mode", "step"], soon(refresh));
    refresh();
    return figure.end;
  },
};
