"""Detections against loops over classes and boxes, and on every edge."""

import io
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image
from torch.testing import assert_close
from torchvision.ops import batched_nms as torchvision_batched_nms
from torchvision.ops import nms

from ssd_lib.assets import path
from ssd_lib.boxes import box_iou, cxcywh_to_xyxy
from ssd_lib.data.toy import running_picture
from ssd_lib.default_boxes import SSD300_VOC, default_boxes
from ssd_lib.model import load_weights, ssd_tiny
from ssd_lib.offsets import decode, encode
from ssd_lib.predict import batched_nms, detect, detect_image

BOXES = default_boxes(SSD300_VOC)


def loop_detect(
    offsets,
    logits,
    boxes,
    score_threshold=0.01,
    iou_threshold=0.45,
    pre_nms_top_k=400,
    keep_top_k=200,
):
    """Caffe's steps for one image, class by class, box by box."""
    corners = cxcywh_to_xyxy(decode(offsets, boxes))
    scores = logits.softmax(dim=1)
    found = []
    for label in range(1, logits.shape[1]):
        one = scores[:, label].tolist()
        order = sorted((i for i, s in enumerate(one) if s > score_threshold), key=lambda i: -one[i])
        order, kept = order[:pre_nms_top_k], []
        ious = box_iou(corners[order].double(), corners[order].double())
        for a in range(len(order)):
            if all(ious[a, b] <= iou_threshold for b in kept):
                kept.append(a)
        found += [(-one[order[a]], label, order[a]) for a in kept]
    found.sort()
    found = [(corners[i].clamp(0, 1), -s, label) for s, label, i in found]
    return [row for row in found if (row[0][2:] > row[0][:2]).all()][:keep_top_k]


def random_case(B, P, C, seed, sharp=3.0):
    generator = torch.Generator().manual_seed(seed)
    boxes = torch.rand(P, 4, generator=generator) * 0.5 + 0.1
    offsets = torch.randn(B, P, 4, generator=generator)
    logits = sharp * torch.randn(B, P, C, generator=generator)
    return offsets, logits, boxes


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "options",
    [{}, {"pre_nms_top_k": 5}, {"keep_top_k": 7}, {"score_threshold": 0.3, "iou_threshold": 0.1}],
)
def test_a_batch_gives_what_the_loops_give(seed, options):
    offsets, logits, boxes = random_case(2, 60, 4, seed)
    for i, found in enumerate(detect(offsets, logits, boxes, **options)):
        wanted = loop_detect(offsets[i], logits[i], boxes, **options)
        assert found.labels.tolist() == [label for _, _, label in wanted]
        assert_close(found.scores, torch.tensor([score for _, score, _ in wanted]))
        assert_close(found.boxes, torch.stack([box for box, _, _ in wanted]))


def test_nms_of_all_classes_at_once_is_torchvisions_class_by_class():
    offsets, logits, boxes = random_case(1, 200, 6, 0)
    [found] = detect(offsets, logits, boxes, keep_top_k=10_000, pre_nms_top_k=10_000)
    corners = cxcywh_to_xyxy(decode(offsets[0], boxes))
    scores = logits[0].softmax(dim=1)
    count = 0
    for label in range(1, 6):
        over = scores[:, label] > 0.01
        kept = nms(corners[over], scores[over, label], 0.45)
        mine = found.scores[found.labels == label]
        assert_close(mine, scores[over, label][kept])
        count += len(kept)
    assert len(found.labels) == count
    flat = (scores[:, 1:] > 0.01).nonzero()
    theirs = torchvision_batched_nms(
        corners[flat[:, 0]], scores[flat[:, 0], flat[:, 1] + 1], flat[:, 1], 0.45
    )
    assert len(theirs) == count


