"""Signals: the step ends, its checkpoint is written, then the signal is delivered."""

import multiprocessing
import os
import signal
import threading

import pytest
import torch
from small_ssd import small_scenes, small_ssd

from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes
from ssd_lib.loss import multibox_loss
from ssd_lib.train import adamw_one_cycle, fit, read_log
from ssd_lib.train.checkpoint import read_checkpoint
from ssd_lib.train.stop import Stop
from ssd_lib.train.stream import StepBatchSampler, batches
from ssd_lib.workers import SIGNALS, leave_signals_to_the_main_process

STEPS = 6


def run(folder=None, **options):
    """A run of six steps; the model and its log."""
    model = small_ssd()
    options = {"num_workers": 0, "progress": False, "checkpoint_every": 100} | options
    log = fit(
        model,
        small_scenes(),
        adamw_one_cycle(model, STEPS),
        STEPS,
        2,
        folder=folder,
        resume=True,
        log_every=1,
        **options,
    )
    return model, [{k: v for k, v in row.items() if k != "images_per_s"} for row in log]


def raising(*numbers, at=3):
    """A loss that meets signals in its third call, and notes that it went on."""
    calls = []

    def loss(*arguments):
        calls.append("begun")
        if calls.count("begun") == at:
            for number in numbers:
                signal.raise_signal(number)
        calls.append("done")
        return multibox_loss(*arguments)

    return loss, calls


