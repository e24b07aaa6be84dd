"""Weights go to a file and come back; whatever else lies there is told."""

import errno
import json
import math
import os
from dataclasses import replace
from functools import partial

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from ssd_lib.default_boxes import SSD300_COCO, DefaultBoxLayout
from ssd_lib.features import TinyFeatures
from ssd_lib.model import SSD, TINY, load_weights, save_weights, ssd300_vgg16, ssd_page, ssd_tiny
from ssd_lib.predict import detect, detect_image

CLASSES = ("background", "cat", "dog")


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    model = SSD(TinyFeatures(), replace(TINY, variances=(0.3, 0.4)), 3).eval()
    path = tmp_path / "weights.safetensors"
    save_weights(model, path, CLASSES)
    return model, path


def outputs(model, side):
    images = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return model(images)


def test_a_model_comes_back_as_it_was(saved):
    model, path = saved
    loaded, classes = load_weights(path)
    assert classes == CLASSES
    assert loaded.layout == model.layout
    assert not loaded.training
    for ours, theirs in zip(outputs(model, 128), outputs(loaded, 128), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("grids", [(12, 6, 3), (12, 3), (6,)], ids=str)
def test_the_pages_network_comes_back_with_the_maps_that_it_has(tmp_path, grids):
    rows = ssd_page(3, 48).layout.maps
    layout = DefaultBoxLayout(48, tuple(row for row in rows if row.grid in grids))
    torch.manual_seed(0)
    model = ssd_page(3, layout=layout).eval()
    save_weights(model, tmp_path / "w", CLASSES)
    loaded = load_weights(tmp_path / "w").model
    assert loaded.layout == layout
    for ours, theirs in zip(outputs(model, 48), outputs(loaded, 48), strict=True):
        assert torch.equal(ours, theirs)


def test_the_variances_of_a_file_decode_what_its_network_says(saved):
    model, path = saved
    with torch.no_grad():  # whatever the image, each default box moves right and has class 1
        for name, says in (("offsets", (1.0, 0, 0, 0)), ("logits", (0.0, 3, 0))):
            for head in getattr(model.heads, name):
                head.weight.zero_()
                head.bias.copy_(torch.tensor(says).repeat(len(head.bias) // len(says)))
    save_weights(model, path, CLASSES)
    found = detect_image(load_weights(path).model, torch.zeros(3, 128, 128))
    answers = model(torch.zeros(1, 3, 128, 128))
    [wanted] = detect(*answers, model.default_boxes, variances=(0.3, 0.4))
    [other] = detect(*answers, model.default_boxes)
    torch.testing.assert_close(found.boxes, 128 * wanted.boxes)
    assert len(found.boxes) != len(other.boxes) or not found.boxes.equal(128 * other.boxes)


def as_version_1(_, metadata):
    """What files were like when variances were an entry of their own."""
    layout = json.loads(metadata["layout"])
    variances = json.dumps(layout.pop("variances"))
    metadata |= {"format": "ssd_lib 1", "layout": json.dumps(layout), "variances": variances}


def test_a_file_of_the_first_version_gives_the_same_network(saved):
    model, path = saved
    changed(path, as_version_1)
    loaded, classes = load_weights(path)
    assert classes == CLASSES
    assert loaded.layout == model.layout
    for ours, theirs in zip(outputs(model, 128), outputs(loaded, 128), strict=True):
        assert torch.equal(ours, theirs)


def test_a_version_that_is_not_known_yet_is_refused_in_one_line(saved):
    changed(saved[1], lambda _, metadata: metadata.update(format="ssd_lib 3"))
    with pytest.raises(ValueError, match="'ssd_lib 3'") as told:
        load_weights(saved[1])
    message = str(told.value)
    assert str(saved[1]) in message
    assert "ssd_lib 1 or ssd_lib 2" in message
    assert "newer" in message
    assert "\n" not in message


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


@pytest.mark.parametrize("build", [ssd_tiny, partial(ssd300_vgg16, batch_norm=True)])
def test_batch_norm_that_was_trained_on_several_gpus_comes_back(tmp_path, build):
    torch.manual_seed(0)
    model = nn.SyncBatchNorm.convert_sync_batchnorm(build(3)).eval()
    save_weights(model, tmp_path / "w", CLASSES)
    loaded = load_weights(tmp_path / "w").model
    side = model.layout.image_px
    for ours, theirs in zip(outputs(model, side), outputs(loaded, side), strict=True):
        assert torch.equal(ours, theirs)


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
    with pytest.raises(ValueError, match=r"VGG16Features.*, got Identity"):
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
    with pytest.raises(ValueError, match=r"weights\.safetensors cannot be read as weights"):
        load_weights(path)


def test_a_file_that_may_not_be_read_is_named(saved, monkeypatch):
    def forbidden(*_):
        raise PermissionError("Permission denied (os error 13)")  # as Rust says it

    monkeypatch.setattr("ssd_lib.model.weights.safe_open", forbidden)
    with pytest.raises(ValueError, match=rf"{saved[1]} cannot be read .*denied"):
        load_weights(saved[1])


def test_somebody_elses_safetensors_are_named(tmp_path):
    save_file({"a": torch.zeros(3)}, tmp_path / "other")
    with pytest.raises(ValueError, match=r"format must be .*, got 'nothing'"):
        load_weights(tmp_path / "other")


def changed(path, change):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    state = load_file(path)
    change(state, metadata)
    save_file(state, path, metadata)


BIAS, VAR = "heads.offsets.0.bias", "features.stem.1.running_var"
COUNT = "features.stem.1.num_batches_tracked"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda state: state.pop(BIAS),
            rf"{BIAS} must be \[16\] of floats, got nothing",
        ),
        (lambda state: state.update(x=torch.zeros(1)), r"x must be nothing, got \[1\]"),
        (lambda state: state.update({BIAS: torch.zeros(7)}), r"must be .*, got \[7\]"),
        (
            lambda state: state.update({BIAS: torch.zeros(16).int()}),
            "got .* int32",
        ),
        (lambda state: state.update({BIAS: torch.zeros(16) > 0}), "got .* bool"),
        (
            lambda state: state.update({COUNT: torch.tensor(1.0)}),
            "must be .*int64, got",
        ),
        (lambda state: state[BIAS].fill_(math.nan), f"{BIAS} must be finite"),
        (lambda state: state[BIAS].fill_(math.inf), f"{BIAS} must be finite"),
        (
            lambda state: state.update({BIAS: torch.full((16,), 1e300, dtype=torch.double)}),
            f"{BIAS} must be finite",
        ),
        (lambda state: state[VAR].fill_(-1), f"{VAR} must be at least 0, got -1"),
    ],
)
def test_weights_that_do_not_fit_are_told(saved, change, message):
    changed(saved[1], lambda state, _: change(state))
    with pytest.raises(ValueError, match=rf"weights\.safetensors .*: .*{message}"):
        load_weights(saved[1])