def test_the_objects_come_out_again():
    gt = torch.tensor([[0.3, 0.4, 0.2, 0.3], [0.7, 0.6, 0.3, 0.2]])  # cxcywh
    ious = box_iou(cxcywh_to_xyxy(gt), cxcywh_to_xyxy(BOXES))
    offsets, logits = torch.zeros(1, 8732, 4), torch.zeros(1, 8732, 3)
    logits[..., 0] = 12
    for label, (one, box) in enumerate(zip(gt, ious.argmax(dim=1), strict=True), start=1):
        offsets[0, box] = encode(one, BOXES[box])
        logits[0, box, label] = 20
    [found] = detect(offsets, logits, BOXES)
    assert sorted(found.labels.tolist()) == [1, 2]
    assert_close(found.boxes[found.labels.argsort()], cxcywh_to_xyxy(gt))


def test_nothing_found_has_the_right_shapes():
    logits = torch.zeros(3, 8732, 21)
    logits[..., 0] = 20
    for found in detect(torch.zeros(3, 8732, 4), logits, BOXES):
        assert found.boxes.shape == (0, 4)
        assert found.scores.shape == found.labels.shape == (0,)
        assert found.labels.dtype == torch.int64
        assert found.boxes.dtype == torch.float32
    assert detect(torch.zeros(0, 5, 4), torch.zeros(0, 5, 3), BOXES[:5]) == []


def one_class(scores):
    """Logits of two classes whose score is as given, in float64."""
    p = torch.tensor(scores, dtype=torch.float64)
    return torch.stack([torch.zeros_like(p), (p / (1 - p)).log()], dim=1)[None]


def test_a_score_must_be_larger_than_the_threshold():
    logits = torch.zeros(1, 2, 2)  # both scores are exactly 0.5
    boxes = torch.tensor([[0.2, 0.2, 0.1, 0.1], [0.7, 0.7, 0.1, 0.1]])
    assert len(detect(torch.zeros(1, 2, 4), logits, boxes, 0.5)[0].labels) == 0
    assert len(detect(torch.zeros(1, 2, 4), logits, boxes, 0.4999)[0].labels) == 2


def test_an_iou_of_exactly_the_threshold_is_kept():
    boxes = torch.tensor([[0.25, 0.5, 0.5, 0.5], [0.375, 0.5, 0.25, 0.5]])  # IoU 0.5
    logits = one_class([0.9, 0.8]).float()
    assert len(detect(torch.zeros(1, 2, 4), logits, boxes, iou_threshold=0.5)[0].labels) == 2
    assert len(detect(torch.zeros(1, 2, 4), logits, boxes, iou_threshold=0.49)[0].labels) == 1


def test_of_identical_boxes_one_is_left_in_each_class():
    boxes = torch.tensor([[0.5, 0.5, 0.2, 0.2]]).repeat(50, 1)
    [found] = detect(torch.zeros(1, 50, 4), torch.zeros(1, 50, 4), boxes)
    assert found.labels.tolist() == [1, 2, 3]


@pytest.mark.parametrize("copies", [7, 8, 9, 30, 390])
def test_the_list_is_filled_however_many_are_dropped_before(copies):
    """Two are asked for; the first look is at the best eight, and all may be one."""
    there = torch.tensor([[0.3, 0.3, 0.2, 0.2]]).repeat(copies, 1)
    boxes = torch.cat([there, torch.tensor([[0.7, 0.7, 0.2, 0.2]])])
    scores = torch.linspace(0.9, 0.8, copies + 1).tolist()
    [found] = detect(torch.zeros(1, copies + 1, 4), one_class(scores).float(), boxes, keep_top_k=2)
    assert_close(found.scores, torch.tensor([0.9, 0.8]))
    assert_close(found.boxes, cxcywh_to_xyxy(boxes[[0, -1]]))


def test_equal_scores_keep_the_order_of_the_default_boxes():
    grid = torch.linspace(0.05, 0.95, 30)
    boxes = torch.stack([grid, grid, torch.full((30,), 0.01), torch.full((30,), 0.01)], dim=1)
    [found] = detect(torch.zeros(1, 30, 4), torch.zeros(1, 30, 2), boxes, pre_nms_top_k=10)
    assert_close(found.boxes, cxcywh_to_xyxy(boxes[:10]))


