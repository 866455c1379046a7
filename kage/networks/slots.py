"""The option `encoder=slots`: slot attention over frames. Importing this file does not start JAX; `build` does."""

from typing import ClassVar

from kage.params import group, param


@group("encoder")
class SlotsConfig:
    """Positions of the frame compete for a few slots, each of which may come to hold one object (slot attention,
    Locatello et al. 2020). Slots begin as learned vectors instead of random ones, so acting draws nothing; they are
    read out from left to right, by where they look."""

    sees: ClassVar[tuple[str, ...]] = ("pixels",)

    name: str = param("slots", "what turns an observation into an embedding", among=("slots",))
    slots: int = param(6, "how many slots there are", low=2)
    width: int = param(64, "numbers of a slot", low=1)
    iterations: int = param(3, "rounds of attention", low=1)
    hidden: int = param(128, "hidden layer of the perceptron after each round", low=1)
    dense: int = param(512, "width of the embedding", low=1)

    def check(self, world) -> None:
        """Frames of any size will do."""

    def build(self):
        """The module, a `kage.networks.slot_attention.SlotEncoder`."""
        from kage.networks.slot_attention import SlotEncoder

        return SlotEncoder(self.slots, self.width, self.iterations, self.hidden, self.dense)
