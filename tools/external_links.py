"""List the links that lead out of the built book, and when each was last known good.

python tools/external_links.py list     from _build/html into tests/external_links.txt
python tools/external_links.py check    ask each host, and write today's date where it answers

The list keeps the dates it has. `never` is for a link that was not asked yet.
"""

import re
import sys
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests/external_links.txt"
HEAD = (
    "# Links that lead out of the book, each with the day it was last known good.",
    "# Written by tools/external_links.py.",
)
HREF = re.compile(r'(?:href|src)="(https?://[^"]+)"')


def known(file=LIST):
    """Each link of the list, and its date."""
    if not file.exists():
        return {}
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if words and words[0] != "#"}


def write(links, file=LIST):
    rows = [f"{link} {links[link]}" for link in sorted(links)]
    file.write_text("\n".join([*HEAD, *rows]) + "\n", encoding="utf-8")


def used(folder=ROOT / "_build/html"):
    """What the pages link to."""
    pages = (page for page in folder.rglob("*.html") if "_static" not in page.parts)
    return {link for page in pages for link in HREF.findall(page.read_text("utf-8"))}


def answers(link):
    """Whether a host has the page."""
    request = urllib.request.Request(link, headers={"User-Agent": "link check"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status < 400
    except (urllib.error.URLError, TimeoutError):
        return False


def check(links, today):
    """The links with new dates, and those that did not answer."""
    good = {link: answers(link) for link in links}
    dates = {link: today if good[link] else links[link] for link in links}
    return dates, [link for link in sorted(links) if not good[link]]


def main(verb=""):
    if verb not in ("list", "check"):
        sys.exit(__doc__)
    links = known()
    if verb == "list":
        write({link: links.get(link, "never") for link in used()})
        return 0
    links, silent = check(links, date.today().isoformat())
    write(links)
    for link in silent:
        print(f"no answer: {link} (last known good: {links[link]})")
    return int(bool(silent))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
