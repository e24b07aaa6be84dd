"""What prediction, validation and training ask of a network."""

from collections.abc import Iterator
from typing import Protocol, Self

from torch import Tensor, nn

from ssd_lib.default_boxes import DefaultBoxLayout


class Detector(Protocol):
    """A network with default boxes; :class:`ssd_lib.model.SSD` is one, and so may yours be.

    Attributes:
        layout: the table of its default boxes, which knows the size of its images.
    """

    layout: DefaultBoxLayout

    @property
    def default_boxes(self) -> Tensor:
        """``[P, 4]``, cxcywh in fractions, on the network's device."""
        ...

    def __call__(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Offsets ``[B, P, 4]`` and logits ``[B, P, C]`` of images ``[B, 3, S, S]``."""
        ...

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """What is learnt."""
        ...

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """What is kept and not learnt."""
        ...

    def eval(self) -> Self:
        """Evaluation mode, and the network itself."""
        ...

    def modules(self) -> Iterator[nn.Module]:
        """The network and all its parts."""
        ...
