// What helps to read a page: a line that grows with the way through it, a switch for its
// code, copy buttons that Tab passes over, a way past everything to the first figure, and
// a list of chapters that shows the one being read.

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

  /**
   * What has just been unfolded can be reached by Tab if it can be scrolled; what is folded
   * is not asked while the page loads (book/_ext/site_scripts.py).
   * @param {Event} event
   */
  function reachUnfolded({ target }) {
    if (!(target instanceof HTMLDetailsElement) || !target.open) return;
    for (const block of target.querySelectorAll("pre, .cell_output > .output")) {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = block;
      const scrolls = scrollWidth > clientWidth || scrollHeight > clientHeight;
      block.setAttribute("tabindex", scrolls ? "0" : "-1");
    }
  }

  /** Leave the list of chapters where it was, or move it by as little as shows this one. */
  function showChapter() {
    const list = document.querySelector(".bd-sidebar-primary");
    const here = list?.querySelector("nav.bd-links li.current > a");
    if (!list || !here) return;
    const kept = Number(sessionStorage.getItem("sidebar-scroll-top")); // the theme keeps it
    list.scrollTop = kept;
    const frame = list.getBoundingClientRect(), link = here.getBoundingClientRect();
    const room = 3 * link.height;
    const above = link.top - frame.top - room, below = link.bottom - frame.bottom + room;
    if (above < 0) list.scrollTop = kept + above;
    else if (below > 0) list.scrollTop = kept + below;
  }

  /** Let the first Tab stops lead over the list of chapters to the first figure, too. */
  function skipToFigure() {
    const figure = document.querySelector("figure.ssd-widget:not([data-widget=self_check])");
    const skip = document.getElementById("pst-skip-link");
    if (!figure || !skip) return;
    figure.id ||= "first-figure";
    const link = document.createElement("a");
    link.href = `#${figure.id}`;
    link.textContent = "Skip to the figure";
    skip.append(link);
  }

  document.addEventListener("DOMContentLoaded", () => {
    growLine();
    switchCode();
    skipToFigure();
    document.addEventListener("toggle", reachUnfolded, true);
    requestAnimationFrame(showChapter); // after the theme has moved the list
  });
  addEventListener("load", passOverCopyButtons); // they are made while the page loads
})();
