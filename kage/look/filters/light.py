"""Light that depends on the distance from the centre of the picture."""

from __future__ import annotations

import math

from kage.lazy import lazy
from kage.look.filter import LIGHT, VALUES, declare, strength

jax, jnp, np = lazy("jax"), lazy("jax.numpy"), lazy("numpy")
picture = lazy("kage.look.picture")


@declare(LIGHT, VALUES, vignette_strength=strength(
    0.0, "multiplies by clip(1 - s d^2, 0, 1), d from the centre", low=0,
    sheet=[0, 0.25, 0.5, 1, 2, 4, 7, 10], page=[0, 0.5, 1, 4, 10],
))  # fmt: skip
def darken_corners(v, s: jax.Array):
    return picture.each(lambda x, _: x * jnp.clip(1.0 - s * distance(*x.shape[-2:]) ** 2, 0.0, 1.0), v)


@declare(LIGHT, VALUES, radial_light_strength=strength(
    0.0, "adds clip(1 - d^1.5, 0, 1) s (255, 255, 200)", low=0,
    sheet=[0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2], page=[0, 0.25, 0.5, 1, 2],
))  # fmt: skip
def light_centre(v, s: jax.Array):
    def lit(x, channel):
        glow = np.clip(1 - distance(*x.shape[-2:]) ** np.float32(1.5), 0, 1)
        return picture.clip(x + glow * s * jnp.where(channel == 2, 200.0, 255.0))

    return picture.each(lit, v)


def distance(height: int, width: int) -> np.ndarray:
    """Distance of each pixel from the centre, (height, width) f32 in half diagonals."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y - np.float32(height / 2), x - np.float32(width / 2)
    return np.sqrt(y * y + x * x) / np.float32(math.hypot(height / 2, width / 2))
