"""Moves the pictures that stand in a page's text, as figures embed them, into files.

A notebook's figure has to carry its picture with it. In a page that holds up all that
comes after it: the text is there only when the picture above it is. As a file the picture
comes after the text, once for all figures and pages that show it.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType

FOLDER = "_images"
PICTURE = re.compile(
    r'(?:(?<=href=")|(?<= src="))data:image/(webp|png|jpeg);base64,([A-Za-z0-9+/=\s]{1000,})(?=")'
)
NONE: Mapping[str, str] = MappingProxyType({})


def digest(content: bytes) -> str:
    """A short name that no other content has."""
    return hashlib.sha256(content).hexdigest()[:12]


def move(page: str, root: str, there: Mapping[str, str] = NONE) -> tuple[str, dict[str, bytes]]:
    """Leave no large picture in the text of a page.

    Args:
        page: the page's HTML.
        root: the way from the page to the root of the site: ``""`` or ``"../"``.
        there: paths of pictures that the site has anyway, by their :func:`digest`.

    Returns:
        The page, and the content of each file that it now loads, by the file's path.
    """
    files: dict[str, bytes] = {}

    def moved(match: re.Match) -> str:
        content = base64.b64decode(match[2])
        name = digest(content)
        path = there.get(name, f"{FOLDER}/{name}.{match[1]}")
        if name not in there:
            files[path] = content
        return f"{root}{path}"

    return PICTURE.sub(moved, page), files
