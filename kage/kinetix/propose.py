"""Shapes that a random level could get: drawn freely, or connected by a joint to a shape that is there.

Every function handles one level and draws from one key. Numbers are those of the paper's generator.
"""

import jax
import jax.numpy as jnp
from flax import struct
from jax import random

from kage.kinetix.level import BLUE, GREEN, GROUND, PLAIN, RED, SIDE, Level
from kage.kinetix.sizes import BINDINGS, STATIC

THIN, HALF_SIDE, RADII = 0.05, 1 / (2 * 2**0.5), (0.1, 0.4)  # m: least and usual greatest half side; radii
DOUBLED = 0.3  # chance that one side is doubled
OPPOSITE, LOWERED = 0.5, 0.6  # chances: green left and blue right; a high fixed shape is moved down
FIXED, FIXED_BY_MASS = 0.02, 4.0  # chance of a fixed shape: this, and this much for each kg


@struct.dataclass
class Shape:
    """A rectangle or a circle, at rest."""

    round: jax.Array  # () bool, a circle
    half: jax.Array  # (2,) f32 m, half sides of the rectangle
    radius: jax.Array  # () f32 m, of the circle
    role: jax.Array  # () i32
    position: jax.Array  # (2,) f32 m
    rotation: jax.Array  # () f32 rad
    fixed: jax.Array  # () bool

    @property
    def vertices(self) -> jax.Array:
        """The corners of the rectangle about its centre, clockwise, (4, 2) f32 m."""
        return self.half * jnp.array([(1, 1), (1, -1), (-1, -1), (-1, 1)])

    @property
    def mass(self) -> jax.Array:
        """() f32 kg."""
        return jnp.where(self.round, jnp.pi * self.radius**2, 4 * self.half.prod())

    @property
    def inertia(self) -> jax.Array:
        """() f32 kg m^2; circles have half of what they should have, as in the reference."""
        return jnp.where(self.round, jnp.pi * self.radius**4 / 4, self.mass * (self.half**2).sum() / 3)


def chance(key: jax.Array, probability) -> jax.Array:
    """True with this probability, () bool."""
    return random.bernoulli(key, probability)


def choose(key: jax.Array, weights: jax.Array) -> jax.Array:
    """An index, drawn with these weights, () i32. They must not all be 0."""
    return random.categorical(key, jnp.log(weights.astype(jnp.float32)))


def between(key: jax.Array, low, high, shape=()) -> jax.Array:
    """Uniform between two numbers, f32."""
    return random.uniform(key, shape, minval=low, maxval=high)


def turned(point: jax.Array, angle: jax.Array) -> jax.Array:
    """(2,) turned counter-clockwise."""
    sin, cos = jnp.sin(angle), jnp.cos(angle)
    return jnp.array([cos * point[0] - sin * point[1], sin * point[0] + cos * point[1]])


def roles(level: Level) -> jax.Array:
    """The weight of each role for the next shape, (4,) f32: one green, one blue, then plain ones, at most one red."""
    role, active = (jnp.concatenate([getattr(part, name) for part in (level.polygon, level.circle)])
                    for name in ("role", "active"))  # fmt: skip
    green, blue, red = (((role == wanted) & active).any() for wanted in (GREEN, BLUE, RED))
    rest = green & blue
    return jnp.array([rest, ~green, ~blue, (rest & ~red) / 3], jnp.float32)


def free_slots(level: Level) -> tuple[jax.Array, jax.Array]:
    """True if there is room for another polygon, for another circle."""
    return ~level.polygon.active.all(), ~level.circle.active.all()


def kind(key: jax.Array, level: Level) -> jax.Array:
    """True for a circle, at even odds if there is room for either kind."""
    polygon, circle = free_slots(level)
    return circle & (~polygon | chance(key, 0.5))


def dimensions(key: jax.Array, round) -> tuple[jax.Array, jax.Array]:
    """Half sides (2,) and a radius (). A circle's half sides and a rectangle's radius are the least possible ones: they
    only decide how far the shape stays from the walls."""
    k_half, k_double, k_side, k_radius = random.split(key, 4)
    half = jnp.where(round, THIN, between(k_half, THIN, HALF_SIDE, (2,)))
    side = jnp.arange(2) == random.randint(k_side, (), 0, 2)
    half = jnp.where(side & chance(k_double, DOUBLED), 2 * half, half)
    return half, jnp.where(round, between(k_radius, *RADII), RADII[0])


def free_shape(key: jax.Array, level: Level, fixable: jax.Array) -> Shape:
    """A shape somewhere in the world. fixable: () bool, it may be fixed."""
    k_kind, k_role, k_size, k_opposite, k_place, k_turn, k_fixed, k_lower = random.split(key, 8)
    round, role = kind(k_kind, level), choose(k_role, roles(level))
    half, radius = dimensions(k_size, round)
    reach = jnp.maximum(2**0.5 * half.max(), radius)
    opposite = chance(k_opposite, OPPOSITE)
    low = reach + jnp.array([jnp.where(opposite & (role == BLUE), SIDE / 2, 0), GROUND])
    high = jnp.array([jnp.where(opposite & (role == GREEN), SIDE / 2, SIDE), SIDE]) - reach
    position = between(k_place, low, high, (2,))
    shape = Shape(round, half, radius, role, position, between(k_turn, 0, 2 * jnp.pi), jnp.bool_(False))
    fixed = fixable & chance(k_fixed, jnp.minimum(FIXED + FIXED_BY_MASS * shape.mass, 1))
    lower = fixed & (role != PLAIN) & (position[1] >= SIDE / 2) & chance(k_lower, LOWERED)
    return shape.replace(fixed=fixed, position=position - jnp.array([0, jnp.where(lower, SIDE / 2, 0)]))


