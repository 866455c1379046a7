"""Agents that learn nothing: their scores say what a task gives away, so every table may hold them."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.networks.policy import Policy
from kage.task import ActionSpec, Task

NEVER = -1e9  # logit of an action that is never drawn; finite, so that entropy and KL stay numbers


@struct.dataclass
class Nothing:
    """A learner that holds nothing but its key."""

    key: jax.Array


@dataclass(frozen=True)
class FixedActor:
    """A `kage.method.Actor` whose policy depends on nothing."""

    name: str  # "random" or "noop"
    actions: ActionSpec

    def start(self, n: int) -> tuple:
        """Nothing is remembered."""
        return ()

    def act(self, params, obs, memory, first: jax.Array, key) -> tuple[Policy, tuple]:
        """The policy for n = len(first) environments."""
        logits = []
        for size, idle in zip(self.actions.nvec, self.actions.idle, strict=True):
            part = jnp.zeros(size) if self.name == "random" else jnp.full(size, NEVER).at[idle].set(0.0)
            logits.append(jnp.broadcast_to(part, (len(first), size)))
        return Policy(tuple(logits)), memory


@dataclass(frozen=True)
class Untrained:
    """A `kage.method.Method` without updates."""

    name: str
    task: Task

    @property
    def actor(self) -> FixedActor:
        """What acts."""
        return FixedActor(self.name, self.task.actions)

    def init(self, key: jax.Array) -> Nothing:
        """A learner at step 0, which stays what it is."""
        return Nothing(key)

    def update(self, learner: Nothing, index: jax.Array) -> tuple[Nothing, dict]:
        """Nothing is learnt."""
        return learner, {}

    def policy(self, learner: Nothing) -> Any:
        """There are no parameters."""
        return ()
