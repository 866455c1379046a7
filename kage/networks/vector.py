"""A network over flat observations."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import dense


class VectorEncoder(nn.Module):
    """One hidden layer over flat observations (N, D); embedding (N, dense) f32."""

    dense: int = 64

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        return dense(obs.astype(jnp.float32), self.dense)
