"""The first-person world as a family: worlds are looks with their physics, cases are evaluation looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kage.family import Metric
from kage.first_person.config import FirstPersonConfig
from kage.first_person.observation import NUMBERS
from kage.lazy import lazy
from kage.look.worlds import LookFamily, LookTaskConfig, LookWorld
from kage.params import group, param

if TYPE_CHECKING:
    from kage.first_person.task import FirstPersonTask


@group("task")
class TaskConfig(LookTaskConfig):
    """What is played, and how it is observed, in training and evaluation alike."""

    name: str = param("first_person", "the family of worlds", among=("first_person",))


class FirstPersonWorld(LookWorld):
    """A look with its physics, and how it is observed."""

    numbers = NUMBERS


class FirstPerson(LookFamily):
    """The family `first_person`."""

    name = "first_person"
    Config, World, Task = FirstPersonConfig, FirstPersonWorld, TaskConfig
    env, physics = lazy("kage.first_person.env"), lazy("kage.first_person.physics")
    certificates, pictures = lazy("kage.first_person.certify"), lazy("kage.first_person.pictures")
    people, reader = lazy("kage.first_person.people"), "kage.first_person.config.load_config_from_yaml"
    anatomy = lazy("kage.first_person.anatomy")
    metrics = (
        Metric("success_rate", "share of episodes", "percent", share=True),
        Metric("distance", "cells", "percent", share=False),
        Metric("progress", "share of the goals of a success", "percent", share=False),
        Metric("return", "reward per episode", "difference", share=False),
        Metric("reached_one", "share of episodes", "percent", share=True),
    )

    def made(self, params: Any, vary: Mapping[str, Any], pool: int, observe: str) -> FirstPersonTask:
        """The task with these fields."""
        from kage.first_person.task import FirstPersonTask

        return FirstPersonTask(params, vary, pool, observe)
