"""Checkpoints: what is written comes back, and what cannot be used is told."""

import os
import pickle
import resource
import signal

import pytest
import torch
from small_ssd import run_in, small_ssd

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
    assert all(
        map(torch.equal, other[0].state_dict().values(), model.state_dict().values())
    )
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
    with pytest.raises(ValueError, match="another run: seed must be 4, got 3"):
        load_checkpoint(saved[0], *trained(0), {"seed": 4})


def unchanged(path, message, state, about=None):
    """Loading fails with the message and leaves model and optimizer as they were."""
    before = [value.clone() for value in state[0].state_dict().values()]
    with pytest.raises(ValueError, match=message):
        load_checkpoint(path, *state, about)
    assert all(map(torch.equal, before, state[0].state_dict().values()))
    assert state[1].state_dict()["state"] == {}


def test_another_number_of_classes_is_told_with_both_shapes(saved):
    model = small_ssd(3)
    state = model, *adamw_one_cycle(model, 100)
    unchanged(
        saved[0], r"network: heads.logits.0.bias must be \[12\], got \[36\]", state
    )


def test_another_optimizer_is_told(saved):
    model = small_ssd()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = sgd(model).schedule
    unchanged(
        saved[0],
        r"groups must have \[6\] parameters, got \[3, 3\]",
        (model, optimizer, schedule),
    )


def test_numbers_that_are_not_finite_are_told(saved):
    state = torch.load(saved[0], weights_only=True)
    state["model"]["features.conv.bias"][0] = torch.nan
    torch.save(state, saved[0])
    unchanged(saved[0], "not finite in features.conv.bias", trained(0))


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
    with pytest.raises(ValueError, match="its format must be 'ssd_lib checkpoint 1'"):
        read_checkpoint(tmp_path / "other")


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
    with pytest.raises(ValueError, match=r"finite, got others in features\.conv\.bias"):
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
    run_in(tmp_path, 12)
    after = torch.load(tmp_path / "weights.pt")
    assert all(torch.equal(after[name], before[name]) for name in before)
