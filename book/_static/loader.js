// Brings the book's widgets to life in a page without a kernel. Every
// <figure class="ssd-widget"> names its widget and holds its first state; the
// widget's module is fetched when the figure comes near the screen. It comes as a
// classic script that carries the module as text, because a page opened from
// file:// may load a script but not import a module.

/** @typedef {{ render: (page: { model: object, el: HTMLElement }) => unknown }} Widget */
/**
 * @typedef {object} Waiting for a widget's module
 * @property {Promise<Widget>} promise
 * @property {(widget: Widget) => void} resolve
 * @property {(error: Error) => void} reject
 */

(() => {
  const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const STATIC = new URL(".", src);
  /** @type {Record<string, Waiting>} */
  const waiting = {};

  /** What anywidget gives a module in Jupyter, without a kernel behind it. */
  class PageModel {
    /** @param {Record<string, unknown>} state */
    constructor(state) {
      this.state = state;
      /** @type {Map<string, Set<() => void>>} */
      this.listeners = new Map();
    }

    /** @param {string} name */
    get(name) {
      return this.state[name];
    }

    /**
     * @param {string} name
     * @param {unknown} value
     */
    set(name, value) {
      if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
      this.state[name] = value;
      for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
    }

    save_changes() {}

    /**
     * @param {string} event
     * @param {() => void} listener
     */
    on(event, listener) {
      const listeners = this.listeners.get(event) ?? new Set();
      this.listeners.set(event, listeners.add(listener));
    }

    /**
     * @param {string} event
     * @param {() => void} listener
     */
    off(event, listener) {
      this.listeners.get(event)?.delete(listener);
    }
  }

  /** @param {string} name of a widget */
  function moduleOf(name) {
    if (!waiting[name]) {
      const entry = /** @type {Waiting} */ ({});
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      waiting[name] = entry;
      const script = document.createElement("script");
      script.src = new URL(`widgets/${name}.js`, STATIC).href;
      script.onerror = () => entry.reject(new Error(`no module for the widget ${name}`));
      document.head.append(script);
    }
    return waiting[name].promise;
  }

  /**
   * Called by widgets/<name>.js with the source of the widget's module.
   * @param {string} name
   * @param {string} source
   */
  const ssdWidget = (name, source) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    import(url).then((module) => waiting[name].resolve(module.default), waiting[name].reject);
  };
  Object.assign(window, { ssdWidget });

  /** @param {HTMLElement} figure */
  async function mount(figure) {
    const widget = await moduleOf(`${figure.dataset.widget}`);
    const state = JSON.parse(`${figure.dataset.state}`);
    for (const [name, value] of Object.entries(state)) {
      if (!String(value).endsWith(".webp")) continue;
      state[`${name}_url`] = new URL(`pictures/${value}`, STATIC).href;
    }
    const el = document.createElement("div");
    figure.prepend(el);
    await widget.render({ model: new PageModel(state), el });
    figure.classList.add("ssd-mounted");
  }

  /** What is wider than the column can be scrolled by keyboard, too. */
  function makeScrollable() {
    /** @type {NodeListOf<HTMLElement>} */
    const candidates = document.querySelectorAll("div.math, .bd-content table.table");
    for (const wide of candidates) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
      else wide.removeAttribute("tabindex");
    }
  }

  window.addEventListener("load", makeScrollable);
  window.addEventListener("resize", makeScrollable);

  document.addEventListener("DOMContentLoaded", () => {
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        mount(/** @type {HTMLElement} */ (target));
      }
    }, { rootMargin: "400px" });
    document.querySelectorAll("figure.ssd-widget[data-widget]").forEach((f) => near.observe(f));
  });

  // A browser may not read other pages' text from file://, which the summaries of
  // search results need; without this the search page waits for them forever.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false; // a const, so not in window
  }
})();
