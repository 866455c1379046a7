"""Memories of an actor-critic."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from kage.networks.layers import orthogonal


class GRU(nn.Module):
    """A gated recurrent unit (Cho et al. 2014) that is cleared before it is read where an episode begins."""

    width: int = 256

    def start(self, n: int) -> jax.Array:
        """The empty memory of n environments, (n, width) f32."""
        return jnp.zeros((n, self.width))

    @nn.compact
    def __call__(self, embedding: jax.Array, memory: jax.Array, first: jax.Array) -> tuple[jax.Array, jax.Array]:
        """What is remembered at every step, (T * N, width) f32, and after the last step, (N, width) f32.

        embedding (T * N, D), all environments of the first step first; memory (N, width), before the first step;
        first (T * N,) bool, the observation begins an episode. T follows from the sizes; acting has T = 1.
        """
        weight = self.param("kernel", nn.initializers.orthogonal(), (self.width, 3 * self.width))
        bias = self.param("bias", nn.initializers.zeros, (self.width,))  # of the candidate's recurrent part
        # Only what depends on the step before is in the loop.
        given = nn.Dense(3 * self.width, kernel_init=orthogonal)(embedding)
        steps = len(embedding) // len(memory)

        def step(memory, now):
            given, first = now
            memory = jnp.where(first[:, None], 0.0, memory)
            reset_in, update_in, candidate_in = jnp.split(given, 3, axis=-1)
            reset, update, candidate = jnp.split(memory @ weight, 3, axis=-1)
            update = nn.sigmoid(update_in + update)
            candidate = nn.tanh(candidate_in + nn.sigmoid(reset_in + reset) * (candidate + bias))
            memory = (1 - update) * candidate + update * memory
            return memory, memory

        by_step = jax.tree.map(lambda x: x.reshape(steps, len(memory), *x.shape[1:]), (given, first))
        memory, remembered = jax.lax.scan(step, memory, by_step)
        return remembered.reshape(-1, self.width), memory
