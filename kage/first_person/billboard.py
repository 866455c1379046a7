"""Flat figures that stand in the room and face the eye, hidden column by column where a wall is nearer."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.few import changed_where
from kage.first_person.rays import Eye, Hits, focal
from kage.look import shapes
from kage.look.planes import planes
from kage.look.sprites import Skins
from kage.materialise import materialise

PX = 32  # px of a figure in one cell
NEAREST = 0.2  # cells, figures nearer than this are not drawn
WINDOWS = 4  # of the size in which most figures are drawn, side by side on the screen
NOWHERE = 1e6  # px, beside every shape
OPAQUE = 128  # least alpha of a texel that is drawn


@struct.dataclass
class Texels:
    """The frames of skins, padded to one size, pixels at the bottom left, with one transparent texel around."""

    words: jax.Array  # (frames, height + 2, width + 2) u32, red in the lowest byte, alpha in the highest


@struct.dataclass
class Place:
    """Where a figure stands before the eye."""

    depth: jax.Array  # () f32 cells
    column: jax.Array  # () f32 px of the screen, of its middle
    lift: jax.Array | float  # () f32 px of the figure above the floor


def texels(*skins: Skins) -> Texels:
    """The frames of all skins, one sheet after the other."""
    height, width = max(one.height for one in skins), max(one.width for one in skins)
    sheets = []
    for one in skins:
        rows, columns = one.window
        frames = one.sheet[:, :, rows : rows + one.height, columns : columns + one.width].astype(jnp.uint32)
        words = frames[:, 0] | frames[:, 1] << 8 | frames[:, 2] << 16 | frames[:, 3] << 24
        sheets.append(jnp.pad(words, ((0, 0), (1 + height - one.height, 1), (1, 1 + width - one.width))))
    return Texels(words=jnp.concatenate(sheets))


def flat(texels: Texels, value: int) -> Texels:
    """The same figures painted in one value."""
    word = jnp.uint32(value * 0x010101 | 255 << 24)
    return Texels(words=jnp.where(texels.words >> 24 >= OPAQUE, word, 0).astype(jnp.uint32))


def place(eye: Eye, x: jax.Array, y: jax.Array, lift: jax.Array | float, width: int) -> Place:
    """Where a figure that stands at (x, y), f32 cells of the map, is seen."""
    dx, dy = x - eye.x, y - eye.y
    depth = dx * eye.cos + dy * eye.sin
    aside = dy * eye.cos - dx * eye.sin
    column = width / 2 + focal(width) * aside / jnp.where(depth < NEAREST, 1.0, depth)
    return Place(depth=depth, column=column, lift=lift)


def visible(place: Place, hits: Hits) -> jax.Array:
    """In which columns of the screen a figure may be seen, (W,) bool."""
    return (place.depth >= NEAREST) & (place.depth < hits.depth)


def coordinates(place: Place, height: int, width: int) -> tuple[jax.Array, jax.Array]:
    """For each column of the screen, the distance to the figure's middle, (W,), and for each row, the distance to its
    feet, (height, 1), negative above them; f32 px of the figure."""
    scale = PX * place.depth / focal(width)  # px of the figure in a px of the screen
    below = jnp.arange(height, dtype=jnp.float32)[:, None] + (0.5 - height / 2)
    across = (jnp.arange(width, dtype=jnp.float32) + 0.5 - place.column) * scale
    return across, below * scale - 0.5 * PX + place.lift


def draw_shape(
    frame: jax.Array, names: Sequence[str], index: jax.Array, degrees: jax.Array, size: tuple[int, int],
    color: jax.Array, place: Place, hits: Hits,
) -> jax.Array:  # fmt: skip
    """`frame` (3, H, W) u8 with one shape; size: width and height of the box it stands in, px; color: (3,) u8."""
    _, height, width = frame.shape
    across, down = coordinates(place, height, width)
    down = down + size[1] / 2
    across = jnp.where(visible(place, hits), across, NOWHERE)
    reach = shapes.reach(*size, rotates=True)
    covered = (abs(down[:, 0]) <= reach, abs(across) <= reach)
    return in_window(frame, shape_in(tuple(names)), down, across, NOWHERE, covered, index, degrees, size, color)


@functools.cache
def shape_in(names: tuple[str, ...]) -> Callable:
    """The function that draws a shape of these names; see `in_window`."""

    def draw(frame, down, across, index, degrees, size, color):
        turn = jnp.deg2rad(degrees)
        cos, sin = (jnp.round(f(turn) * 2**20) / 2**20 for f in (jnp.cos, jnp.sin))
        u, v = cos * across + sin * down, cos * down - sin * across
        mask, *others = (shapes.inside(name, u, v, *map(jnp.float32, size)) for name in names)
        for i, other in enumerate(others, start=1):
            mask = jnp.where(index == i, other, mask)
        return shapes.fill(frame, color, mask)

    return draw


def draw_sprite(
    frame: jax.Array, texels: Texels, index: jax.Array, own_width: jax.Array, place: Place, hits: Hits
) -> jax.Array:
    """`frame` (3, H, W) u8 with one frame of a skin; own_width: px of this skin."""
    _, height, width = frame.shape
    across, down = coordinates(place, height, width)
    _, rows, columns = texels.words.shape
    # The row of feet is the last one before the margin.
    row = jnp.clip(jnp.floor(down).astype(jnp.int32) + rows - 1, 0, rows - 1)
    column = jnp.clip(jnp.floor(across + own_width / 2).astype(jnp.int32) + 1, 0, columns - 1)
    column = jnp.where(visible(place, hits), column, 0)
    covered = (row[:, 0] > 0) & (row[:, 0] < rows - 1), (column > 0) & (column < columns - 1)
    return in_window(frame, sprite_in, row, column, 0, covered, texels.words, index)


def sprite_in(frame: jax.Array, row: jax.Array, column: jax.Array, words: jax.Array, index: jax.Array) -> jax.Array:
    """`frame` (3, h, w) u8 with the texels of a row (h, 1) and a column (w,) i32 at each pixel."""
    _, rows, columns = words.shape
    texel = materialise(words.ravel()[(index * rows + row) * columns + column])  # else looked up for each channel
    return jnp.where(texel >> 24 >= OPAQUE, planes(texel), frame)


def in_window(
    frame: jax.Array, draw: Callable, row: jax.Array, column: jax.Array, nowhere: float,
    covered: tuple[jax.Array, jax.Array], *args: Any,
) -> jax.Array:  # fmt: skip
    """`draw(frame, row, column, *args)`, where drawing on each pixel of the frame would cost as much as all else.

    Figures are drawn into a window of a quarter of the screen's width; those that are larger, few of a batch, into the
    whole frame. row: (H, 1), column: (W,), where in the figure each row and column of the screen lies; nowhere: a
    column in which nothing is drawn; covered: (H,) and (W,) bool, the rows and columns in which something may be.
    """
    _, height, width = frame.shape
    side = min(width // WINDOWS, height)
    row, column = materialise(row), materialise(column)
    (top, high), (left, wide) = map(extent, covered)
    fits = (high <= side) & (wide <= side)
    top, left = jnp.minimum(top, height - side), jnp.minimum(left, width - side)
    frame = materialise(frame)
    under = jax.lax.dynamic_slice(frame, (0, top, left), (3, side, side))
    rows, columns = (jax.lax.dynamic_slice_in_dim(part, at, side) for part, at in ((row, top), (column, left)))
    window = draw(under, rows, jnp.where(fits, columns, nowhere), *args)
    frame = jax.lax.dynamic_update_slice(frame, materialise(window), (0, top, left))
    return large(draw)(~fits & (wide > 0) & (high > 0), frame, row, column, *args)


large = functools.cache(changed_where)


def extent(covered: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The first place that is covered, and how many places there are from there to the last one, of (n,) bool."""
    first, last = jnp.argmax(covered), len(covered) - jnp.argmax(covered[::-1])
    return first, jnp.where(covered.any(), last - first, 0)
