// The playground: a reader trains an SSD in the page, from nothing, and changes what this
// book explains.

import { Figure, more } from "./controls.js";
import { DEFAULTS, LIVE, complete, differences } from "./engine/config.js";
import { EXPERIMENTS, TOPICS } from "./engine/experiments.js";
import { soon } from "./linking.js";
import { RunBar } from "./playground_bar.js";
import { Curves } from "./playground_curves.js";
import { Exports } from "./playground_export.js";
import { Folders } from "./playground_folders.js";
import { KeptRuns } from "./playground_kept.js";
import { Knobs } from "./playground_knobs.js";
import { Look } from "./playground_look.js";
import { MEASURED, Run, isSlow } from "./playground_run.js";
import { counts } from "./playground_view.js";
import { configOf, settingText, shortened } from "./playground_words.js";
import { isStill, make } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { Config } from "./engine/config.js" */
/** @import { News } from "./playground_run.js" */
/**
 * @typedef {object} Experiment
 * @property {string} name
 * @property {string} ask
 * @property {string} watch
 * @property {string} answer
 */
/**
 * @typedef {object} Traits
 * @property {Partial<Config>} config what is not as in the defaults
 * @property {Experiment[]} experiments
 */

const PACE_MS = 8000; // from one spoken line to the next
const SETTLE_MS = 250; // a knob has come to rest
const LAYOUT_GROUPS = ["Default boxes", "Matching"]; // whose knobs are seen on the boxes

/** One figure. */
class Playground {
  /** @type {Run | undefined} */
  run;
  /** @type {number | "full"} */
  speed = "full";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  spoken = -Infinity;
  asked = false; // the settings come from a question
  shrunk = {}; // what this device needs to be up to it
  note = ""; // why it is as it is, until something else happens
  /** @type {number | undefined} */
  frame;

  /** @param {Figure<Traits>} figure */
  constructor(figure) {
    this.figure = figure;
    const program = figure.model.get(/** @type {any} */ ("trainer"));
    this.isPage = !program;
    /** @type {() => Promise<string>} */
    this.source = () => (program ? Promise.resolve(program) : window.ssdLoad("trainer"));
    const place = this.isPage && configOf(location.hash);
    if (place) figure.put({ config: place });
    this.wanted = complete(figure.model.get("config"));
    this.mayShrink = this.isPage && matchMedia("(pointer: coarse), (max-width: 600px)").matches
      && !place && !differences(this.wanted, DEFAULTS).length;
    const [run, wanted] = [() => this.run, () => this.wanted];
    this.look = new Look(figure, {
      run, wanted, setScales: (scales) => this.put({ scales }), turned: () => this.show(),
    });
    this.curves = new Curves((text) => figure.say(text));
    this.kept = new KeptRuns({
      now: run, changed: () => this.drawCurves(),
      light: (name) => {
        this.curves.lit = name;
        this.drawCurves();
      },
    });
    this.knobs = new Knobs({
      wanted, running: () => this.run?.config ?? this.wanted, isPage: this.isPage,
      isUnderway: () => Boolean(this.run?.step), put: (changes, group) => this.put(changes, group),
    });
    this.bar = new RunBar({
      toggle: () => this.toggle(), one: () => this.oneStep(), again: () => this.start(false),
      keep: () => this.run && this.kept.keep(this.run), setSpeed: (speed) => this.setSpeed(speed),
    });
    this.question = make("b", { "data-line": "question" });
    this.watch = make("span", { "data-line": "watch" });
    this.trainThis = make("button",
      { type: "button", class: "ssd-main", onclick: () => this.trainAsked() }, "Train this");
    this.watching = make("div", { class: "ssd-watch" },
      make("p", { role: "status" }, this.question, " ", this.watch), this.trainThis);
    this.exports = new Exports({ wanted, now: run, isPage: this.isPage });
    this.lay();
    this.listen();
    this.start(false);
  }

  lay() {
    const { figure, look, bar, curves } = this;
    look.view.element.append(bar.cover);
    const log = figure.checkbox("Losses on a logarithmic scale", () => curves.logarithmic,
      (on) => {
        curves.logarithmic = on;
        this.drawCurves();
      });
    const folders = new Folders([
      { name: "Questions", content: [this.questions()] },
      { name: "Settings", content: [this.knobs.element] },
      { name: "Save and share", content: [this.exports.element] },
    ], matchMedia("(max-width: 600px)").matches ? -1 : 0,
    { list: "ssd-folder-tabs", panel: "ssd-folder", label: "Go on with" });
    figure.lay(make("div", { class: "ssd-playground" },
      make("div", { class: "ssd-ground" }, look.element,
        make("div", { class: "ssd-panel" }, bar.element, curves.element,
          more("More: speed, scale, keeping a run", bar.speed, log, bar.keep))),
      look.row, make("div", { class: "ssd-folders" }, folders.list, ...folders.panels),
      this.kept.element)); // last: a first run that is kept moves nothing
  }

