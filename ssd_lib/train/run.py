"""What surrounds the steps of a run: its folder, checkpoint, log, and end."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout
from lightning_fabric import Fabric
from tqdm.auto import tqdm

from ssd_lib.model import SSD
from ssd_lib.samples import Batch
from ssd_lib.train.checkpoint import load_checkpoint, save_checkpoint
from ssd_lib.train.log import Log
from ssd_lib.train.optimizers import Optimization
from ssd_lib.train.step import Diverged
from ssd_lib.train.stop import Stop

CHECKPOINT = "last.ckpt"


@contextlib.contextmanager
def alone_in(folder: Path | None, fabric: Fabric) -> Iterator[None]:
    """Keep other runs out of a folder, which is made; the first process does it for all.

    The lock goes when the process does, however it ends.

    Raises:
        RuntimeError: if another run is at work there.
        OSError: if the folder cannot be written.
    """
    lock, trouble = None, None
    if folder and fabric.is_global_zero:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / ".lock", timeout=0, is_singleton=True)
            lock.acquire()
        except Timeout:
            trouble = RuntimeError(
                f"{folder} must have no other run at work, got one: let it end, or "
                "choose another folder"
            )
        except OSError as error:
            trouble = error
    trouble = fabric.broadcast(trouble)
    if trouble:
        raise trouble
    try:
        yield
    finally:
        if lock:
            lock.release()


class Run:
    """The state of a run and what is kept of it; used with ``with``.

    Args:
        folder: for checkpoint and log; None keeps nothing.
        fabric: of its processes; the first one writes.
        model: whose weights are kept.
        optimization: its optimizer and schedule.
        run_config: what a checkpoint must have in common with this run.
        progress: show a bar, and say when a signal was heard.
    """

    def __init__(
        self,
        folder: str | Path | None,
        fabric: Fabric,
        model: SSD,
        optimization: Optimization,
        run_config: Mapping[str, Any] | None = None,
        *,
        progress: bool = True,
    ) -> None:
        self.fabric, self.model, self.optimization = fabric, model, optimization
        self.run_config = run_config
        self.folder = Path(folder) if folder else None
        self.checkpoint = self.folder / CHECKPOINT if self.folder else None
        self.progress = progress and fabric.is_global_zero
        self.stop = Stop(fabric, tell=self.progress)
        self.step = 0  # how many have been taken
        self.saved = 0  # those that the checkpoint knows
        self.log = Log(None)
        self._around = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Take the signals over, and the folder."""
        with contextlib.ExitStack() as around:
            around.enter_context(self.stop)
            around.enter_context(alone_in(self.folder, self.fabric))
            self._around = around.pop_all()
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, at: TracebackType | None
    ) -> bool | None:
        """Close the log, leave the folder, and let the signal through."""
        if isinstance(error, Diverged):
            error.args = (self._divergence_message(error),)
        try:
            return self._around.__exit__(kind, error, at)
        except KeyboardInterrupt as stop:
            place = f" and kept in {self.checkpoint}" if self.saved else ""
            stop.add_note(f"{self.step} steps are done{place}")
            raise

    def begin(self, *, resume: bool) -> int:
        """Read the checkpoint, if it is there and asked for, and open the log."""
        if resume and self.checkpoint and self.checkpoint.exists():
            self.step = load_checkpoint(
                self.checkpoint, self.model, *self.optimization, self.run_config
            )
            self.saved = self.step
        self.log = Log(self.folder if self.fabric.is_global_zero else None, self.step)
        self._around.callback(self.log.close)
        return self.step

    def steps(self, num_steps: int, loader: Iterable[Batch]) -> Iterator[tuple[int, Batch]]:
        """The number of each step that is left, and its batch; with a bar.

        It ends early when a signal asks for it. The last step is kept in any case.
        """
        disable = None if self.progress else True  # None: only on a terminal
        batches = iter(loader)
        with tqdm(total=num_steps, initial=self.step, unit="step", disable=disable) as bar:
            while self.step < num_steps and not self.stop.is_asked():
                batch = self._next(batches)
                if batch is None:
                    break
                yield self.step + 1, batch
                self.step += 1
                bar.update()
        self.save(self.step)

    def save(self, step: int) -> None:
        """Write the checkpoint, unless it is that of this step."""
        if not self.checkpoint or step == self.saved:
            return
        if self.fabric.is_global_zero:
            self.checkpoint.parent.mkdir(parents=True, exist_ok=True)  # it may have been removed
            save_checkpoint(self.checkpoint, self.model, *self.optimization, step, self.run_config)
        self.fabric.barrier()
        self.saved = step

    def _next(self, batches: Iterator[Batch]) -> Batch | None:
        """The next batch, or None if a signal came instead."""
        try:
            batch = next(batches)
        except RuntimeError:
            if self.stop.number:  # it ended a worker, too
                return None
            raise
        return None if self.stop.number and self.fabric.world_size == 1 else batch

    def _divergence_message(self, error: Diverged) -> str:
        rate = self.optimization.schedule.get_last_lr()[0]
        text = f"{error} at step {self.step + 1}, learning rate {rate:.2g}"
        if self.saved:
            text += f"; the last good checkpoint is {self.checkpoint}"
        return text
