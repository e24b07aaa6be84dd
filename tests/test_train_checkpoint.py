"""Checkpoints: what is written comes back, and what cannot be used is told."""

import copy
import functools
import io
import math
import operator
import os
import pickle
import resource
import signal
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from small_ssd import SmallFeatures, run_in, small_ssd

from ssd_lib.model import SSD
from ssd_lib.train import adamw_one_cycle, load_checkpoint, save_checkpoint, sgd
from ssd_lib.train.checkpoint import read_checkpoint


def trained(steps=2):
    model = small_ssd()
    optimizer, schedule = adamw_one_cycle(model, 100)
    for _ in range(steps):
        sum(x.square().mean() for x in model(torch.randn(1, 3, 64, 64))).backward()
        optimizer.step()
        schedule.step()
    return model, optimizer, schedule


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "last.ckpt"
    state = trained()
    save_checkpoint(path, *state, 2, {"data": "toy", "seed": 3})
    return path, state


def test_everything_comes_back(saved):
    path, (model, optimizer, schedule) = saved
    random = torch.get_rng_state()
    torch.rand(5)
    other = trained(0)
    assert load_checkpoint(path, *other, {"data": "toy"}) == 2
    assert torch.equal(torch.get_rng_state(), random)
    assert all(map(torch.equal, other[0].state_dict().values(), model.state_dict().values()))
    ours, theirs = (o.state_dict()["state"] for o in (other[1], optimizer))
    assert all(torch.equal(ours[k]["exp_avg"], theirs[k]["exp_avg"]) for k in theirs)
    assert other[2].get_last_lr() == schedule.get_last_lr()


def test_weights_of_a_wrapped_model_are_taken(saved):
    path, _ = saved
    state = torch.load(path, weights_only=True)
    state["model"] = {f"module.{name}": value for name, value in state["model"].items()}
    torch.save(state, path)
    assert load_checkpoint(path, *trained(0)) == 2


def test_a_run_of_other_settings_is_refused(saved):
    with pytest.raises(ValueError, match="another run: seed must be 3, got 4"):
        load_checkpoint(saved[0], *trained(0), {"seed": 4})


def whole_state(state):
    """Everything that a checkpoint could change, as bytes."""
    content = io.BytesIO()
    parts = [part.state_dict() for part in state]
    torch.save([copy.deepcopy(parts), torch.get_rng_state()], content)
    return content.getvalue()


def unchanged(path, message, state, run_config=None):
    """Loading fails in one line that names the file, and leaves all as it was."""
    before = whole_state(state)
    with pytest.raises(ValueError, match=message) as raised:
        load_checkpoint(path, *state, run_config)
    assert whole_state(state) == before
    assert str(path) in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_another_number_of_classes_is_told_with_both_shapes(saved):
    model = small_ssd(3)
    state = model, *adamw_one_cycle(model, 100)
    unchanged(saved[0], r"network: heads.logits.0.weight must be \[12, .*got \[36,", state)


def test_another_optimizer_is_told(saved):
    model = small_ssd()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = sgd(model).schedule
    unchanged(
        saved[0],
        "optimizer.param_groups must have 1 values, got 2",
        (model, optimizer, schedule),
    )


def test_numbers_that_are_not_finite_are_told(saved):
    state = torch.load(saved[0], weights_only=True)
    state["model"]["features.conv.bias"][0] = torch.nan
    torch.save(state, saved[0])
    unchanged(saved[0], r"features\.conv\.bias must be finite", trained(0))


GONE = object()


def spoil(path, entry, value):
    """Put a value, or nothing, into the place of a checkpoint's entry."""
    state = torch.load(path, weights_only=True)
    *way, last = entry
    place = functools.reduce(operator.getitem, way, state)
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    torch.save(state, path)


