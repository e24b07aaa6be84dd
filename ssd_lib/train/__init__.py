"""Training: one step, the loop around it, and checkpoints that survive."""

from ssd_lib.train.checkpoint import load_checkpoint, save_checkpoint
from ssd_lib.train.log import read_log
from ssd_lib.train.loop import fit
from ssd_lib.train.optimizers import Optimization, adamw_one_cycle, sgd
from ssd_lib.train.step import Diverged, training_step

__all__ = [
    "Diverged",
    "Optimization",
    "adamw_one_cycle",
    "fit",
    "load_checkpoint",
    "read_log",
    "save_checkpoint",
    "sgd",
    "training_step",
]
