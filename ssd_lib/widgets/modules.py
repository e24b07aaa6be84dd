"""Joins a widget's JavaScript with what it imports into one text.

The scripts beside this file are ES modules that import each other. Jupyter takes one
text per widget, and a page opened from ``file://`` can import no other file, so both get
the widget with its imports written out in front of it, each in a scope of its own, and
without what only a reader needs: comments, the space before a line, and functions that
nothing in the text names. Together that is half of it. The book's build uses this module,
too; it imports nothing that a plain Python lacks.
"""

import base64
import posixpath
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
ENGINE = FOLDER / "engine"
COMMENT = re.compile(  # that has its lines for itself
    r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE
)
BESIDE = re.compile(  # beside code; what has a quote in it may be a string
    r"/\*\* @(?:(?!\*/).)*\*/ ?|[ \t]+//[^\n\"'`]*$", re.MULTILINE
)
SPACE = re.compile(r"^\s+", re.MULTILINE)
CSS_COMMENT = re.compile(r"\s*/\*[\s\S]*?\*/")  # the widgets' sheets have none in a string
FUNCTION = re.compile(  # at the left edge, on one line or on several
    r"^(?:async )?function\*? ([\w$]+)\((?:.*\}|[\s\S]*?\n\})\n", re.MULTILINE
)
WORD = re.compile(r"[\w$]+")
IMPORT = re.compile(r'^import \{([^{}*"]*)\} from "(\.[^"\n]*\.js)";$', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:async function|function\*?|class|const) ([\w$]+))", re.MULTILINE
)
OTHER = re.compile(r"^[ \t]*(?:import|export)\b.*", re.MULTILINE)
FORMS = 'import { a, b as c } from "./file.js"; or an export of a const, function or class'


class Module(NamedTuple):
    """One script: its text for the joined one, what it imports and what it exports."""

    text: str
    imports: list[tuple[str, list[str]]]  # path of the script, names
    exports: list[str]


def widget_names() -> list[str]:
    """The widgets: every script that has a Python module of its name beside it."""
    scripts = FOLDER.glob("*.js")
    return sorted(file.stem for file in scripts if file.with_suffix(".py").exists())


def module_source(name: str, folder: Path = FOLDER) -> str:
    """The ES module of a widget with all that it imports, directly or not, in it.

    Args:
        name: the script's name without ``.js``.
        folder: where the scripts are; none of them may import from outside.

    Returns:
        JavaScript with the widget's default export and without an import.

    Raises:
        ValueError: an import or export is of a kind that is not joined, names what
            is not there, or leads back to where it came from.
    """
    modules = _gathered(name, folder)
    *others, widget = modules
    needed = _without_unnamed(modules, others)
    wrapped = [_wrapped(path, needed[path]) for path in others]
    joined = "\n".join(["const $modules = {};", *wrapped, needed[widget].text])
    return SPACE.sub("", joined)


def module_sheet(name: str, folder: Path = FOLDER) -> str:
    """What a widget looks like, besides what all widgets share (``widgets.css``).

    Args:
        name: the script's name without ``.js``.
        folder: where the scripts are; a sheet may stand beside each.

    Returns:
        The sheets beside the scripts that the widget is joined from, its own last, without
        comments; ``""`` if there is none.
    """
    beside = [(folder / path).with_suffix(".css") for path in _gathered(name, folder)]
    sheets = [sheet.read_text(encoding="utf-8") for sheet in beside if sheet.is_file()]
    return CSS_COMMENT.sub("", "\n".join(sheets))


def worker_source() -> str:
    """The program of the worker that runs the network: all its scripts and ``nn.wasm``.

    Returns:
        JavaScript without an import. The module is in it as base64, for a page opened
        from ``file://`` cannot fetch it.
    """
    return _program("NN_WASM", (ENGINE / "nn.wasm").read_bytes(), "engine/worker")


def trainer_source() -> str:
    """The program of the worker that trains: all its scripts and ``train.wasm``.

    Returns:
        JavaScript as :func:`worker_source` gives it, but for the module: that is
        compressed (zlib), too, to less than half.
    """
    packed = zlib.compress((ENGINE / "train.wasm").read_bytes(), 9)
    return _program("TRAIN_WASM", packed, "engine/trainer_worker")


def _program(name: str, module: bytes, script: str) -> str:
    wasm = base64.b64encode(module).decode()
    return f'"use strict";\nconst {name} = "{wasm}";\n{module_source(script)}'


def _gathered(name: str, folder: Path) -> dict[str, Module]:
    """The scripts that a widget is joined from, by their path, its own last."""
    modules: dict[str, Module] = {}
    _gather(f"{name}.js", folder, (), modules)
    return modules


def _gather(path: str, folder: Path, above: tuple[str, ...], modules: dict[str, Module]) -> None:
    """Add a script to the modules, after all those that it imports."""
    if path in above:
        way = " imports ".join([*above[above.index(path) :], path])
        raise ValueError(f"imports must lead to no circle, got {way}")
    if path in modules:
        return
    module = _read(path, folder, is_widget=not above)
    for imported, names in module.imports:
        if imported.startswith("..") or not (folder / imported).is_file():
            raise ValueError(
                f"{folder / path}: an import must be of a script in {folder}, got {imported}"
            )
        _gather(imported, folder, (*above, path), modules)
        for name in names:
            if name not in modules[imported].exports:
                raise ValueError(
                    f"{folder / path}: an import from {imported} must be one of "
                    f"{modules[imported].exports}, got {name}"
                )
    modules[path] = module


def _without_unnamed(modules: dict[str, Module], paths: list[str]) -> dict[str, Module]:
    """Leave out the functions of these scripts that no other part of any script names."""
    left = dict(modules)
    while True:
        named = Counter(word for one in left.values() for word in WORD.findall(one.text))
        unnamed = {
            path: [
                match
                for match in FUNCTION.finditer(left[path].text)
                if named[match[1]] == WORD.findall(match[0]).count(match[1])
            ]
            for path in paths
        }
        if not any(unnamed.values()):
            return left
        for path, matches in unnamed.items():
            names = {match[1] for match in matches}
            text = left[path].text
            for match in reversed(matches):
                text = text[: match.start()] + text[match.end() :]
            exports = [name for name in left[path].exports if name not in names]
            left[path] = left[path]._replace(text=text, exports=exports)


def _read(path: str, folder: Path, is_widget: bool) -> Module:
    """Read a script, and write its imports and exports in plain JavaScript."""
    text = BESIDE.sub("", COMMENT.sub("", (folder / path).read_text(encoding="utf-8")))
    imports = []

    def as_constants(match: re.Match) -> str:
        names = [name.split() for name in match[1].split(",") if name.strip()]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[2]))
        imports.append((target, [name[0] for name in names]))
        parts = ", ".join(": ".join(name[::2]) for name in names)
        return f'const {{ {parts} }} = $modules["{target}"];'

    exports = EXPORT.findall(text)
    plain = EXPORT.sub("", IMPORT.sub(as_constants, text))
    for other in OTHER.finditer(plain):
        if not (is_widget and other[0].startswith("export default ")):
            raise ValueError(f"{folder / path}: must have {FORMS}, got {other[0]}")
    return Module(plain, imports, exports)


def _wrapped(path: str, module: Module) -> str:
    """A script in a scope of its own, which gives out what the script exports."""
    names = ", ".join(module.exports)
    return f'$modules["{path}"] = (() => {{\n{module.text}\nreturn {{ {names} }};\n}})();'
