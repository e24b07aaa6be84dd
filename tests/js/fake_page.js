// As much of a page as the widgets' shared scripts need, and a model without Python.

class FakeElement extends EventTarget {
  children = [];
  attributes = {};
  dataset = {};
  style = Object.create({
    setProperty(name, value) {
      this[name] = value;
    },
  });
  hidden = false;
  clientWidth = 200;
  clientHeight = 100;

  constructor(tag) {
    super();
    this.tag = tag;
    const names = new Set();
    this.classList = {
      add: (...added) => added.forEach((name) => names.add(name)),
      remove: (name) => names.delete(name),
      toggle: (name, on) => (on ? names.add(name) : names.delete(name)),
      contains: (name) => names.has(name),
    };
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
    if (["value", "min", "max", "step", "type", "name"].includes(name)) this[name] = value;
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  append(...nodes) {
    this.children.push(...nodes);
  }

  replaceChildren(...nodes) {
    this.children = nodes;
  }

  get all() {
    return this.children.flatMap((node) => (node.all ? [node, ...node.all] : []));
  }

  find(tag) {
    return this.all.find((node) => node.tag === tag);
  }

  get textContent() {
    return this.children.map((node) => node.textContent ?? node).join("");
  }

  set textContent(text) {
    this.children = [text];
  }

  contains(node) {
    return this === node || this.all.includes(node);
  }

  querySelector(selector) {
    return selector === "input:checked"
      ? this.all.find(({ tag, attributes }) => tag === "input" && "checked" in attributes) ?? null
      : null;
  }

  scrollIntoView() {}

  focus() {
    document.activeElement = this;
  }

  getBoundingClientRect() {
    return { left: 10, top: 20, width: this.clientWidth, height: this.clientHeight };
  }

  get control() {
    return this.all.find(({ tag }) => ["input", "select"].includes(tag));
  }

  get valueAsNumber() {
    return Number(this.value);
  }

  get selectedIndex() {
    return this.children.findIndex(({ value }) => value === this.value);
  }
}

class FakeCell extends FakeElement {}

/** Watchers of attributes, and a function that tells them of a change. */
const watchers = new Set();
export function changeScheme() {
  for (const changed of [...watchers]) changed();
}

/** Let `document` and what belongs to it be there. */
export function fakePage() {
  Object.assign(globalThis, {
    Node: FakeElement,
    HTMLElement: FakeElement,
    HTMLTableCellElement: FakeCell,
    document: {
      activeElement: null,
      createElement: (tag) => new (["td", "th"].includes(tag) ? FakeCell : FakeElement)(tag),
      createElementNS: (_, tag) => new FakeElement(tag),
      documentElement: new FakeElement("html"),
      body: new FakeElement("body"),
    },
    MutationObserver: class {
      constructor(changed) { this.changed = changed; }
      observe() { watchers.add(this.changed); }
      disconnect() { watchers.delete(this.changed); }
    },
    getComputedStyle: ({ style }) => ({ getPropertyValue: (name) => style[name] ?? "" }),
    ResizeObserver: class {
      observe() {}
      disconnect() { this.disconnected = true; }
    },
    requestAnimationFrame: () => 1,
    cancelAnimationFrame() {},
    addEventListener() {},
    removeEventListener() {},
  });
}

/** What anywidget gives a module; `saved` counts how often Python was told. */
export class FakeModel {
  saved = 0;
  listeners = new Map();

  constructor(state) {
    this.state = state;
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    this.state[name] = value;
    for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
  }

  save_changes() {
    this.saved += 1;
  }

  on(name, listener) {
    this.listeners.set(name, [...this.listeners.get(name) ?? [], listener]);
  }

  off(name, listener) {
    this.listeners.set(name, this.listeners.get(name).filter((one) => one !== listener));
  }
}

/** An event with some properties, which notes whether it was taken. */
export function anEvent(type, properties = {}) {
  return Object.assign(new Event(type, { cancelable: true }), properties);
}

/** A drawing context that writes down each call, and the style of each stroke. */
export function fakeContext() {
  const calls = [];
  const noted = ["fillRect", "rect", "clearRect", "setLineDash", "setTransform"];
  return {
    calls,
    canvas: { width: 0, height: 0 },
    beginPath() {},
    stroke() { calls.push(["stroke", this.strokeStyle, this.lineWidth]); },
    ...Object.fromEntries(noted.map((name) => [name, (...a) => { calls.push([name, ...a]); }])),
  };
}
