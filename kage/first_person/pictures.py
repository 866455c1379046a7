"""A moment of an episode as a picture, the same moment under every look."""

import functools

import jax
import numpy as np

from kage.first_person import env
from kage.first_person.config import FirstPersonConfig
from kage.first_person.latent import walker
from kage.first_person.physics import Physics
from kage.first_person.render import Look
from kage.look.configuration import laid_over

EPISODE = 8  # of the moment that is shown
STEPS = 19  # from the start of the episode to this moment, in which the goal is near


def picture(config: FirstPersonConfig) -> np.ndarray:
    """What the agent sees after walking towards the goal for `STEPS` steps, (H, W, 3) u8."""
    params = env.build(config)
    return np.moveaxis(np.asarray(frame(moment(params.physics, plain()), params)), 0, -1)


@functools.cache
def plain() -> Look:
    """A look that is fast to step."""
    plainest = {"background": {"mode": "black"}, "npc": {"enabled": False}}
    return env.build(laid_over(FirstPersonConfig(), plainest)).look


@jax.jit
def moment(physics: Physics, look: Look) -> env.State:
    """An episode after `STEPS` steps."""
    params = env.Params(physics, look)
    step = lambda t, state: env.step(state, walker(state.latent, physics), params)[0]  # noqa: E731
    return jax.lax.fori_loop(0, STEPS, step, env.reset(jax.random.key(EPISODE), params))


@jax.jit
def frame(state: env.State, params: env.Params) -> jax.Array:
    """The frame of a moment under the look of `params`, (3, H, W) u8."""
    return env.render(env.counterfactual(state, params), params)
