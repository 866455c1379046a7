"""The three bytes of a pixel in one word: what mixes its channels is computed once for it, not once for each."""

import jax
import jax.numpy as jnp


def channels(dtype) -> jax.Array:
    """0, 1, 2 as (3, 1, 1). To be broadcast: stacked planes would keep a CPU from vectorising."""
    return jax.lax.broadcasted_iota(dtype, (3, 1, 1), 0)


def packed(r: jax.Array, g: jax.Array, b: jax.Array) -> jax.Array:
    """One word of three planes of bytes, (H, W) u32 each."""
    return r | g << 8 | b << 16


def planes(words: jax.Array) -> jax.Array:
    """(3, H, W) u8 of the three low bytes of words, (H, W) u32."""
    return (words >> (8 * channels(jnp.uint32))).astype(jnp.uint8)
