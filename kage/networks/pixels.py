"""Convolutions over frames."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import Conv, dense


class PixelEncoder(nn.Module):
    """Convolutions and one dense layer over channel-planar frames (N, C, H, W) u8; embedding (N, dense) f32."""

    channels: Sequence[int] = (32, 64, 64)
    kernels: Sequence[int] = (8, 4, 3)
    strides: Sequence[int] = (4, 2, 1)
    dense: int = 512

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        x = jnp.moveaxis(obs, -3, -1)
        for features, kernel, stride in zip(self.channels, self.kernels, self.strides, strict=True):
            x = nn.relu(Conv(features, kernel, stride)(x))
        return dense(x.reshape(x.shape[0], -1), self.dense)
