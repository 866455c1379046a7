"""Distractors: shapes that drift over the screen behind the ground line."""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look import shapes
from kage.look.config import DistractorsConfig
from kage.look.hashing import between, hash32, random_index, random_unit
from kage.look.palette import PALETTE21, rgb
from kage.look.pixel import as_int

MARGIN = 15  # px, middles of distractors stay this far inside the screen
SHAPE, COLOR, SIZE, PLACE, SPEED, SIGN, ANGLE, TURN = range(8)  # what a random number is hashed for


@struct.dataclass
class Distractors:
    """The distractors of a look. Their number, the shapes and the largest size are static."""

    count: int = struct.field(pytree_node=False)
    shapes: tuple[str, ...] = struct.field(pytree_node=False)
    moves: bool = struct.field(pytree_node=False)
    turns: bool = struct.field(pytree_node=False)
    reach: int = struct.field(pytree_node=False)  # px from its middle that the largest distractor can cover
    high: tuple[float, float] = struct.field(pytree_node=False)  # px row and column of the far margins
    colors: jax.Array  # (K, 3) u8
    speed: jax.Array  # (2,) f32 lowest and highest |speed| per axis, px/step
    rotation: jax.Array  # (2,) f32 slowest and fastest turn, degrees/step
    size: jax.Array  # (2,) i32 smallest and largest size, px


def build(config: DistractorsConfig, height: int, width: int) -> Distractors | None:
    """The traced form of `config` for a screen of this size, None when there are none."""
    if not config.enabled or config.count == 0:
        return None
    return Distractors(
        count=config.count,
        shapes=tuple(config.shape_types),
        moves=config.can_move,
        turns=config.can_rotate,
        reach=shapes.reach(config.max_size, config.max_size, True),
        high=(float(height - MARGIN), float(width - MARGIN)),
        colors=jnp.asarray(rgb(config.shape_colors, PALETTE21)),
        speed=jnp.array([config.min_speed, config.max_speed], jnp.float32),
        rotation=jnp.array([config.min_rotation_speed, config.max_rotation_speed], jnp.float32),
        size=jnp.array([config.min_size, config.max_size], jnp.int32),
    )


@struct.dataclass
class Drawn:
    """What an episode drew for each distractor: values that are constant, or change with time alone."""

    shape: jax.Array  # (count,) i32 index into shapes
    color: jax.Array  # (count,) i32 index into colors
    size: jax.Array  # (count,) i32 px
    degrees: jax.Array  # (count,) f32 clockwise


@struct.dataclass
class DistractorsState:
    """Where the distractors are, and the seed from which the rest is computed."""

    seed: jax.Array  # () u32
    position: jax.Array  # (2, count) f32 px row and column of the middle
    velocity: jax.Array  # (2, count) f32 px/step


def uniform(word: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """f32 uniform in low..high from a hash."""
    return low + (high - low) * random_unit(word)


def drawn(distractors: Distractors, seed: jax.Array, t: jax.Array | int) -> Drawn:
    """What an episode draws for its distractors, turned by `t` steps."""
    i = jnp.arange(distractors.count)
    degrees = 360.0 * random_unit(hash32(seed, ANGLE, i))
    if distractors.turns:
        degrees = (degrees + t * uniform(hash32(seed, TURN, i), *distractors.rotation)) % 360
    return Drawn(
        shape=random_index(hash32(seed, SHAPE, i), len(distractors.shapes)),
        color=random_index(hash32(seed, COLOR, i), len(distractors.colors)),
        size=between(hash32(seed, SIZE, i), *distractors.size),
        degrees=degrees,
    )


def init(distractors: Distractors, seed: jax.Array) -> DistractorsState:
    """The distractors of an episode, from its u32 seed."""
    i, axis = jnp.arange(distractors.count), jnp.arange(2)[:, None]
    low, high = margins(distractors)
    speed = uniform(hash32(seed, SPEED, i, axis), *distractors.speed)
    return DistractorsState(
        seed=seed,
        position=uniform(hash32(seed, PLACE, i, axis), low, high),
        velocity=jnp.where(random_index(hash32(seed, SIGN, i, axis), 2) == 0, speed, -speed),
    )


def margins(distractors: Distractors) -> tuple[jax.Array, jax.Array]:
    """The limits of a distractor's middle, f32 px: low (), the same for rows and columns, and high (2, 1)."""
    return jnp.float32(MARGIN), jnp.array(distractors.high, jnp.float32)[:, None]


def advance(distractors: Distractors, state: DistractorsState) -> DistractorsState:
    """The state after one step; a distractor that reaches a margin stays on it and turns back."""
    if not distractors.moves:
        return state
    low, high = margins(distractors)
    position = state.position + state.velocity
    velocity = jnp.where(
        position < low, abs(state.velocity), jnp.where(position > high, -abs(state.velocity), state.velocity)
    )
    return state.replace(position=jnp.clip(position, low, high), velocity=velocity)


def draw(distractors: Distractors, state: DistractorsState, frame: jax.Array, t: jax.Array | int) -> jax.Array:
    """`frame` (3, H, W) u8 with the distractors as of step `t`, later ones in front."""
    _, height, width = frame.shape

    def rasterise(shape, degrees, size):
        return shapes.rasterise(distractors.shapes, shape, degrees, size, size, distractors.reach)

    look = drawn(distractors, state.seed, t)
    bits = jax.vmap(rasterise)(look.shape, look.degrees, look.size.astype(jnp.float32))
    colors = distractors.colors[look.color]
    cy, cx = as_int(state.position)

    def one(i, frame):
        mask = shapes.paint(jax.tree.map(lambda x: x[i], bits), cx[i], cy[i], height, width)
        return shapes.fill(frame, colors[i], mask)

    # Each iteration reads and writes a whole frame. Unrolled, a GPU does several iterations in one pass, but a CPU
    # would compute the pixels of earlier iterations again in each one.
    return jax.lax.fori_loop(0, distractors.count, one, frame, unroll=1 if jax.default_backend() == "cpu" else 16)
