"""Repeat the repository's address in the files that describe the project.

`python tools/notebooks.py address` calls this with the address from _config.yml.
"""

import re

URLS = '[project.urls]\nRepository = "{0}"\nIssues = "{0}/issues"\n\n'
BEFORE = "[project.optional-dependencies]\n"
GITHUB = re.compile(r"https://github\.com/([\w-]+)/([\w.-]+?)(?:\.git)?/?")
ONLINE = "The rendered book: "


def set_address(root, address):
    """Write the address into these files, or take it out."""
    changes = {"pyproject.toml": package, "CITATION.cff": citation, "README.md": readme}
    for name, change in changes.items():
        text = (root / name).read_text(encoding="utf-8")
        changed = change(text, address)
        if changed != text:  # make installs again after a new pyproject.toml
            (root / name).write_text(changed, encoding="utf-8")


def package(text, address):
    text = re.sub(r"(?m)^\[project\.urls\]\n(?:.+\n)*\n", "", text)
    urls = URLS.format(address) if address else ""
    return text.replace(BEFORE, urls + BEFORE, 1)


def citation(text, address):
    text = re.sub(r"(?m)^repository-code: .*\n", "", text)
    line = f'repository-code: "{address}"\n' if address else ""
    return re.sub(r"(?m)^(?=license: )", lambda _: line, text)


def readme(text, address):
    """Say where the pages are, which GitHub publishes at an address that follows from ours."""
    text = re.sub(rf"(?m)^{ONLINE}.*\n\n", "", text)
    line = f"{ONLINE}<{pages}>\n\n" if (pages := pages_of(address)) else ""
    return re.sub(r"(?m)^(?=!\[)", lambda _: line, text, count=1)


def pages_of(address):
    """Where GitHub Pages publishes a repository; None if it lies on another host."""
    if not (found := GITHUB.fullmatch(address or "")):
        return None
    owner, name = found[1].lower(), found[2]
    site = f"https://{owner}.github.io/"
    return site if name.lower() == f"{owner}.github.io" else f"{site}{name}/"