  /**
   * What an experiment sets, on this device.
   * @param {string} name
   * @returns {Partial<Config>}
   */
  settingsOf(name) {
    return { ...EXPERIMENTS[name], ...this.shrunk };
  }

  /** The questions as short buttons, by what they are about. */
  questions() {
    const asked = this.figure.model.get("experiments");
    const tries = this.figure.chips(asked.map(({ name, ask, answer }) => ({
      ask, name: name[0].toUpperCase() + name.slice(1), answer,
      put: () => ({ config: this.settingsOf(name) }),
    })));
    tries.querySelector(".ssd-answer")?.setAttribute("data-hint",
      "1. Press a question: it changes a setting, and what to watch for stands here. 2. Guess "
      + "what comes of it. 3. Train it, and press the question again: five recorded runs know "
      + "the answer.");
    const chips = [...tries.querySelectorAll(".ssd-chip")];
    tries.querySelector(".ssd-presets")?.append(...Object.entries(TOPICS).map(([topic, names]) =>
      make("div", { class: "ssd-topic", role: "group", "aria-label": topic },
        make("p", { class: "ssd-sum" }, topic),
        ...names.flatMap((name) => chips[asked.findIndex((one) => one.name === name)] ?? []))));
    const answers = tries.querySelector(".ssd-answers");
    if (answers) tries.append(make("div", { class: "ssd-card" }, this.watching, answers));
    return tries;
  }

  listen() {
    const { figure } = this;
    const configure = soon(() => this.configure());
    figure.watch(["config"], () => {
      this.asked ||= figure.asking;
      configure();
    });
    const hide = () => {
      if (document.visibilityState !== "hidden" || this.run?.state !== "running") return;
      this.run.pause();
      this.note = "Paused while this page was out of sight.";
      this.show();
    };
    document.addEventListener("visibilitychange", hide);
    const readAddress = () => this.readAddress();
    if (this.isPage) addEventListener("hashchange", readAddress);
    figure.ends.push(() => {
      document.removeEventListener("visibilitychange", hide);
      removeEventListener("hashchange", readAddress);
      clearTimeout(this.timer);
      if (this.frame !== undefined) cancelAnimationFrame(this.frame);
      this.run?.end();
    });
  }

  /** Take what the address says: settings, or the name of an experiment. */
  readAddress() {
    const config = configOf(location.hash);
    if (!config) return;
    this.mayShrink = false;
    this.figure.put({ config });
    this.look.view.element.scrollIntoView({ block: "start" });
  }

  /**
   * Change some settings.
   * @param {Partial<Config>} changes
   * @param {string} [group] of the knob
   */
  put(changes, group = "Default boxes") {
    this.figure.put({ config: shortened({ ...this.wanted, ...changes }) });
    if (LAYOUT_GROUPS.includes(group) && this.run?.state !== "running") this.look.show("layout");
  }

  /** The wanted settings are other ones: take up what the run can, and say what waits. */
  configure() {
    const { run } = this;
    const before = this.wanted;
    this.wanted = complete(this.figure.model.get("config"));
    if (before.imageSize !== this.wanted.imageSize) this.mayShrink = false;
    const changed = differences(this.wanted, before);
    const { asked } = this;
    this.asked = false;
    if (!run || !changed.length) return this.show();
    if (asked) this.look.show(this.aboutBoxes() ? "layout" : "found");
    if (asked || !run.step || run.state === "failed") this.startSoon();
    else if (!run.isOver) this.takeLive(changed.filter((key) => LIVE.includes(key)));
    return this.show();
  }

  /** Whether the question that has set all this is one to look at the default boxes for. */
  aboutBoxes() {
    return differences(this.wanted, DEFAULTS)
      .some((key) => ["maps", "sizes", "scales"].includes(key));
  }

  /** @param {(keyof Config)[]} keys that a run can take up */
  takeLive(keys) {
    const { run } = this;
    if (!run || !keys.length) return;
    const values = Object.fromEntries(keys.map((key) => [key, this.wanted[key]]));
    run.change({ ...run.config, ...values },
      keys.map((key) => settingText(key, this.wanted[key])).join("; "));
  }

