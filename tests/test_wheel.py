"""A built wheel carries all that a chapter needs, far from the clone."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import ssd_lib

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "ssd_lib/widgets/engine"
RUN = """
import sys, nbformat, ssd_lib
from nbclient import NotebookClient
assert ssd_lib.__file__.startswith(sys.prefix), ssd_lib.__file__
NotebookClient(nbformat.read(sys.argv[1], as_version=4)).execute()
"""


# Whoever runs the tests may have a path of their own, on which the clone lies.
CLEAN = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*command, **options):
    ran = subprocess.run(command, capture_output=True, text=True, env=CLEAN, **options)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    clone = folder / "clone"  # building leaves files behind
    for name in ("ssd_lib", "data"):
        shutil.copytree(ROOT / name, clone / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps"]
    run(*pip, "--no-build-isolation", "-w", folder, clone)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_carries_widgets_pictures_and_the_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    scripts = {f"ssd_lib/widgets/{file.name}" for file in (ROOT / "ssd_lib/widgets").glob("*.*s")}
    assert len(scripts) >= 12
    assert scripts <= set(names)
    engine = {f"ssd_lib/widgets/engine/{file.name}" for file in ENGINE.iterdir()}
    modules = {"nn.c", "nn.wasm", "train.c", "grid.h", "train.wasm"}
    assert {f"ssd_lib/widgets/engine/{name}" for name in modules} < engine <= set(names)
    assert "ssd_lib/_data/weights/toy_tiny.packed" in names
    assert "ssd_lib/_data/running_picture.webp" in names
    assert "ssd_lib/_data/running_picture.json" in names
    assert "ssd_lib/_data/weights/toy_tiny.safetensors" in names
    assert "ssd_lib/_data/runs/replay.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests", "book", "tools", "data")) for name in names)


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The Python of an environment that has the wheel."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    paths = {"base": str(home), "platbase": str(home)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    # What the package needs is seen through a .pth file, not installed again; the
    # clone is not, because a folder's own .pth files do not count there.
    (packages / "needs.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
    run(*pip, "--no-deps", "--no-index", wheel)
    return python


FACE = """
import sys
from importlib.metadata import version
from importlib.resources import files

import ssd_lib

assert ssd_lib.__file__.startswith(sys.prefix), ssd_lib.__file__
assert version("ssd-lib") == ssd_lib.__version__ == {version!r}
assert files("ssd_lib").joinpath("py.typed").is_file()
"""


def test_an_installed_package_tells_its_version_and_that_it_is_typed(python, tmp_path):
    run(python, "-c", FACE.format(version=ssd_lib.__version__), cwd=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("chapter", ["predict.ipynb"])  # it reads weights, too
def test_a_chapter_runs_from_the_wheel_outside_the_clone(python, tmp_path, chapter):
    shutil.copy(ROOT / "book" / chapter, tmp_path)
    run(python, "-c", RUN, chapter, cwd=tmp_path)
