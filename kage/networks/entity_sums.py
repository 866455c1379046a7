"""Sums over entities, which no order of the rows changes."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.entity_transformer import in_use
from kage.networks.layers import orthogonal

KINDS = ("polygon", "circle", "joint", "thruster")


class EntitySums(nn.Module):
    """Embeddings (B, dense) f32 of the observations that `kage.networks.entity_transformer` describes. Rows whose mask
    is false may hold anything."""

    entity: int = 64
    sums: int = 256
    dense: int = 256

    @nn.compact
    def __call__(self, obs) -> jax.Array:
        def layer(x: jax.Array, width: int, name: str) -> jax.Array:
            return nn.Dense(width, kernel_init=orthogonal, name=name)(x)

        encoded = []
        for number, kind in enumerate(KINDS):
            x = layer(in_use(obs, kind), self.entity - len(KINDS), kind)
            told = jnp.broadcast_to(jax.nn.one_hot(number, len(KINDS)), (*x.shape[:-1], len(KINDS)))
            encoded.append(nn.tanh(jnp.concatenate([x, told], axis=-1)))
        used = jnp.concatenate([getattr(obs, f"{kind}_mask") for kind in KINDS], axis=1)[..., None]
        parts = nn.relu(layer(jnp.concatenate(encoded, axis=1) * used, self.sums, "sums"))
        return nn.tanh(layer((parts * used).sum(axis=1), self.dense, "dense"))
