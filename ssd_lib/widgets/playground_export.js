// What a reader takes along from the playground: a link, weights, a program, the curve.

import { toAddress } from "./engine/config.js";
import { toPython } from "./engine/as_python.js";
import { make } from "./stage.js";

/** @import { Config } from "./engine/config.js" */
/** @import { Run } from "./playground_run.js" */

/**
 * The curve of a run as a table.
 * @param {Run} run
 */
export function toCsv(run) {
  const maps = new Map(run.maps.map(({ step, map }) => [step, map]));
  const rows = run.losses.map(({ step, localization, confidence, rate }) =>
    [step, localization, confidence, rate, maps.get(step) ?? ""].join(","));
  return ["step,localization_loss,confidence_loss,learning_rate,map", ...rows, ""].join("\n");
}

/**
 * The address that brings a configuration back; of the defaults, too.
 * @param {Config} config
 * @param {string} here
 */
export function linkTo(config, here) {
  return `${here.replace(/#.*/, "")}#${toAddress(config) || `seed=${config.seed}`}`;
}

/**
 * Have the browser save a file.
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} type
 */
function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = make("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The buttons, and what they show; `element` goes into the page. */
export class Exports {
  /**
   * @param {object} hands
   * @param {() => Config} hands.wanted
   * @param {() => Run | undefined} hands.now
   * @param {boolean} hands.isPage whether there is an address to link to
   */
  constructor({ wanted, now, isPage }) {
    this.wanted = wanted;
    this.now = now;
    this.said = make("p", { class: "ssd-sum", role: "status", "data-line": "exported" });
    this.link = make("input", { type: "text", readonly: true, "aria-label": "Link", hidden: true });
    this.code = make("pre", { tabindex: "0", hidden: true });
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      make("button", { type: "button", onclick }, text);
    this.weights = button("Weights", () => this.saveWeights());
    this.curve = button("Curve as CSV", () => {
      const run = this.now();
      if (run) save("curve.csv", toCsv(run), "text/csv");
    });
    this.element = make("div", { class: "ssd-exports" },
      make("div", { class: "ssd-presets" },
        ...(isPage ? [button("Link to these settings", () => this.showLink())] : []),
        this.weights, button("Python code", () => this.showCode()), this.curve),
      this.link, this.said, this.code);
  }

  show() {
    const { step = 0, state, diverged = false } = this.now() ?? {};
    this.weights.disabled = state === "failed" || diverged;
    this.curve.disabled = step === 0;
  }

  async showLink() {
    const url = linkTo(this.wanted(), location.href);
    history.replaceState(null, "", url);
    this.link.hidden = false;
    this.link.value = url;
    this.link.select();
    try {
      await navigator.clipboard.writeText(url);
      this.said.textContent = "The link is on the clipboard, and in the address bar.";
    } catch {
      this.said.textContent = "The link stands in the address bar, too.";
    }
  }

  async saveWeights() {
    const weights = await this.now()?.client?.weights();
    if (!weights) return;
    save("ssd_page.safetensors", weights, "application/octet-stream");
    this.said.textContent = `${Math.round(weights.byteLength / 1024)} KB. In Python: `
      + 'ssd_lib.load_weights("ssd_page.safetensors").';
  }

  showCode() {
    this.code.hidden = !this.code.hidden;
    this.code.textContent = toPython(this.wanted());
    this.said.textContent = this.code.hidden ? "" : "The same network, loss and schedule in "
      + "ssd_lib, on the book’s toy scenes: the page’s own scenes are drawn in the page alone.";
  }
}
