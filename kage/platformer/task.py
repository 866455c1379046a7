"""KAGE-Env as a task: its levels, its observations and what is measured in it."""

import jax
from flax import struct

from kage.look.task import LookTask
from kage.platformer import env as kage_env
from kage.platformer import observation
from kage.platformer.level import sample_heights


@struct.dataclass
class PlatformerLevel:
    """Everything that decides an episode before its first action."""

    heights: jax.Array  # (stairs,) i8 height units
    chance: jax.Array  # () u32, every random draw of the look is hashed from this number
    doses: dict[str, jax.Array]  # dotted key of a parameter -> () f32, its value in this episode; {} costs nothing


@struct.dataclass
class PlatformerTask(LookTask):
    """KAGE-Env as a task."""

    env = kage_env
    observation = observation
    matters = ("agent", "ground")

    def sample_levels(self, key: jax.Array, n: int) -> PlatformerLevel:
        """n levels (n, ...), each with stairs, a chance and doses of its own."""
        level_keys, chance_keys = jax.random.split(key, (2, n))
        return PlatformerLevel(
            heights=jax.vmap(lambda k: sample_heights(k, self.params.physics))(level_keys),
            chance=jax.vmap(jax.random.bits)(chance_keys),
            doses=self.sample_doses(key, (n,)),
        )

    def reset(self, key: jax.Array, level: PlatformerLevel) -> tuple[kage_env.State, jax.Array]:
        """A new episode in a level. The key is not used, because the level decides everything."""
        state = kage_env.start(level.heights, level.chance, self.params, level.doses)
        return state, self.observe(state)
