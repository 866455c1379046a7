"""Point lights, added to the filtered picture."""

from kage.palette import LIGHTS
from kage.params import ConfigError, group, param


@group("effects")
class EffectsConfig:
    """Parameters of the point lights."""

    point_light_enabled: bool = param(False, "draw point lights")
    point_light_intensity: float = param(1.0, "brightness at the centre of a light", low=0.1, high=5)
    point_light_radius: float = param(0.1, "distance of half intensity", unit="image diagonals", low=0.01, high=1)
    point_light_falloff: float = param(2.0, "exponent of the decay", low=1, high=4)
    point_light_count: int = param(4, "number of lights", low=1, high=5)
    point_light_color_names: list[str] = param(
        ["blue", "pink", "gold"], "light i takes name i modulo their number", among=tuple(LIGHTS), empty=False
    )


def build(config: EffectsConfig) -> None:
    """The traced form of `config`, None when the lights are off."""
    if config.point_light_enabled:
        raise ConfigError("effects.point_light_enabled=True is not available yet: use effects=none")
