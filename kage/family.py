"""Kinds of worlds: the contract of a family, which is all that commands and reports know of what is played.

Nothing here starts JAX: to compose, plan and report, a family is asked for names and numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kage.params import value_text

if TYPE_CHECKING:
    import numpy as np

    from kage.task import Task


@dataclass(frozen=True)
class Metric:
    """What is measured at the end of an episode."""

    name: str
    unit: str
    gap: str  # how a gap is taken: "percent" of the training value, or the "difference"
    share: bool  # is it a share, in 0..1?


@dataclass(frozen=True)
class Names:
    """What tables call an evaluation case: the suite and the pair that it belongs to, or a study and its dose."""

    suite: str = "custom"
    pair: str = "custom"
    study: str = ""
    dose: str = ""


@dataclass(frozen=True)
class Case:
    """What policies are measured on: a world, the level to play there, and how tables call it. It holds no arrays."""

    id: str  # of what is seen and played, whatever it is called
    world: Any
    level: str | None  # None: levels are drawn
    split: str  # "train" or "eval"
    suite: str | None = None
    pair: str | None = None
    study: str | None = None
    dose: str | None = None
    change: str = "train"  # what differs from the training case, in words

    @property
    def names(self) -> dict[str, str | None]:
        """How rows of measurements call the case."""
        return {"split": self.split, "suite": self.suite, "pair": self.pair, "study": self.study, "dose": self.dose,
                "look": self.change, "look_id": self.id}  # fmt: skip

    @property
    def key(self) -> tuple[str | None, ...]:
        """What tells a measurement of the case from others in the same run; `measured_key` gives the same of a row."""
        return measured_key(self.names)


def in_words(change: Mapping[str, tuple[object, object]]) -> str:
    """A change of parameters in words: filters.brightness 0 -> 1."""
    return ", ".join(f"{key} {value_text(a)} -> {value_text(b)}" for key, (a, b) in change.items())


def measured_key(row: Mapping) -> tuple[str | None, ...]:
    """The key of the case that a row of eval.jsonl is about; rows from before there were studies name none."""
    names = ("split", "suite", "pair", "study", "dose", "look_id")
    return tuple(row.get(name) or None for name in names)


class World(Protocol):
    """One world of a family, as its configuration says: frozen and hashable by value, without arrays."""

    def to_dict(self) -> dict[str, Any]:
        """Its sections as plain data, from which `Family.world` makes it again."""

    def spoken(self) -> dict[str, Any]:
        """Its sections as ids see them, see `kage.identity.spoken`."""

    def costly(self) -> dict[str, Any]:
        """What decides the cost of a step."""

    def shape(self) -> tuple[int, ...]:
        """The shape of an observation."""

    def flat(self) -> dict[str, Any]:
        """What is seen and played by dotted key, as tables and comparisons name it."""

    def difference(self, other: Any) -> dict[str, tuple[Any, Any]]:
        """The parameters in which another world differs: dotted key -> (value here, value there)."""


class Family(Protocol):
    """A kind of world."""

    name: str
    sections: Mapping[str, type]  # the configuration groups that it reads, `task` among them
    defaults: Mapping[str, Any]  # plain values of all that it reads but `task`: groups, and keys outside any group
    encoder: str  # the usual encoder, which names of methods leave out
    sees: str  # what its tasks show, see `kage.task.Task`
    metrics: tuple[Metric, ...]  # the telling one first
    words: Mapping[str, str]  # what its tables call things: {"pair": "level"}
    leads: str  # "gaps" or "scores": the table that comes first

    def world(self, values: Mapping[str, Any]) -> World:
        """The world of a configuration, judged. Raises `ConfigError`."""

    def cases(self, world: World, changes: Mapping[str, Any], names: Names) -> list[Case]:
        """What a policy trained in a world is measured on: the training case, then those that `changes`, the section
        `eval` of a configuration, asks for. Raises `ConfigError`."""

    def changes(self, world: World, case: Case) -> dict[str, Any]:
        """The `eval` section that makes a case again from its training world."""

    def task(self, world: World, vary: Mapping[str, tuple[float, float]] = {}) -> Task:
        """The task of a world. vary: parameters that levels hold doses of, and between which numbers these lie.
        Raises `ConfigError`."""

    def level(self, case: Case) -> Any:
        """The level of a case, a pytree of arrays; None where levels are drawn."""

    def twins(self, one: World, other: World) -> bool:
        """Do two worlds have the same dynamics, so that decisions in them can be compared step by step?"""

    def certify(self, one: Case, other: Case, episodes: int) -> Any:
        """A `kage.platformer.certify.Certificate` of two cases that should differ in looks alone; None where there is
        none."""

    def picture(self, case: Case) -> np.ndarray | None:
        """A moment of an episode, (H, W, 3) u8; None if there is nothing to see."""
