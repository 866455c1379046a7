"""Interpolations, ${key} and ${oc.env:NAME}: they are resolved last, so that they see every value of a command."""

import re
from collections.abc import Iterator, Mapping

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kage.launch.compose.errors import first_line
from kage.params import ConfigError, fault, nearest

MARK = "${"


def has_interpolation(value: object) -> bool:
    """True if a text in the value has an interpolation."""
    return any(isinstance(leaf, str) and MARK in leaf for _, leaf in leaves(value, ""))


def resolved(values: dict) -> dict:
    """The values with all interpolations resolved. ConfigError for one that refers to nothing."""
    node = OmegaConf.create(values)
    for key, text in leaves(values, ""):
        if isinstance(text, str) and MARK in text:
            try:
                OmegaConf.select(node, key)
            except (OmegaConfBaseException, RecursionError) as error:
                raise unresolved(key, text, error, values) from None
    return OmegaConf.to_container(node, resolve=True)


def unresolved(key: str, text: str, error: Exception, values: dict) -> ConfigError:
    """The error for an interpolation that cannot be resolved."""
    if isinstance(error, RecursionError):
        return fault(key, text, "it refers to itself")
    if found := re.search("Interpolation key '(.*?)' not found", str(error)):
        guess = nearest(found[1], [name for name, _ in leaves(values, "")])
        return fault(key, text, f"there is no {found[1]}", guess and text.replace(found[1], guess))
    return fault(key, text, first_line(error))


def leaves(value: object, key: str) -> Iterator[tuple[str, object]]:
    """What is neither a mapping nor a list, with dotted keys."""
    if isinstance(value, Mapping | list):
        for name, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from leaves(item, f"{key}.{name}" if key else str(name))
    else:
        yield key, value
