"""What curricula share whose levels are drawn: parameters that each level draws too, and choices among levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage.lazy import lazy
from kage.params import param, ranges

if TYPE_CHECKING:
    from kage.task import Task

jax, jnp = lazy("jax"), lazy("jax.numpy")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The base of the options of the group `curriculum`."""

    name: str
    vary: dict[str, list[float]] = param({}, "parameters that each level draws, with the lowest and the highest value: "
                                         "{filters.brightness: [-0.5, 0.5]}", neutral={})  # fmt: skip

    def rules(self):
        ranges("curriculum.vary", self.vary)

    def check(self, family, world) -> None:
        """Raise `ConfigError` if a world of a family has no levels that can be chosen in this way."""

    @property
    def label(self) -> str:
        """What names of methods say."""
        return f"{self.name}-dr" if self.vary else self.name

    @property
    def track(self) -> str:
        """Levels that vary may vary along the shift that is asked for."""
        return "informed" if self.vary else "agnostic"


def blank(task: Task, n: int) -> Any:
    """Zeros in place of n levels (n, ...) that are replaced before any is played. A generator may take a minute to
    compile, so it is not compiled for these."""
    like = jax.eval_shape(lambda key: task.sample_levels(key, n), jax.random.key(0))
    return jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), like)


def picked(levels: Any, key, n: int) -> Any:
    """n of these levels (K, ...), drawn evenly and with replacement, (n, ...)."""
    index = jax.random.randint(key, (n,), 0, len(jax.tree.leaves(levels)[0]))
    return jax.tree.map(lambda x: x[index], levels)
