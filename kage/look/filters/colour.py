"""Filters of colour: they mix the channels of a pixel, or change each channel differently."""

from __future__ import annotations

from kage.lazy import lazy
from kage.look.filter import COLOUR, COLOURS, VALUES, Moment, declare, strength

jax, jnp = lazy("jax"), lazy("jax.numpy")
approximate, picture = lazy("kage.look.approximate"), lazy("kage.look.picture")

TINY = 1e-9  # used as divisor instead of 0


@declare(COLOUR, COLOURS, saturation=strength(
    1.0, "multiplies the saturation of HSV, clipped to 1", low=0, high=2,
    sheet=[0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2], page=[0, 0.5, 1, 1.5, 2],
), hue_shift=strength(
    0.0, "added to the hue of HSV", unit="degrees", low=-180, high=180,
    sheet=[-135, -90, -45, 0, 45, 90, 135, 180], page=[-120, -60, 0, 60, 180],
))  # fmt: skip
def shift_hsv(v, saturation: jax.Array | float, hue_shift: jax.Array | float) -> tuple[jax.Array, ...]:
    """Saturation and hue in one round trip through HSV.

    The steps and their order are the reference's. Results are often whole numbers, and truncation makes every rounding
    error of a whole number visible.
    """
    r, g, b = (plane / 255.0 for plane in v)
    # Compare the bits in place of the numbers. The order is the same, because no number is negative; and integers have
    # no NaN to preserve, so finding the larger one takes one instruction.
    i, j, k = (jax.lax.bitcast_convert_type(plane, jnp.int32) for plane in (r, g, b))
    high = jax.lax.bitcast_convert_type(jnp.maximum(jnp.maximum(i, j), k), jnp.float32)
    low = jax.lax.bitcast_convert_type(jnp.minimum(jnp.minimum(i, j), k), jnp.float32)
    span = high - low
    # Where several channels are highest, the last of r, g, b decides: for grey that is blue, and turn is 0.
    blue, green = b == high, g == high
    turn = jnp.where(blue, r - g, jnp.where(green, b - r, g - b)) / jnp.maximum(span, TINY)
    hue = (turn + jnp.where(blue, 4.0, jnp.where(green, 2.0, 0.0))) * 60.0 + hue_shift
    hue = jnp.where(hue < 0, hue + 360.0, jnp.where(hue >= 360, hue - 360.0, hue))
    chroma = high * jnp.minimum(span / jnp.maximum(high, TINY) * saturation, 1.0)
    sixths, rest = hue / 60.0, high - chroma
    # The shares of the chroma that red, green and blue have at this hue.
    shares = abs(sixths - 3.0) - 1.0, 2.0 - abs(sixths - 2.0), 2.0 - abs(sixths - 4.0)
    neutral = (saturation == 1) & (hue_shift == 0)
    return tuple(
        jnp.where(neutral, plane, (chroma * picture.within(share, 1.0) + rest) * 255.0)
        for plane, share in zip(v, shares, strict=True)
    )


@declare(COLOUR, VALUES, color_temp=strength(
    0.0, "warm above 0: R + 30 t, B - 15 t; cool below: B + 30 |t|, R - 15 |t|", low=-1, high=1,
    sheet=[-1, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1], page=[-1, -0.5, 0, 0.5, 1],
))  # fmt: skip
def temper(v, t: jax.Array):
    red = jnp.where(t > 0, 30.0 * t, 15.0 * t)
    blue = jnp.where(t > 0, -15.0 * t, -30.0 * t)

    def tempered(x, channel):
        return picture.clip(x + jnp.where(channel == 0, red, jnp.where(channel == 2, blue, 0.0)))

    return picture.each(tempered, v)


@declare(COLOUR, COLOURS, stream=1, color_jitter_std=strength(
    0.0, "std of a random 3 x 3 colour mix, new every step", low=0,
    sheet=[0, 0.1, 0.25, 0.5, 1, 1.5, 2, 4], page=[0, 0.1, 0.5, 1, 2],
))  # fmt: skip
def jitter(v, std: jax.Array, moment: Moment) -> tuple[jax.Array, ...]:
    """One random mix of the channels for the whole frame."""
    z = approximate.normal(moment.draw(jnp.arange(9).reshape(3, 3)))
    mix = jnp.eye(3) + std * z
    mix = mix / abs(mix).sum(1, keepdims=True)
    return tuple(picture.clip(sum(mix[channel, i] * v[i] for i in range(3))) for channel in range(3))
