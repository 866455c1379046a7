"""Find the class behind the name of an option, built in or from an installed package.

An option is a frozen dataclass made with `kage.params.group`: its parameters, and `build`, which makes what the option
names. Its parameter `name` declares the option's names. Files in `FOLDERS`, and in folders there, that hold an option
are found without a list of them. Commands that only read configurations import these files too, so none of the files
imports JAX at its top; see `kage.lazy`. A family of worlds is the class in the file `family.py` of its own folder.

A package adds options with entry points, in its `pyproject.toml`:

    [project.entry-points."kage.agent"]
    curl = "my_package.curl:CURLConfig"

Configurations hold names, not paths. So ids stay the same when a file is moved, and tables and errors stay short.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from kage.params import ConfigError, fault, nearest

HERE = Path(__file__).parent
FOLDERS = {"agent": "methods", "encoder": "networks", "memory": "networks", "augment": "augment",
           "curriculum": "curricula", "start": "runs"}  # fmt: skip
USUAL = {"family": "kage", "agent": "ppo", "encoder": "cnn", "memory": "none", "augment": "none",
         "curriculum": "random", "start": "weights"}  # fmt: skip


@functools.cache
def built_in(kind: str) -> dict[str, Any]:
    """The options of one kind in this package by name, the usual one first."""
    found = {}
    if kind == "family":
        for path in sorted(HERE.glob("*/family.py")):
            module = importlib.import_module(f"kage.{path.parent.name}.family")
            found |= {cls.name: cls for cls in classes_of(module) if hasattr(cls, "sections")}
    else:
        for path in sorted((HERE / FOLDERS[kind]).rglob("*.py")):
            if f'@group("{kind}")' in path.read_text():
                module = importlib.import_module(".".join(("kage", *path.relative_to(HERE).with_suffix("").parts)))
                found |= {name: cls for cls in classes_of(module) if getattr(cls, "KEY", "") == kind
                          for name in names_of(cls)}  # fmt: skip
    return {name: found[name] for name in sorted(found, key=lambda name: name != USUAL[kind])}


def classes_of(module: Any) -> list[type]:
    """The classes that a module defines itself."""
    return [value for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == module.__name__]  # fmt: skip


def names_of(option: type) -> tuple[str, ...]:
    """The names of an option."""
    (field,) = (field for field in dataclasses.fields(option) if field.name == "name")
    return field.metadata["spec"].among


@functools.cache
def installed(kind: str) -> dict[str, EntryPoint]:
    """The options of one kind that installed packages add, by name."""
    return {entry.name: entry for entry in entry_points(group=f"kage.{kind}")}


def names(kind: str) -> list[str]:
    """Every name of one kind of option, the usual one first."""
    return [*built_in(kind), *(name for name in installed(kind) if name not in built_in(kind))]


def find(kind: str, name: object) -> Any:
    """The class behind a name. Raises `ConfigError` if the name is unknown or its package cannot be imported."""
    if isinstance(name, str) and name in built_in(kind):
        return built_in(kind)[name]
    if not isinstance(name, str) or name not in installed(kind):
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
    entry = None if name in built_in(kind) else installed(kind).get(name)
    return entry.dist.name if entry is not None and entry.dist is not None else None
