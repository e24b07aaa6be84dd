"""Setting up on a bare machine: a browser found, installed or missed in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[1] / "tools"
sys.path.insert(0, str(TOOLS))
import browser  # noqa: E402
import make_venv  # noqa: E402
import system  # noqa: E402

WORKS = "#!/bin/sh\necho '<html><head></head><body></body></html>'\n"
SILENT = "#!/bin/sh\nexit 0\n"
STUB = "#!/bin/sh\necho 'please install the snap'\nexit 1\n"

posix = pytest.mark.skipif(sys.platform == "win32", reason="a script of sh")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """Nothing is named, found or remembered, and nobody is root."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setattr(browser, "downloaded", lambda: "/nowhere/chrome")
    monkeypatch.setattr(browser.shutil, "which", lambda _: None)
    monkeypatch.setattr(browser, "apt_install", lambda *_: False)
    browser.find.cache_clear()
    yield
    browser.find.cache_clear()


@pytest.fixture
def commands(monkeypatch):
    """The commands that would have been run."""
    ran = []
    monkeypatch.setattr(browser.subprocess, "run", lambda c, **_: ran.append(c))
    return ran


def script(folder, name, text):
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@posix
def test_what_does_not_start_is_passed_over(tmp_path, monkeypatch):
    stub = script(tmp_path, "chromium-browser", STUB)
    silent = script(tmp_path, "google-chrome", SILENT)
    works = script(tmp_path, "chrome", WORKS)
    found = {"chromium-browser": stub, "google-chrome": silent, "chrome": works}
    monkeypatch.setattr(browser.shutil, "which", found.get)
    assert browser.find() == works


@posix
def test_the_variable_decides_even_if_it_names_none(tmp_path, monkeypatch):
    works = script(tmp_path, "chromium", WORKS)
    monkeypatch.setattr(browser.shutil, "which", {"chromium": works}.get)
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(SystemExit, match=r"CHROMIUM must name .* got .*none"):
        browser.main()


@posix
def test_the_package_manager_is_asked_first(tmp_path, monkeypatch, capsys):
    def install(*packages):
        works = script(tmp_path, packages[0], WORKS)
        monkeypatch.setattr(browser.shutil, "which", {"chromium": works}.get)
        return True

    monkeypatch.setattr(browser, "apt_install", install)
    browser.main()
    assert capsys.readouterr().out == f"{tmp_path / 'chromium'}\n"


def test_then_playwright_and_then_there_is_one_sentence(commands):
    with pytest.raises(SystemExit, match="make test-fast") as ended:
        browser.main()
    assert commands == [[sys.executable, "-m", "playwright", "install", "chromium"]]
    assert "\n" not in str(ended.value)


def test_nobody_but_root_installs_packages(monkeypatch):
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(system.subprocess, "run", lambda *_, **__: pytest.fail("ran"))
    assert not system.apt_install("chromium")


def test_an_old_python_is_told_so():
    code = "import sys; sys.version_info = (3, 9, 2); import make_venv; make_venv.main('x')"
    ran = subprocess.run([sys.executable, "-c", code], cwd=TOOLS, capture_output=True, text=True)
    assert ran.returncode == 1
    [line] = ran.stderr.splitlines()
    assert "3.11 to 3.13, got 3.9" in line
    assert "make PYTHON=" in line


def test_without_ensurepip_the_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(make_venv.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(make_venv, "apt_install", lambda *_: False)
    with pytest.raises(SystemExit, match=r"apt-get install python3\.\d+-venv"):
        make_venv.main(tmp_path / "venv")
    assert not (tmp_path / "venv").exists()
