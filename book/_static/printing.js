// What a printed page needs and a screen does not: each figure as a still picture beside
// its table, and the solutions, which are folded on the screen, at the end.

(() => {
  const PICTURES = ".ssd-stage, .ssd-layers, .ssd-planes, canvas, svg";
  const LEAST = 90; // pixels across: what is smaller is a sign, not a picture
  const WIDEST = 640;
  /** @type {HTMLElement[]} */
  let added = [];

  /**
   * An element that stands only on paper.
   * @param {string} tag
   * @param {string} name of its class
   */
  function make(tag, name) {
    const element = document.createElement(tag);
    element.className = name;
    added.push(element);
    return element;
  }

  /**
   * A copy of a picture as it is now: a clone of a canvas would be empty.
   * @param {Element} picture
   */
  function still(picture) {
    const copy = /** @type {Element} */ (picture.cloneNode(true));
    const here = (/** @type {Element} */ root) =>
      root instanceof HTMLCanvasElement ? [root] : [...root.querySelectorAll("canvas")];
    const originals = here(picture);
    for (const [k, canvas] of here(copy).entries()) {
      if (originals[k].width && originals[k].height) {
        canvas.getContext("2d")?.drawImage(originals[k], 0, 0);
      }
    }
    const { width } = picture.getBoundingClientRect();
    const frame = document.createElement("div");
    frame.style.width = `${width}px`;
    frame.style.setProperty("zoom", `${Math.min(1, WIDEST / width)}`);
    frame.append(copy);
    return frame;
  }

  /** Put its pictures into each figure that is alive. */
  function stillFigures() {
    for (const figure of document.querySelectorAll("figure.ssd-mounted[data-widget]")) {
      const live = figure.querySelector(".ssd-live-figure");
      if (!live) continue;
      const pictures = [...live.querySelectorAll(PICTURES)].filter((one) =>
        !one.parentElement?.closest(PICTURES) && one.getBoundingClientRect().width >= LEAST);
      if (pictures.length === 0) continue;
      const strip = make("div", "ssd-stills");
      strip.append(...pictures.map(still));
      figure.prepend(strip);
    }
  }

  /**
   * The words of the exercise that a cell belongs to: "2. Two boxes".
   * @param {Element} cell
   */
  function exerciseOf(cell) {
    let before = cell.previousElementSibling;
    while (before && !/^\d+\./.test(`${before.querySelector("strong")?.textContent}`)) {
      before = before.previousElementSibling;
    }
    return before?.querySelector("strong")?.textContent ?? "";
  }

  /** Copy the solutions to the end, each under the name of its exercise. */
  function gatherSolutions() {
    const cells = [...document.querySelectorAll(".cell.tag_solution")];
    const chapter = document.querySelector("article.bd-article > section");
    if (cells.length === 0 || !chapter) return;
    const section = make("section", "ssd-solutions");
    const heading = document.createElement("h2");
    heading.textContent = "Solutions";
    section.append(heading);
    let last = "";
    for (const cell of cells) {
      const exercise = exerciseOf(cell);
      if (exercise !== last) {
        const name = document.createElement("h3");
        name.textContent = last = exercise;
        section.append(name);
      }
      for (const part of cell.querySelectorAll(".cell_input, .cell_output")) {
        section.append(part.cloneNode(true));
      }
    }
    chapter.append(section);
  }

  const root = document.documentElement;
  let theme = root.dataset.theme;

  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light"; // paper is white
    stillFigures();
    gatherSolutions();
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
    for (const element of added) element.remove();
    added = [];
  });
})();
