"""Evaluation: how well trained policies do on cases they may never have seen."""

from typing import Any

import jax
import jax.numpy as jnp

from kage.method import Actor
from kage.task import Task, reset_levels, where


def evaluate(
    actor: Actor, task: Task, params: Any, key: jax.Array, episodes: int, level: Any = None
) -> dict[str, jax.Array]:
    """Mean metrics, each () f32, of whole episodes with sampled actions; a metric is taken when its episode ends.

    level: the level of every episode; None draws one for each. The same key gives the same levels and the same draws of
    actions on every case, so that looks are compared on common random numbers.
    """
    key, k_levels = jax.random.split(key)
    metrics = play_levels(actor, task, params, choose_levels(task, k_levels, episodes, level), key)
    return jax.tree.map(jnp.mean, metrics)


def choose_levels(task: Task, key: jax.Array, n: int, level: Any = None) -> Any:
    """n levels (n, ...): drawn from the task, or n copies of `level`."""
    if level is None:
        return task.sample_levels(key, n)
    return jax.tree.map(lambda x: jnp.broadcast_to(x, (n, *jnp.shape(x))), level)


def play_levels(actor: Actor, task: Task, params: Any, levels: Any, key: jax.Array) -> dict[str, jax.Array]:
    """The metrics of one episode in each of the levels (n, ...), name -> (n,) f32."""
    states, obs = reset_levels(task, jax.random.fold_in(key, 0), levels)
    n = len(jax.tree.leaves(levels)[0])
    shapes = jax.eval_shape(lambda s, a: jax.vmap(task.step)(s, a)[1].metrics, states, action_like(task, n))
    metrics = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)

    def act(carry):
        states, obs, memory, first, ended, metrics, key = carry
        key, k_act = jax.random.split(key)
        policy, memory = actor.act(params, obs, memory, first, jax.random.fold_in(k_act, 0))
        states, step = jax.vmap(task.step)(states, policy.sample(k_act))
        metrics = jax.tree.map(lambda new, old: jnp.where(ended, old, new), step.metrics, metrics)
        return states, step.obs, memory, jnp.zeros(n, bool), ended | step.terminated | step.truncated, metrics, key

    start = (states, obs, actor.start(n), jnp.ones(n, bool), jnp.zeros(n, bool), metrics, key)
    *_, metrics, _ = jax.lax.while_loop(lambda carry: ~carry[-3].all(), act, start)
    return metrics


def play_again(
    actor: Actor, task: Task, params: Any, levels: Any, key: jax.Array, steps: int, most: int
) -> tuple[dict[str, jax.Array], jax.Array]:
    """Play so many steps in each of the levels (n, ...), where an episode that ends begins again in its level.

    Returns the mean metrics of the first `most` episodes that ended in each level, name -> (n,) f32, NaN if none did,
    and how many these are, (n,) i32.
    """
    begin = reset_levels(task, jax.random.fold_in(key, 0), levels)
    n = len(jax.tree.leaves(levels)[0])
    shapes = jax.eval_shape(lambda s, a: jax.vmap(task.step)(s, a)[1].metrics, begin[0], action_like(task, n))
    sums = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)

    def act(carry, t):
        (states, obs), memory, first, sums, count = carry
        k_act = jax.random.fold_in(key, t)
        policy, memory = actor.act(params, obs, memory, first, jax.random.fold_in(k_act, 0))
        states, step = jax.vmap(task.step)(states, policy.sample(k_act))
        done = step.terminated | step.truncated
        counts = done & (count < most)
        sums = {name: total + jnp.where(counts, step.metrics[name], 0) for name, total in sums.items()}
        return (where(done, begin, (states, step.obs)), memory, done, sums, count + counts), None

    start = (begin, actor.start(n), jnp.ones(n, bool), sums, jnp.zeros(n, jnp.int32))
    (*_, sums, count), _ = jax.lax.scan(act, start, jnp.arange(1, steps + 1))
    return {name: total / count for name, total in sums.items()}, count


def agreement(
    actor: Actor, task: Task, shifted: Task, params: Any, key: jax.Array, episodes: int
) -> dict[str, jax.Array]:
    """How much a policy's decisions depend on the look: it acts on `task`, and also sees every state under `shifted`.

    Both tasks must have the same dynamics. They are stepped side by side with the same actions, and the policy has a
    separate memory for each. Returns means over all states of whole episodes, each () f32: `agreement`, 0..1, how often
    the same random numbers draw the same action under both looks, and `kl`, KL(policy on task || policy on shifted), in
    nats.
    """
    key, k_levels = jax.random.split(key)
    levels, k_reset = task.sample_levels(k_levels, episodes), jax.random.fold_in(k_levels, 0)
    sides = [(*reset_levels(each, k_reset, levels), actor.start(episodes)) for each in (task, shifted)]
    sums = {"agreement": jnp.float32(0), "kl": jnp.float32(0)}

    def act(carry):
        (one, other), first, ended, sums, count, key = carry
        key, k_act = jax.random.split(key)
        draw = jax.random.fold_in(k_act, 0)
        (policy, memory), (twin, twin_memory) = (actor.act(params, *side[1:], first, draw) for side in (one, other))
        action = policy.sample(k_act)
        # Compare drawn actions: the most probable one rarely differs, but a shift changes how often others are drawn.
        found = {"agreement": (action == twin.sample(k_act)).all(axis=-1), "kl": policy.kl(twin)}
        sums = {name: sums[name] + jnp.where(ended, 0, value).sum() for name, value in found.items()}
        count += (~ended).sum()
        states, step = jax.vmap(task.step)(one[0], action)
        twins, twin_step = jax.vmap(shifted.step)(other[0], action)
        ended |= step.terminated | step.truncated
        sides = (states, step.obs, memory), (twins, twin_step.obs, twin_memory)
        return sides, jnp.zeros(episodes, bool), ended, sums, count, key

    start = (tuple(sides), jnp.ones(episodes, bool), jnp.zeros(episodes, bool), sums, jnp.int32(0), key)
    *_, sums, count, _ = jax.lax.while_loop(lambda carry: ~carry[2].all(), act, start)
    return jax.tree.map(lambda x: x / count, sums)


def action_like(task: Task, n: int) -> jax.ShapeDtypeStruct:
    """The shape of n actions."""
    return jax.ShapeDtypeStruct((n, len(task.actions.nvec)), jnp.int32)
