"""Acting and learning behind a random convolution that all environments share for one update."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from kage.augment.random_conv import convolved, drawn
from kage.materialise import materialise
from kage.methods.auxiliary import Auxiliary, Metrics
from kage.methods.consistency import share_of
from kage.methods.rollout import Batch, Rollout
from kage.networks.actor_critic import ActorCritic, embed
from kage.task import Task


@dataclass(frozen=True)
class Randomised(Auxiliary):
    """The state is the convolution of this update. config: a `kage.methods.netrand.NetRandConfig`."""

    config: Any
    task: Task
    net: ActorCritic

    @property
    def matches(self) -> bool:
        """True if embeddings are compared."""
        return bool(self.config.weight and self.config.fraction)

    @property
    def keeps_states(self) -> bool:
        """The rollout holds changed frames, so clean ones are drawn again from the states."""
        return self.matches

    def init(self, key: jax.Array, params: Any, obs: Any) -> dict[str, jax.Array]:
        """The convolution of the first update."""
        k_identity, k_conv = jax.random.split(key)
        weight, bias = drawn(k_conv, self.config.bias)
        return {"weight": weight, "bias": bias, "identity": jax.random.bernoulli(k_identity, self.config.identity)}

    def see(self, state: Any, key: jax.Array, obs: Any) -> Any:
        """Observations (N, 3 k, H, W) u8 after the convolution."""
        frames = obs.reshape(len(obs), -1, 3, *obs.shape[2:])
        changed = jax.vmap(lambda frame: convolved(frame, state["weight"], state["bias"]))(frames)
        # Written to memory, else an encoder would compute each pixel again for every patch that holds it.
        return materialise(jnp.where(state["identity"], obs, changed.reshape(obs.shape)))

    def loss(
        self, params: Any, state: Any, batch: Batch, rollout: Rollout, key: jax.Array
    ) -> tuple[jax.Array, Metrics] | None:
        """How far embeddings of changed frames are from those of clean ones, weighted."""
        if not self.matches:
            return None
        part = share_of(batch, self.config.fraction)
        states = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[part.at], rollout.states)
        clean = jax.lax.stop_gradient(embed(self.net, params, jax.vmap(self.task.observe)(states)))
        apart = ((embed(self.net, params, part.obs) - clean) ** 2).mean()
        return self.config.weight * apart, {"embedding_distance": apart}

    def end(self, state: Any, rollout: Rollout, metrics: Metrics, key: jax.Array) -> dict[str, jax.Array]:
        """The convolution of the next update."""
        return self.init(key, None, None)
