"""What maintainers rely on: workflows, forms, pinned versions, the changelog."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import ssd_lib

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import make_venv  # noqa: E402
import release_notes  # noqa: E402
import verified  # noqa: E402

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = [ROOT / f".github/ISSUE_TEMPLATE/{form}.yml" for form in ("bug", "erratum")]
DESCRIBED = [
    *ROOT.glob(".github/**/*.yml"),
    *ROOT.glob(".devcontainer/*.json"),
    ROOT / "tools/js/package.json",
    ROOT / "tools/lighthouse/package.json",
    ROOT / ".pre-commit-config.yaml",
    ROOT / "CITATION.cff",
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIRED = (ROOT / "requirements.txt").read_text(encoding="utf-8")
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PYTHONS = [f"3.{minor}" for minor in range(make_venv.OLDEST[1], make_venv.NEWEST[1] + 1)]


def name(path):
    return path.relative_to(ROOT).as_posix()


class UniqueKeys(yaml.SafeLoader):
    """PyYAML lets the last of two equal keys win without a word."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"twice in {node.start_mark}: {keys}"
        return super().construct_mapping(node, deep)


def read(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, UniqueKeys)


def jobs(path):
    return read(path)["jobs"].items()


def steps(path):
    return [step for _, job in jobs(path) for step in job.get("steps", [])]


@pytest.mark.parametrize("path", DESCRIBED, ids=name)
def test_a_file_of_the_project_can_be_read(path):
    assert isinstance(read(path), dict)


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_a_workflow_may_only_read_unless_a_job_says_what_else(path):
    assert read(path)["permissions"] == {"contents": "read"}
    assert "concurrency" in read(path)
    for _, job in jobs(path):
        runs_our_code = any("checkout" in s.get("uses", "") for s in job.get("steps", []))
        assert not (runs_our_code and "permissions" in job)


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_a_job_ends_in_time_and_comes_after_jobs_that_exist(path):
    named = dict(jobs(path))
    for job in named.values():
        assert "uses" in job or job["timeout-minutes"] <= 60
        assert job.get("needs") in (None, *named)


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_an_action_is_one_of_githubs_at_a_major_version(path):
    for step in steps(path):
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
    for _, job in jobs(path):
        if "uses" in job:
            assert (ROOT / job["uses"]).is_file()


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_what_a_job_downloads_was_uploaded_before(path):
    called = [ROOT / job["uses"] for _, job in jobs(path) if "uses" in job]
    uploaded = {
        step["with"]["name"]
        for file in (path, *called)
        for step in steps(file)
        if step.get("uses", "").startswith("actions/upload-artifact@")
    }
    for step in steps(path):
        if step.get("uses", "").startswith("actions/download-artifact@"):
            assert step.get("with", {}).get("name", "site") in uploaded


def test_nothing_is_tested_twice():
    # In YAML 1.1 the word "on" is a Boolean.
    events = {path.stem: read(path)[True] for path in WORKFLOWS}
    assert "push" not in events["test"]
    assert "pull_request" in events["test"]
    assert events["pages"]["push"] == {"branches": ["main"]}
    assert events["release"]["push"] == {"tags": ["v*"]}


def test_every_supported_python_is_tested_and_named():
    [(_, job)] = jobs(ROOT / ".github/workflows/test.yml")
    assert job["strategy"]["matrix"]["python"] == PYTHONS
    told = [c.rpartition(":: ")[2] for c in PROJECT["project"]["classifiers"]]
    assert [c for c in told if c.startswith("3.")] == PYTHONS
    assert PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"


