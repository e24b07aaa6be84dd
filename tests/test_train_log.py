"""The log: rows that come back, on a disk that is full as on one that is not."""

import contextlib
import errno
import os
import resource
import signal
import warnings

import pytest

from ssd_lib.train import read_log
from ssd_lib.train.log import Log


def test_the_log_drops_rows_that_will_come_again_and_half_a_row(tmp_path):
    log = Log(tmp_path)
    for step in (10, 20, 30):
        log.add(step=step, lr=0.1)
    with log.path.open("a") as file:
        file.write("40,0.1,0.")  # the process was killed here
    assert [row["step"] for row in read_log(log.path)] == [10, 20, 30]
    again = Log(tmp_path, step=20)
    again.add(step=30, map=0.5)
    assert read_log(log.path)[1:] == [{"step": 20, "lr": 0.1}, {"step": 30, "map": 0.5}]


@contextlib.contextmanager
def full_disk(room):
    """No file may grow beyond so many bytes; what is warned of meanwhile."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    told = []
    try:
        with warnings.catch_warnings(record=True, action="always") as caught:
            yield told
        told += [str(warning.message) for warning in caught]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_log_that_cannot_be_written_is_caught_up_with(tmp_path):
    log = Log(tmp_path)
    log.add(step=1, lr=0.1)
    with full_disk(log.path.stat().st_size + 3) as told:
        for step in (2, 3, 4):
            log.add(step=step, lr=0.1)
    assert told == [
        f"{log.path} cannot be written: File too large; what was there is kept; "
        "training goes on, and the rows are written when they can be"
    ]
    assert [row["step"] for row in read_log(log.path)] == [1]
    log.add(step=5, lr=0.1)
    log.add(step=6, lr=0.1)
    log.close()
    assert [row["step"] for row in read_log(log.path)] == [1, 2, 3, 4, 5, 6]


def test_a_log_that_could_never_be_written_is_told_at_the_end(tmp_path):
    log = Log(tmp_path)
    with full_disk(log.path.stat().st_size) as told:
        log.add(step=2, lr=0.1)
        log.close()
    assert len(told) == 2
    assert told[1].endswith("what was there is kept; its last rows are lost")


def test_a_log_that_was_removed_is_written_again(tmp_path):
    log = Log(tmp_path)
    log.add(step=1, lr=0.1)
    log.path.unlink()
    log.add(step=2, lr=0.1)
    assert [row["step"] for row in read_log(log.path)] == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr\n0.1\n", "line 2 must have a step and numbers: "),
        ("step,lr\n1,0.1\nx,0.1\n", "line 3 must have a step .*'x'"),
        ("step,lr\n1.5,0.1\n", "line 2 must have a step .*'1.5'"),
        ("step,lr\n1,fast\n", "line 2 must have a step and numbers: .*'fast'"),
        ("step,lr\n1,0.1,5\n", "line 2: it must have 2 values, got more"),
        ("step,lr\n\0,1\n", ""),
        (b"step,lr\n\xff,1\n", "'utf-8' codec"),
    ],
)
def test_a_damaged_log_is_told_with_its_line(tmp_path, text, message):
    path = tmp_path / "log.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=f"log.csv cannot be read as a log: {message}"):
        read_log(path)


@pytest.mark.parametrize("rest", ["", "step,lr\n", "step,lr\n1,0.1"])
def test_a_log_without_a_whole_row_has_none(tmp_path, rest):
    (tmp_path / "log.csv").write_text(rest)
    assert read_log(tmp_path / "log.csv") == []


def test_a_killed_start_leaves_the_old_log(tmp_path, monkeypatch):
    log = Log(tmp_path)
    log.add(step=1, lr=0.1)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        Log(tmp_path, step=1)
    assert [row["step"] for row in read_log(log.path)] == [1]


def test_a_tensorboard_that_fails_is_left_out(tmp_path, monkeypatch):
    class Board:
        def add_scalar(self, *_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("ssd_lib.train.log._tensorboard", lambda _: Board())
    log = Log(tmp_path)
    with pytest.warns(UserWarning, match="no more for TensorBoard: .*No space left on device"):
        log.add(step=5, lr=0.1)
    log.add(step=6, lr=0.1)
    log.close()
    assert [row["step"] for row in read_log(log.path)] == [5, 6]


def test_tensorboard_gets_the_same_rows_if_it_is_there(tmp_path, monkeypatch):
    seen = []

    class Board:
        def add_scalar(self, *row):
            seen.append(row)

        def close(self):
            seen.append("closed")

    monkeypatch.setattr("ssd_lib.train.log._tensorboard", lambda _: Board())
    log = Log(tmp_path)
    log.add(step=5, lr=0.1)
    log.close()
    assert seen == [("step", 5, 5), ("lr", 0.1, 5), "closed"]
