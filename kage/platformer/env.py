"""KAGE-Env: reset, step and render of one environment as pure functions, and the reference's interface to them.

Batching is the caller's `jax.vmap`. The transition takes `Physics`, the picture takes `Look`; for a grid of doses,
`vmap` over `Params`.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.look import effects
from kage.look.chance import Chance, chance_of
from kage.look.configuration import difference
from kage.look.doses import with_dose
from kage.params import fault
from kage.platformer import latent as dynamics
from kage.platformer import physics as physics_module
from kage.platformer import render as looks
from kage.platformer.config import Config, decides
from kage.platformer.latent import Latent
from kage.platformer.level import sample_heights
from kage.platformer.physics import Physics
from kage.platformer.render import Look, Masks, Visual

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
    doses: dict[str, jax.Array]  # parameters that have a value of their own in this episode, see `dosed`


def build(config: Config) -> Params:
    """The traced form of a configuration."""
    return Params(physics=physics_module.build(config), look=looks.build(config))


def dosed(params: Params, doses: dict[str, jax.Array]) -> Params:
    """`params` with the doses of an episode put in; doses: dotted key -> () f32. Without doses nothing changes.

    A key names a traced number: any f32 of physics and of the lights, and the strength of any filter that is active.
    """
    for key, dose in doses.items():
        group, name = key.split(".")
        if group == "physics":
            params = params.replace(physics=params.physics.replace(**{name: dose}))
        else:
            params = params.replace(look=with_dose(params.look, key, dose))
    return params


def reset(key: jax.Array, params: Params) -> State:
    """The first state of an episode. Level and lights depend on `key` as in the reference: by a split into eight."""
    _, k_layout, k_background, _, k_light, *_ = jax.random.split(key, 8)
    chance = Chance(seed=jax.random.bits(k_background), lights=effects.positions(k_light))
    return begin(sample_heights(k_layout, params.physics), chance, params, {})


def start(heights: jax.Array, chance: jax.Array, params: Params, doses: dict[str, jax.Array]) -> State:
    """The first state of an episode in a given level. It needs no key, because nothing else is drawn.

    heights: (stairs,) i8; chance: () u32, from which all that the look draws is hashed; doses: see `dosed`.
    """
    return begin(heights, chance_of(chance), params, doses)


def begin(heights: jax.Array, chance: Chance, params: Params, doses: dict[str, jax.Array]) -> State:
    """`start`, given a `Chance` in place of one number."""
    params = dosed(params, doses)
    latent = dynamics.start(heights, params.physics)
    return State(latent=latent, visual=looks.init(params.look, chance, params.physics), doses=doses)


def step(state: State, action: jax.Array, params: Params) -> tuple[State, jax.Array]:
    """The next state and the reward, () f32; the action is an integer in 0..7."""
    params = dosed(params, state.doses)
    latent, reward = dynamics.step(state.latent, action, params.physics)
    visual = looks.advance(params.look, state.visual, latent, params.physics)
    return state.replace(latent=latent, visual=visual), reward


def render(state: State, params: Params) -> jax.Array:
    """What the agent sees, (3, H, W) u8."""
    params = dosed(params, state.doses)
    return looks.render(params.look, state.visual, state.latent, params.physics)


def masks(state: State, params: Params) -> Masks:
    """Which pixels of the frame show agent, ground, NPCs and distractors; see `kage.platformer.render.masks`."""
    params = dosed(params, state.doses)
    return looks.masks(params.look, state.visual, state.latent, params.physics)


def counterfactual(state: State, params: Params) -> State:
    """The same moment of the same episode under the look of `params`; `state` may be of any look of the same physics.

    The result equals, bit by bit and in every layer, the state that the same key and actions would have reached under
    that look from the start. What the look draws at random follows from what the episode drew. What moves by itself
    (background switches, distractors, turning shapes, sticky NPCs) is moved again, in a loop over the steps since the
    reset; a look in which nothing moves by itself needs no loop. One exception: a program that fuses the reset with the
    first step may round a distractor's place or angle differently, in the last bit. Doses of the look are dropped,
    because the other look has none. Doses of physics are kept.
    """
    doses = {key: dose for key, dose in state.doses.items() if key.startswith("physics.")}
    params = dosed(params, doses)
    visual = looks.recall(params.look, state.visual, state.latent, params.physics)
    return state.replace(visual=visual, doses=doses)


def truncated(latent: Latent, physics: Physics) -> jax.Array:
    """() bool: the time limit is reached."""
    return latent.t >= physics.episode_length


def measures(latent: Latent, physics: Physics) -> dict[str, jax.Array]:
    """The measures of the episode so far, as `info` holds them; each is ()."""
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


def metrics(latent: Latent, physics: Physics) -> dict[str, jax.Array]:
    """The metrics of the benchmark, () f32 each: distance in px, progress, success_rate, return."""
    found = measures(latent, physics)
    return {
        "distance": found["passed_distance"],
        "progress": found["progress"],
        "success_rate": found["success_once"].astype(jnp.float32),
        "return": found["return"],
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

        Raises `ConfigError` if `look` differs from the environment's configuration in more than what is seen.
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
