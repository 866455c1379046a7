"""Point lights, added to the filtered picture."""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look.config import MOST_LIGHTS, EffectsConfig
from kage.look.hashing import hash32, random_unit
from kage.look.palette import LIGHTS, rgb
from kage.look.planes import packed, planes
from kage.materialise import materialise

LEAST, MOST = 0.15, 0.85  # fractions of width and height between which lights stand


@struct.dataclass
class Lights:
    """The point lights of a look. Their number is static."""

    colors: jax.Array  # (lights, 3) f32 0..255
    intensity: jax.Array  # () f32
    radius: jax.Array  # () f32 image diagonals
    falloff: jax.Array  # () f32


def build(config: EffectsConfig) -> Lights | None:
    """The traced form of `config`, None when the lights are off."""
    if not config.point_light_enabled:
        return None
    names = config.point_light_color_names
    return Lights(
        colors=jnp.asarray(rgb([names[i % len(names)] for i in range(config.point_light_count)], LIGHTS), jnp.float32),
        intensity=jnp.float32(config.point_light_intensity),
        radius=jnp.float32(config.point_light_radius),
        falloff=jnp.float32(config.point_light_falloff),
    )


def positions(key: jax.Array) -> jax.Array:
    """Where lights stand in an episode, (MOST_LIGHTS, 2) f32 fractions of width and height, drawn as the reference
    draws them from its light key."""
    _, key = jax.random.split(key)
    return jax.random.uniform(key, (MOST_LIGHTS, 2), minval=LEAST, maxval=MOST)


def positions_of(seed: jax.Array) -> jax.Array:
    """Where lights stand in an episode of this seed, () u32: the same distribution as `positions`, by hashing."""
    index = jnp.arange(MOST_LIGHTS)[:, None]
    return LEAST + (MOST - LEAST) * random_unit(hash32(seed, index, jnp.arange(2)))


def draw(lights: Lights, positions: jax.Array, frame: jax.Array) -> jax.Array:
    """`frame` (3, H, W) u8 with the lights added and clipped; `positions` may have more entries than there are lights.

    The light added to a pixel's three channels is packed into one word. Whole numbers are enough for this, because the
    frame holds whole numbers.
    """
    _, height, width = frame.shape
    # Measure distances in radii of half intensity: this saves a division for each pixel and light.
    unit = 1.0 / (lights.radius * jnp.sqrt(jnp.float32(height**2 + width**2)))
    row = jax.lax.broadcasted_iota(jnp.float32, (height, width), 0)
    column = jax.lax.broadcasted_iota(jnp.float32, (height, width), 1)

    def glow(power):
        added = [jnp.zeros((height, width), jnp.float32)] * 3
        for color, (x, y) in zip(lights.colors, positions, strict=False):
            squared = (column * unit - x * width * unit) ** 2 + (row * unit - y * height * unit) ** 2
            mask = lights.intensity / (1.0 + power(squared))
            added = [total + mask * channel for total, channel in zip(added, color, strict=True)]
        return packed(*(jnp.minimum(total, 255.0).astype(jnp.uint32) for total in added))

    # The power function takes most of the time, and the usual falloff does not need it.
    square = lights.falloff == 2.0
    words = jax.lax.cond(
        square, lambda: glow(lambda x: x), lambda: glow(lambda x: jnp.exp(0.5 * lights.falloff * jnp.log(x)))
    )
    level = planes(materialise(words))
    # Add and stop at 255 in u8: wider numbers would be four times as many bytes to write.
    return frame + jnp.minimum(level, 255 - frame)