DEEP = "[" * 100_000
TABLE = {
    "image_px": 128,
    "clamp_sizes": False,
    "variances": [0.1, 0.2],
    "maps": [
        {"grid": 2, "step_px": 64, "min_size_px": 9, "max_size_px": None, "aspect_ratios": []}
    ],
}


def with_row(**change):
    return json.dumps(TABLE | {"maps": [TABLE["maps"][0] | change]})


WRONG_VARIANCES = [
    "null",
    "0.1",
    '"0.1, 0.2"',
    "[0.1]",
    "[[0.1], [0.2]]",
    "[0.1, 0.2, 0.3]",
    "[NaN, 0.2]",
    "[0.1, Infinity]",
    "[0.1, 1e308]",
    "[0, 0.2]",
    "[0.1, -0.2]",
    "[true, true]",
    '{"0": 1, "1": 2}',
    "[]",
    "",
    "{",
    DEEP,
    f"[0.1, 1{'0' * 400}]",
]

WRONG = {
    "format": ["ssd_lib 3", "", "null", "ssd_lib 2\n", "ssd_lib"],
    "features": [
        "null",
        "3",
        '"tiny"',
        "[]",
        "{}",
        '{"name": null}',
        '{"name": "resnet"}',
        '{"name": "tiny", "image_px": 300}',
        '{"name": "vgg16"}',
        '{"name": "vgg16", "image_px": 301, "batch_norm": false}',
        '{"name": "vgg16", "image_px": 300, "batch_norm": "no"}',
        '{"name": ["tiny"]}',
        '{"name": "page"}',
        '{"name": "page", "maps": 3}',
        '{"name": "page", "maps": "123"}',
        '{"name": "page", "maps": [1, 2, 4]}',
        '{"name": "page", "maps": [true, 2, 3]}',
        DEEP,
    ],
    "classes": [
        "null",
        "3",
        '"abc"',
        "[]",
        '["background"]',
        '["a", "b", null]',
        '["a", "b", ["c"]]',
        '["a", "b", 3]',
        '["a", "b", "b"]',
        '["a", "b", " "]',
        '{"a": 1, "b": 2, "c": 3}',
        DEEP,
    ],
    "layout": [
        "null",
        "3",
        "[]",
        "{}",
        "{",
        DEEP,
        *(
            json.dumps(TABLE | change)
            for change in (
                {"maps": []},
                {"maps": None},
                {"maps": {}},
                {"maps": [3]},
                {"image_px": 0},
                {"image_px": "128"},
                {"image_px": 128.5},
                {"image_px": True},
                {"clamp_sizes": "no"},
                {"clamp_sizes": None},
                {"more": 1},
                {"variances": None},
                {"variances": [0.1]},
                {"variances": [0.1, 0]},
                {"variances": [0.1, math.nan]},
                {"variances": [0.1, "0.2"]},
                {"variances": [True, True]},
            )
        ),
        *(
            with_row(**change)
            for change in (
                {"grid": 0},
                {"grid": -2},
                {"grid": 2.0},
                {"grid": "2"},
                {"grid": 10**9},
                {"grid": 10**400},
                {"step_px": None},
                {"step_px": 1e308},
                {"step_px": math.nan},
                {"min_size_px": 0},
                {"min_size_px": 1e-300},
                {"min_size_px": math.inf},
                {"max_size_px": "9"},
                {"aspect_ratios": "23"},
                {"aspect_ratios": 2},
                {"aspect_ratios": [[2]]},
                {"aspect_ratios": [0]},
                {"aspect_ratios": [2] * 10**6},
                {"angle": 45},
            )
        ),
    ],
}


