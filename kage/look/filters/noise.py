"""Noise: every value has a random number of its own, new in every step."""

from __future__ import annotations

import math
from typing import NamedTuple

from kage.lazy import lazy
from kage.look.filter import NOISE, PLACES, VALUES, Moment, declare, strength

jax, jnp, np = lazy("jax"), lazy("jax.numpy"), lazy("numpy")
approximate, hashing, materialise = lazy("kage.look.approximate"), lazy("kage.look.hashing"), lazy("kage.materialise")
picture, planes = lazy("kage.look.picture"), lazy("kage.look.planes")


@declare(NOISE, VALUES, stream=2, gaussian_noise_std=strength(
    0.0, "std of pixel noise, new every step", unit="grey levels", low=0,
    sheet=[0, 10, 20, 40, 60, 80, 100, 200], page=[0, 10, 30, 60, 100],
))  # fmt: skip
def gaussian(v, std: jax.Array, moment: Moment):
    def noisy(x, channel):
        return picture.clip(x + std * approximate.normal(moment.draw(counter(x, channel))))

    return picture.each(noisy, v)


class Shot(NamedTuple):
    """Poisson noise: its scale, and the alias tables that sample exactly this scale."""

    scale: jax.Array  # () f32
    table: jax.Array  # (256 levels, 256 columns) u32: threshold in the high 24 bits, alias in the low 8


def tabulated(scale: float) -> Shot:
    """The traced form of a scale above 0."""
    return Shot(jnp.float32(scale), jnp.asarray(shot_table(scale)))


# Declared as PLACES, although each value needs itself alone, because it takes two passes over the picture.
@declare(NOISE, PLACES, stream=3, poisson_noise_scale=strength(
    0.0, "shot noise Poisson(v s) / s, new every step", low=0, high=1,
    sheet=[0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], page=[0, 1, 0.1, 0.02, 0.01], traced=tabulated,
))  # fmt: skip
def poisson(v: jax.Array, shot: Shot, moment: Moment) -> jax.Array:
    """Poisson(v s) / s. Noise of v's whole part is drawn from a table; that of the rest, if any, is added."""
    level = jnp.floor(v)
    word = moment.draw(counter(v, planes.channels(jnp.uint32)))
    column = word & 255
    entry = jnp.take(shot.table.reshape(-1), (picture.bits(level, 0) << 8 | column).reshape(-1), mode="clip")
    entry = materialise.materialise(entry.reshape(v.shape))
    number = jnp.where(word >> 8 < entry >> 8, column, entry & 255)
    number = shot_base(level, shot.scale) + hashing.to_float(number)
    if not moment.whole:
        # Words that gave the same number may form an arithmetic progression. Multiplied by this constant, they are
        # spread evenly.
        chance = hashing.random_unit(word * jnp.uint32(0x9E3779B1))
        number = number + small_poisson((v - level) * shot.scale, chance)
    return picture.clip(number / shot.scale)


def counter(v: jax.Array, channel: jax.Array) -> jax.Array:
    """The index of each value of `v` in its frame, u32; the noise of the value is hashed from this index."""
    height, width = v.shape[-2:]
    row, column = (jax.lax.broadcasted_iota(jnp.uint32, (height, width), axis) for axis in range(2))
    return channel * jnp.uint32(height * width) + (row * jnp.uint32(width) + column)


def shot_base(level, scale):
    """Smallest number that a level's table can give, f32: the tables hold 256 numbers around the mean."""
    return jnp.maximum(jnp.floor(level * scale) - 128.0, 0.0)


def shot_table(scale: float) -> np.ndarray:
    """Alias tables of Poisson(level scale) for the levels 0..255, (256, 256) u32; see `Shot`.

    Numbers outside the 256 around the mean have a probability below 1e-12.
    """
    scale32 = np.float32(scale)
    levels = np.arange(256, dtype=np.float32)
    base = np.maximum(np.floor(levels * scale32) - 128, 0)
    numbers = (base[:, None] + np.arange(256)).astype(np.int64)
    mean = levels.astype(np.float64)[:, None] * float(scale32)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, numbers.max() + 1)))])
    with np.errstate(divide="ignore", invalid="ignore"):
        mass = np.exp(np.where(numbers == 0, 0.0, numbers * np.log(mean)) - mean - log_factorial[numbers])
    mass = 256 * mass / mass.sum(1, keepdims=True)
    threshold, alias = np.ones((256, 256)), np.tile(np.arange(256), (256, 1))
    for level in range(256):  # Vose's method
        p = mass[level].copy()
        small, large = [i for i in range(256) if p[i] < 1], [i for i in range(256) if p[i] >= 1]
        while small and large:
            low, high = small.pop(), large[-1]
            threshold[level, low], alias[level, low] = p[low], high
            p[high] -= 1 - p[low]
            if p[high] < 1:
                small.append(large.pop())
    return (np.minimum(np.round(threshold * 2**24), 2**24 - 1).astype(np.uint32) << 8) | alias.astype(np.uint32)


def small_poisson(mean: jax.Array, u: jax.Array) -> jax.Array:
    """f32 Poisson numbers of a mean in [0, 1) by inversion of u in [0, 1): the count of partial sums at most u."""
    u = u * approximate.polynomial(approximate.EXP, mean)  # instead of a factor exp(-mean) in every sum
    power, total, number = 1.0, 1.0, jnp.zeros_like(mean)
    for k in range(1, 8):  # numbers above 7 have a probability below 2e-5
        number = jnp.where(total <= u, number + 1.0, number)
        power = power * mean
        total = total + power * (1 / math.factorial(k))
    return number
