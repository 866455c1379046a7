"""What an agent may observe in place of the frame: goal and walls alone, or the numbers behind the picture. Both are
controls: they say what an agent could reach that is given exactly what matters.

Importing this file does not start JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kage.lazy import lazy

if TYPE_CHECKING:
    import jax

    from kage.first_person.env import Params, State

env, jnp = lazy("kage.first_person.env"), lazy("jax.numpy")
latents, levels = lazy("kage.first_person.latent"), lazy("kage.first_person.level")
physics = lazy("kage.first_person.physics")

FEELERS = 8  # directions around the agent in which it is told whether there is a wall
NUMBERS = 5 + FEELERS  # of an observed state


def foreground(state: State, params: Params) -> jax.Array:
    """The frame with goal and walls left in it and everything else black, (3, H, W) u8; filters and lights still
    change it."""
    owned = env.masks(state, params)
    return jnp.where(owned.goal | owned.wall, env.render(state, params), jnp.uint8(0))


def numbers(state: State, params: Params) -> jax.Array:
    """Everything that a good decision needs, (NUMBERS,) f32, about -1 .. 1; no look can change it.

    As the agent sees them, ahead and to the right: the goal, and the next cell on the shortest way to it. Then the
    length of this way, and whether a wall is half a cell away in eight directions, ahead first, then to the right.
    These are whole numbers, scaled by a power of two, so every program gives the same bits.
    """
    latent, size = state.latent, params.physics.size
    goal_x, goal_y = levels.middle(latent.goal, size)
    goal = latents.ahead(latent, goal_x - latent.x, goal_y - latent.y)
    lengths = jnp.stack([*goal, *latents.aim(latent, size), latent.way]).astype(jnp.float32) / 8192
    around = (latent.heading + physics.TURN // FEELERS * jnp.arange(FEELERS)) % physics.TURN
    dx, dy = (jnp.asarray(table)[around] * (physics.UNITS // 2) >> physics.ONE for table in (physics.COS, physics.SIN))
    walls = levels.solid_at(latent.walls, latent.x + dx, latent.y + dy)
    return jnp.concatenate([lengths, walls.astype(jnp.float32)])
