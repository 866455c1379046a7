"""What the configurations of all pixel worlds have in common: groups of a look and root keys, from mappings and back.

A configuration is a dataclass made with `kage.params.group("")`; the fields that are such dataclasses are its groups.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from kage.look.config import PICTURES, SKINS, STICKY_SKINS, WALL_PICTURES
from kage.params import ConfigError, chosen, fault, unknown_key


def groups(config: Any) -> dict[str, Any]:
    """The groups of a configuration by their keys, in the order in which it declares them."""
    values = ((field.name, getattr(config, field.name)) for field in dataclasses.fields(config))
    return {name: value for name, value in values if dataclasses.is_dataclass(value)}


def laid_over(base: Any, values: Mapping) -> Any:
    """The configuration `base` with a nested mapping laid over it.

    Keys that `values` leaves out keep their value in `base`. Naming one member of an exclusive set (say
    `image_paths`) replaces the others, and `use_shape: true` alone replaces the sprite. Raises `ConfigError` for
    anything that is not allowed.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{values!r} is not allowed: a mapping of parameters is expected")
    names, parts = [f.name for f in dataclasses.fields(base)], groups(base)
    changes = {}
    for name, value in values.items():
        if name not in names:
            raise unknown_key("", name, value, names)
        changes[name] = overlay(parts[name], value) if name in parts else value
    return dataclasses.replace(base, **changes)


EXCLUSIVE = (set(PICTURES), set(SKINS), set(STICKY_SKINS), set(WALL_PICTURES))

# Keys that the reference's documents show but its files never had: group -> key -> what to write instead.
NO_SUCH_KEYS = {
    "character": {"mode": "character.use_sprites: true for a sprite, character.use_shape: true for a shape"},
    "npc": {"mode": "npc.enabled: true; NPCs are always sprites"},
}


def overlay(part, values: Mapping):
    """The group config `part` with `values` laid over it; see `laid_over`."""
    if not isinstance(values, Mapping):
        raise fault(part.KEY, values, f"a mapping with keys of {part.KEY}")
    for name, instead in NO_SUCH_KEYS.get(part.KEY, {}).items():
        if name in values:
            raise fault(f"{part.KEY}.{name}", values[name], f"there is no such key, write {instead}")
    for names in EXCLUSIVE:
        if any(values.get(name) is not None for name in names) and names <= {f.name for f in dataclasses.fields(part)}:
            values = dict.fromkeys(names) | values
    if values.get("use_shape") is True:
        values = {"use_sprites": False} | values
    fields = {f.name: getattr(part, f.name) for f in dataclasses.fields(part)}
    return type(part)(**(fields | values))


def spoken(config: Any) -> dict:
    """`to_dict` without members of an exclusive set that another replaces: the reference accepts no null."""
    values = to_dict(config)
    for part in (values[name] for name in groups(config)):
        for names in EXCLUSIVE:
            given = {name for name in names if part.get(name) is not None}
            for name in names - given if given else ():
                part.pop(name, None)
    return values


def to_dict(config: Any) -> dict:
    """The nested plain mapping of all parameters, from which `laid_over` makes the same configuration again."""
    return dataclasses.asdict(config)


def flatten(config: Any) -> dict[str, object]:
    """All parameters by dotted key, as tables and comparisons name them.

    A default folder that named files replace is null here, because it has no effect.
    """
    flat, parts = {}, groups(config)
    for name, value in to_dict(config).items():
        flat |= {f"{name}.{k}": v for k, v in value.items()} if name in parts else {name: value}
    for name, part in parts.items():
        for names in EXCLUSIVE:
            if names <= {f.name for f in dataclasses.fields(part)}:
                flat |= {f"{name}.{other}": None for other in names - {chosen(part, sorted(names))}}
    return flat


def difference(train: Any, shifted: Any) -> dict[str, tuple[object, object]]:
    """The parameters in which two configs differ: dotted key -> (train value, shifted value)."""
    before, after = flatten(train), flatten(shifted)
    return {key: (before[key], after[key]) for key in before if before[key] != after[key]}
