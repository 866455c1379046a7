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
from kage.networks.actor_critic import ActorCritic, NetworkActor, embed
from kage.networks.policy import Policy
from kage.task import Task


def through(weight: jax.Array, bias: jax.Array, obs: jax.Array) -> jax.Array:
    """Observations (N, 3 k, H, W) u8 after one convolution of each of their frames."""
    frames = obs.reshape(len(obs), -1, 3, *obs.shape[2:])
    return jax.vmap(lambda frame: convolved(frame, weight, bias))(frames).reshape(obs.shape)


@dataclass(frozen=True)
class MonteCarlo(NetworkActor):
    """Acts by the mean of the network's policies behind several random convolutions, as netrand's paper does at test
    time (Lee et al. 2020, arXiv 1910.05396). It keeps a memory for each of them."""

    draws: int
    bias: bool

    def start(self, n: int) -> Any:
        """The empty memories of n environments, (n, draws, ...)."""
        return jax.tree.map(lambda x: jnp.repeat(x[:, None], self.draws, axis=1), super().start(n))

    def act(self, params, obs, memory, first: jax.Array, key: jax.Array) -> tuple[Policy, Any]:
        """The mean policy on obs (N, ...), and the memories after the step. The key draws the convolutions."""

        def one(drawn_by):
            key, memory = drawn_by
            seen = materialise(through(*drawn(key, self.bias), obs))
            policy, memory = super(MonteCarlo, self).act(params, seen, memory, first, key)
            return tuple(map(jax.nn.log_softmax, policy.logits)), memory

        apart = jax.tree.map(lambda x: jnp.moveaxis(x, 1, 0), memory)
        logs, memory = jax.lax.map(one, (jax.random.split(key, self.draws), apart))
        mean = tuple(jax.nn.logsumexp(part, axis=0) - jnp.log(self.draws) for part in logs)
        return Policy(mean), jax.tree.map(lambda x: jnp.moveaxis(x, 0, 1), memory)


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
        changed = through(state["weight"], state["bias"], obs)
        # Written to memory, else an encoder would compute each pixel again for every patch that holds it.
        return materialise(jnp.where(state["identity"], obs, changed))

    def actor(self, net: ActorCritic) -> NetworkActor:
        """Sees clean frames, or averages over convolutions if that is asked for."""
        return MonteCarlo(net, self.config.mc, self.config.bias) if self.config.mc else super().actor(net)

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
