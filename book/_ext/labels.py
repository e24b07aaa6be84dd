"""Links from page to page that name a place by its label, ``(label)=`` above a heading.

MyST finds headings of other pages by their words alone. With their labels it finds them
after the words have changed, too: a heading that is said better keeps its old links.
"""

from typing import cast

from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment


def add(app: Sphinx, env: BuildEnvironment) -> None:
    """Let each label be found as a heading's words are."""
    domain = cast(StandardDomain, env.get_domain("std"))
    for label, (page, anchor) in domain.anonlabels.items():
        words = domain.labels[label][2] if label in domain.labels else ""
        known = env.metadata[page].setdefault("myst_slugs", {})
        known.setdefault(label, (0, anchor, words))
