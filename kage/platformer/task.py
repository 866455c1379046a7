"""KAGE-Env as a task: its levels, its observations and what is measured in it."""

import jax
import jax.numpy as jnp
from flax import struct

from kage.materialise import materialise
from kage.platformer import env as kage_env
from kage.platformer import observation
from kage.platformer.level import sample_heights
from kage.task import ActionSpec, Step


@struct.dataclass
class PlatformerLevel:
    """Everything that decides an episode before its first action."""

    heights: jax.Array  # (stairs,) i8 height units
    chance: jax.Array  # () u32, every random draw of the look is hashed from this number
    doses: dict[str, jax.Array]  # dotted key of a parameter -> () f32, its value in this episode; {} costs nothing


@struct.dataclass
class PlatformerTask:
    """KAGE-Env as a task. It is a pytree, so several looks can be one task with a leading axis.

    Observations are channel-planar frames, (3, H / pool, W / pool) u8, or where the state is observed, (NUMBERS,) f32.
    """

    params: kage_env.Params
    vary: dict[str, jax.Array]  # dotted key -> (2,) f32, the least and the greatest dose of a level
    pool: int = struct.field(pytree_node=False, default=1)  # max-pooling of frames, px
    shows: str = struct.field(pytree_node=False, default="pixels")  # pixels, mask or state; see `observation`

    @property
    def sees(self) -> str:
        """What an encoder has to accept."""
        return "vector" if self.shows == "state" else "pixels"

    @property
    def actions(self) -> ActionSpec:
        """One action of eight values."""
        return ActionSpec((kage_env.NUM_ACTIONS,))

    @property
    def horizon(self) -> int:
        """Steps of every episode."""
        return self.params.physics.episode_length

    def sample_levels(self, key: jax.Array, n: int) -> PlatformerLevel:
        """n levels (n, ...), each with stairs, a chance and doses of its own."""
        level_keys, chance_keys = jax.random.split(key, (2, n))
        return PlatformerLevel(
            heights=jax.vmap(lambda k: sample_heights(k, self.params.physics))(level_keys),
            chance=jax.vmap(jax.random.bits)(chance_keys),
            doses=self.sample_doses(key, (n,)),
        )

    def sample_doses(self, key: jax.Array, shape: tuple[int, ...]) -> dict[str, jax.Array]:
        """A value for each parameter that levels vary: dotted key -> an array of this shape, f32."""
        return {name: jax.random.uniform(jax.random.fold_in(key, i), shape, minval=low, maxval=high)
                for i, (name, (low, high)) in enumerate(sorted(self.vary.items()))}  # fmt: skip

    def reset(self, key: jax.Array, level: PlatformerLevel) -> tuple[kage_env.State, jax.Array]:
        """A new episode in a level. The key is not used, because the level decides everything."""
        state = kage_env.start(level.heights, level.chance, self.params, level.doses)
        return state, self.observe(state)

    def step(self, state: kage_env.State, action: jax.Array) -> tuple[kage_env.State, Step]:
        """One step; metrics are those of the benchmark: distance px, progress, success_rate, return."""
        state, reward = kage_env.step(state, action[0], self.params)
        measures = kage_env.measures(state.latent, self.params.physics)
        truncated = kage_env.truncated(state.latent, self.params.physics)
        metrics = {
            "distance": measures["passed_distance"],
            "progress": measures["progress"],
            "success_rate": measures["success_once"].astype(jnp.float32),
            "return": measures["return"],
        }
        return state, Step(self.observe(state), reward, jnp.zeros_like(truncated), truncated, metrics)

    def observe_anew(self, key: jax.Array, state: kage_env.State) -> jax.Array:
        """What the agent would see of a state if it were of this task, with doses drawn for it; the state may be of any
        task with the same dynamics."""
        state = kage_env.counterfactual(state, self.params)
        return self.observe(state.replace(doses=state.doses | self.sample_doses(key, ())))

    def observe(self, state: kage_env.State) -> jax.Array:
        """What the agent sees."""
        if self.shows == "state":
            return observation.numbers(state, self.params)
        draw = observation.foreground if self.shows == "mask" else kage_env.render
        return max_pool(draw(state, self.params), self.pool)

    def foreground(self, state: kage_env.State) -> dict[str, jax.Array]:
        """Which pixels of a frame show the agent and which the ground, (H, W) bool each; of pixels that were pooled,
        any."""
        owned = kage_env.masks(state, self.params)
        return {name: max_pool(getattr(owned, name)[None], self.pool)[0] for name in ("agent", "ground")}


def max_pool(frame: jax.Array, size: int) -> jax.Array:
    """(C, H, W) to (C, H // size, W // size): the maximum of each square; remaining rows and columns are dropped."""
    if size == 1:
        return frame
    _, height, width = frame.shape
    frame = materialise(frame)[:, : height // size * size, : width // size * size]
    pooled = frame[:, ::size, ::size]
    for i in range(size):
        for j in range(size):
            pooled = jnp.maximum(pooled, frame[:, i::size, j::size])
    return pooled
