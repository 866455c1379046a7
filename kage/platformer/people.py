"""What people see and do in the platformer, see `kage.look.people`."""

import jax
import jax.numpy as jnp

from kage.platformer import env
from kage.platformer.latent import JUMP, LEFT, RIGHT
from kage.platformer.render import to_hwc

HELP = "arrows or A and D run; space, up or W jumps"
KEYS = {"left": LEFT, "a": LEFT, "right": RIGHT, "d": RIGHT, "up": JUMP, "w": JUMP, "space": JUMP}
FIGURE = "agent"
CROWDS = 20, 40, 120
OWN: dict = {}
STEPS = 260  # played before the scene: NPCs stand there


def scripted(state: env.State, params: env.Params) -> jax.Array:
    """Run right, and jump in the first two of every twelve steps."""
    return running(state.latent.t)


def running(t: jax.Array | int) -> jax.Array:
    """The scripted action of step t."""
    return jnp.where(t % 12 < 2, RIGHT | JUMP, RIGHT)


def scene(key: jax.Array, params: env.Params) -> env.State:
    """The state after `STEPS` scripted steps."""
    return jax.lax.fori_loop(0, STEPS, lambda t, s: env.step(s, running(t), params)[0], env.reset(key, params))


def view(state: env.State, params: env.Params) -> jax.Array:
    """The frame, (H, W, 3) u8."""
    return to_hwc(env.render(state, params))
