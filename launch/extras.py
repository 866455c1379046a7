"""Modules that only some installations have."""

import importlib
from types import ModuleType

from kage.params import ConfigError


def need(module: str, extra: str) -> ModuleType:
    """A module that comes with an extra; ConfigError, with what installs it, where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ConfigError(
            f"{module} is not installed, it comes with the extra {extra}: pip install -e '.[{extra}]'"
        ) from None
