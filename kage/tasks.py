"""What an agent can be trained on: the contract of a task, and KAGE-Env as one."""

from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
from flax import struct

from kage import env as kage_env
from kage.config import Config
from kage.level import sample_heights
from kage.materialise import materialise


class ActionSpec(NamedTuple):
    """A discrete action of one or several independent parts; part i is an integer in 0..nvec[i]-1."""

    nvec: tuple[int, ...]


class Step(NamedTuple):
    """The outcome of one step. Resetting is the caller's business: `obs` is the observation reached."""

    obs: Any  # pytree of arrays
    reward: jax.Array  # () f32
    terminated: jax.Array  # () bool, the task ended: nothing to bootstrap from
    truncated: jax.Array  # () bool, the clock ended the episode: bootstrap from `obs`
    metrics: dict[str, jax.Array]  # name -> () f32, of the episode so far; what counts is their value at its end


class Task(Protocol):
    """One environment; batching is the caller's `jax.vmap`. Observations are any pytree, actions any `ActionSpec`."""

    actions: ActionSpec
    horizon: int | None  # every episode ends after exactly so many steps; None where lengths differ

    def sample_level(self, key: jax.Array) -> Any:
        """A level: what a curriculum chooses between."""

    def reset(self, key: jax.Array, level: Any) -> tuple[Any, Any]:
        """The first state and observation of an episode in that level."""

    def step(self, state: Any, action: jax.Array) -> tuple[Any, Step]:
        """One step; action is (len(nvec),) i32."""


@struct.dataclass
class KageTask:
    """KAGE-Env as a task. It is a pytree, so that several looks are one task with a leading axis.

    Observations are channel-planar frames, (3, H / pool, W / pool) u8.
    """

    params: kage_env.Params
    pool: int = struct.field(pytree_node=False, default=1)  # max-pooling of frames, px

    @property
    def actions(self) -> ActionSpec:
        return ActionSpec((kage_env.NUM_ACTIONS,))

    @property
    def horizon(self) -> int:
        return self.params.physics.episode_length

    def sample_level(self, key: jax.Array) -> jax.Array:
        """Stair heights, (stairs,) i8."""
        return sample_heights(key, self.params.physics)

    def reset(self, key: jax.Array, level: jax.Array) -> tuple[kage_env.State, jax.Array]:
        """A new episode in the level of these stair heights."""
        state = kage_env.start(key, level, self.params)
        return state, self.observe(state)

    def step(self, state: kage_env.State, action: jax.Array) -> tuple[kage_env.State, Step]:
        """One step; metrics are those of the benchmark: distance px, progress, success_rate, return."""
        state, reward = kage_env.step(state, action[0], self.params)
        measures = kage_env.measures(state.latent, self.params.physics)
        truncated = kage_env.truncated(state.latent, self.params.physics)
        metrics = {
            "distance": measures["passed_distance"],
            "progress": measures["progress"],
            "success_rate": measures["success_once"].astype(jnp.float32),
            "return": measures["return"],
        }
        return state, Step(self.observe(state), reward, jnp.zeros_like(truncated), truncated, metrics)

    def observe(self, state: kage_env.State) -> jax.Array:
        """What the agent sees."""
        return max_pool(kage_env.render(state, self.params), self.pool)


def max_pool(frame: jax.Array, size: int) -> jax.Array:
    """(C, H, W) to (C, H // size, W // size): the maximum of each square, remainders cut off."""
    if size == 1:
        return frame
    _, height, width = frame.shape
    frame = materialise(frame)[:, : height // size * size, : width // size * size]
    pooled = frame[:, ::size, ::size]
    for i in range(size):
        for j in range(size):
            pooled = jnp.maximum(pooled, frame[:, i::size, j::size])
    return pooled


def kage_task(config: Config, pool: int = 1) -> KageTask:
    """The task of a configuration."""
    return KageTask(params=kage_env.build(config), pool=pool)
