"""What can be set: the sections of an experiment with the dataclass of each, and their defaults as Hydra sees them.

Hydra gets names and defaults only. Types and ranges are judged by the dataclasses, once, after composition.
"""

import dataclasses
import functools

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from kage.config import Config, to_dict
from kage.params import Spec
from launch.experiment import ENVIRONMENT, PLAIN, SECTIONS

ROOT = "schema"  # first in conf/config.yaml: every key with its default
ROOT_KEYS = (*ENVIRONMENT, *SECTIONS, *PLAIN)


def section_class(key: str, name: object) -> type:
    """The dataclass of a section whose value `name` is this. All names of a section share one class today."""
    return SECTIONS[key]


def names(key: str) -> tuple[str, ...]:
    """The values that the `name` of a section may have; none where any text is allowed, or where it has no name."""
    fields = {field.name: field for field in dataclasses.fields(SECTIONS[key])}
    spec: Spec | None = fields["name"].metadata["spec"] if "name" in fields else None
    return spec.among or () if spec else ()


@functools.cache
def nodes() -> dict[str, dict]:
    """Every configuration that Hydra may load from here, by its path.

    A section whose name is one of several is empty in `schema`: the option that is chosen says which class it has, and
    so its file begins with `defaults: [{/schema/<section>@_here_: <name>}, _self_]`.
    """
    sections = {key: {} if names(key) else defaults(cls) for key, cls in SECTIONS.items()}
    found = {ROOT: sections | to_dict(Config()) | PLAIN}
    for key in SECTIONS:
        for name in names(key):
            found[f"{ROOT}/{key}/{name}"] = defaults(section_class(key, name)) | {"name": name}
    return found


def defaults(cls: type) -> dict:
    """The defaults of a section."""
    return dataclasses.asdict(cls())


def closed(path: str, values: dict) -> DictConfig:
    """A configuration whose keys are all there are, but for sections that are still empty and the overlay `eval`."""
    node = OmegaConf.create(values)
    OmegaConf.set_struct(node, True)
    for key in values if path == ROOT else ():
        if values[key] == {}:
            OmegaConf.set_struct(node[key], False)
    return node


class SchemaSource(ConfigSource):
    """The schema as a place where Hydra finds configurations. People choose nothing there, so its list is empty: help,
    completion and error messages do not name it."""

    @staticmethod
    def scheme() -> str:
        return "kage"

    def load_config(self, config_path: str) -> ConfigResult:
        path = config_path.removesuffix(".yaml")
        return ConfigResult(self.provider, self.full_path(), closed(path, nodes()[path]), {"package": None})

    def available(self) -> bool:
        return True

    def is_group(self, config_path: str) -> bool:
        return any(path.startswith(f"{config_path}/") for path in nodes())

    def is_config(self, config_path: str) -> bool:
        return config_path.removesuffix(".yaml") in nodes()

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        return []


class SchemaOnSearchPath(SearchPathPlugin):
    """Adds that place to those where Hydra looks."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append("kage", f"{SchemaSource.scheme()}://")


def register_schema() -> None:
    """Let Hydra know the schema, in this process."""
    for plugin in (SchemaSource, SchemaOnSearchPath):
        Plugins.instance().register(plugin)
