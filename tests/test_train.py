"""Training: the step's gradient, the stream of batches, and what a run leaves."""

import copy
import math
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from filelock import FileLock
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from small_ssd import small_scenes, small_ssd
from torch import nn
from torch.testing import assert_close

from ssd_lib.augment import evaluation_transform, training_transform
from ssd_lib.data import ToyScenes, collate
from ssd_lib.evaluate import mean_average_precision
from ssd_lib.features import TinyFeatures
from ssd_lib.loss import multibox_loss
from ssd_lib.model import SSD, TINY, ssd_tiny
from ssd_lib.samples import Batch
from ssd_lib.targets import encode_targets
from ssd_lib.train import (
    Diverged,
    Optimization,
    adamw_one_cycle,
    fit,
    read_log,
    sgd,
    training_step,
)
from ssd_lib.train.checkpoint import read_checkpoint
from ssd_lib.train.optimizers import parameter_groups
from ssd_lib.train.stream import EndlessDataset, StepBatchSampler, batches, default_workers


def scenes(count=8, transforms=None):
    return ToyScenes(count, transforms=transforms or evaluation_transform(128))


def batch_of(count=4):
    data = scenes(count)
    return collate([data[i] for i in range(count)])


def fabric_and(model, lr=0.1):
    fabric = Fabric(accelerator="cpu", devices=1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    return fabric, *fabric.setup(model, optimizer)


@pytest.mark.parametrize("variances", [(0.1, 0.2), (1.0, 0.5)])
def test_a_step_moves_the_weights_against_the_gradient_of_the_loss(variances):
    torch.manual_seed(0)
    layout = replace(TINY, variances=variances)
    model, copy = (SSD(TinyFeatures(), layout, 9) for _ in range(2))
    batch = batch_of()
    copy.load_state_dict(model.state_dict())
    fabric, wrapped, optimizer = fabric_and(model)
    wrapped.train()
    loss = training_step(fabric, wrapped, optimizer, batch)
    copy.train()
    targets = encode_targets(
        batch.gt_boxes, batch.gt_labels, copy.default_boxes, variances=variances
    )
    wanted = multibox_loss(*copy(batch.images), *targets)
    sum(wanted).backward()
    assert_close(torch.stack(loss), torch.stack(wanted).detach())
    for ours, theirs in zip(model.parameters(), copy.parameters(), strict=True):
        assert_close(ours.detach(), (theirs - 0.1 * theirs.grad).detach())


def test_a_batch_without_objects_changes_nothing():
    model = ssd_tiny(9)
    before = [p.detach().clone() for p in model.parameters()]
    fabric, wrapped, optimizer = fabric_and(model)
    empty = Batch(
        torch.randn(2, 3, 128, 128),
        [torch.zeros(0, 4)] * 2,
        [torch.zeros(0, dtype=torch.int64)] * 2,
    )
    assert training_step(fabric, wrapped, optimizer, empty) == (0, 0)
    assert all(map(torch.equal, before, model.parameters()))


def test_the_gradient_is_clipped_if_asked():
    lengths = []
    for clip in (None, 0.01):
        torch.manual_seed(0)
        model = ssd_tiny(9)
        training_step(*fabric_and(model), batch_of(), clip_norm=clip)
        total = sum(p.grad.square().sum() for p in model.parameters())
        lengths.append(total.sqrt().item())
    assert lengths[0] > 0.1
    assert lengths[1] == pytest.approx(0.01, rel=1e-3)


def test_a_label_that_the_model_does_not_know_is_told():
    model = ssd_tiny(3)
    with pytest.raises(ValueError, match=r"gt_labels must be 1 to 2 .*, got"):
        training_step(*fabric_and(model), batch_of())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_model_of_another_dtype_is_trained_and_measured(dtype):
    torch.manual_seed(0)
    model = ssd_tiny(9).to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    schedule = torch.optim.lr_scheduler.ConstantLR(optimizer)
    before = [weight.detach().clone() for weight in model.parameters()]
    rows = fit(
        model,
        scenes(4),
        Optimization(optimizer, schedule),
        1,
        2,
        log_every=1,
        validation=ToyScenes(2),
        num_workers=0,
        progress=False,
        fabric=Fabric(accelerator="cpu", devices=1),
    )
    assert all(weight.dtype == dtype for weight in model.parameters())
    assert not all(map(torch.equal, before, model.parameters()))
    assert math.isfinite(rows[0]["confidence"])
    assert math.isfinite(rows[-1]["map"])


def infinite_gradient(*arguments):
    """A loss that is finite, with a gradient that is NaN: the root's slope at 0."""
    loss = multibox_loss(*arguments)
    return loss._replace(localization=loss.localization + (0 * arguments[0]).sum().sqrt())


def too_bright(batch):
    return batch._replace(images=batch.images * math.inf)


def of_other_classes(batch):
    return batch._replace(gt_labels=[labels + 90 for labels in batch.gt_labels])


@pytest.mark.parametrize("clip_norm", [None, 1.0])
@pytest.mark.parametrize(
    ("spoil", "loss", "error", "message"),
    [
        (too_bright, multibox_loss, Diverged, "the loss must be finite, got loc.* nan"),
        (
            lambda batch: batch,
            infinite_gradient,
            Diverged,
            "gradient must be finite, got nan",
        ),
        (of_other_classes, multibox_loss, ValueError, "gt_labels must be 1 to 8"),
    ],
)
def test_a_step_that_fails_leaves_the_state_as_it_was(spoil, loss, error, message, clip_norm):
    torch.manual_seed(0)
    model = ssd_tiny(9)
    fabric, wrapped, optimizer = fabric_and(model)
    wrapped.train()
    training_step(fabric, wrapped, optimizer, batch_of())
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(error, match=message):
        training_step(fabric, wrapped, optimizer, spoil(batch_of()), loss=loss, clip_norm=clip_norm)
    after = model.state_dict()
    assert any(name.endswith("num_batches_tracked") for name in after)
    assert [name for name in after if not torch.equal(after[name], before[name])] == []


def test_a_scaler_that_overflows_skips_its_step_by_itself():
    torch.manual_seed(0)
    model = ssd_tiny(9)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127)
    precision = MixedPrecision("16-mixed", "cpu", scaler)
    fabric = Fabric(accelerator="cpu", devices=1, plugins=precision)
    parts = fabric.setup(model, torch.optim.SGD(model.parameters(), lr=0.1))
    before = [p.detach().clone() for p in model.parameters()]
    for clip_norm in (None, 1.0):
        loss = training_step(fabric, *parts, batch_of(), clip_norm=clip_norm)
        assert all(map(math.isfinite, loss))
    assert all(map(torch.equal, before, model.parameters()))
    assert scaler.get_scale() == 2.0**125


