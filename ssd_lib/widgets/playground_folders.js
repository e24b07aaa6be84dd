// Tabs and what they open, one at a time: what a reader may turn to beside the run, and the
// groups of its knobs.

import { make } from "./stage.js";

/** @typedef {{ name: string, content: Node[] }} Folder */

/** Tabs in a `list`, and the `panels` that they open. */
export class Folders {
  number = Math.random();

  /**
   * @param {Folder[]} folders
   * @param {number} first that is open; -1: none is, until one is asked for
   * @param {object} names
   * @param {string} names.list its class
   * @param {string} names.panel its class
   * @param {string} names.label of the list
   */
  constructor(folders, first, { list, panel, label }) {
    this.panels = folders.map(({ content }, k) => make("div", {
      class: panel, role: "tabpanel", id: `folder-${this.number}-${k}`,
      "aria-labelledby": `folder-tab-${this.number}-${k}`,
    }, ...content));
    this.tabs = folders.map(({ name }, k) => make("button", {
      type: "button", role: "tab", id: `folder-tab-${this.number}-${k}`,
      "aria-controls": `folder-${this.number}-${k}`,
      onclick: () => this.open(first < 0 && !this.panels[k].hidden ? -1 : k),
      onkeydown: (event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!by) return;
        event.preventDefault();
        const next = (k + by + folders.length) % folders.length;
        this.open(next);
        this.tabs[next].focus();
      },
    }, name));
    this.list = make("div", { class: list, role: "tablist", "aria-label": label }, ...this.tabs);
    this.open(first);
  }

  /** @param {number} index of the only one that is open; -1: none */
  open(index) {
    this.tabs.forEach((tab, k) => {
      tab.setAttribute("aria-selected", `${k === index}`);
      tab.tabIndex = k === Math.max(index, 0) ? 0 : -1;
      this.panels[k].hidden = k !== index;
    });
  }
}
