"""XML as tools and the web have it: any encoding and namespace, and nothing harmful."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError
from xml.parsers.expat import ErrorString, errors

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from ssd_lib.data.decoding import decode

DECLARED = re.compile(rb"""\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']""")


class BrokenXml(ValueError):
    """A file that cannot be read as XML; its words are those of all such files.

    Args:
        why: in a few words, without the name of the file.
        line: where it breaks, if that is known.
    """

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(f"cannot be read as XML: {why}")
        self.line = line


def read_xml(file: Path) -> Element:
    """The root of an XML file; all tags are in small letters and without namespaces.

    What is decoded is what the file declares, for the parser itself knows none of the
    encodings of East Asia. Entities are refused, of the file's own and of other files.

    Raises:
        BrokenXml: if it is no XML, or not in the encoding that it declares.
        OSError: if it cannot be opened.
    """
    text = _text(file.read_bytes())
    try:
        root = defusedxml.ElementTree.fromstring(text)
    except ParseError as error:
        why = ErrorString(error.code)
        why = "it ends too early" if why == errors.XML_ERROR_NO_ELEMENTS else why
        raise BrokenXml(why, error.position[0]) from error
    except DefusedXmlException as error:
        raise BrokenXml("it has entities, which are refused") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2].lower()
    return root


def _text(content: bytes) -> str:
    declared = DECLARED.match(content)
    try:
        text = decode(content, declared and declared[1].decode("ascii")).lstrip()
    except ValueError as error:
        raise BrokenXml(str(error)) from error
    if not text:
        raise BrokenXml("it is empty")
    return text