ENTRIES = ("step", "model", "optimizer", "schedule", "random", "run_config", "layout")
MOMENT = ("optimizer", "state", 0, "exp_avg")
GROUP = ("optimizer", "param_groups", 1)


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        *(((name,), GONE, f"{name} is missing") for name in ENTRIES),
        *(((name,), None, f"{name} must be .*, got None") for name in ENTRIES),
        *(((name,), [1], rf"{name} must be .*, got (a list|\[1\])") for name in ENTRIES),
        (("format",), GONE, r"must be a checkpoint of a run .*, got a PyTorch file"),
        (("format",), torch.zeros(3), "must be a checkpoint of a run"),
        (("format",), "ssd_lib checkpoint 1", "format must be .* got 'ssd_lib checkpoint 1'"),
        (("format",), "ssd_lib checkpoint 4", "format must be .* got 'ssd_lib checkpoint 4'"),
        (("step",), -1, "step must be a whole number of at least 0, got -1"),
        (("step",), 2.0, "step must be a whole number of at least 0, got 2.0"),
        (("step",), True, "step must be a whole number of at least 0, got True"),
        (("step",), "2", "step must be a whole number of at least 0, got '2'"),
        (("random",), torch.zeros(5), r"random must be .* state, got \[5\]"),
        (("random",), torch.zeros(5, dtype=torch.uint8), "random must be .* state"),
        (("random",), torch.zeros(5056, dtype=torch.uint8), "random must be .* state"),
        (
            ("run_config",),
            {"seed": torch.zeros(3)},
            r"another run: seed must be \[3\] of floats, got 3",
        ),
        (("run_config",), {}, "another run: seed must be nothing, got 3"),
        (("layout", "maps"), [], "network: layout.maps must have 0 values, got 1"),
        (("layout", "maps", 0, "min_size_px"), 7, "maps.0.min_size_px must be 7, got"),
        (("model", "features.conv.bias"), GONE, r"bias must be \[6\] of floats, got nothing"),
        (("model", "features.conv.bias"), "x", r"bias must be \[6\] of floats, got 'x'"),
        (("model", "features.conv.bias"), torch.zeros(2), r"must be \[6\] .*, got \[2\]"),
        (("model", "features.conv.bias"), torch.zeros(6, dtype=torch.int64), "int64"),
        (("model", "features.conv.bias"), torch.zeros(6).to_sparse(), "sparse"),
        (("model", "features.conv.bias"), torch.zeros(6, device="meta"), "meta"),
        (("model", 5), torch.zeros(1), "network: 5 must be nothing, got"),
        (("optimizer", "state"), GONE, "optimizer.state is missing"),
        (("optimizer", "state"), {}, "optimizer.state must be .*, got nothing"),
        (("optimizer", "state"), [], "optimizer.state must be a dict, got a list"),
        (("optimizer", "state", 0), [], "optimizer.state.0 must be a dict, got a list"),
        (("optimizer", "state", 99), {}, "optimizer.state.99 must be nothing"),
        (("optimizer", "param_groups"), GONE, "optimizer.param_groups is missing"),
        (("optimizer", "param_groups"), [5, 6], "param_groups.0 must be a dict, got 5"),
        ((*GROUP, "params"), [3, 4, 4], "param_groups.1.params must be"),
        ((*GROUP, "lr"), GONE, "param_groups.1.lr is missing"),
        ((*GROUP, "lr"), "fast", "param_groups.1.lr must be a number, got 'fast'"),
        ((*GROUP, "lr"), math.nan, "param_groups.1.lr must be a number, got nan"),
        ((*GROUP, "max_lr"), GONE, "param_groups.1.max_lr is missing"),
        ((*GROUP, "betas"), (0.9,), "param_groups.1.betas must have 2 values, got 1"),
        ((*GROUP, "amsgrad"), "x", "param_groups.1.amsgrad must be True or False, got"),
        (MOMENT, GONE, "optimizer.state"),
        (MOMENT, "x", "optimizer.state"),
        (MOMENT, torch.zeros(1), "optimizer.state"),
        (MOMENT, torch.zeros(2, 6, 3, 5, 5), "optimizer.state"),
        (MOMENT, torch.full((6, 3, 5, 5), math.nan), "optimizer.state.0.exp_avg .*fin"),
        ((*MOMENT[:-1], "exp_avg_sq"), torch.full((6, 3, 5, 5), -1.0), "optimizer.sta"),
        ((*MOMENT[:-1], "step"), torch.tensor(-5.0), "optimizer.state"),
        (("schedule",), {}, "schedule.total_steps is missing"),
        (("schedule", "last_epoch"), GONE, "schedule.last_epoch is missing"),
        (("schedule", "last_epoch"), -1, "schedule.last_epoch must be a whole number"),
        (("schedule", "last_epoch"), 1.5, "schedule.last_epoch must be a whole number"),
        (("schedule", "base_lrs"), "x", "schedule.base_lrs must be a list, got 'x'"),
        (("schedule", "base_lrs"), [1.0], "schedule.base_lrs must have 2 values, got 1"),
        (("schedule", "base_lrs"), [1.0, "x"], "schedule.base_lrs.1 must be a number"),
        (("schedule", "_anneal_func_type"), "sin", "must be 'cos', got 'sin'"),
        (("schedule", "_schedule_phases", 0, "end_lr"), 3, "must be 'max_lr', got 3"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(saved, entry, value, message):
    spoil(saved[0], entry, value)
    unchanged(saved[0], message, trained(0), {"seed": 3})


@pytest.mark.parametrize(
    "entry",
    [
        (*GROUP, "foreach"),
        (*GROUP, "decoupled_weight_decay"),
        ("schedule", "use_beta1"),
    ],
)
def test_a_switch_that_another_torch_does_not_have_may_be_missing(saved, entry):
    spoil(saved[0], entry, GONE)
    assert load_checkpoint(saved[0], *trained(0)) == 2


def test_what_is_too_much_in_a_schedule_is_left_out(saved):
    spoil(saved[0], ("schedule", "step"), 5)
    _, optimizer, schedule = state = trained(0)
    load_checkpoint(saved[0], *state)
    optimizer.step()
    schedule.step()
    assert schedule.last_epoch == 3


@pytest.mark.parametrize("place", [0.0, 0.02, 0.3, 0.4, 0.6, 0.7])
def test_a_damaged_byte_is_told(saved, place):
    content = bytearray(saved[0].read_bytes())
    content[int(place * len(content))] ^= 0xFF
    saved[0].write_bytes(content)
    unchanged(saved[0], r"last\.ckpt cannot be read as a checkpoint: ", trained(0))


def test_an_optimizers_state_that_is_not_finite_is_not_saved(saved):
    path, (_, optimizer, _) = saved
    before = path.read_bytes()
    optimizer.state_dict()["state"][4]["exp_avg_sq"][0] = torch.inf
    with pytest.raises(ValueError, match=r"4\.exp_avg_sq must be finite, .*not saved"):
        save_checkpoint(path, *saved[1], 3)
    assert path.read_bytes() == before


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99])
def test_a_file_that_is_cut_short_is_named(saved, keep):
    content = saved[0].read_bytes()
    size = int(keep * len(content)) if isinstance(keep, float) else keep
    saved[0].write_bytes(content[:size])
    unchanged(saved[0], r"last\.ckpt cannot be read as a checkpoint", trained(0))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no checkpoint at"):
        read_checkpoint(tmp_path / "none")


