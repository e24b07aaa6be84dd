"""Colab's conditions, imitated: PyTorch is there, the repository is not.

A fresh environment sees torch and the rest through a .pth file; the chapter lies alone in
a folder; its first cell installs the library from a copy of the repository's address.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(file.stem for file in (ROOT / "book").glob("*.ipynb"))
OFTEN = "offsets"  # the chapter of `make test`; `make test-all` runs them all
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
# nbclient would skip the install cell, which is there for Colab alone
NotebookClient(notebook, skip_cells_with_tag="").execute()
print(notebook.cells[-1].outputs[0].text)
"""
WHERE = "import sys, ssd_lib; print(ssd_lib.__file__, sys.prefix)"

sys.path.insert(0, str(ROOT / "tools"))
import notebooks  # noqa: E402

# Whoever runs the tests may have a path of their own, which Colab has not.
CLEAN = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*command, **options):
    ran = subprocess.run(command, capture_output=True, text=True, env=CLEAN, **options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A repository with the files of this checkout, as it stands."""
    folder = tmp_path_factory.mktemp("repository")
    files = run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines()
    for name in files:
        if name.startswith(("ssd_lib/", "data/", "pyproject", "README", "LICENSE")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org"]
    run(*git, "init", "-q", cwd=folder)
    run(*git, "add", "-A", cwd=folder)
    run(*git, "commit", "-q", "-m", "as it stands", cwd=folder)
    return f"file://localhost{folder.as_posix()}"  # pip wants a host in an address


@pytest.fixture
def python(tmp_path):
    """The Python of a fresh environment that sees torch, and no ssd_lib."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    paths = {"base": str(home), "platbase": str(home)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    (packages / "colab.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / ("Scripts" if sys.platform == "win32" else "bin") / "python"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="Colab has git, which is not here")
@pytest.mark.parametrize(
    "chapter",
    [c if c == OFTEN else pytest.param(c, marks=pytest.mark.full) for c in CHAPTERS],
)
def test_a_chapter_runs_as_in_colab(python, address, tmp_path, chapter):
    notebook = nbformat.read(ROOT / f"book/{chapter}.ipynb", as_version=4)
    notebooks.set_install_cell(notebook, address)
    ids = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
    assert ids[0] == "install"
    notebook.cells.append(nbformat.v4.new_code_cell(WHERE, id="where"))
    alone = tmp_path / "content"
    alone.mkdir()
    nbformat.write(notebook, alone / "chapter.ipynb")
    before = subprocess.run(
        [python, "-c", "import ssd_lib"], cwd=alone, capture_output=True, env=CLEAN
    )
    assert before.returncode != 0
    printed = run(python, "-c", RUN, "chapter.ipynb", cwd=alone)
    library, prefix = printed.split()[-2:]
    assert library.startswith(prefix)
