"""SSD300's forward pass, ours beside torchvision's backbone and head.

python benchmarks/forward.py

The last number is the share of the machine's own rate of matrix products that the
forward pass reaches. That product is written as a 1x1 convolution, so that it goes
through the same library as the network: a plain one may go through a slower one.
"""

from timing import compare, report  # first: it sets how torch's threads wait

import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.detection import ssd300_vgg16 as torchvision_ssd300

from ssd_lib.model import load_torchvision_ssd300, ssd300_vgg16

SIDES = (1024, 2048, 3072)  # of the matrices whose product gives the machine's rate


def matrix_rate():
    """Floating-point operations a second of the fastest of a few large products."""
    rates = []
    for side in SIDES:
        columns, matrix = torch.rand(1, side, side, 1), torch.rand(side, side, 1, 1)
        product, nothing = lambda c=columns, m=matrix: torch.conv2d(c, m), lambda: None
        seconds, _, _ = compare(product, nothing, repeats=15, warm_up=5)
        rates.append(2 * side**3 / seconds)
    return max(rates)


@torch.no_grad()
def main():
    theirs = torchvision_ssd300(weights=None, weights_backbone=None, num_classes=21)
    theirs.eval()
    ours = ssd300_vgg16().eval()
    load_torchvision_ssd300(ours, theirs.state_dict())
    rate = matrix_rate()
    last = torch.channels_last
    for batch, repeats in ((1, 15), (8, 5)):
        images = torch.rand(batch, 3, 300, 300)
        with FlopCounterMode(display=False) as counter:
            ours(images)

        def torchvision(images=images):
            theirs.head(list(theirs.backbone(images).values()))

        for name, memory in (("", torch.contiguous_format), (", channels_last", last)):
            model, pictures = (
                ours.to(memory_format=memory),
                images.to(memory_format=memory),
            )
            seconds = report(
                f"SSD300 forward, batch {batch}{name}",
                lambda model=model, pictures=pictures: model(pictures),
                torchvision,
                repeats=repeats,
                warm_up=2,
            )
            share = counter.get_total_flops() / seconds / rate
            print(f"    {share:.2f} of the machine's rate, {rate / 1e9:.0f} GFLOP/s")


if __name__ == "__main__":
    main()
