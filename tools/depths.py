"""What each depth of the small network holds, and how loud each of its maps is.

python tools/depths.py meaning|loudness

meaning: linear probes. From one cell's channels, after every convolution, a linear layer
is to read the class of the object whose centre lies in the cell, and where in the cell
the centre is; for the shipped network and for three untrained ones. loudness: the lengths
of cells' channels on each map, for the shipped network, which has batch normalisation,
and for ones that are trained without, 300 steps each.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ssd_lib.assets import path
from ssd_lib.augment import evaluation_transform
from ssd_lib.data import ToyScenes
from ssd_lib.features import L2Norm, TinyFeatures
from ssd_lib.images import normalize
from ssd_lib.model import SSD, TINY, load_weights
from ssd_lib.run_record import origin, write_record
from ssd_lib.train import adamw_one_cycle, fit

RUNS = Path(__file__).parents[1] / "data/runs"
PROBED, TESTED = 2000, 1000  # scenes that probes learn from, and others
SEEDS = (101, 102)  # of those scenes; the shipped network learnt from seed 0
SIZES = {"small": (0.0, 0.12), "middle": (0.12, 0.3), "large": (0.3, 1.0)}
STEPS = 300  # of a run without batch normalisation


class Objects:
    """The objects of some scenes, with the images to run."""

    def __init__(self, count: int, seed: int) -> None:
        scenes = ToyScenes(count, seed=seed)
        images, boxes, labels, of = [], [], [], []
        for i in range(count):
            image, target = scenes[i]
            images.append(image)
            boxes.append(target["boxes"].as_subclass(Tensor) / scenes.size_px)
            labels.append(target["labels"])
            of += [i] * len(target["labels"])
        self.images = torch.stack(images)
        self.boxes, self.labels = torch.cat(boxes), torch.cat(labels)
        self.scene = torch.tensor(of)
        self.centres = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        self.sizes = (self.boxes[:, 2:] - self.boxes[:, :2]).amax(dim=1)


def convolutions(features: TinyFeatures) -> list[nn.Module]:
    """The ReLU after each convolution, in the order of the pass."""
    return [layer for layer in features.modules() if isinstance(layer, nn.ReLU)]


@torch.no_grad()
def cells(features: TinyFeatures, objects: Objects) -> list[tuple[Tensor, Tensor, int]]:
    """Of each depth: the channels of each object's cell, the place in it, and the grid."""
    found: list[list[Tensor]] = [[] for _ in convolutions(features)]
    taken: dict[int, Tensor] = {}
    hooks = [
        layer.register_forward_hook(lambda _m, _i, out, k=k: taken.__setitem__(k, out))
        for k, layer in enumerate(convolutions(features))
    ]
    grids = [0] * len(found)
    for first in range(0, len(objects.images), 100):
        features(normalize(objects.images[first : first + 100]))
        here = (objects.scene >= first) & (objects.scene < first + 100)
        for k, out in taken.items():
            grids[k] = out.shape[-1]
            column, row = (objects.centres[here] * grids[k]).long().clamp(max=grids[k] - 1).T
            found[k].append(out[objects.scene[here] - first, :, row, column].clone())
    for hook in hooks:
        hook.remove()
    places = [(objects.centres * grid) % 1 - 0.5 for grid in grids]
    return [
        (torch.cat(rows), place, grid)
        for rows, place, grid in zip(found, places, grids, strict=True)
    ]


def patches(objects: Objects) -> list[tuple[Tensor, Tensor, int]]:
    """The same of the image itself: the 4 x 4 pixels of a cell of the finest map."""
    column, row = (objects.centres * 32).long().clamp(max=31).T
    blocks = normalize(objects.images).unfold(2, 4, 4).unfold(3, 4, 4)  # [S, 3, 32, 32, 4, 4]
    rows = blocks[objects.scene, :, row, column].flatten(1)
    return [(rows, (objects.centres * 32) % 1 - 0.5, 32)]


