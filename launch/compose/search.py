"""Folders of further option files: what the variable KAGE_CONF names for all commands, and one command for itself."""

import os
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from kage.params import ConfigError, fault

SEARCH = "hydra.searchpath"
VARIABLE = "KAGE_CONF"  # folders as in PATH


def search_path(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """The folders that the overrides and `VARIABLE` name, and the other overrides. ConfigError for a folder that does
    not exist, because Hydra would silently ignore it."""
    named = [text for text in overrides if text.lstrip("+").partition("=")[0] == SEARCH]
    if len(named) > 1:
        raise ConfigError(f"{SEARCH} is given twice: give one list, {SEARCH}=[one,other]")
    found = [(SEARCH, folder) for text in named for folder in listed(text)]
    found += [(VARIABLE, folder) for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]
    for key, folder in found:
        if not folder.startswith("pkg://") and not os.path.isdir(folder.removeprefix("file://")):
            raise fault(key, folder, "a folder that exists")
    return [folder for _, folder in found], [text for text in overrides if text not in named]


def listed(text: str) -> list[str]:
    """The folders in an override of `SEARCH`."""
    try:
        (override,) = OverridesParser.create().parse_overrides([text])
        value = override.value()
    except HydraException:
        value = text.partition("=")[2]
    if isinstance(value, list):
        return [str(folder) for folder in value]
    raise fault(SEARCH, value, "a list of folders", f"[{value}]")
