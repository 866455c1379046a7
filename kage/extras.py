"""Modules that only some installations have."""

import importlib
from types import ModuleType

from kage.params import ConfigError


def need(module: str, extra: str) -> ModuleType:
    """Import a module that an extra installs. ConfigError, with the command that installs it, if it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise missing(module, extra) from None


def missing(module: str, extra: str) -> ConfigError:
    """What is told where a module is missing."""
    return ConfigError(f"{module} is not installed, it comes with the extra {extra}: pip install 'kage-lab[{extra}]'")
