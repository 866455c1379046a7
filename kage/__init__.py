"""KAGE: a platformer whose look is set along known axes, and what agents trained on it see, do and lose."""

from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
if not (HERE / "launch").is_dir():
    # A checkout keeps `launch`, `analysis`, `conf` and `assets` beside this folder, a wheel keeps them in it.
    # Either way they are called kage.launch and so on, so no other package of such a name can stand in for them.
    __path__.append(str(HERE.parent))

from kage.params import ConfigError
from kage.platformer.config import Config, from_dict, load_config_from_yaml, save_config_to_yaml

if TYPE_CHECKING:
    from kage.platformer.env import KAGE_Env

__all__ = ["Config", "ConfigError", "KAGE_Env", "from_dict", "load_config_from_yaml", "save_config_to_yaml"]


def __getattr__(name: str):
    """Import `KAGE_Env` when it is first used: it needs JAX, whose import takes a second, and configurations do not."""
    if name != "KAGE_Env":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kage.platformer.env import KAGE_Env

    return KAGE_Env


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
