// What a reader sets and reads: controls that are bound to the widget's traits, buttons,
// tables of numbers, and a line that is spoken.

import { questionRow } from "./question_row.js";
import { asFigure, make, Stage } from "./stage.js";

/** @import { AnyModel } from "@anywidget/types" */
/** @import { Attributes, Paint } from "./stage.js" */
/** @import { Try } from "./question_row.js" */

/**
 * The figure of one widget: everything in it that depends on the traits.
 * @template {Record<string, any>} T the traits
 */
export class Figure {
  /**
   * @param {AnyModel<T>} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.live = new LiveLine();
    /** @type {(() => void)[]} */
    this.shows = [];
    /** @type {(() => void)[]} */
    this.ends = [];
    this.asking = false; // a question is setting its state
    /** What was answered is no longer what the figure shows; it may depend on more than traits. */
    this.outdate = () => {};
    asFigure(el);
    this.number = Math.random(); // two figures of one page do not share radio buttons
    this.tokens = new Tokens(el);
    /** @type {Stage[]} */
    this.stages = [];
    this.ends.push(onScheme(() => {
      this.tokens.forget();
      for (const stage of this.stages) stage.drawNow();
      this.show();
    }));
  }

  /**
   * A colour of the book as the scheme has it now: `colour("positive")`.
   * @param {string} name of a token, without its prefix
   */
  colour(name) {
    return this.tokens.get(name);
  }

  /**
   * Set traits, and tell Python.
   * @param {Partial<T>} traits
   */
  put(traits) {
    for (const [name, value] of Object.entries(traits)) this.model.set(name, value);
    this.model.save_changes();
  }

  /**
   * Fill the figure; the spoken line comes last.
   * @param {Node[]} children
   */
  lay(...children) {
    this.el.append(...children, this.live.element);
  }

  /**
   * The picture, which is taken down with the figure.
   * @param {Paint} paint
   * @param {number} [margin]
   */
  stage(paint, margin) {
    const stage = new Stage(this.model, paint, margin);
    this.stages.push(stage);
    this.ends.push(() => stage.destroy());
    return stage;
  }

  /**
   * Call a function when one of these traits changes.
   * @param {(keyof T & string)[]} names
   * @param {() => void} refresh
   * @param {(keyof T & string)[]} [beside] those of them that no answer depends on
   */
  watch(names, refresh, beside = []) {
    for (const name of names) {
      const changed = () => {
        if (!beside.includes(name)) this.outdate();
        refresh();
      };
      this.model.on(`change:${name}`, changed);
      this.ends.push(() => this.model.off(`change:${name}`, changed));
    }
  }

  /** Let all controls show what the traits are now. */
  show() {
    for (const show of this.shows) show();
  }

  /** Stop listening; what a widget's `render` gives back. */
  end = () => {
    for (const end of this.ends) end();
  };

  /**
   * A slider for a number.
   * @template {keyof T & string} K
   * @param {K} name of the trait
   * @param {string} label
   * @param {object} options
   * @param {number} options.min
   * @param {number} options.max
   * @param {number} options.step
   * @param {(value: number) => string} [options.text] is written beside it
   * @param {boolean} [options.spoken] whether a screen reader says the text, not the number
   * @param {() => boolean} [options.disabled]
   * @param {(value: number) => void} [options.put] instead of setting the trait
   */
  slider(name, label, options) {
    const { min, max, step, text = (value) => value.toFixed(2), spoken, disabled } = options;
    const put = options.put ?? ((value) => this.put(only(name, value)));
    const oninput = () => put(input.valueAsNumber);
    const input = make("input", { type: "range", min, max, step, oninput });
    const shown = make("output");
    this.shows.push(() => {
      const value = this.model.get(name);
      input.value = String(value);
      shown.textContent = text(value);
      if (spoken) input.setAttribute("aria-valuetext", shown.textContent);
      if (disabled) input.disabled = disabled();
    });
    return make("label", { class: "ssd-slider" }, label, input, shown);
  }

  /**
   * A box to choose one of some values from.
   * @template {keyof T & string} K
   * @param {K} name of the trait
   * @param {string} label
   * @param {T[K][]} values
   * @param {object} [options]
   * @param {string[]} [options.texts] of the values
   * @param {(value: T[K]) => void} [options.put] instead of setting the trait
   */
  select(name, label, values, options = {}) {
    const put = options.put ?? ((value) => this.put(only(name, value)));
    const onchange = () => put(values[select.selectedIndex]);
    const select = make("select", { onchange }, ...choices(values, options.texts));
    this.shows.push(() => { select.value = String(this.model.get(name)); });
    return make("label", {}, label, select);
  }

  /**
   * A check box; what is checked need not be a trait.
   * @param {string} label
   * @param {() => boolean} get
   * @param {(on: boolean) => void} put
   */
  checkbox(label, get, put) {
    const input = make("input", { type: "checkbox", onchange: () => put(input.checked) });
    this.shows.push(() => { input.checked = get(); });
    return make("label", {}, input, label);
  }

  /**
   * Radio buttons for a number that counts from 0.
   * @param {keyof T & string} name of the trait
   * @param {string[]} texts
   * @param {(value: number) => void} [put] instead of setting the trait
   */
  radios(name, texts, put) {
    return texts.map((text, index) => {
      const label = this.radio(name, index, text, put);
      const input = /** @type {HTMLInputElement} */ (label.control);
      this.shows.push(() => { input.checked = index === this.model.get(name); });
      return label;
    });
  }

  /**
   * One radio button, for a table that is drawn anew when the trait changes.
   * @template {keyof T & string} K
   * @param {K} name of the trait
   * @param {number} value
   * @param {string} text
   * @param {(value: number) => void} [put] instead of setting the trait
   */
  radio(name, value, text, put = () => this.put(only(name, value))) {
    const input = make("input", {
      type: "radio", name: `${name}-${this.number}`, checked: value === this.model.get(name),
      onchange: () => put(value),
    });
    return make("label", {}, input, text);
  }

  /**
   * A button that says what it does.
   * @param {string} text
   * @param {() => void} onclick
   * @param {() => boolean} [disabled]
   */
  button(text, onclick, disabled) {
    const made = make("button", { type: "button", onclick }, text);
    if (disabled) this.shows.push(() => { made.disabled = disabled(); });
    return made;
  }

  /**
   * The questions of the text as buttons: a press sets the state that answers one, a
   * second press says the answer. They come with the line that says it. An answer is of
   * the state that its question set: whatever else changes that puts it out.
   * @param {Try<T>[]} tries
   */
  chips(tries) {
    return questionRow(this, tries);
  }

  /**
   * What stands behind "More" and is not as it was at first, in sight: a press sets it back.
   * @param {{ [K in keyof T & string]?: (value: T[K]) => string }} texts of the traits
   * @param {(name: keyof T & string, value: any) => void} [put] instead of setting the trait
   */
  settings(texts, put = (name, value) => this.put(only(name, value))) {
    const line = make("div", { class: "ssd-settings", role: "group", "aria-label": "Settings" });
    const names = /** @type {(keyof T & string)[]} */ (Object.keys(texts));
    const first = names.map((name) => this.model.get(name));
    let shown = "";
    this.shows.push(() => {
      const now = names.map((name) => (texts[name] ?? String)(this.model.get(name)));
      const other = names.map((name, k) => (this.model.get(name) === first[k] ? "" : now[k]));
      if (`${other}` === shown) return;
      shown = `${other}`;
      line.replaceChildren(...other.flatMap((text, k) => (!text ? [] : make("button", {
        type: "button", "aria-label": `${text}: set back`,
        onclick: () => put(names[k], first[k]),
      }, text))));
    });
    return line;
  }

  /**
   * Have it spoken.
   * @param {string} text
   */
  say(text) {
    this.live.say(text);
  }
}

