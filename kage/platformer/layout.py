"""The ground: the only part of a level that is seen.

Where the ground lies is physics (`kage.platformer.level`); only its colour is visual.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look.hashing import random_index
from kage.look.palette import GROUND, rgb
from kage.platformer.config import LayoutConfig


@struct.dataclass
class Ground:
    """The ground of a look."""

    colors: jax.Array  # (K, 3) u8


def build(config: LayoutConfig) -> Ground:
    """The traced form of the visual part of `config`."""
    return Ground(colors=jnp.asarray(rgb(config.layout_colors, GROUND)))


def init(ground: Ground, seed: jax.Array) -> jax.Array:
    """The state of the ground, () i32: which colour this episode has."""
    return random_index(seed, len(ground.colors))


def draw(
    ground: Ground, state: jax.Array, first: jax.Array, last: jax.Array, height: int
) -> tuple[jax.Array, jax.Array]:
    """Colour (3,) u8 and mask (height, W) bool of the ground; first, last: (W,) u8 solid rows of each column."""
    # Rows fit into u8: no ground lies below row 254, so row 255 can represent all rows below.
    row = jnp.minimum(jnp.arange(height), 255).astype(jnp.uint8)[:, None]
    return ground.colors[state], (first <= row) & (row <= last)
