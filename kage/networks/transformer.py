"""A small vision transformer over frames."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import dense


class TransformerEncoder(nn.Module):
    """Attention among patches of channel-planar frames (N, C, H, W) u8; embedding (N, dense) f32.

    The frame is cut into patches x patches tokens. The embedding is made from the mean of the tokens after the blocks.
    """

    patches: int = 8
    width: int = 128
    heads: int = 4
    blocks: int = 2
    dense: int = 512

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        x = nn.Dense(self.width)(tokens(obs, self.patches).astype(jnp.float32) / 255.0)
        x = x + self.param("positions", nn.initializers.normal(0.02), x.shape[1:])
        for _ in range(self.blocks):
            x = x + nn.MultiHeadDotProductAttention(self.heads)(nn.LayerNorm()(x))
            hidden = nn.gelu(nn.Dense(2 * self.width)(nn.LayerNorm()(x)))
            x = x + nn.Dense(self.width)(hidden)
        return dense(nn.LayerNorm()(x.mean(axis=1)), self.dense)


def tokens(frames: jax.Array, patches: int) -> jax.Array:
    """Frames (N, C, H, W) cut into patches, row by row: (N, patches * patches, C * rows * columns of a patch)."""
    n, channels, height, width = frames.shape
    x = frames.reshape(n, channels, patches, height // patches, patches, width // patches)
    return x.transpose(0, 2, 4, 1, 3, 5).reshape(n, patches * patches, -1)
