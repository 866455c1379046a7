"""Kinetix: puzzles of rigid bodies. `KinetixTask` plays levels, which are drawn at random or made by hand."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kage.kinetix.handmade import level_names, load_level
    from kage.kinetix.level import stack_levels
    from kage.kinetix.task import KinetixTask

__all__ = ["KinetixTask", "level_names", "load_level", "stack_levels"]

PLACES = {"KinetixTask": "task", "level_names": "handmade", "load_level": "handmade", "stack_levels": "level"}


def __getattr__(name: str):
    """Import what is asked for when it is first used: commands that only read need no JAX."""
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
