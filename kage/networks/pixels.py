"""Convolutions over frames."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.convolution import conv, conv_matmul
from kage.networks.layers import dense


class Conv(nn.Module):
    """Valid convolution of (N, H, W, C) with a square kernel. Input in u8 is scaled from 0..255 to 0..1.

    On a CPU the layer is computed as matrix products. Both forms have the same parameters and differ only by
    rounding.
    """

    features: int
    kernel: int
    stride: int
    as_matmul: bool | None = None  # None: true on the CPU backend, false elsewhere

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (self.kernel, self.kernel, x.shape[-1], self.features)
        weight = self.param("kernel", nn.initializers.orthogonal(math.sqrt(2)), shape)
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        if x.dtype == jnp.uint8:
            weight = weight / 255.0
        matmul = jax.default_backend() == "cpu" if self.as_matmul is None else self.as_matmul
        return (conv_matmul if matmul else conv)(x, weight, self.stride) + bias


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
