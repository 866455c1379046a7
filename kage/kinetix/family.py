"""Kinetix as a family: worlds are sizes, cases are levels that people made, and random ones."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage.family import Case, Metric, Names
from kage.identity import costly, digest, spoken
from kage.kinetix.handmade import level_names, load_level
from kage.kinetix.sizes import SIZES
from kage.params import fault, group, nearest, param

if TYPE_CHECKING:
    import numpy as np

    from kage.kinetix.level import Level
    from kage.kinetix.task import KinetixTask

ALL, RANDOM = "all", "random"  # suites besides sizes and groups of names


@group("task")
class TaskConfig:
    """What is played, in training and evaluation alike. Hand-made levels are evaluated at sizes of their own."""

    name: str = param("kinetix", "the family of worlds", among=("kinetix",))
    size: str = param("s", "room for shapes, joints and thrusters in the levels of the training", among=tuple(SIZES))
    dense_reward_scale: float = param(0.2, "reward for each metre that green comes nearer to blue; 0: only the end is "
                                      "rewarded", low=0, cost=False)  # fmt: skip
    controls: str = param("multi_discrete", "multi_discrete: four motors and two thrusters at once; discrete: one of "
                          "them at a time", among=("multi_discrete", "discrete"))  # fmt: skip


@group("eval")
class EvalConfig:
    """What trained policies are measured on, besides random levels of the training's size."""

    levels: list[str] = param([], "suites s, m, l and all; groups of names, such as mjc; single levels, such as "
                                  "m/arm_up; random: random levels once more")  # fmt: skip
    size: str | None = param(None, "the size at which levels are played; null: the largest of the levels of a suite, "
                             "which for s, m and l is their own", among=tuple(SIZES))  # fmt: skip


@dataclass(frozen=True)
class KinetixWorld:
    """Levels of one size."""

    task: TaskConfig

    sees = "entities"
    track = "agnostic"
    horizon = None
    redrawn = False
    encoder = "entities"
    label = ""
    has_own_files = False

    @property
    def actions(self) -> str:
        """What an action is made of."""
        return self.task.controls

    def to_dict(self) -> dict[str, Any]:
        """The section as plain data."""
        return {"task": dataclasses.asdict(self.task)}

    def spoken(self) -> dict[str, Any]:
        """The values of the section that are part of ids."""
        return {"task": spoken(self.task)}

    def costly(self) -> dict[str, Any]:
        """What decides the cost of a step."""
        return {"task": costly(self.task)}

    def shape(self) -> tuple[int, ...]:
        """(), because networks over entities take any number of them."""
        return ()

    @property
    def seen(self) -> str:
        """How many things an observation holds."""
        size = SIZES[self.task.size]
        return f"task.size={size.name} gives {size.polygons} polygons, {size.circles} circles, {size.joints} joints"

    def larger(self, need: int) -> str:
        """Nothing has a height in px."""
        return ""

    def flat(self) -> dict[str, Any]:
        """The parameters by dotted key."""
        return {f"task.{name}": value for name, value in dataclasses.asdict(self.task).items() if name != "name"}

    def difference(self, other: KinetixWorld) -> dict[str, tuple[Any, Any]]:
        """The parameters in which another world differs: dotted key -> (value here, value there)."""
        here, there = self.flat(), other.flat()
        return {key: (here[key], there[key]) for key in here if here[key] != there[key]}

    def lacking(self, key: str) -> dict[str, object]:
        """{}, because every parameter has an effect."""
        return {}

    def refuse_other_files(self) -> None:
        """Nothing is read from files of the user."""

    def at(self, size: str) -> KinetixWorld:
        """The same world with levels of another size."""
        return dataclasses.replace(self, task=dataclasses.replace(self.task, size=size))


def group_of(name: str) -> str:
    """The group of a level's name: m/arm_up is of arm, s/h0_weak_thrust of h."""
    return re.sub(r"\d", "", name.partition("/")[2].partition("_")[0])


def suites() -> dict[str, list[str]]:
    """The hand-made levels of each suite: sizes, all, groups of names."""
    found: dict[str, list[str]] = {size: [] for size in (*SIZES, ALL)}
    for name in level_names():
        for suite in (name.partition("/")[0], ALL, group_of(name)):
            found.setdefault(suite, []).append(name)
    return found


