// Brings the book's widgets to life in a page without a kernel. Every
// <figure class="ssd-widget"> names its widget and holds its first state; the
// widget's module is fetched when the figure comes near the screen. It comes as a
// classic script that carries the module as text, because a page opened from
// file:// may load a script but not import a module. What a widget needs besides comes in
// the same way when it asks: a program by ssdLoad(name), the network's weights by
// ssdBytes(name), which a page from a host fetches as they are.

/** @typedef {{ render: (page: { model: object, el: HTMLElement }) => unknown }} Widget */
/**
 * @typedef {object} Waiting for the text that a script carries
 * @property {Promise<string>} promise
 * @property {(text: string) => void} resolve
 * @property {(error: Error) => void} reject
 */

(() => {
  const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const STATIC = new URL(".", src);
  /** @type {Record<string, Waiting>} */
  const waiting = {}; // by the script's path
  /** @type {Record<string, Promise<Widget>>} */
  const widgets = {};

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

  /**
   * The text that a script of the site carries, which is loaded once. A script that could
   * not be loaded is asked for again the next time.
   * @param {string} path
   */
  function textOf(path) {
    if (!waiting[path]) {
      const entry = /** @type {Waiting} */ ({});
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      waiting[path] = entry;
      const script = document.createElement("script");
      script.src = new URL(path, STATIC).href;
      script.onerror = () => {
        delete waiting[path];
        script.remove();
        entry.reject(new Error(`cannot load ${path}`));
      };
      document.head.append(script);
    }
    return waiting[path].promise;
  }

  const PIECE = 2 ** 18; // letters that are read at once, before others have their turn

  /**
   * The bytes that base64 stands for, read in pieces: the page is not to stand still for it.
   * @param {string} text
   */
  async function fromBase64(text) {
    const pieces = [];
    for (let at = 0; at < text.length; at += PIECE) {
      const letters = atob(text.slice(at, at + PIECE));
      pieces.push(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
      await new Promise((resolve) => setTimeout(resolve));
    }
    return new Blob(pieces).arrayBuffer();
  }

  /**
   * The bytes of a file of the site. A page opened from file:// cannot fetch it, and reads
   * the script that carries it as base64: a phone stands still a quarter of a second to
   * compile 1.5 MB.
   * @param {string} name of the file, without .packed
   */
  async function bytesOf(name) {
    if (location.protocol === "file:") return fromBase64(await textOf(`${name}.js`));
    const answer = await fetch(new URL(`${name}.packed`, STATIC)).catch(() => null);
    if (!answer?.ok) throw new Error(`cannot load ${name}.packed`);
    return answer.arrayBuffer();
  }

  /** @param {string} name of a widget */
  function moduleOf(name) {
    widgets[name] ??= textOf(`widgets/${name}.js`).then(async (source) => {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      return (await import(url)).default;
    });
    return widgets[name];
  }

  Object.assign(window, {
    /**
     * Called by widgets/<name>.js with the source of the widget's module, and how it looks.
     * @param {string} name
     * @param {string} source
     * @param {string} sheet
     */
    ssdWidget(name, source, sheet) {
      document.head.append(Object.assign(document.createElement("style"), { textContent: sheet }));
      waiting[`widgets/${name}.js`].resolve(source);
    },
    /**
     * Called by <name>.js with what it carries.
     * @param {string} name
     * @param {string} text
     */
    ssdFile: (name, text) => waiting[`${name}.js`].resolve(text),
    /**
     * What the file <name>.js of the site carries, for a widget that needs it.
     * @param {string} name
     */
    ssdLoad: (name) => textOf(`${name}.js`),
    ssdBytes: bytesOf,
    /**
     * Bring a figure to life that a script has put into the page.
     * @param {HTMLElement} figure
     */
    ssdMount: (figure) => mount(figure),
  });

  /** @type {Map<HTMLElement, Promise<void>>} */
  const mounts = new Map();
  /** @type {Map<HTMLElement, { model: PageModel, first: Record<string, unknown> }>} */
  const alive = new Map();

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
    await window.ssdMemory?.prepare(figure.dataset.widget, state);
    const el = document.createElement("div");
    figure.prepend(el);
    const said = window.ssdStates.read(figure, state, location.hash);
    const model = new PageModel({ ...state, ...said });
    alive.set(figure, { model, first: state });
    await widget.render({ model, el });
    window.ssdStates.offer(figure, state, () => model.state);
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
   * Set a figure that is alive to the state that an address says; one that is not reads it
   * when it comes to life.
   * @param {HTMLElement} figure
   * @param {string} hash
   */
  function setState(figure, hash) {
    const { model, first } = alive.get(figure) ?? {};
    if (!model || !first) return;
    const said = window.ssdStates.read(figure, first, hash);
    for (const [name, value] of Object.entries(said)) model.set(name, value);
  }

  /**
   * Go to a place of the page when all figures above it have their height.
   * @param {string} hash
   */
  async function land(hash) {
    const target = document.getElementById(decodeURIComponent(window.ssdStates.place(hash)));
    if (!target) return;
    setState(target, hash);
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
      const place = document.getElementById(decodeURIComponent(window.ssdStates.place(url.hash)));
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
