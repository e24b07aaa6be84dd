"""The run that the chapter on training tells of, and what its stages cost on a CPU.

python tools/training_story.py run      data/runs/story.json: 1000 steps, looked at often
python tools/training_story.py stages   data/runs/stages_cpu.json: seconds and memory

A look measures mAP on 200 scenes that the network never learns from, counts the errors
by kind, and keeps what is said of three of the scenes. Each stage has a process of its
own, so that its memory is its own; it holds Python and PyTorch, too. Its seconds are
those of a core, so that other work on the machine does not count.
"""

import multiprocessing
import resource
import sys
import time

import replay
import torch
from recorded_runs import NUM_CLASSES, RUNS, SEEN, Kept, said_of

from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes
from ssd_lib.evaluate import count_errors, mean_average_precision
from ssd_lib.model import ssd_tiny
from ssd_lib.run_record import origin, write_record
from ssd_lib.train import adamw_one_cycle, fit
from ssd_lib.train.speed import Stepper, Switches
from ssd_lib.validate import detect_dataset

STEPS, BATCH, LR, SEED = 1000, replay.BATCH, replay.LR, replay.SEED
EARLY = (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 130, 160, 200, 250, 300, 350)
LOOKS = (*EARLY, *range(400, STEPS + 1, 100))
SIDE_PX = 128
PARTS = ("localization", "confidence")


class Watch:
    """Looks at a network while it learns."""

    def __init__(self):
        self.scenes, self.rows = Kept(200, seed=2), []

    def __call__(self, step, model):
        if step in LOOKS:
            seen = detect_dataset(model, self.scenes)
            value = mean_average_precision(*seen, NUM_CLASSES).mean
            self.rows.append(
                {
                    "step": step,
                    "map": round(value, 4),
                    "errors": count_errors(*seen)._asdict(),
                    "scenes": [said_of(model, self.scenes[k][0]) for k in SEEN],
                }
            )
            print(step, self.rows[-1]["map"], self.rows[-1]["errors"], flush=True)


def run():
    """The whole run, as the chapter's own cell begins it."""
    torch.manual_seed(SEED)
    model, watch = ssd_tiny(NUM_CLASSES), Watch()
    start = time.perf_counter()
    watch(0, model)
    log = replay.train(model, STEPS, watch)
    return {
        "seed": SEED,
        "steps": STEPS,
        "batch_size": BATCH,
        "lr": LR,
        "seconds": round(time.perf_counter() - start),
        "peak_mib": peak_mib(),
        "scenes": list(SEEN),
        "log": [{"step": row["step"], **{p: round(row[p], 4) for p in PARTS}} for row in log],
        "looks": watch.rows,
    }


def peak_mib():
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def overfit():
    """One batch of four scenes, again and again."""
    torch.manual_seed(0)
    model, scenes = ssd_tiny(NUM_CLASSES), Kept(4, transforms=evaluation_transform(SIDE_PX))
    options = {"num_workers": 0, "progress": False}
    fit(model, scenes, adamw_one_cycle(model, 80), 80, 4, **options)


def hundred_steps():
    """A hundred steps on scenes that are drawn as they are read."""
    torch.manual_seed(0)
    model = ssd_tiny(NUM_CLASSES)
    scenes = ToyScenes(20_000, transforms=evaluation_transform(SIDE_PX))
    options = {"num_workers": 0, "progress": False}
    fit(model, scenes, adamw_one_cycle(model, 100), 100, BATCH, **options)


def validation():
    """What mAP on 200 scenes of 128 pixels takes."""
    found = detect_dataset(ssd_tiny(NUM_CLASSES), ToyScenes(200, seed=2))
    mean_average_precision(*found, NUM_CLASSES)


def ssd300_step():
    """One step of SSD300, for its memory."""
    Stepper("ssd300", 4, "cpu", Switches()).step()


STAGES = {
    "one batch of 4 by heart, 80 steps": overfit,
    "100 steps of 16": hundred_steps,
    "mAP on 200 scenes": validation,
    "SSD300, a step of 4": ssd300_step,
}


def measured(name, queue):
    """In a process of its own: a stage's seconds on one core, and its memory."""
    start = time.process_time()
    STAGES[name]()
    seconds = time.process_time() - start
    queue.put({"name": name, "seconds": round(seconds, 2), "peak_mib": peak_mib()})


def stages():
    context, rows = multiprocessing.get_context("spawn"), []
    for name in STAGES:
        queue = context.Queue()
        child = context.Process(target=measured, args=(name, queue))
        child.start()
        rows.append(queue.get())
        child.join()
        print(rows[-1], flush=True)
    return {"rows": rows}


VERBS = {"run": (run, "story", "step"), "stages": (stages, "stages_cpu", "name")}


def main(verb):
    about = origin(f"python tools/training_story.py {verb}")
    found, name, row_key = VERBS[verb]
    write_record(RUNS / f"{name}.json", about | found(), row_key=row_key)


if __name__ == "__main__":
    main(sys.argv[1])
