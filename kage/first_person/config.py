"""The configuration of the first-person world: the groups of a look, and its own layout, physics and root keys."""

import dataclasses
from pathlib import Path

from kage.look import yaml_files
from kage.look.config import (
    LOOK,
    WALL_PICTURES,
    BackgroundConfig,
    CharacterConfig,
    DistractorsConfig,
    EffectsConfig,
    FiltersConfig,
    NpcConfig,
)
from kage.look.palette import PALETTE16
from kage.params import fault, group, only_one, param

TEXTURES = ("plain", "bricks", "picture")

# What switches keys on, see `kage.params.Spec.needs`.
COLORED, PICTURED = {"wall_texture": ("bricks", "plain")}, {"wall_texture": "picture"}


@group("layout")
class LayoutConfig:
    """Parameters of the level: rooms at odd coordinates of a grid of cells, and walls one cell thick between them."""

    size: int = param(9, "cells of a side, the border included; odd", unit="cells", low=5, high=23)
    openness: float = param(
        1.0, "chance that a wall of the maze is taken away; 0: one way between any two cells, 1: a hall",
        unit="probability", low=0, high=1,
    )  # fmt: skip
    pillars: float = param(0.3, "chance that a pillar which no wall touches stays", unit="probability", low=0, high=1)
    layout_colors: list[str] = param(
        ["cyan"], "colours of the walls, one drawn per episode", among=tuple(PALETTE16), empty=False, needs=COLORED
    )
    wall_texture: str = param("bricks", "what is drawn on the walls", among=TEXTURES)
    wall_image_dir: str | None = param(
        "assets/backgrounds", "folder of pictures for walls, one drawn per episode", needs=PICTURED,
        one_of=WALL_PICTURES, neutral="assets/backgrounds",
    )
    wall_image_paths: list[str] | None = param(
        None, "pictures for walls, instead of wall_image_dir", needs=PICTURED, one_of=WALL_PICTURES, neutral=None
    )
    wall_image_path: str | None = param(
        None, "one picture for walls, instead of wall_image_dir", needs=PICTURED, one_of=WALL_PICTURES, neutral=None
    )  # fmt: skip

    def rules(self):
        if self.size % 2 == 0:
            raise fault("layout.size", self.size, "odd: walls and rooms take turns", self.size + 1)
        only_one(self, WALL_PICTURES)


@group("physics")
class PhysicsConfig:
    """Parameters of motion. A cell has 1024 units, a full turn 256 headings."""

    turn_speed: int = param(8, "turn of LEFT or RIGHT", unit="headings/step", low=1, high=64)
    move_speed: int = param(200, "way of FORWARD", unit="units/step", low=1, high=512)
    radius: int = param(205, "half the side of the agent's box, which walls stop", unit="units", low=1, high=480)
    reach: int = param(512, "distance at which a goal is touched", unit="units", low=128, high=2048)


GROUPS = {cls.KEY: cls for cls in (*LOOK, LayoutConfig, PhysicsConfig)}


@group("")
class FirstPersonConfig:
    """Everything that defines a first-person world: task, screen and the eight groups."""

    episode_length: int = param(250, "time limit, the only way an episode ends (truncation)", unit="steps", low=1)
    progress_reward: float = param(0.2, "reward per cell by which the way to the goal gets shorter; 0: goals alone are "
                                   "rewarded", unit="reward/cell", low=0)  # fmt: skip
    goal_reward: float = param(1.0, "reward for each goal", low=0)
    timestep_penalty: float = param(0.01, "cost of every step", low=0)
    least_goal_distance: int = param(
        3, "least way from a goal to the next one, where a cell is as far", unit="cells", low=1
    )
    goals_to_success: int = param(4, "goals that count as success", low=1)
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
        if self.background.mode == "image" and not self.background.tile_horizontal:
            raise fault("background.tile_horizontal", False, "the sky is a closed panorama of repeated pictures", True)


def load_config_from_yaml(path: str | Path) -> FirstPersonConfig:
    """The world that a YAML file describes, as `kage export task=first_person` writes it; keys that the file leaves out
    keep their defaults. Raises `ConfigError` as `kage.load_config_from_yaml` does."""
    return yaml_files.load(path, FirstPersonConfig())


def decides(key: str) -> bool:
    """True if the parameter of this dotted key decides transition or reward; every other one decides pixels alone."""
    group, _, name = key.rpartition(".")
    return group in ("", "physics") or group == "layout" and name in ("size", "openness", "pillars")
