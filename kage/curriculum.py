"""Which level an environment plays next: the contract of curricula."""

from collections.abc import Callable
from typing import Any, Protocol

import jax

# (levels (n, ...), key) -> the metrics of an episode of the current policy in each level, name -> (n,) f32
Play = Callable[[Any, jax.Array], dict[str, jax.Array]]


class Curriculum(Protocol):
    """A distribution over levels that may change during training. What a level is made of is the world's business.

    The state is part of the learner: saved, resumed, one per seed.
    """

    restarts: bool  # every update begins with fresh episodes

    def init(self, key: jax.Array) -> Any:
        """The state at step 0, a pytree of arrays."""

    def first(self, state: Any, key: jax.Array, n: int) -> Any:
        """Levels (n, ...) of the first episodes of n environments."""

    def again(self, state: Any, key: jax.Array, levels: Any) -> Any:
        """Levels (n, ...) for environments whose episode ended, whose levels were these (n, ...)."""

    def prepare(self, state: Any, key: jax.Array, index: jax.Array, play: Play) -> tuple[Any, dict[str, jax.Array]]:
        """Before an update: the state to use in it, and metrics. index: () i32, updates done before, the same for all
        seeds, so that a `lax.cond` on it runs one branch."""
