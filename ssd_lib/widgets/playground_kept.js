// Runs that were kept: their curves stay in the plots, and a table says what differs.

import { headRow, row } from "./controls.js";
import { differenceText } from "./playground_words.js";
import { make } from "./stage.js";

/** @import { Run } from "./playground_run.js" */
/** @typedef {{ name: string, run: Run }} Kept */

export const MOST = 6; // kept at a time
const NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The table; `element` goes into the page. */
export class KeptRuns {
  /** @type {Kept[]} */
  runs = [];
  given = 0; // names so far

  /**
   * @param {object} hands
   * @param {() => Run | undefined} hands.now
   * @param {() => void} hands.changed
   * @param {(name: string) => void} hands.light the curves of one, "" for none
   */
  constructor({ now, changed, light }) {
    this.now = now;
    this.changed = changed;
    this.light = light;
    this.body = make("tbody");
    this.element = make("div", { class: "ssd-scroll ssd-kept", tabindex: "0", role: "group",
      "aria-label": "Kept runs" },
    make("table", { class: "ssd-counts ssd-dense ssd-kept-table" },
      make("thead", {},
        headRow("run", "what differs from the first", "steps", "mAP", "seconds", "")),
      this.body));
    this.show();
  }

  /**
   * Keep a run that has got somewhere, once.
   * @param {Run} run
   */
  keep(run) {
    if (!this.canKeep(run)) return;
    this.runs.push({ name: NAMES[this.given % NAMES.length], run });
    this.given += 1;
    if (this.runs.length > MOST) this.runs.shift();
    this.show();
    this.changed();
  }

  /** @param {Run | undefined} run */
  canKeep(run) {
    return Boolean(run && run.maps.length > 1 && !this.runs.some((one) => one.run === run));
  }

  /** Write the table. */
  show() {
    const now = this.now();
    const isKept = this.runs.some(({ run }) => run === now);
    const all = now && !isKept ? [...this.runs, { name: "now", run: now }] : this.runs;
    const first = all[0]?.run.config;
    this.element.hidden = this.runs.length === 0;
    this.body.replaceChildren(...all.map(({ name, run }, k) => {
      const differs = k ? differenceText(run.config, first) : differenceText(run.config);
      const none = k ? "nothing" : "the defaults";
      const remove = make("button", {
        type: "button", "aria-label": `Remove run ${name}`, onclick: () => this.remove(name),
      }, "Remove");
      const words = [...differs, ...run.changes].join("; ") || none;
      return row([name, run.diverged ? `${words} (diverged)` : words, run.step,
        Number.isFinite(run.map) ? run.map.toFixed(2) : "", run.seconds.toFixed(0),
        name === "now" ? "" : remove], {
        "data-run": name, onpointerenter: () => this.light(name),
        onpointerleave: () => this.light(""), onfocusin: () => this.light(name),
        onfocusout: () => this.light(""),
      });
    }));
  }

  /** @param {string} name */
  remove(name) {
    this.runs = this.runs.filter((one) => one.name !== name);
    this.show();
    this.changed();
  }
}
