"""Weights go to a file and come back; whatever else lies there is told."""

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from ssd_lib.default_boxes import SSD300_COCO
from ssd_lib.model import load_weights, save_weights, ssd300_vgg16, ssd_tiny

CLASSES = ("background", "cat", "dog")


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    model = ssd_tiny(3).eval()
    path = tmp_path / "weights.safetensors"
    save_weights(model, path, CLASSES, variances=(0.3, 0.4))
    return model, path


def outputs(model, side):
    images = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return model(images)


def test_a_model_comes_back_as_it_was(saved):
    model, path = saved
    loaded = load_weights(path)
    assert loaded.classes == CLASSES
    assert loaded.variances == (0.3, 0.4)
    assert loaded.model.layout == model.layout
    assert not loaded.model.training
    for ours, theirs in zip(
        outputs(model, 128), outputs(loaded.model, 128), strict=True
    ):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_ssd300_and_its_layout_come_back(tmp_path, batch_norm):
    model = ssd300_vgg16(2, batch_norm, SSD300_COCO).eval()
    save_weights(model, tmp_path / "w", ("background", "cell"), dtype=torch.float16)
    loaded = load_weights(tmp_path / "w")
    assert loaded.model.layout == SSD300_COCO
    state = model.state_dict()
    for name, value in loaded.model.state_dict().items():
        assert value.dtype == state[name].dtype
        stored = torch.float16 if value.is_floating_point() else value.dtype
        assert torch.equal(value, state[name].to(stored).to(value.dtype))


def test_half_precision_halves_the_file(saved, tmp_path):
    model, path = saved
    save_weights(model, tmp_path / "half", CLASSES, dtype=torch.float16)
    assert (tmp_path / "half").stat().st_size < 0.6 * path.stat().st_size


def test_a_file_that_was_there_is_replaced_and_nothing_is_left_behind(saved):
    model, path = saved
    save_weights(model, path, CLASSES)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_names_that_are_too_few_are_refused_and_the_old_file_kept(saved):
    model, path = saved
    before = path.read_bytes()
    with pytest.raises(ValueError, match="classes must be 3 names, got 2"):
        save_weights(model, path, CLASSES[:2])
    assert path.read_bytes() == before


def test_other_features_are_refused(tmp_path):
    model = ssd_tiny(3)
    model.features = nn.Identity()
    with pytest.raises(ValueError, match="VGG16Features or TinyFeatures, got Identity"):
        save_weights(model, tmp_path / "w", CLASSES)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no weights at"):
        load_weights(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"no weights", "half"])
def test_a_broken_file_is_named(saved, content):
    _, path = saved
    path.write_bytes(
        path.read_bytes()[: path.stat().st_size // 2] if content == "half" else content
    )
    with pytest.raises(
        ValueError, match=r"weights\.safetensors cannot be read as weights"
    ):
        load_weights(path)


def test_somebody_elses_safetensors_are_named(tmp_path):
    save_file({"a": torch.zeros(3)}, tmp_path / "other")
    with pytest.raises(ValueError, match=r"format must be 'ssd_lib 1', got None"):
        load_weights(tmp_path / "other")


def changed(path, change):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    state = load_file(path)
    change(state, metadata)
    save_file(state, path, metadata)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state, _: state.pop("heads.offsets.0.weight"), "Missing key"),
        (lambda state, _: state.update(x=torch.zeros(1)), "Unexpected key"),
        (lambda _, metadata: metadata.update(classes='["a", "b"]'), "size mismatch"),
        (lambda _, metadata: metadata.pop("layout"), "layout"),
        (lambda _, metadata: metadata.update(layout="{"), "cannot be read"),
        *(
            (
                lambda state, _, value=value: state["heads.offsets.0.bias"].fill_(
                    value
                ),
                "not finite in heads.offsets.0.bias",
            )
            for value in map(float, ("nan", "inf", "-inf"))
        ),
    ],
)
def test_what_does_not_fit_is_told(saved, change, message):
    changed(saved[1], change)
    with pytest.raises(ValueError, match=message):
        load_weights(saved[1])