def test_at_most_two_hundred_of_an_image_over_all_classes():
    offsets, logits, _ = random_case(1, 8732, 21, 1, sharp=1.0)
    [found] = detect(offsets, logits, BOXES)
    assert len(found.labels) == 200
    assert (found.scores.diff() <= 0).all()


def test_wild_and_broken_answers_stay_finite():
    offsets, logits, boxes = random_case(1, 40, 3, 2)
    offsets[0, 0] = torch.tensor([1e30, -1e30, 1e30, 1e30])
    offsets[0, 1] = math.nan
    offsets[0, 2] = math.inf
    logits[0, 3] = math.nan
    logits[0, 4, 1] = 1e4
    [found] = detect(offsets, logits, boxes)
    assert found.boxes.isfinite().all()
    assert found.scores.isfinite().all()
    assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()
    assert found.boxes.min() >= 0
    assert found.boxes.max() <= 1


def test_a_box_outside_the_image_is_left_out():
    boxes = torch.tensor([[1.3, 0.5, 0.2, 0.2], [0.5, 0.5, 0.2, 0.2]])
    [found] = detect(torch.zeros(1, 2, 4), one_class([0.9, 0.8]).float(), boxes)
    assert_close(found.scores, torch.tensor([0.8]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_precision_goes_in_and_float32_comes_out(dtype):
    offsets, logits, boxes = random_case(1, 40, 3, 3)
    for default in (boxes, boxes.to(dtype)):
        [found] = detect(offsets.to(dtype), logits.to(dtype), default)
        assert found.boxes.dtype == found.scores.dtype == torch.float32


@pytest.mark.parametrize("far", [0.0, 1.0, -1.0, 7.0])
def test_boxes_of_different_classes_never_meet(far):
    """Wherever they lie: 1 to the right is where the next class begins in fractions."""
    boxes = torch.tensor([[0.0, 0, 0.5, 0.5]]) + torch.tensor([[far], [0.0]])
    for labels in ([1, 2], [2, 1], [1, 3], [5, 4]):
        assert batched_nms(boxes, torch.tensor(labels)).tolist() == [0, 1]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return ssd_tiny(4)


def sources(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (100, 700, 3), np.uint8)
    image = Image.fromarray(pixels)
    file = tmp_path / "photo.png"
    image.save(file)
    data = io.BytesIO(file.read_bytes())
    return [
        file,
        str(file),
        data,
        image,
        pixels,
        torch.from_numpy(pixels).permute(2, 0, 1),
    ]


def test_every_kind_of_source_gives_the_same_boxes_in_its_own_pixels(model, tmp_path):
    results = [detect_image(model, one, score_threshold=0.2) for one in sources(tmp_path)]
    assert len(results[0].labels) > 0
    for found in results:
        assert_close(found, results[0])
        assert found.boxes[:, [0, 2]].max() <= 700
        assert found.boxes[:, [1, 3]].max() <= 100
    assert results[0].boxes[:, 2].max() > 100  # stretched to the image's width


@pytest.mark.parametrize("size", [(1, 1), (2, 300)])
@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_odd_images_go_through(model, size, mode):
    detect_image(model, Image.new(mode, size))


def test_a_model_in_training_answers_as_in_evaluation_and_learns_nothing(tmp_path):
    torch.manual_seed(0)
    model = ssd_tiny(4).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    photo = sources(tmp_path)[0]
    first = detect_image(model, photo, score_threshold=0.2)
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert len(first.labels) > 0
    model.eval()
    assert all(map(torch.equal, detect_image(model, photo, score_threshold=0.2), first))


def modes(model):
    return {name: part.training for name, part in model.named_modules()}


@pytest.mark.parametrize("mode", ["training", "mixed", "inner", "evaluation"])
def test_no_mode_is_switched_not_even_while_the_model_is_at_work(mode):
    """Another thread would see it, and one of the two would not switch it back."""
    model = ssd_tiny(3).train(mode in ("training", "mixed"))
    if mode == "mixed":  # as when batch normalisation is frozen
        model.features.eval()
    if mode == "inner":
        model.features.train()
    before, seen = modes(model), []
    hook = model.heads.logits[0].register_forward_hook(lambda *_: seen.append(modes(model)))
    first = detect_image(model, Image.new("RGB", (40, 40)), score_threshold=0.1)
    assert seen == [before]
    hook.remove()
    assert modes(model) == before
    model.eval()
    wanted = detect_image(model, Image.new("RGB", (40, 40)), score_threshold=0.1)
    assert all(map(torch.equal, first, wanted))


def test_threads_share_a_model_in_training():
    """All stand in the middle of the network at once, then all go on."""
    torch.manual_seed(0)
    model = ssd_tiny(4).train()
    photos = [Image.effect_noise((50 + 9 * i, 60), 80) for i in range(4)]
    alone = [detect_image(model, photo, score_threshold=0.2) for photo in photos]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    meeting = threading.Barrier(4, timeout=300)

    def meet(*_):
        meeting.wait()

    model.heads.offsets[0].register_forward_pre_hook(meet)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(partial(detect_image, model, score_threshold=0.2), photos))
    for found, wanted in zip(together, alone, strict=True):
        assert_close(found, wanted)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert all(part.training for part in model.modules())


@pytest.mark.parametrize("kind", ["whole", "in place", "a part"])
def test_a_compiled_model_in_training_is_taken(kind):
    torch.manual_seed(0)
    model = ssd_tiny(3)
    image = Image.effect_noise((60, 60), 80)
    wanted = detect_image(model, image, score_threshold=0.1)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    compiled = model
    if kind == "whole":
        compiled = torch.compile(model, backend="eager")
    elif kind == "in place":
        model.compile(backend="eager")
    else:
        model.features = torch.compile(model.features, backend="eager")
    found = detect_image(compiled, image, score_threshold=0.1)
    assert all(map(torch.equal, found, wanted))
    state = [value for _, value in sorted(model.state_dict().items())]
    assert all(map(torch.equal, state, [before[name] for name in sorted(before)]))


TRAINED = path("weights/toy_tiny.safetensors")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_model_of_another_dtype_finds_the_same(dtype):
    scene = running_picture()
    model = load_weights(TRAINED).model
    wanted = detect_image(model, scene.image, score_threshold=0.5)
    found = detect_image(model.to(dtype), scene.image, score_threshold=0.5)
    assert found.boxes.dtype == found.scores.dtype == torch.float32
    assert found.labels.tolist() == wanted.labels.tolist()
    ious = box_iou(found.boxes, wanted.boxes).diagonal()
    assert ious.min() > (0.9 if dtype == torch.bfloat16 else 0.99)


def test_a_default_dtype_of_float64_is_taken():
    torch.set_default_dtype(torch.float64)
    try:
        found = detect_image(ssd_tiny(3), Image.new("RGB", (60, 40)))
    finally:
        torch.set_default_dtype(torch.float32)
    assert found.boxes.dtype == found.scores.dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"score_threshold": -1}, "score_threshold must be from 0 to 1, got -1"),
        ({"score_threshold": 1.5}, "score_threshold must be from 0 to 1, got 1.5"),
        ({"score_threshold": math.nan}, "score_threshold must be .* got nan"),
        ({"score_threshold": None}, "score_threshold must be .* got None"),
        ({"iou_threshold": -0.1}, "iou_threshold must be from 0 to 1, got -0.1"),
        ({"iou_threshold": math.nan}, "iou_threshold must be .* got nan"),
        ({"iou_threshold": "0.5"}, "iou_threshold must be .* got '0.5'"),
        ({"pre_nms_top_k": 0}, "pre_nms_top_k must be a whole number of at least 1"),
        ({"pre_nms_top_k": -1}, "pre_nms_top_k must be .* got -1"),
        ({"pre_nms_top_k": 1.5}, "pre_nms_top_k must be .* got 1.5"),
        ({"pre_nms_top_k": math.nan}, "pre_nms_top_k must be .* got nan"),
        ({"keep_top_k": 0}, "keep_top_k must be a whole number of at least 1, got 0"),
        ({"keep_top_k": 2.0}, "keep_top_k must be .* got 2.0"),
        ({"keep_top_k": True}, "keep_top_k must be .* got True"),
        ({"variances": (0.1, math.nan)}, r"variances\[1\] must be .* got nan"),
        ({"variances": (0.1, 0.1, 0.2, 0.2)}, "variances must be two positive numbers"),
        ({"variances": None}, "variances must be two positive numbers, got None"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options, message):
    for logits in (torch.zeros(1, 5, 3), torch.zeros(0, 5, 3)):
        with pytest.raises(ValueError, match=message):
            detect(torch.zeros(len(logits), 5, 4), logits, BOXES[:5], **options)


