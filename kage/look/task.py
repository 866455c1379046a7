"""What tasks have in common whose looks are drawn from a state that no look changes."""

from types import ModuleType
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import struct

from kage.materialise import materialise
from kage.task import ActionSpec, Step


@struct.dataclass
class LookTask:
    """A look and its dynamics as a task. It is a pytree, so several looks can be one task with a leading axis.

    Observations are channel-planar frames, (3, H / pool, W / pool) u8, or where the state is observed, numbers f32.
    A world adds its levels, and names two modules: `env`, with its functions of a state and parameters,
    and `observation`, with `numbers` and `foreground`.
    """

    env: ClassVar[ModuleType]
    observation: ClassVar[ModuleType]
    matters: ClassVar[tuple[str, ...]]  # the masks of what a decision depends on

    params: Any  # of `env.build`
    vary: dict[str, jax.Array]  # dotted key -> (2,) f32, the least and the greatest dose of a level
    pool: int = struct.field(pytree_node=False, default=1)  # max-pooling of frames, px
    shows: str = struct.field(pytree_node=False, default="pixels")  # pixels, mask or state; see `observation`

    @property
    def sees(self) -> str:
        """What an encoder has to accept."""
        return "vector" if self.shows == "state" else "pixels"

    @property
    def actions(self) -> ActionSpec:
        """One action of as many values as the world has."""
        return ActionSpec((self.env.NUM_ACTIONS,))

    @property
    def horizon(self) -> int:
        """Steps of every episode."""
        return self.params.physics.episode_length

    def step(self, state: Any, action: jax.Array) -> tuple[Any, Step]:
        """One step; metrics are those of the world's `env.metrics`."""
        state, reward = self.env.step(state, action[0], self.params)
        metrics = self.env.metrics(state.latent, self.params.physics)
        truncated = self.env.truncated(state.latent, self.params.physics)
        return state, Step(self.observe(state), reward, jnp.zeros_like(truncated), truncated, metrics)

    def sample_doses(self, key: jax.Array, shape: tuple[int, ...]) -> dict[str, jax.Array]:
        """A value for each parameter that levels vary: dotted key -> an array of this shape, f32."""
        return {name: jax.random.uniform(jax.random.fold_in(key, i), shape, minval=low, maxval=high)
                for i, (name, (low, high)) in enumerate(sorted(self.vary.items()))}  # fmt: skip

    def observe_anew(self, key: jax.Array, state: Any) -> jax.Array:
        """What the agent would see of a state if it were of this task, with doses drawn for it; the state may be of any
        task with the same dynamics."""
        state = self.env.counterfactual(state, self.params)
        return self.observe(state.replace(doses=state.doses | self.sample_doses(key, ())))

    def observe(self, state: Any) -> jax.Array:
        """What the agent sees."""
        if self.shows == "state":
            return self.observation.numbers(state, self.params)
        draw = self.observation.foreground if self.shows == "mask" else self.env.render
        return max_pool(draw(state, self.params), self.pool)

    def foreground(self, state: Any) -> dict[str, jax.Array]:
        """Which pixels of a frame show what matters, (H, W) bool each: the agent and the ground, say; of pixels that
        were pooled, any."""
        owned = self.env.masks(state, self.params)
        return {name: max_pool(getattr(owned, name)[None], self.pool)[0] for name in self.matters}


def max_pool(frame: jax.Array, size: int) -> jax.Array:
    """(C, H, W) to (C, H // size, W // size): the maximum of each square; remaining rows and columns are dropped."""
    if size == 1:
        return frame
    _, height, width = frame.shape
    frame = materialise(frame)[:, : height // size * size, : width // size * size]
    pooled = frame[:, ::size, ::size]
    for i in range(size):
        for j in range(size):
            pooled = jnp.maximum(pooled, frame[:, i::size, j::size])
    return pooled
