"""Parameters: each field declares its default, unit, range and effect once; building a group checks its values.

Every parameter group is a frozen dataclass made with `@group`. So a wrong name, type or value gives the same
one-line `ConfigError`, whether it comes from YAML, from the command line or from Python.
"""

import dataclasses
import difflib
import functools
import math
import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence


class ConfigError(ValueError):
    """A parameter has a wrong name or value; the message is one line and says how to correct it."""


def fault(key: str, value: object, allowed: str, nearest: object = None) -> ConfigError:
    """The one form of every configuration error: key, value, what is allowed, the nearest valid choice."""
    hint = "" if nearest is None else f"; nearest valid: {nearest}"
    return ConfigError(f"{key}={value!r} is not allowed: {allowed}{hint}")


def nearest(name: object, names: Iterable[str]) -> str | None:
    """The name that `name` was probably meant to be, or None when nothing is close."""
    close = difflib.get_close_matches(str(name), list(names), n=1, cutoff=0.5)
    return close[0] if close else None


def unknown_key(prefix: str, name: str, value: object, names: Sequence[str]) -> ConfigError:
    """The error for a key that does not exist in the group `prefix` ('' is the root)."""
    dot = f"{prefix}." if prefix else ""
    guess = nearest(name, names)
    where = f"the keys of {prefix}" if prefix else "the keys here"
    hint = f"; nearest valid: {dot}{guess}" if guess else ""
    given = "" if value is None else f"={value!r}"  # for a wrong key in a YAML file Hydra reports the name only
    return ConfigError(f"{dot}{name}{given} is not allowed: no such key, {where} are {', '.join(names)}{hint}")


NO_NEUTRAL = object()  # marks a field of the first version: such a field is part of every id
ABOVE_0 = "above 0"  # in `Spec.needs`: any number above 0


@dataclasses.dataclass(frozen=True)
class Spec:
    """What a field of a group accepts. `low` and `high` are inclusive, `above` is not; all hold for each list item."""

    doc: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    above: float | None = None
    among: tuple[str, ...] | None = None
    empty: bool = True
    # At this value a run behaves as it did before the field existed, and the field is left out of ids.
    neutral: object = NO_NEUTRAL
    cost: bool = True  # true if the field changes the cost of a training step
    place: bool = False  # true if the field says where something lies, or is read from there: never part of ids
    # What switches the field on: values that other fields of the group have to have, all those of one mapping. Without
    # any mapping the field always has an effect. A tuple lists several values, of which the first is the usual one.
    needs: tuple[Mapping[str, object], ...] = ()
    one_of: tuple[str, ...] = ()  # the fields of an exclusive set, this one included: only one of them is used

    def is_neutral(self, value: object) -> bool:
        """True if the field is left out of ids at this value."""
        return self.place or self.neutral is not NO_NEUTRAL and value == self.neutral

    @property
    def range(self) -> str:
        """The allowed values in words, as error messages and the configuration reference print them."""
        if self.among is not None:
            return "one of " + ", ".join(self.among)
        if self.above is not None:
            return f"above {self.above:g}"
        if self.low is not None and self.high is not None:
            return f"{self.low:g} .. {self.high:g}"
        return f"at least {self.low:g}" if self.low is not None else "any"


def param(default, doc: str, *, needs: Mapping | Sequence[Mapping] = (), **limits):
    """A documented, checked field of a group; `needs` and `limits` are the fields of `Spec`. Lists and mappings are
    copied."""
    needs = (needs,) if isinstance(needs, Mapping) else tuple(needs)
    metadata = {"spec": Spec(doc=doc, needs=needs, **limits)}
    if isinstance(default, list | dict):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@typing.dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(param,))
def group(key: str):
    """Make a class a parameter group: a frozen keyword-only dataclass that checks itself when built.

    key: the group's prefix in configuration keys ('' for the root). A class may define `rules(self)` to
    check conditions that involve several fields.
    """

    def decorate(cls):
        cls = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        names = [f.name for f in dataclasses.fields(cls)]
        hints = typing.get_type_hints(cls)
        build = cls.__init__

        @functools.wraps(build)
        def __init__(self, **values):
            for name, value in values.items():
                if name not in names:
                    raise unknown_key(key, name, value, names)
            build(self, **values)
            for field in dataclasses.fields(cls):
                if "spec" in field.metadata:
                    path = f"{key}.{field.name}" if key else field.name
                    value = check(path, getattr(self, field.name), hints[field.name], field.metadata["spec"])
                    object.__setattr__(self, field.name, value)
            if hasattr(self, "rules"):
                self.rules()

        cls.__init__ = __init__
        cls.KEY = key
        return cls

    return decorate


WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def check(path: str, value: object, hint, spec: Spec) -> object:
    """Return `value` if it has the type `hint` and lies in the range of `spec`, else raise `ConfigError`.

    Where a float is wanted, a whole number becomes a float, so that 1 and 1.0 are the same setting.
    """
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in options:
        return None
    kind = next(option for option in options if option is not type(None))
    if typing.get_origin(kind) is dict:
        _, item = typing.get_args(kind)
        if not isinstance(value, dict):
            raise fault(path, value, "a mapping")
        return {str(name): check(f"{path}.{name}", entry, item, spec) for name, entry in value.items()}
    if typing.get_origin(kind) is list:
        (item,) = typing.get_args(kind)
        if not isinstance(value, list | tuple):
            raise fault(path, value, f"a list, each {WORDS[item]}", None if value in (None, "") else f"[{value}]")
        if not value and not spec.empty:
            raise fault(path, value, f"a non-empty list, each {spec.range}")
        return [check_scalar(path, entry, item, spec) for entry in value]
    return check_scalar(path, value, kind, spec)


