"""A bandit that chooses an augmentation before each update, by the rewards that followed it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from kage.methods.auxiliary import Metrics
from kage.methods.consistency import Consistency
from kage.methods.rollout import Batch, Rollout


@dataclass(frozen=True)
class Bandit(Consistency):
    """The consistency term with one augmentation of a mix at a time. A: augmentations; W: `config.window`.

    The choice is argmax Q + c sqrt(log n / n_a): Q is the mean of an augmentation's last W rewards, each the mean over
    a rollout, less the mean of all so far, in their standard deviations; n and n_a count updates from 1.
    """

    def init(self, key: jax.Array, params: Any, obs: Any) -> dict[str, Any]:
        """The state of the term, and of the bandit."""
        arms = len(self.augment.options)
        return super().init(key, params, obs) | {
            "arm": jnp.int32(0),  # of this update
            "counts": jnp.ones(arms),
            "window": jnp.zeros((arms, self.config.window)),  # last scores, the newest first
            "mean": jnp.float32(0), "spread": jnp.float32(0),  # of all rewards: mean, sum of squared deviations
        }  # fmt: skip

    def changed(self, params: Any, state: Any, key: jax.Array, batch: Batch, rollout: Rollout) -> Any:
        """The observations of a batch under this update's augmentation."""
        return self.augmented(partial(self.augment.by, state["arm"]), key, batch, state["made"])

    def loss(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[jax.Array, Metrics]:
        """The term, and which augmentation it has."""
        term, metrics = super().loss(params, state, batch, rollout, key)
        return term, metrics | {"arm": state["arm"].astype(jnp.float32)}

    def end(self, state: Any, rollout: Rollout, metrics: Metrics, key: jax.Array) -> dict[str, Any]:
        """What the update's reward tells, and the next choice."""
        state, arm, reward = super().end(state, rollout, metrics, key), state["arm"], rollout.reward.mean()
        n = state["updates"]
        mean = state["mean"] + (reward - state["mean"]) / n
        spread = state["spread"] + (reward - state["mean"]) * (reward - mean)
        score = (reward - mean) / jnp.maximum(jnp.sqrt(spread / n), 1e-6)
        window = state["window"].at[arm].set(jnp.roll(state["window"][arm], 1).at[0].set(score))
        counts = state["counts"].at[arm].add(1)
        filled = jnp.clip(counts - 1, 1, self.config.window)
        bonus = jnp.sqrt(jnp.log(n + 1.0) / counts)
        best = jnp.argmax(window.sum(axis=1) / filled + self.config.exploration * bonus).astype(jnp.int32)
        return state | {"arm": best, "counts": counts, "window": window, "mean": mean, "spread": spread}
