"""KAGE-Env: reset, step and render of one environment as pure functions, and the reference's interface to them.

Batching is the caller's `jax.vmap`. The transition takes `Physics`, the picture takes `Look`; a dose grid is a
`vmap` over `Params`.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage import latent as dynamics
from kage import physics as physics_module
from kage.config import Config, decides, difference
from kage.latent import Latent
from kage.level import sample_heights
from kage.look import render as looks
from kage.look.render import Look, Masks, Visual
from kage.params import fault
from kage.physics import Physics

NUM_ACTIONS = 8  # bit mask of LEFT, RIGHT, JUMP


@struct.dataclass
class Params:
    """An environment in traced form: what decides transition and reward, and what decides pixels."""

    physics: Physics
    look: Look


@struct.dataclass
class State:
    """One environment between two steps, about 0.25 KB at the default level and below 0.5 KB with every layer."""

    latent: Latent
    visual: Visual


def build(config: Config) -> Params:
    """The traced form of a configuration."""
    return Params(physics=physics_module.build(config), look=looks.build(config))


def reset(key: jax.Array, params: Params) -> State:
    """The first state of an episode. Level and lights depend on `key` as in the reference, by its eight splits."""
    _, k_layout, k_background, _, k_light, *_ = jax.random.split(key, 8)
    return start(k_background, sample_heights(k_layout, params.physics), params, k_light)


def start(key: jax.Array, heights: jax.Array, params: Params, light_key: jax.Array | None = None) -> State:
    """The first state of an episode in a given level; the keys decide only what the look draws by chance.

    light_key: decides where point lights stand; without it, `key` does.
    """
    latent = dynamics.start(heights, params.physics)
    chance = looks.sample_chance(key, key if light_key is None else light_key)
    return State(latent=latent, visual=looks.init(params.look, chance, params.physics))


def step(state: State, action: jax.Array, params: Params) -> tuple[State, jax.Array]:
    """The next state and the reward, () f32; the action is an integer in 0..7."""
    latent, reward = dynamics.step(state.latent, action, params.physics)
    return State(latent=latent, visual=looks.advance(params.look, state.visual, latent, params.physics)), reward


def render(state: State, params: Params) -> jax.Array:
    """What the agent sees, (3, H, W) u8."""
    return looks.render(params.look, state.visual, state.latent, params.physics)


def masks(state: State, params: Params) -> Masks:
    """Which pixels of the frame show agent, ground, NPCs and distractors; see `kage.look.render.masks`."""
    return looks.masks(params.look, state.visual, state.latent, params.physics)


def counterfactual(state: State, params: Params) -> State:
    """The same moment of the same episode under the look of `params`; `state` may be of any look of the same physics.

    It is the state that stepping under that look all along, from the same key with the same actions, would have
    reached, bit by bit and for every layer: what the look draws by chance follows from what the episode drew, and
    what moves by itself (background switches, distractors, turning shapes, sticky NPCs) is moved again, in a loop
    over the steps since the reset. A look in which nothing moves by itself costs no loop. A program that fuses the
    reset with the first step may round a distractor's place or angle differently, in the last bit.
    """
    return state.replace(visual=looks.recall(params.look, state.visual, state.latent, params.physics))


def truncated(latent: Latent, physics: Physics) -> jax.Array:
    """() bool: the time limit is reached."""
    return latent.t >= physics.episode_length


def measures(latent: Latent, physics: Physics) -> dict[str, jax.Array]:
    """The quantities of `info` that tell how the episode goes, all ()."""
    passed = latent.x - latent.initial_x
    steps = jnp.maximum(latent.t, 1)
    return {
        "return": latent.ret,
        "timestep": latent.t,
        "x": latent.x,
        "y": latent.y,
        "vx": latent.vx,
        "vy": latent.vy,
        "jump_count": latent.jump_count,
        "passed_distance": passed,
        "progress": passed * physics.progress_per_px,
        "success": passed >= physics.dist_to_success,
        "success_once": latent.success_once,
        "vx_mean": latent.vx_sum / steps,
        "vy_mean": latent.vy_sum / steps,
    }


class KAGE_Env:
    """The reference's interface: one environment, functions of (key) and (state, action), ready for jit and vmap."""

    num_actions = NUM_ACTIONS

    def __init__(self, config: Config | None = None):
        self.config = Config() if config is None else config
        self.params = build(self.config)

    def reset(self, key: jax.Array) -> tuple[jax.Array, dict]:
        """obs (H, W, 3) u8 and info; `info["state"]` is the state to step from."""
        state = reset(key, self.params)
        return self.observe(state), self.info(state)

    def step(self, state: State, action: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array, dict]:
        """obs, reward () f32, terminated (always False), truncated () bool and info; does not reset by itself."""
        state, reward = step(state, action, self.params)
        ended = truncated(state.latent, self.params.physics)
        return self.observe(state), reward, jnp.zeros_like(ended), ended, self.info(state)

    def observe(self, state: State) -> jax.Array:
        """The observation of a state, (H, W, 3) u8."""
        return looks.to_hwc(render(state, self.params))

    def render(self, state: State, look: Config) -> jax.Array:
        """What this state would look like under another look, (H, W, 3) u8; see `counterfactual`.

        Raises `ConfigError` for a configuration that differs from the environment's in more than what is seen.
        """
        for key, (own, other) in difference(self.config, look).items():
            if decides(key):
                raise fault(key, other, "another look of the same state must keep what decides the task", own)
        params = build(look)
        return looks.to_hwc(render(counterfactual(state, params), params))

    def masks(self, state: State) -> Masks:
        """Which pixels of a state's observation show agent, ground, NPCs and distractors, (H, W) bool each."""
        return masks(state, self.params)

    def info(self, state: State) -> dict:
        """The measures of the episode so far, and the state itself."""
        return {"state": state} | measures(state.latent, self.params.physics)
