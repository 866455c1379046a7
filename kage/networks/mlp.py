"""The option `encoder=mlp`: dense layers over observations that are a few numbers. Importing this file does not start
JAX; `build` does."""

from typing import ClassVar

from kage.params import group, param


@group("encoder")
class MLPConfig:
    """Dense layers over observations that are no picture, such as those of task.observe=state."""

    sees: ClassVar[tuple[str, ...]] = ("vector",)

    name: str = param("mlp", "what turns an observation into an embedding", among=("mlp",))
    hidden: list[int] = param([256], "widths of the hidden layers", low=1)
    dense: int = param(256, "width of the embedding", low=1)

    def check(self, world) -> None:
        """Vectors of any length will do."""

    def build(self):
        """The module, a `kage.networks.vector.VectorEncoder`."""
        from kage.networks.vector import VectorEncoder

        return VectorEncoder(self.dense, tuple(self.hidden))
