"""From a command line to cells: Hydra composes, `kage.params` judges, sweeps become lists of cells."""

import dataclasses
import functools
import itertools
import math
import random
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from hydra import compose, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import RangeSweep
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kage.config import GROUPS, Config, from_dict
from kage.networks import smallest_side
from kage.params import ConfigError, check, fault, nearest, unknown_key
from launch.experiment import ENVIRONMENT, PLAIN, SECTIONS, Cell

CONF = "conf"
ROOT_KEYS = [*ENVIRONMENT, *SECTIONS, *PLAIN]
NAMED = ("pair", "suite", "study")  # what is compared, by name
SEARCH = "hydra.searchpath"  # folders of further option files
GRID_FLAGS = ("-m", "--multirun")  # a list is a grid with or without them
COMPARED = (*NAMED, "agent", "budget", "cluster")  # sweeping these is no dose


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

    Choices (`a,b`), `range`, `glob` and `choice` make a grid, and so does the `sweep` list of a suite or study file;
    a key on the command line replaces the same key of that list. Seeds are expanded without composing again.
    """
    register_schema()
    with composition():
        axes, seeds = without_seeds(expand(overrides))
        keys = {axis.key for axis in axes}
        if len(named := [key for key in NAMED if key in keys]) > 1:
            raise ConfigError(f"{named[0]}= and {named[1]}= are not allowed together: give one of {', '.join(NAMED)}")
        compose_once = functools.cache(composed)
        found = []
        for point in grid(axes):
            inner, listed = without_seeds(axis for axis in named_sweep(point, compose_once) if axis.key not in keys)
            for extra in grid(inner):
                cell = point_cell([*extra, *point], compose_once)
                found += [dataclasses.replace(cell, seed=seed) for seed in seeds or listed or [PLAIN["seed"]]]
    return found


def one_look(overrides: Sequence[str], shifted: bool = False) -> Config:
    """The training look, or with `shifted` the evaluation look, that overrides ask for; ConfigError if not just one."""
    for key, _, value in (override.lstrip("+").partition("=") for override in overrides):
        if key == "seed":
            raise fault(key, value, "a look has no seed; --seed, where there is one, chooses the level")
    looks = []
    for cell in cells(overrides):
        look = cell.shifted if shifted else cell.train
        if look is None:
            raise ConfigError("there is no evaluation look: choose pair=<name>, or set eval.<group>.<key>=<value>")
        if look not in looks:
            looks.append(look)
    if len(looks) > 1:
        raise ConfigError(f"{len(looks)} looks are asked for, one is expected: give single values")
    return looks[0]


def composition():
    """Hydra, initialised for our tree; any earlier initialisation in the process gives way."""
    GlobalHydra.instance().clear()
    return initialize_config_module(CONF, version_base="1.3", job_name="kage")


@dataclasses.dataclass(frozen=True)
class Axis:
    """One override and the single overrides it stands for."""

    key: str
    options: tuple[str, ...]
    swept: bool = False


@dataclasses.dataclass(frozen=True)
class Choice:
    """One point of an axis."""

    key: str
    option: str
    swept: bool

    @property
    def value(self) -> str:
        """What is right of the equals sign."""
        return self.option.partition("=")[2]


def grid(axes: Sequence[Axis]) -> Iterator[tuple[Choice, ...]]:
    """Every combination of the axes' options, the last axis fastest."""
    yield from itertools.product(*([Choice(axis.key, option, axis.swept) for option in axis.options] for axis in axes))


def without_seeds(axes: Iterable[Axis]) -> tuple[list[Axis], list[int]]:
    """The other axes, and the seeds: those of the last `seed=`, none where there is none."""
    rest, seeds = [], []
    for axis in axes:
        if axis.key == "seed":
            seeds = [parse_seed(option) for option in axis.options]
        else:
            rest.append(axis)
    return rest, seeds


def named_sweep(point: Sequence[Choice], compose_once: Callable) -> list[Axis]:
    """The axes that the file of the point's suite or study lists. ConfigError for a list that cannot be one."""
    chosen = tuple(choice.option for choice in point if choice.key in (*NAMED, SEARCH))
    if not chosen:
        return []
    listed = compose_once(chosen)[0]["sweep"]
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        example = [listed] if isinstance(listed, str) else ["pair=glob(filters_*)"]
        raise fault("sweep", listed, "a list of overrides, each in quotes", example)
    axes = expand(listed)
    for axis in axes:
        if axis.key in ("suite", "study"):
            raise fault(axis.key, ",".join(option.partition("=")[2] for option in axis.options),
                        "no suite or study in a sweep list: name its pairs, pair=glob(filters_*)")  # fmt: skip
    return axes


