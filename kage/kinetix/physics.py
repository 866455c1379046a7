"""The rigid bodies of a level in the physics package jax2d."""

import functools

import jax
import jax.numpy as jnp

from kage.extras import need
from kage.kinetix.level import Level
from kage.kinetix.merge import merged
from kage.kinetix.sizes import Size

GRAVITY = (0.0, -9.81)  # m/s^2


@functools.cache
def jax2d():
    """The modules of the physics package. Raises `ConfigError` if the package, or chex which it needs, is missing."""
    need("chex", "kinetix")
    return need("jax2d.engine", "kinetix"), need("jax2d.sim_state", "kinetix")


@functools.cache
def engine(size: Size):
    """The `PhysicsEngine` of a size."""
    physics, state = jax2d()
    room = state.StaticSimParams(num_polygons=size.polygons, num_circles=size.circles, num_joints=size.joints,
                                 num_thrusters=size.thrusters)  # fmt: skip
    with jax.ensure_compile_time_eval():
        return physics.PhysicsEngine(room)


@functools.cache
def pairs(size: Size) -> jax.Array:
    """The pairs of shapes that can touch, in the order of `contacts`, as shape indexes (pairs, 2) i32."""
    made, P = engine(size), size.polygons
    with jax.ensure_compile_time_eval():
        circles = made.circle_poly_pairs + jnp.array([P, 0]), made.circle_circle_pairs + P
        return jnp.concatenate([made.poly_poly_pairs, *circles])


def contacts(sim, both: bool) -> jax.Array:
    """Which of `pairs` overlapped when the last substep began, (pairs,) bool.

    Two polygons touch at up to two points. both: either of them counts; else the first one alone.
    """
    polygons = sim.acc_rr_manifolds.active
    return jnp.concatenate([polygons.any(axis=1) if both else polygons[:, 0],
                            sim.acc_cr_manifolds.active, sim.acc_cc_manifolds.active])  # fmt: skip


def begin(level: Level):
    """The `SimState` in which an episode begins: nothing touches yet, no joint bears a load."""
    physics, state = jax2d()
    size = level.size
    joint, thruster = vars(level.joint).copy(), vars(level.thruster).copy()
    for part, ours in ((joint, ("binding", "motor_auto")), (thruster, ("binding",))):
        for name in ours:
            del part[name]
    J, T = size.joints, size.thrusters
    manifolds = physics.get_empty_collision_manifolds(engine(size).static_sim_params)
    polygon, circle = rigid_bodies(level)
    sim = state.SimState(
        polygon=polygon, circle=circle,
        joint=state.Joint(**joint, global_position=jnp.zeros((J, 2)), acc_impulse=jnp.zeros((J, 2)),
                          acc_r_impulse=jnp.zeros(J)),
        thruster=state.Thruster(**thruster, global_position=jnp.zeros((T, 2))),
        collision_matrix=~same_body(level), acc_rr_manifolds=manifolds[0], acc_cr_manifolds=manifolds[1],
        acc_cc_manifolds=manifolds[2], gravity=jnp.array(GRAVITY),
    )  # fmt: skip
    return physics.recompute_global_joint_positions(sim, engine(size).static_sim_params)


def rigid_bodies(level: Level):
    """The polygons and the circles of a level, each as one jax2d `RigidBody` of arrays."""
    _, state = jax2d()
    common = ("position", "rotation", "velocity", "angular_velocity", "inverse_mass", "inverse_inertia", "friction",
              "restitution", "collision_mode", "active")  # fmt: skip
    polygon, circle = ({name: getattr(part, name) for name in common} for part in (level.polygon, level.circle))
    P, C = level.size.polygons, level.size.circles
    return (
        state.RigidBody(**polygon, n_vertices=level.polygon.n_vertices, vertices=level.polygon.vertices,
                        radius=jnp.zeros(P)),
        state.RigidBody(**circle, n_vertices=jnp.zeros(C, jnp.int32), vertices=jnp.zeros((C, 4, 2)),
                        radius=level.circle.radius),
    )  # fmt: skip


@merged
def count_contacts(level: Level, polygon: jax.Array, circle: jax.Array, round: jax.Array) -> jax.Array:
    """At how many points one shape touches the others, () i32; joints don't count. The shape is the circle of the
    second row number where `round` holds, else the polygon of the first, which no active polygon follows."""
    collision = need("jax2d.collision", "kinetix")
    polygons, circles = rigid_bodies(level)
    box, disc = jax.tree.map(lambda x: x[polygon], polygons), jax.tree.map(lambda x: x[circle], circles)
    two, one, _ = (jax.tree.map(lambda x: x[0], old) for old in jax2d()[0].get_empty_collision_manifolds(
        engine(level.size).static_sim_params))  # fmt: skip
    with_box = jax.vmap(lambda other: collision.generate_manifolds_polygon_polygon(other, box, two).active)(polygons)
    with_disc = jax.vmap(lambda other: collision.generate_manifold_circle_circle(other, disc, one).active)(circles)
    discs = jax.vmap(lambda other: collision.generate_manifold_circle_polygon(other, box, one).active)(circles)
    boxes = jax.vmap(lambda other: collision.generate_manifold_circle_polygon(disc, other, one).active)(polygons)
    return jnp.where(round, boxes.sum() + with_disc.at[circle].set(False).sum(),
                     discs.sum() + with_box.at[polygon].set(False).sum())  # fmt: skip


def same_body(level: Level) -> jax.Array:
    """Which shapes joints hold together, directly or through others, (N, N) bool; each shape with itself."""
    size, joint = level.size, level.joint
    held = jnp.eye(size.shapes, dtype=bool).at[joint.a_index, joint.b_index].max(joint.active)
    reached = 1
    while reached < size.shapes:  # each round doubles the number of joints between two shapes
        held, reached = (held | held.T).astype(jnp.float32), 2 * reached
        held = held @ held > 0
    return held


def advance(sim, controls: jax.Array, size: Size):
    """The `SimState` one substep of 1/60 s later. controls: (J + T,) f32, the inputs of all motors, then thrusters."""
    return substep(size)(sim, controls)


@functools.cache
def substep(size: Size):
    """The physics of a size as a function of state and controls."""
    _, state = jax2d()
    return merged(lambda sim, controls: engine(size).step(sim, state.SimParams(), controls)[0])
