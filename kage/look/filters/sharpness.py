"""Filters of sharpness: blur, sharpening, coarse squares. A value depends on the values around it."""

from __future__ import annotations

from kage.lazy import lazy
from kage.look.filter import PLACES, SHARPNESS, declare, strength

jax, jnp = lazy("jax"), lazy("jax.numpy")
materialise, picture = lazy("kage.materialise"), lazy("kage.look.picture")


@declare(SHARPNESS, PLACES, blur_sigma=strength(
    0.0, "3 x 3 box blur, blended in by min(sigma / 2.5, 1)", low=0,
    sheet=[0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5], page=[0, 0.5, 1, 1.5, 2.5],
))  # fmt: skip
def blur(v: jax.Array, sigma: jax.Array) -> jax.Array:
    return box_blur(v, jnp.minimum(sigma / 2.5, 1.0))


def box_blur(v: jax.Array, amount: jax.Array | float) -> jax.Array:
    """Every value mixed with the mean of the 3 x 3 values around it; the picture's edge is repeated outwards."""
    width = v.shape[2]
    above, below = jnp.concatenate([v[:, :1], v[:, :-1]], 1), jnp.concatenate([v[:, 1:], v[:, -1:]], 1)
    rows = materialise.materialise(above + v + below)
    # At the left and right edge use `where`, not a concatenation, which a CPU would not vectorise.
    column = jnp.arange(width)
    zero = jnp.zeros((), v.dtype)
    left = jnp.where(column == 0, rows, jax.lax.pad(rows, zero, ((0, 0, 0), (0, 0, 0), (1, -1, 0))))
    right = jnp.where(column == width - 1, rows, jax.lax.pad(rows, zero, ((0, 0, 0), (0, 0, 0), (-1, 1, 0))))
    return (left + rows + right) / 9.0 * amount + v * (1.0 - amount)


@declare(SHARPNESS, PLACES, sharpen_amount=strength(
    0.0, "adds a (v - blur at sigma 1)", low=0,
    sheet=[0, 0.25, 0.5, 1, 1.5, 2, 3, 4], page=[0, 0.5, 1, 2, 4],
))  # fmt: skip
def sharpen(v, amount: jax.Array) -> jax.Array:
    """Move values away from the blurred picture. In a preset, v may also be planes."""
    v = picture.joined(v)
    return picture.clip(v + amount * (v - box_blur(v, 0.4)))


@declare(SHARPNESS, PLACES, whole=True, pixelate_factor=strength(
    1, "nearest-neighbour down- and up-sampling", low=1,
    sheet=[1, 2, 3, 4, 5, 6, 8, 12], page=[1, 2, 3, 5, 8],
))  # fmt: skip
def pixelate(v: jax.Array, factor: jax.Array) -> jax.Array:
    """Nearest neighbour down to floor(size / factor), then nearest neighbour up again."""

    def source(size):
        small = jnp.maximum(size // factor, 1)
        return (2 * ((2 * jnp.arange(size) + 1) * small // (2 * size)) + 1) * size // (2 * small)

    _, height, width = v.shape
    # One flat index for all channels and frames: with one index for rows and one for columns, XLA transposes the batch.
    place = source(height)[:, None] * width + source(width)
    taken = jnp.take(v.reshape(3, -1), place.reshape(-1), axis=1, mode="clip")
    return materialise.materialise(taken.reshape(v.shape))