  // What the reader does
  toggle() {
    const { run } = this;
    this.note = "";
    if (!run || run.isOver) return this.start(true);
    if (run.state === "running") run.pause();
    else run.go();
    return this.show();
  }

  /** Train what a question has set, where it is seen. */
  trainAsked() {
    this.note = "";
    this.start(true);
    const { element } = this.look.view; // on a phone, what is around it has no box
    element.scrollIntoView({ block: "start", behavior: isStill() ? "auto" : "smooth" });
  }

  oneStep() {
    this.note = "";
    this.run?.one();
  }

  /** @param {number | "full"} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.run?.client?.speed(speed);
  }

  /** Start anew once the knob has come to rest. */
  startSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.start(false), SETTLE_MS);
  }

  /**
   * A new run, from the untrained network.
   * @param {boolean} go whether it goes on at once
   */
  start(go) {
    clearTimeout(this.timer);
    const old = this.run;
    if (old?.state === "done") this.kept.keep(old);
    old?.end();
    const run = new Run(this.wanted, (news) => this.hear(news));
    if (old) Object.assign(run, { images: old.images, scenes: old.scenes }); // until it has its own
    this.run = run;
    run.wanted = go;
    if (go && this.look.way === "layout") this.look.show("found");
    run.begin(this.source(), this.speed);
    this.show();
  }

  // What the run tells
  /** @param {News} news */
  hear(news) {
    const { run } = this;
    if (!run) return;
    if (news === "step") this.measure(run);
    if (news === "evaluation") this.speak(run, false);
    if (news === "state") {
      if (run.state === "running") this.look.show(this.look.way === "batch" ? "batch" : "found");
      if (run.state === "done" || run.state === "paused") this.speak(run, true);
    }
    if (news === "step" && isStill() && run.state === "running") return; // stills, at evaluations
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.show();
    });
  }

  /** @param {Run} run on a phone, whose first steps tell whether it is up to this */
  measure(run) {
    if (!this.mayShrink || run.milliseconds.length !== MEASURED) return;
    this.mayShrink = false;
    if (!isSlow(run.milliseconds)) return;
    this.note = "A step takes long on this device, so the images are 48 × 48 pixels now.";
    this.shrunk = { imageSize: 48 };
    this.wanted = { ...this.wanted, ...this.shrunk };
    this.figure.asking = true; // its question stays
    this.figure.put({ config: shortened(this.wanted) });
    this.figure.asking = false;
    this.start(true);
  }

  /**
   * @param {Run} run
   * @param {boolean} now whatever was said a moment ago
   */
  speak(run, now) {
    if (!now && performance.now() - this.spoken < PACE_MS) return;
    this.spoken = performance.now();
    const { step, map, losses } = run;
    const { right, of } = counts(run.scenes);
    const loss = losses.at(-1)?.confidence.toFixed(2);
    this.figure.say(`Step ${step} of ${run.config.steps}: mAP ${map.toFixed(2)}`
      + `${loss ? `, confidence loss ${loss}` : ""}, ${right} of ${of} objects found.`);
  }

  // What it shows
  show() {
    const { run, figure } = this;
    if (!run) return;
    const experiment = figure.model.get("experiments")
      .find(({ name }) => !differences(complete(this.settingsOf(name)), this.wanted).length);
    this.bar.show(run, this.wanted, this.note, experiment?.ask);
    this.bar.keep.disabled = !this.kept.canKeep(run);
    this.bar.cover.hidden = run.step > 0 || run.state === "running" || this.look.way !== "found";
    this.question.textContent = experiment?.ask ?? "";
    this.watch.textContent = experiment?.watch ?? "";
    this.watching.classList.toggle("ssd-unasked", !experiment);
    this.watching.classList.toggle("ssd-asks", Boolean(experiment) && !run.step && !run.wanted);
    this.trainThis.disabled = run.state === "running";
    figure.show();
    this.knobs.show();
    this.exports.show();
    this.look.refresh();
    if (run.state !== "running" || run.step % 25 === 0) this.kept.show();
    this.drawCurves();
  }

  drawCurves() {
    const { run } = this;
    if (!run) return;
    const kept = this.kept.runs.filter((one) => one.run !== run)
      .map(({ name, run: { losses, maps } }) => ({ name, losses, maps }));
    const last = Math.max(run.config.steps, ...this.kept.runs.map((one) => one.run.step));
    this.curves.draw([...kept, { name: "now", losses: run.losses, maps: run.maps }], last);
  }
}

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    new Playground(figure);
    return figure.end;
  },
};