@pytest.fixture
def handlers():
    """What handles signals, and is put back afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


def handled():
    return {number: signal.getsignal(number) for number in SIGNALS}


@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_waits_for_the_step_and_its_checkpoint(tmp_path, handlers, workers):
    loss, calls = raising(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(tmp_path, loss=loss, num_workers=workers)
    assert multiprocessing.active_children() == []
    assert calls == ["begun", "done"] * 3
    assert handled() == handlers
    path = tmp_path / "last.ckpt"
    assert stopped.value.__notes__ == [f"3 steps are done and kept in {path}"]
    assert read_checkpoint(path)["step"] == 3
    whole, log = run()
    model, again = run(tmp_path)
    assert all(map(torch.equal, model.state_dict().values(), whole.state_dict().values()))
    assert again == log


def test_without_a_folder_the_model_is_that_of_a_whole_step():
    loss, _ = raising(signal.SIGINT)
    models = []
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(loss=loss, on_step=lambda _, model: models.append(model))
    assert stopped.value.__notes__ == ["3 steps are done"]
    three = []

    def keep(step, model):
        if step == 3:
            three.extend(value.clone() for value in model.state_dict().values())

    run(on_step=keep)
    assert all(map(torch.equal, models[-1].state_dict().values(), three))


@pytest.mark.parametrize("number", SIGNALS)
def test_a_handler_of_the_programs_own_gets_the_signal_at_the_end(tmp_path, handlers, number):
    seen = []

    def handler(number, _):
        seen.append((number, read_checkpoint(tmp_path / "last.ckpt")["step"]))

    signal.signal(number, handler)
    loss, calls = raising(number)
    _, log = run(tmp_path, loss=loss)
    assert seen == [(number, 3)]
    assert len(log) == len(calls) / 2 == 3
    assert handled() == handlers | {number: handler}


@pytest.mark.parametrize("number", SIGNALS)
def test_what_is_ignored_stays_ignored(handlers, number):
    signal.signal(number, signal.SIG_IGN)
    loss, _ = raising(number)
    assert len(run(loss=loss)[1]) == STEPS
    assert handled() == handlers | {number: signal.SIG_IGN}


def test_a_second_ctrl_c_does_not_wait(tmp_path, handlers):
    loss, calls = raising(signal.SIGINT, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, loss=loss)
    assert calls[-1] == "begun"
    assert handled() == handlers
    assert not (tmp_path / "last.ckpt").exists()


def test_a_second_signal_has_its_default_action(handlers):
    signal.signal(signal.SIGTERM, lambda *_: None)
    with Stop(One()) as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_asked()
        assert handled() == dict.fromkeys(SIGNALS, signal.SIG_DFL) | {
            signal.SIGINT: signal.default_int_handler
        }
    assert handlers[signal.SIGINT] is signal.default_int_handler


class Impatient(ToyScenes):
    """Scenes whose reading meets a signal, and may be ended by it, as in a worker."""

    def __getitem__(self, index):
        if self.signals:
            signal.raise_signal(self.signals.pop())
        if self.dies:
            raise RuntimeError("DataLoader worker exited unexpectedly")
        return super().__getitem__(index)


def read_from(signals, dies, folder):
    model = small_ssd()
    scenes = Impatient(6, 64, transforms=evaluation_transform(64))
    scenes.signals, scenes.dies = signals, dies
    fit(
        model, scenes, adamw_one_cycle(model, 3), 3, 2, folder=folder, num_workers=0, progress=False
    )


@pytest.mark.parametrize("dies", [False, True])
def test_a_signal_before_the_first_step_leaves_no_checkpoint(tmp_path, dies):
    with pytest.raises(KeyboardInterrupt) as stopped:
        read_from([signal.SIGINT], dies=dies, folder=tmp_path)
    assert stopped.value.__notes__ == ["0 steps are done"]
    assert not (tmp_path / "last.ckpt").exists()


def test_a_worker_that_ends_without_a_signal_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        read_from([], dies=True, folder=tmp_path)


def test_a_worker_waits_for_its_main_process_and_ends_quietly():
    with Stop(One()):
        loader = batches(small_scenes(), StepBatchSampler(2), num_workers=1)
        stream = iter(loader)
        next(stream)
        [worker] = multiprocessing.active_children()
        for number in {*SIGNALS} - {signal.SIGTERM}:
            os.kill(worker.pid, number)
        for _ in range(5):
            next(stream)
        worker.terminate()
        worker.join(30)
    assert worker.exitcode == 0


def test_a_second_signal_ends_a_worker():
    process = multiprocessing.Process(target=ask_twice)
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGINT


def ask_twice():
    leave_signals_to_the_main_process()
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("tell", [True, False])
@pytest.mark.parametrize("terminal", [True, False])
def test_on_a_terminal_it_says_that_it_heard(monkeypatch, tell, terminal):
    said = []
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    monkeypatch.setattr("os.write", lambda *what: said.append(what))
    with pytest.raises(KeyboardInterrupt), Stop(One(), tell=tell):
        signal.raise_signal(signal.SIGINT)
    text = b"\nstopping after this step; once more ends at once\n"
    assert said == ([(2, text)] if tell and terminal else [])


def test_an_error_comes_before_a_signal(tmp_path):
    def loss(*_):
        signal.raise_signal(signal.SIGINT)
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        run(tmp_path, loss=loss)


class Watched(ToyScenes):
    """Scenes that meet a signal when they are looked at for the second time."""

    looks = 0

    def __getitem__(self, index):
        Watched.looks += 1
        if Watched.looks == 3:
            signal.raise_signal(signal.SIGINT)
        assert Watched.looks != 4, "it was waited for"
        return super().__getitem__(index)


def test_measuring_is_cut_short_and_made_up_for(tmp_path, monkeypatch):
    monkeypatch.setattr(Watched, "looks", 0)
    scenes = ToyScenes(2, 64, seed=1)
    whole, log = run(validation=scenes, validate_every=2)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(tmp_path, validation=Watched(2, 64, seed=1), validate_every=2)
    assert stopped.value.__cause__ is None
    assert read_checkpoint(tmp_path / "last.ckpt")["step"] == 4
    assert [row["step"] for row in read_log(tmp_path / "log.csv")] == [1, 2, 2, 3, 4]
    model, again = run(tmp_path, validation=scenes, validate_every=2)
    assert again == log
    assert all(map(torch.equal, model.state_dict().values(), whole.state_dict().values()))
    assert run(tmp_path, validation=scenes, validate_every=2)[1] == log  # it is over


def test_after_a_signal_no_measuring_begins(tmp_path):
    class Unseen(ToyScenes):
        def __getitem__(self, index):
            raise AssertionError("it was looked at")

    loss, _ = raising(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, loss=loss, validation=Unseen(2, 64), validate_every=3)
    assert read_checkpoint(tmp_path / "last.ckpt")["step"] == 3


def test_in_another_thread_signals_are_left_alone(handlers):
    seen = []

    def look(*_):
        seen.append(handled())

    thread = threading.Thread(target=lambda: seen.append(len(run(on_step=look)[1])))
    thread.start()
    thread.join()
    assert seen == [handlers] * STEPS + [STEPS]


class One:
    world_size = 1


class Two(One):
    """The other one of two processes was asked with SIGTERM."""

    world_size = 2
    device = "cpu"

    def all_reduce(self, number, reduce_op):
        assert reduce_op == "max"
        return torch.maximum(number, torch.tensor(int(signal.SIGTERM)))


def test_all_processes_get_the_signal_of_one(handlers):
    seen = []
    signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    with Stop(Two()) as stop:
        with stop.cutting_short():
            signal.raise_signal(signal.SIGINT)  # the others wait for the result
        assert stop.is_asked()
    assert seen == [signal.SIGTERM]
    assert handled() == handlers | {signal.SIGTERM: signal.getsignal(signal.SIGTERM)}