def test_a_step_that_succeeds_moves_the_running_statistics():
    model = ssd_tiny(9)
    fabric, wrapped, optimizer = fabric_and(model)
    wrapped.train()
    before = copy.deepcopy(dict(model.named_buffers()))
    training_step(fabric, wrapped, optimizer, batch_of())
    moved = {
        name.rpartition(".")[2]
        for name, buffer in model.named_buffers()
        if not torch.equal(buffer, before[name])
    }
    assert moved == {"running_mean", "running_var", "num_batches_tracked"}


# Optimizers


def test_biases_learn_twice_as_fast_and_do_not_decay():
    model = ssd_tiny(3)
    weights, biases = parameter_groups(model, 0.1, 0.5)
    assert (weights["lr"], weights["weight_decay"]) == (0.1, 0.5)
    assert (biases["lr"], biases["weight_decay"]) == (0.2, 0.0)
    named = dict(model.named_parameters())
    wanted = {id(p) for name, p in named.items() if name.endswith(".bias")}
    assert {id(p) for p in biases["params"]} == wanted
    assert len(weights["params"]) + len(biases["params"]) == len(named)
    frozen = next(model.parameters()).requires_grad_(requires_grad=False)
    groups = parameter_groups(model, 0.1, 0.5)
    assert all(p is not frozen for group in groups for p in group["params"])


def rates(schedule, optimizer, steps):
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_the_papers_rate_falls_at_the_milestones_after_a_warm_up():
    model = ssd_tiny(3)
    optimizer, schedule = sgd(model, 1.0, milestones=(6, 8), warm_up=3)
    found = rates(schedule, optimizer, 10)
    wanted = [0.25, 0.5, 0.75, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]
    assert found == pytest.approx(wanted)
    assert rates(*reversed(sgd(model)), 2) == [1e-3, 1e-3]  # no warm-up in the paper


