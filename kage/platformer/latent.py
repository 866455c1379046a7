"""Latent dynamics and reward of one environment. No look is ever passed in here, so no look can change them.

Batching is the caller's `jax.vmap`. Units: positions px (y grows downwards), speeds px/step, time in steps.
Arithmetic is float32 in exactly this order, so trajectories equal the reference's bit by bit on a CPU.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look.pixel import as_int
from kage.platformer.level import box_rows, column_rows, ground_top, hits
from kage.platformer.physics import Physics

LEFT, RIGHT, JUMP = 1, 2, 4  # bits of an action; LEFT and RIGHT together cancel
COYOTE_STEPS = 3  # a jump may start this many steps after the ground was left
GROUND_ACCELERATION, AIR_ACCELERATION = 1.0, 0.4  # px/step^2
RISE_LIMIT = -100.0  # px/step, lower limit of the vertical speed
LARGEST_FALL = 10  # px/step, the most rows one step can cross: the limit of jump_force and max_fall_speed
SCREEN_MARGIN = 40  # px, the camera keeps the agent this far from both screen edges
SPAWN_X, SPAWN_TRIES = 64, 20


@struct.dataclass
class Latent:
    """All that transition and reward read besides `Physics`. Nothing visual belongs here."""

    heights: jax.Array  # (stairs,) i8 height units
    x: jax.Array  # () f32 px, a whole number after every step
    y: jax.Array  # () f32 px
    vx: jax.Array  # () f32 px/step
    vy: jax.Array  # () f32 px/step
    grounded: jax.Array  # () bool
    coyote: jax.Array  # () i32 steps since the ground was left, at most COYOTE_STEPS + 1
    camera_x: jax.Array  # () f32 px, world column of the screen's left edge
    initial_x: jax.Array  # () f32 px
    x_max: jax.Array  # () f32 px, furthest position reached
    t: jax.Array  # () i32 steps since reset
    jump_count: jax.Array  # () i32 steps with JUMP pressed
    success_once: jax.Array  # () bool
    ret: jax.Array  # () f32 sum of rewards
    vx_sum: jax.Array  # () f32
    vy_sum: jax.Array  # () f32


def start(heights: jax.Array, physics: Physics) -> Latent:
    """The agent at the spawn point of the level with these stair heights, (stairs,) i8."""
    x, y = spawn(heights, physics)
    zero, none = jnp.float32(0), jnp.int32(0)
    return Latent(
        heights=heights, x=x, y=y, vx=zero, vy=zero, grounded=jnp.bool_(False), coyote=none,
        camera_x=jnp.clip(x - physics.screen_width // 2, 0, physics.level_length - physics.screen_width),
        initial_x=x, x_max=x, t=none, jump_count=none, success_once=jnp.bool_(False),
        ret=zero, vx_sum=zero, vy_sum=zero,
    )  # fmt: skip


def spawn(heights: jax.Array, physics: Physics) -> tuple[jax.Array, jax.Array]:
    """Spawn position, f32 px: the first of `SPAWN_TRIES` columns where the box, above the ground, touches nothing."""
    hw, hh = physics.half_width, physics.half_height
    cx = SPAWN_X + jnp.arange(SPAWN_TRIES) * (2 * hw + 4)
    stair = jnp.clip(cx, 0, physics.level_length - 1) // physics.run_width
    cy = ground_top(heights, stair, physics) - hh - 2
    first, last = (jnp.clip(row, 0, physics.level_height - 1) for row in (cy - hh, cy + hh))
    columns = cx[:, None] + jnp.arange(-hw, hw + 1)
    touches = jax.vmap(lambda c, a, b: hits([column_rows(heights, c, physics)], a, b), (1, None, None))(
        columns, first, last
    )
    free = ~touches.any(axis=0)
    pick = jnp.argmax(free)
    x, y = (jnp.where(free.any(), position[pick], 64) for position in (cx, cy))
    return x.astype(jnp.float32), y.astype(jnp.float32)


def step(latent: Latent, action: jax.Array, physics: Physics) -> tuple[Latent, jax.Array]:
    """One step of the latent world: the next state and the reward, () f32 (paper, equation 10)."""
    pressed = action & JUMP > 0
    direction = (action & RIGHT > 0).astype(jnp.float32) - (action & LEFT > 0).astype(jnp.float32)

    grounded, coyote, vy = jump(latent, pressed, physics)
    friction = jnp.where(grounded, physics.ground_friction, physics.air_resistance)
    acceleration = jnp.where(grounded, GROUND_ACCELERATION, AIR_ACCELERATION)
    vx = jnp.clip(latent.vx * friction + acceleration * direction, -physics.move_speed, physics.move_speed)
    vy = jnp.clip(vy + physics.gravity, RISE_LIMIT, physics.max_fall_speed)
    x, y, vx, vy = collide(latent, vx, vy, physics)

    screen_x = x - latent.camera_x
    push = jnp.maximum(screen_x - (physics.screen_width - SCREEN_MARGIN), 0) + jnp.minimum(screen_x - SCREEN_MARGIN, 0)
    camera_x = jnp.clip(latent.camera_x + push, 0, physics.level_length - physics.screen_width)

    reward = (
        physics.forward_reward_scale * jnp.maximum(0.0, x - latent.x_max)
        - physics.jump_penalty * pressed
        - physics.timestep_penalty
        - physics.idle_penalty * (x == latent.x)
    )
    after = latent.replace(
        x=x, y=y, vx=vx, vy=vy, grounded=grounded, coyote=coyote, camera_x=camera_x,
        x_max=jnp.maximum(latent.x_max, x), t=latent.t + 1, jump_count=latent.jump_count + pressed,
        success_once=latent.success_once | (x - latent.initial_x >= physics.dist_to_success),
        ret=latent.ret + reward, vx_sum=latent.vx_sum + vx, vy_sum=latent.vy_sum + vy,
    )  # fmt: skip
    return after, reward


def jump(latent: Latent, pressed: jax.Array, physics: Physics) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Ground contact and jumping: grounded, coyote timer, vy before gravity."""
    cx, feet = as_int(latent.x), as_int(latent.y) + physics.half_height
    below = [jnp.clip(feet + i, 0, physics.level_height - 1) for i in (1, 2)]
    on_ground = hits(box_rows(latent.heights, cx, physics), *below) & (latent.vy >= 0)
    coyote = jnp.where(on_ground, 0, jnp.minimum(latent.coyote + 1, COYOTE_STEPS + 1))
    starts = pressed & (coyote <= COYOTE_STEPS)
    return (
        on_ground & ~starts,
        jnp.where(starts, COYOTE_STEPS + 1, coyote),
        jnp.where(starts, physics.jump_force, latent.vy),
    )


