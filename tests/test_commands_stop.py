"""Signals to a command: one line, the right exit code, and no process left over."""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest
import torch

from ssd_lib.commands import main
from ssd_lib.commands.ending import Ended, signals_raised
from ssd_lib.train import read_log
from ssd_lib.train.checkpoint import read_checkpoint
from ssd_lib.workers import SIGNALS

needs_processes = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(),
    reason="the system lists no processes in /proc",
)


def command(arguments, folder):
    """Run one in a session of its own; what it says goes to files."""
    os.setsid()
    multiprocessing.set_start_method("fork", force=True)  # as in a program of its own
    for number in (1, 2):
        os.dup2(os.open(folder / f"out{number}", os.O_CREAT | os.O_WRONLY), number)
    torch.set_num_threads(1)
    sys.exit(main(arguments))


@pytest.fixture(scope="module")
def context():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ssd_lib.commands", "ssd_lib.model"])
    return context


@pytest.fixture
def training(context, tmp_path):
    """A run with two workers that has taken two steps, and the way to go on with it."""
    folder = tmp_path / "run"
    toy = "train --data toy --scenes 8 --batch-size 2 --steps 100000 --log-every 1"
    arguments = [*f"{toy} --workers 2 --device cpu".split(), "--folder", str(folder)]
    process = context.Process(target=command, args=(arguments, tmp_path))
    process.start()
    try:
        until(lambda: rows(folder) >= 2)
        yield process, folder
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()


def rows(folder):
    with contextlib.suppress(FileNotFoundError):
        return len(read_log(folder / "log.csv"))
    return 0


def until(is_so):
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def members(session):
    """The processes of a session that have not ended."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its = file.read_text().rpartition(")")[2].split()[:4]
            if int(its) == session and state != "Z":
                found.append(int(file.parent.name))
    return found


@needs_processes
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["alone", "group"])
@pytest.mark.parametrize("number", SIGNALS)
def test_training_ends_with_a_checkpoint_and_one_line(training, send, number):
    process, folder = training
    assert len(members(process.pid)) == 3
    send(process.pid, number)
    process.join(120)
    assert process.exitcode == 128 + number
    assert members(process.pid) == []
    path = folder / "last.ckpt"
    step = read_checkpoint(path)["step"]
    assert step >= 2
    [line] = (folder.parent / "out2").read_text().splitlines()
    assert line.startswith(f"stopped; {step} steps ")
    assert f"{path}" in line
    assert "--resume" in line
    assert [row["step"] for row in read_log(folder / "log.csv")][-1] == step


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_another_time_is_one_line(number, monkeypatch, capsys):
    handlers = {each: signal.getsignal(each) for each in SIGNALS}

    def run(*_):
        signal.raise_signal(number)

    monkeypatch.setattr("ssd_lib.commands.evaluate.run", run)
    assert main(["evaluate", "--weights", "w", "--data", "toy"]) == 128 + number
    assert capsys.readouterr().err == "stopped\n"
    assert handlers == {each: signal.getsignal(each) for each in SIGNALS}


def test_after_the_first_signal_the_next_one_ends_the_process():
    handlers = []

    def run():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            handlers.extend(map(signal.getsignal, SIGNALS))

    with pytest.raises(Ended), signals_raised():
        run()
    assert set(handlers) == {signal.SIG_DFL}


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with signals_raised():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
