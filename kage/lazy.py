"""Modules that are imported when something of them is first used.

A filter declares its parameters, which composing a command reads, and draws, for which it needs JAX. With JAX imported
lazily both stand in one file, and composing does not wait for JAX.
"""

import importlib
import types


class Lazy(types.ModuleType):
    """Stands for the module of its name until an attribute is asked for."""

    def __getattr__(self, name: str):
        return getattr(importlib.import_module(self.__name__), name)


def lazy(name: str) -> types.ModuleType:
    """The module of this dotted name, not imported yet. A wrong name raises ImportError at first use."""
    return Lazy(name)
