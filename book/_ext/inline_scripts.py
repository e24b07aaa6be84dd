"""Moves the scripts that stand in a page's text into files.

A host may forbid a page to run code that stands in its text (by a content security
policy without ``'unsafe-inline'``), because foreign code gets in that way. The theme and
its extensions write a dozen such scripts and handlers into each page. Here they become
files, named after what is in them, which pages share:

- The choice of light or dark stays where it is, in front of the style sheets.
- The head's other scripts become one file, the first of those that wait for the text.
- Markup that a script does nothing but write goes into the page itself.
- Any other script becomes a file in its place.
- ``onclick="..."`` becomes a mark; the head's file sets the handler where the mark is.

Data (``type="application/json"``) stays, and so do modules and import maps, which do not
load as files from file://; a test says that no page has one.
"""

import hashlib
import re
import textwrap
from html.parser import HTMLParser
from typing import NamedTuple

FOLDER = "_static/moved"
CLASSIC = ("", "text/javascript", "application/javascript")
EARLY = "data-cfasync"  # the theme's mark of what has to run before the first paint
# The theme settles what "auto" means when it has read the whole page: after a flash.
SETTLE_AUTO = """
if (document.documentElement.dataset.mode === "auto") {
  document.documentElement.dataset.theme =
    matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
"""
SET_HANDLER = """\
for (const element of document.querySelectorAll('[data-{name}="{mark}"]')) {{
  element.{name} = function (event) {{
    {code}
  }};
}}"""
WRITTEN = re.compile(r"\s*document\.write\(`([^`\\$]*)`\);?\s*")
ATTRIBUTE = re.compile(r"""\s([^\s=>"']+)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?""")


class Script(NamedTuple):
    """A script of a page: where it is, its opening tag, and its code."""

    start: int
    end: int
    tag: str
    code: str
    in_head: bool


class Element(NamedTuple):
    """A tag with handlers: where it is, and the code of each by its attribute's name."""

    start: int
    end: int
    tag: str
    handlers: dict[str, str]


class Inline(HTMLParser):
    """Finds the scripts and the handlers in the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.lines = [0, *(match.end() for match in re.finditer("\n", page))]
        self.scripts: list[Script] = []
        self.elements: list[Element] = []
        self.first_deferred: int | None = (
            None  # where the first script is that has a file and may wait
        )
        self.opened: Script | None = None
        self.in_head = False
        self.feed(page)
        self.close()

    def here(self) -> int:
        """Where in the page the parser is."""
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag with handlers, and where a script begins."""
        self.in_head |= tag == "head"
        given, text, start = dict(attrs), self.get_starttag_text() or "", self.here()
        handlers = {name: given[name] or "" for name in given if name.startswith("on")}
        if handlers:
            self.elements.append(Element(start, start + len(text), text, handlers))
        if tag == "script" and "src" in given:
            if self.first_deferred is None and EARLY not in given:
                self.first_deferred = start
        elif tag == "script" and (given.get("type") or "") in CLASSIC:
            self.opened = Script(start, start, text, "", self.in_head)

    def handle_data(self, data: str) -> None:
        """Gather a script's code."""
        if self.opened:
            self.opened = self.opened._replace(code=self.opened.code + data)

    def handle_endtag(self, tag: str) -> None:
        """Note where a script and the head end."""
        if tag == "script" and self.opened:
            end = self.here() + len("</script>")
            self.scripts.append(self.opened._replace(end=end))
            self.opened = None
        elif tag == "head":
            self.in_head = False
            if self.first_deferred is None:
                self.first_deferred = self.here()


def move(page: str, root: str) -> tuple[str, dict[str, str]]:
    """Leave no script and no handler in the text of a page.

    Args:
        page: the page's HTML.
        root: the way from the page to the root of the site: ``""`` or ``"../"``.

    Returns:
        The page, and the code in each file that it now loads, by the file's path.
    """
    found = Inline(page)
    files, edits, deferred = {}, [], {}
    for script in found.scripts:
        new = ""
        if script.in_head and EARLY not in script.tag:
            deferred[script.code.strip()] = None  # once, if a page has it twice
        elif script.in_head:
            new = loaded(files, root, script.tag, script.code + SETTLE_AUTO)
        elif markup := WRITTEN.fullmatch(script.code):
            new = markup[1]
        else:
            new = loaded(files, root, script.tag, script.code)
        edits.append((script.start, script.end, new))
    for element in found.elements:
        edits.append((element.start, element.end, marked(element)))
        deferred |= dict.fromkeys(set_handler(*item) for item in element.handlers.items())
    if deferred:
        new = loaded(files, root, "<script defer>", "\n".join(deferred))
        place = len(page) if found.first_deferred is None else found.first_deferred
        edits.append((place, place, f"{new}\n    "))
    return edited(page, edits), files


def loaded(files: dict[str, str], root: str, tag: str, code: str) -> str:
    """A script's element when its code is among the files, where this puts it."""
    code = textwrap.dedent(code).strip() + "\n"
    path = f"{FOLDER}/{digest(code)}.js"
    files[path] = code
    return f'{tag[:-1]} src="{root}{path}"></script>'


def marked(element: Element) -> str:
    """A tag with marks in place of its handlers."""

    def mark(attribute: re.Match) -> str:
        name = attribute[1].lower()
        code = element.handlers.get(name)
        return attribute[0] if code is None else f' data-{name}="{digest(code)}"'

    return ATTRIBUTE.sub(mark, element.tag)


def set_handler(name: str, code: str) -> str:
    """The script that sets a handler where its mark is."""
    return SET_HANDLER.format(name=name, mark=digest(code), code=code)


def digest(code: str) -> str:
    """The name of a piece of code."""
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def edited(page: str, edits: list[tuple[int, int, str]]) -> str:
    """The page with its parts replaced."""
    for start, end, new in sorted(edits, reverse=True):
        page = f"{page[:start]}{new}{page[end:]}"
    return page