def standardized(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    mean, spread = one.mean(dim=0), one.std(dim=0) + 1e-5
    return (one - mean) / spread, (other - mean) / spread


def read_class(x: Tensor, labels: Tensor, unseen: Tensor) -> Tensor:
    """What a linear layer with a softmax says of unseen cells, at its best weights."""
    layer = nn.Linear(x.shape[1], len(ToyScenes.classes))
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(layer(x), labels) + 1e-4 * layer.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return layer(unseen).argmax(dim=1)


def read_place(x: Tensor, places: Tensor, unseen: Tensor) -> Tensor:
    """What a linear layer says of where in a cell a centre is, at its best weights."""
    ones = x.new_ones(len(x), 1)
    with_bias = torch.cat([x, ones], dim=1)
    square = with_bias.T @ with_bias + 1e-2 * len(x) * torch.eye(with_bias.shape[1])
    weight = torch.linalg.solve(square, with_bias.T @ places)
    return torch.cat([unseen, unseen.new_ones(len(unseen), 1)], dim=1) @ weight


def probe(
    known: list[tuple[Tensor, Tensor, int]],
    unseen: list[tuple[Tensor, Tensor, int]],
    objects: Objects,
    tested: Objects,
) -> list[dict]:
    """What can be read at each depth."""
    rows = []
    for (x, place, grid), (y, target, _) in zip(known, unseen, strict=True):
        x, y = standardized(x, y)
        right = read_class(x, objects.labels, y) == tested.labels
        cell_px = 128 / grid
        unread = target.norm(dim=1) * cell_px
        read = (target - read_place(x, place, y)).norm(dim=1) * cell_px
        row = {"grid": grid, "channels": x.shape[1], "right": round(right.float().mean().item(), 4)}
        for name, (least, most) in SIZES.items():
            of_size = (tested.sizes >= least) & (tested.sizes < most)
            row[name] = round(right[of_size].float().mean().item(), 4)
        row["unread_px"] = round(unread.median().item(), 3)
        row["read_px"] = round(read.median().item(), 3)
        rows.append(row)
    return rows


def untrained(seed: int, images: Tensor) -> TinyFeatures:
    """With random weights, and batch normalisation that has seen some images."""
    torch.manual_seed(seed)
    features = TinyFeatures().train()
    with torch.no_grad():
        for first in range(0, 1000, 50):
            features(normalize(images[first : first + 50]))
    return features.eval()


def shipped() -> TinyFeatures:
    return load_weights(path("weights/toy_tiny.safetensors")).model.eval().features


def meaning() -> dict:
    objects, tested = Objects(PROBED, SEEDS[0]), Objects(TESTED, SEEDS[1])
    networks = {"trained": [shipped()]}
    networks["untrained"] = [untrained(seed, objects.images) for seed in range(3)]
    runs = [{"name": "pixels", "depths": probe(patches(objects), patches(tested), objects, tested)}]
    for name, all_of_them in networks.items():
        for seed, features in enumerate(all_of_them):
            depths = probe(cells(features, objects), cells(features, tested), objects, tested)
            runs.append({"name": name, "seed": seed, "depths": depths})
            print(name, seed, [row["right"] for row in depths], flush=True)
    counts = torch.bincount(tested.labels, minlength=len(ToyScenes.classes))
    return {
        "scenes": [PROBED, TESTED],
        "scene_seeds": list(SEEDS),
        "objects": [len(objects.labels), len(tested.labels)],
        "commonest_class": round(counts.max().item() / len(tested.labels), 4),
        "runs": runs,
    }


class Plain(nn.Module):
    """The small network's layers without batch normalisation.

    Args:
        norm: whether an L2Norm stands between the first map and its heads.
    """

    map_names = TinyFeatures.map_names
    out_channels = TinyFeatures.out_channels

    def __init__(self, norm: bool) -> None:
        super().__init__()
        layers = TinyFeatures()
        for parent in list(layers.modules()):
            for name, layer in list(parent.named_children()):
                if isinstance(layer, nn.BatchNorm2d):
                    setattr(parent, name, nn.Identity())
                elif isinstance(layer, nn.Conv2d):
                    setattr(parent, name, self.own(layer))
        with torch.no_grad():  # images come in levels, not in units
            next(m for m in layers.modules() if isinstance(m, nn.Conv2d)).weight /= 64
        self.layers = layers
        self.norm = L2Norm(self.out_channels[0]) if norm else nn.Identity()

    def own(self, layer: nn.Conv2d) -> nn.Conv2d:
        conv = nn.Conv2d(layer.in_channels, layer.out_channels, 3, stride=layer.stride, padding=1)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        nn.init.zeros_(conv.bias)
        return conv

    def forward(self, images: Tensor) -> list[Tensor]:
        first, *others = self.layers(images)
        return [self.norm(first), *others]


@torch.no_grad()
def lengths(features: nn.Module, images: Tensor) -> list[float]:
    """The mean length of a cell's channels, map by map."""
    sums: list[float] = []
    for first in range(0, len(images), 50):
        maps = features(normalize(images[first : first + 50]))
        found = [x.norm(dim=1).mean().item() for x in maps]
        sums = [a + b for a, b in zip(sums or [0.0] * len(found), found, strict=True)]
    return [round(one * 50 / len(images), 4) for one in sums]


def without_batch_norm(seed: int, norm: bool, images: Tensor) -> dict:
    """A run, with the lengths before and after it."""
    torch.manual_seed(seed)
    features = Plain(norm)
    model = SSD(features, TINY, len(ToyScenes.classes)).to(memory_format=torch.channels_last)
    before = lengths(features.layers, images)
    data = ToyScenes(20_000, transforms=evaluation_transform(128))
    optimization = adamw_one_cycle(model, STEPS, 1e-3)
    log = fit(
        model, data, optimization, STEPS, 16, seed=seed, num_workers=1, log_every=50, progress=False
    )
    found = {
        "before": before,
        "after": lengths(features.layers.eval(), images),
        "loss": round(log[-1]["localization"] + log[-1]["confidence"], 4),
        "first_loss": round(log[0]["localization"] + log[0]["confidence"], 4),
        "lr": 1e-3,
        "steps": STEPS,
        "batch_size": 16,
    }
    if norm:
        found["scale"] = round(features.norm.scale.mean().item(), 3)
    return found


def loudness() -> dict:
    images = Objects(200, SEEDS[1]).images
    runs = [{"name": "with batch normalisation", "seed": 0, "after": lengths(shipped(), images)}]
    kinds = ((0, False), (1, False), (0, True))
    for seed, norm in kinds:
        name = "with L2Norm" if norm else "without batch normalisation"
        runs.append({"name": name, "seed": seed, **without_batch_norm(seed, norm, images)})
        print(runs[-1], flush=True)
    return {"scenes": len(images), "scene_seed": SEEDS[1], "runs": runs}


def main(name: str) -> None:
    about = origin(f"python tools/depths.py {name}")
    record = about | {"meaning": meaning, "loudness": loudness}[name]()
    write_record(RUNS / f"{name}.json", record, row_key="name")


if __name__ == "__main__":
    main(sys.argv[1])