@pytest.mark.parametrize("name", WRONG)
def test_an_entry_that_is_missing_is_named(saved, name):
    changed(saved[1], lambda _, metadata: metadata.pop(name))
    with pytest.raises(ValueError, match=rf"weights\.safetensors .*: {name} must be"):
        load_weights(saved[1])


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name, texts in WRONG.items() for text in texts],
    ids=lambda value: value[:40],
)
def test_an_entry_that_no_network_has_is_named(saved, name, text):
    changed(saved[1], lambda _, metadata: metadata.update({name: text}))
    with pytest.raises(ValueError, match=rf"weights\.safetensors .*: {name} must") as told:
        load_weights(saved[1])
    assert len(str(told.value)) < 400
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", WRONG_VARIANCES, ids=lambda text: text[:40])
def test_variances_of_the_first_version_that_no_network_has_are_named(saved, text):
    def change(state, metadata):
        as_version_1(state, metadata)
        metadata["variances"] = text

    changed(saved[1], change)
    with pytest.raises(ValueError, match=r"weights\.safetensors .*: .*variances.* must") as told:
        load_weights(saved[1])
    assert len(str(told.value)) < 400
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("classes", '["a", "b"]', r"heads.logits.0.weight must be \[8, "),
        ("classes", '["a", "b", "c", "d"]', r"heads.logits.0.weight must be \[16, "),
        ("layout", json.dumps(TABLE), "boxes_per_cell must have one entry per map"),
        (
            "features",
            '{"name": "vgg16", "image_px": 300, "batch_norm": true}',
            "boxes_per_cell must have one entry per map",
        ),
    ],
)
def test_entries_that_contradict_the_weights_are_told(saved, name, text, message):
    changed(saved[1], lambda _, metadata: metadata.update({name: text}))
    with pytest.raises(ValueError, match=rf"weights\.safetensors .*: {message}"):
        load_weights(saved[1])


