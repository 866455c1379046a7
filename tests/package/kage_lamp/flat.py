"""An encoder of flat observations."""

from typing import ClassVar

from kage.params import group, param


@group("encoder")
class FlatConfig:
    """One hidden layer."""

    sees: ClassVar = ("vector",)

    name: str = param("flat", "what turns an observation into an embedding", among=("flat",))
    width: int = param(16, "width of the embedding", low=1)

    def check(self, world) -> None:
        pass

    def build(self):
        from kage.networks.vector import VectorEncoder

        return VectorEncoder(self.width)
