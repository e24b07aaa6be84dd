"""Links that the text need not write: terms to the glossary, works to the bibliography.

The chapters are notebooks, which also Jupyter shows; so they hold plain words. In the
page, the first use of each glossary term links to its entry, and "Liu et al. 2016" to
the bibliography. Nothing is linked inside links, headings, code, formulas or figures.
"""

import re
from functools import cache
from pathlib import Path

from docutils import nodes
from pybtex.database import parse_file
from sphinx import addnodes
from sphinx.application import Sphinx

GLOSSARY, BIBLIOGRAPHY = "book/glossary", "book/bibliography"
# Words of the glossary that are also common words: linked where they are set off alone.
COMMON = {
    "cell",
    "difficult",
    "greedy",
    "negative",
    "positive",
    "precision",
    "recall",
    "scale",
    "warp",
}
# Said of one thing only after one of these words: "detection" alone is the task.
UNCOUNTED = {"detection"}
COUNTED = ("a ", "each ", "every ", "one ", "the ", "this ")
# Before these words stands another meaning: half precision, the check cell, the next cell.
OTHERWISE = ("half ", "check ", "next ")
# And of single words: a notebook's and a GPU's kernel, a clock's warm-up, a size that
# must stay positive, the prior of the focal loss.
OTHERS = {
    "kernel": ("restart the ", "loads "),
    "positive": ("stay ",),
    "prior": ("without the ",),
    "warm-up": ("no ",),
}
# What a cell shows, and the line under the title, which is to be quiet.
OWN_LINKS = {"cell_output", "ssd-head"}
CLOSED = (
    nodes.reference,
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.figure,
    nodes.caption,
    nodes.term,
    nodes.footnote,
    nodes.citation,
    addnodes.desc_signature,  # the reference's names
    addnodes.literal_strong,
)


def add_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the links of one page in."""
    if docname in (GLOSSARY, BIBLIOGRAPHY, "genindex"):
        return
    bibliographies = (Path(app.srcdir, file) for file in app.config.bibtex_bibfiles)
    here = {"terms": terms(app), "works": works(tuple(bibliographies))}
    patterns = {kind: joined(found) for kind, found in here.items()}
    linked = set()
    for text in list(doctree.findall(nodes.Text)):
        if not closed(text):
            parts = split(app, docname, text, here, patterns, linked)
            if len(parts) > 1:
                text.parent.replace(text, parts)


def closed(text: nodes.Text) -> bool:
    """Whether a text stands where no link may be, or has its own links."""
    node = text.parent
    while node is not None:
        if isinstance(node, CLOSED) or OWN_LINKS & set(node.get("classes", ())):
            return True
        node = node.parent
    return False


def split(
    app: Sphinx, docname: str, text: nodes.Text, here: dict, patterns: dict, linked: set
) -> list[nodes.Node]:
    """The text in parts, those that are linked and those between."""
    set_off = isinstance(text.parent, nodes.strong | nodes.emphasis)
    found = [
        (match.start(), match.end(), kind, here[kind][key(match[0])])
        for kind, pattern in patterns.items()
        if pattern
        for match in pattern.finditer(text.astext())
        if key(match[0]) in here[kind]
        and not otherwise(text.astext()[: match.start()], key(match[0]))
        and (key(match[0]) not in UNCOUNTED or counted(text.astext()[: match.start()]))
        and (set_off or key(match[0]).removesuffix("s") not in COMMON)
    ]
    parts, end = [], 0
    for start, stop, kind, place in sorted(found):
        page, anchor = place if kind == "terms" else chosen(place, text)
        if start < end or (kind == "terms" and anchor in linked):
            continue
        linked.add(anchor)
        words = text.astext()
        parts.append(nodes.Text(words[end:start]))
        address = f"{app.builder.get_relative_uri(docname, page)}#{anchor}"
        link = nodes.reference("", words[start:stop], refuri=address, internal=True)
        link["classes"] = ["ssd-term" if kind == "terms" else "ssd-cite"]
        parts.append(link)
        end = stop
    return [*parts, nodes.Text(text.astext()[end:])]


def otherwise(before: str, word: str) -> bool:
    """Whether a word has another meaning after what stands before it."""
    return before.lower().endswith(OTHERWISE + OTHERS.get(word.removesuffix("s"), ()))


def counted(before: str) -> bool:
    """Whether a text ends in a word that speaks of one among several."""
    return f" {before.lower()}".endswith(tuple(f" {word}" for word in COUNTED))


def terms(app: Sphinx) -> dict[str, tuple[str, str]]:
    """Each glossary term, one and many, and where its entry is."""
    found = {}
    for name, _, kind, page, anchor, _ in app.env.domains["std"].get_objects():
        if kind == "term" and page == GLOSSARY:
            for form in (name, many(name)):
                found[key(form)] = (page, anchor)
    return found


def many(term: str) -> str:
    """The plural, as the book's words have it."""
    if term.endswith(("s", "ing", "U", "P", "xy", "wh", "free", "difficult")):
        return term
    return term + ("es" if term.endswith("x") else "s")


@cache
def works(files: tuple[Path, ...]) -> dict[str, list[tuple[str, str]]]:
    """Title and anchor of each work as a text cites it: "Ren et al. 2015"."""
    found = {}
    for file in files:
        for name, entry in parse_file(file).entries.items():
            title = re.sub(r"[{}]", "", entry.fields["title"])
            last = [" ".join(person.last_names) for person in entry.persons["author"]]
            for authors in cited_as(last):
                cited = key(f"{authors} {entry.fields['year']}")
                found.setdefault(cited, []).append((title, name))
    return found


def cited_as(last: list[str]) -> list[str]:
    """Authors as a text names them."""
    if len(last) < 3:
        return [" and ".join(last)]
    all_three = [f"{last[0]}, {last[1]} and {last[2]}"] if len(last) == 3 else []
    return [f"{last[0]} et al.", *all_three]


def chosen(candidates: list[tuple[str, str]], text: nodes.Text) -> tuple[str, str]:
    """Of works with the same authors and year, the one that is named after the words."""
    node = text.parent
    index = node.index(text)
    after = "".join(child.astext() for child in node.children[index + 1 :])
    named = {after.find(title[:12]): name for title, name in candidates}
    named.pop(-1, None)
    nearest = named[min(named)] if named else candidates[0][1]
    return BIBLIOGRAPHY, nearest


def key(words: str) -> str:
    """Words as they are looked up: IoU in its own letters, others in small ones."""
    return words if words in ("IoU", "mAP", "L2Norm") else words.lower()


def joined(found: dict) -> re.Pattern | None:
    """One pattern for all, the longest first."""
    ordered = sorted(found, key=len, reverse=True)
    if not ordered:
        return None
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered))})\b", re.IGNORECASE)
