"""KAGE-Env as Gymnasium environments, with NumPy observations. Needs the extra `gymnasium`.

    env = gymnasium.make("kage.platformer.gymnasium:KAGE-v0", config="custom_config.yaml")
    envs = gymnasium.make_vec("kage.platformer.gymnasium:KAGE-v0", num_envs=128, config=config, stack=4)

Environment i of `KageVectorEnv` seeded with s plays the episodes of `KageEnv` seeded with s + i.
"""

import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from kage.extras import missing

try:
    import gymnasium
    from gymnasium.utils.seeding import np_random
    from gymnasium.vector import AutoresetMode
    from gymnasium.vector.utils import batch_space
except ImportError:
    raise missing("gymnasium", "gymnasium") from None

from kage.platformer.config import Config, load_config_from_yaml
from kage.platformer.env import KAGE_Env
from kage.platformer.wrappers import AutoReset, FrameStack, PooledObservation

RENDER_FPS = 60  # steps per second that sprite frame rates refer to


class KageEnv(gymnasium.Env):
    """One environment. Observations (H // pool, W // pool, 3 * stack) u8, actions 0..7, info the episode's measures."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": RENDER_FPS}

    def __init__(
        self,
        config: Config | str | Path | None = None,
        *,
        pool: int = 1,
        stack: int = 1,
        render_mode: str | None = None,
    ):
        """config: a configuration or its YAML file; pool: max-pooling in px; stack: frames per observation."""
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode={render_mode!r} is not allowed: None or rgb_array")
        self.render_mode = render_mode
        self.kage, env = build(config, pool, stack)
        self.observation_space, self.action_space = spaces(env)
        self._reset, self._step, self._frame = jax.jit(env.reset), jax.jit(env.step), jax.jit(self.kage.observe)
        self._stack = stack
        self._key = self._state = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """The first observation of a new episode; without a seed the sequence of episodes continues."""
        super().reset(seed=whole(seed))
        if seed is not None or self._key is None:
            self._key = draw_key(self.np_random)
        self._key, episode_key = jax.random.split(self._key)
        obs, info = self._reset(episode_key)
        self._state = info.pop("state")
        return np.array(obs), scalars(info)

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """One step. After the end of an episode, call `reset` first."""
        if self._state is None:
            raise gymnasium.error.ResetNeeded("reset the environment before its first step")
        obs, reward, terminated, truncated, info = self._step(self._state, allowed(action, self.action_space))
        self._state = info.pop("state")
        return np.array(obs), float(reward), bool(terminated), bool(truncated), scalars(info)

    def render(self) -> np.ndarray | None:
        """The frame of the current state, (H, W, 3) u8, neither pooled nor stacked."""
        if self.render_mode is None:
            return None
        if self._state is None:
            raise gymnasium.error.ResetNeeded("reset the environment before it is rendered")
        return np.array(self._frame(self._state.inner if self._stack > 1 else self._state))


class KageVectorEnv(gymnasium.vector.VectorEnv):
    """N environments stepped by one compiled program; an episode that ends is followed by a new one in the same step.

    infos: the measures of each environment, (N,) arrays. A step that ends episodes adds `final_obs`, an object array
    with the observations reached, and `final_info`, the measures reached. The masks `_final_obs` and `_final_info` are
    true where an episode ended.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": [], "render_fps": RENDER_FPS}

    def __init__(self, num_envs: int = 1, config: Config | str | Path | None = None, *, pool: int = 1, stack: int = 1):
        """num_envs: N; the rest as in `KageEnv`."""
        self.num_envs = num_envs
        _, env = build(config, pool, stack)
        self.single_observation_space, self.single_action_space = spaces(env)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        batch = AutoReset(env)
        self._reset, self._step = jax.jit(batch.reset), jax.jit(batch.step)
        self._state = None

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict]:
        """First observations of N new episodes; environment i is seeded with seed + i, or with its entry of a list."""
        seed = whole(seed)
        if seed is None or isinstance(seed, int):
            super().reset(seed=seed)
            seeds = [None if seed is None else seed + i for i in range(self.num_envs)]
        else:
            seeds = list(map(whole, seed))
        if len(seeds) != self.num_envs:
            raise ValueError(f"seed has {len(seeds)} entries, one for each of {self.num_envs} environments is expected")
        generators = [self.np_random if one is None else np_random(one)[0] for one in seeds]
        obs, info = self._reset(jax.numpy.stack([draw_key(generator) for generator in generators]))
        self._state = info.pop("state")
        return np.array(obs), self._masked(jax.tree.map(np.array, info))

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        """One step of all; rewards (N,) f32, terminations and truncations (N,) bool."""
        if self._state is None:
            raise gymnasium.error.ResetNeeded("reset the environments before their first step")
        obs, rewards, terminations, truncations, info = self._step(self._state, allowed(actions, self.action_space))
        self._state = info.pop("state")
        rewards, terminations, truncations = (np.array(x) for x in (rewards, terminations, truncations))
        final_obs, final_info = info.pop("final_observation"), info.pop("final_info")
        del info["terminated"], info["truncated"]
        infos = self._masked(jax.tree.map(np.array, info))
        ended = terminations | truncations
        if ended.any():
            infos |= self._final(np.array(final_obs), jax.tree.map(np.array, final_info), ended)
        return np.array(obs), rewards, terminations, truncations, infos

    def _masked(self, info: dict[str, np.ndarray], where: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """`info` in Gymnasium's form: for each name also a mask, `_name`, of the environments that have a value."""
        where = np.ones(self.num_envs, bool) if where is None else where
        return info | {f"_{name}": where.copy() for name in info}

    def _final(self, obs: np.ndarray, info: dict[str, np.ndarray], ended: np.ndarray) -> dict[str, Any]:
        """The entries of `infos` about the episodes that ended."""
        reached = np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(ended):
            reached[i] = obs[i]
        return self._masked({"final_obs": reached, "final_info": self._masked(info, ended)}, ended)


def build(config: Config | str | Path | None, pool: int, stack: int) -> tuple[KAGE_Env, Any]:
    """The plain environment of a configuration, and the same with its observations pooled and stacked."""
    kage = KAGE_Env(load_config_from_yaml(config) if isinstance(config, str | Path) else config)
    env = kage if pool == 1 else PooledObservation(kage, pool)
    return kage, env if stack == 1 else FrameStack(env, stack)


def spaces(env: Any) -> tuple[gymnasium.spaces.Box, gymnasium.spaces.Discrete]:
    """Observation and action space of an environment."""
    obs, _ = jax.eval_shape(env.reset, jax.random.key(0))
    return gymnasium.spaces.Box(0, 255, obs.shape, np.uint8), gymnasium.spaces.Discrete(KAGE_Env.num_actions)


def allowed(action: Any, space: gymnasium.Space) -> np.ndarray:
    """An action, or an array of them, as i32; raises `gymnasium.error.InvalidAction` for what is not in `space`."""
    given = np.asarray(action)
    if not space.contains(given):
        raise gymnasium.error.InvalidAction(f"action={action!r} is not allowed: {space} is expected")
    return given.astype(np.int32)


def whole(seed: Any) -> Any:
    """The seed as the `int` that Gymnasium asks for if it is a whole number of NumPy or JAX, else the seed itself."""
    try:
        return operator.index(seed)
    except TypeError:  # None, a list of seeds, or what Gymnasium refuses in its own words
        return seed


def draw_key(generator: np.random.Generator) -> jax.Array:
    """A JAX key from a NumPy generator."""
    return jax.random.key(int(generator.integers(2**32)))


def scalars(info: dict[str, jax.Array]) -> dict[str, float | int | bool]:
    """Measures as plain numbers."""
    return {name: value.item() for name, value in info.items()}


gymnasium.register(
    "KAGE-v0", entry_point="kage.platformer.gymnasium:KageEnv",
    vector_entry_point="kage.platformer.gymnasium:KageVectorEnv"
)
