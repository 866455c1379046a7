"""The rigid bodies of a level in the physics package jax2d."""

import functools

import jax
import jax.numpy as jnp

from kage.extras import need
from kage.kinetix.level import Level
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
    common = ("position", "rotation", "velocity", "angular_velocity", "inverse_mass", "inverse_inertia", "friction",
              "restitution", "collision_mode", "active")  # fmt: skip
    polygon, circle = ({name: getattr(part, name) for name in common} for part in (level.polygon, level.circle))
    joint, thruster = vars(level.joint).copy(), vars(level.thruster).copy()
    for part, ours in ((joint, ("binding", "motor_auto")), (thruster, ("binding",))):
        for name in ours:
            del part[name]
    J, T = size.joints, size.thrusters
    manifolds = physics.get_empty_collision_manifolds(engine(size).static_sim_params)
    sim = state.SimState(
        polygon=state.RigidBody(**polygon, n_vertices=level.polygon.n_vertices, vertices=level.polygon.vertices,
                                radius=jnp.zeros(size.polygons)),
        circle=state.RigidBody(**circle, n_vertices=jnp.zeros(size.circles, jnp.int32),
                               vertices=jnp.zeros((size.circles, 4, 2)), radius=level.circle.radius),
        joint=state.Joint(**joint, global_position=jnp.zeros((J, 2)), acc_impulse=jnp.zeros((J, 2)),
                          acc_r_impulse=jnp.zeros(J)),
        thruster=state.Thruster(**thruster, global_position=jnp.zeros((T, 2))),
        collision_matrix=~same_body(level), acc_rr_manifolds=manifolds[0], acc_cr_manifolds=manifolds[1],
        acc_cc_manifolds=manifolds[2], gravity=jnp.array(GRAVITY),
    )  # fmt: skip
    return physics.recompute_global_joint_positions(sim, engine(size).static_sim_params)


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
    _, state = jax2d()
    return engine(size).step(sim, state.SimParams(), controls)[0]
