"""A level: all that decides an episode, as a pytree of arrays.

Units: metres, radians, seconds, kilograms; y points up, angles turn counter-clockwise. P, C, J, T are the numbers of
polygons, circles, joints and thrusters of a size (`kage.kinetix.sizes`). Rows that are not active hold anything.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.kinetix.sizes import SIZES, STATIC, Size, size_of
from kage.params import fault

PLAIN, GREEN, BLUE, RED = range(4)  # roles
SIDE, GROUND = 5.0, 0.4  # m, the world is a square; y of the floor


@struct.dataclass
class Shapes:
    """What polygons and circles have in common; n of them."""

    position: jax.Array  # (n, 2) f32 m, the centre of mass
    rotation: jax.Array  # (n,) f32 rad
    velocity: jax.Array  # (n, 2) f32 m/s
    angular_velocity: jax.Array  # (n,) f32 rad/s
    inverse_mass: jax.Array  # (n,) f32 1/kg; 0: fixed
    inverse_inertia: jax.Array  # (n,) f32 1/(kg m^2); 0: fixed
    density: jax.Array  # (n,) f32 kg/m^2; only observed
    friction: jax.Array  # (n,) f32
    restitution: jax.Array  # (n,) f32
    collision_mode: jax.Array  # (n,) i32, two shapes can touch if one has mode 2, or both mode 1
    role: jax.Array  # (n,) i32, `PLAIN`, `GREEN`, `BLUE`, `RED`
    active: jax.Array  # (n,) bool


@struct.dataclass
class Polygons(Shapes):
    """Convex polygons of three or four vertices. The first four are floor, left wall, right wall, ceiling."""

    vertices: jax.Array  # (P, 4, 2) f32 m about the centre of mass, clockwise
    n_vertices: jax.Array  # (P,) i32


@struct.dataclass
class Circles(Shapes):
    """Circles."""

    radius: jax.Array  # (C,) f32 m


@struct.dataclass
class Joints:
    """A joint holds two shapes together at one point. A revolute joint lets them turn, and may have a motor."""

    a_index: jax.Array  # (J,) i32, shape index
    b_index: jax.Array  # (J,) i32, shape index
    a_relative_pos: jax.Array  # (J, 2) f32 m, the anchor in the frame of a
    b_relative_pos: jax.Array  # (J, 2) f32 m, the anchor in the frame of b
    active: jax.Array  # (J,) bool
    is_fixed_joint: jax.Array  # (J,) bool, the shapes can't turn against each other
    rotation: jax.Array  # (J,) f32 rad, the rotation of b against a at rest
    motor_on: jax.Array  # (J,) bool
    motor_speed: jax.Array  # (J,) f32, factor of 6 rad/s
    motor_power: jax.Array  # (J,) f32, factor of 900
    motor_auto: jax.Array  # (J,) bool, always runs forwards, whatever the action
    motor_has_joint_limits: jax.Array  # (J,) bool
    min_rotation: jax.Array  # (J,) f32 rad
    max_rotation: jax.Array  # (J,) f32 rad
    binding: jax.Array  # (J,) i32, the motor input 0..3 that it listens to


@struct.dataclass
class Thrusters:
    """A thruster pushes a shape at one point."""

    object_index: jax.Array  # (T,) i32, shape index
    relative_position: jax.Array  # (T, 2) f32 m, in the frame of its shape
    rotation: jax.Array  # (T,) f32 rad, direction of the force in the frame of its shape
    power: jax.Array  # (T,) f32, factor of 10
    active: jax.Array  # (T,) bool
    binding: jax.Array  # (T,) i32, the thruster input 0..1 that it listens to


@struct.dataclass
class Level:
    """The initial state of an episode."""

    polygon: Polygons
    circle: Circles
    joint: Joints
    thruster: Thrusters

    @property
    def size(self) -> Size:
        """The size whose arrays these are, with or without leading axes. Raises `ConfigError` for any other shape."""
        parts = (self.polygon, self.circle, self.joint, self.thruster)
        counts = tuple(part.active.shape[-1] for part in parts)
        for size in SIZES.values():
            if counts == size.counts:
                return size
        sizes = ", ".join(f"{size.name} {size.counts}" for size in SIZES.values())
        raise fault("level", counts, f"room for polygons, circles, joints and thrusters as in one of the sizes {sizes}")


def empty_level(name: str) -> Level:
    """A level of a size with floor, walls and ceiling alone, which never move. All other rows are zeros."""
    size = size_of(name)
    P, C, J, T = size.counts

    def f(*shape):
        return jnp.zeros(shape, jnp.float32)

    def i(*shape):
        return jnp.zeros(shape, jnp.int32)

    def b(*shape):
        return jnp.zeros(shape, bool)

    def at_rest(n):
        return f(n, 2), f(n), f(n, 2), f(n), f(n), f(n), f(n), f(n), f(n), i(n), i(n), b(n)

    joint = Joints(i(J), i(J), f(J, 2), f(J, 2), b(J), b(J), f(J), b(J), f(J), f(J), b(J), b(J), f(J), f(J), i(J))
    level = Level(Polygons(*at_rest(P), f(P, 4, 2), i(P)), Circles(*at_rest(C), f(C)), joint,
                  Thrusters(i(T), f(T, 2), f(T), f(T), b(T), i(T)))  # fmt: skip
    static, half, slab = slice(0, STATIC), SIDE / 2, SIDE + GROUND / 2
    corners = jnp.array([
        [(half, slab), (half, -slab), (-half, -slab), (-half, slab)],
        [(-SIDE, SIDE), (0, SIDE), (0, 0), (-SIDE, 0)],
        [(SIDE, SIDE), (2 * SIDE, SIDE), (2 * SIDE, 0), (SIDE, 0)],
        [(SIDE, slab), (half, -slab), (-half, -slab), (-half, slab)],  # the first one as in the generator of the paper
    ])  # fmt: skip
    centres = jnp.array([(half, GROUND - slab), (0, 0), (0, 0), (half, SIDE + slab)])
    polygon = level.polygon
    return level.replace(polygon=polygon.replace(
        position=polygon.position.at[static].set(centres), vertices=polygon.vertices.at[static].set(corners),
        n_vertices=polygon.n_vertices.at[static].set(4), density=polygon.density.at[static].set(1),
        friction=polygon.friction.at[static].set(1), collision_mode=polygon.collision_mode.at[static].set(2),
        active=polygon.active.at[static].set(True),
    ))  # fmt: skip


def resize(level: Level, name: str) -> Level:
    """The level, without leading axes, in the arrays of another size; new rows are zeros. Indexes of circles move.

    Raises `ConfigError` if the size has no room for what is active. In another size the solver groups contacts in
    another way, so bodies move slightly differently.
    """
    old, new = level.size, size_of(name)

    def fit(rows: jax.Array, n: int) -> np.ndarray:
        """The first n rows, or all of them and zeros."""
        rows = np.asarray(rows)[:n]
        return np.pad(rows, [(0, n - len(rows))] + [(0, 0)] * (rows.ndim - 1))

    def moved(index: np.ndarray) -> np.ndarray:
        return np.where(index >= old.polygons, index + new.polygons - old.polygons, index)

    parts = {}
    for kind, n in zip(("polygon", "circle", "joint", "thruster"), new.counts):
        part = getattr(level, kind)
        used = int(np.max(np.flatnonzero(part.active), initial=-1)) + 1
        if used > n:
            holds = next((size.name for size in SIZES.values() if getattr(size, f"{kind}s") >= used), None)
            raise fault("size", name, f"the level has {used} {kind}s, and size {name} holds {n}", holds)
        parts[kind] = jax.tree.map(lambda x, n=n: fit(x, n), part)
    joint, thruster = parts["joint"], parts["thruster"]
    parts["joint"] = joint.replace(a_index=moved(joint.a_index), b_index=moved(joint.b_index))
    parts["thruster"] = thruster.replace(object_index=moved(thruster.object_index))
    return jax.tree.map(jnp.asarray, Level(**parts))


def stack_levels(levels: Sequence[Level]) -> Level:
    """The levels as one with a leading axis, at the largest of their sizes. Raises `ConfigError` for no level."""
    if not levels:
        raise fault("levels", levels, "at least one level")
    largest = max((level.size for level in levels), key=lambda size: size.shapes)
    return jax.tree.map(lambda *x: jnp.asarray(np.stack(x)), *(resize(level, largest.name) for level in levels))
