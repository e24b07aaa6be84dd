"""Run the running picture through the networks and keep some of their activations.

python tools/activations.py

Writes data/activations.webp: for SSD300 and for the small network, for each of their
maps, eight channels side by side, in grey. And data/activations.json: where each map
begins, which of its channels are shown, and how the networks came to their weights.
"""

from pathlib import Path

import torch
from torchvision.transforms.functional import to_pil_image

from ssd_lib.assets import path
from ssd_lib.data.toy import running_picture
from ssd_lib.images import normalize, resize
from ssd_lib.model import load_weights, ssd300_vgg16
from ssd_lib.run_record import write_record

DATA = Path(__file__).parents[1] / "data"
SEED = 0
CHANNELS = 8
NETWORKS = {  # whether it is trained, and itself
    "SSD300": ("untrained", lambda: ssd300_vgg16(21)),
    "ssd_tiny": (
        "trained",
        lambda: load_weights(path("weights/toy_tiny.safetensors")).model,
    ),
}


def liveliest(feature_map):
    """Indices of the channels that vary most over the map (or are largest, on one cell)."""
    one_cell = feature_map.shape[-1] == 1
    flat = feature_map.flatten(1)
    rank = flat[:, 0] if one_cell else flat.std(dim=1)
    return rank.topk(CHANNELS).indices.sort().values


def strip(feature_map):
    """Eight channels side by side, from 0 to the largest of them all."""
    chosen = feature_map[liveliest(feature_map)]  # [8, G, G]
    return torch.cat(list(chosen / chosen.max()), dim=1)  # [G, 8 * G]


@torch.no_grad()
def maps_of(make):
    torch.manual_seed(SEED)
    model = make().eval()
    image = normalize(resize(running_picture().image, model.layout.image_px))
    return [x[0] for x in model.features(image[None])]


def main():
    maps = {name: maps_of(make) for name, (_, make) in NETWORKS.items()}
    strips = {name: list(map(strip, found)) for name, found in maps.items()}
    everything = [image for images in strips.values() for image in images]
    width = max(image.shape[1] for image in everything)
    sheet = torch.zeros(sum(image.shape[0] for image in everything), width)
    record = {"command": "python tools/activations.py", "seed": SEED, "networks": {}}
    top = 0
    for name, images in strips.items():
        rows = []
        for image in images:
            sheet[top : top + image.shape[0], : image.shape[1]] = image
            rows.append(top)
            top += image.shape[0]
        record["networks"][name] = {
            "weights": NETWORKS[name][0],
            "rows": rows,
            "channels": [liveliest(found).tolist() for found in maps[name]],
        }
    pixels = to_pil_image((sheet * 255).round().to(torch.uint8))
    pixels.save(DATA / "activations.webp", lossless=True, quality=100, method=6)
    write_record(DATA / "activations.json", record)


if __name__ == "__main__":
    main()
