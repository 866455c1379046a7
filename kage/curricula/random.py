"""The option `curriculum=random`: every episode has a new level, drawn from the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kage.params import group, param

if TYPE_CHECKING:  # for types only: naming the option must not start JAX
    from kage.task import Task


@group("curriculum")
class RandomConfig:
    """Every episode has a new level, drawn from the task."""

    name: str = param("random", "which level an environment plays next", among=("random",), neutral="random")

    def build(self, task: Task) -> RandomLevels:
        """The curriculum over the levels of a task."""
        return RandomLevels(task)


@dataclass(frozen=True)
class RandomLevels:
    """A `kage.curriculum.Curriculum` without a state."""

    task: Task
    restarts: ClassVar[bool] = False

    def init(self, key) -> tuple:
        """There is no state."""
        return ()

    def first(self, state, key, n: int) -> Any:
        """Levels (n, ...), drawn from the task."""
        return self.task.sample_levels(key, n)

    def again(self, state, key, levels) -> Any:
        """As many new levels as `levels` holds."""
        from jax.tree import leaves

        return self.task.sample_levels(key, len(leaves(levels)[0]))

    def prepare(self, state, key, index, play) -> tuple[tuple, dict]:
        """Nothing changes during training."""
        return state, {}
