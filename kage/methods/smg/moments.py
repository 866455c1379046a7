"""Moments of episodes with the world's own foreground, to check masks with. Training never reads them."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from kage.methods.smg.losses import flipped
from kage.task import Task, reset_levels


class Moments(NamedTuple):
    """Moments (n, ...), every `every`-th of some episodes."""

    obs: jax.Array  # (n, 3, H, W) u8
    action: jax.Array  # (n, parts) i32
    following: jax.Array  # the observations after the actions
    agent: jax.Array  # (n, H, W) bool, the pixels that show the agent
    ground: jax.Array  # (n, H, W) bool
    decided: jax.Array  # (n, bits) bool, the other value of this bit would have led to another observation

    @property
    def truth(self) -> jax.Array:
        """The pixels that matter, (n, H, W) bool."""
        return self.agent | self.ground


def moments(actor: Any, task: Task, params: Any, key: jax.Array, envs: int, every: int, count: int) -> Moments:
    """envs * count moments of the first every * count steps of episodes that a policy plays; they must be as long.

    task: one whose `foreground` is known.
    """
    k_levels, k_steps = jax.random.split(key)
    states, obs = reset_levels(task, jax.random.fold_in(k_levels, 0), task.sample_levels(k_levels, envs))

    def step(carry, key):
        states, obs, memory, first = carry
        policy, memory = actor.act(params, obs, memory, first, jax.random.fold_in(key, 0))
        action = policy.sample(key)
        after, outcome = jax.vmap(task.step)(states, action)
        return (after, outcome.obs, memory, jnp.zeros(envs, bool)), (states, obs, action)

    def some(carry, key):
        carry, _ = jax.lax.scan(lambda c, k: (step(c, k)[0], None), carry, jax.random.split(key, every - 1))
        carry, (states, obs, action) = step(carry, jax.random.fold_in(key, every))
        owned = jax.vmap(task.foreground)(states)
        others, valid = flipped(action, task.actions.nvec)
        _, there = jax.vmap(jax.vmap(task.step), (None, 0))(states, others)
        decided = ((there.obs != carry[1]).any(axis=(2, 3, 4)) & valid).T
        return carry, Moments(obs, action, carry[1], owned["agent"], owned["ground"], decided)

    begin = states, obs, actor.start(envs), jnp.ones(envs, bool)
    _, found = jax.lax.scan(some, begin, jax.random.split(k_steps, count))
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), found)
