"""A feature pyramid: deep maps tell fine maps what they see."""

from torch import Tensor, nn
from torch.nn.functional import interpolate

from ssd_lib.features import Features


class FeaturePyramid(nn.Module):
    r"""The same maps, each with the meaning of all that are deeper.

    .. math:: P_k = smooth_k\big(lateral_k(C_k) + up(P'_{k+1})\big)

    From the coarsest map down: a 1x1 convolution brings each map to the same number of
    channels, the sum so far is enlarged to its size (nearest neighbour) and added, and
    a 3x3 convolution smooths the steps of the enlargement. The sizes stay, so the
    default boxes do, too.

    Args:
        features: a module that makes maps of an image and has ``out_channels``.
        channels: of each map that comes out.

    References:
        Lin et al. 2017, "Feature Pyramid Networks for Object Detection", section 3.
        There all maps share one head, and nothing is normalised; here each map keeps
        its head, as in SSD, and batch normalisation follows each convolution, as in
        the small network, which is trained from scratch.
    """

    def __init__(self, features: Features, channels: int = 96) -> None:
        super().__init__()
        self.features = features
        self.out_channels = (channels,) * len(features.out_channels)
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, channels, 1, bias=False), nn.BatchNorm2d(channels))
            for before in features.out_channels
        )
        self.smooth = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            )
            for _ in self.out_channels
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps ``[B, channels, G, G]``, finest first.

        Args:
            images: ``[B, 3, S, S]``, as ``features`` takes them.
        """
        maps = self.features(images)
        sums = [self.lateral[-1](maps[-1])]  # [B, channels, G, G], coarsest first
        for lateral, x in zip(self.lateral[-2::-1], maps[-2::-1], strict=True):
            sums.append(lateral(x) + interpolate(sums[-1], size=x.shape[-2:]))
        return [smooth(x) for smooth, x in zip(self.smooth, reversed(sums), strict=True)]
