"""The package's shape: imports point one way, and importing has no effect."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ssd_lib"
MODULES = sorted(PACKAGE.rglob("*.py"))
LEAVES = {
    "architecture",
    "draw",
    "figures",
    "show",
    "checks",
    "widgets",
    "commands",
    "__main__",
}

MAY_IMPORT = {  # a package counts as one: what its modules share is its own affair
    "__main__": {"commands"},
    "architecture": {"features", "model"},
    "arguments": {"text"},
    "assets": set(),
    "augment": {"arguments", "boxes", "images", "samples"},
    "boxes": {"arguments"},
    "commands": {
        "arguments",
        "augment",
        "boxes",
        "coverage",
        "data",
        "default_boxes",
        "detector",
        "draw",
        "evaluate",
        "features",
        "files",
        "heads",
        "image_files",
        "images",
        "model",
        "predict",
        "run_record",
        "samples",
        "text",
        "train",
        "widgets",
        "validate",
        "workers",
    },
    "coverage": {"boxes", "default_boxes"},
    "data": {
        "arguments",
        "assets",
        "boxes",
        "download",
        "files",
        "image_files",
        "images",
        "lazy",
        "samples",
        "text",
        "workers",
    },
    "default_boxes": {"arguments", "offsets"},
    "detector": {"default_boxes"},
    "draw": {"boxes", "fonts", "text"},
    "evaluate": {"arguments", "boxes", "predict", "text"},
    "download": set(),
    "features": set(),
    "file_kinds": set(),
    "figures": {
        "assets",
        "augment",
        "boxes",
        "data",
        "default_boxes",
        "evaluate",
        "images",
        "loss",
        "matching",
        "model",
        "offsets",
        "predict",
    },  # what they draw is computed by the library
    "files": set(),
    "fonts": set(),
    "heads": set(),
    "image_files": set(),
    "images": {"levels"},
    "lazy": set(),
    "levels": set(),
    "loss": {"arguments", "detector", "samples", "targets"},  # targets: for batch_loss
    "matching": {"arguments", "boxes"},
    "model": {
        "default_boxes",
        "download",
        "features",
        "file_kinds",
        "files",
        "heads",
        "images",
        "offsets",
        "text",
    },
    "offsets": {"arguments", "text"},
    "predict": {"arguments", "boxes", "detector", "images", "offsets"},
    "pyramid": {"features"},
    "receptive_fields": set(),
    "run_record": {"files"},
    "samples": set(),
    "targets": {"arguments", "boxes", "matching", "offsets"},
    "text": set(),
    "show": set(),
    "train": {
        "arguments",
        "data",
        "evaluate",
        "file_kinds",
        "files",
        "images",
        "loss",
        "model",
        "offsets",
        "samples",
        "text",
        "validate",
        "workers",
    },
    "validate": {
        "arguments",
        "boxes",
        "detector",
        "evaluate",
        "images",
        "predict",
        "samples",
        "workers",
    },
    "workers": set(),
    "checks": {
        "assets",  # the exercise on sick runs
        "augment",
        "boxes",
        "coverage",
        "data",
        "default_boxes",
        "evaluate",
        "features",
        "heads",
        "loss",
        "matching",
        "offsets",
        "predict",
        "receptive_fields",
    },
    "widgets": {
        "assets",
        "augment",
        "boxes",
        "coverage",
        "data",
        "default_boxes",
        "evaluate",
        "features",
        "heads",
        "lazy",
        "loss",
        "matching",
        "model",
        "offsets",
        "predict",
        "receptive_fields",
    },
}


def stem(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name(path):
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def imported_siblings(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
            if node.module == "ssd_lib":
                names = [f"ssd_lib.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (n.split(".")[1] for n in names if n.startswith("ssd_lib."))


def test_modules_import_only_what_the_layout_allows():
    forbidden = [
        f"{name(path)} imports {sibling}"
        for path in MODULES
        if stem(path) != "__init__"
        for sibling in set(imported_siblings(path)) - MAY_IMPORT[stem(path)] - {stem(path)}
    ]
    assert forbidden == []


def test_what_a_module_imports_is_seen(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "from ssd_lib import a, b\nfrom ssd_lib.c.d import e\nimport ssd_lib.f\n"
        "def later():\n    from ssd_lib.g import h\nimport torch\n"
    )
    assert sorted(imported_siblings(module)) == ["a", "b", "c", "f", "g"]


def test_no_module_imports_a_leaf():
    program = {"commands", "__main__"}
    others = (seen for stem, seen in MAY_IMPORT.items() if stem not in program)
    assert not LEAVES & set().union(*others)


def test_importing_what_is_no_leaf_loads_nothing_that_draws():
    modules = [
        "ssd_lib." + name(path).replace("/", ".").removesuffix(".__init__")
        for path in MODULES
        if stem(path) not in LEAVES | {"__init__"}
    ]
    draw = ("matplotlib", "IPython", "anywidget")
    code = f"import sys, {', '.join(modules)}; print({{*{draw}}} & {{*sys.modules}} or 'none')"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "none\n", ran.stderr


def test_every_module_has_a_test_file():
    assert MAY_IMPORT.keys() == {stem(path) for path in MODULES} - {"__init__"}
    files = {path.name for path in (ROOT / "tests").glob("test_*.py")}
    assert [m for m in MAY_IMPORT if f"test_{m}.py" not in files and m != "__main__"] == []


def test_modules_are_as_long_as_a_reader_will_read():
    lengths = {name(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


PROGRAMS = [
    file
    for folder in ("ssd_lib", "tools", "benchmarks", "book/_ext")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if "node_modules" not in file.parts
]


NOT_OF_TEXT = ("Image", "os", "tarfile", "archive")  # whose open is another


def leaves_the_encoding_to_the_locale(node):
    """A call of open, read_text or write_text that is neither UTF-8 nor binary."""
    name = getattr(node.func, "attr", getattr(node.func, "id", None))
    owner = getattr(getattr(node.func, "value", None), "id", None)
    if name not in ("open", "read_text", "write_text") or owner in NOT_OF_TEXT:
        return False
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    parts = [part for value in values for part in ast.walk(value)]
    constants = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return not any(re.fullmatch(r"utf-8(-sig)?|[rwxa]\+?b\+?", c) for c in constants)


def test_every_text_file_is_read_and_written_as_utf_8():
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in PROGRAMS}
    calls = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and leaves_the_encoding_to_the_locale(node)
    ]
    assert calls == []


def test_requirements_are_those_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["book"] + extras["test"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert listed == wanted


def test_what_builds_the_book_needs_no_torch():
    ran = subprocess.run(
        [sys.executable, "tools/extra.py", "book"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "jupyter-book" in ran.stdout
    assert not re.search(r"\btorch", ran.stdout)
