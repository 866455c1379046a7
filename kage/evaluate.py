"""Evaluation: how well trained policies do on looks they may never have seen."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from kage.networks import ActorCritic
from kage.ppo import reset_all
from kage.tasks import Task


def evaluate(net: ActorCritic, task: Task, params: Any, key: jax.Array, episodes: int) -> dict[str, jax.Array]:
    """Mean metrics, each () f32, of whole episodes with sampled actions; a metric is taken when its episode ends.

    The same key gives the same levels and the same draws of actions on every look, so that looks are compared
    on common random numbers.
    """
    key, k_reset = jax.random.split(key)
    states, obs = reset_all(task, k_reset, episodes)
    shapes = jax.eval_shape(lambda s, a: jax.vmap(task.step)(s, a)[1].metrics, states, action_like(task, episodes))
    metrics = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)

    def act(carry):
        states, obs, ended, metrics, key = carry
        key, k_act = jax.random.split(key)
        policy, _ = net.apply(params, obs)
        states, step = jax.vmap(task.step)(states, policy.sample(k_act))
        metrics = jax.tree.map(lambda new, old: jnp.where(ended, old, new), step.metrics, metrics)
        return states, step.obs, ended | step.terminated | step.truncated, metrics, key

    start = (states, obs, jnp.zeros(episodes, bool), metrics, key)
    *_, metrics, _ = jax.lax.while_loop(lambda carry: ~carry[2].all(), act, start)
    return jax.tree.map(jnp.mean, metrics)


def action_like(task: Task, n: int) -> jax.ShapeDtypeStruct:
    """The shape of n actions."""
    return jax.ShapeDtypeStruct((n, len(task.actions.nvec)), jnp.int32)


def by_structure(tasks: Sequence[Task]) -> list[list[int]]:
    """Indices of tasks that differ in numbers only; each group is evaluated by one compiled function."""
    groups: dict[Any, list[int]] = {}
    for index, task in enumerate(tasks):
        leaves, structure = jax.tree.flatten(task)
        groups.setdefault((structure, tuple((x.shape, x.dtype) for x in leaves)), []).append(index)
    return list(groups.values())