def expand(overrides: Sequence[str]) -> list[Axis]:
    """Each override as an axis, in order."""
    loader = GlobalHydra.instance().config_loader()
    parser = OverridesParser.create(loader)
    axes = []
    for text in overrides:
        if text in GRID_FLAGS:
            continue
        try:
            (override,) = parser.parse_overrides([text])
            key = override.key_or_group
            if override.is_delete():
                raise ConfigError(f"{text!r} is not allowed: nothing can be deleted, {key}=<value> gives another value")
            check_key(key, text.partition("=")[2], loader)
            values = list(sweep_values(override)) if override.is_sweep_override() else None
            if key == SEARCH:
                check_search_path(override.value())
            if "=" in text:
                check_option(key, override.value(), values, loader)
        except HydraException as error:
            raise ConfigError(f"{text!r} is not an override: {first_line(error)}") from None
        if values == []:
            what = f"{key} has {', '.join(options)}" if (options := loader.get_group_options(key)) else "give a value"
            raise ConfigError(f"{text!r} matches nothing: {what}")
        name = override.input_line.split("=", 1)[0]
        options = (text,) if values is None else tuple(f"{name}={value}" for value in values)
        axes.append(Axis(key, options, swept=values is not None))
    return axes


def sweep_values(override) -> Iterator[str]:
    """The values of a sweep as text. A range of fractions is counted, not summed: 0.3, and never its end."""
    sweep = override.value()
    if isinstance(sweep, RangeSweep) and not sweep.step:
        raise fault(override.key_or_group, override.input_line.partition("=")[2], "a range whose step is not 0")
    if isinstance(sweep, RangeSweep) and not all(isinstance(x, int) for x in (sweep.start, sweep.stop, sweep.step)):
        count = max(0, math.ceil(round((sweep.stop - sweep.start) / sweep.step, 9)))
        values = [f"{round(sweep.start + i * sweep.step, 12):.12g}" for i in range(count)]
        return iter(random.sample(values, count) if sweep.shuffle else values)
    return override.sweep_string_iterator()


def check_key(key: str, value: object, loader) -> None:
    """Raise for an override whose key exists nowhere, with the nearest one that does."""
    parts = key.split(".")
    groups = loader.list_groups("")
    if parts[0] == "hydra" and key != SEARCH:
        raise fault(key, value, f"of Hydra's own keys only {SEARCH} has an effect", nearest(key, [SEARCH]))
    if key == "sweep":
        raise fault(key, value, "a list in the file of a suite or study; here its overrides are given one by one")
    if key in (*groups, SEARCH):
        if key != SEARCH and key not in SECTIONS and key not in GROUPS and not value:
            raise ConfigError(f"{key}= is not allowed: an option of {key} is expected")
        return
    prefix = ""
    if parts[0] == "eval" and len(parts) > 1:
        prefix, parts = "eval.", parts[1:]
    if parts[0] not in (ENVIRONMENT if prefix else ROOT_KEYS):
        raise unknown_key(prefix.rstrip("."), parts[0], value, ENVIRONMENT if prefix else root_keys(loader))
    section = GROUPS.get(parts[0]) or SECTIONS.get(parts[0])
    if section and len(parts) > 1:
        names = [f.name for f in dataclasses.fields(section)]
        if parts[1] not in names:
            raise unknown_key(prefix + parts[0], parts[1], value, names)


def root_keys(loader) -> list[str]:
    """What an override or a global option file may begin with."""
    return sorted({*ROOT_KEYS, *loader.list_groups("")})


def check_search_path(folders: object) -> None:
    """Raise for a folder of option files that is not there: Hydra would go on without it."""
    if not isinstance(folders, list):
        raise fault(SEARCH, folders, "a list of folders", f"[{folders}]")
    for folder in folders:
        if not str(folder).startswith("pkg://") and not Path(str(folder).removeprefix("file://")).is_dir():
            raise fault(SEARCH, folder, "a folder that exists")


