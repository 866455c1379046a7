"""A policy: a probability distribution over discrete actions of several parts."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn


class Policy(NamedTuple):
    """Independent categorical distributions over the parts of an action; logits[i] is (..., nvec[i]) f32."""

    logits: tuple[jax.Array, ...]

    def sample(self, key: jax.Array) -> jax.Array:
        """Actions, (..., len(nvec)) i32."""
        keys = jax.random.split(key, len(self.logits))
        return jnp.stack([jax.random.categorical(k, part) for k, part in zip(keys, self.logits, strict=True)], axis=-1)

    def log_prob(self, action: jax.Array) -> jax.Array:
        """log pi(action), (...) f32; action (..., len(nvec)) i32."""
        return sum(
            jnp.take_along_axis(nn.log_softmax(part), action[..., i, None], axis=-1)[..., 0]
            for i, part in enumerate(self.logits)
        )

    def entropy(self) -> jax.Array:
        """Entropy in nats, (...) f32."""
        return sum(-(nn.softmax(part) * nn.log_softmax(part)).sum(axis=-1) for part in self.logits)

    def kl(self, other: "Policy") -> jax.Array:
        """KL(self || other) in nats, (...) f32. Equal logits give 0 exactly: one operation normalises both, since two
        operations may be compiled differently, and then round differently."""

        def divergence(a, b):
            log_a, log_b = nn.log_softmax(jnp.stack((a, b)))
            return (jnp.exp(log_a) * (log_a - log_b)).sum(axis=-1)

        return sum(divergence(a, b) for a, b in zip(self.logits, other.logits, strict=True))
