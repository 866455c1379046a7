"""A network over flat observations."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import dense


class VectorEncoder(nn.Module):
    """Dense layers over flat observations (N, D): the hidden ones, then one as wide as the embedding (N, dense) f32."""

    dense: int = 64
    hidden: Sequence[int] = ()

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        x = obs.astype(jnp.float32)
        for width in (*self.hidden, self.dense):
            x = dense(x, width)
        return x
