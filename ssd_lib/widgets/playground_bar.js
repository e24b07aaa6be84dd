// What runs the playground: train, pause, one step, start again, at which speed; and how far
// it has come, in numbers and in words.

import { choices, headline } from "./controls.js";
import { differences } from "./engine/config.js";
import { counts } from "./playground_view.js";
import { settingText, waiting } from "./playground_words.js";
import { make } from "./stage.js";

/** @import { Config } from "./engine/config.js" */
/** @import { Run } from "./playground_run.js" */
/**
 * @typedef {object} Hands what the buttons do
 * @property {() => void} toggle
 * @property {() => void} one
 * @property {() => void} again
 * @property {() => void} keep
 * @property {(speed: number | "full") => void} setSpeed
 */

/** @type {[value: number | "full", text: string][]} steps in a sixtieth of a second */
const SPEEDS = [["full", "as fast as it can"], [10 / 60, "10 steps a second"],
  [2 / 60, "2 steps a second"]];
/** @type {Record<string, string>} */
const WORDS = { running: "Pause", paused: "Go on", done: "Train again", failed: "Try again" };

/**
 * A button that says what it does.
 * @param {string} text
 * @param {() => void} onclick
 */
function press(text, onclick) {
  return make("button", { type: "button", onclick }, text);
}

/**
 * The wanted settings that a run has not taken up.
 * @param {Run} run
 * @param {Config} wanted
 */
export function waitingFor(run, wanted) {
  if (!run.step) return [];
  return run.isOver ? differences(wanted, run.config) : waiting(wanted, run.config);
}

/** The buttons and numbers; `element` and `cover` go into the page. */
export class RunBar {
  /** @param {Hands} hands */
  constructor(hands) {
    this.train = press("Train", hands.toggle);
    this.train.className = "ssd-main";
    this.one = press("One step", hands.one);
    this.again = press("Start again", hands.again);
    this.keep = press("Keep this run", hands.keep);
    const big = press("Train it", hands.toggle);
    big.className = "ssd-main";
    this.cover = make("div", { class: "ssd-cover" }, big,
      make("span", {}, "A minute or less, in this page, from nothing."));
    const speed = make("select", {
      onchange: () => hands.setSpeed(SPEEDS[speed.selectedIndex][0]),
    }, ...choices(SPEEDS.map((_, k) => k), SPEEDS.map(([, text]) => text)));
    this.bar = make("progress", { max: 1, value: 0, "aria-label": "Steps done" });
    this.steps = make("p", { class: "ssd-sum", "data-line": "steps" });
    this.notice = make("p", { class: "ssd-notice", role: "status", "data-line": "notice" });
    this.number = headline("mAP: how well it finds things", "map");
    this.number.element.firstElementChild?.append(make("span", {}, ", from 0 to 1"));
    this.speed = make("label", { class: "ssd-speed" }, "Speed", speed);
    this.element = make("div", { class: "ssd-run" },
      make("div", { class: "ssd-run-bar" }, this.train, this.one, this.again),
      this.bar, this.steps, this.notice, this.number.element);
  }

  /**
   * @param {Run} run
   * @param {Config} wanted
   * @param {string} note why it is as it is
   * @param {string} [ask] the question that these settings are to answer
   */
  show(run, wanted, note, ask) {
    const { state, step, config } = run;
    this.train.textContent = WORDS[state] ?? "Train";
    this.train.dataset.on = state === "running" ? "yes" : "";
    this.one.disabled = run.isOver;
    this.again.disabled = !step && state !== "failed";
    this.again.classList.toggle("ssd-calls", waitingFor(run, wanted).length > 0);
    this.bar.value = step / config.steps;
    const left = Math.ceil(run.left);
    this.steps.textContent = `Step ${step} of ${config.steps}, ${step * (config.overfit ? 1
      : config.batchSize)} images${left > 0 ? `, ${left}\u00a0s\u00a0left` : ""}`;
    const { right, of } = counts(run.scenes);
    this.number.say(Number.isFinite(run.map) ? run.map.toFixed(2) : "–",
      run.scenes.length ? `${right} of ${of} found (score of 0.5 or more)` : "");
    const text = noticeText(run, wanted, note, ask);
    if (text !== this.notice.textContent) this.notice.textContent = text;
  }
}

/**
 * @param {Run} run
 * @param {Config} wanted
 * @param {string} note
 * @param {string} [ask]
 */
function noticeText(run, wanted, note, ask) {
  if (run.state === "failed") return `Training does not work here: ${run.problem}.`;
  const waits = waitingFor(run, wanted);
  if (waits.length) {
    return `Needs a new start: ${waits.map((key) => settingText(key, wanted[key])).join("; ")}.`;
  }
  if (note) return note;
  if (run.diverged) return `At step ${run.step} the loss is not a number any more: it diverged.`;
  if (run.state === "done") {
    return `Done in ${run.seconds.toFixed(0)} s. ` + (ask
      ? `You asked: “${ask}” The answer is with the question, below.`
      : "Change one thing and train again: this curve stays.");
  }
  return run.step ? "" : "Untrained: its weights are random numbers, and so are its guesses.";
}
