"""Residual convolutions over frames: the networks of IMPALA and Impoola."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import Conv, dense, margins

# Uniform within 1 / sqrt(inputs) of 0, as PyTorch begins convolutions.
fan_in_uniform = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")


class ResidualEncoder(nn.Module):
    """Stages of a convolution, a max-pooling and two residual blocks over channel-planar frames (N, C, H, W) u8, then
    a dense layer; embedding (N, dense) f32.

    grid: None gives the dense layer all positions, 1 their mean, and a greater number also the mean of each cell of a
    grid x grid.
    """

    channels: Sequence[int] = (16, 32, 32)
    dense: int = 256
    grid: int | None = None

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        x = jnp.moveaxis(obs, -3, -1)
        for features in self.channels:
            x = max_pool(conv(x, features))
            for _ in range(2):
                x = x + conv(nn.relu(conv(nn.relu(x), features)), features)
        x = nn.relu(x)
        x = x.reshape(len(x), -1) if self.grid is None else cell_means(x, self.grid)
        return dense(x, self.dense)


def conv(x: jax.Array, features: int) -> jax.Array:
    """A 3 x 3 convolution that keeps the size, (N, H, W, C) to (N, H, W, features) f32; call it in a compact module."""
    return Conv(features, 3, 1, same=True, initial=fan_in_uniform)(x)


def max_pool(x: jax.Array) -> jax.Array:
    """The maximum of 3 x 3 windows at every second place, (N, H, W, C) to (N, ceil(H / 2), ceil(W / 2), C).

    One axis after the other, as maxima of slices: on a CPU the gradient of XLA's pooling takes many times as long.
    """
    for axis in (1, 2):
        size = x.shape[axis]
        pad = [(0, 0)] * x.ndim
        pad[axis] = margins(size, 3, 2)
        padded = jnp.pad(x, pad, constant_values=-jnp.inf)
        last = 2 * (-(-size // 2)) - 1  # one past the start of the last window
        slices = [jax.lax.slice_in_dim(padded, i, i + last, stride=2, axis=axis) for i in range(3)]
        x = jnp.maximum(jnp.maximum(slices[0], slices[1]), slices[2])
    return x


def cell_means(x: jax.Array, grid: int) -> jax.Array:
    """Means of (N, H, W, C) over all positions, and with a grid above 1 over each of its cells too: (N, cells * C)."""
    means = [x.mean(axis=(1, 2))]
    for i in range(grid if grid > 1 else 0):
        for j in range(grid):
            rows, columns = (slice(k * n // grid, (k + 1) * n // grid) for k, n in ((i, x.shape[1]), (j, x.shape[2])))
            means.append(x[:, rows, columns].mean(axis=(1, 2)))
    return jnp.concatenate(means, axis=-1)
