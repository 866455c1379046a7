"""Level geometry: a staircase, stored as one height per stair. Every solid pixel follows from the heights.

The solid pixels of a column form one interval of rows, so no pixel mask is ever stored.
"""

import jax
import jax.numpy as jnp

from kage.platformer.physics import Physics

START_HEIGHT = 10  # height units of the first stair
MAX_HEIGHT = 20  # heights stay within 0..MAX_HEIGHT


def sample_heights(key: jax.Array, physics: Physics) -> jax.Array:
    """Heights of all stairs, (stairs,) i8: a clipped random walk from `START_HEIGHT`."""
    key_event, key_step = jax.random.split(key)
    u = jax.random.uniform(key_event, (physics.stairs,))
    stay = 1.0 - physics.p_change
    up = stay + physics.p_change * physics.p_up_given_change
    event = jnp.where(u < stay, 0, jnp.where(u < up, 1, -1))
    size = jax.random.randint(key_step, (physics.stairs,), physics.min_step_height, physics.max_step_height + 1)

    def walk(height, change):
        return jnp.clip(height + change, 0, MAX_HEIGHT), height

    _, heights = jax.lax.scan(walk, jnp.int32(START_HEIGHT), event * size)
    return heights.astype(jnp.int8)


def ground_top(heights: jax.Array, stair: jax.Array, physics: Physics) -> jax.Array:
    """First ground row of a stair, i32 px; the index is clipped to the level."""
    height = heights[jnp.clip(stair, 0, physics.stairs - 1)].astype(jnp.int32)
    return physics.base_ground_y - physics.pix_per_unit * height


def solid_rows(top: jax.Array, before: jax.Array, physics: Physics) -> tuple[jax.Array, jax.Array]:
    """First and last solid row, i32, of a column whose ground row is `top`; `before` is that of its left neighbour.

    The wall between two stairs stands in the first column of the right stair and reaches up to the higher ground.
    """
    thickness = physics.ground_thickness.astype(top.dtype)
    return jnp.minimum(top, before), jnp.maximum(top + thickness, jnp.maximum(top, before)) - 1


def column_rows(heights: jax.Array, column: jax.Array, physics: Physics) -> tuple[jax.Array, jax.Array]:
    """`solid_rows` of any world column, i32 px; a column outside the level counts as the level's edge column."""
    column = jnp.clip(column, 0, physics.level_length - 1)
    stair = column // physics.run_width
    neighbour = jnp.maximum(column - 1, 0) // physics.run_width
    return solid_rows(ground_top(heights, stair, physics), ground_top(heights, neighbour, physics), physics)


def screen_rows(heights: jax.Array, left: jax.Array, width: int, physics: Physics) -> tuple[jax.Array, jax.Array]:
    """`column_rows` of the `width` columns from world column `left` on, all inside the level; u8.

    Each stair is looked up once and repeated over its columns, which is faster than one look-up per column. Rows are
    u8, because one instruction compares four times as many bytes as words.
    """
    run = physics.run_width
    count = min((width - 1) // run + 3, physics.stairs)
    start = jnp.clip((left - 1) // run, 0, physics.stairs - count)
    tops = ground_top(heights, start + jnp.arange(count), physics).astype(jnp.uint8)
    spread = jnp.pad(jnp.repeat(tops, run), (1, 0), mode="edge")
    tops = jax.lax.dynamic_slice(spread, (left - start * run,), (width + 1,))
    return solid_rows(tops[1:], tops[:-1], physics)


def box_rows(heights: jax.Array, cx: jax.Array, physics: Physics) -> list[tuple[jax.Array, jax.Array]]:
    """`solid_rows` under the box centred at column `cx`, one interval per stair that the box can touch.

    The box must lie inside the level. If the first column of a stair is inside the box, the interval is that of this
    column, which holds the wall and all ground rows of the stair. A stair out of reach gives an empty interval.
    """
    left, right = cx - physics.half_width, cx + physics.half_width
    first = left // physics.run_width
    tops = [ground_top(heights, first + i, physics) for i in range(-1, physics.touched_stairs)]
    intervals = []
    for i, (before, top) in enumerate(zip(tops, tops[1:], strict=False)):
        start = (first + i) * physics.run_width
        top_row, last_row = solid_rows(top, jnp.where(start >= left, before, top), physics)
        # An empty interval starts below every row.
        intervals.append((jnp.where(start <= right, top_row, physics.level_height), last_row))
    return intervals


def hits(intervals: list[tuple[jax.Array, jax.Array]], first: jax.Array, last: jax.Array) -> jax.Array:
    """() bool: true if any row of first..last lies in one of the intervals. The caller clips rows to the level."""
    hit = jnp.bool_(False)
    for top, bottom in intervals:
        hit |= (top <= last) & (first <= bottom)
    return hit
