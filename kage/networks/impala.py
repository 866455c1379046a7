"""The options `encoder=impala` and `encoder=impoola`: residual convolutions over frames. Importing this file does not
start JAX; `build` does."""

from typing import ClassVar

from kage.params import fault, group, param


@group("encoder")
class ImpalaConfig:
    """Stages of residual convolutions, then one dense layer over all positions. Sizes are those of IMPALA (Espeholt et
    al. 2018), initial weights those of public PPO code for Procgen."""

    sees: ClassVar[tuple[str, ...]] = ("pixels",)

    name: str = param("impala", "what turns an observation into an embedding", among=("impala",))
    channels: list[int] = param([16, 32, 32], "features of the stages, each of which halves the frame", low=1,
                                empty=False)  # fmt: skip
    dense: int = param(256, "width of the embedding", low=1)

    def check(self, world) -> None:
        """Frames of any size will do."""

    def build(self):
        """The module, a `kage.networks.residual.ResidualEncoder`."""
        from kage.networks.residual import ResidualEncoder

        return ResidualEncoder(tuple(self.channels), self.dense, grid=None)


@group("encoder")
class ImpoolaConfig(ImpalaConfig):
    """IMPALA with a mean over positions before the dense layer (Impoola, Trumpp et al. 2025), which has far fewer
    weights. A mean over the whole frame forgets where things are; `grid: 2` also takes the mean of each quarter."""

    name: str = param("impoola", "what turns an observation into an embedding", among=("impoola",))
    grid: int = param(1, "above 1: the mean is also taken over each cell of a grid x grid", low=1, high=8)

    def check(self, world) -> None:
        """Raise `ConfigError` if the last stage has fewer positions than the grid has cells."""
        side, halved = min(world.shape()[1:]), 2 ** len(self.channels)
        if (left := -(-side // halved)) < self.grid:
            raise fault("encoder.grid", self.grid, f"{len(self.channels)} stages leave {left} positions along a side, "
                        f"{world.seen}", left)  # fmt: skip

    def build(self):
        """The module, a `kage.networks.residual.ResidualEncoder`."""
        from kage.networks.residual import ResidualEncoder

        return ResidualEncoder(tuple(self.channels), self.dense, self.grid)
