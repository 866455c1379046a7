"""What people see and do in the first-person world, see `kage.look.people`."""

import jax
import jax.numpy as jnp

from kage.first_person import env
from kage.first_person.above import above
from kage.first_person.config import TEXTURES
from kage.first_person.latent import FORWARD, LEFT, RIGHT, ahead, walker
from kage.first_person.level import middle
from kage.first_person.physics import UNITS

HELP = "arrows or A and D turn; up, W or space walks"
KEYS = {"left": LEFT, "a": LEFT, "right": RIGHT, "d": RIGHT, "up": FORWARD, "w": FORWARD, "space": FORWARD}
FIGURE = "goal"
CROWDS = 4, 8, 20
OWN = {
    "wall_textures": ("layout.wall_texture: what is drawn on the walls",
                      {name: {"layout": {"wall_texture": name}} for name in TEXTURES}),
}  # fmt: skip
WALKED = 8  # steps, at least, before the scene
NEAR, FAR = 1.4, 2.4  # cells, the least and the greatest depth of the goal in the scene


def scripted(state: env.State, params: env.Params) -> jax.Array:
    """Turn to the next cell on the way to the goal, and walk."""
    return walker(state.latent, params.physics)


def scene(key: jax.Array, params: env.Params) -> env.State:
    """The first state of the scripted player's episode in which the goal stands in front, about two cells away."""

    def goes_on(state):
        latent = state.latent
        x, y = middle(latent.goal, params.physics.size)
        front, right = ahead(latent, x - latent.x, y - latent.y)
        direct = latent.way <= abs(x - latent.x) + abs(y - latent.y)  # no wall makes the way longer
        near = (front >= NEAR * UNITS) & (front <= FAR * UNITS) & (4 * abs(right) <= front)
        return ~(near & direct & (latent.t >= WALKED)) & (latent.t < params.physics.episode_length)

    return jax.lax.while_loop(goes_on, lambda state: env.step(state, scripted(state, params), params)[0],
                              env.reset(key, params))  # fmt: skip


def view(state: env.State, params: env.Params) -> jax.Array:
    """The frame with the level from above beside it, (H, W + H, 3) u8."""
    frame = env.render(state, params)
    return jnp.moveaxis(jnp.concatenate([frame, above(state.latent, frame.shape[1])], axis=2), 0, -1)
