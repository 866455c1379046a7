"""The option `curriculum=random`: every episode has a new level, drawn from the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kage.curricula.drawn import Drawn, blank, picked
from kage.params import group, param

if TYPE_CHECKING:  # for types only: naming the option must not start JAX
    from kage.task import Task


@group("curriculum")
class RandomConfig(Drawn):
    """Every episode has a new level, drawn from the task. With `vary`, each level also draws parameters, which is
    domain randomisation: looks, or physics, change from episode to episode.
    """

    name: str = param("random", "which level an environment plays next", among=("random",), neutral="random")
    pool: int = param(0, "where drawing a level is dear: before each update so many are drawn, and episodes that begin "
                      "in the update play one of these; 0: each draws its own", low=0, neutral=0)  # fmt: skip

    @property
    def label(self) -> str:
        """What names of methods say; nothing of a pool, from which levels are as good as any."""
        return "dr" if self.vary else ""

    def build(self, task: Task, **unused: Any) -> RandomLevels:
        """The curriculum over the levels of a task."""
        return RandomLevels(task, self.pool)


@dataclass(frozen=True)
class RandomLevels:
    """A `kage.curriculum.Curriculum` whose state is the pool, (pool, ...), or () without one."""

    task: Task
    pool: int = 0
    restarts: ClassVar[bool] = False

    def init(self, key) -> Any:
        """Room for the pool, which every update draws."""
        return blank(self.task, self.pool) if self.pool else ()

    def first(self, state, key, n: int) -> Any:
        """Levels (n, ...), drawn from the task."""
        return self.task.sample_levels(key, n)

    def again(self, state, key, levels) -> Any:
        """As many new levels as `levels` holds."""
        from jax.tree import leaves

        n = len(leaves(levels)[0])
        return picked(state, key, n) if self.pool else self.task.sample_levels(key, n)

    def prepare(self, state, key, index, play) -> tuple[Any, dict]:
        """A new pool."""
        return (self.task.sample_levels(key, self.pool) if self.pool else ()), {}
