"""A look puts the layers together, back to front: background, ground, agent, filters.

Frames are channel-planar, (3, H, W) uint8: one plane per colour is what a CPU vectorises. `to_hwc` gives the
usual picture.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.hashing import hash32
from kage.latent import Latent, as_int
from kage.level import column_rows
from kage.look import background, character, distractors, effects, filters, layout, npc
from kage.look.shapes import fill
from kage.physics import Physics


@struct.dataclass
class Look:
    """Everything that is seen. Which layers there are is structure; an absent layer is None and costs nothing."""

    height: int = struct.field(pytree_node=False)  # px
    width: int = struct.field(pytree_node=False)  # px
    background: background.Background
    ground: layout.Ground
    character: character.Character
    filters: filters.Filters | None


@struct.dataclass
class Visual:
    """What the look drew by chance for this episode, and how it has moved on. Never read by the dynamics."""

    background: jax.Array  # () u32 the current draw
    ground: jax.Array  # () i32 colour index
    character: character.CharacterState
    filters: jax.Array | None  # () u32


def build(config) -> Look:
    """The look of a `kage.config.Config`. Raises `ConfigError` for a layer that is not available."""
    for layer, part in ((npc, config.npc), (distractors, config.distractors), (effects, config.effects)):
        layer.build(part)
    return Look(
        height=config.H,
        width=config.W,
        background=background.build(config.background, config.H, config.W),
        ground=layout.build(config.layout),
        character=character.build(config.character, config.H, config.W),
        filters=filters.build(config.filters),
    )


def init(look: Look, seed: jax.Array) -> Visual:
    """The visual state at the start of an episode; `seed` () u32 decides all that is drawn by chance."""
    return Visual(
        background=background.init(look.background, hash32(seed, 0)),
        ground=layout.init(look.ground, hash32(seed, 1)),
        character=character.init(look.character, hash32(seed, 2)),
        filters=None if look.filters is None else filters.init(look.filters, hash32(seed, 3)),
    )


def advance(look: Look, visual: Visual, latent: Latent) -> Visual:
    """The visual state after a step that led to `latent`."""
    return visual.replace(
        background=background.advance(look.background, visual.background, latent.t),
        character=character.advance(look.character, visual.character, latent.vx),
    )


def render(look: Look, visual: Visual, latent: Latent, physics: Physics) -> jax.Array:
    """The frame, (3, H, W) u8."""
    height, width = look.height, look.width
    frame = background.draw(look.background, visual.background, latent.camera_x, height, width)
    frame = jnp.broadcast_to(frame, (3, height, width))

    columns = jnp.arange(width) + as_int(latent.camera_x)
    first, last = column_rows(latent.heights, columns, physics)
    frame = fill(frame, *layout.draw(look.ground, visual.ground, first, last, height))

    cx, cy = as_int(latent.x - latent.camera_x), as_int(latent.y + 1)
    frame = character.draw(look.character, visual.character, frame, cx, cy)
    return frame if look.filters is None else filters.apply(look.filters, visual.filters, latent.t, frame)


def to_hwc(frame: jax.Array) -> jax.Array:
    """A frame as the usual picture, (H, W, 3) u8."""
    return jnp.moveaxis(frame, -3, -1)
