"""The option `augment=noise`: every number of every pixel changes a little."""

import math

from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.lazy import lazy
from kage.params import group, param

jax, jnp = lazy("jax"), lazy("jax.numpy")

DEVIATION = math.sqrt(4 * (256**2 - 1) / 12)  # of the sum of four bytes


@group("augment")
class NoiseConfig(Augmentation):
    """Adds noise that is nearly Gaussian, the same to all frames of an observation."""

    name: str = param("noise", "how frames are augmented", among=("noise",))
    most: float = param(0.1, "the deviation lies between 0 and this; 1 is the range of a channel", low=0, high=1)

    def one(self, key, frames, made):
        k_deviation, k_bits = jax.random.split(key)
        bits = jax.random.bits(k_bits, frames.shape[1:])
        # The sum of a word's four bytes is close to a normal distribution, at a fraction of the cost of an exact one.
        total = sum((bits >> shift & 255).astype(jnp.float32) for shift in (0, 8, 16, 24)) - 2 * 255
        deviation = jax.random.uniform(k_deviation, maxval=self.most)
        return as_bytes(shares(frames) + deviation / DEVIATION * total)
