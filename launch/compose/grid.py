"""Grids: each override is an axis with one or several options, and a grid holds every combination of them."""

import itertools
import math
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hydra.core.override_parser.types import Override, RangeSweep
from hydra.errors import HydraException

from kage.launch.compose.checks import check_key, check_option
from kage.launch.compose.overrides import reason, refusal, spelled
from kage.launch.compose.schema import NAMED
from kage.launch.compose.tree import Tree
from kage.params import ConfigError, fault

GRID_FLAGS = ("-m", "--multirun")  # a list is a grid with or without them


@dataclass(frozen=True)
class Axis:
    """One override and the single overrides it stands for."""

    key: str
    options: tuple[str, ...]
    swept: bool = False


@dataclass(frozen=True)
class Choice:
    """One point of an axis."""

    key: str
    option: str
    swept: bool

    @property
    def value(self) -> str:
        """What is right of the equals sign, without the quotes that keep a number text."""
        value = self.option.partition("=")[2]
        return found[1] if (found := re.fullmatch(r"'([\w.+-]+)'", value)) else value


def grid(axes: Sequence[Axis]) -> Iterator[tuple[Choice, ...]]:
    """Every combination of the axes' options; the last axis varies fastest."""
    yield from itertools.product(*([Choice(axis.key, option, axis.swept) for option in axis.options] for axis in axes))


def without_seeds(axes: Iterable[Axis]) -> tuple[list[Axis], list[int]]:
    """The axes that are not seeds, and the seeds of the last `seed=`, or an empty list without one."""
    rest, seeds = [], []
    for axis in axes:
        if axis.key == "seed":
            seeds = [parse_seed(option) for option in axis.options]
        else:
            rest.append(axis)
    return rest, seeds


def parse_seed(text: str) -> int:
    """The number of `seed=<n>`."""
    value = text.split("=", 1)[1]
    if not re.fullmatch(r"\d+", value) or int(value) >= 2**32:
        raise ConfigError(f"seed={value!r} is not allowed: a whole number, 0 .. {2**32 - 1}")
    return int(value)


def named_sweep(point: Sequence[Choice], tree: Tree) -> list[Axis]:
    """The axes in the `sweep` list of the point's suite or study. ConfigError if that list is not valid."""
    chosen = tuple(choice.option for choice in point if choice.key in NAMED)
    if not chosen:
        return []
    listed = tree.composed(chosen).values["sweep"]
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        example = [listed] if isinstance(listed, str) else ["pair=glob(filters_*)"]
        raise fault("sweep", listed, "a list of overrides, each in quotes", example)
    axes = expand(listed, tree)
    for axis in axes:
        if axis.key in ("suite", "study"):
            raise fault(axis.key, ",".join(option.partition("=")[2] for option in axis.options),
                        "no suite or study in a sweep list: name its pairs, pair=glob(filters_*)")  # fmt: skip
    return axes


def expand(overrides: Sequence[str], tree: Tree) -> list[Axis]:
    """Each override as an axis, in order. ConfigError if two have the same key, because one would be ignored."""
    axes: dict[str, Axis] = {}
    texts: dict[str, str] = {}
    for text in (text for text in overrides if text not in GRID_FLAGS):
        one = axis(text, tree)
        if one.key in axes:
            both = f"{one.key}={texts[one.key].partition('=')[2]},{text.partition('=')[2]}"
            raise ConfigError(f"{texts[one.key]} and {text} are not allowed together: one of them would be ignored; "
                              f"for a grid over both give {both}")  # fmt: skip
        axes[one.key], texts[one.key] = one, text
    return list(axes.values())


def axis(text: str, tree: Tree) -> Axis:
    """One override as an axis. ConfigError if the text is not an override, or is not allowed."""
    try:
        override = tree.parse(text)
    except HydraException as error:
        key, equals, value = text.lstrip("+").partition("=")
        if equals and re.fullmatch(r"[\w.]+", key):
            check_key(key, value, tree)
        raise refusal(text, error, tree) from None
    try:
        key = override.key_or_group
        if override.is_delete():
            raise ConfigError(f"{text!r} is not allowed: nothing can be deleted, {key}=<value> gives another value")
        check_key(key, text.partition("=")[2], tree)
        if (kept := spelled(text)) != text:
            text, override = kept, tree.parse(kept)
        values = list(sweep_values(override)) if override.is_sweep_override() else None
        if "=" in text:
            check_option(key, override.value(), values, tree)
    except HydraException as error:
        raise ConfigError(f"{text!r} is not an override: {reason(error)}") from None
    if values == []:
        what = f"{key} has {', '.join(options)}" if (options := tree.options(key)) else "give a value"
        raise ConfigError(f"{text!r} matches nothing: {what}")
    name = override.input_line.split("=", 1)[0]
    options = (text,) if values is None else tuple(spelled(f"{name}={value}") for value in values)
    return Axis(key, options, swept=values is not None)


def sweep_values(override: Override) -> Iterator[str]:
    """The values of a sweep as text. Steps of a fractional range are multiplied, because a sum of rounded steps gives
    0.30000000000000004 for 0.3 and may include the end."""
    sweep = override.value()
    if isinstance(sweep, RangeSweep) and not sweep.step:
        raise fault(override.key_or_group, override.input_line.partition("=")[2], "a range whose step is not 0")
    if isinstance(sweep, RangeSweep) and not all(isinstance(x, int) for x in (sweep.start, sweep.stop, sweep.step)):
        count = max(0, math.ceil(round((sweep.stop - sweep.start) / sweep.step, 9)))
        values = [f"{round(sweep.start + i * sweep.step, 12):.12g}" for i in range(count)]
        return iter(random.sample(values, count) if sweep.shuffle else values)
    return override.sweep_string_iterator()
