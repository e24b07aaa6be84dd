"""A training step of SSD300 beside torchvision's ssd300_vgg16, on one device.

python benchmarks/step.py [--device cuda] [--batch 32] [--precision bf16] [--tf32]
                          [--channels-last] [--compile] [--json FILE]

Same images, objects, number of classes and switches, in one run, turn by turn: forward,
loss with matching, backward, SGD. torchvision's detector takes lists of images and is
timed as it comes.
"""

import timing  # first: it says how torch's threads wait

import argparse
from pathlib import Path

import torch
import torchvision
from steps import Ours, Switches, Theirs, float32_products

from ssd_lib.run_record import commit, device_name, write_record


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", choices=("32", "bf16"), default="32")
    parser.add_argument("--tf32", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    switches = Switches(args.tf32, args.precision == "bf16", args.channels_last, args.compile)
    sides = [side("ssd300", args.batch, args.device, switches) for side in (Ours, Theirs)]

    def waited(step):
        step()
        timing.synchronize(args.device)

    with float32_products(switches.tf32):
        ours_s, theirs_s, ratio = timing.compare(
            *(lambda step=side.step: waited(step) for side in sides),
            args.repeats,
            max(1, args.repeats // 4),
        )
    settings = {k: v for k, v in vars(args).items() if k != "json"}
    record = {
        "command": "python benchmarks/step.py "
        + " ".join(
            f"--{k.replace('_', '-')}" + ("" if v is True else f" {v}")
            for k, v in settings.items()
            if v is not False
        ),
        "commit": commit(),
        "device": device_name(torch.device(args.device)),
        "threads": torch.get_num_threads(),
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__},
        **{name: value for name, value in settings.items() if name != "device"},
        "ours_s": round(ours_s, 4),
        "torchvision_s": round(theirs_s, 4),
        "ratio": round(ratio, 3),
    }
    print(
        f"a step of {args.batch} images on {record['device']}: ours {ours_s:.3f} s, "
        f"torchvision {theirs_s:.3f} s, ratio {ratio:.2f}; "
        f"{args.batch / ours_s:.1f} images a second"
    )
    if args.json:
        write_record(args.json, record)


if __name__ == "__main__":
    main()
