"""Modules that are imported when one of their attributes is first used.

The file of a filter declares parameters, which composing a command reads, and a drawing function, which needs JAX.
Because JAX is imported lazily, both can be in one file, and composing a command does not wait for JAX.
"""

import importlib
import types


class Lazy(types.ModuleType):
    """A placeholder for the module of its name, which is imported when an attribute is asked for."""

    def __getattr__(self, name: str):
        return getattr(importlib.import_module(self.__name__), name)


def lazy(name: str) -> types.ModuleType:
    """The module of this dotted name, not imported yet. A wrong name raises ImportError at first use."""
    return Lazy(name)
