"""Kinds of worlds: the contract of a family. Commands and reports use worlds only through this contract.

Nothing here starts JAX, because composing, planning and reporting ask a family only for names and numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kage.params import value_text

if TYPE_CHECKING:
    import numpy as np

    from kage.task import Task


MANY = 10  # cases of a suite that a line of progress names one by one
CUSTOM = "custom"  # suite and pair of a case that no file names
# How sweeps that are no studies began, see `study_of`.
NO_STUDY = tuple(f"training {section}." for section in ("agent", "encoder", "memory", "curriculum", "budget"))


@dataclass(frozen=True)
class Metric:
    """A quantity that is measured at the end of an episode."""

    name: str
    unit: str
    gap: str  # how a gap, training value - value under the shift, is told: in "percent", or as the "difference"
    share: bool  # true if values are shares, in 0..1
    repeats: str = ""  # a metric of which this one is a multiple, so that gaps in percent are the same


def success_of(family: Family) -> str | None:
    """The most important metric that is a share of episodes, so 1 or 0 in each of them; None if there is none."""
    return next((metric.name for metric in family.metrics if metric.share), None)


@dataclass(frozen=True)
class Names:
    """What tables call an evaluation case: the suite and the pair that it belongs to, or a study and its dose."""

    suite: str = CUSTOM
    pair: str = CUSTOM
    study: str = ""
    dose: str = ""


@dataclass(frozen=True)
class Case:
    """What policies are measured on: a world, the level to play there, and its names in tables. It holds no arrays."""

    id: str  # identity of what is seen and played; names do not count
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
        """The names of the case in rows of measurements."""
        return {"split": self.split, "suite": self.suite, "pair": self.pair, "study": self.study, "dose": self.dose,
                "look": self.change, "look_id": self.id}  # fmt: skip

    @property
    def key(self) -> tuple[str | None, ...]:
        """The key of the case among the measurements of a run; `measured_key` computes the same key from a row."""
        return measured_key(self.names)


def in_words(change: Mapping[str, tuple[object, object]]) -> str:
    """A change of parameters in words: filters.brightness 0 -> 1."""
    return ", ".join(f"{key} {value_text(a)} -> {value_text(b)}" for key, (a, b) in change.items())


def title(case: Case, train: World) -> str:
    """A short name of a case for lines of progress: its pair, its dose, or else what differs from the world `train`."""
    if case.split == "train":
        return "train"
    named = [case.pair] if case.pair not in (None, CUSTOM, case.study) else []
    if case.study:
        keys, doses = case.study.split(" x "), case.dose.split(" x ")
        if len(keys) != len(doses):  # a study with a name of its own
            keys, doses = [case.study], [case.dose]
        return " ".join([*named, *(f"{key}={value}" for key, value in zip(keys, doses))])
    change = train.difference(case.world)
    return " ".join(named or [f"{key}={value_text(value)}" for key, (_, value) in change.items()])


def crowded(suites: Iterable[str | None]) -> set[str]:
    """The suites, out of those of some cases, that have more cases than a line should name."""
    counts = Counter(suites)
    return {suite for suite, count in counts.items() if count > MANY and suite not in (None, CUSTOM)}


def measured_key(row: Mapping) -> tuple[str | None, ...]:
    """The key of the case that a row of eval.jsonl is about. Rows from before studies existed name no study."""
    study, dose = study_of(row.get("study") or "", row.get("dose") or "")
    place = (row.get(name) or None for name in ("split", "suite", "pair"))
    return *place, study or None, dose or None, row.get("look_id") or None


def study_of(study: str, dose: str) -> tuple[str, str]:
    """The study and the dose that a look of an earlier version belongs to. Sweeps over settings of an agent or a budget
    were studies then; today they are several trainings, whose looks are called as any other's."""
    axes, doses = study.split(" x "), dose.split(" x ")
    if len(axes) != len(doses) or not study.startswith("training ") and " x training " not in study:
        return study, dose
    kept = [axis for axis in zip(axes, doses) if not axis[0].startswith(NO_STUDY)]
    return " x ".join(name for name, _ in kept), " x ".join(value for _, value in kept)


