"""One HTML file with a network at work in it: nothing else is needed to open it."""

import base64
import html
import json

from ssd_lib.data.toy import CLASSES
from ssd_lib.model import Loaded
from ssd_lib.widgets import LiveDetector
from ssd_lib.widgets.base import sheet_of
from ssd_lib.widgets.modules import module_source

# As much of a widget's model as a page without Python needs.
MODEL = """
const listeners = {};
const bytes = Uint8Array.from(atob(state.weights), (letter) => letter.charCodeAt(0));
state.weights = new DataView(bytes.buffer);
const model = {
  get: (name) => state[name],
  set(name, value) {
    if (state[name] === value) return;
    state[name] = value;
    for (const listener of listeners[`change:${name}`] ?? []) listener();
  },
  save_changes() {},
  on(event, listener) { (listeners[event] ??= new Set()).add(listener); },
  off(event, listener) { listeners[event]?.delete(listener); },
};
widget.render({ model, el: document.querySelector("main") });
"""
STYLE = """
body { background: var(--ssd-paper); margin: 0; padding: clamp(8px, 3vw, 32px); }
main { max-width: 1100px; margin: 0 auto !important; }
"""
DARK = (
    'if (matchMedia("(prefers-color-scheme: dark)").matches) '
    'document.documentElement.dataset.theme = "dark";'
)


def page(loaded: Loaded) -> bytes:
    """The live detector on a network of the small kind, with all that it needs.

    Args:
        loaded: a network and its class names. Its weights are kept as whole numbers of
            8 bits, as in the book's pages.

    Returns:
        HTML that works from a file, without a connection. It begins with a scene of the
        toy world if the network knows the toy world's classes, else with an empty ground.

    Raises:
        ValueError: if the network is of another kind than ``ssd_tiny``.
    """
    traits = {} if tuple(loaded.classes) == CLASSES else {"things": [], "background": "plain 1"}
    detector = LiveDetector(loaded.model, list(loaded.classes), **traits)
    names = ("picture_url", "picture_alt", *detector.page_state, "engine")
    state = {name: getattr(detector, name) for name in names}
    state["weights"] = base64.b64encode(detector.weights).decode()
    if traits:  # the still picture shows another scene
        state |= {"picture_url": "data:,", "picture_alt": "", "tries": []}
    widget = module_source(detector.module).replace("export default ", "const widget = ")
    script = f"const state = {json.dumps(state)};\n{widget}\n{MODEL}".replace("</", "<\\/")
    title = html.escape(f"A detector of {', '.join(loaded.classes[1:])}")
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{sheet_of(detector.module)}{STYLE}</style>
<script>{DARK}</script>
<main></main>
<script type="module">
{script}
</script>
</html>
""".encode()
