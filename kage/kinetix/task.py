"""Kinetix as a task: make green touch blue, never let green touch red, by motors and thrusters."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import struct

from kage.kinetix.draw import draw
from kage.kinetix.filter import sample_filtered
from kage.kinetix.generate import random_level
from kage.kinetix.level import BLUE, GREEN, RED, Level
from kage.kinetix.observe import Entities, entities
from kage.kinetix.physics import advance, begin, contacts, jax2d, pairs
from kage.kinetix.sizes import BINDINGS, Size, size_of
from kage.params import fault, nearest
from kage.task import ActionSpec, Step

SUBSTEPS = 2
WINS, LOSES = GREEN * BLUE, GREEN * RED
HORIZON = 256  # steps, 8.5 s
CONTROLS = {"multi_discrete": ActionSpec((3, 3, 3, 3, 2, 2)), "discrete": ActionSpec((11,), noop=(8,))}


@struct.dataclass
class State:
    """A moment of an episode."""

    sim: struct.PyTreeNode  # jax2d's SimState: bodies, joints, contacts
    role: jax.Array  # (N,) i32, see `kage.kinetix.level`
    density: jax.Array  # (N,) f32
    motor_binding: jax.Array  # (J,) i32
    motor_auto: jax.Array  # (J,) bool
    thruster_binding: jax.Array  # (T,) i32
    time: jax.Array  # () i32, steps since reset
    last_distance: jax.Array  # () f32 m between green and blue one step before; -1 where an episode begins
    solved: jax.Array  # () bool, green has touched blue
    total: jax.Array  # () f32, the sum of rewards


class Bodies(NamedTuple):
    """Where shapes are and how they move; polygons, then circles."""

    position: jax.Array  # (N, 2) f32 m
    rotation: jax.Array  # (N,) f32 rad
    velocity: jax.Array  # (N, 2) f32 m/s
    angular_velocity: jax.Array  # (N,) f32 rad/s
    active: jax.Array  # (N,) bool; rows that are not active hold anything


@struct.dataclass
class KinetixTask:
    """Levels of one size, as a `kage.task.Task`. Raises `ConfigError` if jax2d is not installed, or for a wrong value.

    controls: "multi_discrete", six parts: four motors (stop, forwards, backwards), two thrusters (off, on); "discrete",
    one part of eleven values: 2i turns motor i backwards and 2i + 1 forwards, 8 does nothing, 9 and 10 are thrusters.
    """

    size: str = struct.field(pytree_node=False)  # s, m or l
    dense_reward_scale: float = struct.field(pytree_node=False, default=0.2)  # reward for each m of approach
    controls: str = struct.field(pytree_node=False, default="multi_discrete")

    sees = "entities"
    horizon = None

    def __post_init__(self):
        jax2d()
        size_of(self.size)
        if self.controls not in CONTROLS:
            raise fault("controls", self.controls, f"one of {', '.join(CONTROLS)}", nearest(self.controls, CONTROLS))

    @property
    def room(self) -> Size:
        """How many of each thing its levels hold."""
        return size_of(self.size)

    @property
    def actions(self) -> ActionSpec:
        """The parts of an action, see above."""
        return CONTROLS[self.controls]

    def sample_level(self, key: jax.Array) -> Level:
        """A random level, which may solve itself."""
        return random_level(key, self.size)

    def sample_levels(self, key: jax.Array, n: int) -> Level:
        """n random levels (n, ...). Of twice as many, those that solve themselves are nearly always left out."""
        return sample_filtered(self, key, n)

    def reset(self, key: jax.Array, level: Level) -> tuple[State, Entities]:
        """The start of a level. The key is not used. Raises `ConfigError` for a level of another size."""
        if level.size != self.room:
            raise fault("level", f"of size {level.size.name}", f"a level of size {self.size}, the task's size: load it "
                        f"with load_level(name, size={self.size!r}), or use kage.kinetix.level.resize")  # fmt: skip
        both = (level.polygon, level.circle)
        role, density = (jnp.concatenate([getattr(part, name) for part in both]) for name in ("role", "density"))
        state = State(begin(level), role, density, level.joint.binding, level.joint.motor_auto, level.thruster.binding,
                      jnp.int32(0), jnp.float32(-1), jnp.bool_(False), jnp.float32(0))  # fmt: skip
        return state, self.observe(state)

    def step(self, state: State, action: jax.Array) -> tuple[State, Step]:
        """Two substeps of 1/60 s. Reward 1 where green touches blue, -1 where green touches red, and a dense term: by
        how much green and blue came nearer. Each contact ends the episode; going on after the end is allowed."""
        controls = self.inputs(state, action)

        def substep(sim, _):
            sim = advance(sim, controls, self.room)
            return sim, (self.touch(state, sim), self.distance(state, sim))

        sim, (touches, distances) = jax.lax.scan(substep, state.sim, length=SUBSTEPS)
        first = jnp.where((touches != 0).any(), (touches != 0).argmax(), SUBSTEPS - 1)
        sparse, distance = touches[first], distances[first]
        broken = jnp.array([jnp.isnan(x).any() for x in jax.tree.leaves(sim) if jnp.issubdtype(x.dtype, jnp.floating)])
        time, terminated = state.time + 1, (sparse != 0) | broken.any()
        truncated = (time >= HORIZON) & ~terminated
        dense = (state.last_distance - distance) * self.dense_reward_scale
        dense = jnp.where((state.last_distance == -1) | ~jnp.isfinite(dense), 0.0, dense)
        reward = sparse + dense if self.dense_reward_scale else sparse
        state = state.replace(
            sim=sim, time=time, last_distance=jnp.where(terminated | truncated, -1.0, distance),
            solved=state.solved | (sparse > 0), total=state.total + reward,
        )  # fmt: skip
        metrics = {"success_rate": state.solved.astype(jnp.float32), "return": state.total}
        return state, Step(self.observe(state), reward, terminated, truncated, metrics)

    def observe(self, state: State) -> Entities:
        """The entities of a state."""
        return entities(state, self.room)

    def bodies(self, state: State) -> Bodies:
        """Where all shapes are and how they move."""
        both = (state.sim.polygon, state.sim.circle)
        return Bodies(*(jnp.concatenate([getattr(part, name) for part in both]) for name in Bodies._fields))

    def draw(self, state: State, pixels_per_metre: int = 100) -> jax.Array:
        """A picture of a state, (5 pixels_per_metre, 5 pixels_per_metre, 3) u8, rows from top to bottom."""
        return draw(state, self.room, pixels_per_metre)

    def inputs(self, state: State, action: jax.Array) -> jax.Array:
        """What all motors, then all thrusters do, (J + T,) f32: motors -1..1, thrusters 0..1."""
        motors, thrusters = BINDINGS
        if self.controls == "discrete":
            chosen = jnp.arange(motors) == action[0] // 2
            turn = jnp.where(chosen, 2.0 * (action[0] % 2) - 1.0, 0.0)
            push = jnp.arange(thrusters) + 2 * motors + 1 == action[0]
        else:
            turn = jnp.array([0.0, 1.0, -1.0])[action[:motors]]
            push = action[motors:]
        joints = turn[jnp.clip(state.motor_binding, 0, motors - 1)]
        joints = jnp.where(state.motor_auto, 1.0, joints)
        return jnp.concatenate([joints, push[jnp.clip(state.thruster_binding, 0, thrusters - 1)].astype(jnp.float32)])

    def products(self, state: State) -> jax.Array:
        """The product of the roles of each pair of shapes that can touch, (pairs,) i32: `WINS`, `LOSES`, or another."""
        role = state.role * self.bodies(state).active
        return role[pairs(self.room)].prod(axis=1)

    def touch(self, state: State, sim) -> jax.Array:
        """() f32: -1 if green touches red, else 1 if green touches blue, else 0."""
        touching, product = contacts(sim, both=False), self.products(state)
        lost, won = (touching & (product == LOSES)).any(), (touching & (product == WINS)).any()
        return jnp.where(lost, -1.0, jnp.where(won, 1.0, 0.0))

    def distance(self, state: State, sim) -> jax.Array:
        """() f32 m: the distances of the centres of all pairs of green and blue, summed."""
        position = jnp.concatenate([sim.polygon.position, sim.circle.position])
        apart = position[pairs(self.room)]
        return jnp.where(self.products(state) == WINS, jnp.linalg.norm(apart[:, 0] - apart[:, 1], axis=1), 0.0).sum()
