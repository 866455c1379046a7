"""The option `encoder=cnn`: convolutions over frames. Importing this file does not start JAX; `build` does."""

from collections.abc import Sequence
from typing import ClassVar

from kage.params import fault, group, param


@group("encoder")
class CNNConfig:
    """Convolutions and one dense layer; the defaults are the paper's (appendix, Table 4)."""

    sees: ClassVar[tuple[str, ...]] = ("pixels",)
    maps: ClassVar[bool] = True  # convolutions one after the other, whose maps other networks may read

    name: str = param("cnn", "what turns an observation into an embedding", among=("cnn",))
    channels: list[int] = param([32, 64, 64], "features of the convolutions", low=1, empty=False)
    kernels: list[int] = param([8, 4, 3], "kernel sizes of the convolutions", unit="px", low=1, empty=False)
    strides: list[int] = param([4, 2, 1], "strides of the convolutions", unit="px", low=1, empty=False)
    dense: int = param(512, "width of the embedding", low=1)

    def rules(self):
        if not len(self.channels) == len(self.kernels) == len(self.strides):
            raise fault("encoder.channels", self.channels, "as long as encoder.kernels and encoder.strides")

    def check(self, world) -> None:
        """Raise `ConfigError` if the convolutions leave nothing of the frames of a `kage.family.World`."""
        need, (*_, height, width) = smallest_side(self.kernels, self.strides), world.shape()
        if min(height, width) < need:
            raise fault("encoder.kernels", self.kernels,
                        f"with encoder.strides={self.strides} they need frames of at least {need} x {need} px, "
                        f"{world.seen}", world.larger(need))  # fmt: skip

    def build(self):
        """The module, a `kage.networks.pixels.PixelEncoder`."""
        from kage.networks.pixels import PixelEncoder

        return PixelEncoder(tuple(self.channels), tuple(self.kernels), tuple(self.strides), self.dense)


def smallest_side(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Side, in px, of the smallest frame from which these convolutions, one after the other, give any output."""
    side = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        side = (side - 1) * stride + kernel
    return side
