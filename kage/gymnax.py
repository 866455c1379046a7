"""KAGE-Env with gymnax' interface, for training loops that are written for it. Spaces need the extra `gymnax`.

    env = KageEnv(load_config_from_yaml("look.yaml"), pool=2, stack=4)
    obs, state = env.reset(key, env.default_params)
    obs, state, reward, terminated, truncated, info = env.step(key, state, action, env.default_params)

This is the interface of gymnax 1.0. Loops for earlier versions, such as purejaxrl's, have one flag for both ends of an
episode: `DoneEnv` is for them.

All functions are pure and are for one environment; batching is the caller's `jax.vmap`. The parameters are traced, so
one compiled program plays every look that differs in numbers only: `jax.vmap` over a batch of parameters is a grid of
doses. `kage.platformer.env.build` makes the parameters of a configuration.
"""

import jax
import jax.numpy as jnp
from flax import struct

from kage.extras import need
from kage.look.task import max_pool
from kage.params import fault
from kage.platformer import env as kage_env
from kage.platformer.config import Config
from kage.platformer.env import NUM_ACTIONS, Params
from kage.platformer.render import to_hwc


@struct.dataclass
class State:
    """An environment between two steps."""

    inner: kage_env.State
    frames: jax.Array  # (H, W, 3 * (stack - 1)) u8, the frames before the current one, oldest first


class KageEnv:
    """Observations (H // pool, W // pool, 3 * stack) u8, actions 0..7. An episode that ends is followed by a new one.

    `info` holds the measures of the episode up to the observation that was reached, `terminated`, `truncated`, and
    `final_observation`, which is what was reached before any reset: bootstrap from it where `truncated` is true.
    Frames that nobody reads are not drawn, if the whole loop is compiled.
    """

    num_actions = NUM_ACTIONS
    name = "KAGE-v0"

    def __init__(self, config: Config | None = None, *, pool: int = 1, stack: int = 1):
        """config: the default one if None; pool: max-pooling in px; stack: frames of an observation."""
        for key, value in (("pool", pool), ("stack", stack)):
            if value < 1:
                raise fault(key, value, "a whole number, at least 1", 1)
        self.pool, self.stack = pool, stack
        self.default_params = kage_env.build(Config() if config is None else config)

    def reset(self, key: jax.Array, params: Params | None = None) -> tuple[jax.Array, State]:
        """The first observation and state of an episode."""
        params = self.default_params if params is None else params
        inner = kage_env.reset(key, params)
        frame = self._frame(inner, params)
        return self._seen(self._copies(frame), frame, inner)

    def step(
        self, key: jax.Array, state: State, action: jax.Array, params: Params | None = None
    ) -> tuple[jax.Array, State, jax.Array, jax.Array, jax.Array, dict]:
        """obs, state, reward () f32, terminated (always False) and truncated () bool, and info.

        key: where the next episode comes from, if this step ends one; a step itself draws nothing.
        """
        params = self.default_params if params is None else params
        reached, reward = kage_env.step(state.inner, jnp.asarray(action), params)
        truncated = kage_env.truncated(reached.latent, params.physics)
        terminated = jnp.zeros_like(truncated)
        # Only the state that follows is drawn. The reached frame is for `final_observation` alone.
        inner = jax.tree.map(lambda new, old: jnp.where(truncated, new, old), kage_env.reset(key, params), reached)
        frame = self._frame(inner, params)
        obs, following = self._seen(jnp.where(truncated, self._copies(frame), state.frames), frame, inner)
        final, _ = self._seen(state.frames, self._frame(reached, params), reached)
        info = kage_env.measures(reached.latent, params.physics)
        info |= {"terminated": terminated, "truncated": truncated, "final_observation": final}
        return obs, following, reward, terminated, truncated, info

    def action_space(self, params: Params | None = None):
        """gymnax' `Discrete(8)`."""
        return need("gymnax", "gymnax").environments.spaces.Discrete(NUM_ACTIONS)

    def observation_space(self, params: Params | None = None):
        """gymnax' `Box` of the observations."""
        obs, _ = jax.eval_shape(self.reset, jax.random.key(0))
        return need("gymnax", "gymnax").environments.spaces.Box(0, 255, obs.shape, jnp.uint8)

    def _frame(self, inner: kage_env.State, params: Params) -> jax.Array:
        """What is seen of a state, (H // pool, W // pool, 3) u8."""
        return to_hwc(max_pool(kage_env.render(inner, params), self.pool))

    def _copies(self, frame: jax.Array) -> jax.Array:
        """The frames before the first one of an episode: copies of it."""
        return jnp.tile(frame, (1, 1, self.stack - 1))

    def _seen(self, before: jax.Array, frame: jax.Array, inner: kage_env.State) -> tuple[jax.Array, State]:
        """Observation and state from the frames before, the current one, and the state that it shows."""
        obs = jnp.concatenate([before, frame], axis=-1)
        return obs, State(inner, obs[..., frame.shape[-1] :])


class DoneEnv(KageEnv):
    """`KageEnv` for loops that are written for gymnax before 1.0: one flag, `done`, says that an episode ended."""

    def step(
        self, key: jax.Array, state: State, action: jax.Array, params: Params | None = None
    ) -> tuple[jax.Array, State, jax.Array, jax.Array, dict]:
        """obs, state, reward () f32, done () bool and info."""
        obs, state, reward, terminated, truncated, info = super().step(key, state, action, params)
        return obs, state, reward, terminated | truncated, info
