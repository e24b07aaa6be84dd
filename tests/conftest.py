"""What several test files need: a server of files, data in VOC's form, weights."""

import signal
import socket

import hypothesis
import pytest
import torch
from PIL import Image
from serving import serving

from ssd_lib.data import ToyScenes
from ssd_lib.model import save_weights, ssd_tiny
from ssd_lib.workers import SIGNALS

hypothesis.settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, print_blob=False
)
hypothesis.settings.register_profile(
    "search",
    parent=hypothesis.settings.get_profile("default"),
    max_examples=1000,
    database=None,
    deadline=None,
    print_blob=False,
)
hypothesis.settings.load_profile("repeatable")

# A run in the background, or under nohup, is started with some signals ignored; the
# tests of what they do want them as a terminal gives them.
for number in SIGNALS:
    if signal.getsignal(number) is signal.SIG_IGN:
        is_ctrl_c = number == signal.SIGINT
        signal.signal(number, signal.default_int_handler if is_ctrl_c else signal.SIG_DFL)

LABEL = """<annotation>
<object><name>dog</name><bndbox><xmin>20</xmin><ymin>30</ymin><xmax>150</xmax><ymax>90</ymax></bndbox></object>
<object><name>cat</name><difficult>1</difficult><bndbox><xmin>160</xmin><ymin>10</ymin><xmax>190</xmax><ymax>60</ymax></bndbox></object>
</annotation>"""


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory):
    """Tests keep nothing in the cache of who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSD_LIB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def server(tmp_path):
    """A folder and the address it is served from."""
    folder = tmp_path / "served"
    folder.mkdir()
    with serving(folder) as address:
        yield folder, address.removesuffix("/")


@pytest.fixture
def hanging():
    """The address of a server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/file"


@pytest.fixture
def voc_folder(tmp_path):
    """One picture, 200 x 100, with a dog and a difficult cat."""
    root = tmp_path / "voc"
    for part in ("Annotations", "JPEGImages"):
        (root / part).mkdir(parents=True)
    (root / "Annotations/photo.xml").write_text(LABEL)
    Image.effect_noise((200, 100), 60).convert("RGB").save(root / "JPEGImages/photo.jpg")
    return root


@pytest.fixture
def weights(tmp_path):
    """The path of a small network's random weights."""
    torch.manual_seed(0)
    path = tmp_path / "tiny.safetensors"
    save_weights(ssd_tiny(9), path, ToyScenes.classes)
    return str(path)


@pytest.fixture
def photo(tmp_path):
    """The path of an image of 320 x 160 pixels."""
    path = tmp_path / "holiday.jpg"
    Image.effect_noise((320, 160), 90).convert("RGB").save(path)
    return str(path)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder, with few toy scenes to validate on; what it printed."""
    from ssd_lib.commands import main
    from ssd_lib.commands.data_args import TOY

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(TOY, "validate", (2, 2))

    def run(command, *arguments, code=0):
        assert main([*command.split(), *arguments]) == code
        return capsys.readouterr()

    return run


@pytest.fixture
def few_fonts(monkeypatch):
    """As on a machine with matplotlib's own fonts alone; a list of others to add to."""
    from matplotlib import font_manager, get_data_path

    manager = font_manager.fontManager
    own = [e for e in manager.ttflist if str(e.fname).startswith(get_data_path())]
    installed = []
    monkeypatch.setattr(manager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: installed)
    monkeypatch.setattr("ssd_lib.fonts._FAMILIES", {})
    return installed
