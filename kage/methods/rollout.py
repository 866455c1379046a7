"""Acting: rollouts of environments that begin a new episode when one ends, and advantages of the actions taken.

All functions handle one seed. T: steps of a rollout, N: environments, B: samples of a minibatch.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import struct

from kage.task import reset_levels, where

# Additions to a method draw from a separate stream, so that their draws never change what the method draws.
SEE, MINIBATCH, END, CURRICULUM = range(4)
AUXILIARY = 0xA0C


def stream(key: jax.Array, use: int) -> jax.Array:
    """The key for one use of the additions' stream (`SEE`, `MINIBATCH`, ...), from the learner's key."""
    return jax.random.fold_in(jax.random.fold_in(key, AUXILIARY), use)


@struct.dataclass
class Learner:
    """The training of one seed: everything that is needed to continue it."""

    params: Any
    optimizer_state: Any
    states: Any  # environment states, (N, ...)
    obs: Any  # observations of those states, (N, ...)
    levels: Any  # the level that each environment plays, (N, ...)
    memory: Any  # what the policy remembers in each environment, (N, ...); () without a memory
    first: jax.Array  # (N,) bool, the observation begins an episode
    curriculum: Any
    auxiliary: Any
    key: jax.Array


class Rollout(NamedTuple):
    """What happened while acting; arrays are [T, N] unless noted."""

    obs: Any  # [T, N, ...]
    action: jax.Array  # [T, N, parts] i32
    log_prob: jax.Array
    value: jax.Array
    reward: jax.Array  # scaled
    terminated: jax.Array  # bool
    done: jax.Array  # bool, terminated or truncated
    final_value: jax.Array  # V of the observation that ended an episode, 0 where none ended
    first: jax.Array = None  # bool, the observation begins an episode
    memory: Any = ()  # [T, N, ...], what the policy remembered before each step; () without a memory
    states: Any = ()  # [T, N, ...], the states that `obs` shows; () unless an auxiliary asks for them


class Batch(NamedTuple):
    """Samples to learn from, [B, ...]. Where they are pieces of rollouts, the first steps of all pieces come first."""

    obs: Any
    action: jax.Array
    log_prob: jax.Array
    value: jax.Array
    advantage: jax.Array
    target: jax.Array
    at: jax.Array = None  # i32, index t * N + n of each sample in the rollout, to find what follows
    memory: Any = ()  # [pieces, ...], what was remembered before the first step of each piece; () without a memory
    first: jax.Array = None  # bool, the observation begins an episode; None without a memory


def collect(method, learner: Learner, start: jax.Array) -> tuple[Learner, Rollout, dict[str, jax.Array]]:
    """Act for T steps. start: () i32, steps taken before by each environment.

    method: an object with config, task, net, curriculum and auxiliary, such as `kage.methods.ppo.PPO`. Returns the
    learner after the steps, the rollout, and the mean metrics of the episodes that ended (NaN if none did).
    """
    config, task, net, auxiliary = method.config, method.task, method.net, method.auxiliary
    bootstraps = config.truncation == "bootstrap"
    see_key = stream(learner.key, SEE)

    def final(obs, memory, t) -> jax.Array:
        """V of observations (N, ...) that episodes ended with."""
        seen = auxiliary.see(learner.auxiliary, jax.random.fold_in(see_key, -t), obs)
        return net.apply(learner.params, seen, memory, jnp.zeros(config.num_envs, bool))[1]

    def act(carry, t):
        states, obs, levels, memory, first, key = carry
        key, k_act, k_reset = jax.random.split(key, 3)
        seen = auxiliary.see(learner.auxiliary, jax.random.fold_in(see_key, t), obs)
        policy, value, after = net.apply(learner.params, seen, memory, first)
        action = policy.sample(k_act)
        reached, step = jax.vmap(task.step)(states, action)
        done = step.terminated | step.truncated

        def fresh():
            new_levels = method.curriculum.again(learner.curriculum, k_reset, levels)
            new_states, new_obs = reset_levels(task, jax.random.fold_in(k_reset, 1), new_levels)
            return where(done, (new_states, new_obs, new_levels), (reached, step.obs, levels))

        if task.horizon is None:
            here, final_value = fresh(), jnp.zeros(len(done))
        else:
            # All episodes are equally long, so one branch resets them together and costs nothing on other steps.
            here, final_value = jax.lax.cond(
                (start + t) % task.horizon == 0,
                lambda: (fresh(), jnp.where(done, final(step.obs, after, t), 0.0)),
                lambda: ((reached, step.obs, levels), jnp.zeros(len(done))),
            )
        sample = Rollout(
            seen, action, policy.log_prob(action), value, step.reward * config.reward_scale,
            step.terminated if bootstraps else step.terminated | done, done, final_value, first, memory,
            states if auxiliary.keeps_states else (),
        )  # fmt: skip
        ends = (step.obs, after) if task.horizon is None and bootstraps else ()
        return (*here, after, done, key), (sample, ended_metrics(step.metrics, done), ends)

    key, scan_key = jax.random.split(learner.key)
    begin = (learner.states, learner.obs, learner.levels, learner.memory, learner.first, scan_key)
    steps = jnp.arange(1, config.num_steps + 1)
    (states, obs, levels, memory, first, _), (rollout, (sums, count), ends) = jax.lax.scan(act, begin, steps)
    if ends:
        # Lengths differ, so some episode ends on nearly every step: one pass for all steps is cheaper than many.
        rollout = rollout._replace(final_value=jnp.where(rollout.done, jax.vmap(final)(*ends, steps), 0.0))
    metrics = {name: total.sum() / count.sum() for name, total in sums.items()}
    learner = learner.replace(states=states, obs=obs, levels=levels, memory=memory, first=first, key=key)
    return learner, rollout, metrics


def ended_metrics(metrics: dict, done: jax.Array) -> tuple[dict, jax.Array]:
    """Sum of each metric over the environments whose episode ended, and how many did."""
    return {name: jnp.where(done, value, 0.0).sum() for name, value in metrics.items()}, done.sum()


def advantages(config, rollout: Rollout, last_value: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Generalised advantage estimates and value targets, both [T, N].

    config: an object with gamma and gae_lambda; last_value: (N,), V of the observations after the last step.
    """
    following = jnp.concatenate([rollout.value[1:], last_value[None]])
    next_value = jnp.where(rollout.done, rollout.final_value, following)
    delta = rollout.reward + config.gamma * jnp.where(rollout.terminated, 0.0, next_value) - rollout.value

    def backward(trace, step):
        delta, done = step
        trace = delta + config.gamma * config.gae_lambda * jnp.where(done, 0.0, trace)
        return trace, trace

    _, advantage = jax.lax.scan(backward, jnp.zeros_like(last_value), (delta, rollout.done), reverse=True)
    return advantage, advantage + rollout.value
