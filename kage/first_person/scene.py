"""Sky, floor and walls: everything but figures, shapes and filters.

A pixel has one class, u8, and each class has its colour, so that the three channels cost selections only.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.first_person.config import LayoutConfig
from kage.first_person.rays import HALF, Eye, Hits, focal
from kage.look import background, sprites
from kage.look.background import Background
from kage.look.config import WALL_PICTURES
from kage.look.hashing import random_index
from kage.look.palette import GROUND, rgb
from kage.look.planes import packed, planes
from kage.materialise import materialise

SKY, TILE, OTHER_TILE, WALL, JOINT = map(np.uint8, range(5))  # classes of pixels
TILES = (150, 210)  # of 256, brightness of the two kinds of tiles
SIDE = 0.85  # brightness of walls whose face looks along y; the others have 1
MORTAR = 0.75  # brightness of joints
COURSES, BRICKS = 4, 2  # of a cell, upwards and along the wall
THICK, WIDE = 0.12, 0.07  # share of a course and of a brick that the joint is
TEXELS = 64  # of a picture on a wall, a side; a cell shows the picture once
FINE = 12  # bits of the fraction of a texel


@struct.dataclass
class Walls:
    """The walls of a look: colours, or pictures."""

    bricks: bool = struct.field(pytree_node=False)
    colors: jax.Array  # (K, 2, 2, 3) u8: of a colour, the side and the face along x; of these, stone and joint
    pictures: jax.Array | None  # (P, 2, TEXELS, TEXELS) u32, red lowest: side and face; columns of texels, downwards


def build_walls(config: LayoutConfig) -> Walls:
    """The traced form of the visual part of a layout."""
    stone = rgb(config.layout_colors, GROUND).astype(np.float64)[:, None, None]
    light = np.array([SIDE, 1.0])[:, None, None] * np.array([1.0, MORTAR])[None, :, None]
    pictures = None
    if config.wall_texture == "picture":
        shown = sprites.pictures(config, WALL_PICTURES, TEXELS)  # (P, 3, TEXELS, any)
        middle = shown[..., (np.arange(TEXELS) + max(shown.shape[-1] - TEXELS, 0) // 2) % shown.shape[-1]]
        lit = (middle[:, None] * np.array([SIDE, 1.0])[:, None, None, None]).astype(np.uint32)
        pictures = jnp.asarray(packed(*np.moveaxis(lit, 2, 0)).swapaxes(-1, -2))
    return Walls(
        bricks=config.wall_texture == "bricks", colors=jnp.asarray((stone * light).astype(np.uint8)), pictures=pictures
    )


def init_walls(walls: Walls, seed: jax.Array) -> jax.Array:
    """What an episode draws, from its u32 seed: the colour or the picture, () i32."""
    return random_index(seed, len(walls.colors if walls.pictures is None else walls.pictures))


def flat_walls(walls: Walls, value: int) -> Walls:
    """The same walls painted in one value."""
    pictures = None if walls.pictures is None else jnp.full_like(walls.pictures, value * 0x010101)
    return walls.replace(colors=jnp.full_like(walls.colors, value), pictures=pictures)


def floors(sky: Background) -> jax.Array | None:
    """The colour of the floor below each picture, the mean of its lower half, (P, 3) u8; None without pictures."""
    if sky.pictures is None:
        return None
    lower = np.asarray(sky.pictures)[..., sky.pictures.shape[-2] // 2 :, : sky.period]
    return jnp.asarray(lower.mean((2, 3)).astype(np.uint8))


def draw_sky(sky: Background, state: jax.Array, heading: jax.Array, height: int, width: int) -> jax.Array:
    """The sky, u8, broadcastable to (3, height, width). A full turn scrolls a whole number of pictures, so there is no
    seam; heading: () i32 of 256."""
    offset = jnp.int32(0)
    if sky.period is not None:
        wanted = 2 * sky.parallax * (width * math.pi / (sky.period * math.atan(HALF)))
        pictures = jnp.sign(wanted) * jnp.maximum(1.0, jnp.round(abs(wanted)))
        offset = (heading * sky.period * pictures.astype(jnp.int32)) // 256
    return background.seen(sky, state, offset, height, width)


def floor_colour(floors: jax.Array | None, state: jax.Array, drawn: jax.Array) -> jax.Array:
    """The colour of the floor, u8, broadcastable to (3, H, W); drawn: what `draw_sky` gave."""
    return drawn if floors is None else floors[random_index(state, len(floors))][:, None, None]


def draw(
    sky: Background, floors: jax.Array | None, state: jax.Array, walls: Walls, drawn_wall: jax.Array,
    heading: jax.Array, eye: Eye, hits: Hits, height: int,
) -> jax.Array:  # fmt: skip
    """Sky, floor and walls, (3, height, W) u8. state, drawn_wall: the draws of background and walls."""
    width = len(hits.depth)
    kinds = materialise(classes(walls, eye, hits, height))
    drawn = draw_sky(sky, state, heading, height, width)
    floor = floor_colour(floors, state, drawn).astype(jnp.uint16)
    face = hits.along_y.astype(jnp.int32)
    if walls.pictures is None:
        faces = walls.colors[drawn_wall][face]  # (W, 2, 3)
        stone, joint = materialise(jnp.moveaxis(faces, 0, -1)[:, :, None])  # (3, 1, W) each
    else:
        stone = planes(materialise(texels(walls.pictures, drawn_wall * 2 + face, hits, height)))
    frame = jnp.broadcast_to(drawn, (3, height, width))
    for kind, light in zip((TILE, OTHER_TILE), TILES, strict=True):
        frame = jnp.where(kinds == kind, (floor * light >> 8).astype(jnp.uint8), frame)
    frame = jnp.where(kinds == WALL, stone, frame)
    return jnp.where(kinds == JOINT, joint, frame) if walls.bricks else frame


def texels(pictures: jax.Array, which: jax.Array, hits: Hits, height: int) -> jax.Array:
    """The texel of a wall at each pixel, (height, W) u32, anything where there is no wall. which: (W,) i32, of the
    picture and the face of each column. This is the one look-up a pixel that pictures cost."""
    width = len(hits.depth)
    along = jnp.minimum((hits.place * TEXELS).astype(jnp.int32), TEXELS - 1)
    column = (which * TEXELS + along) * TEXELS + TEXELS // 2
    # Texels in a px, of which a wall shows TEXELS between -0.5 f / depth and 0.5 f / depth; half of it for each of 2r.
    steep = (hits.depth * np.float32(TEXELS / 2 * 2**FINE / focal(width))).astype(jnp.int32)
    column, steep = materialise(column), materialise(steep)
    below = (2 * np.arange(height) + 1 - height).astype(np.int32)[:, None]
    row = jnp.clip(below * steep >> FINE, -TEXELS // 2, TEXELS // 2 - 1)
    return pictures.ravel().at[column + row].get(mode="promise_in_bounds")


def classes(walls: Walls, eye: Eye, hits: Hits, height: int) -> jax.Array:
    """What each pixel shows, (height, W) u8."""
    width = len(hits.depth)
    above = (np.arange(height) + 0.5 - height / 2).astype(np.float32)[:, None]  # px below the middle
    depth = np.float32(0.5 * focal(width)) / np.maximum(above, 0.5)  # of the floor, in each row
    rays = materialise(jnp.stack([eye.ray_x, eye.ray_y]))
    x, y = ((p + depth * ray).astype(jnp.int32) for p, ray in zip((eye.x, eye.y), rays, strict=True))
    odd = ((x ^ y) & 1).astype(jnp.uint8)
    kinds = jnp.where(above > 0, TILE + odd, SKY)
    reach = materialise(0.5 * focal(width) / hits.depth)  # px, half the height of the wall in each column
    wall = jnp.where(joints(hits, height), JOINT, WALL) if walls.bricks else WALL
    return jnp.where(abs(above) < reach, wall, kinds)


def joints(hits: Hits, height: int) -> jax.Array:
    """Where walls of bricks show a joint, (height, W) bool, in whole numbers of 16 bits that wrap around."""
    width = len(hits.depth)
    # 2^14 of `v` are a course, four of which wrap to 0; 2^16 of `u` are a brick.
    steep = (hits.depth * np.float32(COURSES * 2**14 / focal(width))).astype(jnp.int32) >> 1
    steep, along = (materialise(part.astype(jnp.uint16)) for part in (
        steep, (hits.place * (BRICKS * 2.0**16)).astype(jnp.int32)))  # fmt: skip
    v = (2 * np.arange(height) + 1 - height).astype(np.uint16)[:, None] * steep
    u = along + ((v >> 14 & 1) << 15)
    return (v & 0x3FFF < np.uint16(THICK * 2**14)) | (u < np.uint16(WIDE * 2**16))