/**
 * One trait, as `put` takes it.
 * @param {string} name
 * @param {unknown} value
 * @returns {any}
 */
function only(name, value) {
  return { [name]: value };
}

/** The colours of tokens.css, read from the page once for each scheme. */
class Tokens {
  /** @param {HTMLElement} el */
  constructor(el) {
    this.el = el;
    /** @type {Map<string, string>} */
    this.read = new Map();
  }

  /** @param {string} name */
  get(name) {
    let value = this.read.get(name);
    if (!value) {
      value = getComputedStyle(this.el).getPropertyValue(`--ssd-${name}`).trim() || "#555";
      this.read.set(name, value);
    }
    return value;
  }

  forget() {
    this.read.clear();
  }
}

/**
 * Call a function when the page turns light or dark; gives what ends that. A page that is
 * about to be printed cannot wait for an observer, and says so by an event.
 * @param {() => void} changed
 */
function onScheme(changed) {
  const observer = new MutationObserver(changed);
  const attributeFilter = ["data-theme", "data-jp-theme-light", "class"];
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter });
  }
  addEventListener("ssd-scheme", changed);
  return () => {
    observer.disconnect();
    removeEventListener("ssd-scheme", changed);
  };
}

/** A line that screen readers speak once the numbers have come to rest. */
export class LiveLine {
  element = make("p", { class: "ssd-live", "aria-live": "polite" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;

  /** @param {string} text */
  say(text) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.element.textContent = text; }, 250);
  }
}

