"""The repository's address: set, chapters install from it and Colab opens them; empty, nothing of it shows."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import project_files  # noqa: E402

ADDRESS = "https://github.com/somebody/ssd-book"
FILES = ("_config.yml", "_toc.yml", "CITATION.cff", "README.md", "pyproject.toml")
DESCRIPTIONS = ("CITATION.cff", "README.md", "pyproject.toml")
PARTS = (*FILES, "book", "data", "ssd_lib", "tools")


def clone(folder, address):
    """What builds the book, with an address or without."""
    for name in PARTS:
        source, left_out = ROOT / name, shutil.ignore_patterns("node_modules")
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=left_out)
        else:
            shutil.copy(source, folder)
    config = folder / "_config.yml"
    text = re.sub(r'(?m)^  url: ".*"$', f'  url: "{address}"', config.read_text())
    config.write_text(text)
    run(folder, sys.executable, "tools/notebooks.py", "address")
    return folder


def run(folder, *command):
    # Into a file: the renderer of mathematics may outlive a build that failed, and hold
    # a pipe open for ever.
    log = folder / "run.log"
    with log.open("w") as output:
        ran = subprocess.run(
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, timeout=600
        )
    assert ran.returncode == 0, log.read_text()


def cells(folder):
    for chapter in (folder / "book").glob("*.ipynb"):
        yield nbformat.read(chapter, as_version=4).cells


def build(folder):
    tool = Path(sys.executable).parent / "jupyter-book"
    run(
        folder,
        tool,
        "build",
        ".",
        "--warningiserror",
        "--nitpick",
        "--keep-going",
        "-q",
    )
    return folder / "_build/html/book"


@pytest.fixture(scope="module")
def with_address(tmp_path_factory):
    return clone(tmp_path_factory.mktemp("with"), ADDRESS)


@pytest.fixture(scope="module")
def without_address(tmp_path_factory):
    return clone(tmp_path_factory.mktemp("without"), "")


def test_with_an_address_each_chapter_installs_from_it_before_its_imports(with_address):
    for chapter in cells(with_address):
        ids = [cell.id for cell in chapter]
        install = chapter[ids.index("install")]
        assert ids.index("imports") == ids.index("install") + 1
        assert install.source == f'%pip install -q "ssd-lib @ git+{ADDRESS}"'
        assert {"nbval-skip", "skip-execution"} <= set(install.metadata.tags)
    run(with_address, sys.executable, "tools/notebooks.py", "check")


def test_without_an_address_no_chapter_has_an_install_cell(without_address):
    for chapter in cells(without_address):
        assert "install" not in [cell.id for cell in chapter]
    run(without_address, sys.executable, "tools/notebooks.py", "check")


def named(folder):
    """The addresses in the files that describe the project."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((folder / "CITATION.cff").read_text())
    return project.get("urls"), citation.get("repository-code")


def test_the_package_and_the_citation_name_the_address(with_address, without_address):
    urls = {"Repository": ADDRESS, "Issues": f"{ADDRESS}/issues"}
    assert named(with_address) == (urls, ADDRESS)
    assert named(without_address) == (None, None)


def test_the_readme_links_the_pages_that_the_address_publishes(with_address, without_address):
    readme = (with_address / "README.md").read_text(encoding="utf-8")
    assert readme.count("https://somebody.github.io/ssd-book/") == 1
    assert "github.io" not in (without_address / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("address", "pages"),
    [
        (ADDRESS, "https://somebody.github.io/ssd-book/"),
        ("https://github.com/Some-Body/a.b.git", "https://some-body.github.io/a.b/"),
        ("https://github.com/Somebody/somebody.github.io/", "https://somebody.github.io/"),
        ("https://example.org/somebody/ssd-book", None),
        ("", None),
        (None, None),
    ],
)
def test_the_pages_are_where_github_publishes_them(address, pages):
    assert project_files.pages_of(address) == pages


def test_the_address_is_repeated_as_it_stands_in_the_configuration(tmp_path):
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    project_files.set_address(tmp_path, config["repository"]["url"])
    for name in DESCRIPTIONS:
        assert (tmp_path / name).read_text() == (ROOT / name).read_text()
    project_files.set_address(tmp_path, ADDRESS)
    os.utime(tmp_path / "pyproject.toml", (0, 0))
    project_files.set_address(tmp_path, ADDRESS)  # once more writes nothing
    assert (tmp_path / "pyproject.toml").stat().st_mtime == 0
    assert named(tmp_path)[1] == ADDRESS
    project_files.set_address(tmp_path, config["repository"]["url"])
    for name in DESCRIPTIONS:
        assert (tmp_path / name).read_text() == (ROOT / name).read_text()


def test_taking_the_address_away_takes_the_cell_away(tmp_path):
    folder = clone(tmp_path, ADDRESS)
    config = folder / "_config.yml"
    config.write_text(config.read_text().replace(ADDRESS, ""))
    check = [sys.executable, "tools/notebooks.py", "check"]
    ran = subprocess.run(check, cwd=folder, capture_output=True, text=True)
    assert "is not canonical" in ran.stdout
    run(folder, sys.executable, "tools/notebooks.py", "address")
    run(folder, *check)


@pytest.mark.slow
def test_with_an_address_the_page_has_a_colab_button(with_address):
    page = (build(with_address) / "boxes.html").read_text()
    repository = ADDRESS.removeprefix("https://github.com/")
    colab = "https://colab.research.google.com/github/"
    assert f"{colab}{repository}/blob/main/book/boxes.ipynb" in page
    assert f'href="{ADDRESS}"' in page
    intro = (with_address / "_build/html/book/intro.html").read_text()
    assert f"git clone {ADDRESS} ssd-book" in re.sub("<[^>]+>", "", intro)


@pytest.mark.slow
@pytest.mark.full
def test_without_an_address_no_page_links_to_one_but_can_be_downloaded(without_address):
    for page in build(without_address).glob("*.html"):
        text = page.read_text()
        assert "colab.research" not in text.lower()
        assert "github.com/None" not in text
        assert not re.search(r'class="[^"]*(repository|launch)[^"]*button', text)
    boxes = (without_address / "_build/html/book/boxes.html").read_text()
    [download] = re.findall(r'href="([^"]+\.ipynb)"[^>]*download', boxes) or re.findall(
        r'href="(\.\./_sources/[^"]+\.ipynb)"', boxes
    )
    assert os.path.exists(without_address / "_build/html/book" / download)
