"""The pixel that a coordinate lies in."""

import jax
import jax.numpy as jnp


def as_int(value: jax.Array) -> jax.Array:
    """The pixel of a coordinate, i32: rounded half to even."""
    return jnp.round(value).astype(jnp.int32)
