"""Kinetix as a family: worlds are sizes, cases are levels that people made, and random ones."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage.family import Case, Metric, Names
from kage.identity import costly, digest, spoken
from kage.kinetix.handmade import level_names, load_level
from kage.kinetix.own import SUFFIX, OwnFile, find, is_own
from kage.kinetix.sizes import SIZES, larger
from kage.lazy import lazy
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
                                  "m/arm_up; random: random levels once more; mine.npz: the levels of a file, "
                                  "mine.npz/3: one of them")  # fmt: skip
    size: str | None = param(None, "the size at which levels are played; null: the largest of the levels of a suite, "
                             "which for s, m and l is their own, and that of a file", among=tuple(SIZES))  # fmt: skip


@dataclass(frozen=True)
class KinetixWorld:
    """Levels of one size."""

    task: TaskConfig
    files: tuple[OwnFile, ...] = ()  # those of the user whose levels are played here

    sees = "entities"
    track = "agnostic"
    horizon = None
    redrawn = False
    encoder = "entities"
    label = ""
    has_own_files = False  # that might be unusable: composing has read files of levels to their ends

    @property
    def actions(self) -> str:
        """What an action is made of."""
        return self.task.controls

    def to_dict(self) -> dict[str, Any]:
        """The section as plain data, and the files of the user with what they held."""
        files = [dataclasses.asdict(file) for file in self.files]
        return {"task": dataclasses.asdict(self.task)} | ({"files": files} if files else {})

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
        """Raise `ConfigError` if files of the user do not hold what they held when they were composed."""
        for file in self.files:
            file.refuse_another()

    def at(self, size: str) -> KinetixWorld:
        """The same world with levels of another size."""
        return dataclasses.replace(self, task=dataclasses.replace(self.task, size=size))

    def knowing(self, file: OwnFile) -> KinetixWorld:
        """The same world with the levels of a file."""
        return self if file in self.files else dataclasses.replace(self, files=(*self.files, file))

    def place(self, level: str) -> tuple[OwnFile, int] | None:
        """The file and the number of a level that is known by what its file holds; None for a level with a name."""
        content, _, number = level.partition("/")
        return next(((file, int(number)) for file in self.files if file.content == content), None)


def size_of(name: str) -> str:
    """The size of a level's name: m/arm_up is of m."""
    return name.partition("/")[0]


def group_of(name: str) -> str:
    """The group of a level's name: m/arm_up is of arm, s/h0_weak_thrust of h."""
    return re.sub(r"\d", "", name.partition("/")[2].partition("_")[0])


def suites() -> dict[str, list[str]]:
    """The hand-made levels of each suite: sizes, all, groups of names."""
    found: dict[str, list[str]] = {size: [] for size in (*SIZES, ALL)}
    for name in level_names():
        for suite in (size_of(name), ALL, group_of(name)):
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
    keyboard, loops = lazy("kage.kinetix.keyboard"), lazy("kage.kinetix.loops")

    def world(self, values: Mapping[str, Any]) -> KinetixWorld:
        """The world of a configuration. A run folder has in `files` what files held when the run was planned."""
        return KinetixWorld(TaskConfig(**values["task"]), tuple(OwnFile(**file) for file in values.get("files", ())))

    def cases(self, world: KinetixWorld, changes: Mapping[str, Any], names: Names) -> list[Case]:
        """Random levels of the training's size, then those that `changes` names. Levels have names of their own, so
        `names` is not used."""
        train = Case(case_id(world, None), world, None, "train")
        found, named, config = {train.key: train}, {}, EvalConfig(**changes)
        for name in config.levels:
            for at, level, suite, pair in self.asked(world, name, config.size):
                if named.setdefault(pair, level) != level:
                    raise fault("eval.levels", name, f"files of different names, because tables show no folders, and "
                                f"another one is called {suite}")  # fmt: skip
                change = f"level at size {at.task.size}" if level else f"random levels of size {at.task.size}"
                case = Case(case_id(at, level), at, level, "eval", suite, pair, change=change)
                found[case.key] = case
        return list(found.values())

    def asked(
        self, world: KinetixWorld, name: str, size: str | None
    ) -> Iterator[tuple[KinetixWorld, str | None, str, str]]:
        """What a name in `eval.levels` asks for: world, level, suite and the name in tables of each case."""
        known = suites()
        if name == RANDOM:
            yield world, None, RANDOM, RANDOM
        elif is_own(name):
            found = find("eval.levels", name)
            at = world.at(size or found.size).knowing(found.file)
            for number, need in found.levels:
                check_room(shown := f"{found.file.name}/{number}", need, at.task.size)
                yield at, f"{found.file.content}/{number}", found.file.name, shown
        elif name in known or name in level_names():
            suite, levels = (name, known[name]) if name in known else (size_of(name), [name])
            at = world.at(size or max(map(size_of, levels), key=[*SIZES].index))
            for level in levels:
                check_room(level, size_of(level), at.task.size)
                yield at, level, suite, level
        else:
            raise fault("eval.levels", name, f"one of {', '.join(known)}, {RANDOM}, the name of a level, or a file of "
                        f"levels, *{SUFFIX}", nearest(name, [*known, RANDOM, *level_names()]))  # fmt: skip

    def changes(self, world: KinetixWorld, case: Case) -> dict[str, Any]:
        """The `eval` section that names a case alone."""
        if case.level is None:
            return {} if case.split == "train" else {"levels": [RANDOM]}
        place = case.world.place(case.level)
        name = case.level if place is None else f"{place[0].path}/{place[1]}"
        return {"levels": [name], "size": case.world.task.size}

    def with_levels(self, world: KinetixWorld, key: str, names: Sequence[str]) -> tuple[KinetixWorld, list[str]]:
        """Files of the user, suites and groups become their levels; see `kage.family.Family`."""
        known, room, levels = suites(), world.task.size, []
        for name in names:
            if is_own(name):
                found = find(key, name)
                world = world.knowing(found.file)
                each = [(f"{found.file.content}/{number}", f"{found.file.name}/{number}", need)
                        for number, need in found.levels]  # fmt: skip
            else:
                each = [(level, level, size_of(level)) for level in known.get(name, [name])]
            for level, shown, need in each:
                if need in SIZES and larger(need, room):
                    raise fault(key, name, f"levels that task.size={room} holds, and {shown} needs size {need}")
                levels.append(level)
        return world, levels

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
        """The hand-made levels that the size of a world has room for, and those of its files."""
        fitting = [name for name in level_names() if not larger(name[0], world.task.size)]
        return [*fitting, *(f"{file.content}/{number}" for file in world.files for number in range(file.count))]

    def level(self, case: Case) -> Level | None:
        """The level of a case at the size of its world; None for random levels. Raises `ConfigError` if it is in a file
        that was replaced since."""
        if case.level is None:
            return None
        if place := case.world.place(case.level):
            file, number = place
            return file.level(number, case.world.task.size)
        return load_level(case.level, case.world.task.size)

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


def check_room(level: str, need: str, size: str) -> None:
    """Raise `ConfigError` if a level, which needs a size, doesn't fit into the size that is asked for."""
    if larger(need, size):
        raise fault("eval.size", size, f"the level {level} needs size {need}", need)