@struct.dataclass
class Link:
    """A joint between a new shape and one that is there."""

    other: jax.Array  # () i32, shape index of the one that is there
    anchors: jax.Array  # (2, 2) f32 m, in the frame of the new shape, and of the other one
    fixed: jax.Array  # () bool, the shapes can't turn against each other
    motor_on: jax.Array  # () bool
    motor_speed: jax.Array  # () f32
    motor_power: jax.Array  # () f32
    limited: jax.Array  # () bool
    limits: jax.Array  # (2,) f32 rad
    binding: jax.Array  # () i32
    valid: jax.Array  # () bool, each shape can be seen beyond the other


def connectable(level: Level) -> jax.Array:
    """True if there is room for a joint, and something that it can hold a new shape to."""
    others = level.polygon.active[STATIC:].any() | level.circle.active.any()
    return others & ~level.joint.active.all()


def connected_shape(key: jax.Array, level: Level, revolute: jax.Array) -> tuple[Shape, Link]:
    """A shape that a joint holds to one that is there. revolute: () bool, the joint must be able to turn."""
    k_target, k_other, k_kind, k_size, k_turn, k_new, k_old, k_role, k_joint = random.split(key, 9)
    P, movable = level.size.polygons, level.polygon.active.at[:STATIC].set(False)
    inverse_mass, role, position, rotation, active = (
        jnp.concatenate([getattr(part, name) for part in (level.polygon, level.circle)])
        for name in ("inverse_mass", "role", "position", "rotation", "active")
    )
    is_circle = jnp.arange(level.size.shapes) >= P

    # Shapes that already have joints, and fixed ones, are chosen rarely.
    joint = level.joint
    ends = jnp.stack([joint.a_index, joint.b_index], axis=1)
    held = jnp.zeros(len(active)).at[ends].add(joint.active[:, None])
    weights = jnp.where(is_circle, held == 0, jnp.maximum(0, (2 - held) / 2)) * jnp.where(inverse_mass == 0, 0.05, 1)
    weights *= active.at[:STATIC].set(False)
    on_circle = (weights * is_circle).any() & free_slots(level)[0] & (~movable.any() | chance(k_target, 0.5))
    of_kind = is_circle == on_circle
    wanted = weights * of_kind
    other = choose(k_other, jnp.where(wanted.any(), wanted, active & of_kind))

    round = kind(k_kind, level) & ~on_circle  # two circles are never connected
    half, radius = dimensions(k_size, round)
    turn, corners = between(k_turn, 0, 2 * jnp.pi), level.polygon.vertices[other]
    anchor = jnp.where(round, 0, between(k_new, -half, half, (2,)))
    hold = jnp.where(on_circle, 0, between(k_old, corners.min(axis=0), corners.max(axis=0), (2,)))
    place = position[other] + turned(hold, rotation[other]) - turned(anchor, turn)
    allowed = jnp.array([(1, 1, 1, 1), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1)])[role[other]]  # by the other's role
    own = choose(k_role, roles(level) * allowed)
    shape = Shape(round, half, radius, own, place, turn, jnp.bool_(False))

    k_fixed, k_on, k_speed, k_power, k_limited, k_limits, k_binding = random.split(k_joint, 7)
    turning, boxes = (joint.active & ~joint.is_fixed_joint).sum(), ~round & ~on_circle
    fixed = ~revolute & (turning >= 2) & chance(k_fixed, 0.5)
    limited = ~fixed & boxes & chance(k_limited, 0.4)
    limits = between(k_limits, jnp.array([-jnp.pi, 0]), jnp.array([0, jnp.pi]), (2,))
    # As in the reference, each shape is judged at the other's anchor where the new shape has the larger index.
    at = jnp.where(slot(level, round) < other, jnp.stack([anchor, hold]), jnp.stack([hold, anchor]))
    reach, cover = beyond(round, shape.vertices, radius, at[0])
    old_reach, old_cover = beyond(on_circle, corners, level.circle.radius[other - P], at[1])
    valid = (reach > old_cover + 0.05) & (old_reach > cover + 0.05)
    return shape, Link(
        other, jnp.stack([anchor, hold]), fixed, ~fixed & chance(k_on, 0.8),
        jnp.where(fixed, 0, between(k_speed, 0.4, 3)),
        jnp.where(fixed, 0, jnp.where(boxes, between(k_power, 1, 3), 1)),
        limited, jnp.where(limited, limits, 0), random.randint(k_binding, (), 0, BINDINGS[0]), valid,
    )  # fmt: skip


def beyond(round: jax.Array, corners: jax.Array, radius: jax.Array, at: jax.Array) -> tuple[jax.Array, jax.Array]:
    """How far a shape reaches from a point, and how far it covers all around that point, both () f32 m."""
    reach = jnp.linalg.norm(corners - at, axis=1).max()
    cover = jnp.minimum(at - corners.min(axis=0), corners.max(axis=0) - at).min()
    return jnp.where(round, radius, reach), jnp.where(round, radius, cover)


def slot(level: Level, round: jax.Array) -> jax.Array:
    """The shape index that the next circle, or the next polygon, gets, () i32."""
    return jnp.where(round, level.size.polygons + level.circle.active.argmin(), level.polygon.active.argmin())