class World(Protocol):
    """One world of a family, given by a configuration: frozen, hashable by value, and without arrays."""

    def to_dict(self) -> dict[str, Any]:
        """The sections as plain data, from which `Family.world` makes the same world again."""

    def spoken(self) -> dict[str, Any]:
        """The values of the sections that are part of ids; see `kage.identity.spoken`."""

    def costly(self) -> dict[str, Any]:
        """What decides the cost of a step."""

    def shape(self) -> tuple[int, ...]:
        """The shape of an observation."""

    @property
    def sees(self) -> str:
        """What its task shows, see `kage.task.Task`."""

    @property
    def track(self) -> str:
        """What observations hold: "agnostic", or "privileged" if only a simulator could know it."""

    @property
    def horizon(self) -> int | None:
        """Steps of every episode; a world whose episodes differ in length has None, or no such property."""

    @property
    def actions(self) -> Any:
        """What an action is made of, in a word; a world has no such property if its family has one kind of action."""

    @property
    def redrawn(self) -> bool:
        """True if its tasks have `observe_anew`, which shows a state of a task with the same dynamics."""

    @property
    def encoder(self) -> str:
        """The usual encoder of what it shows; names of methods leave it out."""

    @property
    def label(self) -> str:
        """What the names of methods say of its observations; empty if these are as usual."""

    @property
    def seen(self) -> str:
        """How large an observation is and why, in words."""

    def larger(self, need: int) -> str:
        """What would make an observation `need` px high and wide, as one would type it."""

    def flat(self) -> dict[str, Any]:
        """The parameters of what is seen and played: dotted key, as in tables and comparisons -> value."""

    def difference(self, other: Any) -> dict[str, tuple[Any, Any]]:
        """The parameters in which another world differs: dotted key -> (value here, value there)."""

    def lacking(self, key: str) -> dict[str, object]:
        """What has to be set before the parameter of this dotted key has an effect: dotted key -> value, as
        `kage.params.lacking` gives them; {} if it has one."""

    @property
    def has_own_files(self) -> bool:
        """True if files of the user are part of it, which may not be usable."""

    def refuse_other_files(self) -> None:
        """Raise `ConfigError` if files that the world names do not show what they showed when it was composed."""


class Family(Protocol):
    """A kind of world."""

    name: str
    sections: Mapping[str, type]  # the configuration groups that it reads, `task` among them; "": keys of no group
    defaults: Mapping[str, Any]  # plain values of all that it reads except `task`: groups, and keys of no group
    eval_keys: Sequence[str]  # the keys that `eval` may have; where cases are changed worlds, those of `defaults`
    metrics: tuple[Metric, ...]  # the most important one first
    words: Mapping[str, str]  # usual word -> the word in its tables: {"pair": "level"}
    leads: str  # "gaps" or "scores": the table that comes first
    # How people play and film its looks: a module, see `kage.look.people`. None if its cases are levels, not looks.
    people: Any | None
    # How people play its levels: a module, see `kage.keyboard`; no such attribute if nobody does.
    keyboard: Any
    # What `kage bench env` times of its tasks: a module with `loops`, see `kage.kinetix.loops`; or no such attribute.
    loops: Any

    def world(self, values: Mapping[str, Any]) -> World:
        """The world of a configuration, checked. Raises `ConfigError`."""

    def cases(self, world: World, changes: Mapping[str, Any], names: Names) -> list[Case]:
        """The cases that a policy trained in a world is measured on: the training case, then those that `changes`, the
        section `eval` of a configuration, asks for. Raises `ConfigError`."""

    def changes(self, world: World, case: Case) -> dict[str, Any]:
        """The `eval` section that makes a case from its training world."""

    def task(self, world: World, vary: Mapping[str, tuple[float, float]] = {}) -> Task:
        """The task of a world. vary: a parameter whose dose each level draws -> the lowest and the highest dose.
        Raises `ConfigError`."""

    def check_vary(self, world: World, key: str, vary: Mapping[str, Sequence[float]]) -> None:
        """Raise `ConfigError` unless levels of a world can draw these parameters from these ranges. key: where the
        ranges are configured, for the error."""

    def covers(self, world: World, vary: Mapping[str, Sequence[float]], case: Case) -> bool:
        """True if levels with these ranges can draw what a case changes, or something close to it."""

    def level_names(self, world: World) -> Sequence[str]:
        """The names that `level` knows in a world; () where levels have none."""

    def with_levels(self, world: World, key: str, names: Sequence[str]) -> tuple[World, Sequence[str]]:
        """The world with the levels that a curriculum plays, and their names: a file of the user, or whatever else
        stands for several levels, is replaced by the names that `level` knows in that world. `level_names` has these
        too. Raises `ConfigError`, which calls the names `key`."""

    def level(self, case: Case) -> Any:
        """The level of a case, a pytree of arrays; None where levels are drawn."""

    def twins(self, one: World, other: World) -> bool:
        """True if two worlds have the same dynamics, so that decisions in them can be compared step by step."""

    def certify(self, one: Case, other: Case, episodes: int) -> Any:
        """A `kage.certificate.Certificate` of two cases that should differ in looks alone; None if the family
        has no certificates."""

    def picture(self, case: Case) -> np.ndarray | None:
        """A moment of an episode, (H, W, 3) u8; None if there is nothing to see."""
