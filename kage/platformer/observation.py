"""What an agent may observe in place of the frame: agent and ground alone, or the numbers behind the picture. Both are
controls: they say what an agent could reach that is given exactly what matters.

Importing this file does not start JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kage.lazy import lazy

if TYPE_CHECKING:
    import jax

    from kage.platformer.env import Params, State

env, jnp = lazy("kage.platformer.env"), lazy("jax.numpy")
latents, levels = lazy("kage.platformer.latent"), lazy("kage.platformer.level")

AHEAD = (-16, -8, *range(0, 65, 4))  # px from the agent, the columns whose ground an observed state holds
NUMBERS = 6 + len(AHEAD)  # of an observed state


def foreground(state: State, params: Params) -> jax.Array:
    """The frame with agent and ground left in it and everything else black, (3, H, W) u8. It is what a perfect
    separation of the foreground would leave; filters and lights still change it."""
    owned = env.masks(state, params)
    return jnp.where(owned.agent | owned.ground, env.render(state, params), jnp.uint8(0))


def numbers(state: State, params: Params) -> jax.Array:
    """Everything that a good decision needs, (NUMBERS,) f32, about -1 .. 1; no look can change it.

    Position on the screen, speed, ground contact, the coyote timer, and how far above the agent's feet the ground lies
    at `AHEAD` columns. Scales are powers of two, so every program rounds alike.
    """
    latent, physics = state.latent, env.dosed(params, state.doses).physics
    columns = latents.as_int(latent.x) + jnp.array(AHEAD)
    top, _ = levels.column_rows(latent.heights, columns, physics)
    feet = latents.as_int(latent.y) + physics.half_height
    body = [(latent.x - latent.camera_x) / 128, latent.y / 128, latent.vx / 2, latent.vy / 8, latent.grounded,
            latent.coyote / 4]  # fmt: skip
    return jnp.concatenate([jnp.stack([jnp.float32(value) for value in body]), (feet - top) / jnp.float32(32)])
