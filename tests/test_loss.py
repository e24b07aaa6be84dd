"""The loss against loops over plain numbers, against torchvision, and on the edges."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_ssd import LAYOUT, SmallFeatures, small_scenes, small_ssd
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.ssd import SSD as TorchvisionSSD
from torchvision.ops import sigmoid_focal_loss

from ssd_lib.boxes import cxcywh_to_xyxy
from ssd_lib.data import collate
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.loss import (
    batch_loss,
    focal_loss,
    hard_negatives,
    multibox_focal_loss,
    multibox_loss,
)
from ssd_lib.matching import match
from ssd_lib.model import SSD
from ssd_lib.targets import encode_targets


def log_softmax(row):
    largest = max(row)
    total = sum(math.exp(value - largest) for value in row)
    return [value - largest - math.log(total) for value in row]


def loop_loss(offsets, logits, target_offsets, target_labels, ratio=3):
    """Equations 1 to 3 and hard negative mining, number by number in float64."""
    localization = confidence = 0.0
    positives = 0
    for i, labels in enumerate(target_labels.tolist()):
        background, mine = [], 0
        for p, label in enumerate(labels):
            log_p = log_softmax(logits[i, p].double().tolist())
            if label == 0:
                background.append(-log_p[0])
                continue
            mine += 1
            confidence -= log_p[label]
            for a, b in zip(offsets[i, p].tolist(), target_offsets[i, p].tolist(), strict=True):
                d = abs(a - b)
                localization += 0.5 * d * d if d < 1 else d - 0.5
        confidence += sum(sorted(background, reverse=True)[: int(ratio * mine)])
        positives += mine
    n = max(1, positives)
    return localization / n, confidence / n


def random_case(B, P, C, share, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(1, C, (B, P), generator=generator)
    labels[torch.rand(B, P, generator=generator) > share] = 0
    return (
        2 * torch.randn(B, P, 4, generator=generator),
        3 * torch.randn(B, P, C, generator=generator),
        2 * torch.randn(B, P, 4, generator=generator),
        labels,
    )


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("ratio", [0, 1.5, 3, 100])
def test_random_batches_give_what_the_loops_give(share, ratio):
    for seed in range(8):
        case = random_case(1 + seed % 3, 20 + seed, 2 + seed, share, seed)
        ours = multibox_loss(*case, ratio=ratio)
        wanted = loop_loss(*case, ratio=ratio)
        assert [x.item() for x in ours] == pytest.approx(wanted, rel=1e-5)


def test_torchvision_says_the_same_where_there_are_negatives_enough():
    generator = torch.Generator().manual_seed(0)
    boxes = default_boxes(SSD300_VOC)
    gt = [
        torch.tensor([[0.1, 0.1, 0.5, 0.6], [0.4, 0.3, 0.9, 0.8]]),
        torch.tensor([[0.2, 0.5, 0.35, 0.7]]),
    ]
    labels = [torch.tensor([3, 7]), torch.tensor([20])]
    offsets = torch.randn(2, 8732, 4, generator=generator)
    logits = torch.randn(2, 8732, 21, generator=generator)
    anchors = [cxcywh_to_xyxy(boxes)] * 2
    theirs = TorchvisionSSD.compute_loss(
        SimpleNamespace(box_coder=BoxCoder((10.0, 10.0, 5.0, 5.0)), neg_to_pos_ratio=3),
        [{"boxes": b, "labels": n} for b, n in zip(gt, labels, strict=True)],
        {"bbox_regression": offsets, "cls_logits": logits},
        anchors,
        [match(b, anchors[0]) for b in gt],
    )
    ours = multibox_loss(offsets, logits, *encode_targets(gt, labels, boxes))
    assert_close(ours.localization, theirs["bbox_regression"], rtol=1e-5, atol=0)
    assert_close(ours.confidence, theirs["classification"], rtol=1e-5, atol=0)


def test_when_negatives_run_out_each_counts_once():
    """Positives would be counted a second time by torchvision here."""
    case = random_case(1, 12, 4, 0.5, 0)
    all_of_them = torch.nn.functional.cross_entropy(case[1][0], case[3][0], reduction="sum")
    ours = multibox_loss(*case, ratio=3)
    assert_close(ours.confidence, all_of_them / (case[3] > 0).sum())


@pytest.mark.parametrize("empty", [[0], [0, 1]])
def test_images_without_objects_give_finite_gradients(empty):
    offsets, logits, target_offsets, labels = random_case(2, 30, 5, 0.2, 1)
    labels[empty] = 0
    offsets.requires_grad_()
    logits.requires_grad_()
    loss = multibox_loss(offsets, logits, target_offsets, labels)
    (loss.localization + loss.confidence).backward()
    assert (offsets.grad[empty] == 0).all()
    assert (logits.grad[empty] == 0).all()
    assert logits.grad.isfinite().all()
    if len(empty) == 2:
        assert loss == (0, 0)
    else:
        assert logits.grad[1].abs().sum() > 0


def test_nothing_at_all():
    loss = multibox_loss(
        torch.zeros(0, 5, 4),
        torch.zeros(0, 5, 3),
        torch.zeros(0, 5, 4),
        torch.zeros(0, 5, dtype=torch.int64),
    )
    assert loss == (0, 0)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_nan_in_the_logits_stays_nan(share):
    case = random_case(2, 30, 5, share, 2)
    case[1][1, 7, 2] = math.nan
    assert multibox_loss(*case).confidence.isnan()


def test_nan_in_a_positives_offset_stays_nan():
    case = random_case(1, 30, 5, 1.0, 2)
    case[0][0, 3, 1] = math.nan
    assert multibox_loss(*case).localization.isnan()


@pytest.mark.parametrize("value", [200.0, 1e4])
def test_huge_logits_stay_finite(value):
    case = random_case(2, 40, 5, 0.2, 3)
    logits = (case[1].sign() * value).requires_grad_()
    loss = multibox_loss(case[0], logits, *case[2:])
    loss.confidence.backward()
    assert loss.confidence.isfinite()
    assert logits.grad.isfinite().all()


def test_a_background_that_cannot_be_is_infinitely_wrong_and_not_nan():
    case = random_case(1, 40, 5, 0.2, 3)
    case[1][0, int((case[3][0] == 0).nonzero()[0]), 0] = -math.inf
    assert multibox_loss(*case).confidence == math.inf


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype):
    case = random_case(2, 50, 6, 0.2, 4)
    halves = [case[0].to(dtype), case[1].to(dtype), case[2], case[3]]
    wanted = multibox_loss(halves[0].float(), halves[1].float(), *case[2:])
    for autocast in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            low = multibox_loss(*halves)
        assert low.confidence.dtype == low.localization.dtype == torch.float32
        assert_close(low.confidence, wanted.confidence)
        assert_close(low.localization, wanted.localization)


def test_a_number_of_positives_from_outside_divides():
    case = random_case(2, 50, 6, 0.2, 5)
    mine = (case[3] > 0).sum()
    usual, half = multibox_loss(*case), multibox_loss(*case, num_positives=2 * mine)
    assert_close(half.confidence, usual.confidence / 2)
    assert_close(half.localization, usual.localization / 2)
    assert_close(multibox_loss(*case, num_positives=0).confidence, usual.confidence * mine)


batches = st.tuples(
    st.integers(1, 4), st.integers(1, 40), st.sampled_from([0, 0.1, 0.4, 1]), st.integers(0, 1000)
)


@given(batches, st.sampled_from([0, 0.5, 1, 3, 7]))
def test_negatives_are_as_many_as_asked_the_worst_and_never_a_positive(batch, ratio):
    B, P, share, seed = batch
    generator = torch.Generator().manual_seed(seed)
    positive = torch.rand(B, P, generator=generator) < share
    loss = torch.rand(B, P, generator=generator)
    negative = hard_negatives(loss, positive, ratio)
    assert not (negative & positive).any()
    for i in range(B):
        count = int(positive[i].sum())
        assert negative[i].sum() == min(int(ratio * count), P - count)
        left = ~negative[i] & ~positive[i]
        if negative[i].any() and left.any():
            assert loss[i][negative[i]].min() >= loss[i][left].max()


@given(batches)
def test_the_order_of_images_and_boxes_does_not_matter(batch):
    B, P, share, seed = batch
    case = random_case(B, P, 4, share, seed)
    generator = torch.Generator().manual_seed(seed)
    images = torch.randperm(B, generator=generator)
    boxes = torch.randperm(P, generator=generator)
    first = multibox_loss(*case)
    second = multibox_loss(*(x[images][:, boxes] for x in case))
    assert_close(first.localization, second.localization, rtol=1e-4, atol=1e-5)
    assert_close(first.confidence, second.confidence, rtol=1e-4, atol=1e-5)


def test_equal_losses_still_give_the_right_number():
    positive = torch.zeros(2, 100, dtype=torch.bool)
    positive[0, :5] = positive[1, 7] = True
    negative = hard_negatives(torch.ones(2, 100), positive)
    assert negative.sum(dim=1).tolist() == [15, 3]
    assert torch.equal(negative, hard_negatives(torch.ones(2, 100), positive))


def test_arguments_are_left_as_they_were():
    case = random_case(2, 30, 5, 0.3, 6)
    before = [x.clone() for x in case]
    multibox_loss(*case)
    hard_negatives(case[0][..., 0], case[3] > 0)
    assert all(torch.equal(a, b) for a, b in zip(case, before, strict=True))


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
def test_focal_loss_with_two_classes_is_torchvisions_with_one_sigmoid(gamma):
    _, logits, _, labels = random_case(2, 60, 2, 0.2, 7)
    logits[..., 0] = 0  # softmax of (0, x) is sigmoid(x)
    theirs = sigmoid_focal_loss(
        logits[..., 1], labels.float(), alpha=0.25, gamma=gamma, reduction="sum"
    )
    assert_close(focal_loss(logits, labels, gamma=gamma), theirs / labels.sum())


def test_focal_loss_without_gamma_is_half_the_cross_entropy():
    _, logits, _, labels = random_case(2, 60, 5, 0.2, 8)
    entropy = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), reduction="sum"
    )
    found = focal_loss(logits, labels, alpha=0.5, gamma=0, num_positives=1)
    assert_close(found, entropy / 2)


SCORES = {  # of the first of three classes: logits that give it
    "exactly 1": [1000.0, 0.0, 0.0],
    "nearly 1": [16.6, 0.0, 0.0],
    "a third": [0.0, 0.0, 0.0],
    "nearly 0": [-60.0, 0.0, 0.0],
    "exactly 0": [-1000.0, 0.0, 0.0],
    "0, by infinity": [-math.inf, 0.0, 0.0],
    "1, by infinity": [20.0, -math.inf, -math.inf],
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("row", SCORES.values(), ids=SCORES)
def test_focal_loss_has_a_finite_gradient_at_every_score(row, dtype):
    """The slope of a power below 1 is infinite at 0, where a score of 1 leads."""
    for gamma in (0, 1e-6, 0.25, 0.5, 0.99, 1, 1.5, 2, 5, 1000):
        logits = torch.tensor([[row, row]], dtype=dtype, requires_grad=True)
        loss = focal_loss(logits, torch.tensor([[0, 1]]), gamma=gamma)
        loss.backward()
        assert not loss.isnan(), gamma
        assert logits.grad.isfinite().all(), gamma


@given(
    st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3),
    st.floats(0, 1000),
    st.integers(0, 2),
)
def test_focal_loss_and_its_gradient_are_those_of_the_formula(row, gamma, label):
    ours = torch.tensor([[row]], requires_grad=True)
    loss = focal_loss(ours, torch.tensor([[label]]), gamma=gamma, num_positives=1)
    loss.backward()
    exact = torch.tensor(row, dtype=torch.float64, requires_grad=True)
    log_p = exact.log_softmax(dim=0)[label]
    weight = 0.25 if label else 0.75
    wanted = -weight * (-log_p.expm1()) ** gamma * log_p
    assert_close(loss.double(), wanted, rtol=1e-3, atol=1e-5)
    assert ours.grad.isfinite().all()
    if log_p < -1e-6:  # the formula's own gradient is NaN where the score is 1
        wanted.backward()
        assert_close(ours.grad[0, 0].double(), exact.grad, rtol=1e-2, atol=1e-4)


def mined(offsets, logits, target_offsets, labels, **options):
    return multibox_loss(offsets, logits, target_offsets, labels, **options)


def focal(_, logits, __, labels, **options):
    return focal_loss(logits, labels, **options)


both = pytest.mark.parametrize("function", [mined, focal, multibox_focal_loss])


@pytest.mark.parametrize(
    ("index", "shape", "message"),
    [
        (0, (2, 9, 5), r"offsets must fit .* \[2, 9\], got \[2, 9, 5\]"),
        (1, (2, 8, 3), r"logits must fit .* got \[2, 8, 3\]"),
        (1, (), r"logits must fit .* got \[\]"),
        (2, (2, 4), r"target_offsets must fit .* got \[2, 4\]"),
        (3, (2,), r"offsets must fit .* \[2\]"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(index, shape, message):
    case = list(random_case(2, 9, 3, 0.3, 0))
    case[index] = torch.zeros(shape, dtype=case[index].dtype)
    with pytest.raises(ValueError, match=message):
        multibox_loss(*case)


def test_the_focal_loss_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"logits must fit .* \[2, 8\], got \[2, 9, 3"):
        focal_loss(torch.zeros(2, 9, 3), torch.zeros(2, 8, dtype=torch.int64))


@both
@pytest.mark.parametrize("label", [-1, -100, 4, 5, 2**40])
def test_a_label_that_is_no_class_is_refused(function, label):
    case = random_case(2, 9, 4, 0.3, 0)
    case[3][1, 4] = label
    with pytest.raises(ValueError, match=f"target_labels must be 0 to 3, got {label}$"):
        function(*case)


@both
@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.float32, torch.bool])
def test_labels_of_another_dtype_are_refused(function, dtype):
    case = list(random_case(2, 9, 4, 0.3, 0))
    case[3] = case[3].to(dtype)
    with pytest.raises(ValueError, match=f"target_labels must be int64, got {dtype}"):
        function(*case)


@both
def test_logits_that_are_no_floats_are_refused(function):
    case = list(random_case(2, 9, 4, 0.3, 0))
    case[1] = case[1].long()
    with pytest.raises(ValueError, match="logits must be floating-point, got"):
        function(*case)


@both
@pytest.mark.parametrize(
    ("count", "message"),
    [
        (-1, "num_positives must be finite and at least 0, got -1"),
        (math.nan, "num_positives must be finite .* got nan"),
        (True, "num_positives must be finite .* got True"),
        ("3", "num_positives must be finite .* got '3'"),
        (torch.tensor(-2), "num_positives must be finite .* got -2"),
        (torch.tensor(math.nan), "num_positives must be finite .* got nan"),
        (torch.tensor(math.inf), "num_positives must be finite .* got inf"),
        (torch.tensor([2, 3]), r"num_positives must be one number, got \[2\]"),
    ],
)
def test_a_number_of_positives_that_is_none_is_refused(function, count, message):
    with pytest.raises(ValueError, match=message):
        function(*random_case(2, 9, 4, 0.3, 0), num_positives=count)


@pytest.mark.parametrize("function", [focal, multibox_focal_loss])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gamma": -0.5}, "gamma must be from 0 to 1000, got -0.5"),
        ({"gamma": math.nan}, "gamma must be .* got nan"),
        ({"gamma": math.inf}, "gamma must be .* got inf"),
        ({"gamma": True}, "gamma must be .* got True"),
        ({"alpha": -0.1}, "alpha must be from 0 to 1, got -0.1"),
        ({"alpha": 1.1}, "alpha must be from 0 to 1, got 1.1"),
        ({"alpha": math.nan}, "alpha must be .* got nan"),
    ],
)
def test_weights_that_make_no_sense_are_refused(function, options, message):
    with pytest.raises(ValueError, match=message):
        function(*random_case(2, 9, 4, 0.3, 0), **options)


@both
@pytest.mark.parametrize("count", [None, 3.0, torch.tensor(3.0).double()])
def test_the_loss_is_float32_whatever_the_default(function, count):
    case = [x.double() if x.is_floating_point() else x for x in random_case(2, 9, 4, 0.3, 0)]
    torch.set_default_dtype(torch.float64)
    try:
        loss = function(*case, num_positives=count)
    finally:
        torch.set_default_dtype(torch.float32)
    parts = [loss] if isinstance(loss, torch.Tensor) else loss
    assert [part.dtype for part in parts] == [torch.float32] * len(parts)


class Waits(TorchDispatchMode):
    """Counts what a GPU would have to be waited for."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.name().removeprefix("aten::").partition(".")[0]
        masks = [
            x
            for x in (args[1] if name in ("index", "index_put") else ())
            if x is not None and x.dtype == torch.bool
        ]
        self.count += len(masks) + (name in ("nonzero", "_local_scalar_dense"))
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize(("function", "most"), [(mined, 4), (multibox_focal_loss, 5)])
def test_a_gpu_is_seldom_waited_for(function, most, monkeypatch):
    """A look at a value is a wait; so is an index whose length must be known."""
    case = random_case(2, 50, 4, 0.3, 0)
    case[0].requires_grad_()
    case[1].requires_grad_()
    looks, tolist = [], torch.Tensor.tolist
    monkeypatch.setattr(torch.Tensor, "tolist", lambda x: looks.append(x) or tolist(x))
    with Waits() as waits:
        sum(function(*case)).backward()
    assert 0 < waits.count + len(looks) <= most


