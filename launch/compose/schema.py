"""What can be set: the sections of an experiment with the dataclass of each, and their defaults as Hydra sees them.

Hydra gets names and defaults only. The dataclasses check types and ranges, once, after composition.
"""

import contextlib
import dataclasses
import functools
import typing
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from types import UnionType

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from kage import recipe, registry
from kage.launch.experiment import OURS, PLAIN
from kage.params import ConfigError, Spec

ROOT = "schema"  # first in conf/config.yaml: every key with its default
TASK = "task"  # the section that names the family of worlds
SECTIONS = (TASK, *recipe.SECTIONS, *OURS)
NAMED = ("pair", "suite", "study")  # groups that name what is compared


@functools.cache
def world_keys() -> dict[str, object]:
    """Every group and root key that some family of worlds reads, with its default.

    A family whose package cannot be imported is left out. A command that chooses this family gets the error.
    """
    found: dict[str, object] = {}
    for name in registry.names("family"):
        with contextlib.suppress(ConfigError):
            found = dict(registry.family(name).defaults) | found
    return found


@functools.cache
def eval_keys() -> tuple[str, ...]:
    """The keys that `eval` may have, for some family of worlds."""
    found: dict[str, None] = {}
    for name in registry.names("family"):
        with contextlib.suppress(ConfigError):
            found |= dict.fromkeys(registry.family(name).eval_keys)
    return tuple(found)


@functools.cache
def differing() -> frozenset[str]:
    """The groups and root keys whose keys or defaults depend on the family of worlds."""
    found: dict[str, list] = {}
    for name in registry.names("family"):
        with contextlib.suppress(ConfigError):
            for key, default in registry.family(name).defaults.items():
                found.setdefault(key, []).append(default)
    return frozenset(key for key, defaults in found.items() if any(default != defaults[0] for default in defaults))


def with_defaults(values: dict) -> dict:
    """Composed values, in which keys that depend on the family of worlds have its defaults where nothing sets them."""
    try:
        family = registry.family(values[TASK]["name"])
    except (ConfigError, TypeError, KeyError):  # refused when the values are judged
        return values
    found = {}
    for key in differing() & family.defaults.keys():
        default, value = family.defaults[key], values[key]
        if value is None or isinstance(value, Mapping) and isinstance(default, Mapping):
            found[key] = default if value is None else default | value
    return values | found


def root_keys() -> tuple[str, ...]:
    """The keys that a configuration may have at its root."""
    return (*world_keys(), *SECTIONS, *PLAIN)


def section_class(key: str, name: object) -> type:
    """The dataclass of a section, which may depend on the section's value `name`. ConfigError for an unknown name."""
    if key == TASK:
        return registry.find("family", name).sections[TASK]
    return registry.find(key, name) if key in recipe.SECTIONS else OURS[key]


def names(key: str) -> tuple[str, ...]:
    """The values that the `name` of a section may have; empty if any text is allowed or the section has no name."""
    if key == TASK or key in recipe.SECTIONS:
        return tuple(registry.names("family" if key == TASK else key))
    fields = {field.name: field for field in dataclasses.fields(OURS[key])}
    spec: Spec | None = fields["name"].metadata["spec"] if "name" in fields else None
    return spec.among or () if spec else ()


def classes(key: str) -> list[type]:
    """The dataclasses that a section or a group of a world may have; those that cannot be imported are left out."""
    found = []
    for name in names(key) or (None,) if key in SECTIONS else ():
        with contextlib.suppress(ConfigError):
            found.append(section_class(key, name))
    for name in registry.names("family") if key in world_keys() else ():
        with contextlib.suppress(ConfigError):
            found.append(registry.family(name).sections.get(key))
    return [cls for cls in found if cls is not None]


def fields(key: str) -> list[str]:
    """The keys that a section or a group of a world may have, under any of its options; empty if `key` is neither."""
    return list(dict.fromkeys(field.name for cls in classes(key) for field in dataclasses.fields(cls)))


@functools.cache
def holds_text(key: str) -> bool:
    """True if a dotted key takes text, or a list of texts. A group takes the name of an option, which is text too."""
    section, *names = key.removeprefix("eval.").split(".")
    if names:
        return any(is_text(typing.get_type_hints(cls).get(names[0])) for cls in classes(section))
    default = (world_keys() | PLAIN).get(section)
    is_group = section in (*SECTIONS, *NAMED) or section in world_keys() and isinstance(default, dict)
    return is_group or isinstance(default, str)


