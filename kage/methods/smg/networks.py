"""The networks beside the policy: what an encoder's layers hold, pictures decoded from that, and inverse dynamics."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import Conv, dense

WIDTH = 32  # features of a cell that is made from an embedding, or from a map and its neighbours there
HIDDEN = 16  # features for each px of a cell's side, from which its pixels are made


class Decoder(nn.Module):
    """Pictures from what an encoder holds, cell by cell; the last layer is linear in the pixels of a cell.

    So a line one pixel high can be drawn. size: (H, W) px; channels: of the pictures, which begin at the
    biases `begin`; cell: px, side of the squares that are drawn together.
    """

    size: Sequence[int]
    begin: Sequence[float]  # one number for each channel
    cell: int

    @nn.compact
    def __call__(self, latent: jax.Array) -> jax.Array:
        """latent: a map (N, h, w, C) or an embedding (N, D); returns (N, channels, H, W) f32."""
        grid = [-(-side // self.cell) for side in self.size]
        if latent.ndim == 2:
            x = dense(dense(latent, 256), math.prod(grid) * WIDTH).reshape(-1, *grid, WIDTH)
        else:
            margins = [(1 + (to - side) // 2, 1 + (to - side + 1) // 2)
                       for to, side in zip(grid, latent.shape[1:3], strict=True)]  # fmt: skip
            x = nn.relu(Conv(WIDTH, 3, 1)(jnp.pad(latent, [(0, 0), *margins, (0, 0)])))
        x = dense(x, HIDDEN * self.cell)
        begin = lambda *_: jnp.tile(jnp.array(self.begin), self.cell**2)  # noqa: E731
        x = nn.Dense(self.cell**2 * len(self.begin), bias_init=begin)(x)
        return pixels(x, self.cell)[:, :, : self.size[0], : self.size[1]]


def pixels(cells: jax.Array, cell: int) -> jax.Array:
    """Cells (N, R, S, cell * cell * C) laid out as pictures (N, C, R * cell, S * cell)."""
    n, rows, columns, _ = cells.shape
    x = cells.reshape(n, rows, columns, cell, cell, -1).transpose(0, 5, 1, 3, 2, 4)
    return x.reshape(n, -1, rows * cell, columns * cell)


class Inverse(nn.Module):
    """Which action led from one embedding to the next: (N, 2 D) to the logits of its bits (N, bits)."""

    bits: int

    @nn.compact
    def __call__(self, both: jax.Array) -> jax.Array:
        return nn.Dense(self.bits)(dense(dense(both, 256), 256))


def held(encoder: nn.Module, params: Any, obs: jax.Array, latent: str) -> jax.Array:
    """What an encoder holds of observations: latent "dense", its embedding (N, D); "first" or "last", the map that its
    first or last convolution gives, (N, h, w, C)."""
    if latent == "dense":
        return encoder.apply(params, obs)
    _, found = encoder.apply(params, obs, capture_intermediates=lambda module, _: isinstance(module, Conv))
    maps = [calls["__call__"][0] for calls in found["intermediates"].values()]
    return nn.relu(maps[0 if latent == "first" else -1])
