"""Proximal policy optimisation in small stages: act, estimate advantages, improve.

All of it is about one seed; `kage.train` puts seeds side by side with `jax.vmap`. T: steps of a rollout,
N: environments, B: samples of a minibatch.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import struct

from kage.networks import ActorCritic, PixelEncoder
from kage.params import fault, group, param
from kage.tasks import Task


@group("agent")
class PPOConfig:
    """Hyper-parameters of PPO; the defaults are the paper's (appendix, Table 4)."""

    name: str = param("ppo", "the method", among=("ppo",))
    num_envs: int = param(128, "environments stepped together, per seed", low=1)
    num_steps: int = param(128, "steps of each environment between updates", low=1)
    minibatches: int = param(8, "minibatches of an epoch", low=1)
    epochs: int = param(3, "passes over a rollout", low=1)
    learning_rate: float = param(5e-4, "Adam's learning rate, constant", above=0)
    gamma: float = param(0.999, "discount per step", low=0, high=1)
    gae_lambda: float = param(0.95, "lambda of the advantage estimate", low=0, high=1)
    clip: float = param(0.2, "clipping range of the probability ratio", above=0)
    value_clip: float = param(0.2, "clipping range of the value", above=0)
    entropy_weight: float = param(0.01, "weight of the entropy bonus", low=0)
    value_weight: float = param(0.5, "weight of the value loss", low=0)
    max_gradient_norm: float = param(0.5, "gradients are scaled down to this norm", above=0)
    adam_eps: float = param(1e-5, "Adam's epsilon", above=0)
    reward_scale: float = param(1.0, "factor on rewards inside the learner, never on reported returns", above=0)
    truncation: str = param(
        "bootstrap", "time limit: bootstrap from the final observation, or treat it as terminal as the paper does",
        among=("bootstrap", "terminal"),
    )  # fmt: skip
    channels: list[int] = param([32, 64, 64], "features of the convolutions", low=1, empty=False)
    kernels: list[int] = param([8, 4, 3], "kernel sizes of the convolutions", unit="px", low=1, empty=False)
    strides: list[int] = param([4, 2, 1], "strides of the convolutions", unit="px", low=1, empty=False)
    dense: int = param(512, "width of the embedding", low=1)

    def rules(self):
        if self.num_envs * self.num_steps % self.minibatches:
            raise fault("agent.minibatches", self.minibatches,
                        f"a divisor of num_envs * num_steps, which is {self.num_envs * self.num_steps}")
        if not len(self.channels) == len(self.kernels) == len(self.strides):
            raise fault("agent.channels", self.channels, "as long as agent.kernels and agent.strides")

    @property
    def batch(self) -> int:
        """Environment steps of one update."""
        return self.num_envs * self.num_steps


@struct.dataclass
class Learner:
    """One seed's training, everything that continues it."""

    params: Any
    optimizer: Any
    states: Any  # environment states, (N, ...)
    obs: Any  # observations of those states, (N, ...)
    key: jax.Array


class Rollout(NamedTuple):
    """What acting left behind; arrays are [T, N] unless noted."""

    obs: Any  # [T, N, ...]
    action: jax.Array  # [T, N, parts] i32
    log_prob: jax.Array
    value: jax.Array
    reward: jax.Array  # scaled
    terminated: jax.Array  # bool
    done: jax.Array  # bool, terminated or truncated
    final_value: jax.Array  # V of the observation an episode ended with, 0 where none ended


def network(config: PPOConfig, task: Task) -> ActorCritic:
    """The actor-critic of a configuration."""
    encoder = PixelEncoder(tuple(config.channels), tuple(config.kernels), tuple(config.strides), config.dense)
    return ActorCritic(encoder, task.actions)


def optimizer(config: PPOConfig) -> optax.GradientTransformation:
    """Adam behind a bound on the gradient's norm."""
    return optax.chain(
        optax.clip_by_global_norm(config.max_gradient_norm), optax.adam(config.learning_rate, eps=config.adam_eps)
    )


def init(config: PPOConfig, net: ActorCritic, task: Task, key: jax.Array) -> Learner:
    """A learner at step 0."""
    key, k_net, k_envs = jax.random.split(key, 3)
    states, obs = reset_all(task, k_envs, config.num_envs)
    params = net.init(k_net, jax.tree.map(lambda x: x[:1], obs))
    return Learner(params=params, optimizer=optimizer(config).init(params), states=states, obs=obs, key=key)


def reset_all(task: Task, key: jax.Array, n: int) -> tuple[Any, Any]:
    """n fresh episodes, each in a level of its own: states and observations (n, ...)."""
    level_keys, keys = jax.random.split(key, (2, n))
    return jax.vmap(task.reset)(keys, jax.vmap(task.sample_level)(level_keys))


def collect(
    config: PPOConfig, net: ActorCritic, task: Task, learner: Learner, start: jax.Array
) -> tuple[Learner, Rollout, dict]:
    """Act for T steps. start: () i32, steps taken before by each environment.

    Returns the learner after it, the rollout, and the mean metrics of the episodes that ended (NaN if none did).
    """

    def act(carry, t):
        states, obs, key = carry
        key, k_act, k_reset = jax.random.split(key, 3)
        policy, value = net.apply(learner.params, obs)
        action = policy.sample(k_act)
        states, step = jax.vmap(task.step)(states, action)
        done = step.terminated | step.truncated
        states, next_obs, final_value = restart(net, task, learner.params, states, step.obs, done, start + t, k_reset)
        sample = Rollout(
            obs, action, policy.log_prob(action), value, step.reward * config.reward_scale,
            step.terminated | done if config.truncation == "terminal" else step.terminated, done, final_value,
        )  # fmt: skip
        return (states, next_obs, key), (sample, ended_metrics(step.metrics, done))

    key, scan_key = jax.random.split(learner.key)
    (states, obs, _), (rollout, (sums, count)) = jax.lax.scan(
        act, (learner.states, learner.obs, scan_key), jnp.arange(1, config.num_steps + 1)
    )
    metrics = {name: total.sum() / count.sum() for name, total in sums.items()}
    return learner.replace(states=states, obs=obs, key=key), rollout, metrics


