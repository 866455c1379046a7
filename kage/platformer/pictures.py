"""A moment of an episode as a picture, the same moment under every look."""

import jax
import numpy as np

from kage.platformer import env
from kage.platformer.config import Config, from_dict
from kage.platformer.people import running
from kage.platformer.physics import Physics
from kage.platformer.render import Look, to_hwc

STEPS = 70  # from the start of the episode to the moment that is shown
PLAIN = env.build(from_dict({"background": {"mode": "black"}, "npc": {"enabled": False}})).look  # fast to step


def picture(config: Config) -> np.ndarray:
    """What the agent sees after running right and jumping for `STEPS` steps, (H, W, 3) u8.

    The episode is stepped under a plain look and drawn under the look of `config`, so only drawing is compiled for each
    look.
    """
    params = env.build(config)
    return np.asarray(to_hwc(frame(moment(params.physics, PLAIN), params)))


@jax.jit
def moment(physics: Physics, look: Look) -> env.State:
    """An episode after `STEPS` steps."""
    params = env.Params(physics, look)
    step = lambda t, state: env.step(state, running(t), params)[0]  # noqa: E731
    return jax.lax.fori_loop(0, STEPS, step, env.reset(jax.random.key(0), params))


@jax.jit
def frame(state: env.State, params: env.Params) -> jax.Array:
    """The frame of a moment under the look of `params`, (3, H, W) u8."""
    return env.render(env.counterfactual(state, params), params)
