"""Non-player characters: decoration that stands in the world or keeps its place beside the agent.

Where those of the world stand, and how both are drawn, is decided by each world.
"""

from typing import Protocol

import jax
import jax.numpy as jnp
from flax import struct

from kage.look import sprites
from kage.look.config import SKINS, STICKY_SKINS, NpcConfig
from kage.look.hashing import between, hash32, random_index, random_unit
from kage.look.sprites import Skins

COUNT, SKIN, PLACE, HOME, JUMP = range(5)  # what a random number is hashed for


class Ground(Protocol):
    """What sticky NPCs stand on, and how they jump."""

    base_ground_y: jax.Array  # () i32 px row from which homes are counted
    jump_force: jax.Array  # () f32 px/step
    gravity: jax.Array  # () f32 px/step^2


@struct.dataclass
class World:
    """The NPCs of a look that stand in the world. Their largest number, `most`, is static."""

    most: int = struct.field(pytree_node=False)
    count_range: jax.Array  # (2,) i32 inclusive, up to `most`
    skins: Skins
    fps: jax.Array  # () f32 frames per 60 steps
    lift: jax.Array  # () i32 px


@struct.dataclass
class Sticky:
    """The NPCs of a look that keep their distance to the agent. Their largest number, `most`, is static."""

    most: int = struct.field(pytree_node=False)
    can_jump: bool = struct.field(pytree_node=False)
    count_range: jax.Array  # (2,) i32 inclusive, up to `most`
    skins: Skins
    fps: jax.Array  # () f32 frames per 60 steps
    lift: jax.Array  # () i32 px
    jump_probability: jax.Array  # () f32 per step
    home_range: jax.Array  # (2,) i32 px from the row of height 0, inclusive
    offset_range: jax.Array  # (2,) i32 px, inclusive
    offsets: jax.Array | None  # (most,) i32 px, as configured; None: offsets are drawn


def build(config: NpcConfig, height: int, width: int) -> tuple[World | None, Sticky | None]:
    """The traced form of `config` for a screen of this size; None for a kind without any NPC."""
    shared = {"fps": jnp.float32(config.animation_fps), "lift": jnp.int32(config.spawn_y_offset)}
    world = sticky = None
    if config.enabled and config.max_npc_count > 0:
        skins = sprites.skins(config, SKINS, height, width)
        counts = jnp.array([config.min_npc_count, config.max_npc_count], jnp.int32)
        world = World(most=config.max_npc_count, count_range=counts, skins=skins, **shared)
    if config.sticky_enabled and config.max_sticky_count > 0:
        given = config.sticky_x_offsets
        sticky = Sticky(
            most=config.max_sticky_count,
            can_jump=config.sticky_can_jump,
            count_range=jnp.array([config.min_sticky_count, config.max_sticky_count], jnp.int32),
            skins=sprites.skins(config, STICKY_SKINS, height, width),
            jump_probability=jnp.float32(config.sticky_jump_probability),
            home_range=jnp.array([config.sticky_y_min_offset, config.sticky_y_max_offset], jnp.int32),
            offset_range=jnp.array([config.sticky_x_min, config.sticky_x_max], jnp.int32),
            offsets=jnp.array([given[i % len(given)] for i in range(config.max_sticky_count)]) if given else None,
            **shared,
        )
    return world, sticky


@struct.dataclass
class Homes:
    """Where the sticky NPCs of an episode are at home; entries from index `count` on are unused."""

    count: jax.Array  # () i32
    skin: jax.Array  # (most,) i32
    offset: jax.Array  # (most,) i32 px from the agent's screen column
    y: jax.Array  # (most,) i32 px row of the middle


@struct.dataclass
class StickyState:
    """How sticky NPCs jump, and the seed from which their homes are computed."""

    seed: jax.Array  # () u32
    y: jax.Array  # (most,) f32 px
    vy: jax.Array  # (most,) f32 px/step


def init_world(world: World, seed: jax.Array) -> jax.Array:
    """The state of the NPCs of the world, () u32: all that an episode draws for them is hashed from this number."""
    return seed


def homes(sticky: Sticky, seed: jax.Array, ground: Ground) -> Homes:
    """What an episode draws for its sticky NPCs."""
    i = jnp.arange(sticky.most)
    drawn = between(hash32(seed, PLACE, i), *sticky.offset_range)
    return Homes(
        count=between(hash32(seed, COUNT), *sticky.count_range),
        skin=random_index(hash32(seed, SKIN, i), sticky.skins.number),
        offset=drawn if sticky.offsets is None else sticky.offsets,
        y=ground.base_ground_y - sticky.lift + between(hash32(seed, HOME, i), *sticky.home_range),
    )


def init_sticky(sticky: Sticky, seed: jax.Array, ground: Ground) -> StickyState:
    """The sticky NPCs of an episode, from its u32 seed, all at home."""
    return StickyState(seed=seed, y=homes(sticky, seed, ground).y.astype(jnp.float32), vy=jnp.zeros(sticky.most))


def advance_sticky(sticky: Sticky, state: StickyState, t: jax.Array, ground: Ground) -> StickyState:
    """The state after step `t`: an NPC at home may jump, one above its home falls back."""
    if not sticky.can_jump:
        return state
    home = homes(sticky, state.seed, ground).y
    chance = random_unit(hash32(state.seed, JUMP, t, jnp.arange(sticky.most)))
    jumps = (state.y >= home) & (chance < sticky.jump_probability)
    vy = jnp.where(jumps, ground.jump_force, state.vy) + ground.gravity
    y = state.y + vy
    return state.replace(y=jnp.minimum(y, home), vy=jnp.where(y >= home, 0.0, vy))


@jax.custom_batching.custom_vmap
def largest(number: jax.Array) -> jax.Array:
    """`number`; under `vmap`, the largest of the batch: a loop with unequal lengths would copy all that it carries."""
    return number


@largest.def_vmap
def largest_of_batch(size, batched, number):
    return largest(number.max()), False
