"""Consistency between a state as it was seen, and the same state under other looks."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from kage.methods.consistency import Consistency, pieces_of
from kage.methods.rollout import Batch, Rollout
from kage.task import Task


@dataclass(frozen=True)
class Paired(Consistency):
    """The consistency term, with the twin's observations of the same states in place of augmented ones.

    twin: a task with the same dynamics, whose levels draw parameters, with `observe_anew`.
    """

    twin: Task

    keeps_states: ClassVar[bool] = True

    def init(self, key: jax.Array, params: Any, obs: Any) -> dict[str, Any]:
        """The number of updates done."""
        return {"updates": jnp.int32(0)}

    def changed(self, params: Any, state: Any, key: jax.Array, batch: Batch, rollout: Rollout) -> Any:
        """The states of a batch as the twin shows them, each, or each piece, with parameters of its own."""
        states = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[batch.at], rollout.states)
        draws = pieces_of(batch) if self.config.whole_pieces else len(batch.at)
        keys = jax.random.split(key, draws)[jnp.arange(len(batch.at)) % draws]
        return jax.vmap(self.twin.observe_anew)(keys, states)
