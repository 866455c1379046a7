"""Slot attention over frames."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import Conv, dense

EPSILON = 1e-8  # keeps the weights of a slot finite that nothing attends to


class SlotEncoder(nn.Module):
    """Convolutions, then slots that compete for positions, over channel-planar frames (N, C, H, W) u8; embedding
    (N, dense) f32."""

    slots: int = 6
    width: int = 64
    iterations: int = 3
    hidden: int = 128
    dense: int = 512

    @nn.compact
    def __call__(self, obs: jax.Array) -> jax.Array:
        x = jnp.moveaxis(obs, -3, -1)
        x = nn.relu(Conv(32, 8, 4, same=True)(x))
        x = nn.relu(Conv(self.width, 3, 1, same=True)(x))
        places = coordinates(*x.shape[1:3])
        x = x + nn.Dense(self.width)(jnp.concatenate([places, 1 - places], axis=-1))
        x = nn.LayerNorm()(x.reshape(len(x), -1, self.width))
        x = nn.LayerNorm()(nn.Dense(self.width)(nn.relu(nn.Dense(self.width)(x))))
        slots, weights = self.attend(x)
        # The order of slots means nothing by itself, so the dense layer gets them from left to right.
        order = jnp.argsort(weights @ places.reshape(-1, 2)[:, 0], axis=-1)
        slots = jnp.take_along_axis(slots, order[:, :, None], axis=1)
        return dense(slots.reshape(len(slots), -1), self.dense)

    def attend(self, inputs: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Slots (N, slots, width) after all rounds, and their weights for every position in the last round,
        (N, slots, positions); inputs (N, positions, width)."""
        n = len(inputs)
        start = self.param("slots", nn.initializers.normal(1.0), (self.slots, self.width))
        slots = jnp.broadcast_to(start, (n, *start.shape))
        project = lambda: nn.Dense(self.width, use_bias=False)  # noqa: E731
        to_query, norm, cell, norm_mlp = project(), nn.LayerNorm(), nn.GRUCell(self.width), nn.LayerNorm()
        mlp = nn.Sequential([nn.Dense(self.hidden), nn.relu, nn.Dense(self.width)])
        keys, values = project()(inputs), project()(inputs)
        for _ in range(self.iterations):
            weights = attention(to_query(norm(slots)), keys)
            flat = lambda x: x.reshape(-1, self.width)  # noqa: E731
            slots = cell(flat(slots), flat(weights @ values))[0].reshape(slots.shape)
            slots = slots + mlp(norm_mlp(slots))
        return slots, weights


def attention(queries: jax.Array, keys: jax.Array) -> jax.Array:
    """How much each slot takes of each position, (N, slots, positions); the sum over positions is 1.

    queries (N, slots, D), keys (N, positions, D). The softmax is over the slots, which therefore compete.
    """
    scores = queries @ keys.swapaxes(1, 2) / jnp.sqrt(queries.shape[-1])
    shares = nn.softmax(scores, axis=1) + EPSILON
    return shares / shares.sum(axis=-1, keepdims=True)


def coordinates(rows: int, columns: int) -> jax.Array:
    """x and y of every position of a grid, each 0..1, (rows, columns, 2) f32."""
    y, x = jnp.meshgrid(jnp.linspace(0, 1, rows), jnp.linspace(0, 1, columns), indexing="ij")
    return jnp.stack([x, y], axis=-1)