@pytest.mark.parametrize("name", ["offsets", "logits", "default_boxes"])
def test_integers_are_refused(name):
    values = {
        "offsets": torch.zeros(1, 5, 4),
        "logits": torch.zeros(1, 5, 3),
        "default_boxes": BOXES[:5],
    }
    values[name] = values[name].long()
    with pytest.raises(ValueError, match=f"{name} must be floating-point, got torch"):
        detect(**values)


@pytest.mark.parametrize(
    ("offsets", "logits", "boxes", "message"),
    [
        ((2, 5, 4), (2, 6, 3), (6, 4), r"got \[2, 5, 4\] and \[2, 6, 3\]"),
        ((5, 4), (5, 3), (5, 4), "must be"),
        ((2, 5, 4), (2, 5, 3), (6, 4), r"default_boxes must be \[5, 4\], got \[6, 4\]"),
        ((2, 5, 4), (2, 5, 3), (5, 5), r"default_boxes must be \[5, 4\], got \[5, 5\]"),
        ((2, 5, 4), (2, 5, 1), (5, 4), "logits must have at least 2 classes .* got 1"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(offsets, logits, boxes, message):
    with pytest.raises(ValueError, match=message):
        detect(torch.zeros(offsets), torch.zeros(logits), torch.zeros(boxes))


def oddities():
    """Images as they come out of cameras, scanners and editors: name and image."""
    noise = Image.effect_noise((90, 60), 80)
    yield "gray.png", noise, (90, 60), {}
    yield "rgba.png", noise.convert("RGBA"), (90, 60), {}
    yield "cmyk.jpg", noise.convert("CMYK"), (90, 60), {}
    deep = np.asarray(noise).astype(np.uint16) * 257
    yield "deep.png", Image.fromarray(deep), (90, 60), {}
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    yield "turned.jpg", noise, (60, 90), {"exif": turned}
    yield "dot.png", Image.new("RGB", (1, 1), "red"), (1, 1), {}
    yield "large.jpg", noise.resize((8000, 6000)), (8000, 6000), {}


@pytest.mark.parametrize("oddity", list(oddities()), ids=lambda one: one[0])
def test_any_photo_gets_boxes_in_its_own_pixels(oddity, tmp_path):
    name, image, (width, height), options = oddity
    image.save(tmp_path / name, **options)
    torch.manual_seed(0)
    found = detect_image(ssd_tiny(3), tmp_path / name, score_threshold=0.1)
    assert len(found.boxes) > 0
    assert found.boxes.min() >= 0
    assert found.boxes[:, 2].max() <= width
    assert found.boxes[:, 3].max() <= height
    assert found.boxes[:, 2].max() > width / 2
    assert found.boxes[:, 3].max() > height / 2


def test_a_box_that_is_not_finite_takes_no_place_among_the_best():
    boxes = BOXES[[0, 4000]]
    offsets = torch.zeros(1, 2, 4)
    offsets[0, 0] = torch.nan
    logits = torch.tensor([[[0.0, 9.0], [0.0, 5.0]]])
    [found] = detect(offsets, logits, boxes, pre_nms_top_k=1)
    assert found.scores.tolist() == pytest.approx([1 / (1 + math.exp(-5))])
