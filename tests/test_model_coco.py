"""torchvision's COCO weights, downloaded from a server of the test's own."""

import hashlib
import re

import pytest
import torch
from torchvision.models.detection import SSD300_VGG16_Weights
from torchvision.models.detection import ssd300_vgg16 as torchvision_ssd300

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
    ours, classes, variances = torchvision_coco()
    assert classes[:4] == ("background", "person", "bicycle", "car")
    assert len(classes) == 91
    assert variances == (0.1, 0.2)
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
    with pytest.raises(RuntimeError, match="invalid hash value"):
        torchvision_coco()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"")
    assert main(["detect", str(photo), "--weights", "coco"]) == 2
    assert re.match(
        r"error: invalid hash value", capsys.readouterr().err.splitlines()[-1]
    )


def test_a_server_that_has_no_such_file_is_named(published):
    published[1].unlink()
    with pytest.raises(
        OSError, match=r"ssd300-.*\.pth cannot be downloaded: HTTP Error 404"
    ):
        torchvision_coco()