@pytest.mark.parametrize(
    ("loss", "positive", "ratio", "message"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 4) > 0, 3, r"\[2, 3\] and \[2, 4\]"),
        (torch.zeros(3), torch.zeros(3) > 0, 3, r"must be \[B, P\]"),
        (
            torch.zeros(2, 3),
            torch.zeros(2, 3),
            3,
            "is_positive must be bool, got torch",
        ),
        *(
            (torch.zeros(2, 3), torch.zeros(2, 3) > 0, ratio, message)
            for ratio, message in (
                (-1, "ratio must be finite and at least 0, got -1"),
                (math.inf, "ratio must be finite .* got inf"),
                (math.nan, "ratio must be finite .* got nan"),
                (1e308, "ratio must be finite .* got 1e\\+308"),
                (True, "ratio must be finite .* got True"),
                ("3", "ratio must be finite .* got '3'"),
            )
        ),
    ],
)
def test_mining_refuses_what_cannot_be_right(loss, positive, ratio, message):
    with pytest.raises(ValueError, match=message):
        hard_negatives(loss, positive, ratio)


@pytest.mark.parametrize("ratio", [100, 1e9, 1e30, 3e38, 10**30])
def test_a_huge_ratio_takes_all_negatives(ratio):
    positive = torch.zeros(3, 100, dtype=torch.bool)
    positive[0, :5] = positive[1, 7] = True
    negative = hard_negatives(torch.rand(3, 100), positive, ratio)
    assert negative.sum(dim=1).tolist() == [95, 99, 0]
    assert not (negative & positive).any()


