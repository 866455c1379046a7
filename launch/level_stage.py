"""Levels that a person plays, one after the other: the cases of a family that has a `keyboard`."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from kage.family import Case, Family, success_of
from kage.launch.compose import cells
from kage.launch.episode import Episode
from kage.params import ConfigError


class Moment(NamedTuple):
    """A moment of an episode of a level."""

    case: Case
    task: Any
    state: Any
    over: bool
    metrics: dict[str, float]
    keys: str  # those that do something in the level


@jax.jit
def begin(task: Any, level: Any) -> Any:
    """The first state of a level."""
    return task.reset(jax.random.key(0), level)[0]


@jax.jit
def after(task: Any, state: Any, action: jax.Array) -> tuple[Any, jax.Array, dict[str, jax.Array]]:
    """The next state, whether the episode is over, and its metrics so far."""
    state, step = task.step(state, action)
    return state, step.terminated | step.truncated, step.metrics


@dataclass(frozen=True)
class LevelStage:
    """Levels that are played, as `kage.launch.episode.Stage` is a look that is played. Seeds count them, around and
    around, and draw random ones."""

    family: Family
    cases: Sequence[Case]
    scale: int  # how large pictures are, see `kage.keyboard`

    @property
    def keys(self):
        """Name of a key -> bits of an action."""
        return self.family.keyboard.KEYS

    @property
    def help(self) -> str:
        """What the keys do."""
        return self.family.keyboard.HELP

    @property
    def rate(self) -> int:
        """Steps per second."""
        return self.family.keyboard.RATE

    def start(self, seed: int) -> Moment:
        """The beginning of the level of a seed."""
        case = self.cases[seed % len(self.cases)]
        task, level = self.family.task(case.world), self.family.level(case)
        if level is None:
            level = jax.tree.map(lambda x: x[0], task.sample_levels(jax.random.key(seed), 1))
        state = begin(task, level)
        metrics = {metric.name: 0.0 for metric in self.family.metrics}
        return Moment(case, task, state, False, metrics, self.family.keyboard.used(state))

    def step(self, moment: Moment, action: int) -> Moment:
        """The next moment. action: the bits of the keys that are down."""
        chosen = self.family.keyboard.action(action, moment.task)
        state, over, metrics = after(moment.task, moment.state, chosen)
        found = {name: float(value) for name, value in metrics.items()}
        return moment._replace(state=state, over=bool(over), metrics=found)

    @functools.cached_property
    def painter(self):
        """The compiled view of a state."""
        return jax.jit(lambda task, state: self.family.keyboard.view(task, state, self.scale))

    def draw(self, moment: Moment) -> np.ndarray:
        """What people see of a moment, (H, W, 3) u8."""
        return np.asarray(self.painter(moment.task, moment.state))

    def is_over(self, episode: Episode) -> bool:
        """True if the episode ended."""
        return episode.state.over

    def title(self, episode: Episode) -> str:
        """The level, how it goes, and the keys that do something."""
        moment = episode.state
        solved = moment.metrics[success_of(self.family)] > 0
        end = f"{'solved' if solved else 'over'}, R goes on"
        state = end if moment.over else f"step {len(episode.actions)}"
        return f"KAGE, {self.name(episode)}: {state}, return {moment.metrics['return']:.2f}; {moment.keys}"

    def columns(self, episode: Episode) -> dict[str, str]:
        """What an episode reached, by the head of the column."""
        moment = episode.state
        measures = {name.replace("_", " "): f"{value:.2f}" for name, value in moment.metrics.items()}
        return {"level": self.name(episode), "steps": str(len(episode.actions))} | measures

    def name(self, episode: Episode) -> str:
        """The name of the level in tables, or of a random one its seed."""
        case = episode.state.case
        return case.pair if case.level else f"random level {episode.seed}"


def level_stage(overrides: Sequence[str], scale: int) -> LevelStage:
    """The levels that `eval.levels` asks for. ConfigError if there are none, or nobody can play them."""
    found = {case.key: (cell.recipe.family, case) for cell in cells(overrides) for case in cell.cases
             if case.split == "eval"}  # fmt: skip
    if not found:
        raise ConfigError("there are no levels to play: name some with eval.levels=[...]")
    families, cases = zip(*found.values())
    if getattr(families[0], "keyboard", None) is None:
        raise ConfigError(f"task={families[0].name} has no keys by which people play it")
    return LevelStage(families[0], cases, scale)
