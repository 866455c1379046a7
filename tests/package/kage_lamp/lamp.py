"""A world of one step: is the lamp on? Action 1 says yes. How brightly the lamp glows is its look."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.family import Case, Metric, Names, in_words
from kage.identity import costly, digest, spoken
from kage.params import ConfigError, group, param
from kage.task import ActionSpec, Step


@group("lamp")
class LampConfig:
    """The lamp."""

    glow: float = param(1.0, "brightness of the lamp when it is on", low=0, high=1)
    often: float = param(0.5, "how often the lamp is on", unit="probability", low=0, high=1)


@group("task")
class TaskConfig:
    """What is played."""

    name: str = param("lamp", "the family of worlds", among=("lamp",))


@struct.dataclass
class LampTask:
    """One step. A level is whether the lamp is on."""

    glow: jax.Array  # () f32
    often: jax.Array  # () f32

    actions = ActionSpec((2,))
    sees = "vector"
    horizon = 1

    def sample_levels(self, key, n):
        return jax.random.bernoulli(key, self.often, (n,))

    def reset(self, key, level):
        return level, self.observe(level)

    def step(self, state, action):
        right = (action[0] == state).astype(jnp.float32)
        return state, Step(self.observe(state), right, jnp.bool_(True), jnp.bool_(False), {"right": right})

    def observe(self, state):
        return jnp.where(state, self.glow, 0.0)[None]


@dataclasses.dataclass(frozen=True)
class LampWorld:
    """A lamp."""

    lamp: LampConfig
    task: TaskConfig

    sees = "vector"
    horizon = 1
    encoder = "flat"
    label = ""

    def to_dict(self) -> dict[str, Any]:
        return {"lamp": dataclasses.asdict(self.lamp), "task": dataclasses.asdict(self.task)}

    def spoken(self) -> dict[str, Any]:
        return {"lamp": spoken(self.lamp), "task": spoken(self.task)}

    def costly(self) -> dict[str, Any]:
        return {"task": costly(self.task)}

    def shape(self) -> tuple[int, ...]:
        return (1,)

    @property
    def seen(self) -> str:
        return "one number"

    def larger(self, need: int) -> str:
        return ""

    def flat(self) -> dict[str, Any]:
        return {f"lamp.{key}": value for key, value in dataclasses.asdict(self.lamp).items()}

    def difference(self, other: LampWorld) -> dict[str, tuple[Any, Any]]:
        here, there = self.flat(), other.flat()
        return {key: (here[key], there[key]) for key in here if here[key] != there[key]}

    def lacking(self, key) -> dict[str, object]:
        return {}

    @property
    def has_own_files(self) -> bool:
        return False

    def refuse_other_files(self) -> None:
        pass


class Lamp:
    """The family `lamp`."""

    name = "lamp"
    sections = {"lamp": LampConfig, "task": TaskConfig}
    defaults = {"lamp": dataclasses.asdict(LampConfig())}
    eval_keys = ("lamp",)
    metrics = (Metric("right", "share of answers", "percent", share=True),)
    words = {"pair": "lamp"}
    leads = "scores"
    people = None

    def world(self, values) -> LampWorld:
        return LampWorld(LampConfig(**values["lamp"]), TaskConfig(**values["task"]))

    def cases(self, world, changes, names: Names) -> list[Case]:
        train = Case(digest(world.spoken()), world, None, "train")
        if changes == {}:
            return [train]
        if unknown := changes.keys() - self.defaults.keys():
            raise ConfigError(f"eval: a lamp has no {unknown.pop()}")
        shifted = dataclasses.replace(world, lamp=dataclasses.replace(world.lamp, **changes.get("lamp", {})))
        change = in_words(world.difference(shifted)) or "no change"
        return [train, Case(digest(shifted.spoken()), shifted, None, "eval", **dataclasses.asdict(names), change=change)]

    def changes(self, world, case) -> dict[str, Any]:
        overlay = {key.partition(".")[2]: value for key, (_, value) in world.difference(case.world).items()}
        return {"lamp": overlay} if overlay else {}

    def task(self, world, vary: Mapping[str, tuple[float, float]] = {}) -> LampTask:
        return LampTask(jnp.float32(world.lamp.glow), jnp.float32(world.lamp.often))

    def level_names(self, world) -> tuple[str, ...]:
        return ()

    def with_levels(self, world, key, names):
        return world, names

    def level(self, case) -> None:
        return None

    def twins(self, one, other) -> bool:
        return one.lamp.often == other.lamp.often

    def certify(self, one, other, episodes) -> None:
        return None

    def picture(self, case) -> None:
        return None
