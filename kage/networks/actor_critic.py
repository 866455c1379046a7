"""The actor-critic: an encoder turns an observation into an embedding, a memory may add information from earlier
steps, and two heads turn the result into a policy and a value."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import orthogonal
from kage.networks.policy import Policy
from kage.task import ActionSpec


class ActorCritic(nn.Module):
    """An encoder, an optional memory, and two heads: an actor and a critic. hidden: widths of the hidden layers of each
    head, with tanh."""

    encoder: nn.Module
    actions: ActionSpec
    memory: nn.Module | None = None
    hidden: tuple[int, ...] = ()

    @nn.compact
    def __call__(self, obs, memory=(), first: jax.Array | None = None) -> tuple[Policy, jax.Array, Any]:
        """The policy on observations (N, ...), values (N,) f32, and the memory after them.

        obs: pytree with a leading batch axis (N, ...); memory: the memory before them, of N environments, one step
        each, or of N / T environments, T steps each, all environments of the first step first; first (N,) bool: where
        an observation begins an episode, the memory is cleared before it is read. Every observation is encoded at once,
        only the memory takes one step after the other.
        """
        embedding = self.encoder(obs)
        if self.memory is not None:
            embedding, memory = self.memory(embedding, memory, first)
        acting, judging = self.deepened(embedding, "actor"), self.deepened(embedding, "critic")
        logits = nn.Dense(sum(self.actions.nvec), kernel_init=nn.initializers.orthogonal(0.01))(acting)
        value = nn.Dense(1, kernel_init=nn.initializers.orthogonal(1.0))(judging)[:, 0]
        ends = [sum(self.actions.nvec[: i + 1]) for i in range(len(self.actions.nvec) - 1)]
        return Policy(tuple(jnp.split(logits, ends, axis=-1))), value, memory

    def deepened(self, x: jax.Array, head: str) -> jax.Array:
        """The last hidden layer of a head; x itself if there is none."""
        for i, width in enumerate(self.hidden):
            x = nn.tanh(nn.Dense(width, kernel_init=orthogonal, name=f"{head}{i}")(x))
        return x


def embed(net: ActorCritic, params: Any, obs: Any) -> jax.Array:
    """The embeddings of observations (N, ...) before any memory, (N, D) f32."""
    return net.apply(params, obs, method=lambda net, obs: net.encoder(obs))


@dataclass(frozen=True)
class NetworkActor:
    """An actor-critic as `kage.method.Actor`: it gives the policy and drops the value."""

    net: ActorCritic

    def start(self, n: int) -> Any:
        """The empty memory of n environments, () if the network has no memory."""
        return () if self.net.memory is None else self.net.memory.start(n)

    def act(self, params, obs, memory, first: jax.Array, key: jax.Array) -> tuple[Policy, Any]:
        """The policy on obs (N, ...) and the memory after the step. The key is not used: nothing is drawn here."""
        policy, _, memory = self.net.apply(params, obs, memory, first)
        return policy, memory
