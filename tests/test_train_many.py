"""Two processes learn what one does from the joined batch."""

import copy

import pytest
import torch
from lightning_fabric import Fabric
from small_ssd import small_scenes, small_ssd
from torch import nn

from ssd_lib.data import collate
from ssd_lib.loss import multibox_loss
from ssd_lib.samples import Batch
from ssd_lib.train import Diverged, adamw_one_cycle, fit, training_step


def batch(case):
    """Four images; the second half without objects, or all of them."""
    scenes = small_scenes()
    whole = collate([scenes[i] for i in range(4)])
    if case == "full":
        return whole
    boxes, labels = list(whole.gt_boxes), list(whole.gt_labels)
    kept = {"half": 2, "one": 0, "empty": 0}[case]
    for i in range(kept, 4):
        boxes[i], labels[i] = boxes[i][:0], labels[i][:0]
    if case == "one":  # one small object: a single positive among two processes
        boxes[3] = torch.tensor([[0.1, 0.1, 0.2, 0.2]])
        labels[3] = torch.tensor([2])
    return Batch(whole.images, boxes, labels)


CASES = ("full", "half", "one", "empty")


def steps_on(fabric, path):
    results = {case: step_on(fabric, case) for case in CASES}
    if fabric.is_global_zero:
        torch.save(results, path)


def step_on(fabric, case):
    model = small_ssd()
    wrapped, optimizer = fabric.setup(model, torch.optim.SGD(model.parameters(), lr=1.0))
    whole = batch(case)
    share = 4 // fabric.world_size
    mine = slice(fabric.global_rank * share, (fabric.global_rank + 1) * share)
    loss = training_step(fabric, wrapped, optimizer, Batch(*(part[mine] for part in whole)))
    gradients = [p.grad for p in model.parameters()]
    return {"loss": torch.stack(loss), "gradients": gradients}


@pytest.fixture
def fabrics():
    return (
        Fabric(accelerator="cpu", devices=1),
        Fabric(accelerator="cpu", devices=2, strategy="ddp_spawn"),
    )


@pytest.mark.slow
def test_the_gradient_is_that_of_one_process(fabrics, tmp_path):
    results = []
    for fabric in fabrics:
        fabric.launch(steps_on, tmp_path / "results.pt")
        results.append(torch.load(tmp_path / "results.pt"))
    for case in CASES:
        one, two = (result[case] for result in results)
        assert one["loss"].sum() > 0 or case == "empty"
        torch.testing.assert_close(two["loss"], one["loss"])
        for ours, theirs in zip(two["gradients"], one["gradients"], strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-4)


def poisoned_on(fabric, folder):
    """One process alone meets a number that is not finite; keep what each does."""
    result = {what: poisoned(fabric, what) for what in ("image", "gradient")}
    torch.save(result, folder / str(fabric.global_rank))


def poisoned(fabric, what):
    model = small_ssd()
    model.features.conv = nn.Sequential(model.features.conv, nn.BatchNorm2d(6))
    wrapped, optimizer = fabric.setup(model, torch.optim.SGD(model.parameters(), lr=1.0))
    mine, second = batch("full"), fabric.global_rank == 1
    if what == "image" and second:
        mine = mine._replace(images=mine.images * torch.inf)

    def loss(*arguments):
        parts = multibox_loss(*arguments)
        steep = (0 * arguments[0]).sum().sqrt()  # 0, with an infinite slope
        return parts._replace(confidence=parts.confidence + second * steep)

    before = copy.deepcopy(model.state_dict())
    with pytest.raises(Diverged) as raised:
        training_step(
            fabric, wrapped, optimizer, mine, loss=loss if what == "gradient" else multibox_loss
        )
    after = model.state_dict()
    changed = [name for name in before if not torch.equal(after[name], before[name])]
    return str(raised.value), changed


@pytest.mark.slow
def test_all_processes_refuse_a_step_that_one_of_them_cannot_take(fabrics, tmp_path):
    fabrics[1].launch(poisoned_on, tmp_path)
    first, second = (torch.load(tmp_path / rank) for rank in "01")
    assert first == second
    assert "the loss must be finite" in first["image"][0]
    assert "gradient must be finite" in first["gradient"][0]
    assert first["image"][1] == first["gradient"][1] == []


def fit_on(fabric, folder):
    model = small_ssd()
    rows = fit(
        model,
        small_scenes(),
        adamw_one_cycle(model, 6),
        6,
        4,
        fabric=fabric,
        folder=folder,
        num_workers=0,
        progress=False,
        log_every=1,
        validation=None,
    )
    if fabric.is_global_zero:
        torch.save({"weights": model.state_dict(), "rows": rows}, folder / "result.pt")


@pytest.mark.slow
def test_a_whole_run_gives_the_same_weights_and_one_log(fabrics, tmp_path):
    results = []
    for name, fabric in zip(("one", "two"), fabrics, strict=True):
        (tmp_path / name).mkdir()
        fabric.launch(fit_on, tmp_path / name)
        results.append(torch.load(tmp_path / name / "result.pt"))
    one, two = results
    for name, value in one["weights"].items():
        torch.testing.assert_close(two["weights"][name], value, atol=1e-5, rtol=1e-3)
    losses = [[row["confidence"] for row in result["rows"]] for result in results]
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
