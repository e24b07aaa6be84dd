// Strips of frames: all can be read at once, and each can be looked at by itself. A press on
// a frame, or an arrow key, shows it large above the others; Escape shows all alike again.

(() => {
  const LEAST = 3; // frames that make a strip
  const STRIPS = ".cell_output div[style*='grid-template-columns']";
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

  /** @param {HTMLElement} strip */
  function stepThrough(strip) {
    const frames = /** @type {HTMLElement[]} */ ([...strip.children]);
    let shown = -1; // all alike
    const said = document.createElement("p");
    said.className = "ssd-strip-said";
    said.setAttribute("role", "status");
    strip.after(said);

    /** @param {number} place */
    function show(place) {
      shown = place;
      frames.forEach((frame, k) => frame.classList.toggle("ssd-shown", k === shown));
      said.textContent = shown < 0 ? "" : `Frame ${shown + 1} of ${frames.length}: `
        + (frames[shown].querySelector("svg")?.getAttribute("aria-label") ?? "");
    }

    strip.classList.add("ssd-strip");
    strip.tabIndex = 0;
    strip.setAttribute("role", "group");
    strip.setAttribute("aria-label",
      `${frames.length} frames; arrow keys step through them, Escape shows all`);
    strip.addEventListener("keydown", (event) => {
      const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
      if (event.key === "Escape" && shown >= 0) show(-1);
      else if (step && shown < 0) show(step > 0 ? 0 : frames.length - 1);
      else if (step) show(Math.min(Math.max(shown + step, 0), frames.length - 1));
      else return;
      event.preventDefault();
    });
    frames.forEach((frame, k) => {
      frame.addEventListener("click", () => show(k === shown ? -1 : k));
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const strip of /** @type {NodeListOf<HTMLElement>} */ (
      document.querySelectorAll(STRIPS))) {
      const frames = [...strip.children];
      if (frames.length < LEAST || strip.closest("figure.ssd-widget")) continue;
      if (frames.every((one) => one.querySelector("svg[role='img']"))) stepThrough(strip);
    }
  });
})();
