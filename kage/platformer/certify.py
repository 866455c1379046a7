"""Certificates of the platformer's looks, see `kage.certificate`."""

import jax
import jax.numpy as jnp

from kage import certificate
from kage.certificate import EPISODES, HOLDS, Certificate, Recording, compare, kinds, player
from kage.look.configuration import difference
from kage.platformer import env, observation
from kage.platformer.config import Config
from kage.platformer.latent import JUMP, RIGHT


def certify(
    train: Config, shifted: Config, axis: tuple[str, ...] | None = None, *, episodes: int = EPISODES, seed: int = 0
) -> Certificate:
    """Compare two looks over this many episodes; `seed` decides their keys and actions.

    axis: the groups that may differ (see `kage.certificate.axis_of`); None allows all groups, but trajectories must
    still be equal. Raises `ConfigError` for a look that cannot be drawn.
    """
    return compare(record(train, episodes, seed), record(shifted, episodes, seed), difference(train, shifted), axis)


def record(config: Config, episodes: int = EPISODES, seed: int = 0) -> Recording:
    """Play episodes under one look and record them."""
    return certificate.record(play, env.build(config), env.NUM_ACTIONS, episodes, seed)


def running(states: env.State, actions: jax.Array, params: env.Params) -> jax.Array:
    """The actions, but every third episode runs right and jumps at random."""
    return jnp.where(kinds(len(actions)) == len(HOLDS) - 1, actions & JUMP | RIGHT, actions)


play = player(env, observation.numbers, running)
