"""What is drawn behind everything: black, one colour, noise, or pictures."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.look import sprites
from kage.look.config import PICTURES, BackgroundConfig
from kage.look.hashing import hash32, random_index, random_unit
from kage.look.palette import PALETTE16, rgb
from kage.look.pixel import as_int
from kage.look.planes import planes


@struct.dataclass
class Background:
    """The background of a look. `mode`, `switching` and `period` are static, the rest is traced."""

    mode: str = struct.field(pytree_node=False)  # color, noise or image
    switching: bool = struct.field(pytree_node=False)  # false: one draw holds for the whole episode
    period: int | None = struct.field(pytree_node=False)  # px after which pictures repeat; None: the edge repeats
    switch_frequency: jax.Array  # () f32 probability per step
    parallax: jax.Array  # () f32 px/px
    colors: jax.Array  # (K, 3) u8, the colours to draw from
    pictures: jax.Array | None  # (P, 3, H, columns) u8, so wide that every view is one slice


def build(config: BackgroundConfig, height: int, width: int) -> Background:
    """The traced form of `config` for a screen of this size; mode black becomes mode color with black alone."""
    pictures = period = None
    if config.mode == "image":
        pictures = sprites.pictures(config, PICTURES, height)
        size = pictures.shape[-1]
        if config.tile_horizontal:
            period, columns = size, np.arange(size + width) % size
        else:
            columns = np.clip(np.arange(-width, size + width), 0, size - 1)
        pictures = jnp.asarray(pictures[..., columns])
    names = config.color_names if config.mode == "color" else ["black"]
    return Background(
        mode="color" if config.mode == "black" else config.mode,
        switching=config.switch_frequency > 0,
        period=period,
        switch_frequency=jnp.float32(config.switch_frequency),
        parallax=jnp.float32(config.parallax_factor),
        colors=jnp.asarray(rgb(names, PALETTE16)),
        pictures=pictures,
    )


def init(background: Background, seed: jax.Array) -> jax.Array:
    """The state of the background, () u32: the draw, from which picture, colour or noise is hashed."""
    return seed


def advance(background: Background, draw: jax.Array, t: jax.Array) -> jax.Array:
    """The draw after step `t`: a new one with probability switch_frequency."""
    if not background.switching:
        return draw
    fresh = hash32(draw, t)
    return jnp.where(random_unit(hash32(fresh, 1)) < background.switch_frequency, fresh, draw)


def draw(background: Background, state: jax.Array, camera_x: jax.Array, height: int, width: int) -> jax.Array:
    """The background seen from `camera_x` () f32 px, u8, broadcastable to (3, height, width)."""
    return seen(background, state, as_int(camera_x * background.parallax), height, width)


def seen(background: Background, state: jax.Array, offset: jax.Array, height: int, width: int) -> jax.Array:
    """The background from its column `offset` () i32 px on, u8, broadcastable to (3, height, width)."""
    if background.mode == "noise":
        pixel = hash32(state, jnp.arange(height * width, dtype=jnp.uint32).reshape(height, width))
        return planes(pixel)
    if background.mode == "image":
        if background.period is None:
            column = jnp.clip(offset, -width, background.pictures.shape[-1] - 2 * width) + width
        else:
            column = offset % background.period
        start = (random_index(state, len(background.pictures)), 0, 0, column)
        return jax.lax.dynamic_slice(background.pictures, start, (1, 3, height, width))[0]
    return background.colors[random_index(state, len(background.colors))][:, None, None]
