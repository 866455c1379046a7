"""Which level an environment plays next: the contract of curricula."""

from collections.abc import Callable
from typing import Any, Protocol

import jax

# (levels (n, ...), key, steps, most) -> what the current policy does in so many steps in each level: the mean metrics
# of its first `most` episodes there, name -> (n,) f32, NaN if none ended, and how many these are, (n,) i32.
Play = Callable[[Any, jax.Array, int, int], tuple[dict[str, jax.Array], jax.Array]]


class Curriculum(Protocol):
    """A distribution over levels that may change during training. Only the world knows what a level is made of.

    The state is part of the learner: every seed has one, and it is saved and restored with the learner.
    """

    restarts: bool  # true if every update begins with new episodes

    def init(self, key: jax.Array) -> Any:
        """The state at step 0, a pytree of arrays."""

    def first(self, state: Any, key: jax.Array, n: int) -> Any:
        """Levels (n, ...) of the first episodes of n environments."""

    def again(self, state: Any, key: jax.Array, levels: Any) -> Any:
        """New levels (n, ...), used where an episode has ended. levels: those that were played, (n, ...)."""

    def prepare(self, state: Any, key: jax.Array, index: jax.Array, play: Play) -> tuple[Any, dict[str, jax.Array]]:
        """Called before an update: the state to use in the update, and metrics. index: () i32, updates done before;
        all seeds have the same index, so that a `lax.cond` on it runs only one branch."""
