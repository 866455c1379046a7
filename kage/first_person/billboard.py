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
TOGETHER = 32  # figures of a batch that are drawn at a time
NOWHERE = 1e6  # px, beside every figure
SLACK = 0.01  # px, more than what rounding moves
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


@struct.dataclass
class Box:
    """What a figure may cover, () f32 px of the figure: columns from its middle, rows from its feet, above them < 0."""

    left: jax.Array | float
    right: jax.Array | float
    top: jax.Array | float
    bottom: jax.Array | float


@struct.dataclass
class Part:
    """The part of the screen that a figure may cover."""

    top: jax.Array  # () i32, its first row
    left: jax.Array  # () i32, its first column
    height: jax.Array  # () i32, 0 beside the screen
    width: jax.Array  # () i32
    seen: jax.Array  # () bool, in one of its columns at least no wall is nearer


def part_of(place: Place, box: Box, hits: Hits, height: int, width: int) -> Part:
    """The part of a screen, height and width in px, that a figure covers."""
    depth = jnp.maximum(place.depth, NEAREST)
    scale = focal(width) / (PX * depth)  # px of the screen in a px of the figure
    feet = height / 2 - 0.5 + (0.5 * PX - place.lift) * scale

    def along(origin, before, after, most):
        """The first px from origin + before to origin + after, whose middles count, and how many there are."""
        first = jnp.ceil(jnp.clip(origin + before * scale - SLACK, 0, most)).astype(jnp.int32)
        end = jnp.floor(jnp.clip(origin + after * scale + SLACK, -1, most - 1)).astype(jnp.int32) + 1
        return first, jnp.maximum(end - first, 0)

    left, wide = along(place.column - 0.5, box.left, box.right, width)
    top, high = along(feet, box.top, box.bottom, height)
    columns = jnp.arange(width)
    open_to_it = (columns >= left) & (columns < left + wide) & (depth < hits.depth)
    return Part(top=top, left=left, height=high, width=wide,
                seen=(place.depth >= NEAREST) & (high > 0) & open_to_it.any())  # fmt: skip


def sprite_part(
    texels: Texels, own_width: jax.Array, place: Place, hits: Hits, height: int, width: int
) -> Part:
    """The part of a screen that a skin covers; own_width: px of this skin."""
    box = Box(left=-own_width / 2, right=own_width / 2, top=2.0 - texels.words.shape[1], bottom=0.0)
    return part_of(place, box, hits, height, width)


def draw_shape(
    frame: jax.Array, names: Sequence[str], index: jax.Array, degrees: jax.Array, size: tuple[int, int],
    color: jax.Array, place: Place, hits: Hits,
) -> jax.Array:  # fmt: skip
    """`frame` (3, H, W) u8 with one shape; size: width and height of the box it stands in, px; color: (3,) u8."""
    reach, middle = shapes.reach(*size, rotates=True), -size[1] / 2
    box = Box(left=-reach, right=reach, top=middle - reach, bottom=middle + reach)
    part = part_of(place, box, hits, *frame.shape[1:])
    return drawn(frame, shape_in(tuple(names)), part, place, hits, index, degrees, size, color)


@functools.cache
def shape_in(names: tuple[str, ...]) -> Callable:
    """The function that draws a shape of these names; see `drawn`."""

    def draw(frame, down, across, index, degrees, size, color):
        turn, down = jnp.deg2rad(degrees), down + size[1] / 2
        cos, sin = (jnp.round(f(turn) * 2**20) / 2**20 for f in (jnp.cos, jnp.sin))
        u, v = cos * across + sin * down, cos * down - sin * across
        mask, *others = (shapes.inside(name, u, v, *map(jnp.float32, size)) for name in names)
        for i, other in enumerate(others, start=1):
            mask = jnp.where(index == i, other, mask)
        return shapes.fill(frame, color, mask)

    return draw


def draw_sprite(
    frame: jax.Array, texels: Texels, index: jax.Array, own_width: jax.Array, part: Part, place: Place, hits: Hits
) -> jax.Array:
    """`frame` (3, H, W) u8 with one frame of a skin; own_width: px of this skin; part: its `sprite_part`."""
    return drawn(frame, sprite_in, part, place, hits, texels.words, index, own_width)


def sprite_in(
    frame: jax.Array, down: jax.Array, across: jax.Array, words: jax.Array, index: jax.Array, own_width: jax.Array
) -> jax.Array:
    """`frame` (3, h, w) u8 with a frame of a skin; see `drawn`."""
    _, rows, columns = words.shape
    # The row of feet is the last one before the margin.
    row = jnp.clip(jnp.floor(down).astype(jnp.int32) + rows - 1, 0, rows - 1)
    column = jnp.clip(jnp.floor(across + own_width / 2).astype(jnp.int32) + 1, 0, columns - 1)
    texel = materialise(words.ravel()[(index * rows + row) * columns + column])  # else looked up for each channel
    return jnp.where(texel >> 24 >= OPAQUE, planes(texel), frame)


def drawn(frame: jax.Array, draw: Callable, part: Part, place: Place, hits: Hits, *args: Any) -> jax.Array:
    """`frame` (3, H, W) u8 with a figure: draw(frame, down, across, *args) draws into a part of a frame, of which
    `down` (h, 1) and `across` (w,) tell where in the figure each row and column lies, f32 px from its feet and middle.

    To draw on each pixel of the frame would cost as much as all else. So figures are drawn into a window of a quarter
    of the screen's width, and the few that are larger into the whole frame. Where none is seen, a CPU does nothing.
    """
    _, height, width = frame.shape
    side, zero = min(width // WINDOWS, height), jnp.int32(0)
    fits = (part.height <= side) & (part.width <= side)
    top, left = jnp.minimum(part.top, height - side), jnp.minimum(part.left, width - side)
    given, screen, frame = (place, hits.depth, *args), (height, width), materialise(frame)
    small, large = window(draw, screen, (side, side), TOGETHER), window(draw, screen, screen)
    frame = small(part.seen & fits, frame, (zero, top, left), *given)
    return large(part.seen & ~fits, frame, (zero,) * 3, *given)


@functools.cache
def window(draw: Callable, screen: tuple[int, int], size: tuple[int, int], together: int = 1) -> Callable:
    """The function that draws a figure into a window of this size, where it is wanted; see `kage.few.changed_where`.

    screen, size: height and width, px.
    """

    def inside(frame, corner, place, walls, *args):
        _, top, left = corner
        scale = PX * place.depth / focal(screen[1])  # px of the figure in a px of the screen
        rows, columns = top + jnp.arange(size[0]), left + jnp.arange(size[1])
        down = (rows[:, None] + (0.5 - screen[0] / 2)) * scale - 0.5 * PX + place.lift
        across = (columns + 0.5 - place.column) * scale
        is_open = place.depth < jax.lax.dynamic_slice_in_dim(walls, left, size[1])
        return draw(frame, down, jnp.where(is_open, across, NOWHERE), *args)

    return changed_where(inside, (3, *size), together)
