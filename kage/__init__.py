"""KAGE: a platformer whose look is set along known axes, and measurements of the agents trained on it."""

from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
if not (HERE / "launch").is_dir():
    # In a checkout, `launch`, `analysis`, `conf` and `assets` lie beside this folder; in a wheel, they lie in it.
    # In both cases they are imported as kage.launch and so on, so no other package called `launch` can be imported
    # by mistake.
    __path__.append(str(HERE.parent))

from kage.params import ConfigError
from kage.platformer.config import Config, from_dict, load_config_from_yaml, save_config_to_yaml

if TYPE_CHECKING:
    from kage.platformer.env import KAGE_Env

__all__ = ["Config", "ConfigError", "KAGE_Env", "from_dict", "load_config_from_yaml", "save_config_to_yaml"]


def __getattr__(name: str):
    """Import `KAGE_Env` at its first use: it needs JAX, whose import takes a second. Configurations need no JAX."""
    if name != "KAGE_Env":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kage.platformer.env import KAGE_Env

    return KAGE_Env


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
