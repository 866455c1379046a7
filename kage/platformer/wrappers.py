"""Wrappers of `KAGE_Env`. They have its interface: pure `reset(key)`, `step(state, action)`, state in `info`.

    env = AutoReset(FrameStack(PooledObservation(KAGE_Env(config), 2), 4))
    obs, info = jax.jit(env.reset)(jax.random.split(key, 128))
    obs, reward, terminated, truncated, info = jax.jit(env.step)(info["state"], actions)

`AutoReset` must be the outermost wrapper, because it makes a batch of environments. The others wrap one environment;
batching is the caller's `jax.vmap`.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.look.task import max_pool
from kage.params import fault


class PooledObservation:
    """Smaller observations: the maximum of each square of `size` px; remaining rows and columns are dropped."""

    def __init__(self, env, size: int):
        if size < 1:
            raise fault("size", size, "a whole number, at least 1", 1)
        self.env, self.size = env, size

    def reset(self, key: jax.Array) -> tuple[jax.Array, dict]:
        """obs (H // size, W // size, C) u8 and info."""
        obs, info = self.env.reset(key)
        return self.pool(obs), info

    def step(self, state: Any, action: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array, dict]:
        """Like the wrapped environment's `step`, with obs (H // size, W // size, C) u8."""
        obs, *rest = self.env.step(state, action)
        return self.pool(obs), *rest

    def pool(self, obs: jax.Array) -> jax.Array:
        """(H, W, C) to (H // size, W // size, C)."""
        return jnp.moveaxis(max_pool(jnp.moveaxis(obs, -1, 0), self.size), 0, -1)


@struct.dataclass
class StackState:
    """The wrapped environment's state, and the stacked frames."""

    inner: Any
    obs: jax.Array  # (H, W, C * size) u8


class FrameStack:
    """Observations are the last `size` frames, oldest first; an episode begins with copies of its first frame."""

    def __init__(self, env, size: int):
        if size < 1:
            raise fault("size", size, "a whole number, at least 1", 1)
        self.env, self.size = env, size

    def reset(self, key: jax.Array) -> tuple[jax.Array, dict]:
        """obs (H, W, C * size) u8 and info."""
        frame, info = self.env.reset(key)
        obs = jnp.concatenate([frame] * self.size, axis=-1)
        return obs, info | {"state": StackState(info["state"], obs)}

    def step(
        self, state: StackState, action: jax.Array
    ) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array, dict]:
        """Like the wrapped environment's `step`, with obs (H, W, C * size) u8."""
        frame, reward, terminated, truncated, info = self.env.step(state.inner, action)
        obs = jnp.concatenate([state.obs[..., frame.shape[-1] :], frame], axis=-1)
        return obs, reward, terminated, truncated, info | {"state": StackState(info["state"], obs)}


@struct.dataclass
class BatchState:
    """N wrapped environments, and the keys from which their next episodes come."""

    inner: Any
    keys: jax.Array  # (N,) keys


class AutoReset:
    """N environments, each of which starts a new episode in the step that ends the old one.

    Every array has a leading axis N. Where an episode ended, all that `step` returns belongs to the new episode, except
    reward, terminated and truncated. `info` also holds
        final_observation   the observation reached, before any reset: bootstrap from it where truncated
        final_info          the measures of the episode up to that observation
        terminated, truncated   (N,) bool
    A step that ends no episode resets nothing. The episodes of an environment depend on its own key alone.
    """

    def __init__(self, env):
        self.env = env

    def reset(self, keys: jax.Array) -> tuple[jax.Array, dict]:
        """obs and info of N first episodes; keys (N,)."""
        split = jax.vmap(jax.random.split)(keys)
        obs, info = jax.vmap(self.env.reset)(split[:, 1])
        return obs, info | {"state": BatchState(info["state"], split[:, 0])}

    def step(self, state: BatchState, actions: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array, dict]:
        """obs, reward (N,) f32, terminated, truncated (N,) bool and info; actions (N,) i32."""
        obs, reward, terminated, truncated, info = jax.vmap(self.env.step)(state.inner, actions)
        inner = info.pop("state")
        reached = (obs, info | {"state": BatchState(inner, state.keys)})
        ended = terminated | truncated
        final = {"final_observation": obs, "final_info": info, "terminated": terminated, "truncated": truncated}
        obs, info = jax.lax.cond(ended.any(), self.renew, lambda reached, ended: reached, reached, ended)
        return obs, reward, terminated, truncated, info | final

    def renew(self, reached: tuple[jax.Array, dict], ended: jax.Array) -> tuple[jax.Array, dict]:
        """obs and info after a reset of the environments where `ended`, (N,) bool, is true."""

        def choose(new, old):
            return jnp.where(ended.reshape(ended.shape + (1,) * (new.ndim - 1)), new, old)

        return jax.tree.map(choose, self.reset(reached[1]["state"].keys), reached)
