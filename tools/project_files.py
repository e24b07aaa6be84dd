"""Repeat the repository's address in the files that describe the project.

`python tools/notebooks.py address` calls this with the address from _config.yml.
"""

import re

URLS = '[project.urls]\nRepository = "{0}"\nIssues = "{0}/issues"\n\n'
BEFORE = "[project.optional-dependencies]\n"


def set_address(root, address):
    """Write the address into pyproject.toml and CITATION.cff, or take it out."""
    for name, change in {"pyproject.toml": package, "CITATION.cff": citation}.items():
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