/**
 * What a select box offers.
 * @param {(string | number)[]} values
 * @param {(string | number)[]} texts
 */
export function choices(values, texts = values) {
  return values.map((value, i) => make("option", { value }, `${texts[i]}`));
}

/** How a sentence that asks a reader to point begins. */
export function pointAt() {
  return matchMedia("(hover: none)").matches ? "Tap" : "Point at";
}

/**
 * A part of the figure.
 * @param {(Node | string)[]} children
 */
export function panel(...children) {
  return make("div", { class: "ssd-panel" }, ...children);
}

/**
 * Parts side by side, where there is room.
 * @param {Node[]} children
 */
export function sideBySide(...children) {
  return make("div", { class: "ssd-row" }, ...children);
}

/**
 * What a reader needs second, behind one line.
 * @param {string} text
 * @param {Node[]} children
 */
export function more(text, ...children) {
  return make("details", { class: "ssd-more" }, make("summary", {}, text), ...children);
}

/**
 * The one number that the figure is about, large, under what it is.
 * @param {string} text
 * @param {string} [name] for tests
 */
export function headline(text, name) {
  const number = make("output", { "data-number": name });
  const rest = make("span", { class: "ssd-sum" });
  const element = make("p", { class: "ssd-headline" }, make("span", {}, text), number, " ", rest);
  return {
    element,
    /**
     * @param {string | number} value
     * @param {string} [after] such as "of 8732"
     */
    say(value, after = "") {
      number.textContent = `${value}`;
      rest.textContent = after;
    },
  };
}

/**
 * What a colour stands for, with its number; pointing at it, or standing on it, lights
 * what it counts.
 * @param {string} token
 * @param {string} text
 * @param {{ name?: string, light?: (on: boolean) => void, dashed?: boolean }} [options]
 */
export function keyRow(token, text, { name, light, dashed } = {}) {
  const number = make("b", { "data-number": name });
  const style = dashed ? `border: 2px dashed var(--ssd-${token})`
    : `background: var(--ssd-${token})`;
  const listeners = light ? {
    tabindex: "0", onpointerenter: () => light(true), onpointerleave: () => light(false),
    onfocus: () => light(true), onblur: () => light(false),
  } : {};
  const element = make("div", { class: "ssd-key-row", ...listeners },
    make("span", {}, make("i", { class: "ssd-key", style }), text), number);
  return {
    element,
    /** @param {string | number} value */
    say(value) {
      number.textContent = `${value}`;
    },
  };
}

/**
 * Controls that belong together.
 * @param {Node[]} children
 */
export function fields(...children) {
  return make("fieldset", { class: "ssd-fields" }, ...children);
}

/**
 * Buttons, beside each other.
 * @param {Node[]} children
 */
export function buttons(...children) {
  return make("div", { class: "ssd-presets" }, ...children);
}

/**
 * A small line of text.
 * @param {string} [name] for tests
 */
export function smallLine(name) {
  return make("p", { class: "ssd-sum", "data-line": name });
}

/**
 * The heads of a table's columns.
 * @param {string[]} texts
 */
export function headRow(...texts) {
  return make("tr", {}, ...texts.map((text) => make("th", { scope: "col" }, text)));
}

/**
 * A row of a table.
 * @param {(Node | string | number)[]} cells
 * @param {Attributes} [attributes]
 */
export function row(cells, attributes) {
  return make("tr", attributes, ...cells.map((cell) => {
    if (cell instanceof HTMLTableCellElement) return cell;
    return make("td", {}, cell instanceof Node ? cell : `${cell}`);
  }));
}

/**
 * Write named numbers into a list of terms.
 * @param {HTMLDListElement} list
 * @param {[text: string, name: string, value: string | number][]} numbers
 */
export function replaceNumbers(list, ...numbers) {
  list.replaceChildren(...numbers.flatMap(([text, name, value]) =>
    [make("dt", {}, text), make("dd", { "data-number": name }, `${value}`)]));
}
