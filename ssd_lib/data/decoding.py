"""Text out of bytes: byte order marks and the encodings that files declare."""

import codecs

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark begins alike
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
UNITS: dict[
    tuple[bool, ...], str
] = {  # where the zeros of a first letter of ASCII are; UTF-32 comes first
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
LARGER = {  # what programs write that declare the smaller one
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
WESTERN = ("iso8859-1", "iso8859-15", "cp1252")
NO_CHARACTER_SETS = (
    "idna",
    "punycode",
    "raw-unicode-escape",
    "undefined",
    "unicode-escape",
    "utf-7",
)


def decode(content: bytes, declared: str | None = None, errors: str = "strict") -> str:
    r"""The text of a file, without its byte order mark.

    A byte order mark, or the zeros of UTF-16 and UTF-32, count before what is declared.

    Args:
        content: all of the file, or its beginning.
        declared: the encoding that the file names; UTF-8 if it names none.
        errors: as for :meth:`bytes.decode`, which bytes that are cut off may need.

    Raises:
        ValueError: if the bytes are not of that encoding, or Python does not know it;
            it says so in a few words, without the file's name.

    Example:
        >>> decode("색인".encode("utf-16")), decode(b"\xd6\xd0", "gb2312")
        ('색인', '中')
    """
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            reason = f"it has the mark of {encoding.upper()}"
            return _decoded(content[len(mark) :], encoding, reason, errors)
    zeros = tuple(byte == 0 for byte in content[:4])
    if zeros in UNITS:
        reason = f"it looks like {UNITS[zeros].upper()}"
        return _decoded(content, UNITS[zeros], reason, errors)
    if declared is None:
        return _decoded(content, "utf-8", "it names no encoding but UTF-8", errors)
    encoding = _python_name(declared)
    if encoding.startswith(("utf-16", "utf-32")):  # its bytes would have shown it
        encoding = "utf-8"
    text = _decoded(content, LARGER.get(encoding, encoding), f"it declares {declared}", errors)
    if encoding != "utf-8" and _is_utf8(content, encoding):
        raise ValueError(f"it declares {declared}, and is in UTF-8")
    return text


def _decoded(content: bytes, encoding: str, reason: str, errors: str) -> str:
    try:
        return content.decode(encoding, errors)
    except UnicodeError as error:
        raise ValueError(f"{reason}, and is not in it") from error
    except LookupError as error:  # of codecs that are for other things than text
        raise ValueError(f"{reason}, which is no encoding of text") from error


def _python_name(declared: str) -> str:
    """Python's name of an encoding."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        name = None
    if name is None or name in NO_CHARACTER_SETS:
        raise ValueError(f"it declares {declared}, which is no encoding of text")
    return name


def _is_utf8(content: bytes, encoding: str) -> bool:
    """Whether bytes are surely in UTF-8, though they can be read in another encoding.

    Words of East Asia in their own encodings may look like UTF-8's pairs of bytes, but
    not like its triples.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return max(text, default="") > ("\x7f" if encoding in WESTERN else "\u07ff")
