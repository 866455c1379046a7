"""Everything that decides a trained policy, as typed values. Commands make tasks and methods from nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kage import registry
from kage.family import Case, Family, World, success_of
from kage.identity import costly, digest, spoken
from kage.params import fault

if TYPE_CHECKING:
    from kage.method import Method
    from kage.task import Task

# The key `name` of each section chooses an option of `kage.registry`.
SECTIONS = ("agent", "encoder", "memory", "augment", "curriculum", "start")
LATER = ("augment", "start")  # sections that configurations of earlier runs do not have
# What training may know: the same for every shift; something chosen for a shift; what only the simulator knows.
TRACKS = ("agnostic", "informed", "privileged")


@dataclass(frozen=True)
class Recipe:
    """A world, how to learn in it, and for how long. Each name of `SECTIONS` is a field, in the same order."""

    family: Family
    world: World
    agent: Any
    encoder: Any
    memory: Any
    augment: Any
    curriculum: Any
    start: Any
    total_steps: int  # environment steps, per seed

    @classmethod
    def of(cls, values: Mapping[str, Any], total_steps: int) -> Recipe:
        """The recipe of a configuration: section -> its values. Raises `ConfigError`."""
        family = registry.family(values["task"]["name"])
        given = {section: {"name": registry.USUAL[section]} for section in LATER} | dict(values)
        options = {section: option(section, given[section]) for section in SECTIONS}
        recipe = cls(family, family.world(values), **options, total_steps=total_steps)
        recipe.check()
        return recipe

    @classmethod
    def from_dict(cls, config: Mapping[str, Any]) -> Recipe:
        """The recipe that the content of a run folder's config.yaml describes. Raises `ConfigError`, and KeyError for a
        section that is missing."""
        return cls.of(config, config["budget"]["total_steps"])

    def check(self) -> None:
        """Raise `ConfigError` if parts do not fit: what varies, augmentation or encoder to the world, the memory
        to the agent."""
        for key, vary in self.drawn.items():
            self.family.check_vary(self.world, key, vary)
        if hasattr(self.agent, "twin"):
            self.check_twin()
        if "curriculum" in self.agent.uses:
            self.curriculum.check(self.family, self.world)
        if "augment" in self.agent.uses:
            self.check_augment()
        if "memory" in self.agent.uses:
            self.memory.check(self.agent)
        if "encoder" not in self.agent.uses:
            return
        if self.world.sees not in self.encoder.sees:
            how = f", observed as {self.world.label}," if self.world.label else ""
            raise fault("encoder", self.encoder.name, f"it takes {' or '.join(self.encoder.sees)}, and "
                        f"task={self.family.name}{how} shows {self.world.sees}", self.world.encoder)  # fmt: skip
        self.encoder.check(self.world)
        if hasattr(self.agent, "check"):
            self.agent.check(self.world, self.encoder)

    def check_twin(self) -> None:
        """Raise `ConfigError` if nothing varies under which states are seen again, or they cannot be seen again."""
        if not self.agent.twin:
            raise fault("agent.vary", {}, "parameters with their ranges, such as {filters.brightness: [-0.5, 0.5]}")
        if not self.world.redrawn:
            raise fault("agent", self.agent.name, "it sees single states again, and an observation here "
                        f"({self.world.label}) holds earlier ones too")  # fmt: skip

    def check_augment(self) -> None:
        """Raise `ConfigError` if there is no augmentation, or one of observations that the task does not show."""
        chooses = getattr(self.agent, "chooses", False)

        def fits(augment: Any) -> bool:
            return self.world.sees in getattr(augment, "sees", ()) and (hasattr(augment, "options") or not chooses)

        if not fits(self.augment):
            able = [name for name in registry.names("augment") if fits(registry.find("augment", name))]
            what = f"agent={self.agent.name} {'chooses between augmentations of' if chooses else 'augments'} the "
            raise fault("augment", self.augment.name, f"{what}{self.world.sees} of task={self.family.name}: "
                        f"{', '.join(able) or 'no augmentation can'}", next(iter(able), None))  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The sections as plain data. Sections that came later are written where they matter only."""
        written = [name for name in SECTIONS if name not in LATER or name in self.used and spoken(self.used[name])]
        return self.world.to_dict() | {section: dataclasses.asdict(getattr(self, section)) for section in written}

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
        names = [getattr(part, "label", part.name) for part in parts
                 if spoken(part) and part.name != self.world.encoder]  # fmt: skip
        observed = [self.world.label] if self.world.label and "encoder" in self.used else []
        return "-".join(filter(None, [self.agent.label, *observed, *names]))

    @property
    def track(self) -> str:
        """What training knows of the looks that are asked for, one of `TRACKS`: the most that one of its parts says.

        A part without a word of its own, such as an encoder, is agnostic.
        """
        tracks = [getattr(part, "track", TRACKS[0]) for part in (self.world, *self.used.values())]
        return max(tracks, key=TRACKS.index)

    @property
    def updates(self) -> int:
        """Updates of a training; 0 for a method that learns nothing."""
        return self.agent.updates(self.total_steps)

    @property
    def steps(self) -> int:
        """Environment steps of a training, per seed: whole updates only."""
        return self.updates * self.agent.batch

    def task(self) -> Task:
        """The training task, with what its levels draw."""
        return self.family.task(self.world, self.vary)

    @property
    def vary(self) -> Mapping[str, list[float]]:
        """The parameters that each level draws, from which range; {}: none."""
        return getattr(self.curriculum, "vary", {}) if "curriculum" in self.agent.uses else {}

    @property
    def drawn(self) -> dict[str, Mapping[str, list[float]]]:
        """Everything that training draws of the world's parameters, by the key that configures it."""
        found = {"curriculum.vary": self.vary, "agent.vary": getattr(self.agent, "twin", {})}
        return {key: vary for key, vary in found.items() if vary}

    def method(self) -> Method:
        """The method on its task."""
        task = self.task()
        parts = {"augment": self.augment.build()} if "augment" in self.agent.uses else {}
        if twin := getattr(self.agent, "twin", {}):
            parts["twin"] = self.family.task(self.world, twin)
        curriculum = self.curriculum.build(task, success=success_of(self.family), levels=self.levels())
        return self.agent.build(
            task=task, encoder=self.encoder.build(), memory=self.memory.build(), curriculum=curriculum, **parts
        )

    def levels(self) -> list[Any]:
        """The levels that the curriculum names, each a pytree of arrays."""
        names = getattr(self.curriculum, "levels", ())
        return [self.family.level(Case("", self.world, name, "train")) for name in names]


def option(section: str, values: Mapping[str, Any]) -> Any:
    """A section as a typed object: the class that its `name` chooses, built from its values. Raises `ConfigError`."""
    return registry.find(section, values.get("name"))(**values)