def test_the_focal_multibox_loss_is_the_place_of_one_and_the_classes_of_the_other():
    torch.manual_seed(0)
    offsets, targets, logits = (torch.randn(2, 7, n) for n in (4, 4, 3))
    labels = torch.tensor([[0, 2, 0, 0, 1, 0, 0], [0] * 7])
    both = multibox_focal_loss(offsets, logits, targets, labels, gamma=1.5)
    place = multibox_loss(offsets, logits, targets, labels).localization
    assert_close(both.localization, place)
    assert_close(both.confidence, focal_loss(logits, labels, gamma=1.5))
    half = multibox_focal_loss(offsets, logits, targets, labels, num_positives=4)
    assert_close(half.localization, place / 2)


def test_background_alone_teaches_the_focal_loss():
    logits = torch.zeros(1, 5, 3, requires_grad=True)
    nothing = torch.zeros(1, 5, dtype=torch.int64)
    loss = multibox_focal_loss(torch.zeros(1, 5, 4), logits, torch.zeros(1, 5, 4), nothing)
    sum(loss).backward()
    assert loss.localization == 0
    assert logits.grad.ne(0).all()


# The loss of a batch


def batch_of(count=3):
    scenes = small_scenes(count)
    return collate([scenes[i] for i in range(count)])


