"""Counter-based random numbers for pixels and visual events.

Threefry costs more than the rest of the renderer on a CPU. The 32-bit finaliser of MurmurHash3 needs two
multiplications per number and vectorises. It decides only what is *seen*: level and policy use `jax.random`.
"""

import jax
import jax.numpy as jnp


def hash32(*words: jax.Array | int) -> jax.Array:
    """A u32 per broadcast element, well mixed from any number of integer words."""
    state = jnp.uint32(0x9E3779B9)
    for word in words:
        state = finalise(state * jnp.uint32(31) + jnp.asarray(word).astype(jnp.uint32))
    return state


def finalise(x: jax.Array) -> jax.Array:
    """The 32-bit avalanche: every input bit flips every output bit with probability close to one half."""
    x = (x ^ (x >> 16)) * jnp.uint32(0x85EBCA6B)
    x = (x ^ (x >> 13)) * jnp.uint32(0xC2B2AE35)
    return x ^ (x >> 16)


def to_float(word: jax.Array) -> jax.Array:
    """f32 of a u32 below 2**31, converted as i32, because only i32 converts in one instruction everywhere."""
    return word.astype(jnp.int32).astype(jnp.float32)


def random_unit(word: jax.Array) -> jax.Array:
    """f32 uniform in [0, 1) from the high 24 bits of a hash."""
    return to_float(word >> 8) * jnp.float32(2**-24)


def random_index(word: jax.Array, n: int) -> jax.Array:
    """i32 uniform in 0..n-1 from a hash; the bias is below n / 2**32."""
    return (word % jnp.uint32(n)).astype(jnp.int32)


def between(word: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """i32 uniform in low..high, both included, from a hash."""
    return low + (word % (high - low + 1).astype(jnp.uint32)).astype(jnp.int32)