def is_text(hint: object) -> bool:
    """True for the type of a value that is text or a list of texts, None or not."""
    kinds = typing.get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return str in kinds or list[str] in kinds


@functools.cache
def counts_time(key: str) -> bool:
    """True if a dotted key takes a time: YAML reads 4:00:00 as a number."""
    section, *names = key.split(".")
    found = [cls.__dataclass_fields__.get(name) for name in names[:1] for cls in classes(section)]
    return any(field.metadata["spec"].unit in ("s", "min") for field in found if field and "spec" in field.metadata)


class Shown:
    """What Hydra shows rather than composes."""

    family: str | None = None  # the family whose defaults are shown


@functools.cache
def nodes() -> dict[str, dict]:
    """Every configuration that Hydra may load from here, by its path.

    A section with several options is empty in `schema`, because its class depends on the option that is chosen. So the
    file of each option begins with `defaults: [{/schema/<section>@_here_: <name>}, _self_]`. The section `task` holds
    the defaults of the usual family instead: budgets set some of its keys, and the files of tasks come after them. For
    the same reason, what depends on the family of worlds is unset here; `with_defaults` sets it after composition.
    """
    worlds = {key: default if key not in differing() else {} if isinstance(default, dict) else None
              for key, default in world_keys().items()}  # fmt: skip
    if Shown.family is not None:
        worlds |= registry.family(Shown.family).defaults
    sections = {key: {} if names(key) else defaults(OURS[key]) for key in SECTIONS}
    sections[TASK] = defaults(section_class(TASK, registry.USUAL["family"]))
    found = {ROOT: sections | worlds | PLAIN}
    for key in SECTIONS:
        for name in names(key) if key != TASK else ():
            with contextlib.suppress(ConfigError):
                found[f"{ROOT}/{key}/{name}"] = defaults(section_class(key, name)) | {"name": name}
    return found


def defaults(cls: type) -> dict:
    """The defaults of a section."""
    return dataclasses.asdict(cls())


def node(path: str) -> DictConfig:
    """A configuration for Hydra. No key can be added to `schema`, except to `eval` and to sections whose keys depend on
    the option that is chosen. The option's dataclass checks the keys of those sections after composition."""
    values = nodes()[path]
    found = OmegaConf.create(values)
    if path == ROOT:
        OmegaConf.set_struct(found, True)
        for key in values:
            if values[key] == {} or key == TASK or key in differing() and isinstance(values[key], dict):
                OmegaConf.set_struct(found[key], False)
    return found


class SchemaSource(ConfigSource):
    """The schema as a place where Hydra finds configurations. Users choose nothing from it, so `list` returns nothing:
    then help, completion and error messages do not show it."""

    @staticmethod
    def scheme() -> str:
        return "kage"

    def load_config(self, config_path: str) -> ConfigResult:
        path = config_path.removesuffix(".yaml")
        return ConfigResult(self.provider, self.full_path(), node(path), {"package": None})

    def available(self) -> bool:
        return True

    def is_group(self, config_path: str) -> bool:
        return any(path.startswith(f"{config_path}/") for path in nodes())

    def is_config(self, config_path: str) -> bool:
        return config_path.removesuffix(".yaml") in nodes()

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        return []


class SchemaOnSearchPath(SearchPathPlugin):
    """Adds to Hydra's search path the option files of installed packages, those of the user, and the schema."""

    folders: Sequence[str] = ()  # of the user

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for package in entry_points(group="kage.conf"):
            search_path.append(package.name, f"pkg://{package.value}")
        for folder in self.folders:
            search_path.append("user", folder)
        search_path.append("kage", f"{SchemaSource.scheme()}://")


def register_schema(folders: Sequence[str] = (), shown: str | None = None) -> None:
    """Register the schema with Hydra, for this process, and folders of further option files. Hydra itself reads such
    folders too late for its help, for `glob` and for lists of options.

    shown: the family of worlds whose defaults are part of the schema, where Hydra shows values and nothing sets them
    after composition.
    """
    if shown != Shown.family:
        Shown.family = shown
        nodes.cache_clear()
    SchemaOnSearchPath.folders = tuple(folders)
    for plugin in (SchemaSource, SchemaOnSearchPath):
        Plugins.instance().register(plugin)
