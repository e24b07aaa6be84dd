"""The weights that come with the book are as good as their record says."""

import json

import pytest
import torch
from safetensors import safe_open

from ssd_lib.assets import path
from ssd_lib.data import ToyScenes
from ssd_lib.data.toy import running_picture
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.model import TINY, load_weights, ssd_tiny
from ssd_lib.predict import detect_image
from ssd_lib.validate import detect_dataset

FILE = path("weights/toy_tiny.safetensors")
RECORD = json.loads(path("weights/toy_tiny.json").read_text(encoding="utf-8"))


def test_the_file_is_small_and_knows_the_scenes_classes():
    assert FILE.stat().st_size <= 2_500_000
    assert load_weights(FILE).classes == ToyScenes.classes


def test_the_file_of_the_first_version_gives_the_numbers_it_always_gave():
    """Its layout has no variances; the file has them as an entry of their own."""
    with safe_open(FILE, "pt") as file:
        assert file.metadata()["format"] == "ssd_lib 1"
        weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    model = load_weights(FILE).model
    assert model.layout == TINY
    assert model.layout.variances == (0.1, 0.2)
    bare = ssd_tiny(len(ToyScenes.classes)).eval()
    bare.load_state_dict(weights, strict=False)
    images = torch.randn(2, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 60
    with torch.no_grad():
        for ours, theirs in zip(model(images), bare(images), strict=True):
            assert torch.equal(ours, theirs)


def test_the_record_says_where_they_come_from():
    assert RECORD["command"].startswith("python -m ssd_lib train --data toy")
    assert RECORD["commit"]
    assert not RECORD["commit"].endswith("dirty")
    assert RECORD["shipped"]["from_0.1"]["map"] >= 0.80
    assert RECORD["shipped"]["from_0.1"]["pictures"] == 1000


@pytest.mark.slow
def test_they_find_on_other_scenes_what_the_record_says():
    loaded = load_weights(FILE)
    found = detect_dataset(loaded.model, ToyScenes(200, seed=11), 16, sizes=(0.1, 2.0))
    result = mean_average_precision(*found, len(loaded.classes))
    assert result.mean >= 0.80
    assert result.mean == pytest.approx(RECORD["shipped"]["from_0.1"]["map"], abs=0.03)


def test_they_find_every_thing_of_the_running_picture():
    loaded, scene = load_weights(FILE), running_picture()
    found = detect_image(loaded.model, scene.image, score_threshold=0.25)
    names = [loaded.classes[label] for label in found.labels]
    assert sorted(set(scene.labels)) == sorted(set(names) - {"boat"})
    assert torch.all(found.boxes <= 600)
