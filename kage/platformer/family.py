"""The platformer as a family: worlds are looks with their physics, cases are evaluation looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kage.family import Metric
from kage.lazy import lazy
from kage.look.worlds import DOSABLE, LookFamily, LookTaskConfig, LookWorld
from kage.params import group, param
from kage.platformer.config import Config
from kage.platformer.observation import NUMBERS

if TYPE_CHECKING:
    from kage.platformer.task import PlatformerTask


@group("task")
class TaskConfig(LookTaskConfig):
    """What is played, and how it is observed, in training and evaluation alike."""

    name: str = param("kage", "the family of worlds", among=("kage",))


class PlatformerWorld(LookWorld):
    """A look with its physics, and how it is observed."""

    numbers = NUMBERS


class Platformer(LookFamily):
    """The family `kage`."""

    name = "kage"
    Config, World, Task = Config, PlatformerWorld, TaskConfig
    env, physics = lazy("kage.platformer.env"), lazy("kage.platformer.physics")
    certificates, pictures = lazy("kage.platformer.certify"), lazy("kage.platformer.pictures")
    people, reader = lazy("kage.platformer.people"), "kage.load_config_from_yaml"
    anatomy = lazy("kage.platformer.anatomy")
    dosable = {"physics": ("gravity", "jump_force", "ground_friction", "air_resistance", "max_fall_speed")} | DOSABLE
    metrics = (
        Metric("success_rate", "share of episodes", "percent", share=True),
        Metric("distance", "px", "percent", share=False),
        Metric("progress", "share of the distance to success", "percent", share=False, repeats="distance"),
        Metric("return", "reward per episode", "difference", share=False),
    )

    def made(self, params: Any, vary: Mapping[str, Any], pool: int, observe: str) -> PlatformerTask:
        """The task with these fields."""
        from kage.platformer.task import PlatformerTask

        return PlatformerTask(params, vary, pool, observe)

