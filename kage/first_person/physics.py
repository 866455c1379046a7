"""The parameters that decide transition and reward, as a pytree. The dynamics read this pytree; no look is in it."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.first_person.config import FirstPersonConfig

UNITS = 1024  # of a cell
TURN = 256  # headings of a full turn; heading 0 looks along +x, growing headings turn right
ONE = 14  # bits of the fixed-point cosines
COS, SIN = (np.round(2.0**ONE * f(2 * np.pi * np.arange(TURN) / TURN)).astype(np.int32) for f in (np.cos, np.sin))


@struct.dataclass
class Physics:
    """All parameters that transition and reward read. Static ones decide shapes; others are traced."""

    episode_length: int = struct.field(pytree_node=False)  # steps
    size: int = struct.field(pytree_node=False)  # cells of a side

    openness: jax.Array  # () f32
    pillars: jax.Array  # () f32
    turn_speed: jax.Array  # () i32 headings/step
    move_speed: jax.Array  # () i32 units/step
    radius: jax.Array  # () i32 units
    reach: jax.Array  # () i32 units
    least_goal_distance: jax.Array  # () i32 cells
    goals_to_success: jax.Array  # () i32
    reward_per_unit: jax.Array  # () f32 reward/unit, progress_reward / UNITS, which is exact
    goal_reward: jax.Array  # () f32
    timestep_penalty: jax.Array  # () f32

    @property
    def rooms(self) -> int:
        """Rooms of a side."""
        return (self.size - 1) // 2


def build(config: FirstPersonConfig) -> Physics:
    """The physics of a configuration."""
    layout, motion = config.layout, config.physics
    real, whole = np.float32, np.int32
    numbers = {
        **{name: real(getattr(layout, name)) for name in ("openness", "pillars")},
        **{name: whole(getattr(motion, name)) for name in ("turn_speed", "move_speed", "radius", "reach")},
        **{name: whole(getattr(config, name)) for name in ("least_goal_distance", "goals_to_success")},
        **{name: real(getattr(config, name)) for name in ("goal_reward", "timestep_penalty")},
        "reward_per_unit": real(config.progress_reward) / real(UNITS),
    }
    return Physics(
        episode_length=config.episode_length, size=layout.size, **jax.tree.map(jnp.asarray, numbers)
    )  # fmt: skip


def same_dynamics(a: FirstPersonConfig, b: FirstPersonConfig) -> bool:
    """True if two configurations agree in all that transition and reward read."""
    (one, tree), (two, other) = (jax.tree.flatten(build(config)) for config in (a, b))
    return tree == other and all(np.array_equal(x, y) for x, y in zip(one, two, strict=True))
