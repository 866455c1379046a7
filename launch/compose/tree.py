"""The tree of option files during one command: its groups and options, and what a choice of them composes to."""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import yaml
from hydra import compose, initialize_config_module
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.config_source import ConfigSource
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kage.launch.compose.errors import translate
from kage.launch.compose.files import PRIMARY, OptionFiles, Part, Unusual, merged, usual, with_value
from kage.launch.compose.interpolation import leaves
from kage.launch.compose.schema import (
    SECTIONS,
    differing,
    holds_text,
    names,
    register_schema,
    root_keys,
    with_defaults,
)
from kage.params import ConfigError, fault

CONF = "kage.conf"


@dataclass(frozen=True)
class Composed:
    """What a choice of options and values composes to."""

    values: dict  # plain, by section, not checked yet, interpolations not resolved
    choices: dict[str, str | None]  # the option of each group
    parts: tuple[Part, ...] = ()  # the files that gave the values; empty if Hydra composed


class Tree:
    """The groups and options that Hydra finds, read once."""

    def __init__(self, loader: ConfigLoader):
        self.loader = loader
        self.groups = tuple(loader.list_groups(""))
        self.options = functools.cache(loader.get_group_options)
        self.members = functools.cache(self._members)
        self.chosen = functools.cache(self._chosen)
        self.composed = functools.cache(self._composed)

    def parse(self, text: str) -> Override:
        """Parse one override; `glob` in it matches options of the tree. HydraException if the text is no override."""
        (override,) = OverridesParser.create(self.loader).parse_overrides([text])
        return override

    def reads(self, text: str) -> bool:
        """True if the text is an override."""
        try:
            return bool(self.parse(text))
        except HydraException:
            return False

    def root_keys(self) -> list[str]:
        """What an override or a global option file may begin with."""
        return sorted({*root_keys(), *self.groups})

    @functools.cached_property
    def usual_choices(self) -> dict[str, object]:
        """The option of each group that conf/config.yaml chooses, in the order of that file."""
        return self.files.usual_choices()

    def several(self, group: str) -> bool:
        """True if any number of options of this group may be chosen at once."""
        return isinstance(self.usual_choices.get(group), list)

    def _members(self, suite: str) -> tuple[str, ...]:
        """The pairs whose files say that they belong to a suite."""
        found = []
        for pair in self.options("pair"):
            with suppress(Unusual):
                values = self.files.read(f"pair/{pair}").values
                if isinstance(values, dict) and (values.get("shift") or {}).get("suite") == suite:
                    found.append(pair)
        return tuple(found)

    @functools.cached_property
    def files(self) -> OptionFiles:
        """The option files of the search path."""
        kinds = {kind.scheme(): kind for kind in Plugins.instance().discover(ConfigSource)}
        places = [(place.provider, place.path) for place in self.loader.get_search_path().get_path()]
        return OptionFiles([kinds[path.partition("://")[0] if "://" in path else "file"](provider, path)
                            for provider, path in places])  # fmt: skip

    def _composed(self, overrides: tuple[str, ...]) -> Composed:
        """What overrides without sweeps compose to. ConfigError, one line long, if they are not valid.

        Files are composed once for each choice of options. Values are set in the result, as Hydra also does.
        """
        given = [self.parse(text) for text in overrides]
        groups = [one for one in given if self.is_choice(one)]
        chosen = self.chosen(tuple(one.input_line for one in groups))
        try:
            values = chosen.values
            for one in given:
                if one not in groups:
                    values = self.with_override(values, one)
        except Unusual:
            return composed_by_hydra(overrides, self)
        return Composed(with_defaults(values), chosen.choices, chosen.parts)

    def is_choice(self, override: Override) -> bool:
        """True if the override chooses an option of a group. A mapping does not: it sets values of the section."""
        is_group = any(source.is_group(override.key_or_group) for source in self.files.sources)
        return is_group and not isinstance(override.value(), dict)

    @staticmethod
    def with_override(values: dict, override: Override) -> dict:
        """The values with one override set. Raises Unusual if only Hydra can set it, or can say why it is wrong."""
        key, value = override.key_or_group, usual(override.value())
        if override.package is not None or override.is_delete() or not key or "[" in key:
            raise Unusual(override.input_line)
        if override.is_add() and not isinstance(value, dict | list) and existing(values, key.split(".")) is not None:
            raise Unusual(f"{key} exists")
        keys = key.split(".")
        # The keys of such a section depend on the option, or the world, that is chosen: a dataclass checks them later.
        optional = keys[0] in SECTIONS and bool(names(keys[0])) or keys[0] in differing()
        return with_value(values, keys, value, optional or override.is_add() or override.is_force_add())

    def _chosen(self, overrides: tuple[str, ...]) -> Composed:
        """What a choice of options composes to."""
        given = [self.parse(text) for text in overrides]
        choices = {one.key_or_group: one.value() for one in given}
        try:
            if any(one.input_line.startswith("+") or one.package is not None for one in given):
                raise Unusual("a group is added")
            parts, options = self.files.arrange(choices)
            values = merged(parts)
            if values.keys() - {*root_keys()}:
                raise Unusual("a file sets a key that does not exist")
        except Unusual:
            return composed_by_hydra(overrides, self)
        return Composed(values, options, tuple(parts))


def existing(values: object, keys: Sequence[str]) -> object:
    """The value of a dotted key, None if there is none."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def composed_by_hydra(overrides: tuple[str, ...], tree: Tree) -> Composed:
    """What Hydra itself composes. Interpolations are not resolved, apart from those that read Hydra's own values."""
    try:
        config = compose(PRIMARY, overrides=list(overrides), return_hydra_config=True)
        raw = OmegaConf.to_container(config)
        values = {key: raw[key] for key in root_keys()}
        if any("${hydra" in str(value) for _, value in leaves(values, "")):
            values = {key: OmegaConf.to_container(config[key], resolve=True) if OmegaConf.is_config(config[key])
                      else config[key] for key in values}  # fmt: skip
        choices = dict(config.hydra.runtime.choices)
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {' '.join(str(error).split())}") from None
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise translate(error, tree.root_keys(), tree.options) from None
    for key, value in leaves(values, ""):
        if type(value) in (int, float) and holds_text(key):
            raise fault(key, value, "text: in its option file, it has to stand in quotes", repr(str(value)))
    return Composed(with_defaults(values), choices)


@contextmanager
def composition(folders: Sequence[str] = ()) -> Iterator[Tree]:
    """Initialise Hydra for our tree, with further folders of option files. This replaces any earlier initialisation in
    the process."""
    register_schema(folders)
    GlobalHydra.instance().clear()
    with initialize_config_module(CONF, version_base="1.3", job_name="kage"):
        yield Tree(GlobalHydra.instance().config_loader())
