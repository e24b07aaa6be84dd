// What helps to read a page: a line that grows with the way through it, a switch for its
// code, copy buttons that Tab passes over, and tables that keys can scroll.

(() => {
  const FOLDED = "details.hide";

  /** A line along the top as long as the part of the page that lies above. */
  function growLine() {
    const line = document.createElement("div");
    line.className = "ssd-progress";
    line.setAttribute("aria-hidden", "true");
    document.body.append(line);
    const grow = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      line.style.scale = `${scrollTop / Math.max(1, scrollHeight - clientHeight)} 1`;
    };
    addEventListener("scroll", grow, { passive: true });
    addEventListener("resize", grow);
  }

  /** One switch that opens or closes all folded cells of the page. */
  function switchCode() {
    const folded = () => /** @type {HTMLDetailsElement[]} */ (
      [...document.querySelectorAll(`.tag_set-up ${FOLDED}, .tag_drawing ${FOLDED}, ` +
        `.tag_checking ${FOLDED}, .tag_source ${FOLDED}, .tag_widget ${FOLDED}`)]);
    const bar = document.querySelector(".article-header-buttons");
    if (!bar || folded().length === 0) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm ssd-code-switch";
    button.textContent = "Code";
    button.title = "Open or close all folded cells";
    const show = () => {
      button.setAttribute("aria-pressed", `${folded().every(({ open }) => open)}`);
    };
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      for (const details of folded()) details.open = open;
      show();
    });
    bar.prepend(button);
    show();
  }

  /** Copy buttons stand beside every cell: pointers find them, Tab need not. */
  function passOverCopyButtons() {
    for (const button of document.querySelectorAll("button.copybtn")) {
      button.setAttribute("tabindex", "-1");
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    growLine();
    switchCode();
  });
  addEventListener("load", passOverCopyButtons); // they are made while the page loads
})();
