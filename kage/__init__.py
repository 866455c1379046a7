"""KAGE: a platformer whose look is set along known axes, and measurements of the agents trained on it."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
if not (HERE / "launch").is_dir():
    # In a checkout, `launch`, `analysis`, `conf` and `assets` lie beside this folder; in a wheel, they lie in it.
    # In both cases they are imported as kage.launch and so on, so no other package called `launch` can be imported
    # by mistake.
    __path__.append(str(HERE.parent))

if TYPE_CHECKING:
    from kage.params import ConfigError
    from kage.platformer.config import Config, from_dict, load_config_from_yaml, save_config_to_yaml
    from kage.platformer.env import KAGE_Env

__all__ = ["Config", "ConfigError", "KAGE_Env", "from_dict", "load_config_from_yaml", "run", "save_config_to_yaml"]

# The others: kage.platformer.config
PLACES = {"ConfigError": "kage.params", "KAGE_Env": "kage.platformer.env", "run": "kage.launch.start"}


def __getattr__(name: str):
    """Import what is asked for when it is first used: a command that prints its help needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(PLACES.get(name, "kage.platformer.config")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
