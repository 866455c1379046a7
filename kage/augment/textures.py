"""Pictures made by chance, without files: flat colours, gradients, clouds, stripes and checks, and scattered shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from kage.augment.augmentation import as_bytes
from kage.lazy import lazy

if TYPE_CHECKING:
    import jax
else:
    jax = lazy("jax")
jnp = lazy("jax.numpy")

OCTAVES = 5  # of clouds, at most
SHAPES = 5, 40  # of scattered shapes, at least and at most
SIDES = [2 ** (i + 1) + 1 for i in range(OCTAVES)]  # of the random numbers of each octave
NUMBERS = 13 + sum(side**2 for side in SIDES)  # that a picture is made of; clouds need most


def table(key: jax.Array, count: int, size: tuple[int, int]) -> jax.Array:
    """`count` pictures of a size in px, (count, 3, H, W) u8, of every kind as many as its share of `KINDS` says."""
    drawn = jax.random.uniform(key, (count, NUMBERS))
    groups, start, share = [], 0, 0.0
    for kind, part in KINDS.items():
        share += part
        end = round(count * share)
        if end > start:  # one picture after the other: together they would need a hundred times the memory
            groups.append(jax.lax.map(lambda u, kind=kind: as_bytes(kind(u, size)), drawn[start:end]))
        start = end
    return jnp.concatenate(groups)


def pick(key: jax.Array, pictures: jax.Array) -> jax.Array:
    """One of the pictures (n, 3, H, W) at random, (3, H, W), mirrored and moved round its borders at random."""
    k_index, k_mirror, k_move = jax.random.split(key, 3)
    picture = pictures[jax.random.randint(k_index, (), 0, len(pictures))]
    for axis, mirror in zip((1, 2), jax.random.bernoulli(k_mirror, shape=(2,)), strict=True):
        picture = jnp.where(mirror, jnp.flip(picture, axis), picture)
    for axis, share in zip((1, 2), jax.random.uniform(k_move, (2,)), strict=True):
        twice = jnp.concatenate([picture, picture], axis)
        size = picture.shape[axis]
        picture = jax.lax.dynamic_slice_in_dim(twice, (share * size).astype(jnp.int32), size, axis)
    return picture


def grid(size: tuple[int, int]) -> tuple[jax.Array, jax.Array]:
    """Rows (H, 1) and columns (1, W) of a picture, as shares of its height: -1/2 .. 1/2 from top to bottom."""
    height, width = size
    y, x = jnp.arange(height)[:, None], jnp.arange(width)[None]
    return (y + 0.5) / height - 0.5, (x + 0.5 - width / 2) / height


def color(u: jax.Array) -> jax.Array:
    """The colour of three numbers, (3, 1, 1)."""
    return u[:3, None, None]


def flat(u: jax.Array, size: tuple[int, int]) -> jax.Array:
    """One colour. This and the other kinds are (3, H, W) f32 in 0..1, made of random numbers u (n,) in 0..1."""
    return jnp.broadcast_to(color(u), (3, *size))


def gradient(u: jax.Array, size: tuple[int, int]) -> jax.Array:
    """From one colour to another, in any direction."""
    one, other = color(u[1:]), color(u[4:])
    return one + (other - one) * jnp.clip(along(u[0], size) + 0.5, 0, 1)


def along(turns: jax.Array, size: tuple[int, int]) -> jax.Array:
    """The place of every pixel along a direction, (H, W) f32: -1/2 .. 1/2 across the picture's height."""
    y, x = grid(size)
    return jnp.cos(2 * math.pi * turns) * x + jnp.sin(2 * math.pi * turns) * y


def clouds(u: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Smooth noise of one to `OCTAVES` octaves, coloured by a palette of four colours."""
    octaves, palette, u = 1 + jnp.floor(u[0] * OCTAVES), u[1:13].reshape(4, 3, 1, 1), u[13:]
    total = jnp.zeros(size)
    for i, side in enumerate(SIDES):
        cells, u = u[: side**2].reshape(side, side), u[side**2 :]
        down, across = (smoothed(side, length) for length in size)
        total += jnp.where(i < octaves, 0.5**i, 0) * (down @ cells @ across.T)
    least = total.min()
    height = (total - least) / jnp.maximum(total.max() - least, 1e-6)
    return sum(palette[i] * jnp.maximum(0, 1 - abs(3 * height - i)) for i in range(4))


def smoothed(cells: int, length: int) -> jax.Array:
    """The matrix (length, cells) that spreads numbers over a picture's side without edges between them."""
    place = jnp.linspace(0, cells - 1, length)[:, None]
    near = jnp.clip(1 - abs(place - jnp.arange(cells)), 0, 1)
    return near * near * (3 - 2 * near)


def stripes(u: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Stripes in any direction, or checks, of two colours."""
    angle, width, check = u[0], u[1], u[2] < 0.5
    period = 1 / 16 + 7 / 16 * width
    one, other = (jnp.floor(2 * along(turns, size) / period) for turns in (angle, angle + 0.25))
    return jnp.where(jnp.mod(one + jnp.where(check, other, 0), 2) == 0, color(u[3:]), color(u[6:]))


def shapes(u: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Discs and boxes of random colours that cover one another."""
    least, most = SHAPES
    count = least + jnp.floor(u[0] * (most - least + 1))
    each = u[4 : 4 + 8 * most].reshape(most, 8)
    y, x = grid(size)

    def paint(i, picture):
        top, left, tall, wide, kind = each[i, :5]
        down, across = y - 1.1 * (top - 0.5), x - 1.1 * (left - 0.5)
        tall, wide = 0.04 + 0.26 * tall, 0.04 + 0.26 * wide
        box = (abs(down) < tall) & (abs(across) < wide)
        inside = jnp.where(kind < 0.5, down**2 + across**2 < tall**2, box) & (i < count)
        return jnp.where(inside, color(each[i, 5:]), picture)

    return jax.lax.fori_loop(0, most, paint, flat(u[1:], size))


KINDS: dict[Callable, float] = {flat: 0.2, gradient: 0.15, clouds: 0.3, stripes: 0.15, shapes: 0.2}  # kind -> share
