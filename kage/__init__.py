"""KAGE: a platformer whose look is set along known axes, and what agents trained on it see, do and lose."""

from typing import TYPE_CHECKING

from kage.config import Config, load_config_from_yaml, save_config_to_yaml
from kage.params import ConfigError

if TYPE_CHECKING:
    from kage.env import KAGE_Env

__all__ = ["Config", "ConfigError", "KAGE_Env", "load_config_from_yaml", "save_config_to_yaml"]


def __getattr__(name: str):
    """Import `KAGE_Env` when it is first used: it needs JAX, whose import takes a second, and configurations do not."""
    if name != "KAGE_Env":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kage.env import KAGE_Env

    return KAGE_Env


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
