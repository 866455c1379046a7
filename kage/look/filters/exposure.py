"""Filters of exposure: lighter, darker, more or less contrast. Every value is changed by itself."""

from __future__ import annotations

from kage.lazy import lazy
from kage.look.filter import EXPOSURE, VALUES, declare, strength

jax, jnp = lazy("jax"), lazy("jax.numpy")
approximate, picture = lazy("kage.look.approximate"), lazy("kage.look.picture")


@declare(EXPOSURE, VALUES, brightness=strength(
    0.0, "adds 100 b", low=-1, high=1,
    sheet=[-1, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1], page=[-1, -0.5, 0, 0.5, 1],
))  # fmt: skip
def brighten(v, b: jax.Array):
    return picture.each(lambda x, _: picture.clip(x + 100.0 * b), v)


@declare(EXPOSURE, VALUES, contrast=strength(
    1.0, "scales around 128", above=0,
    sheet=[0.1, 0.5, 1, 1.5, 2, 4, 16, 128], page=[0.25, 0.5, 1, 4, 128],
))  # fmt: skip
def stretch(v, c: jax.Array):
    return picture.each(lambda x, _: jnp.where(c == 1, x, picture.clip((x - 128.0) * c + 128.0)), v)


@declare(EXPOSURE, VALUES, costly=True, gamma=strength(
    1.0, "255 (v / 255) ^ gamma", low=0.5, high=2,
    sheet=[0.5, 0.6, 0.75, 1, 1.25, 1.5, 1.75, 2], page=[0.5, 0.75, 1, 1.5, 2],
))  # fmt: skip
def gamma(v, exponent: jax.Array):
    def bent(x, _):
        return jnp.where(exponent == 1, x, 255.0 * approximate.power(x * (1 / 255), exponent))

    return picture.each(bent, v)
