"""Grids: each override is an axis with one or several options, and a grid holds every combination of them.

`zip(a=1,2; b=3,4)` is one axis with two points, in each of which both keys are set. `pairs(a=1; b=2; c=3)` is one with
six: each change alone, then each two together. Hydra's grammar has no such forms, so they are taken apart here.
"""

import dataclasses
import itertools
import math
import random
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hydra.core.override_parser.types import Override, RangeSweep
from hydra.errors import HydraException

from kage.launch.compose.checks import check_key, check_option
from kage.launch.compose.overrides import reason, refusal, spelled
from kage.launch.compose.schema import NAMED, SECTIONS, TASK
from kage.launch.compose.tree import Tree
from kage.params import ConfigError, fault

GRID_FLAGS = ("-m", "--multirun")  # a list is a grid with or without them
ZIP, PAIRS = "zip", "pairs"
EXAMPLES = {ZIP: "filters.brightness=0,1; eval.filters.brightness=1,0",
            PAIRS: "eval.filters.brightness=0.5; eval.filters.contrast=2"}  # fmt: skip


def is_dose(key: str) -> bool:
    """True if the values of a swept key are doses: they decide the world, not how is learnt or what is compared."""
    section = key.split(".")[0]
    return key not in (*NAMED, *SECTIONS) and (section == TASK or section not in SECTIONS)


@dataclass(frozen=True)
class Choice:
    """One override of a point of a grid."""

    key: str
    option: str
    swept: bool  # is it one of several?
    named: tuple[str, str] | None = None  # how a study calls its axis and its dose, if not by key and value

    @property
    def value(self) -> str:
        """What is right of the equals sign, without the quotes that keep a number text."""
        value = self.option.partition("=")[2]
        return found[1] if (found := re.fullmatch(r"'([\w.+-]+)'", value)) else value

    @property
    def axis(self) -> str:
        """The name of a swept key in a study."""
        return self.named[0] if self.named else axis_name(self.key)

    @property
    def dose(self) -> str:
        """The name of its value in a study."""
        return self.named[1] if self.named else self.value


@dataclass(frozen=True)
class Axis:
    """One override and the single overrides it stands for."""

    key: str
    options: tuple[str, ...]
    swept: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it sets."""
        return (self.key,)

    @property
    def points(self) -> list[tuple[Choice, ...]]:
        """What a point of a grid takes of it: one override."""
        return [(Choice(self.key, option, self.swept),) for option in self.options]

    def without(self, keys: Collection[str]) -> list["Axis"]:
        """The axis, unless its key is one of these."""
        return [] if self.key in keys else [self]


@dataclass(frozen=True)
class Joint:
    """Several axes that do not make a grid: `zip`, which go in step, or `pairs`, of which one or two are set."""

    kind: str
    axes: tuple[Axis, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it sets."""
        return tuple(axis.key for axis in self.axes)

    @property
    def points(self) -> list[tuple[Choice, ...]]:
        """What a point of a grid takes of it: an override of every axis in step, or those of one axis or two. In
        studies, the latter's doses are called by what is changed: `character + background`."""
        if self.kind == ZIP:
            return [tuple(itertools.chain(*step)) for step in zip(*(axis.points for axis in self.axes), strict=True)]
        names = f"{PAIRS}({'; '.join(axis_name(key) for key in self.keys)})"
        several = {axis.key for axis in self.axes if len(axis.options) > 1}
        together = [*((axis,) for axis in self.axes), *itertools.combinations(self.axes, 2)]
        found = []
        for chosen in (point for axes in together for point in grid(axes)):
            dose = " + ".join(f"{one.axis}={one.value}" if one.key in several else one.axis for one in chosen)
            first, *others = chosen
            found.append((dataclasses.replace(first, swept=True, named=(names, dose)),
                          *(dataclasses.replace(one, swept=False) for one in others)))  # fmt: skip
        return found

    def without(self, keys: Collection[str]) -> list["Joint"]:
        """It without the axes that have one of these keys; nothing if none is left."""
        axes = tuple(axis for axis in self.axes if axis.key not in keys)
        return [Joint(self.kind, axes)] if axes else []


