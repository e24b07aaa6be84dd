"""What turns gradients into new weights, and how the learning rate moves."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from ssd_lib.arguments import check_count, check_number


class Optimization(NamedTuple):
    """An optimizer and the schedule of its learning rate."""

    optimizer: Optimizer
    schedule: LRScheduler


def parameter_groups(model: nn.Module, lr: float, weight_decay: float) -> list[dict]:
    """Caffe's two groups: biases learn twice as fast and do not decay.

    Args:
        model: any module.
        lr: learning rate of the weights.
        weight_decay: of the weights.

    References:
        ``model_libs.py`` of Caffe's SSD branch; the paper does not mention it.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    biases = [p for name, p in named if name.endswith("bias")]
    weights = [p for name, p in named if not name.endswith("bias")]
    return [
        {"params": weights, "lr": lr, "weight_decay": weight_decay},
        {"params": biases, "lr": 2 * lr, "weight_decay": 0.0},
    ]


def sgd(
    model: nn.Module,
    lr: float = 1e-3,
    milestones: Sequence[int] = (80_000, 100_000),
    warm_up: int = 0,
    momentum: float = 0.9,
    weight_decay: float = 5e-4,
    gamma: float = 0.1,
) -> Optimization:
    """The paper's optimizer, with its numbers for VOC 2007 and 2012.

    Args:
        model: whose parameters are to be learnt.
        lr: after the warm-up, before the first milestone.
        milestones: steps after which the learning rate is multiplied by ``gamma``.
        warm_up: steps over which it rises from nothing. The paper has none.
        momentum: share of the last change that is repeated.
        weight_decay: of weights, not of biases.
        gamma: at milestones.

    Raises:
        ValueError: if the milestones do not rise, the warm-up is negative, or ``lr`` is
            not positive and finite.
    """
    check_number("lr", lr, exclusive_minimum=True)
    if list(milestones) != sorted(set(milestones)):
        raise ValueError(f"milestones must rise, got {list(milestones)}")
    check_count("warm_up", warm_up, minimum=0)
    groups = parameter_groups(model, lr, weight_decay)
    optimizer = SGD(groups, lr=lr, momentum=momentum)

    def factor(step: int) -> float:
        rising = min((step + 1) / (warm_up + 1), 1.0)
        return rising * gamma ** sum(step >= milestone for milestone in milestones)

    return Optimization(optimizer, LambdaLR(optimizer, factor))


def adamw_one_cycle(
    model: nn.Module, num_steps: int, lr: float = 4e-3, weight_decay: float = 0.02
) -> Optimization:
    """AdamW, its learning rate rising once and falling to nothing: for short runs.

    Args:
        model: whose parameters are to be learnt.
        num_steps: length of the run; the learning rate is highest after a quarter, but
            not before the second step. A run of less than three steps is the
            beginning of one of three.
        lr: the highest.
        weight_decay: of weights, not of biases.

    Raises:
        ValueError: if ``num_steps`` is below 1, or ``lr`` is not positive and finite.
    """
    check_number("lr", lr, exclusive_minimum=True)
    check_count("num_steps", num_steps)
    groups = parameter_groups(model, lr, weight_decay)
    rates = [lr, lr]  # Adam scales each gradient, so biases need no rate of their own
    optimizer = AdamW(groups, lr=lr)
    length = max(num_steps, 3)
    rising = max(0.25, 2 / length)  # share of the run
    schedule = OneCycleLR(optimizer, rates, total_steps=length, pct_start=rising)
    return Optimization(optimizer, schedule)
