"""Several frames as one observation: a task around a task of pixels."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.task import Around, Step, Task


@struct.dataclass
class StackState:
    """The state of the task within, and the frames that are seen."""

    inner: Any
    obs: jax.Array  # (size * C, H, W), the oldest frame first


@struct.dataclass
class FrameStack(Around):
    """A task whose observations are the last `size` frames of another one, as channels, the oldest first.

    An episode begins with copies of its first frame. Everything that observes a task sees stacks: acting, learning,
    evaluation, and the observations that episodes end with.
    """

    task: Task  # frames (C, H, W)
    size: int = struct.field(pytree_node=False)

    def reset(self, key: jax.Array, level: Any) -> tuple[StackState, jax.Array]:
        """The first state, and the first frame `size` times."""
        inner, frame = self.task.reset(key, level)
        obs = jnp.concatenate([frame] * self.size)
        return StackState(inner, obs), obs

    def step(self, state: StackState, action: jax.Array) -> tuple[StackState, Step]:
        """A step of the task within; the new frame takes the place of the oldest."""
        inner, step = self.task.step(state.inner, action)
        obs = jnp.concatenate([state.obs[len(step.obs) :], step.obs])
        return StackState(inner, obs), step._replace(obs=obs)

    def observe(self, state: StackState) -> jax.Array:
        """The frames of a state."""
        return state.obs
