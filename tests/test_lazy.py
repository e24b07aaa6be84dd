"""Names of a package that are loaded on first use, and packages that have such names."""

import ast
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from ssd_lib.lazy import exports

ROOT = Path(__file__).parents[1]
LAZY = [
    file
    for file in sorted((ROOT / "ssd_lib").rglob("__init__.py"))
    if "import exports" in file.read_text(encoding="utf-8")
]
INIT = """
from ssd_lib.lazy import exports

__getattr__, __dir__ = exports(
    __name__, {"Dog": "kennel.animals", "bark": "kennel.noises", "typo": "kennel.noises"}
)
"""


@pytest.fixture
def kennel(tmp_path, monkeypatch):
    """A package with two modules; importing a module is seen in ``sys.modules``."""
    folder = tmp_path / "kennel"
    folder.mkdir()
    (folder / "__init__.py").write_text(INIT, encoding="utf-8")
    (folder / "animals.py").write_text("class Dog:\n    legs = 4\n", encoding="utf-8")
    (folder / "noises.py").write_text("def bark():\n    return 'woof'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("kennel")
    for name in [name for name in sys.modules if name.partition(".")[0] == "kennel"]:
        del sys.modules[name]


def loaded():
    return {name for name in sys.modules if name.startswith("kennel.")}


@pytest.mark.usefixtures("kennel")
def test_a_name_loads_its_own_module_and_no_other():
    assert loaded() == set()
    from kennel import Dog

    assert Dog.legs == 4
    assert loaded() == {"kennel.animals"}


def test_a_name_is_looked_up_once(kennel):
    assert "bark" not in vars(kennel)
    assert kennel.bark() == "woof"
    assert vars(kennel)["bark"] is kennel.bark


def test_dir_lists_what_is_not_loaded_yet_beside_the_rest(kennel):
    assert {"Dog", "bark", "__name__"} <= set(dir(kennel))
    assert dir(kennel) == sorted(dir(kennel))
    assert loaded() == set()


def test_a_missing_name_fails_as_in_any_module(kennel):
    with pytest.raises(AttributeError) as ours:
        _ = kennel.Cat
    with pytest.raises(AttributeError) as pythons:
        _ = import_module("kennel.animals").Cat
    assert str(ours.value) == str(pythons.value).replace("kennel.animals", "kennel")
    assert (ours.value.name, ours.value.obj) == ("Cat", kennel)  # for "Did you mean"
    with pytest.raises(ImportError, match="cannot import name 'Cat' from 'kennel'"):
        from kennel import Cat  # noqa: F401
    assert not hasattr(kennel, "Cat")


def test_a_name_that_its_module_lacks_names_the_module(kennel):
    with pytest.raises(AttributeError, match=r"'kennel\.noises' has no attribute 'typo'"):
        _ = kennel.typo


def test_a_submodule_can_still_be_imported_by_name(kennel):
    from kennel import noises

    assert noises is sys.modules["kennel.noises"]
    assert kennel.noises is noises


def test_a_class_is_pickled_and_found_by_its_public_path(kennel):
    assert pickle.loads(b"ckennel\nDog\n.") is kennel.Dog
    assert type(pickle.loads(pickle.dumps(kennel.Dog()))) is kennel.Dog


def test_a_module_must_not_be_hidden_by_its_own_name():
    with pytest.raises(ValueError, match="animals"):
        exports("kennel", {"Dog": "kennel.animals", "animals": "kennel.animals"})


def declared(file):
    """What a package exports to Python, to type checkers and to ``import *``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    [modules] = [node.args[1] for node in calls if ast.unparse(node.func) == "exports"]
    [checking] = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {
        alias.name: node.module
        for node in checking.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    [public] = [node.value for node in assigned if ast.unparse(node.targets[0]) == "__all__"]
    return ast.literal_eval(modules), typed, ast.literal_eval(public)


@pytest.mark.parametrize("file", LAZY, ids=lambda file: file.parent.name)
def test_a_lazy_package_exports_the_same_names_to_all(file):
    modules, typed, public = declared(file)
    assert modules == typed
    assert {name for name in public if not name.startswith("__")} == set(modules)


@pytest.mark.parametrize("file", LAZY, ids=lambda file: file.parent.name)
def test_a_lazy_package_has_each_of_its_names_and_loads_none_before(file):
    package = ".".join(file.parent.relative_to(ROOT).parts)
    modules, _, public = declared(file)
    code = (
        f"import sys, {package}\n"
        f"print([name for name in {sorted(set(modules.values()))} if name in sys.modules])\n"
        f"print([name for name in {public} if not hasattr({package}, name)])"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "[]\n[]\n", ran.stderr
