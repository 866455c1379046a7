"""The environment's configuration: eight groups, episode and screen keys; from Python, mappings and YAML."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from kage.look import yaml_files
from kage.look.config import (
    LOOK,
    BackgroundConfig,
    CharacterConfig,
    DistractorsConfig,
    EffectsConfig,
    FiltersConfig,
    NpcConfig,
)
from kage.look.configuration import laid_over
from kage.look.palette import PALETTE16
from kage.params import ABOVE_0, fault, group, ordered, param

# What switches keys on, see `kage.params.Spec.needs`.
NOT_FLAT = {"pix_per_unit": ABOVE_0}
STAIRS = NOT_FLAT | {"p_change": ABOVE_0}


@group("layout")
class LayoutConfig:
    """Parameters of the level: a staircase of platforms walked from left to right."""

    length: int = param(2048, "level length, at least the screen width", unit="px", low=32)
    height_px: int = param(128, "level height, equal to the screen height H", unit="px", low=32)
    base_ground_y: int = param(96, "row of height 0", unit="px row", low=70, high=127)
    pix_per_unit: int = param(2, "pixels per height unit; 0 is flat", unit="px", low=0, high=3)
    ground_thickness: int = param(2, "thickness of the ground", unit="px", low=1, high=10)
    run_width: int = param(25, "width of one stair", unit="px", low=1, high=60)
    p_change: float = param(
        0.7, "chance that a stair differs from the one before", unit="probability", low=0, high=1, needs=NOT_FLAT
    )
    p_up_given_change: float = param(
        0.5, "chance that a change goes up", unit="probability", low=0, high=1, needs=STAIRS
    )
    min_step_height: int = param(
        5, "smallest change, at most max_step_height", unit="height units", low=1, needs=STAIRS
    )
    max_step_height: int = param(17, "largest change", unit="height units", low=1, needs=STAIRS)
    layout_colors: list[str] = param(
        ["cyan"], "colours of the ground, one drawn per episode", among=tuple(PALETTE16), empty=False
    )

    def rules(self):
        ordered(self, "min_step_height", "max_step_height")


@group("physics")
class PhysicsConfig:
    """Parameters of motion."""

    gravity: float = param(0.75, "downward acceleration", unit="px/step^2", low=0.1, high=1)
    move_speed: int = param(1, "largest horizontal speed", unit="px/step", low=1)
    jump_force: float = param(-7.5, "vertical speed a jump sets; negative is up", unit="px/step", low=-10, high=0)
    ground_friction: float = param(0.8, "factor on vx per step on the ground", low=0.1, high=1)
    air_resistance: float = param(0.95, "factor on vx per step in the air", low=0.1, high=1)
    max_fall_speed: float = param(8.0, "largest downward speed", unit="px/step", low=0.1, high=10)


GROUPS = {cls.KEY: cls for cls in (*LOOK, LayoutConfig, PhysicsConfig)}


@group("")
class Config:
    """Everything that defines an environment: task, screen and the eight groups."""

    episode_length: int = param(500, "time limit, the only way an episode ends (truncation)", unit="steps", low=1)
    forward_reward_scale: float = param(0.2, "reward per pixel of new furthest x", unit="reward/px", low=0)
    jump_penalty: float = param(10.0, "cost of every step whose JUMP bit is set, in the air too", low=0)
    timestep_penalty: float = param(0.1, "cost of every step", low=0)
    idle_penalty: float = param(5.0, "cost of a step that leaves x exactly unchanged", low=0)
    dist_to_success: float = param(490.0, "passed distance that counts as success", unit="px", above=0)
    H: int = param(128, "observation height", unit="px", low=32)
    W: int = param(128, "observation width", unit="px", low=32)
    background: BackgroundConfig = dataclasses.field(default_factory=BackgroundConfig)
    character: CharacterConfig = dataclasses.field(default_factory=CharacterConfig)
    npc: NpcConfig = dataclasses.field(default_factory=NpcConfig)
    distractors: DistractorsConfig = dataclasses.field(default_factory=DistractorsConfig)
    filters: FiltersConfig = dataclasses.field(default_factory=FiltersConfig)
    effects: EffectsConfig = dataclasses.field(default_factory=EffectsConfig)
    layout: LayoutConfig = dataclasses.field(default_factory=LayoutConfig)
    physics: PhysicsConfig = dataclasses.field(default_factory=PhysicsConfig)

    def rules(self):
        for name, cls in GROUPS.items():
            if not isinstance(getattr(self, name), cls):
                raise fault(name, getattr(self, name), f"a {cls.__name__}")
        if self.layout.length < self.W:
            raise fault("layout.length", self.layout.length, f"at least W, which is {self.W}", self.W)
        if self.layout.height_px != self.H:
            raise fault("layout.height_px", self.layout.height_px, f"equal to H, which is {self.H}", self.H)
        for name, size, room in (("width", self.character.width, self.layout.length),
                                 ("height", self.character.height, self.H)):  # fmt: skip
            if 2 * (size // 2) + 1 > room:
                raise fault(f"character.{name}", size, f"smaller than the level, {room} px", room - 2)


def from_dict(values: Mapping, base: Config | None = None) -> Config:
    """A `Config` from a nested mapping, laid over `base` (default: the defaults); see `laid_over`."""
    return laid_over(Config() if base is None else base, values)


def load_config_from_yaml(path: str | Path) -> Config:
    """The environment that a YAML file describes; keys that the file leaves out keep their defaults.

    Raises `ConfigError`, naming the file, for unreadable YAML and for every key or value that is not allowed.
    """
    return yaml_files.load(path, Config())


def save_config_to_yaml(config: Config, path: str | Path) -> None:
    """Write all parameters as YAML; `load_config_from_yaml` reads an equal config. Raises `ConfigError` when the file
    cannot be written."""
    yaml_files.save(config, path, "kage.load_config_from_yaml")


def decides(key: str) -> bool:
    """True if the parameter of this dotted key decides transition or reward; every other one decides pixels alone."""
    group, _, name = key.rpartition(".")
    box = group == "character" and name in ("width", "height")
    return group in ("", "physics") or box or group == "layout" and name != "layout_colors"
