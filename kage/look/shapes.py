"""The nine shapes, tested pixel by pixel and packed as one bit row per pixel row.

A bit row makes drawing cheap: a screen row looks up its word once, a pixel is then one shift of that word.
"""

import math

import jax
import jax.numpy as jnp
from flax import struct

NAMES = ("circle", "square", "triangle", "star", "cross", "diamond", "ellipse", "line", "polygon")

# Exact where mathematics is: a rounding error of cos(2 pi / 3) would cost a row of pixels.
EDGE = 1e-4  # px
HALF, ROOT3_2 = 0.5, math.sqrt(3) / 2
TRIANGLE = [(0.0, -1.0), (ROOT3_2, HALF), (-ROOT3_2, HALF)]
HEXAGON = [(0.0, -1.0), (ROOT3_2, -HALF), (ROOT3_2, HALF), (0.0, 1.0), (-ROOT3_2, HALF), (-ROOT3_2, -HALF)]
STAR_INNER = math.sin(math.pi / 10) / math.sin(3 * math.pi / 10)
STAR = [
    (radius * math.sin(i * math.pi / 5), -radius * math.cos(i * math.pi / 5))
    for i, radius in enumerate([1.0, STAR_INNER] * 5)
]


def inside(name: str, u: jax.Array, v: jax.Array, width: jax.Array, height: jax.Array) -> jax.Array:
    """Is the point (u right, v down, px from the centre) in the shape of that size? Edges belong to it."""
    radius = jnp.minimum(width, height) / 2
    thickness = jnp.maximum(1.0, radius / 4) / 2
    across = (abs(u) <= radius) & (abs(v) <= thickness)
    match name:
        case "circle":
            return u * u + v * v <= radius * radius
        case "square":
            return (abs(u) <= radius) & (abs(v) <= radius)
        case "line":
            return across
        case "cross":
            return across | ((abs(v) <= radius) & (abs(u) <= thickness))
        case "ellipse":
            # Whole numbers up to float32's 2**24, so that no rounding moves the outline.
            return (2 * u * height) ** 2 + (2 * v * width) ** 2 <= (width * height) ** 2
        case "diamond":
            return abs(u) + abs(v) <= radius
    corners = {"triangle": TRIANGLE, "polygon": HEXAGON, "star": STAR}[name]
    return in_polygon([(x * radius, y * radius) for x, y in corners], u, v)


def in_polygon(corners: list[tuple[jax.Array, jax.Array]], u: jax.Array, v: jax.Array) -> jax.Array:
    """Even-odd rule: the number of edges to the right of the point is odd."""
    odd = jnp.zeros(jnp.broadcast_shapes(u.shape, v.shape), bool)
    for (xi, yi), (xj, yj) in zip(corners, corners[1:] + corners[:1], strict=True):
        slope = (xj - xi) / jnp.where(yj == yi, 1.0, yj - yi)  # a level edge never crosses
        # A point on an edge, such as a tip, must not be to its left by a rounding error.
        odd ^= ((yi > v) != (yj > v)) & (u < slope * (v - yi) + xi - EDGE)
    return odd


def reach(width: float, height: float, rotates: bool) -> int:
    """Pixels from the centre that a shape of this size can cover to each side."""
    corner = math.sqrt(2) if rotates else 1.0  # a square's corner
    return math.ceil(max(min(width, height) / 2 * corner, max(width, height) / 2))


def turned(
    names: tuple[str, ...], index: jax.Array, degrees: jax.Array, width: jax.Array, height: jax.Array,
    dx: jax.Array, dy: jax.Array,
) -> jax.Array:  # fmt: skip
    """Are the points dx right of and dy below the centre in shape `names[index]` turned clockwise by `degrees`?

    Only the shapes of `names` are computed.
    """
    turn = jnp.deg2rad(degrees)
    # Quarter turns are exact, so that a square's edge stays inside it.
    cos, sin = (jnp.round(f(turn) * 2**20) / 2**20 for f in (jnp.cos, jnp.sin))
    u, v = cos * dx + sin * dy, cos * dy - sin * dx
    masks = [inside(name, u, v, width, height) for name in names]
    mask = masks[0]
    for i, other in enumerate(masks[1:], start=1):
        mask = jnp.where(index == i, other, mask)
    return mask


@struct.dataclass
class Bits:
    """A square bitmap of `2 * reach + 1` rows; bit c % 32 of word c // 32 of a row is its column c."""

    reach: int = struct.field(pytree_node=False)  # px from the centre
    words: jax.Array  # (rows, words) u32


def rasterise(
    names: tuple[str, ...], index: jax.Array, degrees: jax.Array, width: jax.Array, height: jax.Array, reach: int
) -> Bits:
    """The bitmap of shape `names[index]` turned clockwise by `degrees`; only the shapes of `names` are computed."""
    size = 2 * reach + 1
    offset = jnp.arange(-reach, reach + 1, dtype=jnp.float32)
    mask = turned(names, index, degrees, width, height, offset[None, :], offset[:, None])
    count = -(-size // 32)
    padded = jnp.pad(mask, ((0, 0), (0, 32 * count - size)))
    weights = jnp.uint32(1) << jnp.arange(32, dtype=jnp.uint32)
    return Bits(reach=reach, words=(padded.reshape(size, count, 32) * weights).sum(-1, dtype=jnp.uint32))


def paint(bits: Bits, cx: jax.Array, cy: jax.Array, height: int, width: int) -> jax.Array:
    """The mask (height, width) bool of a bitmap centred at column cx, row cy (i32 px on the screen)."""
    row = jnp.arange(height) - (cy - bits.reach)
    column = jnp.arange(width) - (cx - bits.reach)
    rows, words = bits.words.shape
    padded = jnp.pad(bits.words, ((1, 1), (0, 0)))
    used = padded[jnp.clip(row + 1, 0, rows + 1)]  # a gather comes last: it is computed once, not for every pixel
    mask = jnp.zeros((height, width), bool)
    for word in range(words):
        shift = column - 32 * word
        here = (shift >= 0) & (shift < 32)
        bit = (used[:, word][:, None] >> jnp.clip(shift, 0, 31).astype(jnp.uint32)) & 1
        mask |= (bit == 1) & here
    return mask


def fill(frame: jax.Array, color: jax.Array, mask: jax.Array) -> jax.Array:
    """The frame (3, H, W) with `color` (3,) where `mask` (H, W) is true."""
    return jnp.where(mask, color[:, None, None], frame)


def stamp(
    frame: jax.Array, names: tuple[str, ...], index: jax.Array, degrees: jax.Array, width: jax.Array, height: jax.Array,
    reach: int, cx: jax.Array, cy: jax.Array, color: jax.Array,
) -> jax.Array:  # fmt: skip
    """`frame` (3, H, W) u8 with shape `names[index]` in `color` (3,) at column cx, row cy; touches only its window.

    Cheaper than `fill` where many shapes, or shapes of many kinds, follow each other.
    """
    rows, columns = (min(2 * reach + 1, size) for size in frame.shape[1:])
    y, x = jnp.clip(cy - reach, 0, frame.shape[1] - rows), jnp.clip(cx - reach, 0, frame.shape[2] - columns)
    dy = (jnp.arange(rows) + (y - cy)).astype(jnp.float32)[:, None]
    dx = (jnp.arange(columns) + (x - cx)).astype(jnp.float32)[None, :]
    mask = turned(names, index, degrees, width, height, dx, dy)
    under = jax.lax.dynamic_slice(frame, (0, y, x), (3, rows, columns))
    return jax.lax.dynamic_update_slice(frame, fill(under, color, mask), (0, y, x))
