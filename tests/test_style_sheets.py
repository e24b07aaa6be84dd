"""One home for every class of the widgets' sheets: two figures once shared a name by chance.

A selector's home is its first class, apart from the one that all widgets have: what comes
after stands inside that and may be named again elsewhere. What all widgets share stands in
one sheet, and the rest beside the script of each.
"""

import itertools
import re
from collections import defaultdict

import pytest

from ssd_lib.widgets.modules import FOLDER, module_source, widget_names

SELECTORS = re.compile(r"([^{};]+)\{")
CLASS = re.compile(r"\.(ssd-[\w-]+)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
GATHERED = re.compile(r'^\$modules\["(.*)"\] = ', re.MULTILINE)
EVERYWHERE = "ssd-widget"
PARTS_OF_ALL = ("", "::before", "::after")
SHARED = "widgets"
# What base.py, loader.js and live_detector.py write.
PAGE = {"ssd-fallback", "ssd-mounted", "ssd-still"}
KINDS = {"ssd-a", "ssd-b", "ssd-object"}  # of boxes that can be moved
SHEETS = {
    file.stem: COMMENT.sub("", file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.css")
}


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


def homes(sheets):
    """For each class, the sheets that say what it looks like.

    What is shared may be told apart inside a widget's own class: then the home is that
    of the class, the first one that is not shared. A selector without one is the home
    of what is shared, whichever sheet it stands in.
    """
    found = defaultdict(set)
    parts = dict(sheets)
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


def words(text):
    """The names in a script: of ``ssd-of-${number}`` the beginning, to the ``$``."""
    return set(re.findall(r"[\w$-]+", text))


WORDS = {script: words(text) for script, text in SCRIPTS.items()}


def users(name):
    """The scripts that write a class: as it stands, or its number after ``ssd-of-${``."""
    if name in KINDS:
        return {"stage.js"}
    written = {name, f"{name}$"}
    if name.count("-") > 1:
        written.add(f"{name.rpartition('-')[0]}-$")
    return {script for script, names in WORDS.items() if names & written}


def crowded(sheets):
    """Classes with two homes, and those that a script names where their sheet may not be."""
    found = {}
    for name, where in homes(sheets).items():
        if len(where) > 1:
            found[name] = sorted(where)
        elif where != {SHARED}:
            (home,) = where
            without = [scripts for scripts in PARTS.values() if f"{home}.js" not in scripts]
            theirs = set().union(*without)
            if strangers := sorted(users(name) & theirs):
                found[name] = [*where, *strangers]
    return found


def test_every_class_has_one_home():
    assert crowded(SHEETS) == {}


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (".ssd-fates { color: red; }", {"ssd-fates": ["head_walk", "nms_stepper"]}),
        (".ssd-widget .ssd-chip { color: red; }", {"ssd-chip": ["head_walk", "widgets"]}),
        ("@media print { .a, :is(.ssd-b) .c { top: 0; } }", {"ssd-b": ["head_walk", "widgets"]}),
        (".ssd-thread-line { top: 0; }", {"ssd-thread-line": ["head_walk", "widgets"]}),
        (".ssd-ruled { top: 0; }", {}),
        (".ssd-walk .ssd-chip, [data-step] .ssd-walk .ssd-fates { top: 0; }", {}),
    ],
)
def test_a_second_home_would_be_found(rules, found):
    assert crowded(SHEETS | {"head_walk": f"{SHEETS['head_walk']}\n{rules}\n"}) == found


def test_a_name_that_two_figures_chose_would_be_found(monkeypatch):
    monkeypatch.setitem(WORDS, "self_check.js", words('make("p", { class: "ssd-fates" })'))
    assert crowded(SHEETS) == {"ssd-fates": ["nms_stepper", "self_check.js"]}


def test_every_class_is_used():
    names = set(CLASS.findall("".join(SHEETS.values())))
    assert {name for name in names if not users(name)} == PAGE
    assert not users("ssd-nothing") | users("ssd-ob")


def nesting(rules):
    """How deep in blocks a sheet is at its shallowest, and at its end."""
    quoted = re.sub(r'"[^"]*"', "", rules)
    marks = ({"{": 1, "}": -1}[mark] for mark in re.findall("[{}]", quoted))
    depth = list(itertools.accumulate(marks))
    return min(depth), depth[-1]


@pytest.mark.parametrize("name", SHEETS)
def test_every_block_is_closed_once(name):
    """A brace too many takes the next rule with it, and no browser says so."""
    assert nesting(SHEETS[name]) == (0, 0)
    assert nesting(SHEETS[name] + "}") != (0, 0)


def test_every_widget_has_a_sheet_and_every_sheet_a_script():
    assert set(widget_names()) < set(SHEETS)
    assert {f"{name}.js" for name in SHEETS} - set(SCRIPTS) == {f"{SHARED}.js"}


def test_one_rule_stills_whatever_moves():
    """In Jupyter, too, where the page's own sheet is not there."""
    (calm,) = re.findall(
        r"@media \(prefers-reduced-motion: reduce\) \{\s*([^{}]*)\{([^{}]*)", SHEETS[SHARED]
    )
    everything = [".ssd-live-figure", *(f".ssd-live-figure *{part}" for part in PARTS_OF_ALL)]
    assert split(calm[0]) == everything
    assert calm[1].split("; ") == [" transition: none !important", "animation: none !important", ""]
