// The knobs of the playground, in groups: a control, what to expect of it, and the chapter
// that explains it.

import { DEFAULTS } from "./engine/config.js";
import { Folders } from "./playground_folders.js";
import { GROUPS, settingText, valueText, waiting } from "./playground_words.js";
import { make } from "./stage.js";

/** @import { Config } from "./engine/config.js" */
/** @import { Group, Knob } from "./playground_words.js" */
/**
 * @typedef {object} Hands what the knobs read and set
 * @property {() => Config} wanted
 * @property {() => Config} running what the run that is there was started with
 * @property {() => boolean} isUnderway whether that run has done a step
 * @property {(changes: Partial<Config>, group: string) => void} put
 * @property {boolean} isPage whether the chapters are pages beside this one
 */

const SIDES = ["fine", "middle", "coarse"];

/**
 * Whether two values of settings are the same.
 * @param {any} a
 * @param {any} b
 */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** All knobs; `element` goes into the page, `show` writes what is set now. */
export class Knobs {
  /** @type {(() => void)[]} */
  shows = [];
  shown = ""; // of the settings that are not the defaults

  /** @param {Hands} hands */
  constructor(hands) {
    this.hands = hands;
    const folders = new Folders(GROUPS.map(({ name, knobs }) =>
      ({ name, content: knobs.map((knob) => this.knob(knob, name)) })), 0,
    { list: "ssd-knob-tabs", panel: "ssd-knob-panel", label: "Knobs" });
    folders.tabs.forEach((tab, k) => this.shows.push(() => this.mark(tab, GROUPS[k])));
    this.line = make("div", {
      class: "ssd-settings", role: "group", "aria-label": "Settings",
      "data-hint": "All as at first. What you change is listed here.",
    });
    this.element = make("div", { class: "ssd-knobs" }, this.line, folders.list,
      ...folders.panels);
  }

  /**
   * Say at a tab how many knobs of its group are not as they were.
   * @param {HTMLElement} tab
   * @param {Group} group
   */
  mark(tab, { name, knobs }) {
    const wanted = this.hands.wanted();
    const count = knobs.filter(({ key }) => !same(wanted[key], DEFAULTS[key])).length;
    tab.classList.toggle("ssd-changed", count > 0);
    if (count) tab.setAttribute("aria-label", `${name}, ${count} changed`);
    else tab.removeAttribute("aria-label");
  }

  /**
   * @param {Knob} knob
   * @param {string} group
   */
  knob(knob, group) {
    const { key, expect, chapter, topic } = knob;
    const put = (/** @type {any} */ value) => this.hands.put({ [key]: value }, group);
    const wait = make("span", { class: "ssd-waits" });
    this.shows.push(() => {
      const waits = this.hands.isUnderway()
        && waiting(this.hands.wanted(), this.hands.running()).includes(key);
      wait.textContent = waits ? "Needs a new start. " : "";
    });
    const link = this.hands.isPage ? make("a", { href: `${chapter}.html` }, `More: ${topic}`)
      : make("span", {}, `More: the chapter on ${topic}.`);
    return make("div", { class: "ssd-knob", "data-knob": key }, this.control(knob, put),
      make("p", { class: "ssd-sum" }, wait, expect, " ", link));
  }

  /**
   * @param {Knob} knob
   * @param {(value: any) => void} put
   */
  control(knob, put) {
    if (knob.key === "maps") return this.maps(knob, put);
    if (knob.key === "scales") return this.scales(knob, put);
    if (knob.choices) return this.choice(knob, put);
    if (knob.key === "seed") return this.seed(knob, put);
    if (knob.range) return this.range(knob.label, knob, () => this.hands.wanted()[knob.key], put);
    return this.check(knob.label, () => Boolean(this.hands.wanted()[knob.key]), put);
  }

  /**
   * @param {string} label
   * @param {() => boolean} get
   * @param {(on: boolean) => void} put
   */
  check(label, get, put) {
    const input = make("input", { type: "checkbox", onchange: () => put(input.checked) });
    this.shows.push(() => { input.checked = get(); });
    return make("label", { class: "ssd-check" }, input, label);
  }

