"""Distractors: shapes that drift over the screen behind the ground line."""

from kage.look.shapes import NAMES
from kage.palette import PALETTE21
from kage.params import ConfigError, group, ordered, param


@group("distractors")
class DistractorsConfig:
    """Parameters of the distractors."""

    enabled: bool = param(False, "draw distractors")
    count: int = param(5, "number of distractors", low=0)
    shape_types: list[str] = param(
        ["circle", "star", "cross"], "shapes, one drawn per distractor and episode", among=NAMES, empty=False
    )
    shape_colors: list[str] = param(
        ["red", "green", "blue"], "colours, one drawn per distractor and episode", among=tuple(PALETTE21), empty=False
    )
    can_move: bool = param(True, "distractors move and bounce at the screen's margin")
    min_speed: float = param(0.0, "lowest |speed| per axis", unit="px/step", low=0)
    max_speed: float = param(1.0, "highest |speed| per axis", unit="px/step", low=0)
    can_rotate: bool = param(True, "distractors turn")
    min_rotation_speed: float = param(-0.3, "slowest turn", unit="degrees/step")
    max_rotation_speed: float = param(0.3, "fastest turn", unit="degrees/step")
    min_size: int = param(4, "smallest size", unit="px", low=1)
    max_size: int = param(12, "largest size", unit="px", low=1)

    def rules(self):
        ordered(self, "min_speed", "max_speed")
        ordered(self, "min_rotation_speed", "max_rotation_speed")
        ordered(self, "min_size", "max_size")


def build(config: DistractorsConfig) -> None:
    """The traced form of `config`, None when there are none."""
    if config.enabled:
        raise ConfigError("distractors.enabled=True is not available yet: use distractors=none")
