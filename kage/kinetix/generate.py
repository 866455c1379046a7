"""Random levels, drawn as in the paper.

A level begins with two shapes, of which one at most is fixed. A third one is connected by a motor, or a thruster pushes
one of them, or both. Larger sizes get more shapes and thrusters, connected or free.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import random

from kage.kinetix.level import BLUE, GREEN, PLAIN, RED, Level, empty_level
from kage.kinetix.physics import count_contacts
from kage.kinetix.propose import (
    Link,
    Shape,
    between,
    chance,
    choose,
    connectable,
    connected_shape,
    free_shape,
    free_slots,
    slot,
)
from kage.kinetix.sizes import BINDINGS, STATIC, size_of

PROPOSALS = 8  # of each shape, the proposal with the fewest contacts is taken
INVALID = 10  # what an invalid joint counts for, in contacts
NOTHING, FREE, CONNECTED = range(3)


class Order(NamedTuple):
    """What a level gets next."""

    kind: jax.Array  # () i32, `NOTHING`, `FREE` or `CONNECTED`
    fixable: jax.Array  # () bool, a free shape may be fixed
    revolute: jax.Array  # () bool, a joint must be able to turn
    pushed: jax.Array  # () bool, a thruster comes too


@functools.partial(jax.jit, static_argnames=("name", "n"))
def random_levels(key: jax.Array, name: str, n: int) -> Level:
    """n levels (n, ...) of a size."""
    return jax.vmap(lambda key: random_level(key, name))(random.split(key, n))


def random_level(key: jax.Array, name: str) -> Level:
    """A level of a size."""
    size = size_of(name)
    k_floor, k_orders, k_build, k_thrusters, k_swap, k_shuffle = random.split(key, 6)
    level = empty_level(name)
    floor = choose(k_floor, jnp.array([0.90, 0, 0.02, 0.08]))
    level = level.replace(polygon=level.polygon.replace(role=level.polygon.role.at[0].set(floor)))
    orders = draw_orders(k_orders, floor, size.shapes - 7, size.shapes > 7)
    propose = functools.partial(add_shape, proposals=PROPOSALS if size.shapes > 7 else 1)

    def build(level, step):
        key, order = step
        k_shape, k_thruster = random.split(key)
        return add_thruster(k_thruster, propose(k_shape, level, order), order.pushed), None

    level, _ = jax.lax.scan(build, level, (random.split(k_build, len(orders.kind)), orders))
    for k in random.split(k_thrusters, size.thrusters - 1):
        k_some, k_thruster = random.split(k)
        level = add_thruster(k_thruster, level, chance(k_some, 0.3))
    return shuffle(k_shuffle, swap_roles(level, chance(k_swap, 0.5) & (floor == PLAIN)))


def draw_orders(key: jax.Array, floor: jax.Array, more: int, fixable: bool) -> Order:
    """What a level consists of: two free shapes, one with a motor unless a thruster is all, and `more` of any kind.

    With a blue floor the first shape is green, and never fixed. fixable: shapes may be fixed in levels of this size.
    """
    k_first, k_control, k_more = random.split(key, 3)
    first_moves = chance(k_first, 0.5) | (floor == BLUE)
    motor, thruster = jnp.array([(1, 0), (0, 1), (1, 1)], bool)[random.randint(k_control, (), 0, 3)]
    rest = random.choice(k_more, jnp.array([NOTHING, FREE, CONNECTED]), (more,), p=jnp.array([0.30, 0.35, 0.35]))
    start = jnp.stack([FREE, FREE, jnp.where(motor, CONNECTED, FREE)])
    may = fixable & jnp.concatenate([jnp.stack([~first_moves, first_moves]), jnp.ones(1 + more, bool)])
    third = jnp.arange(3 + more) == 2
    return Order(jnp.concatenate([start, rest]), may, third, third & thruster)


def add_shape(key: jax.Array, level: Level, order: Order, proposals: int) -> Level:
    """The level with the best of several shapes, each drawn for the level as it is. Unchanged if there is no room."""
    connect = order.kind == CONNECTED
    possible = jnp.stack(free_slots(level)).any() & jnp.where(connect, connectable(level), order.kind == FREE)

    def propose(key):
        k_free, k_connected = random.split(key)
        free = free_shape(k_free, level, order.fixable)
        connected, link = connected_shape(k_connected, level, order.revolute)
        shape = jax.tree.map(lambda one, other: jnp.where(connect, one, other), connected, free)
        new, P = put(level, shape), level.size.polygons
        contacts = count_contacts(new, slot(level, False), slot(level, True) - P, shape.round)
        return shape, link, contacts + jnp.where(connect & ~link.valid, INVALID, 0)

    shapes, links, costs = jax.vmap(propose)(random.split(key, proposals))
    shape, link = jax.tree.map(lambda x: x[costs.argmin()], (shapes, links))
    added = put(level, shape)
    added = added.replace(joint=join(level, slot(level, shape.round), shape, link, connect))
    return jax.tree.map(lambda new, old: jnp.where(possible, new, old), added, level)


def put(level: Level, shape: Shape) -> Level:
    """The level with a shape in the first free row of its kind, which there has to be."""
    light = jnp.where(shape.fixed, 0, 1)
    common = dict(position=shape.position, rotation=shape.rotation, inverse_mass=light / shape.mass,
                  inverse_inertia=light / shape.inertia, density=1.0, friction=1.0, collision_mode=1, role=shape.role,
                  active=True)  # fmt: skip
    polygon = {**common, "vertices": shape.vertices, "n_vertices": 4}
    return level.replace(
        polygon=fill(level.polygon, level.polygon.active.argmin(), ~shape.round, **polygon),
        circle=fill(level.circle, level.circle.active.argmin(), shape.round, **common, radius=shape.radius),
    )


def fill(part, row: jax.Array, when: jax.Array, **values):
    """A part of a level with new values in one row, where `when` holds."""
    old = {name: getattr(part, name) for name in values}
    return part.replace(**{name: old[name].at[row].set(jnp.where(when, value, old[name][row]))
                           for name, value in values.items()})  # fmt: skip


def join(level: Level, new: jax.Array, shape: Shape, link: Link, when: jax.Array):
    """The joints of a level with that of a new shape, whose shape index is `new`."""
    rotation = jnp.concatenate([level.polygon.rotation, level.circle.rotation])[link.other]
    first = new < link.other  # the smaller index is a
    ends, anchors = jnp.stack([new, link.other]), link.anchors
    a, b = jnp.where(first, jnp.arange(2), jnp.arange(2)[::-1])
    rest = jnp.where(first, rotation - shape.rotation, shape.rotation - rotation)
    return fill(
        level.joint, level.joint.active.argmin(), when, a_index=ends[a], b_index=ends[b], a_relative_pos=anchors[a],
        b_relative_pos=anchors[b], active=True, is_fixed_joint=link.fixed, rotation=jnp.where(link.fixed, rest, 0),
        motor_on=link.motor_on, motor_speed=link.motor_speed, motor_power=link.motor_power,
        motor_has_joint_limits=link.limited, min_rotation=link.limits[0], max_rotation=link.limits[1],
        binding=link.binding,
    )  # fmt: skip


def add_thruster(key: jax.Array, level: Level, wanted: jax.Array) -> Level:
    """The level with a thruster on a shape that is not fixed. Unchanged without room or such a shape."""
    k_shape, k_box, k_angle, k_radius, k_along, k_sign, k_any, k_power, k_binding = random.split(key, 9)
    P, C = level.size.polygons, level.size.circles
    inverse_mass = jnp.concatenate([level.polygon.inverse_mass, level.circle.inverse_mass])
    movable = (inverse_mass > 0) & jnp.concatenate([level.polygon.active, level.circle.active])
    index = choose(k_shape, movable)
    corners, radius = level.polygon.vertices[index], level.circle.radius[jnp.clip(index - P, 0, C - 1)]
    angle = between(k_angle, 0, 2 * jnp.pi)
    on_circle = between(k_radius, 0, 1) * radius * jnp.array([jnp.cos(angle), jnp.sin(angle)])
    on_box = between(k_box, corners.min(axis=0), corners.max(axis=0), (2,))
    position = jnp.where(index >= P, on_circle, on_box)
    sign = jnp.where(chance(k_sign, 0.5), 1, -1)
    along = jnp.arctan2(sign * position[1], sign * position[0])
    rotation = jnp.where(chance(k_along, 0.8), along, between(k_any, 0, 2 * jnp.pi))
    power = 2 * between(k_power, 0.5, 2) / jnp.where(movable.any(), inverse_mass[index], 1)
    when = wanted & movable.any() & ~level.thruster.active.all()
    return level.replace(thruster=fill(
        level.thruster, level.thruster.active.argmin(), when, object_index=index, relative_position=position,
        rotation=rotation, power=power, active=True, binding=random.randint(k_binding, (), 0, BINDINGS[1]),
    ))  # fmt: skip


def swap_roles(level: Level, when: jax.Array) -> Level:
    """Green becomes blue and blue becomes green, where `when` holds."""
    other = jnp.where(when, jnp.array([PLAIN, BLUE, GREEN, RED]), jnp.arange(4))
    polygon, circle = (part.replace(role=other[part.role]) for part in (level.polygon, level.circle))
    return level.replace(polygon=polygon, circle=circle)


def shuffle(key: jax.Array, level: Level) -> Level:
    """All rows but the static polygons in random order. Shape indexes follow."""
    k_polygon, k_circle, k_joint, k_thruster = random.split(key, 4)
    P, C, J, T = level.size.counts
    polygons = jnp.concatenate([jnp.arange(STATIC), random.permutation(k_polygon, jnp.arange(STATIC, P))])
    circles = random.permutation(k_circle, C)
    moved = jnp.concatenate([polygons, P + circles]).argsort()  # shape index before -> after
    take = lambda part, order: jax.tree.map(lambda x: x[order], part)  # noqa: E731
    joint = take(level.joint, random.permutation(k_joint, J))
    thruster = take(level.thruster, random.permutation(k_thruster, T))
    return Level(
        take(level.polygon, polygons), take(level.circle, circles),
        joint.replace(a_index=moved[joint.a_index], b_index=moved[joint.b_index]),
        thruster.replace(object_index=moved[thruster.object_index]),
    )  # fmt: skip
