"""The option `augment=gray`: colours fade."""

from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.augment.jitter import LUMA
from kage.lazy import lazy
from kage.params import group, param

jax = lazy("jax")


@group("augment")
class GrayConfig(Augmentation):
    """Takes a random share of the colour away. Brightness stays."""

    name: str = param("gray", "how frames are augmented", among=("gray",))
    most: float = param(1.0, "the share of the colour that is taken lies between 0 and this", low=0, high=1)

    def one(self, key, frames, made):
        x = shares(frames)
        gray = sum(part * x[:, c] for c, part in enumerate(LUMA))[:, None]
        return as_bytes(x + jax.random.uniform(key, maxval=self.most) * (gray - x))
