"""The three bytes of a pixel in one word, so that a mix of channels is computed once per pixel, not per channel."""

import jax
import jax.numpy as jnp


def channels(dtype) -> jax.Array:
    """0, 1, 2 as (3, 1, 1). Broadcast it: stacking planes instead would prevent vectorisation on a CPU."""
    return jax.lax.broadcasted_iota(dtype, (3, 1, 1), 0)


def packed(r: jax.Array, g: jax.Array, b: jax.Array) -> jax.Array:
    """Three planes of bytes, (H, W) u32 each, packed into one word per pixel, (H, W) u32."""
    return r | g << 8 | b << 16


def planes(words: jax.Array) -> jax.Array:
    """The three low bytes of words, (H, W) u32, as planes (3, H, W) u8."""
    return (words >> (8 * channels(jnp.uint32))).astype(jnp.uint8)
