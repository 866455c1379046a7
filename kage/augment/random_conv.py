"""The options `augment=random_conv` and `augment=random_conv_bias`: a random convolution of 3 x 3 pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from kage.augment.augmentation import Augmentation, as_bytes, shares
from kage.lazy import lazy
from kage.params import group, param

if TYPE_CHECKING:
    import jax
else:
    jax = lazy("jax")
jnp = lazy("jax.numpy")

SPREAD = math.sqrt(2 / (27 + 27))  # Xavier's standard deviation for 3 x 3 x 3 numbers in and out


@group("augment")
class RandomConvConfig(Augmentation):
    """A convolution with random weights, new for every sample: colours and edges change, places stay.

    Without a bias black stays black, so it teaches nothing about a background that is black in training.
    """

    bias: ClassVar[bool] = False

    name: str = param("random_conv", "how frames are augmented", among=("random_conv",))

    def one(self, key, frames, made):
        return convolved(frames, *drawn(key, self.bias))


@group("augment")
class RandomConvBiasConfig(RandomConvConfig):
    """Like `augment=random_conv`, with a random number added to each channel, so that black becomes a colour too."""

    bias: ClassVar[bool] = True

    name: str = param("random_conv_bias", "how frames are augmented", among=("random_conv_bias",))


def drawn(key: jax.Array, bias: bool) -> tuple[jax.Array, jax.Array]:
    """Random weights (3 out, 3 in, 3, 3) and biases (3,), f32; the biases are 0 without `bias`."""
    k_weight, k_bias = jax.random.split(key)
    weight = SPREAD * jax.random.normal(k_weight, (3, 3, 3, 3))
    return weight, jax.random.uniform(k_bias, (3,)) if bias else jnp.zeros(3)


def convolved(frames: jax.Array, weight: jax.Array, bias: jax.Array) -> jax.Array:
    """Frames (k, 3, H, W) u8 after a convolution, u8. At the border the nearest pixels are repeated.

    It is written as sums of moved planes, which a CPU vectorises along rows; three numbers in and out are too few for
    matrix products.
    """
    *_, height, width = frames.shape
    x = jnp.pad(shares(frames), [(0, 0), (0, 0), (1, 1), (1, 1)], mode="edge")
    total = bias[:, None, None]
    for c in range(3):
        for i in range(3):
            for j in range(3):
                plane = x[:, c, None, i : i + height, j : j + width]
                total = total + weight[:, c, i, j, None, None] * plane
    return as_bytes(total)
