"""Level geometry: a maze, some of whose walls are taken away, stored as one bit per cell; ways through it, in cells."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.first_person.physics import UNITS, Physics
from kage.look.hashing import hash32

FAR = 255  # the distance of a solid cell; the longest way of the largest maze has 240 steps
SPAWN, GOAL, HEADING = range(3)  # what a choice is hashed for


@struct.dataclass
class Map:
    """The walls of a level, and the number from which spawn and goals are hashed."""

    walls: jax.Array  # (size,) u32, bit y of word x is set where cell (x, y) is solid
    seed: jax.Array  # () u32


def edges(rooms: int) -> tuple[np.ndarray, np.ndarray]:
    """The places between two neighbouring rooms: both rooms, (E, 2) i32, and the cell, (E, 2) i32 x and y."""
    i, j = np.meshgrid(np.arange(rooms - 1), np.arange(rooms), indexing="ij")
    across = [(i * rooms + j, (i + 1) * rooms + j, 2 * i + 2, 2 * j + 1)]
    i, j = np.meshgrid(np.arange(rooms), np.arange(rooms - 1), indexing="ij")
    down = [(i * rooms + j, i * rooms + j + 1, 2 * i + 1, 2 * j + 2)]
    both = np.concatenate([np.stack([part.ravel() for part in parts], 1) for parts in (*across, *down)])
    return both[:, :2].astype(np.int32), both[:, 2:].astype(np.int32)


def sample(key: jax.Array, physics: Physics) -> Map:
    """A level: a perfect maze by Kruskal's algorithm, then edges opened and pillars taken away at random."""
    rooms, size = physics.rooms, physics.size
    ends, cells = edges(rooms)
    k_order, k_open, k_pillars, k_seed = jax.random.split(key, 4)

    def join(part, edge):
        one, other = part[ends_[edge, 0]], part[ends_[edge, 1]]
        return jnp.where(part == other, one, part), one != other

    ends_ = jnp.asarray(ends)
    order = jax.random.permutation(k_order, len(ends))
    _, joins = jax.lax.scan(join, jnp.arange(rooms**2), order)
    opened = jnp.zeros(len(ends), bool).at[order].set(joins)
    opened |= jax.random.uniform(k_open, (len(ends),)) < physics.openness

    solid = jnp.ones((size, size), bool).at[1::2, 1::2].set(False)
    solid = solid.at[cells[:, 0], cells[:, 1]].set(~opened)
    inner = solid[2:-1:2, 2:-1:2]
    touched = solid[1:-2:2, 2:-1:2] | solid[3::2, 2:-1:2] | solid[2:-1:2, 1:-2:2] | solid[2:-1:2, 3::2]
    stays = touched | (jax.random.uniform(k_pillars, inner.shape) < physics.pillars)
    solid = solid.at[2:-1:2, 2:-1:2].set(stays)
    return Map(walls=packed(solid), seed=jax.random.bits(k_seed))


def packed(solid: jax.Array) -> jax.Array:
    """(size,) u32 from (size, size) bool."""
    return jnp.sum(solid.astype(jnp.uint32) << jnp.arange(solid.shape[1], dtype=jnp.uint32), axis=1, dtype=jnp.uint32)


def solids(walls: jax.Array) -> jax.Array:
    """(size, size) bool from (size,) u32."""
    return (walls[:, None] >> jnp.arange(len(walls), dtype=jnp.uint32) & 1).astype(bool)


def solid_at(walls: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """True where the point (x, y), i32 units, lies in a solid cell."""
    return (walls[x // UNITS] >> (y // UNITS).astype(jnp.uint32) & 1).astype(bool)


def distances(walls: jax.Array, cell: jax.Array, wanted: jax.Array | bool, otherwise: jax.Array) -> jax.Array:
    """Steps over free cells from each cell to `cell` () i32, (size^2,) u8; FAR if solid. Where not `wanted` () bool:
    `otherwise`.

    Under `vmap` the loop is as long as the longest way among those that are wanted, and empty if none is.
    """
    size, solid = len(walls), solids(walls)

    def relax(carry):
        far, _ = carry
        edge = jnp.pad(far, 1, constant_values=FAR)
        near = jnp.minimum(jnp.minimum(edge[2:, 1:-1], edge[:-2, 1:-1]), jnp.minimum(edge[1:-1, 2:], edge[1:-1, :-2]))
        nearer = jnp.where(solid, FAR, jnp.minimum(far, jnp.minimum(near, FAR - 1) + 1)).astype(jnp.uint8)
        return nearer, jnp.any(nearer != far)

    here = (jnp.arange(size**2) == cell).reshape(size, size)
    first = jnp.where(wanted, jnp.where(here, 0, FAR).astype(jnp.uint8), otherwise.reshape(size, size))
    found, _ = jax.lax.while_loop(lambda carry: carry[1], relax, (first, jnp.asarray(wanted)))
    return found.ravel()


def choose(allowed: jax.Array, *words: jax.Array | int) -> jax.Array:
    """One of the cells that are allowed, (size^2,) bool, decided by the words; () i32."""
    drawn = hash32(*words, jnp.arange(len(allowed), dtype=jnp.uint32)) | 1
    return jnp.argmax(jnp.where(allowed, drawn, 0)).astype(jnp.int32)


def next_goal(seed: jax.Array, number: jax.Array, distance: jax.Array, least: jax.Array) -> jax.Array:
    """The cell of a goal, () i32: at least `least` steps from where distances are counted, or if there is none, any
    other that can be reached."""
    far = (distance >= least) & (distance < FAR)
    other = (distance > 0) & (distance < FAR)
    return choose(jnp.where(jnp.any(far & other), far & other, other), seed, GOAL, number)


def middle(cell: jax.Array, size: int) -> tuple[jax.Array, jax.Array]:
    """The middle of a cell, i32 units."""
    return cell // size * UNITS + UNITS // 2, cell % size * UNITS + UNITS // 2


def ways(distance: jax.Array, x: jax.Array, y: jax.Array, size: int) -> tuple[jax.Array, jax.Array]:
    """The ways from a point (x, y), () i32 units, to the goal by its own cell and the four around it: their lengths
    along the axes, (5,) i32 units, too large to be the shortest where the cell is solid; and these cells, (5,) i32."""
    cell = x // UNITS * size + y // UNITS
    around = cell + jnp.array([0, size, -size, 1, -1])
    far = distance[around].astype(jnp.int32)
    mid_x, mid_y = middle(around, size)
    length = UNITS * far + abs(x - mid_x) + abs(y - mid_y)
    return jnp.where(far < FAR, length, 2**30), around


def way(distance: jax.Array, x: jax.Array, y: jax.Array, size: int) -> jax.Array:
    """The length of the shortest way along the axes from a point to the goal, () i32 units."""
    return ways(distance, x, y, size)[0].min()