def test_the_log_has_the_rate_of_the_weights_and_not_that_of_the_biases():
    model = small_ssd()
    rows = fit(
        model,
        small_scenes(),
        sgd(model, 1e-5, milestones=(1,)),
        2,
        2,
        log_every=1,
        num_workers=0,
        progress=False,
    )
    assert [row["lr"] for row in rows] == pytest.approx([1e-5, 1e-6])


def test_one_cycle_rises_and_falls():
    optimizer, schedule = adamw_one_cycle(ssd_tiny(3), 40, 1.0)
    found = rates(schedule, optimizer, 40)
    assert max(found) == pytest.approx(1.0)
    assert found.index(max(found)) == 9
    assert found[-1] < 1e-3 < found[0] < 0.1


@pytest.mark.parametrize("num_steps", range(1, 61))
def test_one_cycle_learns_in_a_run_of_any_length(num_steps):
    model = nn.Linear(1, 1)
    found = rates(*reversed(adamw_one_cycle(model, num_steps, 1.0)), num_steps)
    assert all(rate > 0 for rate in found)
    assert found[0] == pytest.approx(0.04)  # a 25th, where it begins to rise
    if num_steps > 1:
        assert max(found) > 0.9
    if num_steps > 2:
        assert found[-1] < 1e-5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: sgd(m, milestones=(8, 6)), r"milestones must rise, got \[8, 6\]"),
        (lambda m: sgd(m, milestones=(6, 6)), r"milestones must rise, got \[6, 6\]"),
        (lambda m: sgd(m, warm_up=-1), "warm_up must be .* at least 0, got -1"),
        (lambda m: sgd(m, 0.0), "lr must be .* above 0, got 0"),
        (lambda m: sgd(m, math.nan), "lr must be .* got nan"),
        (lambda m: adamw_one_cycle(m, 9, -1.0), "lr must be .* got -1"),
        (lambda m: adamw_one_cycle(m, 9, math.inf), "lr must be .* got inf"),
        (lambda m: adamw_one_cycle(m, 0), "num_steps must be .* at least 1, got 0"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(nn.Linear(1, 1))


# Batches


def take(loader, count):
    return [batch for batch, _ in zip(loader, range(count), strict=False)]


def same(ours, theirs):
    return torch.equal(ours.images, theirs.images) and all(
        map(torch.equal, ours.gt_boxes, theirs.gt_boxes)
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_are_determined_by_their_number_alone(workers):
    data = scenes(10, training_transform(64))
    all_at_once = take(batches(data, StepBatchSampler(4), num_workers=0), 6)
    later = take(batches(data, StepBatchSampler(4, first=3), num_workers=workers), 3)
    assert all(map(same, later, all_at_once[3:]))
    other = take(batches(data, StepBatchSampler(4), seed=1, num_workers=0), 1)
    assert not same(other[0], all_at_once[0])


def test_an_epoch_has_every_image_once_and_the_next_another_order():
    class Numbers(ToyScenes):
        def __getitem__(self, index):
            return index

    stream = EndlessDataset(Numbers(10))
    epochs = [[stream[n] for n in range(start, start + 10)] for start in (0, 10, 20)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_no_two_samples_of_a_run_draw_the_same_random_numbers():
    class Drawn(ToyScenes):
        def __getitem__(self, _):
            return torch.rand(()).item()

    stream = EndlessDataset(Drawn(10))
    drawn = [stream[n] for n in range(40)]
    assert len(set(drawn)) == 40
    assert drawn == [EndlessDataset(Drawn(10))[n] for n in range(40)]
    assert not set(drawn) & {EndlessDataset(Drawn(10), seed=1)[n] for n in range(40)}


def test_an_image_looks_different_each_time_it_comes():
    stream = EndlessDataset(ToyScenes(1, transforms=training_transform(64)))
    assert not torch.equal(stream[0][0], stream[1][0])


def test_drawing_leaves_torchs_random_state_alone():
    stream = EndlessDataset(scenes(2, training_transform(64)))
    before = torch.get_rng_state()
    stream[0]
    assert torch.equal(torch.get_rng_state(), before)


def test_processes_share_a_batch_without_overlap():
    whole = next(iter(StepBatchSampler(6, first=2)))
    parts = [next(iter(StepBatchSampler(6, 2, rank, 3))) for rank in range(3)]
    assert whole == list(range(12, 18))
    assert [n for part in parts for n in part] == whole
    with pytest.raises(ValueError, match="multiple of the 4 processes, got 6"):
        StepBatchSampler(6, world_size=4)
    with pytest.raises(ValueError, match="got 0"):
        StepBatchSampler(0)


def test_an_empty_data_set_is_refused():
    with pytest.raises(ValueError, match="at least one image"):
        EndlessDataset([])


@pytest.mark.parametrize(("platform", "few"), [("win32", 0), ("darwin", 0)])
def test_where_workers_are_trouble_there_are_none(monkeypatch, platform, few):
    monkeypatch.setattr("sys.platform", platform)
    assert default_workers() == few


# The loop


def run(steps=3, **options):
    torch.manual_seed(0)
    model = ssd_tiny(9)
    options = {"batch_size": 4, "num_workers": 0, "progress": False} | options
    rows = fit(model, scenes(), adamw_one_cycle(model, 100), steps, **options)
    return model, rows


def test_a_run_leaves_rows_log_and_checkpoint(tmp_path):
    seen = []
    _, rows = run(
        5,
        folder=tmp_path / "new",
        validation=ToyScenes(3, seed=1),
        validate_every=2,
        log_every=2,
        checkpoint_every=2,
        on_step=lambda step, _: seen.append(step),
    )
    assert seen == [1, 2, 3, 4, 5]
    assert [row["step"] for row in rows if "map" in row] == [2, 4, 5]
    losses = [row for row in rows if "confidence" in row]
    assert [row["step"] for row in losses] == [2, 4, 5]
    assert all(row["images_per_s"] > 0 for row in losses)
    kept = read_log(tmp_path / "new/log.csv")
    assert [row["step"] for row in kept] == [row["step"] for row in rows]
    assert kept[0]["confidence"] == pytest.approx(rows[0]["confidence"])
    files = {file.name for file in (tmp_path / "new").iterdir()}
    assert {"last.ckpt", "log.csv"} <= files
    assert not any(name.endswith(".part") for name in files)


def test_the_logged_loss_is_the_mean_since_the_last_row():
    each = [r["confidence"] for r in run(4, log_every=1)[1]]
    pairs = [r["confidence"] for r in run(4, log_every=2)[1]]
    assert pairs == pytest.approx([sum(each[:2]) / 2, sum(each[2:]) / 2])


def test_the_same_seed_gives_the_same_weights_and_another_other_ones():
    first, second, other = run()[0], run()[0], run(seed=1)[0]
    states = [m.state_dict().values() for m in (first, second, other)]
    assert all(map(torch.equal, states[0], states[1]))
    assert not all(map(torch.equal, states[0], states[2]))


def test_what_a_validation_found_is_handed_on():
    seen = {}
    _, rows = run(
        3,
        validation=ToyScenes(2, seed=1),
        validate_every=2,
        on_validation=lambda step, found: seen.update({step: found}),
    )
    maps = {row["step"]: row["map"] for row in rows if "map" in row}
    assert maps == {
        step: pytest.approx(mean_average_precision(*found, 9).mean) for step, found in seen.items()
    }
    assert list(maps) == [2, 3]


def test_each_row_of_the_log_is_told_as_it_comes():
    torch.manual_seed(0)
    model, told = ssd_tiny(9), []
    log = fit(
        model,
        scenes(),
        adamw_one_cycle(model, 2),
        2,
        2,
        validation=ToyScenes(2, seed=1),
        log_every=1,
        num_workers=0,
        progress=False,
        on_log=told.append,
    )
    assert told == log
    assert ["map" in row for row in told] == [False, False, True]


def test_validation_changes_no_weight():
    plain = run()[0]
    watched = run(validation=ToyScenes(2, seed=1), validate_every=1)[0]
    assert all(map(torch.equal, plain.state_dict().values(), watched.state_dict().values()))


class Poisoned(ToyScenes):
    """A data set whose image 5 is infinitely bright."""

    def __getitem__(self, index):
        image, target = super().__getitem__(index)
        return (image * math.inf if index == 5 else image), target


def test_a_loss_that_is_no_number_stops_the_run_and_says_where(tmp_path):
    torch.manual_seed(0)
    model = ssd_tiny(9)
    data = Poisoned(8, transforms=evaluation_transform(128))
    stream = EndlessDataset(data, 0)
    stream[0]
    order = stream._order.tolist()
    bad = order.index(5) // 2 + 1
    before = {}

    def keep(step, model):
        before[step] = [p.detach().clone() for p in model.parameters()]

    with pytest.raises(Diverged, match=f"finite, got .* at step {bad}, learning rate"):
        fit(
            model,
            data,
            adamw_one_cycle(model, 10),
            4,
            2,
            num_workers=0,
            folder=tmp_path,
            checkpoint_every=1,
            progress=False,
            on_step=keep,
        )
    if bad > 1:
        assert all(map(torch.equal, before[bad - 1], model.parameters()))
        assert (tmp_path / "last.ckpt").exists()


def test_the_log_is_closed_however_the_run_ends(tmp_path, monkeypatch):
    class Board:
        def add_scalar(self, *_):
            pass

        def close(self):
            closed.append(True)

    def diverge(*_):
        raise Diverged("by design")

    closed = []
    monkeypatch.setattr("ssd_lib.train.log._tensorboard", lambda _: Board())
    run(folder=tmp_path / "one")
    assert closed == [True]
    with pytest.raises(Diverged, match="by design at step 1, learning rate"):
        run(folder=tmp_path / "two", loss=diverge)
    assert closed == [True, True]


def test_a_folder_that_is_removed_ends_no_run(tmp_path):
    folder = tmp_path / "run"

    def remove(step, _):
        if step == 2:
            shutil.rmtree(folder)

    with pytest.warns(UserWarning, match="log.csv cannot be written: .* goes on"):
        _, rows = run(5, folder=folder, log_every=1, checkpoint_every=4, on_step=remove)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["step"] for row in read_log(folder / "log.csv")] == [1, 2, 3, 4, 5]
    assert read_checkpoint(folder / "last.ckpt")["step"] == 5


@pytest.mark.parametrize(
    ("steps", "options", "message"),
    [
        (0, {}, "num_steps must be .* at least 1, got 0"),
        (101, {}, "num_steps must be at most the schedule's 100, got 101"),
        (3, {"log_every": 0}, "log_every must be .* at least 1, got 0"),
        (3, {"checkpoint_every": 0}, "checkpoint_every must be .* got 0"),
        (3, {"validate_every": -1}, "validate_every must be .* got -1"),
        (3, {"clip_norm": 0}, "clip_norm must be finite and above 0, got 0"),
        (3, {"clip_norm": -1.0}, "clip_norm must be finite and above 0, got -1"),
        (3, {"clip_norm": math.nan}, "clip_norm must be finite and above 0, got nan"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(steps, options, message):
    with pytest.raises(ValueError, match=message):
        run(steps, **options)


# One run in a folder


def test_a_folder_has_one_run_at_a_time(tmp_path):
    with FileLock(tmp_path / ".lock", timeout=0):
        with pytest.raises(RuntimeError, match=f"{tmp_path} must have no other run"):
            run(folder=tmp_path)
        assert not (tmp_path / "log.csv").exists()
    run(folder=tmp_path)


def test_a_process_that_was_killed_leaves_the_folder_free(tmp_path):
    code = (
        f"import time, filelock; lock = filelock.FileLock({str(tmp_path / '.lock')!r});"
        "lock.acquire(); print('mine', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"mine\n"
            with pytest.raises(RuntimeError, match="must have no other run at work"):
                run(folder=tmp_path)
        finally:
            other.kill()
    run(folder=tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file/run'"):
        run(folder=tmp_path / "file/run")


@pytest.mark.slow
def test_eight_scenes_are_learnt_by_heart():
    torch.manual_seed(0)
    model, easy = ssd_tiny(9), ToyScenes(8, seed=5)
    rows = fit(
        model,
        ToyScenes(8, seed=5, transforms=evaluation_transform(128)),
        adamw_one_cycle(model, 150),
        150,
        8,
        num_workers=0,
        progress=False,
        validation=easy,
    )
    assert rows[-1]["map"] == 1.0


def test_another_loss_can_take_the_place_of_the_multibox_loss():
    def counted(*arguments):
        seen.append(float(arguments[-1]))
        return multibox_loss(*arguments, ratio=0)

    seen = []
    scenes = ToyScenes(2, transforms=evaluation_transform(128))
    torch.manual_seed(0)
    model = ssd_tiny(9)
    fit(model, scenes, adamw_one_cycle(model, 2), 2, 2, loss=counted, num_workers=0, progress=False)
    assert len(seen) == 2
    assert all(positives > 0 for positives in seen)
