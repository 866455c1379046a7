"""The option `encoder=vit`: a small vision transformer. Importing this file does not start JAX; `build` does."""

from typing import ClassVar

from kage.params import fault, group, param


@group("encoder")
class ViTConfig:
    """Patches of the frame as tokens, which attend to each other in pre-norm transformer blocks (Dosovitskiy et al.
    2021), small on purpose. It wants a lower learning rate than convolutions, such as agent.learning_rate=3e-4."""

    sees: ClassVar[tuple[str, ...]] = ("pixels",)

    name: str = param("vit", "what turns an observation into an embedding", among=("vit",))
    patches: int = param(8, "patches along each side of a frame, a divisor of its height and width", low=1)
    width: int = param(128, "numbers of a token", low=1)
    heads: int = param(4, "heads of the attention, a divisor of width", low=1)
    blocks: int = param(2, "blocks of attention and perceptron", low=1)
    dense: int = param(512, "width of the embedding", low=1)

    def rules(self):
        if self.width % self.heads:
            raise fault("encoder.heads", self.heads, f"a divisor of encoder.width, which is {self.width}",
                        nearest_divisor(self.heads, self.width))  # fmt: skip

    def check(self, world) -> None:
        """Raise `ConfigError` if the frames of a `kage.family.World` cannot be cut into so many patches."""
        _, height, width = world.shape()
        if height % self.patches or width % self.patches:
            raise fault("encoder.patches", self.patches, f"a divisor of height and width, {world.seen}",
                        nearest_divisor(self.patches, height, width))  # fmt: skip

    def build(self):
        """The module, a `kage.networks.transformer.TransformerEncoder`."""
        from kage.networks.transformer import TransformerEncoder

        return TransformerEncoder(self.patches, self.width, self.heads, self.blocks, self.dense)


def nearest_divisor(wish: int, *numbers: int) -> int:
    """The common divisor of these numbers that is nearest to a wish."""
    common = [n for n in range(1, min(numbers) + 1) if not any(number % n for number in numbers)]
    return min(common, key=lambda n: abs(n - wish))
