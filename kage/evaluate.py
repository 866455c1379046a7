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


def agreement(
    net: ActorCritic, task: Task, shifted: Task, params: Any, key: jax.Array, episodes: int
) -> dict[str, jax.Array]:
    """How much a policy's decisions depend on the look: it acts on `task`, and sees every state as `shifted` as well.

    The tasks must share their dynamics; they are stepped side by side with the same actions. Means over all states
    of whole episodes, each () f32: `agreement`, how often the actions drawn under both looks by the same random numbers
    are the same, 0..1, and `kl`, KL(policy on task || policy on shifted), nats.
    """
    key, k_reset = jax.random.split(key)
    (states, obs), (twins, twin_obs) = (reset_all(each, k_reset, episodes) for each in (task, shifted))
    sums = {"agreement": jnp.float32(0), "kl": jnp.float32(0)}

    def act(carry):
        (states, obs), (twins, twin_obs), ended, sums, count, key = carry
        key, k_act = jax.random.split(key)
        (policy, _), (twin, _) = net.apply(params, obs), net.apply(params, twin_obs)
        action = policy.sample(k_act)
        # The most probable action is nearly everywhere the same; what a shift changes is how often others are drawn.
        told = {"agreement": (action == twin.sample(k_act)).all(axis=-1), "kl": policy.kl(twin)}
        sums = {name: sums[name] + jnp.where(ended, 0, value).sum() for name, value in told.items()}
        count += (~ended).sum()
        states, step = jax.vmap(task.step)(states, action)
        twins, twin_step = jax.vmap(shifted.step)(twins, action)
        ended |= step.terminated | step.truncated
        return (states, step.obs), (twins, twin_step.obs), ended, sums, count, key

    start = ((states, obs), (twins, twin_obs), jnp.zeros(episodes, bool), sums, jnp.int32(0), key)
    *_, sums, count, _ = jax.lax.while_loop(lambda carry: ~carry[2].all(), act, start)
    return jax.tree.map(lambda x: x / count, sums)


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
