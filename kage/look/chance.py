"""The randomness of an episode, from which everything that its look draws is computed."""

import jax
from flax import struct

from kage.look import effects
from kage.look.hashing import hash32


@struct.dataclass
class Chance:
    """The randomness of an episode, the same for every look: all that a look draws is computed from these values."""

    seed: jax.Array  # () u32
    lights: jax.Array  # (MOST_LIGHTS, 2) f32 fractions of width and height


def chance_of(seed: jax.Array) -> Chance:
    """The `Chance` of an episode, hashed from one number, () u32."""
    return Chance(seed=seed, lights=effects.positions_of(hash32(seed, 7)))