@pytest.mark.parametrize("variances", [(0.1, 0.2), (1.0, 0.5)])
def test_the_loss_of_a_batch_is_that_of_its_targets(variances):
    torch.manual_seed(0)
    model, batch = SSD(SmallFeatures(), replace(LAYOUT, variances=variances), 9), batch_of()
    loss = batch_loss(model, batch)
    targets = encode_targets(
        batch.gt_boxes, batch.gt_labels, model.default_boxes, variances=variances
    )
    assert loss == multibox_loss(*model(batch.images), *targets)
    loss.localization.backward()
    assert model.features.conv.weight.grad.abs().max() > 0


def test_positives_of_other_processes_count_and_another_loss_can_be_taken():
    model, batch = small_ssd(), batch_of()
    alone = batch_loss(model, batch)
    shared = batch_loss(model, batch, sum_over_ranks=lambda count: 4 * count)
    assert_close(torch.stack(shared), torch.stack(alone) / 4)
    focal = batch_loss(model, batch, multibox_focal_loss)
    assert focal.localization == alone.localization
    assert focal.confidence != alone.confidence


def test_a_batch_is_converted_to_the_dtype_of_the_weights():
    model = small_ssd().double()
    loss = batch_loss(model, batch_of())
    assert all(part.isfinite() for part in loss)


def test_labels_of_a_batch_that_the_model_does_not_know_are_told():
    with pytest.raises(ValueError, match=r"gt_labels must be 1 to 1 .* got"):
        batch_loss(small_ssd(2), batch_of(6))
