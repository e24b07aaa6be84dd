"""torchvision's COCO weights, downloaded from a server of the test's own."""

import hashlib
import re

import pytest
import torch
from torchvision.models.detection import SSD300_VGG16_Weights
from torchvision.models.detection import ssd300_vgg16 as torchvision_ssd300

from ssd_lib import download
from ssd_lib.commands import main
from ssd_lib.default_boxes import SSD300_TORCHVISION
from ssd_lib.model import torchvision_coco


@pytest.fixture
def published(server, tmp_path, monkeypatch):
    """Random weights in torchvision's form, where torchvision would fetch its own."""
    folder, address = server
    torch.manual_seed(0)
    model = torchvision_ssd300(weights=None, weights_backbone=None).eval()
    file = folder / "new.pth"
    torch.save(model.state_dict(), file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    file.rename(folder / f"ssd300-{digest}.pth")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    value = SSD300_VGG16_Weights.COCO_V1.value
    changed = f"{address}/ssd300-{digest}.pth"
    monkeypatch.setattr(value, "url", changed)
    return model, folder / f"ssd300-{digest}.pth"


def test_the_download_is_torchvisions_network_with_its_boxes_and_classes(published):
    theirs, file = published
    ours, classes = torchvision_coco()
    assert classes[:4] == ("background", "person", "bicycle", "car")
    assert len(classes) == 91
    assert ours.layout.variances == (0.1, 0.2)
    assert ours.layout == SSD300_TORCHVISION
    images = torch.randn(1, 3, 300, 300, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        maps = list(theirs.backbone(images).values())
        wanted = theirs.head(maps)
        offsets, logits = ours(images)
    close = {"atol": 1e-5, "rtol": 1e-4}
    torch.testing.assert_close(offsets, wanted["bbox_regression"], **close)
    torch.testing.assert_close(logits, wanted["cls_logits"], **close)
    file.unlink()
    torchvision_coco()  # the second time nothing is asked for


def test_another_file_under_that_name_is_refused(published, capsys, tmp_path):
    published[1].write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"ssd300-.*\.pth must have sha256 [0-9a-f]{8}"):
        torchvision_coco()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"")
    assert main(["detect", str(photo), "--weights", "coco"]) == 2
    assert re.fullmatch(r"error: .*\.pth must have sha256 .*\n", capsys.readouterr().err)


def test_a_server_that_has_no_such_file_is_named(published):
    published[1].unlink()
    with pytest.raises(OSError, match=r"ssd300-.*\.pth cannot be downloaded: HTTP Error 404"):
        torchvision_coco()


WEIGHTS = SSD300_VGG16_Weights.COCO_V1


@pytest.mark.parametrize("content", [b"", b"<html>not weights</html>", b"PK\x03\x04"])
def test_a_file_that_was_damaged_later_is_named(tmp_path, monkeypatch, content):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    file = tmp_path / "hub/checkpoints" / WEIGHTS.url.split("/")[-1]
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{file} cannot be read as weights: delete it"):
        torchvision_coco()


def test_weights_hold_nothing_but_tensors(tmp_path, monkeypatch):
    class Harm:
        def __reduce__(self):
            return pytest.fail, ("code of a downloaded file was run",)

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    file = tmp_path / "hub/checkpoints" / WEIGHTS.url.split("/")[-1]
    file.parent.mkdir(parents=True)
    torch.save({"weights": Harm()}, file)
    with pytest.raises(ValueError, match="cannot be read as weights"):
        torchvision_coco()


def test_a_server_that_hangs_is_not_waited_for(tmp_path, hanging, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(download, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    monkeypatch.setattr(WEIGHTS.value, "url", hanging)
    with pytest.raises(OSError, match=f"^{hanging} cannot be downloaded: no answer"):
        torchvision_coco()
