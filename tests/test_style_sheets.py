"""One home for every class of the widgets' sheet: two figures once shared a name by chance.

A selector's home is its first class, apart from the one that all widgets have: what comes
after stands inside that and may be named again elsewhere. The sheet has a section for each
widget, under a comment that names it, and what is shared in the others.
"""

import re
from collections import defaultdict

import pytest

from ssd_lib.widgets.modules import FOLDER, module_source, widget_names

SHEET = (FOLDER / "widgets.css").read_text(encoding="utf-8")
HEADING = re.compile(r"(?:\A|\n\n)/\* (.*?) \*/\n", re.DOTALL)
SELECTORS = re.compile(r"([^{};]+)\{")
CLASS = re.compile(r"\.(ssd-[\w-]+)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
GATHERED = re.compile(r'^\$modules\["(.*)"\] = ', re.MULTILINE)
EVERYWHERE = "ssd-widget"
PARTS_OF_ALL = ("", "::before", "::after")
SHARED = "shared"
# What base.py, loader.js and live_detector.py write.
PAGE = {"ssd-fallback", "ssd-mounted", "ssd-still"}
KINDS = {"ssd-a", "ssd-b", "ssd-object"}  # of boxes that can be moved


def sections(sheet):
    """Each widget's rules by its name, and those of all as ``shared``."""
    _, *parts = HEADING.split(sheet)
    found = defaultdict(str)
    for heading, rules in zip(parts[::2], parts[1::2], strict=True):
        title = re.split("[:.]", heading)[0].removeprefix("The ").lower()
        name = re.sub("[ -]", "_", title)
        owner = next((one for one in widget_names() if name in (one, f"{one}s")), SHARED)
        found[owner] += COMMENT.sub("", rules)
    return dict(found)


def split(text):
    """A list of selectors at the commas that stand in no bracket."""
    depth, parts = 0, [""]
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def first_classes(selector):
    """The class that a selector begins with; one for each choice of an ``:is`` there."""
    selector = selector.replace(f".{EVERYWHERE} ", "").replace(f".{EVERYWHERE}.", ".")
    begin = re.search(r":(?:is|where)\(|\.(ssd-[\w-]+)", selector)
    if begin is None:
        return set()
    if begin[1]:
        return {begin[1]}
    depth, end = 1, begin.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(selector[end], 0)
        end += 1
    choices = [first_classes(choice) for choice in split(selector[begin.end() : end - 1])]
    return set.union(*choices) or first_classes(selector[end:])


def selectors(rules):
    """Each selector of some rules, without the conditions that they stand under."""
    for text in SELECTORS.findall(rules):
        if not text.strip().startswith("@"):
            yield from split(text)


def homes(sheet):
    """For each class, the sections that say what it looks like.

    What is shared may be told apart inside a widget's own class: then the home is that
    of the class, the first one that is not shared. A selector without one is the home
    of what is shared, whichever section it stands in.
    """
    found = defaultdict(set)
    parts = sections(sheet)
    for selector in selectors(parts.pop(SHARED)):
        for name in first_classes(selector):
            found[name].add(SHARED)
    shared = set(found)
    for section, rules in parts.items():
        for selector in selectors(rules):
            others = [name for name in CLASS.findall(selector) if name not in shared]
            for name in first_classes(selector) - shared or others[:1] or CLASS.findall(selector):
                found[name].add(section)
    found.pop(EVERYWHERE, None)
    return found


def scripts_of(widget):
    """The scripts that a widget is joined from."""
    return {f"{widget}.js", *GATHERED.findall(module_source(widget))}


PARTS = {widget: scripts_of(widget) for widget in widget_names()}
SCRIPTS = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.js")}


def users(name):
    """The scripts that write a class: as it stands, or its number after ``ssd-of-${``."""
    if name in KINDS:
        return {"stage.js"}
    begin = rf"|{name.rpartition('-')[0]}-\$\{{" if name.count("-") > 1 else ""
    written = re.compile(rf"(?<![\w$-])(?:{name}(?![\w-]){begin})")
    return {script for script, text in SCRIPTS.items() if written.search(text)}


def crowded(sheet):
    """Classes with two homes, and those of a widget that a script of others names, too."""
    found = {}
    for name, where in homes(sheet).items():
        if len(where) > 1:
            found[name] = sorted(where)
        elif where != {SHARED}:
            theirs = {script for widget in PARTS.keys() - where for script in PARTS[widget]}
            if strangers := sorted(users(name) & theirs):
                found[name] = [*where, *strangers]
    return found


def test_every_class_has_one_home():
    assert crowded(SHEET) == {}


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (".ssd-fates { color: red; }", {"ssd-fates": ["head_walk", "nms_stepper"]}),
        (".ssd-widget .ssd-chip { color: red; }", {"ssd-chip": ["head_walk", "shared"]}),
        ("@media print { .a, :is(.ssd-b) .c { top: 0; } }", {"ssd-b": ["head_walk", "shared"]}),
        (".ssd-thread-line { top: 0; }", {"ssd-thread-line": ["head_walk", "shared"]}),
        (".ssd-ruled { top: 0; }", {}),
        (".ssd-walk .ssd-chip, [data-step] .ssd-walk .ssd-fates { top: 0; }", {}),
    ],
)
def test_a_second_home_would_be_found(rules, found):
    heading = "/* The head walk */\n"
    assert SHEET.count(heading) == 1
    assert crowded(SHEET.replace(heading, f"{heading}{rules}\n")) == found


def test_a_name_that_two_figures_chose_would_be_found(monkeypatch):
    monkeypatch.setitem(SCRIPTS, "self_check.js", 'make("p", { class: "ssd-fates" })')
    assert crowded(SHEET) == {"ssd-fates": ["nms_stepper", "self_check.js"]}


def test_every_class_is_used():
    names = set(CLASS.findall("".join(sections(SHEET).values())))
    assert {name for name in names if not users(name)} == PAGE
    assert not users("ssd-nothing") | users("ssd-ob")


def test_every_widget_has_a_section():
    assert set(sections(SHEET)) == {SHARED, *widget_names()}


def test_one_rule_stills_whatever_moves():
    """In Jupyter, too, where the page's own sheet is not there."""
    (calm,) = re.findall(
        r"@media \(prefers-reduced-motion: reduce\) \{\s*([^{}]*)\{([^{}]*)", SHEET
    )
    everything = [".ssd-live-figure", *(f".ssd-live-figure *{part}" for part in PARTS_OF_ALL)]
    assert split(calm[0]) == everything
    assert calm[1].split("; ") == [" transition: none !important", "animation: none !important", ""]
