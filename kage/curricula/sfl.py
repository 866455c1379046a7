"""The option `curriculum=sfl`: levels are played more often that the policy sometimes solves and sometimes does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage.curricula.drawn import Drawn, blank, picked
from kage.family import success_of
from kage.lazy import lazy
from kage.params import fault, group, param

if TYPE_CHECKING:
    from kage.curriculum import Play
    from kage.task import Task

jax, jnp = lazy("jax"), lazy("jax.numpy")

MOST = 50  # episodes of a level that count
SOLVED = 0.001  # weight of success itself, so that among levels without any learnability solved ones come first


@group("curriculum")
class SFLConfig(Drawn):
    """Sampling for learnability (Rutherford et al. 2024). A part of the environments plays levels from a buffer: of
    many new levels those with the highest p (1 - p), where p is how often the policy of that moment solves a level.

    Where lengths of episodes differ, every update begins new episodes, and one that ends begins again in its level, as
    in Kinetix. Where all have one length they go on from update to update, because a rollout is usually shorter, and
    the level that follows is new or from the buffer. The defaults are those of Kinetix.
    """

    name: str = param("sfl", "which level an environment plays next", among=("sfl",))
    share: float = param(0.5, "share of the environments that play levels of the buffer; 0: all levels are new", low=0,
                         high=1)  # fmt: skip
    buffer: int = param(1024, "levels of the buffer", low=1)
    every: int = param(128, "updates after which the buffer is chosen anew", low=1)
    batches: int = param(3, "batches of new levels to choose from, played one after the other", low=1)
    candidates: int = param(4096, "levels of a batch", low=1)
    steps: int = param(512, "steps that are played in each of these levels", low=1)

    def rules(self):
        super().rules()
        if self.buffer > self.batches * self.candidates:
            raise fault("curriculum.buffer", self.buffer, "at most batches * candidates, which is "
                        f"{self.batches * self.candidates}", self.batches * self.candidates)  # fmt: skip

    def check(self, family, world) -> None:
        """Raise `ConfigError` if nothing is measured that a level can be solved by, or too little of it."""
        if success_of(family) is None:
            raise fault("curriculum", self.name, f"task={family.name} measures no share of successes", "random")
        if self.share and self.steps < 2 * (horizon := getattr(world, "horizon", None) or 0):
            raise fault("curriculum.steps", self.steps, f"two episodes of {horizon} steps or more, because after one a "
                        "level is either always or never solved", 2 * horizon)  # fmt: skip

    def build(self, task: Task, success: str, **unused: Any) -> SFLLevels:
        """The curriculum over the levels of a task. success: the metric that is 1 where a level was solved, else 0."""
        return SFLLevels(self, task, success)


@dataclass(frozen=True)
class SFLLevels:
    """A `kage.curriculum.Curriculum` whose state is the buffer: levels (buffer, ...), and how often each was solved,
    (buffer,) f32. The state is () if no environment plays from the buffer."""

    config: SFLConfig
    task: Task
    success: str

    @property
    def restarts(self) -> bool:
        """True where lengths of episodes differ."""
        return self.task.horizon is None

    def init(self, key) -> Any:
        """A buffer of any levels, until the first update chooses. Without restarts, the first episodes play some."""
        size = self.config.buffer
        if not self.config.share:
            return ()
        levels = blank(self.task, size) if self.restarts else self.task.sample_levels(key, size)
        return {"levels": levels, "solved": jnp.zeros(size)}

    def first(self, state, key, n: int) -> Any:
        """Levels (n, ...), the last of them from the buffer. With share 0 they are those of `curriculum=random`."""
        old = round(self.config.share * n)
        if not old:
            return self.task.sample_levels(key, n)
        k_new, k_old = jax.random.split(key)
        new = [self.task.sample_levels(k_new, n - old)] if old < n else []
        return jax.tree.map(lambda *parts: jnp.concatenate(parts), *new, picked(state["levels"], k_old, old))

    def again(self, state, key, levels) -> Any:
        """The same levels, or where episodes go on from update to update, others."""
        return levels if self.restarts else self.first(state, key, len(jax.tree.leaves(levels)[0]))

    def prepare(self, state, key, index, play: Play) -> tuple[Any, dict]:
        """Every so many updates, from the first on, another buffer."""
        if not self.config.share:
            return state, {}
        due = index % self.config.every == 0
        state = jax.lax.cond(due, lambda: self.chosen(state, key, play), lambda: state)
        solved = state["solved"]
        return state, {"learnability": (solved * (1 - solved)).mean(), "buffer_solved": solved.mean()}

    def chosen(self, old, key, play: Play) -> Any:
        """The best of all batches of new levels; nothing stays of the old buffer."""
        config = self.config

        def better(best, key):
            k_levels, k_play = jax.random.split(key)
            levels = self.task.sample_levels(k_levels, config.candidates)
            metrics, episodes = play(levels, k_play, config.steps, MOST)
            solved = jnp.where(episodes > 0, metrics[self.success], 0.0)
            both = jax.tree.map(lambda *x: jnp.concatenate(x), best, {"levels": levels, "solved": solved})
            _, kept = jax.lax.top_k(score(both["solved"]), config.buffer)
            return jax.tree.map(lambda x: x[kept], both), None

        nothing = old | {"solved": jnp.full(config.buffer, -1.0)}  # scores below that of any level
        return jax.lax.scan(better, nothing, jax.random.split(key, config.batches))[0]


def score(solved):
    """How much can be learnt in levels that are solved so often, with a little more for solved ones."""
    return solved * (1 - solved) + SOLVED * solved
