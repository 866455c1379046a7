"""A moment of an episode as a picture, the same moment under every look."""

import functools

import jax
import numpy as np

from kage.first_person import env
from kage.first_person.config import FirstPersonConfig
from kage.first_person.people import scene
from kage.first_person.physics import Physics
from kage.first_person.render import Look
from kage.look.configuration import laid_over

EPISODE = 8  # of the moment that is shown


def picture(config: FirstPersonConfig) -> np.ndarray:
    """What the agent sees when it has walked up to the goal, (H, W, 3) u8."""
    params = env.build(config)
    return np.moveaxis(np.asarray(frame(moment(params.physics, plain()), params)), 0, -1)


@functools.cache
def plain() -> Look:
    """A look that is fast to step."""
    plainest = {"background": {"mode": "black"}, "npc": {"enabled": False}}
    return env.build(laid_over(FirstPersonConfig(), plainest)).look


@jax.jit
def moment(physics: Physics, look: Look) -> env.State:
    """The scene of an episode."""
    return scene(jax.random.key(EPISODE), env.Params(physics, look))


@jax.jit
def frame(state: env.State, params: env.Params) -> jax.Array:
    """The frame of a moment under the look of `params`, (3, H, W) u8."""
    return env.render(env.counterfactual(state, params), params)
