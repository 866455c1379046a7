"""The option `curriculum=fixed`: episodes play the levels of a finite list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kage.curricula.drawn import Drawn, picked
from kage.lazy import lazy
from kage.params import fault, group, nearest, param

if TYPE_CHECKING:
    from kage.task import Task

jax, jnp, np = lazy("jax"), lazy("jax.numpy"), lazy("numpy")


@group("curriculum")
class FixedConfig(Drawn):
    """Every episode plays a level of a finite list, each as often as any other. The list is the same for all seeds."""

    name: str = param("fixed", "which level an environment plays next", among=("fixed",))
    levels: list[str] = param([], "names of levels, where the task's levels have names, suites of them, or files of "
                                  "levels; none: levels are drawn")  # fmt: skip
    count: int = param(200, "how many levels are drawn once for all, if none are named", low=1)

    def check(self, family, world) -> None:
        """Raise `ConfigError` for a name that no level of the world has."""
        for name in self.levels:
            if name not in (known := family.level_names(world)):
                such = f"the name of a level, as {known[0]}" if known else f"levels of task={family.name} have no names"
                raise fault("curriculum.levels", name, such, nearest(name, known))

    @property
    def label(self) -> str:
        """What names of methods say."""
        return f"fixed{len(self.levels) or self.count}" + "-dr" * bool(self.vary)

    @property
    def track(self) -> str:
        """Levels that are chosen by name may be those that are asked for."""
        return "informed" if self.levels else super().track

    def build(self, task: Task, levels: Sequence[Any] = (), **unused: Any) -> FixedLevels:
        """The curriculum on a task. levels: those that are named, each a pytree."""
        return FixedLevels(task, self.count, tuple(levels))


@dataclass(frozen=True)
class FixedLevels:
    """A `kage.curriculum.Curriculum` whose state is the list, (count, ...)."""

    task: Task
    count: int
    levels: tuple[Any, ...] = ()
    restarts: ClassVar[bool] = False

    def init(self, key) -> Any:
        """The list; the key of a seed has no part in it."""
        if self.levels:
            return jax.tree.map(lambda *x: jnp.asarray(np.stack(x)), *self.levels)
        return self.task.sample_levels(jax.random.key(0), self.count)

    def first(self, state, key, n: int) -> Any:
        """Levels (n, ...) of the list."""
        return picked(state, key, n)

    def again(self, state, key, levels) -> Any:
        """As many levels of the list as `levels` holds."""
        return picked(state, key, len(jax.tree.leaves(levels)[0]))

    def prepare(self, state, key, index, play) -> tuple[Any, dict]:
        """Nothing changes during training."""
        return state, {}
