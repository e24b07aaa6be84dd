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

  /** @type {Map<HTMLElement, Promise<void>>} */
  const mounts = new Map();

  /**
   * Bring a figure to life, once.
   * @param {HTMLElement} figure
   */
  function mount(figure) {
    const known = mounts.get(figure);
    if (known) return known;
    const mounted = bringToLife(figure);
    mounts.set(figure, mounted);
    mounted.catch(() => figure.classList.add("ssd-failed")); // its table stays
    return mounted;
  }

  /** @param {HTMLElement} figure */
  async function bringToLife(figure) {
    const widget = await moduleOf(`${figure.dataset.widget}`);
    const state = JSON.parse(`${figure.dataset.state}`);
    for (const [name, value] of Object.entries(state)) {
      if (!String(value).endsWith(".webp")) continue;
      state[`${name}_url`] = new URL(`pictures/${value}`, STATIC).href;
    }
    const el = document.createElement("div");
    figure.prepend(el);
    await widget.render({ model: new PageModel(state), el });
    await Promise.allSettled([...el.querySelectorAll("img")].map((image) => image.decode()));
    figure.classList.add("ssd-mounted"); // only now is it seen, in its full height
  }

  function figures() {
    /** @type {NodeListOf<HTMLElement>} */
    const found = document.querySelectorAll("figure.ssd-widget[data-widget]");
    return [...found];
  }

  let steps = 0; // of the reader through the page: the last one decides where it stands

  const frame = () => new Promise(requestAnimationFrame);

  /**
   * Go to a place of the page when all figures above it have their height.
   * @param {string} hash
   */
  async function land(hash) {
    const target = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!target) return;
    const step = ++steps;
    const above = figures().filter((figure) =>
      figure.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING);
    await Promise.allSettled([...above.map(mount), document.fonts.ready]);
    // A browser makes up for what has grown above with its next frame, and would do so
    // after the page has gone to the place: so look again.
    for (let last = NaN, tries = 0; tries < 5; tries += 1) {
      if (step !== steps) return;
      target.scrollIntoView({ behavior: "instant", block: "start" });
      const { top } = target.getBoundingClientRect();
      await frame();
      if (top === last && Math.abs(target.getBoundingClientRect().top - top) < 1) return;
      last = top;
    }
  }

  /** Let links to places of this page land there, and the address it was opened with. */
  function watchPlaces() {
    for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      addEventListener(type, () => { steps += 1; }, { passive: true });
    }
    if (location.hash) land(location.hash);
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a[href]");
      if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey) return;
      const url = new URL(link.href);
      if (!url.hash || url.pathname !== location.pathname) return;
      event.preventDefault();
      history.pushState(null, "", url.hash);
      const place = document.getElementById(decodeURIComponent(url.hash.slice(1)));
      place?.setAttribute("tabindex", place.getAttribute("tabindex") ?? "-1");
      place?.focus({ preventScroll: true });
      land(url.hash);
    });
    addEventListener("popstate", () => { if (location.hash) land(location.hash); });
  }

  /** Mount what is left while the reader reads, a figure at a time. */
  function mountLater() {
    const next = figures().find((figure) => !mounts.has(figure));
    if (!next) return;
    const work = () => mount(next).then(mountLater, mountLater);
    if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 4000 });
    else setTimeout(work, 400); // Safari
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
    figures().forEach((figure) => near.observe(figure));
    watchPlaces();
  });
  window.addEventListener("load", () => setTimeout(mountLater, 1500));
})();
