"""One file in place of the theme's eight scripts, so that a phone asks for it once.

All of them wait for the text; so they run as before when they stand in one file, in the
order in which the page names them. The book's own scripts stay, which other tools replace.
"""

import hashlib
import re
from pathlib import Path

FOLDER = "_static/joined"
OWN = ("loader", "reading", "printing", "search", "search_index")
LINK = re.compile(
    r'<script defer src="((?:\.\./)*_static/(?!moved/|joined/)[^"?]+)[^"]*"></script>\s*'
)
MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


def join(page: str, file: Path) -> tuple[str, dict[str, bytes]]:
    """Let a page name one file in place of the theme's scripts that wait.

    Args:
        page: the page's HTML.
        file: where it lies, from which its scripts are found.

    Returns:
        The page, and the content of each file that it now loads, by the file's name.
    """
    found = [match for match in LINK.finditer(page) if Path(match[1]).stem not in OWN]
    if not found:
        return page, {}
    codes = [(file.parent / match[1]).read_text(encoding="utf-8") for match in found]
    code = "\n;\n".join(MAP.sub("", code) for code in codes).encode()
    name = f"{hashlib.sha256(code).hexdigest()[:12]}.js"
    root = found[0][1].partition("_static/")[0]
    for match in reversed(found[1:]):
        page = page[: match.start()] + page[match.end() :]
    link = f'<script defer src="{root}{FOLDER}/{name}"></script>\n    '
    page = page[: found[0].start()] + link + page[found[0].end() :]
    return page, {f"{FOLDER}/{name}": code}
