"""The start of a level as a picture."""

import functools

import jax
import numpy as np

from kage.kinetix.level import Level
from kage.kinetix.task import KinetixTask

PIXELS_PER_METRE = 40


def picture(task: KinetixTask, level: Level | None) -> np.ndarray:
    """The start of a level, None: of a random one, (H, W, 3) u8."""
    return np.asarray(start(task, task.sample_level(jax.random.key(0)) if level is None else level))


@functools.partial(jax.jit, static_argnums=0)
def start(task: KinetixTask, level: Level) -> jax.Array:
    """The first picture of an episode."""
    state, _ = task.reset(jax.random.key(0), level)
    return task.draw(state, PIXELS_PER_METRE)
