"""What an agent sees: the entities of a state, and which of them have to do with each other."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from kage.kinetix.physics import contacts, pairs
from kage.kinetix.sizes import BINDINGS, Size


class Entities(NamedTuple):
    """An observation. Rows whose mask is false hold anything; no consumer may read them.

    P, C, J, T: polygons, circles, joints, thrusters; N = P + C. Each joint has two rows, J apart: seen from its shape
    b, and from its shape a.
    """

    polygons: jax.Array  # (P, 27) f32
    circles: jax.Array  # (C, 19) f32
    joints: jax.Array  # (2J, 22) f32
    thrusters: jax.Array  # (T, 8) f32
    joint_indexes: jax.Array  # (2J, 2) i32, shape indexes (from, to)
    thruster_indexes: jax.Array  # (T,) i32, shape index
    polygon_mask: jax.Array  # (P,) bool, active
    circle_mask: jax.Array  # (C,) bool
    joint_mask: jax.Array  # (2J,) bool
    thruster_mask: jax.Array  # (T,) bool
    attention_mask: jax.Array  # (4, N, N) bool, see `attention`


def entities(state, size: Size) -> Entities:
    """The observation of a `kage.kinetix.task.State`."""
    sim = jax.tree.map(jnp.nan_to_num, state.sim)  # a broken simulation must not break a network
    P, gravity = size.polygons, sim.gravity[1] / 10
    polygon, circle, joint, thruster = sim.polygon, sim.circle, sim.joint, sim.thruster
    corners = jnp.where((jnp.arange(4) < polygon.n_vertices[:, None])[..., None], polygon.vertices, -1.0)
    polygons = [*shapes(polygon, state.role[:P], state.density[:P]), jnp.zeros(P), *columns(corners.reshape(P, 8)),
                polygon.n_vertices <= 3, jnp.full(P, gravity)]  # fmt: skip
    circles = [*shapes(circle, state.role[P:], state.density[P:]), circle.radius, jnp.ones(size.circles),
               jnp.full(size.circles, gravity)]  # fmt: skip
    ends = jnp.stack([joint.b_index, joint.a_index], axis=1) * joint.active[:, None]
    joint_indexes = jnp.concatenate([ends, ends[:, ::-1]])
    joint_mask = jnp.tile(joint.active, 2)
    push = [thruster.active, *columns(thruster.relative_position), *one_hot(state.thruster_binding, BINDINGS[1]),
            jnp.sin(thruster.rotation), jnp.cos(thruster.rotation), thruster.power]  # fmt: skip
    return Entities(
        rows(polygons), rows(circles), joints(joint, state.motor_binding), rows(push), joint_indexes,
        thruster.object_index, polygon.active, circle.active, joint_mask, thruster.active,
        attention(sim, joint_indexes, joint_mask, size),
    )  # fmt: skip


def shapes(body, role: jax.Array, density: jax.Array) -> list[jax.Array]:
    """The sixteen columns that polygons and circles share."""
    return [*columns(body.position), *columns(body.velocity), body.inverse_mass, body.inverse_inertia, density,
            jnp.tanh(body.angular_velocity / 10), *one_hot(role, 4), jnp.sin(body.rotation), jnp.cos(body.rotation),
            body.friction, body.restitution]  # fmt: skip


def joints(joint, binding: jax.Array) -> jax.Array:
    """All joints seen from b, then all seen from a, (2J, 22) f32. Of the two sides, only the anchors differ."""
    turns = 1.0 - joint.is_fixed_joint
    limited = turns * joint.motor_has_joint_limits
    motor = [joint.motor_speed, joint.motor_power, joint.motor_on, joint.motor_has_joint_limits,
             *one_hot(binding, BINDINGS[0])]  # fmt: skip
    low, high, rest = joint.min_rotation, joint.max_rotation, joint.rotation
    limits = [jnp.sin(low), jnp.cos(low), jnp.sin(high), jnp.cos(high), low - rest, high - rest]
    own = [jnp.sin(rest), jnp.cos(rest), *(turns * x for x in motor), *(limited * x for x in limits)]
    a, b = columns(joint.a_relative_pos), columns(joint.b_relative_pos)
    return jnp.concatenate([rows([joint.active, joint.is_fixed_joint, *first, *second, *own])
                            for first, second in ((b, a), (a, b))])  # fmt: skip


def attention(sim, joint_indexes: jax.Array, joint_mask: jax.Array, size: Size) -> jax.Array:
    """At which shapes (columns) each shape (rows) may look, (4, N, N) bool, both active: at all; at those of its own
    jointed body; at those that a joint connects it with; at those that it touched in the last substep.

    Contacts are told one way: circles look at polygons, and of two equal kinds the one with the smaller index looks.
    """
    N, active = size.shapes, jnp.concatenate([sim.polygon.active, sim.circle.active])
    nobody = jnp.zeros((N, N), bool)
    jointed = nobody.at[joint_indexes[:, 0], joint_indexes[:, 1]].max(joint_mask).at[0, 0].set(False)
    touching = nobody.at[pairs(size)[:, 0], pairs(size)[:, 1]].set(contacts(sim, both=True))
    masks = jnp.stack([~nobody, ~sim.collision_matrix, jointed, touching])
    return masks & active[:, None] & active


def columns(x: jax.Array) -> list[jax.Array]:
    """The columns of (n, k), each (n,)."""
    return list(x.T)


def one_hot(x: jax.Array, n: int) -> list[jax.Array]:
    """n columns, of which the one numbered x is 1; none for a number that is too large."""
    return columns(jax.nn.one_hot(x, n))


def rows(columns: list[jax.Array]) -> jax.Array:
    """The inverse of `columns`, (n, k) f32."""
    return jnp.stack([column.astype(jnp.float32) for column in columns], axis=1)