def ended_metrics(metrics: dict, done: jax.Array) -> tuple[dict, jax.Array]:
    """Sum of each metric over the environments whose episode ended, and how many did."""
    return {name: jnp.where(done, value, 0.0).sum() for name, value in metrics.items()}, done.sum()


def restart(net, task: Task, params, states, obs, done: jax.Array, t: jax.Array, key: jax.Array):
    """States and observations with a new episode where one ended, and V of what those episodes ended with, (N,).

    Where all episodes have the same length this happens once per episode and costs nothing on other steps.
    """
    n = done.shape[0]

    def fresh():
        new_states, new_obs = reset_all(task, key, n)
        mix = lambda new, old: jnp.where(done.reshape(-1, *[1] * (old.ndim - 1)), new, old)  # noqa: E731
        _, value = net.apply(params, obs)
        return jax.tree.map(mix, new_states, states), jax.tree.map(mix, new_obs, obs), jnp.where(done, value, 0.0)

    if task.horizon is None:
        return fresh()
    return jax.lax.cond(t % task.horizon == 0, fresh, lambda: (states, obs, jnp.zeros(n)))


def advantages(config: PPOConfig, rollout: Rollout, last_value: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Generalised advantage estimates and value targets, both [T, N].

    last_value: (N,), V of the observations that the rollout stopped at.
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


class Batch(NamedTuple):
    """Samples to learn from, [B, ...]."""

    obs: Any
    action: jax.Array
    log_prob: jax.Array
    value: jax.Array
    advantage: jax.Array
    target: jax.Array


def loss(config: PPOConfig, net: ActorCritic, params, batch: Batch) -> tuple[jax.Array, dict[str, jax.Array]]:
    """PPO's clipped objective with a clipped value loss and an entropy bonus; advantages are normalised here."""
    policy, value = net.apply(params, batch.obs)
    log_ratio = policy.log_prob(batch.action) - batch.log_prob
    ratio = jnp.exp(log_ratio)
    advantage = (batch.advantage - batch.advantage.mean()) / (batch.advantage.std() + 1e-8)
    clipped = jnp.clip(ratio, 1 - config.clip, 1 + config.clip)
    policy_loss = -jnp.minimum(ratio * advantage, clipped * advantage).mean()

    near = batch.value + jnp.clip(value - batch.value, -config.value_clip, config.value_clip)
    value_loss = 0.5 * jnp.maximum((value - batch.target) ** 2, (near - batch.target) ** 2).mean()
    entropy = policy.entropy().mean()
    total = policy_loss + config.value_weight * value_loss - config.entropy_weight * entropy
    return total, {
        "policy_loss": policy_loss,
        "value_loss": value_loss,
        "entropy": entropy,
        "approx_kl": ((ratio - 1) - log_ratio).mean(),
        "clip_fraction": (abs(ratio - 1) > config.clip).mean(),
    }


def improve(config: PPOConfig, net: ActorCritic, learner: Learner, rollout: Rollout) -> tuple[Learner, dict]:
    """Epochs of minibatch steps on a rollout; the learner after them and mean losses."""
    _, last_value = net.apply(learner.params, learner.obs)
    advantage, target = advantages(config, rollout, last_value)
    batch = Batch(rollout.obs, rollout.action, rollout.log_prob, rollout.value, advantage, target)
    flat = jax.tree.map(lambda x: x.reshape(config.batch, *x.shape[2:]), batch)
    key, shuffle_key = jax.random.split(learner.key)
    orders = jax.vmap(lambda k: jax.random.permutation(k, config.batch))(jax.random.split(shuffle_key, config.epochs))
    gradient = jax.grad(lambda params, part: loss(config, net, params, part), has_aux=True)

    def descend(carry, indices):
        params, state = carry
        grads, metrics = gradient(params, jax.tree.map(lambda x: x[indices], flat))
        updates, state = optimizer(config).update(grads, state, params)
        return (optax.apply_updates(params, updates), state), metrics

    (params, state), metrics = jax.lax.scan(
        descend, (learner.params, learner.optimizer), orders.reshape(config.epochs * config.minibatches, -1)
    )
    return learner.replace(params=params, optimizer=state, key=key), jax.tree.map(jnp.mean, metrics)


def update(
    config: PPOConfig, net: ActorCritic, task: Task, learner: Learner, index: jax.Array
) -> tuple[Learner, dict[str, jax.Array]]:
    """One rollout and what is learnt from it. index: () i32, updates done before.

    ValueError if the task calls a metric like one of ours: the row of an update holds both.
    """
    learner, rollout, episodes = collect(config, net, task, learner, index * config.num_steps)
    learner, losses = improve(config, net, learner, rollout)
    ours = losses | {"reward": rollout.reward.mean() / config.reward_scale}
    if taken := ours.keys() & episodes.keys():
        raise ValueError(f"a metric of the task is called {taken.pop()}, as one of PPO's own is: rename it")
    return learner, ours | episodes