def test_a_layout_of_another_input_size_is_told(saved):
    def change(_, metadata):
        metadata["layout"] = metadata["layout"].replace('px": 128', 'px": 10000000')

    changed(saved[1], change)
    with pytest.raises(ValueError, match=r"weights\.safetensors cannot be read"):
        load_weights(saved[1])


def test_a_header_longer_than_the_file_is_told(saved):
    content = saved[1].read_bytes()
    for length in (2**63, 10**8, 10**6):
        saved[1].write_bytes(length.to_bytes(8, "little") + content[8:2000])
        with pytest.raises(ValueError, match=r"weights\.safetensors cannot be read"):
            load_weights(saved[1])


def test_a_repeated_name_may_be_the_one_that_stands_for_no_class(tmp_path):
    names = ("background", "N/A", "cat", "N/A")
    save_weights(ssd_tiny(4), tmp_path / "w", names)
    assert load_weights(tmp_path / "w").classes == names


@pytest.mark.parametrize(
    "classes",
    [("background", "cat", "cat"), ("background", "cat", ""), ("background", "cat", 3)],
)
def test_what_could_not_be_read_again_is_not_written(saved, classes):
    model, path = saved
    before = path.read_bytes()
    with pytest.raises(ValueError, match="classes must be"):
        save_weights(model, path, classes)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("value", "dtype"), [(math.inf, None), (math.nan, None), (1e6, torch.float16)]
)
def test_weights_that_are_not_finite_are_not_written(saved, value, dtype):
    model, path = saved
    before = path.read_bytes()
    with torch.no_grad():
        model.heads.offsets[0].bias[3] = value
    with pytest.raises(ValueError, match=f"{BIAS} must be finite"):
        save_weights(model, path, CLASSES, dtype=dtype)
    assert path.read_bytes() == before


def test_equal_weights_give_equal_bytes(saved):
    model, path = saved
    written = set()
    for copy in (
        model,
        load_weights(path).model,
        model.to(memory_format=torch.channels_last),
    ):
        for _ in range(3):
            save_weights(copy, path, CLASSES)
            written.add(path.read_bytes())
    assert len(written) == 1


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_file_has_the_mode_that_new_files_have(saved, tmp_path):
    before = os.umask(0o022)
    try:
        save_weights(saved[0], tmp_path / "new", CLASSES)
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o644


def test_a_full_disk_keeps_the_old_file(saved, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    model, path = saved
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=f"{path} cannot be written: No space left"):
        save_weights(model, path, CLASSES)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_loading_leaves_the_random_state_and_the_file_alone(saved):
    _, path = saved
    content, random = path.read_bytes(), torch.get_rng_state()
    loaded = load_weights(path).model
    assert torch.equal(torch.get_rng_state(), random)
    with torch.no_grad():
        for value in loaded.state_dict().values():
            value.zero_()
    assert path.read_bytes() == content
    assert all(parameter.requires_grad for parameter in loaded.parameters())
    assert loaded.default_boxes.device.type == "cpu"