  /**
   * @param {string} label
   * @param {Knob} knob
   * @param {() => any} get
   * @param {(value: number) => void} put
   */
  range(label, { key, range: [min, max, step] = [0, 1, 0.01] }, get, put) {
    const input = make("input", {
      type: "range", min, max, step, oninput: () => put(input.valueAsNumber),
    });
    const shown = make("output");
    this.shows.push(() => {
      const value = get();
      input.value = `${value}`;
      shown.textContent = key === "scales" ? `${Math.round(100 * value)} %` : value.toFixed(2);
    });
    return make("label", { class: "ssd-slider" }, label, input, shown);
  }

  /**
   * @param {Knob} knob
   * @param {(value: any) => void} put
   */
  choice({ key, label, choices = [] }, put) {
    const options = choices.map(([value, text]) =>
      make("option", { value: JSON.stringify(value) }, text));
    const select = make("select", { onchange: () => put(JSON.parse(select.value)) }, ...options);
    this.shows.push(() => {
      const value = this.hands.wanted()[key];
      const text = JSON.stringify(value);
      if (![...select.options].some((one) => one.value === text)) { // from an address
        select.append(make("option", { value: text }, valueText(key, value)));
      }
      select.value = text;
    });
    return make("label", { class: "ssd-choice-of" }, label, select);
  }

  /**
   * @param {Knob} knob
   * @param {(value: any) => void} put
   */
  seed({ label, range = [1, 99, 1] }, put) {
    const input = make("input", {
      type: "number", min: 0, max: 4294967295, step: range[2], inputmode: "numeric",
      onchange: () => {
        const value = Math.round(input.valueAsNumber);
        if (value >= 0 && value < 2 ** 32) put(value);
        else this.show();
      },
    });
    this.shows.push(() => { input.value = `${this.hands.wanted().seed}`; });
    const next = make("button", {
      type: "button", onclick: () => put((this.hands.wanted().seed + 1) % 2 ** 32),
    }, "Next seed");
    return make("div", { class: "ssd-choice-of" }, make("label", {}, label, input), next);
  }

  /**
   * @param {Knob} knob
   * @param {(value: any) => void} put
   */
  maps({ label }, put) {
    const boxes = SIDES.map((side, k) => {
      const check = this.check(side, () => this.hands.wanted().maps[k], (on) => {
        const maps = this.hands.wanted().maps.map((old, i) => (i === k ? on : old));
        if (maps.includes(true)) put(maps);
        else this.show(); // one has to stay
      });
      const grid = make("span", { class: "ssd-sum" });
      this.shows.push(() => {
        const cells = this.hands.wanted().imageSize / 4 / 2 ** k;
        grid.textContent = `${cells} × ${cells}`;
      });
      check.style.setProperty("--ssd-own", `var(--ssd-map-${k + 1})`);
      check.append(" ", grid);
      return check;
    });
    return make("fieldset", { class: "ssd-fields" }, make("legend", {}, label), ...boxes);
  }

  /**
   * @param {Knob} knob
   * @param {(value: any) => void} put
   */
  scales(knob, put) {
    const sliders = SIDES.map((side, k) => {
      const slider = this.range(side, knob, () => this.hands.wanted().scales[k], (value) =>
        put(this.hands.wanted().scales.map((old, i) => (i === k ? value : old))));
      this.shows.push(() => { slider.hidden = !this.hands.wanted().maps[k]; });
      slider.style.setProperty("--ssd-own", `var(--ssd-map-${k + 1})`);
      return slider;
    });
    return make("fieldset", { class: "ssd-fields" }, make("legend", {}, knob.label), ...sliders);
  }

  /** Write what is set now. */
  show() {
    for (const show of this.shows) show();
    const wanted = this.hands.wanted();
    const other = GROUPS.flatMap(({ name, knobs }) => knobs
      .filter(({ key }) => !same(wanted[key], DEFAULTS[key])).map(({ key }) => ({ key, name })));
    const text = JSON.stringify(other.map(({ key }) => [key, wanted[key]]));
    if (text === this.shown) return;
    this.shown = text;
    this.line.replaceChildren(...other.map(({ key, name }) => {
      const setting = settingText(key, wanted[key]);
      return make("button", {
        type: "button", "aria-label": `${setting}: set back`,
        onclick: () => this.hands.put({ [key]: structuredClone(DEFAULTS[key]) }, name),
      }, setting);
    }));
  }
}
