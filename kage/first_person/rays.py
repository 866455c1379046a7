"""The eye: along which ray each column of the screen looks, and what wall the ray meets.

Lengths are cells, f32. The parameter along a ray is the depth before the eye, so nothing looks as through a fish-eye.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.first_person.latent import Latent
from kage.first_person.level import packed, solids
from kage.first_person.physics import COS, ONE, SIN, UNITS
from kage.materialise import materialise

HALF = 0.8  # half the width of the screen plane at depth 1: a field of view of 77 degrees


@struct.dataclass
class Eye:
    """Where the agent looks from, half a cell high, and where each column of the screen looks."""

    x: jax.Array  # () f32 cells
    y: jax.Array  # () f32 cells
    cos: jax.Array  # () f32 of the heading
    sin: jax.Array  # () f32
    ray_x: jax.Array  # (W,) f32 cells to the right of the map for each cell of depth
    ray_y: jax.Array  # (W,) f32


@struct.dataclass
class Hits:
    """The wall that each column of the screen meets."""

    depth: jax.Array  # (W,) f32 cells
    place: jax.Array  # (W,) f32 0..1 along the wall of its cell
    along_y: jax.Array  # (W,) bool, the wall is a line along y, so that its face looks along x


def focal(width: int) -> float:
    """Px per cell at depth 1, for a screen of this width, px."""
    return width / (2 * HALF)


def eye(latent: Latent, width: int) -> Eye:
    """The eye of the agent for a screen of this width, px."""
    aside = np.float32(HALF * (2 * (np.arange(width) + 0.5) / width - 1))
    cos, sin = (jnp.asarray(table)[latent.heading].astype(jnp.float32) / 2**ONE for table in (COS, SIN))
    x, y = (part.astype(jnp.float32) / UNITS for part in (latent.x, latent.y))
    return Eye(x=x, y=y, cos=cos, sin=sin, ray_x=cos - aside * sin, ray_y=sin + aside * cos)


def cast(walls: jax.Array, eye: Eye) -> Hits:
    """The nearest wall along each ray: on every line of the grid, is the cell solid that the ray enters there?

    walls: (size,) u32. Plain arithmetic without gathers and without a loop whose length depends on data.
    """
    across = nearest(walls, eye.x, eye.y, eye.ray_x, eye.ray_y)
    down = nearest(packed(solids(walls).T), eye.y, eye.x, eye.ray_y, eye.ray_x)
    along_y = across <= down
    # Write the columns to memory: fused into the pixels, every line of the grid would be tried for each pixel.
    depth = materialise(jnp.where(along_y, across, down))
    place = jnp.where(along_y, eye.y + depth * eye.ray_y, eye.x + depth * eye.ray_x)
    return Hits(depth=depth, place=materialise(place - jnp.floor(place)), along_y=along_y)


def nearest(words: jax.Array, p: jax.Array, q: jax.Array, d: jax.Array, e: jax.Array) -> jax.Array:
    """The least parameter, (W,) f32, at which rays (p + t d, q + t e) enter a solid cell through a line p = k; inf if
    they never do. words: (size,) u32, bit j of word i is set where the cell with p in i..i+1, q in j..j+1 is solid."""
    size, best = len(words), jnp.full(d.shape, jnp.inf)
    forward = d > 0
    slow = abs(d) < 1e-6  # along the lines: no line is crossed
    inverse = 1 / jnp.where(slow, 1.0, d)
    for k in range(1, size):
        t = (k - p) * inverse
        row = jnp.clip(jnp.floor(q + t * e), 0, size - 1).astype(jnp.uint32)
        solid = jnp.where(forward, words[k], words[k - 1]) >> row & 1
        best = jnp.where((solid == 1) & (t > 0) & ~slow, jnp.minimum(best, t), best)
    return best
