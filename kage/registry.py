"""A name of an option -> the class behind it, built in or from an installed package.

An option is a frozen dataclass made with `kage.params.group`: what can be set, and `build`, which makes what it names.
A package adds options with entry points, in its `pyproject.toml`:

    [project.entry-points."kage.agent"]
    curl = "my_package.curl:CURLConfig"

Names and not paths stand in configurations, so ids survive a file that is moved, and tables and errors stay short.
"""

from __future__ import annotations

import functools
import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from kage.params import ConfigError, fault, nearest

BUILT_IN = {
    "family": {"kage": "kage.platformer.family:Platformer"},
    "agent": {"ppo": "kage.methods.config:PPOConfig", "random": "kage.methods.untrained:UntrainedConfig",
              "noop": "kage.methods.untrained:UntrainedConfig"},
    "encoder": {"cnn": "kage.networks.cnn:CNNConfig"},
    "memory": {"none": "kage.networks.no_memory:NoMemoryConfig"},
    "curriculum": {"random": "kage.curricula.random:RandomConfig"},
}  # fmt: skip


@functools.cache
def installed(kind: str) -> dict[str, EntryPoint]:
    """The options of one kind that installed packages add, by name."""
    return {entry.name: entry for entry in entry_points(group=f"kage.{kind}")}


def names(kind: str) -> list[str]:
    """Every name of one kind of option."""
    return [*BUILT_IN[kind], *(name for name in installed(kind) if name not in BUILT_IN[kind])]


def find(kind: str, name: object) -> Any:
    """The class behind a name. ConfigError if there is none, or if its package cannot be imported."""
    if name in BUILT_IN[kind]:
        module, _, attribute = BUILT_IN[kind][name].partition(":")
        return getattr(importlib.import_module(module), attribute)
    if name not in installed(kind):
        known = names(kind)
        key = "task.name" if kind == "family" else f"{kind}.name"
        raise fault(key, name, f"one of {', '.join(known)}", nearest(name, known))
    try:
        return installed(kind)[name].load()
    except Exception as error:
        package = installed(kind)[name].dist
        where = f" of {package.name} {package.version}" if package else ""
        raise ConfigError(f"{kind}={name}{where} cannot be imported: {type(error).__name__}: {error}") from error


@functools.cache
def family(name: str) -> Any:
    """The family of this name, a `kage.family.Family`."""
    return find("family", name)()


def package(kind: str, name: str) -> str | None:
    """The name of the installed package that adds an option; None for one that is built in."""
    entry = None if name in BUILT_IN[kind] else installed(kind).get(name)
    return entry.dist.name if entry is not None and entry.dist is not None else None
