"""Text from files and file names, made fit to be shown."""

import unicodedata

JOINERS = "\u200c\u200d"  # invisible, but emoji and Persian words are made with them


def visible(text: object) -> str:
    r"""Text with what would act on a terminal, or hide in it, written as an escape.

    Control characters (an escape sequence may clear a screen, a carriage return may
    overwrite a line), marks that turn the direction of writing, separators of lines and
    lone surrogates become ``\x1b``, ``\u202e`` and the like. All other characters stay.

    Args:
        text: anything; its ``str`` is taken.

    Example:
        >>> print(visible("a dog\x1b[2J\r"))
        a dog\x1b[2J\r
    """
    return "".join(_escaped(c) if _acts(c) else c for c in str(text))


def short(value: object, max_length: int = 80) -> str:
    """A value as Python writes it, cut to the length of a message.

    Example:
        >>> short("a" * 100, 12)
        "'aaaaaaaa..."
    """
    text = repr(value)
    return text if len(text) <= max_length else f"{text[: max_length - 3]}..."


def counted(count: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one.

    Example:
        >>> counted(1, "class"), counted(2, "class"), counted(0, "image")
        ('1 class', '2 classes', '0 images')
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun}{'es' if noun.endswith('s') else 's'}"


def _acts(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in JOINERS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
