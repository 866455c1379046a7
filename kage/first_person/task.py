"""The first-person world as a task: its levels, its observations and what is measured in it."""

import jax
from flax import struct

from kage.first_person import env as first_person_env
from kage.first_person import observation
from kage.first_person.level import Map, sample
from kage.look.task import LookTask


@struct.dataclass
class FirstPersonLevel:
    """Everything that decides an episode before its first action."""

    place: Map
    chance: jax.Array  # () u32, every random draw of the look is hashed from this number
    doses: dict[str, jax.Array]  # dotted key of a parameter -> () f32, its value in this episode; {} costs nothing


@struct.dataclass
class FirstPersonTask(LookTask):
    """The first-person world as a task."""

    env = first_person_env
    observation = observation
    matters = ("goal", "wall")

    def sample_levels(self, key: jax.Array, n: int) -> FirstPersonLevel:
        """n levels (n, ...), each with walls, a chance and doses of its own."""
        level_keys, chance_keys = jax.random.split(key, (2, n))
        return FirstPersonLevel(
            place=jax.vmap(lambda k: sample(k, self.params.physics))(level_keys),
            chance=jax.vmap(jax.random.bits)(chance_keys),
            doses=self.sample_doses(key, (n,)),
        )

    def reset(self, key: jax.Array, level: FirstPersonLevel) -> tuple[first_person_env.State, jax.Array]:
        """A new episode in a level. The key is not used, because the level decides everything."""
        state = first_person_env.start(level.place, level.chance, self.params, level.doses)
        return state, self.observe(state)
