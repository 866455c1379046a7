"""Latent dynamics and reward of one environment. No look is ever passed in here, so no look can change them.

Batching is the caller's `jax.vmap`. Units: 1024 a cell, 256 headings a turn, time in steps. All of the state but the
sum of rewards is whole numbers, so trajectories are equal bit by bit on every backend.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.first_person import level
from kage.first_person.level import Map
from kage.first_person.physics import COS, ONE, SIN, TURN, Physics
from kage.look.hashing import hash32

LEFT, RIGHT, FORWARD = 1, 2, 4  # bits of an action; LEFT and RIGHT together cancel


@struct.dataclass
class Latent:
    """All that transition and reward read besides `Physics`. Nothing visual belongs here."""

    walls: jax.Array  # (size,) u32, see `kage.first_person.level.Map`
    seed: jax.Array  # () u32
    distance: jax.Array  # (size^2,) u8 steps over free cells to the goal
    x: jax.Array  # () i32 units
    y: jax.Array  # () i32 units
    heading: jax.Array  # () i32 0..255
    goal: jax.Array  # () i32 cell, x * size + y
    way: jax.Array  # () i32 units, the shortest way to the goal
    goals: jax.Array  # () i32 goals touched
    shortened: jax.Array  # () i32 units by which ways got shorter, all together
    t: jax.Array  # () i32 steps since reset
    ret: jax.Array  # () f32 sum of rewards


def start(place: Map, physics: Physics) -> Latent:
    """The agent at the spawn point of a level."""
    walls, seed, size = place.walls, place.seed, physics.size
    spawn = level.choose(~level.solids(walls).ravel(), seed, level.SPAWN)
    nothing = jnp.full(size**2, level.FAR, jnp.uint8)
    goal = level.next_goal(seed, 0, level.distances(walls, spawn, True, nothing), physics.least_goal_distance)
    distance = level.distances(walls, goal, True, nothing)
    x, y = level.middle(spawn, size)
    zero = jnp.int32(0)
    return Latent(
        walls=walls, seed=seed, distance=distance, x=x, y=y, goal=goal, way=level.way(distance, x, y, size),
        heading=(hash32(seed, level.HEADING) % TURN).astype(jnp.int32), goals=zero, shortened=zero, t=zero,
        ret=jnp.float32(0),
    )  # fmt: skip


def step(latent: Latent, action: jax.Array, physics: Physics) -> tuple[Latent, jax.Array]:
    """One step of the latent world: the next state and the reward, () f32."""
    size = physics.size
    turn = (action & RIGHT > 0).astype(jnp.int32) - (action & LEFT > 0).astype(jnp.int32)
    heading = (latent.heading + physics.turn_speed * turn) % TURN
    speed = jnp.where(action & FORWARD > 0, physics.move_speed, 0)
    x, y = walk(latent, jnp.asarray(COS)[heading], jnp.asarray(SIN)[heading], speed, physics.radius)

    reached = level.way(latent.distance, x, y, size)
    shortened = latent.way - reached
    goal_x, goal_y = level.middle(latent.goal, size)
    touched = (x - goal_x) ** 2 + (y - goal_y) ** 2 <= physics.reach**2
    reward = physics.reward_per_unit * shortened.astype(jnp.float32)
    reward = reward + jnp.where(touched, physics.goal_reward, 0.0) - physics.timestep_penalty

    goals = latent.goals + touched
    goal = jnp.where(
        touched, level.next_goal(latent.seed, goals, latent.distance, physics.least_goal_distance), latent.goal
    )
    distance = level.distances(latent.walls, goal, touched, latent.distance)
    after = latent.replace(
        x=x, y=y, heading=heading, goal=goal, goals=goals, distance=distance,
        way=jnp.where(touched, level.way(distance, x, y, size), reached),
        shortened=latent.shortened + shortened, t=latent.t + 1, ret=latent.ret + reward,
    )  # fmt: skip
    return after, reward


def walk(
    latent: Latent, cos: jax.Array, sin: jax.Array, speed: jax.Array, radius: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Where a step of `speed` units along a direction (2^14 is one) leads, i32 units: along x first, then along y, and
    not at all along an axis on which one of the two leading corners of the agent's box would be in a solid cell."""
    vx, vy = ((part * speed + (1 << ONE - 1)) >> ONE for part in (cos, sin))
    walls, x, y = latent.walls, latent.x, latent.y
    edge = x + vx + jnp.sign(vx) * radius
    blocked = level.solid_at(walls, edge, y - radius) | level.solid_at(walls, edge, y + radius)
    x = jnp.where(blocked, x, x + vx)
    edge = y + vy + jnp.sign(vy) * radius
    blocked = level.solid_at(walls, x - radius, edge) | level.solid_at(walls, x + radius, edge)
    return x, jnp.where(blocked, y, y + vy)


def aim(latent: Latent, size: int) -> tuple[jax.Array, jax.Array]:
    """The next point on the way to the goal, from the agent: how far ahead and how far to the right, i32 units."""
    length, cells = level.ways(latent.distance, latent.x, latent.y, size)
    far = jnp.where(length < 2**30, latent.distance[cells].astype(jnp.int32), level.FAR)
    x, y = level.middle(cells[jnp.argmin(far)], size)
    return ahead(latent, x - latent.x, y - latent.y)


def ahead(latent: Latent, dx: jax.Array, dy: jax.Array) -> tuple[jax.Array, jax.Array]:
    """A vector on the map, i32 units, as the agent sees it: the part ahead and the part to the right, i32 units."""
    cos, sin = jnp.asarray(COS)[latent.heading], jnp.asarray(SIN)[latent.heading]
    return (dx * cos + dy * sin) >> ONE, (dy * cos - dx * sin) >> ONE


def walker(latent: Latent, physics: Physics) -> jax.Array:
    """An action that leads along the shortest way to the goal, () i32; it reads the latent state alone."""
    front, right = aim(latent, physics.size)
    aside = (abs(right) > abs(front) // 4) | (front < 0)
    turn = jnp.where(aside, jnp.where(right > 0, RIGHT, LEFT), 0)
    return turn | jnp.where(front > abs(right), FORWARD, 0)