@pytest.mark.parametrize("content", [{"a": 1}, [1, 2], torch.zeros(3)])
def test_what_is_no_checkpoint_is_told(tmp_path, content):
    torch.save(content, tmp_path / "other")
    with pytest.raises(ValueError, match=r"must be a checkpoint .*, got a PyTorch fi"):
        read_checkpoint(tmp_path / "other")


def test_weights_in_the_place_of_a_checkpoint_are_told(tmp_path):
    save_file({"a": torch.zeros(3)}, tmp_path / "last.ckpt")
    with pytest.raises(
        ValueError,
        match=r"last\.ckpt cannot be read as a checkpoint: it must be a checkpoint of a "
        r"run \(\.ckpt\), got a weight file; load_weights reads it$",
    ):
        read_checkpoint(tmp_path / "last.ckpt")


def test_a_run_goes_on_with_its_own_default_boxes_alone(saved):
    path, (model, *_) = saved
    first, *rest = model.layout.maps
    layout = replace(model.layout, maps=(replace(first, min_size_px=9.5), *rest))
    other = SSD(SmallFeatures(), layout, 9)
    unchanged(
        path,
        r"network: layout\.maps\.0\.min_size_px must be 19.*, got 9\.5",
        (other, *adamw_one_cycle(other, 100)),
    )


def test_a_run_goes_on_with_its_own_variances_alone(saved):
    path, (model, *_) = saved
    other = SSD(SmallFeatures(), replace(model.layout, variances=(0.1, 0.5)), 9)
    state = other, *adamw_one_cycle(other, 100)
    unchanged(path, r"layout\.variances\.1 must be 0\.2, got 0\.5", state)


def test_a_checkpoint_from_before_layouts_had_variances_is_resumed(saved):
    path, (model, *_) = saved
    spoil(path, ("layout", "variances"), GONE)
    spoil(path, ("format",), "ssd_lib checkpoint 2")
    assert load_checkpoint(path, *trained(0)) == 2
    assert read_checkpoint(path)["layout"]["variances"] == [0.1, 0.2]
    other = SSD(SmallFeatures(), replace(model.layout, variances=(1.0, 1.0)), 9)
    state = other, *adamw_one_cycle(other, 100)
    unchanged(path, r"layout\.variances\.0 must be 0\.1, got 1\.0", state)


class Malicious:
    """A pickle that runs a command when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_malicious_file_is_not_run(tmp_path):
    with (tmp_path / "evil").open("wb") as file:
        pickle.dump(Malicious(tmp_path / "harm"), file)
    torch.save({"format": Malicious(tmp_path / "harm")}, tmp_path / "evil2")
    for name in ("evil", "evil2"):
        with pytest.raises(ValueError, match="cannot be read as a checkpoint"):
            read_checkpoint(tmp_path / name)
    assert not (tmp_path / "harm").exists()


def test_weights_that_are_not_finite_are_not_saved(saved):
    path, (model, *rest) = saved
    before = path.read_bytes()
    with torch.no_grad():
        model.features.conv.bias[1] = torch.inf
    with pytest.raises(ValueError, match=r"conv\.bias must be finite, .*not saved"):
        save_checkpoint(path, model, *rest, 3)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_old_file(saved):
    path, state = saved
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"last\.ckpt cannot be written: .*is kept"):
            save_checkpoint(path, *state, 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_a_run_that_is_over_is_left_as_it_is(tmp_path):
    run_in(tmp_path, 12)
    before = torch.load(tmp_path / "weights.pt")
    place = (tmp_path / "last.ckpt").stat().st_ino
    run_in(tmp_path, 12)
    assert (tmp_path / "last.ckpt").stat().st_ino == place
    after = torch.load(tmp_path / "weights.pt")
    assert all(torch.equal(after[name], before[name]) for name in before)
