"""The public names: what the package offers, and every signature that the reference lists.

tests/public_names.txt holds them, a line per name, so that a change that users would
notice shows up as a change of that file. It is written from the source, which reads the
same under every version of Python and PyTorch:

python tests/test_public_names.py
"""

import ast
import difflib
import re
import subprocess
import sys
from pathlib import Path

import ssd_lib

ROOT = Path(__file__).parents[1]
FILE = ROOT / "tests/public_names.txt"
START = {  # what the README and the documentation promise of `import ssd_lib`
    *("load_weights", "save_weights", "detect_image"),
    *("ssd300_vgg16", "ssd512_vgg16", "ssd_tiny"),
    *("SSD300_VOC", "SSD300_COCO", "SSD512_VOC", "SSD512_COCO"),
    *("ToyScenes", "VOCFolder", "CocoJson", "__version__"),
}


def public_modules():
    """The modules that the reference lists, and the packages that hold them."""
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "book").glob("api*.md")]
    listed = [f"ssd_lib.{name}" for name in re.findall(r"(?m)^:module: (\S+)$", "\n".join(pages))]
    return {"ssd_lib", *listed, *(name.rpartition(".")[0] for name in listed)}


def names_of(module):
    """The lines of one module: what it defines, and what else is in its ``__all__``."""
    path = ROOT / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    lines = {name: line for node in tree.body for name, line in described(node, source)}
    if "__all__" in lines:
        [public] = [node.value for node in tree.body if "__all__" in dict(described(node, source))]
        lines = {name: name for name in ast.literal_eval(public)} | lines
    return [f"{module}.{line}" for name, line in lines.items() if not is_private(name)]


def is_private(name):
    return name.startswith("_") and name != "__version__"


def described(node, source):
    """Name and line of what a statement defines, and of a class's members."""
    if isinstance(node, ast.FunctionDef):
        is_property = any("property" in ast.unparse(d) for d in node.decorator_list)
        yield node.name, node.name if is_property else node.name + signature(node, source)
    elif isinstance(node, ast.ClassDef):
        yield from described_class(node, source)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [part.id for t in targets for part in ast.walk(t) if isinstance(part, ast.Name)]
        yield from ((name, name) for name in names)


def described_class(node, source):
    """A class as it is called, if its own lines say that, and its members."""
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    others = [part for part in node.body if not isinstance(part, ast.AnnAssign)]
    members = {name: line for part in others for name, line in described(part, source)}
    given = ", ".join(shown(part.target.id, part.value, source) for part in fields)
    made_from = members.get("__init__", f"__init__({given})" if given else "__init__")
    yield node.name, made_from.replace("__init__", node.name, 1)
    for name, line in members.items():
        if not name.startswith("_"):
            yield f"{node.name}.{name}", f"{node.name}.{line}"


def signature(function, source):
    """Parameters without their types, with their defaults as the source has them."""
    given = function.args
    every = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(every) - len(given.defaults)) + given.defaults
    parts = [shown(arg.arg, default, source) for arg, default in zip(every, defaults, strict=True)]
    if given.posonlyargs:
        parts.insert(len(given.posonlyargs), "/")
    if given.vararg or given.kwonlyargs:
        parts.append(f"*{given.vararg.arg if given.vararg else ''}")
    keywords = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    parts += [shown(arg.arg, default, source) for arg, default in keywords]
    parts += [f"**{given.kwarg.arg}"] if given.kwarg else []
    if parts[:1] in (["self"], ["cls"]):
        del parts[0]
    return f"({', '.join(parts)})"


def shown(name, default, source):
    if default is None:
        return name
    return f"{name}={' '.join(ast.get_source_segment(source, default).split())}"


def current():
    lines = {line for module in public_modules() for line in names_of(module)}
    return "".join(f"{line}\n" for line in sorted(lines))


def test_the_public_names_are_those_that_were_written_down():
    held, found = FILE.read_text(encoding="utf-8").splitlines(), current().splitlines()
    changes = [line for line in difflib.ndiff(held, found) if line[0] in "+-"]
    command = "python tests/test_public_names.py"
    assert not changes, "\n".join([f"if the names are meant to change: {command}", *changes])


def test_the_package_offers_what_a_program_starts_from():
    assert set(ssd_lib.__all__) == START
    assert set(dir(ssd_lib)) >= START


def test_importing_the_package_loads_no_torch():
    code = "import sys, ssd_lib; print({'torch', 'numpy', 'PIL'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "set()\n", ran.stderr


SOURCE = """
LIMIT, _hidden = 3, 4

def area(box, /, scale=(1.0,
                        2.0), *rest, unit="px", **options): ...

class Pair(NamedTuple):
    first: int
    second: int = LIMIT

    def swap(self): ...
    def _help(self): ...

class Net:
    NAMES = ("a", "b")

    def __init__(self, width, depth=2): ...
    @property
    def device(self): ...
    @classmethod
    def tiny(cls, seed=0): ...

class Wrong(ValueError): ...
"""


def test_a_line_has_a_names_parameters_and_their_defaults_and_no_private_name():
    tree = ast.parse(SOURCE)
    lines = {name: line for node in tree.body for name, line in described(node, SOURCE)}
    public = [line for name, line in lines.items() if not name.startswith("_")]
    assert public == [
        "LIMIT",
        'area(box, /, scale=(1.0, 2.0), *rest, unit="px", **options)',
        "Pair(first, second=LIMIT)",
        "Pair.swap()",
        "Net(width, depth=2)",
        "Net.NAMES",
        "Net.device",
        "Net.tiny(seed=0)",
        "Wrong",
    ]


if __name__ == "__main__":
    FILE.write_text(current(), encoding="utf-8")