def commands():
    """What workflows and the container run, and what the documents tell to run."""
    for path in WORKFLOWS:
        yield from (step["run"] for step in steps(path) if "run" in step)
    yield read(ROOT / ".devcontainer/devcontainer.json")["postCreateCommand"]
    for file in ("CONTRIBUTING.md", "README.md"):
        text = (ROOT / file).read_text(encoding="utf-8")
        yield from re.findall(r"`(make [^`\n]+)`", text)


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_a_command_calls_what_exists(command):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([\w./-]+):(?!=)", makefile))
    for words in re.findall(r"\bmake ([^\n;&|]+)", command):
        called = [word for word in words.split() if "=" not in word]
        assert set(called) <= targets
    for script in re.findall(r"python (tools/\S+)|^(\.ci/\S+)", command):
        assert (ROOT / "".join(script)).is_file()


@pytest.mark.parametrize("path", FORMS, ids=name)
def test_a_form_asks_for_each_thing_once(path):
    body = [item for item in read(path)["body"] if item["type"] != "markdown"]
    ids = [item["id"] for item in body]
    assert len(ids) == len(set(ids))
    assert all(item["attributes"]["label"] for item in body)
    assert any(item.get("validations", {}).get("required") for item in body)


def test_dependabot_looks_where_something_is_listed():
    lists = {
        "pip": "requirements.txt",
        "npm": "package.json",
        "github-actions": ".github/workflows",
    }
    updates = read(ROOT / ".github/dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == lists.keys()
    for update in updates:
        for directory in update.get("directories") or [update["directory"]]:
            folder = ROOT / directory.lstrip("/")
            assert (folder / lists[update["package-ecosystem"]]).exists()


def test_the_hooks_install_what_the_project_asks_for():
    [repository] = read(ROOT / ".pre-commit-config.yaml")["repos"]
    ranges = {Requirement(line).name: line for line in REQUIRED.splitlines() if line[:1].isalpha()}
    for hook in repository["hooks"]:
        for wanted in hook["additional_dependencies"]:
            package = Requirement(wanted).name
            assert wanted == ranges.get(package, package)


@pytest.mark.parametrize(
    ("folder", "tools"),
    [("js", {"eslint", "typescript", "pyright"}), ("lighthouse", {"lighthouse"})],
)
def test_the_tools_from_npm_have_the_exact_versions_of_the_lock_file(folder, tools):
    wanted = read(ROOT / f"tools/{folder}/package.json")["devDependencies"]
    locked = read(ROOT / f"tools/{folder}/package-lock.json")["packages"]
    assert tools <= wanted.keys()
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}


def test_the_pinned_versions_are_in_the_ranges_of_the_requirements():
    pins = dict(re.findall(r"(?m)^([^#=\s]+)==(\S+)$", CONSTRAINTS))
    assert list(pins) == verified.names(REQUIRED)
    for line in REQUIRED.splitlines():
        if line and not line.startswith("#"):
            wanted = Requirement(line)
            assert pins[wanted.name] in wanted.specifier