class Kinetix:
    """The family `kinetix`."""

    name = "kinetix"
    sections = {"task": TaskConfig}
    defaults: Mapping[str, Any] = {}
    eval_keys = tuple(field.name for field in dataclasses.fields(EvalConfig))
    metrics = (
        Metric("success_rate", "share of episodes", "percent", share=True),
        Metric("return", "reward per episode", "difference", share=False),
    )
    words = {"pair": "level"}
    leads = "scores"
    people = None

    def world(self, values: Mapping[str, Any]) -> KinetixWorld:
        """The world of a configuration."""
        return KinetixWorld(TaskConfig(**values["task"]))

    def cases(self, world: KinetixWorld, changes: Mapping[str, Any], names: Names) -> list[Case]:
        """Random levels of the training's size, then those that `changes` names. Levels have names of their own, so
        `names` is not used."""
        train = Case(case_id(world, None), world, None, "train")
        found, known, config = {train.key: train}, suites(), EvalConfig(**changes)
        for asked in config.levels:
            if asked == RANDOM:
                case = dataclasses.replace(train, split="eval", suite=RANDOM, pair=RANDOM,
                                           change=f"random levels of size {world.task.size}")  # fmt: skip
                found[case.key] = case
                continue
            if asked not in known and asked not in level_names():
                raise fault("eval.levels", asked, f"one of {', '.join(known)}, {RANDOM}, or the name of a level",
                            nearest(asked, [*known, RANDOM, *level_names()]))  # fmt: skip
            suite, levels = (asked, known[asked]) if asked in known else (asked.partition("/")[0], [asked])
            size = config.size or max((level.partition("/")[0] for level in levels), key=[*SIZES].index)
            for level in levels:
                check_room(level, size)
                at = world.at(size)
                case = Case(case_id(at, level), at, level, "eval", suite, level, change=f"level at size {size}")
                found[case.key] = case
        return list(found.values())

    def changes(self, world: KinetixWorld, case: Case) -> dict[str, Any]:
        """The `eval` section that names a case alone."""
        if case.level is None:
            return {} if case.split == "train" else {"levels": [RANDOM]}
        return {"levels": [case.level], "size": case.world.task.size}

    def task(self, world: KinetixWorld, vary: Mapping[str, tuple[float, float]] = {}) -> KinetixTask:
        """The task of a size. Raises `ConfigError` if the physics package is missing."""
        from kage.kinetix.task import KinetixTask

        self.check_vary(world, "vary", vary)
        return KinetixTask(world.task.size, world.task.dense_reward_scale, world.task.controls)

    def check_vary(self, world: KinetixWorld, key: str, vary: Mapping[str, Sequence[float]]) -> None:
        """Raise `ConfigError` for any parameter: a level is drawn as a whole."""
        for name in vary:
            raise fault(key, name, f"levels of task={self.name} draw no parameters")

    def covers(self, world: KinetixWorld, vary: Mapping[str, Sequence[float]], case: Case) -> bool:
        """False, because nothing varies."""
        return False

    def level_names(self, world: KinetixWorld) -> list[str]:
        """The hand-made levels that the size of a world has room for."""
        sizes = [*SIZES]
        return [name for name in level_names() if sizes.index(name[0]) <= sizes.index(world.task.size)]

    def level(self, case: Case) -> Level | None:
        """The level of a case at the size of its world; None for random levels."""
        return None if case.level is None else load_level(case.level, case.world.task.size)

    def twins(self, one: KinetixWorld, other: KinetixWorld) -> bool:
        """False: worlds differ in more than looks."""
        return False

    def certify(self, one: Case, other: Case, episodes: int) -> None:
        """None, because there are no looks to compare."""

    def picture(self, case: Case) -> np.ndarray:
        """The start of a level, or of a random one, (H, W, 3) u8."""
        from kage.kinetix.pictures import picture

        return picture(self.task(case.world), self.level(case))


def case_id(world: KinetixWorld, level: str | None) -> str:
    """Identity of what is played."""
    return digest(world.spoken() | {"level": level})


def check_room(level: str, size: str) -> None:
    """Raise `ConfigError` if a hand-made level doesn't fit into a size."""
    own, sizes = level.partition("/")[0], [*SIZES]
    if sizes.index(own) > sizes.index(size):
        raise fault("eval.size", size, f"the level {level} needs size {own}", own)
