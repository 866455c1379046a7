"""The first-person world: reset, step and render of one environment as pure functions.

Batching is the caller's `jax.vmap`. The transition takes `Physics`, the picture takes `Look`. The functions are those
of `kage.platformer.env`, so what drives one world drives the other.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.first_person import latent as dynamics
from kage.first_person import physics as physics_module
from kage.first_person import render as looks
from kage.first_person.config import FirstPersonConfig
from kage.first_person.latent import Latent
from kage.first_person.level import Map, sample
from kage.first_person.physics import UNITS, Physics
from kage.first_person.render import Look, Masks, Visual
from kage.look.chance import chance_of
from kage.look.doses import with_dose

NUM_ACTIONS = 8  # bit mask of LEFT, RIGHT, FORWARD


@struct.dataclass
class Params:
    """An environment in traced form: what decides transition and reward, and what decides pixels."""

    physics: Physics
    look: Look


@struct.dataclass
class State:
    """One environment between two steps."""

    latent: Latent
    visual: Visual
    doses: dict[str, jax.Array]  # parameters that have a value of their own in this episode, see `dosed`


def build(config: FirstPersonConfig) -> Params:
    """The traced form of a configuration."""
    return Params(physics=physics_module.build(config), look=looks.build(config))


def dosed(params: Params, doses: dict[str, jax.Array]) -> Params:
    """`params` with the doses of an episode put in, which are all of the look; doses: dotted key -> () f32."""
    for key, dose in doses.items():
        params = params.replace(look=with_dose(params.look, key, dose))
    return params


def reset(key: jax.Array, params: Params) -> State:
    """The first state of an episode whose level and chance follow from a key."""
    k_level, k_chance = jax.random.split(key)
    return start(sample(k_level, params.physics), jax.random.bits(k_chance), params, {})


def start(place: Map, chance: jax.Array, params: Params, doses: dict[str, jax.Array]) -> State:
    """The first state of an episode in a given level. It needs no key, because nothing else is drawn.

    chance: () u32, from which all that the look draws is hashed; doses: see `dosed`.
    """
    params = dosed(params, doses)
    visual = looks.init(params.look, chance_of(chance))
    return State(latent=dynamics.start(place, params.physics), visual=visual, doses=doses)


def step(state: State, action: jax.Array, params: Params) -> tuple[State, jax.Array]:
    """The next state and the reward, () f32; the action is an integer in 0..7."""
    params = dosed(params, state.doses)
    latent, reward = dynamics.step(state.latent, action, params.physics)
    return state.replace(latent=latent, visual=looks.advance(params.look, state.visual, latent.t)), reward


def render(state: State, params: Params) -> jax.Array:
    """What the agent sees, (3, H, W) u8."""
    return looks.render(dosed(params, state.doses).look, state.visual, state.latent)


def masks(state: State, params: Params) -> Masks:
    """Which pixels of the frame show goal, walls, NPCs and distractors; see `kage.first_person.render.masks`."""
    return looks.masks(dosed(params, state.doses).look, state.visual, state.latent)


def counterfactual(state: State, params: Params) -> State:
    """The same moment of the same episode under the look of `params`; `state` may be of any look of the same physics.

    The result equals the state that the same level, chance and actions would have reached under that look from the
    start. Doses are dropped, because the other look has none.
    """
    return state.replace(visual=looks.recall(params.look, state.visual, state.latent.t), doses={})


def truncated(latent: Latent, physics: Physics) -> jax.Array:
    """() bool: the time limit is reached."""
    return latent.t >= physics.episode_length


def metrics(latent: Latent, physics: Physics) -> dict[str, jax.Array]:
    """The metrics of the episode so far, () f32 each: distance in cells, progress, success_rate, return, and whether
    one goal was reached."""
    goals = latent.goals.astype(jnp.float32)
    return {
        "distance": latent.shortened / jnp.float32(UNITS),
        "progress": goals / physics.goals_to_success,
        "success_rate": (latent.goals >= physics.goals_to_success).astype(jnp.float32),
        "return": latent.ret,
        "reached_one": (latent.goals >= 1).astype(jnp.float32),
    }
