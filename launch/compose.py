"""From a command line to cells: Hydra composes, `kage.params` judges, sweeps become lists of cells."""

import dataclasses
import itertools
import re
from collections.abc import Sequence

from hydra import compose, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kage.config import GROUPS, Config, from_dict
from kage.params import ConfigError, check, nearest, unknown_key
from launch.experiment import ENVIRONMENT, PLAIN, SECTIONS, Cell

CONF = "conf"
ROOT_KEYS = [*ENVIRONMENT, *SECTIONS, *PLAIN]


def register_schema() -> None:
    """Put the typed schema of every group and section into Hydra's config store, as the option `schema`."""
    parts = {name: OmegaConf.structured(cls) for name, cls in SECTIONS.items()}
    root = OmegaConf.merge(OmegaConf.structured(Config), {})
    for name in ENVIRONMENT:
        parts[name] = root._get_node(name)
    node = OmegaConf.create({})
    for name, part in parts.items():
        node._set_item_impl(name, part)
    for name, value in PLAIN.items():
        node[name] = value
    writable(node)
    OmegaConf.set_struct(node, True)
    OmegaConf.set_struct(node.eval, False)
    ConfigStore.instance().store(name="schema", node=node)


def writable(node: DictConfig) -> None:
    """Frozen dataclasses become read-only nodes; composition has to write them."""
    OmegaConf.set_readonly(node, False)
    for key in node:
        child = node._get_node(key)
        if isinstance(child, DictConfig):
            writable(child)


def cells(overrides: Sequence[str]) -> list[Cell]:
    """The cells that the arguments of `kage run` span, in order. ConfigError, one line, if they are not valid.

    Choices (`a,b`), `range`, `glob` and `choice` make a grid. Seeds are expanded without composing again.
    """
    register_schema()
    with composition():
        seeds, rest = [PLAIN["seed"]], []
        for key, options in expand(overrides):
            if key == "seed":
                seeds = [parse_seed(option) for option in options]
            else:
                rest.append(options)
        found = []
        for choice in itertools.product(*rest):
            first = cell(list(choice), seeds[0])
            found += [dataclasses.replace(first, seed=seed) for seed in seeds]
    return found


def composition():
    """Hydra, initialised for our tree; any earlier initialisation in the process gives way."""
    GlobalHydra.instance().clear()
    return initialize_config_module(CONF, version_base="1.3", job_name="kage")


def expand(overrides: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Each override as (key, the single overrides it stands for)."""
    loader = GlobalHydra.instance().config_loader()
    parser = OverridesParser.create(loader)
    result = []
    for text in overrides:
        if text in ("-m", "--multirun"):
            continue  # a list is a grid with or without it
        try:
            (override,) = parser.parse_overrides([text])
        except HydraException as error:
            raise ConfigError(f"{text!r} is not an override: {first_line(error)}") from None
        key = override.key_or_group
        check_key(key, text.partition("=")[2], loader)
        if override.is_sweep_override():
            values = [f"{override.input_line.split('=', 1)[0]}={v}" for v in override.sweep_string_iterator()]
            if not values:
                raise ConfigError(f"{text!r} matches nothing: {key} has {', '.join(loader.get_group_options(key))}")
        else:
            values = [text]
        # The overlay of an evaluation look starts empty, so its keys are added.
        result.append((key, [f"++{v}" if v.startswith("eval.") else v for v in values]))
    return result


def check_key(key: str, value: object, loader) -> None:
    """Raise for an override whose key exists nowhere, with the nearest one that does."""
    parts = key.split(".")
    groups = loader.list_groups("")
    if parts[0] == "hydra" or key in groups:
        if key in groups and key not in SECTIONS and key not in GROUPS and not value:
            raise ConfigError(f"{key}= is not allowed: an option of {key} is expected")
        return
    prefix = ""
    if parts[0] == "eval" and len(parts) > 1:
        prefix, parts = "eval.", parts[1:]
    if parts[0] not in (ENVIRONMENT if prefix else ROOT_KEYS):
        raise unknown_key(prefix.rstrip("."), parts[0], value, sorted(ENVIRONMENT if prefix else {*ROOT_KEYS, *groups}))
    section = GROUPS.get(parts[0]) or SECTIONS.get(parts[0])
    if section and len(parts) > 1:
        names = [f.name for f in dataclasses.fields(section)]
        if parts[1] not in names:
            raise unknown_key(prefix + parts[0], parts[1], value, names)


def parse_seed(text: str) -> int:
    """The number of `seed=<n>`."""
    value = text.split("=", 1)[1]
    if not re.fullmatch(r"\d+", value) or int(value) >= 2**32:
        raise ConfigError(f"seed={value!r} is not allowed: a whole number, 0 .. {2**32 - 1}")
    return int(value)


def cell(overrides: list[str], seed: int) -> Cell:
    """Compose one cell."""
    try:
        config = compose("config", overrides=overrides, return_hydra_config=True)
        choices = config.hydra.runtime.choices
        plain = {key: OmegaConf.to_container(config[key]) if OmegaConf.is_config(config[key]) else config[key]
                 for key in ROOT_KEYS}  # fmt: skip
    except (HydraException, OmegaConfBaseException) as error:
        raise translate(error, overrides) from None
    train = from_dict({key: plain[key] for key in ENVIRONMENT})
    try:
        shifted = from_dict(plain["eval"], train) if plain["eval"] != {} else None
    except ConfigError as error:
        raise ConfigError(f"eval: {error}") from None
    sections = {key: cls(**plain[key]) for key, cls in SECTIONS.items() if key != "cluster"}
    return Cell(
        name=f"{choices.background}-{choices.character}-{choices.budget}",
        train=train, shifted=shifted, seed=seed,
        outputs=str(plain["outputs"]), experiment=str(plain["experiment"]), **sections,
    )  # fmt: skip


def translate(error: Exception, overrides: list[str]) -> ConfigError:
    """Hydra's or OmegaConf's complaint as one of ours: key, value, what is allowed, nearest valid name."""
    chain, cause = [], error
    while cause is not None:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    for cause in chain:
        key = getattr(cause, "full_key", None)
        if not key:
            continue
        section, _, name = re.sub(r"\[.*", "", str(key)).partition(".")
        cls = GROUPS.get(section) or SECTIONS.get(section) or Config
        name = name or section
        names = [f.name for f in dataclasses.fields(cls)]
        value = getattr(cause, "value", None)
        given = [o.split("=", 1)[1] for o in overrides if o.lstrip("+").split("=")[0] == str(key) and "=" in o]
        value = given[-1] if given else value
        if name not in names:
            return unknown_key(section if cls is not Config else "", name, value, names)
        try:
            field = next(f for f in dataclasses.fields(cls) if f.name == name)
            if "spec" in field.metadata:
                check(str(key), value, field.type, field.metadata["spec"])
        except ConfigError as ours:
            return ours
    missing = re.search(r"In '.*?': Could not find '([\w/]+)/([^']*)'|Could not find '([\w/]+)/([^']*)'", str(error))
    if missing:
        folder, option = (part for part in missing.groups() if part is not None)
        options = re.findall(r"^\t(\S+)$", str(error), re.M)
        hint = f"; nearest valid: {folder}={guess}" if (guess := nearest(option, options)) else ""
        return ConfigError(f"{folder}={option!r} is not allowed: one of {', '.join(options)}{hint}")
    return ConfigError(first_line(error))


def first_line(error: Exception) -> str:
    """The first line of a message."""
    return str(error).strip().split("\n")[0]