def axis_name(key: str) -> str:
    """The name of a swept key in a study. Most keys are of the evaluation look, so only "training" is written out."""
    return key.removeprefix("eval.") if key.startswith("eval.") else f"training {key}"


def grid(axes: Sequence[Axis | Joint]) -> Iterator[tuple[Choice, ...]]:
    """Every combination of the axes' points; the last axis varies fastest."""
    for points in itertools.product(*(axis.points for axis in axes)):
        yield tuple(itertools.chain(*points))


def without_seeds(axes: Iterable[Axis | Joint]) -> tuple[list[Axis | Joint], list[int]]:
    """The axes that are not seeds, and the seeds of the last `seed=`, or an empty list without one."""
    rest, seeds = [], []
    for axis in axes:
        if axis.keys == ("seed",):
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


def named_sweep(point: Sequence[Choice], tree: Tree) -> list[Axis | Joint]:
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
        if axis.keys in (("suite",), ("study",)):
            raise fault(axis.key, ",".join(option.partition("=")[2] for option in axis.options),
                        "no suite or study in a sweep list: name its pairs, pair=glob(filters_*)")  # fmt: skip
    return axes


def expand(overrides: Sequence[str], tree: Tree) -> list[Axis | Joint]:
    """Each override as an axis, in order, those of `zip(...)` and of `pairs(...)` together. ConfigError if two have the
    same key, because one would be ignored."""
    axes: list[Axis | Joint] = []
    texts: dict[str, str] = {}
    for text in (text for text in overrides if text not in GRID_FLAGS):
        kind, members = joined(text)
        found = [axis(member, tree) for member in members]
        for one, member in zip(found, members):
            if one.key in texts:
                both = f"{one.key}={texts[one.key].partition('=')[2]},{member.partition('=')[2]}"
                raise ConfigError(f"{texts[one.key]} and {member} are not allowed together: one of them would be "
                                  f"ignored; for a grid over both give {both}")  # fmt: skip
            texts[one.key] = member
        axes += [joint(text, kind, found)] if kind else found
    return axes


def joined(text: str) -> tuple[str, list[str]]:
    """The overrides in `zip(a=1,2; b=3,4)` or in `pairs(...)`, and which of both it is; "" for any other override."""
    form = re.fullmatch(rf"\s*({ZIP}|{PAIRS})\((.*)\)\s*", text, re.S)
    if not form:
        return "", [text]
    members, depth, quote = [""], 0, ""
    for sign in form[2]:
        if quote or sign in "'\"":
            quote = "" if sign == quote else quote or sign
        depth += (sign in "([{") - (sign in ")]}") if not quote else 0
        if sign == ";" and not depth and not quote:
            members.append("")
        else:
            members[-1] += sign
    if len(members) < 2:
        raise ConfigError(f"{text} is not allowed: at least two overrides, with ; between them: "
                          f"{form[1]}({EXAMPLES[form[1]]})")  # fmt: skip
    return form[1], [member.strip() for member in members]


def joint(text: str, kind: str, axes: Sequence[Axis]) -> Joint:
    """The axes of `zip(...)` or `pairs(...)`. ConfigError if they cannot be joined; text: as it was typed."""
    if outside := [axis.key for axis in axes if axis.key in ("seed", "suite", "study")]:
        raise ConfigError(f"{text} is not allowed: {outside[0]} goes with everything, give {outside[0]}= beside {kind}")
    if kind == PAIRS and (settings := [axis.key for axis in axes if not is_dose(axis.key)]):
        raise ConfigError(f"{text} is not allowed: pairs takes changes of the world, give {settings[0]}= beside pairs")
    if kind == ZIP and len({len(axis.options) for axis in axes}) > 1:
        counts = " and ".join(f"{axis.key} has {len(axis.options)}" for axis in axes)
        raise ConfigError(f"{text} is not allowed: zip takes lists of one length, but {counts}")
    return Joint(kind, tuple(axes))


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
