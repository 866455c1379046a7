"""The level's parameters and the ground, the one part of it that is seen.

Geometry is physics (`kage.level`); only the colour is visual.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.hashing import random_index
from kage.palette import GROUND, PALETTE16, rgb
from kage.params import group, ordered, param


@group("layout")
class LayoutConfig:
    """Parameters of the level: a staircase of platforms walked from left to right."""

    length: int = param(2048, "level length, at least the screen width", unit="px", low=32)
    height_px: int = param(128, "level height, equal to the screen height H", unit="px", low=32)
    base_ground_y: int = param(96, "row of height 0", unit="px row", low=70, high=127)
    pix_per_unit: int = param(2, "pixels per height unit; 0 is flat", unit="px", low=0, high=3)
    ground_thickness: int = param(2, "thickness of the ground", unit="px", low=1, high=10)
    run_width: int = param(25, "width of one stair", unit="px", low=1, high=60)
    p_change: float = param(0.7, "chance that a stair differs from the one before", unit="probability", low=0, high=1)
    p_up_given_change: float = param(0.5, "chance that a change goes up", unit="probability", low=0, high=1)
    min_step_height: int = param(5, "smallest change, at most max_step_height", unit="height units", low=1)
    max_step_height: int = param(17, "largest change", unit="height units", low=1)
    layout_colors: list[str] = param(
        ["cyan"], "colours of the ground, one drawn per episode", among=tuple(PALETTE16), empty=False
    )

    def rules(self):
        ordered(self, "min_step_height", "max_step_height")


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
    # The ground lies above row 255, so that any row below may stand for the others.
    row = jnp.minimum(jnp.arange(height), 255).astype(jnp.uint8)[:, None]
    return ground.colors[state], (first <= row) & (row <= last)
