"""The two forms of a picture between filters: an array (3, H, W) f32, or its planes, a tuple of three (H, W) f32.

XLA fuses filters into passes over the picture, and a pass writes one array. To write an array of three channels, a pass
would compute a mix of the channels three times for each pixel. So a filter that mixes channels works on planes, which
are packed into one word for each pixel at the end of the pass and unpacked after it.
"""

import jax
import jax.numpy as jnp
import numpy as np

from kage.look.approximate import larger, smaller
from kage.look.planes import channels, packed, planes
from kage.materialise import materialise


def clip(v: jax.Array) -> jax.Array:
    """v limited to the range of a pixel, 0..255."""
    return within(v, 255.0)


def within(v: jax.Array, high: float) -> jax.Array:
    """v limited to 0..high."""
    return smaller(larger(v, 0.0), high)


def each(f, v):
    """f(values, channel) for every channel: for one plane after the other, or for the whole array at once.

    channel: 0, 1, 2 u32, in a shape that broadcasts with the values.
    """
    if isinstance(v, tuple):
        return tuple(f(plane, jnp.uint32(channel)) for channel, plane in enumerate(v))
    return f(v, channels(jnp.uint32))


def written(v) -> jax.Array:
    """One array, certainly written to memory before anything reads it."""
    return joined(v) if isinstance(v, tuple) else materialise(v)


def joined(v) -> jax.Array:
    """One array from planes, each value rounded to 2^-12. An array is returned unchanged.

    A pixel is packed into two words with 10 bits for each channel. The two words form a complex number, because JAX has
    no other type of 64 bits unless it is configured to.
    """
    if not isinstance(v, tuple):
        return v
    r, g, b = (bits(plane, 12) for plane in v)
    low, high = (r & 1023) | (g & 1023) << 10 | (b & 1023) << 20, r >> 10 | g >> 10 << 10 | b >> 10 << 20
    words = materialise(jax.lax.complex(*(jax.lax.bitcast_convert_type(word, jnp.float32) for word in (low, high))))
    place = 10 * channels(jnp.uint32)
    low, high = (jax.lax.bitcast_convert_type(word, jnp.uint32) >> place & 1023 for word in (words.real, words.imag))
    # Unpack once: fused into a filter that reads neighbours, each value would be unpacked three times.
    return materialise(floating(high << 10 | low, 12))


def truncated(v) -> jax.Array:
    """Values rounded down to whole numbers, (3, H, W) u8."""
    if not isinstance(v, tuple):
        return bits(jnp.floor(v), 0).astype(jnp.uint8)
    return planes(materialise(packed(*(bits(jnp.floor(plane), 0) for plane in v))))


def bits(v: jax.Array, fraction: int) -> jax.Array:
    """v 2^fraction, rounded, u32, for v in 0..256 - 2^-fraction and a fraction of at most 15 bits.

    Adding a power of two moves the binary point to a fixed place. A conversion would cost more, because it has to check
    for values out of range.
    """
    return jax.lax.bitcast_convert_type(v + 2.0 ** (23 - fraction), jnp.uint32) & (2 ** (8 + fraction) - 1)


def floating(fixed: jax.Array, fraction: int) -> jax.Array:
    """The inverse of `bits`, f32."""
    one = np.float32(2.0 ** (23 - fraction))
    return jax.lax.bitcast_convert_type(fixed | one.view(np.uint32), jnp.float32) - one
