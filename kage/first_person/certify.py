"""Certificates of first-person looks, see `kage.certificate`."""

import jax
import jax.numpy as jnp

from kage import certificate
from kage.certificate import EPISODES, HOLDS, Recording, kinds, player
from kage.first_person import env, observation
from kage.first_person.config import FirstPersonConfig
from kage.first_person.latent import walker


def record(config: FirstPersonConfig, episodes: int = EPISODES, seed: int = 0) -> Recording:
    """Play episodes under one look and record them."""
    return certificate.record(play, env.build(config), env.NUM_ACTIONS, episodes, seed)


def walking(states: env.State, actions: jax.Array, params: env.Params) -> jax.Array:
    """The actions, but every third episode walks from goal to goal: at random, most episodes end at a wall."""
    walked = jax.vmap(lambda latent: walker(latent, params.physics))(states.latent)
    return jnp.where(kinds(len(actions)) == len(HOLDS) - 1, walked, actions)


play = player(env, observation.numbers, walking)
