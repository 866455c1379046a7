"""Everything that decides a trained policy, as typed values. Commands make tasks and methods from nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage import registry
from kage.family import Family, World
from kage.identity import costly, digest, spoken
from kage.params import fault

if TYPE_CHECKING:
    from kage.method import Method
    from kage.task import Task

SECTIONS = ("agent", "encoder", "memory", "curriculum")  # the key `name` of each chooses an option of `kage.registry`


@dataclass(frozen=True)
class Recipe:
    """A world, how to learn in it, and for how long. Each name of `SECTIONS` is a field, in the same order."""

    family: Family
    world: World
    agent: Any
    encoder: Any
    memory: Any
    curriculum: Any
    total_steps: int  # environment steps, per seed

    @classmethod
    def of(cls, values: Mapping[str, Any], total_steps: int) -> Recipe:
        """The recipe of a configuration: section -> its values. Raises `ConfigError`."""
        family = registry.family(values["task"]["name"])
        options = {section: option(section, values[section]) for section in SECTIONS}
        recipe = cls(family, family.world(values), **options, total_steps=total_steps)
        recipe.check()
        return recipe

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> Recipe:
        """The recipe that the content of a run folder's config.yaml describes. Raises `ConfigError`, and KeyError for a
        section that is missing."""
        return cls.of(config, config["budget"]["total_steps"])

    def check(self) -> None:
        """Raise `ConfigError` if the encoder cannot take the task's observations, or the agent no memory."""
        if "memory" in self.agent.uses:
            self.memory.check(self.agent)
        if "encoder" not in self.agent.uses:
            return
        if self.world.sees not in self.encoder.sees:
            how = f", observed as {self.world.label}," if self.world.label else ""
            raise fault("encoder", self.encoder.name, f"it takes {' or '.join(self.encoder.sees)}, and "
                        f"task={self.family.name}{how} shows {self.world.sees}", self.world.encoder)  # fmt: skip
        self.encoder.check(self.world)

    def to_dict(self) -> dict[str, Any]:
        """The sections as plain data."""
        return self.world.to_dict() | {section: dataclasses.asdict(getattr(self, section)) for section in SECTIONS}

    @property
    def id(self) -> str:
        """Identity of the trained policy apart from its seed: all that can change the policy, and nothing else.

        A section is left out if the method does not use it, or if all its values are neutral.
        """
        return digest(self.spoken())

    def spoken(self) -> dict[str, Any]:
        """The values from which `id` is computed."""
        parts = {section: spoken(option) for section, option in self.used.items()}
        steps = {"total_steps": self.total_steps} if self.updates else {}
        return self.world.spoken() | {section: values for section, values in parts.items() if values} | steps

    @property
    def used(self) -> dict[str, Any]:
        """The options of the sections that decide what is learnt."""
        return {section: getattr(self, section) for section in ("agent", *self.agent.uses)}

    @property
    def cost_id(self) -> str:
        """Identity of what decides the cost of a step: recipes with the same `cost_id` share measured speeds."""
        return digest({section: costly(option) for section, option in self.used.items()} | self.world.costly())

    @property
    def label(self) -> str:
        """The name of the method in tables: the agent, how it observes the world, and each part that is not the usual
        one."""
        parts = (option for section, option in self.used.items() if section != "agent")
        names = [part.name for part in parts if spoken(part) and part.name != self.world.encoder]
        observed = [self.world.label] if self.world.label and "encoder" in self.used else []
        return "-".join([self.agent.label, *observed, *names])

    @property
    def updates(self) -> int:
        """Updates of a training; 0 for a method that learns nothing."""
        return self.agent.updates(self.total_steps)

    @property
    def steps(self) -> int:
        """Environment steps of a training, per seed: whole updates only."""
        return self.updates * self.agent.batch

    def task(self) -> Task:
        """The training task."""
        return self.family.task(self.world)

    def method(self) -> Method:
        """The method on its task."""
        task = self.task()
        return self.agent.build(
            task=task, encoder=self.encoder.build(), memory=self.memory.build(), curriculum=self.curriculum.build(task)
        )


def option(section: str, values: Mapping[str, Any]) -> Any:
    """A section as a typed object: the class that its `name` chooses, built from its values. Raises `ConfigError`."""
    return registry.find(section, values.get("name"))(**values)
