"""The option `augment=blur`: frames lose sharpness."""

import math

from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.lazy import lazy
from kage.params import group, param

jax, jnp = lazy("jax"), lazy("jax.numpy")

WIDTHS = 3  # deviations of a Gaussian beyond which nothing is left of it


@group("augment")
class BlurConfig(Augmentation):
    """Blurs by a Gaussian of random width; the border is repeated outwards."""

    name: str = param("blur", "how frames are augmented", among=("blur",))
    most: float = param(1.0, "the Gaussian's deviation lies between 0 and this", unit="px", low=0, high=4)

    def one(self, key, frames, made):
        reach = math.ceil(WIDTHS * self.most)
        deviation = jax.random.uniform(key, maxval=self.most)
        weights = jnp.exp(-0.5 * (jnp.arange(-reach, reach + 1) / jnp.maximum(deviation, 1e-3)) ** 2)
        x = shares(frames)
        for axis in (2, 3):
            pads = [(reach * (i == axis),) * 2 for i in range(4)]
            wide, size = jnp.pad(x, pads, mode="edge"), x.shape[axis]
            near = (jax.lax.slice_in_dim(wide, i, i + size, axis=axis) for i in range(2 * reach + 1))
            x = sum(weight * part for weight, part in zip(weights, near, strict=True)) / weights.sum()
        return as_bytes(x)