def check_option(key: str, value: object, values: list[str] | None, loader) -> None:
    """Raise where Hydra itself would fail or go on with one of several options: each group has one, `tracker` any
    number at once. values: what the override sweeps, if it does."""
    several = key.partition(".")[0] == "tracker"
    if several and values is not None:
        raise fault(key, ",".join(values), "a run tells all its trackers", "tracker=[tensorboard,wandb]")
    if key in loader.list_groups("") and values is None and not isinstance(value, str | list if several else str):
        options = ", ".join(loader.get_group_options(key))
        raise fault(key, value, f"one of {options}{', or a list of them, [] for none' * several}")


def parse_seed(text: str) -> int:
    """The number of `seed=<n>`."""
    value = text.split("=", 1)[1]
    if not re.fullmatch(r"\d+", value) or int(value) >= 2**32:
        raise ConfigError(f"seed={value!r} is not allowed: a whole number, 0 .. {2**32 - 1}")
    return int(value)


def refuse(parser: ArgumentParser, options: Namespace, names: Sequence[str], why: str) -> None:
    """ConfigError if one of these options, which would have no effect, is given."""
    for name in names:
        key = name.removeprefix("--")
        if (value := getattr(options, key)) != parser.get_default(key):
            raise fault(name, str(value), why)


def composed(overrides: tuple[str, ...]) -> tuple[dict, dict]:
    """The plain values of what Hydra composes, and the option chosen in each group."""
    try:
        config = compose("config", overrides=list(overrides), return_hydra_config=True)
        plain = {key: OmegaConf.to_container(config[key], resolve=True) if OmegaConf.is_config(config[key])
                 else config[key] for key in ROOT_KEYS}  # fmt: skip
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {' '.join(str(error).split())}") from None
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise translate(error, overrides) from None
    return plain, dict(config.hydra.runtime.choices)


def point_cell(point: Sequence[Choice], compose_once: Callable) -> Cell:
    """Compose the cell of one combination, with the first seed."""
    # The overlay of an evaluation look is laid over the composed one here: a dose grid composes once.
    overlay = [choice.option for choice in point if choice.key.split(".")[0] == "eval"]
    plain, choices = compose_once(tuple(choice.option for choice in point if choice.option not in overlay))
    train = from_dict({key: plain[key] for key in ENVIRONMENT})
    try:
        changes = merge_overlay(plain["eval"], overlay)
        shifted = from_dict(changes, train) if changes != {} else None
        renamed = bool(overlay) and shifted != from_dict(plain["eval"], train)
        for name in ("H", "W"):
            if shifted and getattr(shifted, name) != (size := getattr(train, name)):
                raise fault(name, getattr(shifted, name), "policies see frames of the training look's size", size)
    except ConfigError as error:
        raise ConfigError(f"eval: {error}") from None
    check_places(plain["outputs"], plain["experiment"])
    sections = {key: cls(**plain[key]) for key, cls in SECTIONS.items()}
    doses = [choice for choice in point if choice.swept and choice.key not in COMPARED]
    if doses:
        study = plain["shift"]["study"] or " x ".join(axis_name(choice.key) for choice in doses)
        dose = " x ".join(choice.value for choice in doses)
        sections["shift"] = dataclasses.replace(sections["shift"], study=study, dose=dose)
    elif renamed and not plain["shift"]["study"]:  # another look than the file names
        given = {choice.key for choice in point}
        custom = {name: "custom" for name in ("suite", "pair") if f"shift.{name}" not in given}
        sections["shift"] = dataclasses.replace(sections["shift"], **custom)
    deterministic = sections.pop("train").deterministic
    return Cell(
        name=readable(choices, point), train=train, shifted=shifted, deterministic=deterministic, seed=PLAIN["seed"],
        outputs=str(plain["outputs"]), experiment=str(plain["experiment"]), **sections,
    )  # fmt: skip


def check_places(outputs: object, experiment: object) -> None:
    """Raise unless the experiment has a folder of its own below the folder of results."""
    for key, value, allowed in (("outputs", outputs, "a folder"), ("experiment", experiment, "a name")):
        if value is None or isinstance(value, bool | list | dict) or str(value) == "":
            raise fault(key, value, allowed)
    path = Path(str(experiment))
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise fault("experiment", experiment, "the name of a folder below outputs", path.name.strip(".") or None)


def check_frames(cell: Cell) -> None:
    """ConfigError if the frames that the agent sees are too small for its convolutions."""
    agent, pool, (height, width) = cell.agent, cell.task.pool, (cell.train.H, cell.train.W)
    need, side = smallest_side(agent.kernels, agent.strides), min(height, width)
    if side // pool < need:
        seen = f"H={height} W={width} task.pool={pool} gives {height // pool} x {width // pool}"
        raise fault("agent.kernels", agent.kernels,
                    f"with agent.strides={agent.strides} they need frames of at least {need} x {need} px, {seen}",
                    f"task.pool={side // need}" if side >= need else f"H and W of at least {need}")  # fmt: skip


