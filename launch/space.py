"""What `kage search` searches: settings of the method, each an interval or a list of choices."""

import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hydra.core.override_parser.types import IntervalSweep
from hydra.errors import HydraException

from kage.launch.compose import composition, search_path
from kage.launch.compose.checks import check_key
from kage.launch.compose.grid import axis
from kage.launch.compose.schema import classes
from kage.launch.compose.tree import Tree
from kage.params import ConfigError, fault
from kage.recipe import SECTIONS

DIGITS = 4  # significant digits of a number from an interval, so that commands and names of folders stay readable


@dataclass(frozen=True)
class Choices:
    """A setting with some values, or a group with some options."""

    key: str
    values: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        """The values that are checked before anything starts: all."""
        return self.values

    def text(self, value: str) -> str:
        """A value as it is typed."""
        return value

    def read(self, text: str) -> str:
        """The value of a text."""
        return text


@dataclass(frozen=True)
class Interval:
    """A number between two others, both included."""

    key: str
    low: float
    high: float
    log: bool  # equal factors are equally likely, not equal differences
    whole: bool

    @property
    def ends(self) -> tuple[str, ...]:
        """The values that are checked before anything starts."""
        return self.text(self.low), self.text(self.high)

    def text(self, value: float) -> str:
        """A value as it is typed: rounded, but not beyond the ends."""
        if self.whole:
            return str(int(value))
        return repr(min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high))

    def read(self, text: str) -> float:
        """The value of a text."""
        return int(text) if self.whole else float(text)


Axis = Choices | Interval


def divided(overrides: Sequence[str]) -> tuple[list[Axis], list[str]]:
    """What is searched, and the overrides that every trial has. ConfigError if nothing is searched, if a range belongs
    to no setting of the method, or if several methods are asked for."""
    folders, _ = search_path(overrides)
    axes, rest = [], []
    with composition(folders) as tree:
        for text in overrides:
            found = searched(text, tree)
            if found:
                axes.append(found)
            else:
                rest.append(text)
    keys = [one.key for one in axes]
    if repeated := [key for key in keys if keys.count(key) > 1]:
        raise ConfigError(f"{repeated[0]} is given twice: give it one range")
    if not axes:
        raise ConfigError("nothing is searched: give a key of agent or encoder several values a,b, or a range "
                          "'interval(1e-4,1e-2)', 'tag(log,interval(1e-4,1e-2))' or 'range(1,5)'")  # fmt: skip
    return axes, rest


def searched(text: str, tree: Tree) -> Axis | None:
    """The axis of an override, None if it is one for every trial."""
    try:
        override = tree.parse(text)
        swept = override.is_sweep_override()
    except HydraException:
        return None  # refused, with the reason, when the trials are composed
    key = override.key_or_group
    if not swept or (key.split(".")[0] not in SECTIONS and not isinstance(override.value(), IntervalSweep)):
        return None
    value = text.partition("=")[2]
    check_key(key, value, tree)
    if key.split(".")[0] not in SECTIONS:
        raise fault(key, value, f"an interval of a setting of the method, a key of {', '.join(SECTIONS)}")
    if key == "agent":
        raise fault(key, value, "one method; search each with the same --trials", value.partition(",")[0])
    if isinstance(override.value(), IntervalSweep):
        return interval(key, value, override.value())
    return Choices(key, tuple(option.partition("=")[2] for option in axis(text, tree).options))


def interval(key: str, value: str, sweep: IntervalSweep) -> Interval:
    """The axis of an interval. ConfigError if it is empty, or if its key takes no number. value: as it was typed."""
    section, _, name = key.partition(".")
    hints = [typing.get_type_hints(cls).get(name) for cls in classes(section)]
    whole, log = int in kinds(hints), "log" in sweep.tags
    if not {int, float} & kinds(hints):
        raise fault(key, value, "an interval is for numbers: give choices a,b")
    if wrong := sweep.tags - {"log"}:
        raise fault(key, value, f"a tag {', '.join(sorted(wrong))} is not known, only log")
    if not sweep.start < sweep.end:
        raise fault(key, value, "an interval that begins below its end")
    if log and sweep.start <= 0:
        raise fault(key, value, "an interval with log begins above 0")
    if whole and any(end != int(end) for end in (sweep.start, sweep.end)):
        raise fault(key, value, "an interval of whole numbers")
    kind = int if whole else float
    return Interval(key, kind(sweep.start), kind(sweep.end), log, whole)


def kinds(hints: Iterable[object]) -> set[object]:
    """The types in some type hints, those in unions one by one."""
    return {kind for hint in hints for kind in (typing.get_args(hint) or (hint,))}
