"""Layers that several networks share."""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.convolution import conv, conv_matmul

orthogonal = nn.initializers.orthogonal(math.sqrt(2))  # the initial weights of layers before a ReLU


def dense(x: jax.Array, features: int) -> jax.Array:
    """A dense layer with ReLU and orthogonal weights, (N, D) to (N, features) f32; call it in a compact module."""
    return nn.relu(nn.Dense(features, kernel_init=orthogonal)(x))


class Conv(nn.Module):
    """Convolution of (N, H, W, C) with a square kernel, (N, rows, columns, features) f32. Input in u8 is scaled from
    0..255 to 0..1.

    On a CPU the layer is computed as matrix products. Both forms have the same parameters and differ only by
    rounding. With `same`, zeros around the picture make the output ceil(H / stride) x ceil(W / stride).
    """

    features: int
    kernel: int
    stride: int
    as_matmul: bool | None = None  # None: true on the CPU backend, false elsewhere
    same: bool = False
    initial: nn.initializers.Initializer = orthogonal

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (self.kernel, self.kernel, x.shape[-1], self.features)
        weight = self.param("kernel", self.initial, shape)
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        if x.dtype == jnp.uint8:
            weight = weight / 255.0
        if self.same:
            x = jnp.pad(x, [(0, 0), *(margins(size, self.kernel, self.stride) for size in x.shape[1:3]), (0, 0)])
        matmul = jax.default_backend() == "cpu" if self.as_matmul is None else self.as_matmul
        return (conv_matmul if matmul else conv)(x, weight, self.stride) + bias


def margins(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """How much to add before and after `size` px for a window to stop at ceil(size / stride) places."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
