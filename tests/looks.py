"""Random legal looks: every parameter that decides pixels alone, drawn by its own declaration."""

import dataclasses
import types
import typing

from hypothesis import strategies as st

from kage.look.configuration import EXCLUSIVE
from kage.look.filters import PARAMETERS
from kage.params import Spec
from kage.platformer.config import GROUPS, Config, decides, from_dict

REACH = 20  # how far an undeclared bound lies from the declared one, or both from 0
FOLDERS = {"image": "assets/backgrounds", "sprite": "assets/sprites"}
FILES = {"image": ["bg-1.png", "bg-2.png", "bg-3.png"], "sprite": ["skeleton", "dog", "knight"]}
# Values at which a part of the program is left out.
ABSENT = {name: parameter.neutral for name, parameter in PARAMETERS.items()} | {"switch_frequency": 0.0}
SOURCES = set().union(*EXCLUSIVE)
FALLBACKS = {name for name in SOURCES if name.endswith("_dir")}  # count where no other source is given
# What a compiled program depends on, beside flags, files and the number of entries of lists.
STRUCTURE = {"mode", "shape_types", "pop_filter_list", "count", "min_size", "max_size", "max_npc_count",
             "max_sticky_count", "point_light_count"} | SOURCES  # fmt: skip
MOST = {"min_npc_count": "max_npc_count", "min_sticky_count": "max_sticky_count"}  # a number -> its bound, a structure


def looks(base: Config) -> st.SearchStrategy[Config]:
    """Looks of the same task as `base`, with layers, lists and flags of every kind."""

    def any_of(part, name, hint, spec):
        absent = st.just(ABSENT[name]) if name in ABSENT else st.nothing()
        return absent | values(name, hint, spec)

    return drawn(base, any_of)


def doses(look: Config) -> st.SearchStrategy[Config]:
    """Looks that differ from this one in numbers and colours alone: the same compiled program draws them."""

    def dose(part, name, hint, spec):
        old = getattr(part, name)
        if hint is bool or name in STRUCTURE or name in ABSENT and old == ABSENT[name]:
            return st.just(old)
        if name in MOST:
            return st.integers(0, getattr(part, MOST[name]))
        new = values(name, hint, spec, len(old) if isinstance(old, list) else None)
        return new.filter(lambda value: value != ABSENT[name]) if name in ABSENT else new

    return drawn(look, dose)


def drawn(base: Config, strategy) -> st.SearchStrategy[Config]:
    """`base` with each parameter of its look drawn by strategy(group, name, type, spec)."""
    groups = {}
    for group, cls in GROUPS.items():
        hints, part = typing.get_type_hints(cls), getattr(base, group)
        groups[group] = st.fixed_dictionaries({
            field.name: strategy(part, field.name, hints[field.name], field.metadata["spec"])
            for field in dataclasses.fields(cls) if not decides(f"{group}.{field.name}")
        })  # fmt: skip
    return st.fixed_dictionaries(groups).map(
        lambda values: from_dict({group: legal(part) for group, part in values.items()}, base)
    )


def values(name: str, hint, spec: Spec, length: int | None = None) -> st.SearchStrategy:
    """Legal values of one parameter; `length` is that of a list."""
    kind, optional = (typing.get_args(hint)[0], True) if isinstance(hint, types.UnionType) else (hint, False)
    if typing.get_origin(kind) is list:
        low, high = (0 if spec.empty and not optional else 1, 3) if length is None else (length, length)
        drawn = st.lists(single(name, *typing.get_args(kind), spec), min_size=low, max_size=high)
    else:
        drawn = single(name, kind, spec)
    return st.none() | drawn if optional and name not in FALLBACKS else drawn


def single(name: str, kind: type, spec: Spec) -> st.SearchStrategy:
    """Legal values of a number, flag or name, or of an entry of a list of them."""
    if spec.among is not None:
        return st.sampled_from(spec.among)
    if kind is bool:
        return st.booleans()
    if kind is str:
        what = "image" if "image" in name else "sprite"
        if name in FALLBACKS:
            return st.just(FOLDERS[what])
        return st.sampled_from([f"{FOLDERS[what]}/{file}" for file in FILES[what]])
    low = next((bound for bound in (spec.low, spec.above) if bound is not None), -REACH)
    high = low + 2 * REACH if spec.high is None else spec.high
    return st.integers(low, high) if kind is int else st.floats(low, high, exclude_min=spec.above is not None)


def legal(part: dict) -> dict:
    """The same values with those rules kept that concern several of them."""
    part = dict(part)
    for low in [name for name in part if "min" in name]:
        high = low.replace("min", "max")
        part[low], part[high] = sorted((part[low], part[high]))
    for names in (names for names in EXCLUSIVE if names <= part.keys()):
        given = [name for name in sorted(names, reverse=True) if part[name] is not None]
        part |= dict.fromkeys(given[1:])
    if "use_shape" in part:
        part["use_sprites"] = not part["use_shape"]
    return part