def check_scalar(path: str, value: object, kind: type, spec: Spec) -> object:
    """`check` for one value."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    right = number if kind is float else type(value) is kind
    if not right:
        unit = f" in {spec.unit}" if spec.unit and kind is not str else ""
        raise fault(path, value, f"{WORDS[kind]}{unit}, {spec.range}", clock(value, spec.unit))
    if number and not math.isfinite(value):
        raise fault(path, value, f"a finite number, {spec.range}")
    if spec.among is not None and value not in spec.among:
        raise fault(path, value, spec.range, nearest(value, spec.among))
    for bound, broken in ((spec.low, lambda b: value < b), (spec.high, lambda b: value > b)):
        if bound is not None and broken(bound):
            raise fault(path, value, spec.range, kind(bound))
    if spec.above is not None and value <= spec.above:
        raise fault(path, value, spec.range)
    return kind(value)


def clock(value: object, unit: str) -> int | None:
    """How many minutes or seconds 04:00:00 or 1-12:00 is, None for other values: 10:30 may be either."""
    found = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+)(?::(\d+))?", value) if isinstance(value, str) else None
    if not found or unit not in ("min", "s") or not (found[1] or found[4]):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = ((24 * days + hours) * 60 + minutes) * 60 + seconds
    return total if unit == "s" else -(-total // 60)


def ordered(config, low: str, high: str) -> None:
    """Raise unless field `low` is at most field `high`."""
    if getattr(config, low) > getattr(config, high):
        raise fault(f"{config.KEY}.{low}", getattr(config, low),
                    f"at most {config.KEY}.{high}, which is {getattr(config, high)}", getattr(config, high))


def ranges(key: str, mapping: dict[str, list[float]]) -> None:
    """Raise `ConfigError` unless each entry holds two numbers, the lower one first."""
    for name, ends in mapping.items():
        if len(ends) != 2 or ends[0] > ends[1]:
            raise fault(f"{key}.{name}", ends, "[lowest, highest]", sorted(ends) if len(ends) == 2 else None)


def only_one(config, names: Sequence[str]) -> None:
    """Raise if two fields of an exclusive set are given. A field that still has its default value does not count.

    Option files and Python code name one source. The default folder is used only if they name none.
    """
    defaults = {f.name: f.default for f in dataclasses.fields(config)}
    given = [name for name in names if getattr(config, name) is not None and getattr(config, name) != defaults[name]]
    if len(given) > 1:
        raise fault(f"{config.KEY}.{given[1]}", getattr(config, given[1]),
                    f"exclusive with {config.KEY}.{given[0]}={getattr(config, given[0])!r}, set one of them to null")


def chosen(config, names: Sequence[str]) -> str | None:
    """The field of an exclusive set that is used: one set explicitly, else the default one; None if all are null."""
    defaults = {f.name: f.default for f in dataclasses.fields(config)}
    filled = [name for name in names if getattr(config, name) is not None]
    return max(filled, key=lambda name: getattr(config, name) != defaults[name], default=None)


def lacking(config, name: str) -> dict[str, object]:
    """What has to be set in a group before its field `name` has an effect: other field -> value; {} if it has one.

    Where several ways lead there, the one with the fewest settings is given.
    """
    spec: Spec = type(config).__dataclass_fields__[name].metadata["spec"]
    unmet = ({key: value for key, value in way.items() if not is_met(getattr(config, key), value)}
             for way in spec.needs)  # fmt: skip
    missing = min(unmet, key=len, default={})
    used = chosen(config, spec.one_of)
    return missing | ({} if used in (None, name) else {used: None})


def is_met(value: object, wanted: object) -> bool:
    """True if a field's value is what `Spec.needs` wants of it."""
    if wanted is ABOVE_0:
        return value > 0
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def setting_text(key: str, wanted: object) -> str:
    """A setting that `lacking` asks for, as one would type it: background.mode=image."""
    if wanted is ABOVE_0:
        return f"{key} {ABOVE_0}"
    return f"{key}={value_text(wanted[0] if isinstance(wanted, tuple) else wanted)}"


def allowed(hint, spec: Spec, one: str = "") -> str:
    """The values that a parameter of type `hint` takes, in words. one: words for a single value, if not those of
    `spec`."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kind = next(option for option in options if option is not type(None))
    if typing.get_origin(kind) is dict:
        return "a mapping of parameters to [lowest, highest]"
    many = typing.get_origin(kind) is list
    item = typing.get_args(kind)[0] if many else kind
    words = one or (WORDS[item] if spec.range == "any" else f"{WORDS[item]}, {spec.range}")
    if spec.among is not None and not one:
        words = spec.range
    if many:
        words = f"{'' if spec.empty else 'non-empty '}list, each {words}"
    return words + ", or null" * (type(None) in options)


def value_text(value: object) -> str:
    """A parameter's value as a user would type it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {value_text(entry)}' for name, entry in value.items())}}}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)  # different values must never print as the same text
    return str(value)
