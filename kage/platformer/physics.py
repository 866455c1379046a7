"""The parameters that decide transition and reward, as a pytree. The dynamics read this pytree; no look is in it."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from kage.platformer.config import Config


@struct.dataclass
class Physics:
    """All parameters that transition and reward read. Static ones decide shapes and loop counts; others are traced."""

    episode_length: int = struct.field(pytree_node=False)  # steps
    screen_width: int = struct.field(pytree_node=False)  # px, bounds the camera
    level_length: int = struct.field(pytree_node=False)  # px
    level_height: int = struct.field(pytree_node=False)  # px
    run_width: int = struct.field(pytree_node=False)  # px per stair
    half_width: int = struct.field(pytree_node=False)  # px, the box covers 2 * half_width + 1 columns
    half_height: int = struct.field(pytree_node=False)  # px
    move_speed: int = struct.field(pytree_node=False)  # px/step, the columns a step can cross

    base_ground_y: jax.Array  # () i32 px row
    pix_per_unit: jax.Array  # () i32 px
    ground_thickness: jax.Array  # () i32 px
    p_change: jax.Array  # () f32
    p_up_given_change: jax.Array  # () f32
    min_step_height: jax.Array  # () i32 height units
    max_step_height: jax.Array  # () i32 height units

    gravity: jax.Array  # () f32 px/step^2
    jump_force: jax.Array  # () f32 px/step
    ground_friction: jax.Array  # () f32
    air_resistance: jax.Array  # () f32
    max_fall_speed: jax.Array  # () f32 px/step

    forward_reward_scale: jax.Array  # () f32 reward/px
    jump_penalty: jax.Array  # () f32
    timestep_penalty: jax.Array  # () f32
    idle_penalty: jax.Array  # () f32
    dist_to_success: jax.Array  # () f32 px
    progress_per_px: jax.Array  # () f32, 1 / dist_to_success rounded once: a compiler divides by a constant like this

    @property
    def stairs(self) -> int:
        """Number of stairs of a level."""
        return -(-self.level_length // self.run_width)

    @property
    def touched_stairs(self) -> int:
        """The most stairs that the columns of the agent's box can touch."""
        return (2 * self.half_width - 1) // self.run_width + 2


def build(config: Config) -> Physics:
    """The physics of a configuration."""
    layout, motion, character = config.layout, config.physics, config.character
    real, whole = np.float32, np.int32
    numbers = {
        **{name: whole(getattr(layout, name)) for name in (
            "base_ground_y", "pix_per_unit", "ground_thickness", "min_step_height", "max_step_height")},
        **{name: real(getattr(layout, name)) for name in ("p_change", "p_up_given_change")},
        **{name: real(getattr(motion, name)) for name in (
            "gravity", "jump_force", "ground_friction", "air_resistance", "max_fall_speed")},
        **{name: real(getattr(config, name)) for name in (
            "forward_reward_scale", "jump_penalty", "timestep_penalty", "idle_penalty", "dist_to_success")},
        "progress_per_px": real(1) / real(config.dist_to_success),
    }  # fmt: skip
    return Physics(
        episode_length=config.episode_length,
        screen_width=config.W,
        level_length=layout.length,
        level_height=layout.height_px,
        run_width=layout.run_width,
        half_width=character.width // 2,
        half_height=character.height // 2,
        move_speed=motion.move_speed,
        **jax.tree.map(jnp.asarray, numbers),
    )


def same_dynamics(a: Config, b: Config) -> bool:
    """True if two configurations agree in all that transition and reward read."""
    (one, tree), (two, other) = (jax.tree.flatten(build(config)) for config in (a, b))
    return tree == other and all(np.array_equal(x, y) for x, y in zip(one, two, strict=True))