def merge_overlay(changes: object, overrides: Sequence[str]) -> object:
    """The overlay of the evaluation look with dotted overrides laid over it."""
    if not overrides:
        return changes
    base = OmegaConf.create({"eval": changes})
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        OmegaConf.update(base, override.key_or_group, override.value(), merge=True, force_add=True)
    return OmegaConf.to_container(base)["eval"]


def axis_name(key: str) -> str:
    """How a study calls the key it sweeps: evaluation looks are the rule, the training look is named."""
    return key.removeprefix("eval.") if key.startswith("eval.") else f"training {key}"


def readable(choices: Mapping[str, str], point: Sequence[Choice]) -> str:
    """A name for the training's folder: what was chosen besides the defaults. Its identity is told by its id."""
    usual = {"npc": "none", "distractors": "none", "filters": "none", "effects": "none", "layout": "cyan",
             "physics": "default", "agent": "ppo", "task": "kage"}  # fmt: skip
    groups = [choices[key] for key in ("background", "character")]
    groups += [choices[key] for key, default in usual.items() if choices[key] != default]
    swept = [choice.option for choice in point if choice.swept and "." in choice.key and choice.key[:5] != "eval."]
    return "-".join([*groups, *(re.sub(r"[^\w.=+-]+", "_", option) for option in swept), choices["budget"]])


def translate(error: Exception, overrides: Sequence[str]) -> ConfigError:
    """Hydra's or OmegaConf's complaint as one of ours: key, value, what is allowed, nearest valid name."""
    chain, cause = [], error
    loader = GlobalHydra.instance().config_loader()
    file = found[1] if (found := re.match("In '(.*?)': ", str(error))) else ""
    where = f"{file}: " if file else ""
    while cause is not None:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    for cause in chain:
        key = getattr(cause, "full_key", None)
        if not key:
            continue
        section, _, name = re.sub(r"\[.*", "", str(key)).partition(".")
        if section in NAMED:
            group, _, option = file.partition("/")
            if group == section:  # what the file sets would lie below its own name
                return fault(group, option, "the first line of its file has to be '# @package _global_'")
            return ConfigError(f"{where}{section} is not allowed: files name it in their sweep list")
        cls = GROUPS.get(section) or SECTIONS.get(section) or Config
        name = name or section
        names = [f.name for f in dataclasses.fields(cls)]
        value = getattr(cause, "value", None)
        given = [o.split("=", 1)[1] for o in overrides if o.lstrip("+").split("=")[0] == str(key) and "=" in o]
        value = given[-1] if given else value
        if name not in names:
            group, names = (section, names) if cls is not Config else ("", root_keys(loader))
            return ConfigError(f"{where}{unknown_key(group, name, value, names)}")
        try:
            field = next(f for f in dataclasses.fields(cls) if f.name == name)
            if "spec" in field.metadata:
                check(str(key), value, field.type, field.metadata["spec"])
        except ConfigError as ours:
            return ConfigError(f"{where}{ours}")
    if missing := re.search(r"Could not (?:find|load) '([\w/]+)/([^']*)'", str(error)):
        folder, option = missing.groups()
        options = re.findall(r"^\t(\S+)$", str(error), re.M)
        options = options or loader.get_group_options(folder)
        hint = f"; nearest valid: {folder}={guess}" if (guess := nearest(option, options)) else ""
        return ConfigError(f"{folder}={option!r} is not allowed: one of {', '.join(options)}{hint}")
    if wrong := re.search(r"is not a subclass of (\w+)\. value: (.*)", str(error)):
        group = next((cls.KEY for cls in (*GROUPS.values(), *SECTIONS.values()) if cls.__name__ == wrong[1]), "")
        return ConfigError(f"{where}{group}={wrong[2]} is not allowed: a mapping with keys of {group}")
    if "Cannot merge DictConfig with ListConfig" in str(error):
        return ConfigError(f"{where}a list is not allowed: the file and its eval are mappings of parameters")
    return ConfigError(first_line(error))


def first_line(error: Exception) -> str:
    """The first line of a message."""
    return str(error).strip().split("\n")[0]
