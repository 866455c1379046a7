"""Powers, logarithms and normal numbers as polynomials.

XLA's own functions are not vectorised on a CPU, or cost more. A picture has 8 bits, so less precision is enough.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from kage.look.hashing import to_float


def larger(a, b) -> jax.Array:
    """The larger number, in one instruction; `jnp.maximum` takes three, because it must preserve NaN."""
    return jnp.where(a > b, a, b)


def smaller(a, b) -> jax.Array:
    """The smaller number, as `larger`."""
    return jnp.where(a < b, a, b)


def power(x: jax.Array, exponent: jax.Array) -> jax.Array:
    """x^exponent for x in 0..1, f32, with an error of at most 6e-6; exact where x is 1."""
    binary = larger(exponent * log2(x, FINE_LOG2), -126.0)
    whole = jnp.round(binary)
    rest = binary - whole
    mantissa = jax.lax.bitcast_convert_type(1.0 + rest * polynomial(EXP2, rest), jnp.int32)
    # After this addition the lowest bits hold the whole number.
    shift = jax.lax.bitcast_convert_type(whole + 1.5 * 2.0**23, jnp.int32) << 23
    return jax.lax.bitcast_convert_type(mantissa + shift, jnp.float32)


def log2(x: jax.Array, coefficients: tuple[float, ...]) -> jax.Array:
    """Binary logarithm of x > 0; coefficients: those of log2(1 + m) / m. The result is 0 for 1, and -127 for 0."""
    word = jax.lax.bitcast_convert_type(x, jnp.int32)
    m = jax.lax.bitcast_convert_type((word & 0x7FFFFF) | 0x3F800000, jnp.float32) - 1.0
    return (word >> 23).astype(jnp.float32) - 127.0 + m * polynomial(coefficients, m)


def normal(word: jax.Array) -> jax.Array:
    """f32 standard normal from a u32 hash, by Box and Muller: 20 bits of radius (up to 5.4), 12 bits of angle."""
    radius = log2(to_float(word >> 12) + 0.5, LOG2) - 20.0
    angle = (to_float(word & 0xFFF) + 0.5) * 2.0**-12 - 0.5  # turns, in [-1/2, 1/2)
    return jnp.sqrt(jnp.maximum(-2.0 * math.log(2.0) * radius, 0.0)) * polynomial(COSINE, angle * angle)


def polynomial(coefficients: tuple[float, ...], x: jax.Array) -> jax.Array:
    """The sum of coefficients[k] x^k."""
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * x + c
    return value


def fit(function, degree: int, low: float, high: float) -> tuple[float, ...]:
    """Coefficients of the polynomial that equals `function` at the Chebyshev points of [low, high]."""
    x = low + (high - low) * (0.5 - 0.5 * np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)))
    return tuple(float(c) for c in np.polynomial.polynomial.polyfit(x, function(x), degree))


LOG2, FINE_LOG2 = (fit(lambda x: np.log2(1 + x) / x, degree, 0.0, 1.0) for degree in (4, 6))  # log2(1 + x) / x
EXP2 = fit(lambda x: (2**x - 1) / x, 3, -0.5, 0.5)  # (2^x - 1) / x
COSINE = fit(lambda x: np.cos(2 * np.pi * np.sqrt(x)), 5, 0.0, 0.25)  # cosine of sqrt(x) turns
EXP = fit(np.exp, 6, 0.0, 1.0)
