"""Proximal policy optimisation in small stages: act, estimate advantages, improve.

All functions handle one seed; `kage.train` trains several. T: steps of a rollout, N: environments, B: samples of a
minibatch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from kage.curriculum import Curriculum
from kage.evaluate import play_again
from kage.methods.auxiliary import Auxiliary
from kage.methods.config import PPOConfig
from kage.methods.rollout import (
    CURRICULUM,
    END,
    MINIBATCH,
    SEE,
    Batch,
    Learner,
    Rollout,
    advantages,
    collect,
    stream,
)
from kage.networks.actor_critic import ActorCritic, NetworkActor
from kage.task import Task, reset_levels

Metrics = dict[str, jax.Array]  # name -> () f32

FIRST, RESET, PREPARE, BEGIN = range(4)  # uses of the curriculum's stream of keys


@dataclass(frozen=True)
class PPO:
    """PPO on a task, and what an auxiliary adds to it: a `kage.method.Method`."""

    config: PPOConfig
    task: Task
    net: ActorCritic
    curriculum: Curriculum
    auxiliary: Auxiliary

    @property
    def actor(self) -> NetworkActor:
        """The actor, which evaluation uses."""
        return self.auxiliary.actor(self.net)

    @property
    def learning(self) -> NetworkActor:
        """What acts while it is trained: the network itself."""
        return NetworkActor(self.net)

    def init(self, key: jax.Array, policy: Any = None) -> Learner:
        """A learner at step 0, all its environments at the start of an episode. policy: the parameters to begin with,
        in place of new ones."""
        key, k_net, k_levels = jax.random.split(key, 3)
        n = self.config.num_envs
        curriculum = self.curriculum.init(jax.random.fold_in(stream(key, CURRICULUM), BEGIN))
        levels = self.curriculum.first(curriculum, k_levels, n)
        states, obs = reset_levels(self.task, jax.random.fold_in(k_levels, 1), levels)
        memory, first = self.learning.start(n), jnp.ones(n, bool)
        params = policy
        if params is None:
            params = self.net.init(k_net, *jax.tree.map(lambda x: x[:1], (obs, memory, first)))
        return Learner(
            params=params, optimizer_state=self.optimizer.init(params), states=states, obs=obs, levels=levels,
            memory=memory, first=first, curriculum=curriculum,
            auxiliary=self.auxiliary.init(stream(key, SEE), params, obs), key=key,
        )  # fmt: skip

    def policy(self, learner: Learner) -> Any:
        """The parameters of the actor-critic."""
        return learner.params

    def update(self, learner: Learner, index: jax.Array) -> tuple[Learner, Metrics]:
        """Collect one rollout and learn from it. index: () i32, updates done before, the same for all seeds.

        Raises ValueError if a task's metric has the name of one of PPO's metrics, because one row holds both.
        """
        learner, chosen = self.choose_levels(learner, index)
        start = 0 if self.curriculum.restarts else index * self.config.num_steps
        learner, rollout, episodes = collect(self, learner, start)
        learner, losses = self.improve(learner, rollout)
        ours = losses | chosen | {"reward": rollout.reward.mean() / self.config.reward_scale}
        if taken := ours.keys() & episodes.keys():
            raise ValueError(f"a metric of the task is called {taken.pop()}, as one of PPO's own is: rename it")
        state = self.auxiliary.end(learner.auxiliary, rollout, ours, stream(learner.key, END))
        return learner.replace(auxiliary=state), ours | episodes

    def choose_levels(self, learner: Learner, index: jax.Array) -> tuple[Learner, Metrics]:
        """Let the curriculum prepare the update, and begin new episodes if `curriculum.restarts` is true."""
        key = stream(learner.key, CURRICULUM)
        play = partial(play_again, self.learning, self.task, learner.params)
        state, metrics = self.curriculum.prepare(learner.curriculum, jax.random.fold_in(key, PREPARE), index, play)
        learner = learner.replace(curriculum=state)
        if not self.curriculum.restarts:
            return learner, metrics
        n = self.config.num_envs
        levels = self.curriculum.first(state, jax.random.fold_in(key, FIRST), n)
        states, obs = reset_levels(self.task, jax.random.fold_in(key, RESET), levels)
        return learner.replace(
            states=states, obs=obs, levels=levels, memory=self.learning.start(n), first=jnp.ones(n, bool)
        ), metrics

    def improve(self, learner: Learner, rollout: Rollout) -> tuple[Learner, Metrics]:
        """Learn from a rollout in epochs of minibatches. Returns the learner after them and mean losses."""
        config, auxiliary = self.config, self.auxiliary
        seen = auxiliary.see(learner.auxiliary, stream(learner.key, SEE), learner.obs)
        _, last_value, _ = self.net.apply(learner.params, seen, learner.memory, learner.first)
        advantage, target = advantages(config, rollout, last_value)
        batch = Batch(rollout.obs, rollout.action, rollout.log_prob, rollout.value, advantage, target)
        flat, memory = jax.tree.map(lambda x: x.reshape(config.batch, *x.shape[2:]), (batch, rollout.memory))
        flat = flat._replace(at=jnp.arange(config.batch))
        if self.net.memory is not None:
            flat = flat._replace(first=rollout.first.ravel())
        key, shuffle_key = jax.random.split(learner.key)
        shuffle_keys = jax.random.split(shuffle_key, config.epochs)
        orders = jax.vmap(lambda k: jax.random.permutation(k, config.batch // self.piece))(shuffle_keys)

        def descend(carry, part):
            params, optimizer_state, state = carry
            pieces, k_part = part
            indices = samples_of(pieces, self.piece, config.num_envs)
            batch = jax.tree.map(lambda x: x[indices], flat)
            batch = batch._replace(memory=jax.tree.map(lambda x: x[indices[: len(pieces)]], memory))
            grads, metrics = jax.grad(self.loss, has_aux=True)(params, state, batch, rollout, k_part)
            updates, optimizer_state = self.optimizer.update(grads, optimizer_state, params)
            params = optax.apply_updates(params, updates)
            params, state, more = auxiliary.step(params, state, batch, rollout, jax.random.fold_in(k_part, 1))
            return (params, optimizer_state, state), metrics | more

        count = config.epochs * config.minibatches
        parts = orders.reshape(count, -1), jax.random.split(stream(learner.key, MINIBATCH), count)
        begin = learner.params, learner.optimizer_state, learner.auxiliary
        (params, optimizer_state, state), metrics = jax.lax.scan(descend, begin, parts)
        learner = learner.replace(params=params, optimizer_state=optimizer_state, auxiliary=state, key=key)
        return learner, jax.tree.map(jnp.mean, metrics)

    def loss(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[jax.Array, Metrics]:
        """The loss of a minibatch, () f32, and its parts: PPO's, and the auxiliary's term where there is one."""
        total, metrics = ppo_loss(self.config, self.net, params, batch)
        if (term := self.auxiliary.loss(params, state, batch, rollout, key)) is not None:
            total, metrics = total + term[0], metrics | term[1]
        return total, metrics

    @property
    def piece(self) -> int:
        """Steps of an environment that are learnt from in one piece."""
        return self.config.piece or (1 if self.net.memory is None else self.config.num_steps)

    @property
    def optimizer(self) -> optax.GradientTransformation:
        """Adam on gradients whose global norm is clipped."""
        config = self.config
        return optax.chain(
            optax.clip_by_global_norm(config.max_gradient_norm), optax.adam(learning_rate(config), eps=config.adam_eps)
        )


def learning_rate(config: PPOConfig) -> float | Callable[[jax.Array], jax.Array]:
    """The learning rate, or where it changes a function of Adam's steps; it is the same for all steps of an update."""
    if not config.learning_rate_warmup and not config.learning_rate_decay:
        return config.learning_rate

    def at(count: jax.Array) -> jax.Array:
        done = count // (config.epochs * config.minibatches) * config.batch  # environment steps before this update
        rate = jnp.float32(config.learning_rate)
        if config.learning_rate_warmup:
            rate *= jnp.minimum(1.0, (done + config.batch) / config.learning_rate_warmup)
        if config.learning_rate_decay:
            rate *= jnp.maximum(0.0, 1 - done / (config.learning_rate_decay * config.longer))
        return rate

    return at


def samples_of(pieces: jax.Array, length: int, num_envs: int) -> jax.Array:
    """The indices t * N + n of the samples of some pieces of a rollout, (P * length,) i32, step by step.

    pieces: (P,) i32, b * N + n is the piece of environment n that begins at step b * length.
    """
    if length == 1:
        return pieces
    block, env = jnp.divmod(pieces, num_envs)
    steps = block * length + jnp.arange(length)[:, None]
    return (steps * num_envs + env).ravel()


def ppo_loss(config: PPOConfig, net: ActorCritic, params: Any, batch: Batch) -> tuple[jax.Array, Metrics]:
    """PPO's clipped objective with a clipped value loss and an entropy bonus; advantages are normalised here."""
    policy, value, _ = net.apply(params, batch.obs, batch.memory, batch.first)
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
