"""The nine shapes. They are tested pixel by pixel and packed into bits, one row of bits per row of pixels.

Rows of bits make drawing cheap: the octets of a screen row are looked up once, and a pixel then tests one bit of each.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

# Exact values where they exist: a rounding error of cos(2 pi / 3) would remove a row of pixels.
EDGE = 1e-4  # px
ROUND = 1 + 1e-5  # factor on a squared radius: rounding in a turn moves a point of the edge by less
BITS = np.uint8(1) << np.arange(8, dtype=np.uint8)
HALF, ROOT3_2 = 0.5, math.sqrt(3) / 2
TRIANGLE = [(0.0, -1.0), (ROOT3_2, HALF), (-ROOT3_2, HALF)]
HEXAGON = [(0.0, -1.0), (ROOT3_2, -HALF), (ROOT3_2, HALF), (0.0, 1.0), (-ROOT3_2, HALF), (-ROOT3_2, -HALF)]
STAR_INNER = math.sin(math.pi / 10) / math.sin(3 * math.pi / 10)
STAR = [
    (radius * math.sin(i * math.pi / 5), -radius * math.cos(i * math.pi / 5))
    for i, radius in enumerate([1.0, STAR_INNER] * 5)
]


def inside(name: str, u: jax.Array, v: jax.Array, width: jax.Array, height: jax.Array) -> jax.Array:
    """True if the point (u right, v down, px from the centre) is in the shape of this size; edges are inside."""
    radius = jnp.minimum(width, height) / 2
    thickness = jnp.maximum(1.0, radius / 4) / 2
    across = (abs(u) <= radius) & (abs(v) <= thickness)
    match name:
        case "circle":
            return u * u + v * v <= radius * radius * ROUND
        case "square":
            return (abs(u) <= radius) & (abs(v) <= radius)
        case "line":
            return across
        case "cross":
            return across | ((abs(v) <= radius) & (abs(u) <= thickness))
        case "ellipse":
            # These are whole numbers, exact in float32 up to 2**24, so that no rounding moves the outline.
            return (2 * u * height) ** 2 + (2 * v * width) ** 2 <= (width * height) ** 2
        case "diamond":
            return abs(u) + abs(v) <= radius
    corners = {"triangle": TRIANGLE, "polygon": HEXAGON, "star": STAR}[name]
    return in_polygon([(x * radius, y * radius) for x, y in corners], u, v)


def in_polygon(corners: list[tuple[jax.Array, jax.Array]], u: jax.Array, v: jax.Array) -> jax.Array:
    """Even-odd rule: the number of edges to the right of the point is odd."""
    odd = jnp.zeros(jnp.broadcast_shapes(u.shape, v.shape), bool)
    for (xi, yi), (xj, yj) in zip(corners, corners[1:] + corners[:1], strict=True):
        slope = (xj - xi) / jnp.where(yj == yi, 1.0, yj - yi)  # a horizontal edge is never crossed
        # A rounding error must not put a point on an edge, such as a tip, to the left of the edge.
        odd ^= ((yi > v) != (yj > v)) & (u < slope * (v - yi) + xi - EDGE)
    return odd


def reach(width: float, height: float, rotates: bool) -> int:
    """Pixels from the centre that a shape of this size can cover to each side."""
    corner = math.sqrt(2) if rotates else 1.0  # a square's corner
    return math.ceil(max(min(width, height) / 2 * corner, max(width, height) / 2))


@struct.dataclass
class Bits:
    """A square bitmap of `2 * reach + 1` rows; bit c % 8 of octet c // 8 of a row is its column c."""

    reach: int = struct.field(pytree_node=False)  # px from the centre
    octets: jax.Array  # (octets, rows) u8


def rasterise(
    names: tuple[str, ...], index: jax.Array, degrees: jax.Array, width: jax.Array, height: jax.Array, reach: int
) -> Bits:
    """The bitmap of shape `names[index]` turned clockwise by `degrees`; only the shapes of `names` are computed."""
    turn = jnp.deg2rad(degrees)
    # Make quarter turns exact, so that a square's edge stays inside the square.
    cos, sin = (jnp.round(f(turn) * 2**20) / 2**20 for f in (jnp.cos, jnp.sin))
    dy = jnp.arange(-reach, reach + 1, dtype=jnp.float32)
    first = jnp.arange(-reach, reach + 1, 8, dtype=jnp.float32)[:, None]  # column of each octet's bit 0

    def add(bit, octets):
        dx = first + bit.astype(jnp.float32)
        u, v = cos * dx + sin * dy, cos * dy - sin * dx
        mask, *others = (inside(name, u, v, width, height) for name in names)
        for i, other in enumerate(others, start=1):
            mask = jnp.where(index == i, other, mask)
        return octets | mask.astype(jnp.uint8) << bit.astype(jnp.uint8)

    # Add bit by bit: a sum over bits would not be vectorised, and the loop separates this from the loop over pixels.
    return Bits(reach=reach, octets=jax.lax.fori_loop(0, 8, add, jnp.zeros((len(first), len(dy)), jnp.uint8)))


def paint(bits: Bits, cx: jax.Array, cy: jax.Array, height: int, width: int) -> jax.Array:
    """The mask (height, width) bool of a bitmap centred at column cx, row cy (i32 px on the screen)."""
    count, rows = bits.octets.shape
    top, left = cy - bits.reach, cx - bits.reach
    # A slice whose start differs between environments is a gather, which XLA computes once, not for every pixel.
    padded = jnp.pad(bits.octets, ((0, 0), (height, height)))
    row = jax.lax.dynamic_slice(padded, (0, jnp.clip(height - top, 0, height + rows)), (count, height))
    ruler = jnp.pad(BITS, width + 8 * count)
    start = jnp.clip(width + 8 * count - left, 8 * count, width + 16 * count)
    columns = [jax.lax.dynamic_slice(ruler, (start - 8 * i,), (width,)) for i in range(count)]
    shared = [row[i][:, None] & columns[i] for i in range(count)]
    return functools.reduce(jnp.bitwise_or, shared) != 0


def fill(frame: jax.Array, color: jax.Array, mask: jax.Array) -> jax.Array:
    """The frame (3, H, W) with `color` (3,) where `mask` (H, W) is true."""
    return jnp.where(mask, color[:, None, None], frame)