def collide(latent: Latent, vx: jax.Array, vy: jax.Array, physics: Physics) -> tuple[jax.Array, ...]:
    """Move along x, then y; if blocked, back to the first free pixel. Returns x, y (whole numbers), vx, vy."""
    hw, hh = physics.half_width, physics.half_height
    x = jnp.clip(latent.x + vx, hw, physics.level_length - 1 - hw)
    y = jnp.clip(latent.y + vy, hh, physics.level_height - 1 - hh)
    old_x, old_y, new_x, new_y = (as_int(v) for v in (latent.x, latent.y, x, y))

    rows = [jnp.clip(old_y + edge, 0, physics.level_height - 1) for edge in (-hh, hh)]

    def column_blocked(cx):
        return hits(box_rows(latent.heights, cx, physics), *rows)

    end_x = walk_back(new_x, old_x, column_blocked, physics.move_speed)
    intervals = box_rows(latent.heights, end_x, physics)
    end_y = walk_back(new_y, old_y, lambda cy: hits(intervals, cy - hh, cy + hh), LARGEST_FALL)
    return (
        end_x.astype(jnp.float32),
        end_y.astype(jnp.float32),
        jnp.where(end_x == new_x, vx, 0.0),
        jnp.where(end_y == new_y, vy, 0.0),
    )


def walk_back(new: jax.Array, old: jax.Array, blocked, reach: int) -> jax.Array:
    """The first free position from `new` back to `old`, or `old`; both are at most `reach` px apart."""
    position, back = new, jnp.sign(old - new)
    for _ in range(reach):
        position = jnp.where((position != old) & blocked(position), position + back, position)
    return position
