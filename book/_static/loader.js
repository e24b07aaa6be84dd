// Brings the book's widgets to life in a page without a kernel. Every
// <figure class="ssd-widget"> names its widget and holds its first state; the
// widget's module is fetched when the figure comes near the screen. It comes as a
// classic script that carries the module as text, because a page opened from
// file:// may load a script but not import a module.

(() => {
  const STATIC = new URL(".", document.currentScript.src);
  const waiting = {}; // widget -> { promise, resolve, reject } of its module

  /** What anywidget gives a module in Jupyter, without a kernel behind it. */
  class PageModel {
    constructor(state) {
      this.state = state;
      this.listeners = new Map();
    }

    get(name) {
      return this.state[name];
    }

    set(name, value) {
      if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
      this.state[name] = value;
      for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
    }

    save_changes() {}

    on(event, listener) {
      if (!this.listeners.has(event)) this.listeners.set(event, new Set());
      this.listeners.get(event).add(listener);
    }

    off(event, listener) {
      this.listeners.get(event)?.delete(listener);
    }
  }

  function moduleOf(name) {
    if (!waiting[name]) {
      const entry = {};
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      waiting[name] = entry;
      const script = document.createElement("script");
      script.src = new URL(`widgets/${name}.js`, STATIC).href;
      script.onerror = () => entry.reject(new Error(`no module for the widget ${name}`));
      document.head.append(script);
    }
    return waiting[name].promise;
  }

  /** Called by widgets/<name>.js with the source of the widget's module. */
  window.ssdWidget = (name, source) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    import(url).then((module) => waiting[name].resolve(module.default), waiting[name].reject);
  };

  async function mount(figure) {
    const widget = await moduleOf(figure.dataset.widget);
    const state = JSON.parse(figure.dataset.state);
    for (const [name, value] of Object.entries(state)) {
      if (String(value).endsWith(".webp")) state[`${name}_url`] = new URL(`pictures/${value}`, STATIC).href;
    }
    const el = document.createElement("div");
    figure.prepend(el);
    await widget.render({ model: new PageModel(state), el });
    figure.classList.add("ssd-mounted");
  }

  /** What is wider than the column can be scrolled by keyboard, too. */
  function makeScrollable() {
    for (const wide of document.querySelectorAll("div.math, .bd-content table.table")) {
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
        mount(target);
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
