"""A state that holds HTML is shown as text by every widget, and does nothing.

A state comes with a notebook, so it may come from anybody.
"""

import importlib
import json
import pkgutil

import pytest
from waiting import wait_until

from ssd_lib import widgets
from ssd_lib.widgets.base import BookWidget
from ssd_lib.widgets.modules import module_source

HOSTILE = '"\'><img class="hostile" src="none:" onerror="window.hacked = true"><b class="hostile">'
# Mount the widget with each state, use all its controls, let it draw, and look for what
# the text would have become. Images that fail later than the hostile one, one after the
# other, end the waiting. The states come as JSON: Playwright would take seconds to hand
# over the values.
LOOK = """async ([source, states]) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    const mounted = [];
    for (const [where, state] of Object.entries(JSON.parse(states))) {
        const el = document.body.appendChild(document.createElement("div"));
        const listeners = [];
        const model = {
            get: (name) => state[name],
            set(name, value) { state[name] = value; listeners.forEach((one) => one()); },
            save_changes() {},
            on(_, listener) { listeners.push(listener); },
            off() {},
        };
        const attempt = (action) => { try { action(); } catch { /* no such number */ } };
        attempt(() => widget.render({ model, el }));
        attempt(() => listeners.forEach((one) => one()));
        for (const one of el.querySelectorAll("button, input[type=checkbox]")) attempt(() => one.click());
        for (const one of el.querySelectorAll("input, select")) attempt(() => one.dispatchEvent(new Event("input")));
        mounted.push([where, el]);
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
    for (let later = 0; later < 5; later += 1) {
        await new Promise((resolve) => Object.assign(new Image(), { onerror: resolve, src: "none:" }));
    }
    const found = mounted.filter(([, el]) => el.querySelector(".hostile")).map(([where]) => where);
    return found;
}"""


def all_widgets():
    """One of each kind, by the name of its module."""
    for module in pkgutil.iter_modules(widgets.__path__, "ssd_lib.widgets."):
        importlib.import_module(module.name)
    kinds = {kind.module: kind for kind in BookWidget.__subclasses__()}
    return {
        name: (kind("boxes") if name == "self_check" else kind())
        for name, kind in sorted(kinds.items())
    }


WIDGETS = all_widgets()


def places(value, path=()):
    """The path of every leaf; of a list only the first and last elements' are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index in sorted({0, len(value) - 1} if value else ()):
            yield from places(value[index], (*path, index))
    else:
        yield path


def with_hostile(state, path):
    """A copy of the state with the text at one place."""
    copy = json.loads(json.dumps(state))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = HOSTILE
    return copy


def all_hostile(value):
    """Every text of a state in hostile form, its numbers as they are."""
    if isinstance(value, dict):
        return {key: all_hostile(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [all_hostile(inner) for inner in value]
    return HOSTILE if isinstance(value, str) else value


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


# Those with most places for a text take their time.
LARGE = {"default_box_explorer", "live_detector"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.full] if n in LARGE else []) for n in WIDGETS],
)
def test_html_in_a_state_is_no_html(page, name):
    widget = WIDGETS[name]
    state = {key: getattr(widget, key) for key in ("picture_alt", *widget.page_state)}
    states = {str(path): with_hostile(state, path) for path in places(state)}
    states["every text"] = all_hostile(state)
    assert page.evaluate(LOOK, [module_source(name), json.dumps(states)]) == []
    assert not page.evaluate("window.hacked")


def test_the_look_finds_html(page):
    module = "export default { render({ model, el }) { el.innerHTML = model.get('title'); } };"
    states = {"html": {"title": HOSTILE}, "text": {"title": "plain"}}
    assert page.evaluate(LOOK, [module, json.dumps(states)]) == ["html"]
    wait_until(lambda: page.evaluate("window.hacked"))
