// Lets a page be painted before its scripts run: they come with the frame after the first.
// What they wait for may have happened by then, so it is told to them once more.
{
  const { src, dataset } = /** @type {HTMLScriptElement} */ (document.currentScript);

  const begin = () => {
    /** @type {HTMLElement | null} */
    const first = document.querySelector("figure.ssd-widget[data-widget]");
    if (first) {
      const href = new URL(`widgets/${first.dataset.widget}.js`, src).href;
      const early = { rel: "preload", as: "script", href };
      document.head.append(Object.assign(document.createElement("link"), early));
    }
    const script = document.createElement("script");
    script.src = new URL(`${dataset.then}`, src).href;
    script.onload = () => {
      document.dispatchEvent(new Event("DOMContentLoaded"));
      if (document.readyState === "complete") dispatchEvent(new Event("load"));
      document.documentElement.dataset.started = "";
    };
    document.head.append(script);
  };

  if (document.hidden) begin(); // no frame comes to a page that nobody sees
  else requestAnimationFrame(() => setTimeout(begin));
}