def test_the_readme_says_what_the_constraints_say():
    assert verified.sentence(CONSTRAINTS) in README.splitlines()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project, in an environment where everything is 2.0 for CUDA."""
    monkeypatch.setattr(verified, "version", lambda _: "2.0+cu130")
    monkeypatch.setattr(verified.browser, "find", lambda: None)
    packages = "\n".join(f"{package}>=1" for package in verified.NAMED)
    (tmp_path / "requirements.txt").write_text(f"# These.\n{packages}\n\nruff==2.0\n")
    (tmp_path / "README.md").write_text("Before.\n\nLast verified: never\n\nAfter.\n")
    return tmp_path


def test_what_was_verified_is_written_in_both_places(project):
    verified.main(project)
    written = (project / "constraints.txt").read_text()
    pins = [line for line in written.splitlines() if not line.startswith("#")]
    assert pins == [f"{package}==2.0" for package in [*verified.NAMED, "ruff"]]
    before, line, after = (project / "README.md").read_text().split("\n\n")
    assert (before, after) == ("Before.", "After.\n")
    assert line == verified.sentence(written)
    assert "torch 2.0, torchvision 2.0" in line


def test_nothing_is_written_while_something_is_missing(project, monkeypatch):
    def missing(package):
        raise verified.PackageNotFoundError(package)

    monkeypatch.setattr(verified, "version", missing)
    with pytest.raises(SystemExit, match="torch must be installed"):
        verified.main(project)
    assert not (project / "constraints.txt").exists()


def test_a_readme_without_the_line_is_told(project):
    (project / "README.md").write_text("Nothing.\n")
    with pytest.raises(SystemExit, match="must have a line that begins with"):
        verified.main(project)
    assert not (project / "constraints.txt").exists()


def test_the_version_of_the_browser_is_asked_for(monkeypatch):
    for said, found in {
        "Chromium 156.0.1 built on Debian": ["Chromium 156"],
        "Google Chrome 150.0.2": ["Chrome 150"],
        "": [],
    }.items():
        told = subprocess.CompletedProcess([], 0, stdout=said)
        monkeypatch.setattr(verified.browser, "find", lambda: "/a/browser")
        monkeypatch.setattr(verified.subprocess, "run", lambda *_, told=told, **__: told)
        assert list(verified.chromium()) == found


def test_the_files_agree_on_the_version():
    assert set(release_notes.versions().values()) == {ssd_lib.__version__}
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "ssd_lib.__version__"}


def test_the_citation_names_the_authors_and_the_licence_of_the_package():
    citation = read(ROOT / "CITATION.cff")
    assert citation["authors"] == PROJECT["project"]["authors"]
    assert citation["license"] == PROJECT["project"]["license"]


def test_the_cited_paper_is_the_one_in_the_bibliography():
    [paper] = read(ROOT / "CITATION.cff")["references"]
    entry = (ROOT / "book/references.bib").read_text(encoding="utf-8").split("\n\n")[0]
    bare = re.sub(r"[{}]", "", entry)
    authors = [f"{a['family-names']}, {a['given-names']}" for a in paper["authors"]]
    for fact in (
        " and ".join(authors),
        paper["title"],
        paper["url"],
        str(paper["year"]),
    ):
        assert fact in bare


def test_the_changelog_keeps_its_form():
    headings = re.findall(r"(?m)^## (.*)$", CHANGELOG)
    assert headings[0] == "[Unreleased]"
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"(?m)^### (.*)$", CHANGELOG)) <= kinds
    for heading in headings[1:-1]:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading)


LOG = """# Changelog

## [Unreleased]

Later.

## [1.10.0] - 2030-02-01

### Added

- A thing.

## [1.1.0] - 2030-01-01

## First edition

Everything.
"""


def released(folder, version, changelog=LOG):
    (folder / "ssd_lib").mkdir()
    (folder / "ssd_lib/__init__.py").write_text(f'__version__ = "{version}"\n')
    (folder / "CITATION.cff").write_text(f'version: "{version}"\n')
    (folder / "CHANGELOG.md").write_text(changelog)
    return folder


def test_a_release_is_told_in_the_words_of_the_changelog(tmp_path, capsys):
    release_notes.main("v1.10.0", released(tmp_path, "1.10.0"))
    assert capsys.readouterr().out == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize(
    ("tag", "version", "said"),
    [
        ("1.10.0", "1.10.0", r"the tag must be of the form v1\.2\.3, got '1\.10\.0'"),
        ("v1.10", "1.10", "the tag must be of the form"),
        ("v1.10.0", "1.1.0", r"__init__\.py must be 1\.10\.0, got 1\.1\.0"),
        ("v1.1.0", "1.1.0", "must have entries under"),
        ("v2.0.0", "2.0.0", "must have entries under"),
    ],
)
def test_a_tag_that_nothing_belongs_to_is_no_release(tmp_path, tag, version, said):
    with pytest.raises(SystemExit, match=said):
        release_notes.main(tag, released(tmp_path, version))


def test_a_citation_of_another_version_is_no_release(tmp_path):
    released(tmp_path, "1.10.0")
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\n")
    with pytest.raises(SystemExit, match=r"CITATION\.cff must be 1\.10\.0, got None"):
        release_notes.main("v1.10.0", tmp_path)
