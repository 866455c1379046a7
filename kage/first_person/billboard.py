"""Flat figures that stand in the room and face the eye, hidden column by column where a wall is nearer."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import struct

from kage.first_person.rays import Eye, Hits, focal
from kage.look import shapes
from kage.look.planes import planes
from kage.look.sprites import Skins
from kage.materialise import materialise

PX = 32  # px of a figure in one cell
NEAREST = 0.2  # cells, figures nearer than this are not drawn
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
    turn = jnp.deg2rad(degrees)
    cos, sin = (jnp.round(f(turn) * 2**20) / 2**20 for f in (jnp.cos, jnp.sin))
    u, v = cos * across + sin * down, cos * down - sin * across
    mask, *others = (shapes.inside(name, u, v, jnp.float32(size[0]), jnp.float32(size[1])) for name in names)
    for i, other in enumerate(others, start=1):
        mask = jnp.where(index == i, other, mask)
    return shapes.fill(materialise(frame), color, mask & materialise(visible(place, hits)))


def draw_sprite(
    frame: jax.Array, texels: Texels, index: jax.Array, own_width: jax.Array, place: Place, hits: Hits
) -> jax.Array:
    """`frame` (3, H, W) u8 with one frame of a skin; own_width: px of this skin."""
    _, height, width = frame.shape
    across, down = coordinates(place, height, width)
    picture = texels.words[index]
    rows, columns = picture.shape
    # The row of feet is the last one before the margin.
    row = jnp.clip(jnp.floor(down).astype(jnp.int32) + rows - 1, 0, rows - 1)
    column = jnp.clip(jnp.floor(across + own_width / 2).astype(jnp.int32) + 1, 0, columns - 1)
    shown = materialise(jnp.where(visible(place, hits), column, 0))
    texel = materialise(picture.ravel()[materialise(row) * columns + shown])  # else gathered for each channel
    return jnp.where(texel >> 24 >= OPAQUE, planes(texel), materialise(frame))
