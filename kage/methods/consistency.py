"""A policy should decide alike on a frame and on the same frame changed: the term that several methods add to PPO."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from kage.augment.augmentation import Augmentation
from kage.methods.auxiliary import Auxiliary, Metrics
from kage.methods.rollout import Batch, Rollout
from kage.networks.actor_critic import ActorCritic

LEAST_SCALE = 0.1  # of values: where targets hardly differ, their deviation says nothing


@dataclass(frozen=True)
class Consistency(Auxiliary):
    """Adds the term for a share of each minibatch, under a weight that grows from 0 during the warm-up.

    config: a `kage.methods.drac.DrACConfig`.
    """

    config: Any
    net: ActorCritic
    augment: Augmentation

    def init(self, key: jax.Array, params: Any, obs: Any) -> dict[str, Any]:
        """What the augmentation made, and the number of updates done."""
        return {"made": self.augment.prepare(key, obs.shape[1:]), "updates": jnp.int32(0)}

    def changed(self, params: Any, state: Any, key: jax.Array, batch: Batch, rollout: Rollout) -> Any:
        """The augmented observations of the samples of a batch."""
        return self.augmented(self.augment, key, batch, state["made"])

    def augmented(self, augment: Callable, key: jax.Array, batch: Batch, made: Any) -> jax.Array:
        """augment(key, observations of a batch, made); with `config.whole_pieces` the steps of a piece are given as
        frames of one sample, because these share a draw."""
        if not self.config.whole_pieces:
            return augment(key, batch.obs, made)
        size = batch.obs.shape[1:]
        by_step = batch.obs.reshape(-1, pieces_of(batch), *size)
        steps, pieces, channels, *_ = by_step.shape
        changed = augment(key, by_step.swapaxes(0, 1).reshape(pieces, steps * channels, *size[1:]), made)
        return changed.reshape(pieces, steps, *size).swapaxes(0, 1).reshape(batch.obs.shape)

    def loss(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[jax.Array, Metrics]:
        """The weighted term on the first samples of the minibatch, whose order is random."""
        part = share_of(batch, self.config.fraction)
        changed = self.changed(params, state, key, part, rollout)
        # No gradient flows through the clean side, else what was learnt there would move towards decisions on
        # changed frames.
        policy, value, _ = jax.lax.stop_gradient(self.net.apply(params, part.obs, part.memory, part.first))
        other, other_value, _ = self.net.apply(params, changed, part.memory, part.first)
        weight = warmed(self.config.weight, state["updates"], self.config.batch, self.config.warmup)
        kl, scale = policy.kl(other).mean(), value_scale(batch)
        added, metrics = self.values(weight, value, other_value, part, scale)
        return weight * self.config.policy_part * kl + added, {"consistency_kl": kl} | metrics

    def values(
        self, weight: jax.Array | float, clean: jax.Array, changed: jax.Array, part: Batch, scale: jax.Array
    ) -> tuple[jax.Array, Metrics]:
        """What is added for the values of clean and changed observations, and its metrics: their distance."""
        apart = 0.5 * (((changed - clean) / scale) ** 2).mean()
        return weight * self.config.value_part * apart, {"consistency_value": apart}

    def end(self, state: Any, rollout: Rollout, metrics: Metrics, key: jax.Array) -> dict[str, Any]:
        """One more update is done."""
        return state | {"updates": state["updates"] + 1}


class Fitted(Consistency):
    """Fits the values of changed observations to the targets of clean ones, without a clip. config: a
    `kage.methods.svea.SVEAConfig`, which gives the value loss of clean observations the rest of the weight."""

    def values(
        self, weight: jax.Array | float, clean: jax.Array, changed: jax.Array, part: Batch, scale: jax.Array
    ) -> tuple[jax.Array, Metrics]:
        """The value loss on changed observations, which has no warm-up."""
        loss = 0.5 * ((changed - part.target) ** 2).mean()
        return self.config.value_weight * self.config.value_part * loss, {"augmented_value_loss": loss}


def pieces_of(batch: Batch) -> int:
    """How many pieces a batch holds; without a memory each sample is one."""
    return len(next(iter(jax.tree.leaves(batch.memory)), batch.action))


def share_of(batch: Batch, fraction: float) -> Batch:
    """The first pieces of a batch, which without a memory are samples: this share of them, and at least one."""
    pieces = pieces_of(batch)
    count = max(1, round(fraction * pieces))

    def begin(x: jax.Array) -> jax.Array:
        return x.reshape(-1, pieces, *x.shape[1:])[:, :count].reshape(-1, *x.shape[1:])

    part = jax.tree.map(begin, batch._replace(memory=()))
    return part._replace(memory=jax.tree.map(lambda x: x[:count], batch.memory))


def value_scale(batch: Batch) -> jax.Array:
    """The scale of values: the standard deviation of a batch's value targets, () f32, and at least `LEAST_SCALE`."""
    return jnp.maximum(batch.target.std(), LEAST_SCALE)


def warmed(weight: float, updates: jax.Array, batch: int, warmup: int) -> jax.Array | float:
    """A weight that grows evenly from 0 to its full value over `warmup` environment steps.

    updates: () i32, updates done before, of `batch` steps each. Without a warm-up the weight is a plain number.
    """
    return weight * jnp.minimum(1.0, (updates + 1) * batch / warmup) if warmup else weight
