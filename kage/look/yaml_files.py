"""Configurations of pixel worlds as YAML files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kage.look.configuration import groups, laid_over, spoken
from kage.params import ConfigError
from kage.runs import files


class Loader(yaml.SafeLoader):
    """A YAML loader that refuses a key given twice; by default the last one silently wins."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for (key, _), name in zip(node.value, keys, strict=True):
            if keys.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} is given twice", key.start_mark)
        return super().construct_mapping(node, deep)


def load(path: str | Path, usual: Any) -> Any:
    """The configuration that a YAML file describes; keys that the file leaves out keep their value in `usual`.

    Raises `ConfigError`, naming the file, for unreadable YAML and for every key or value that is not allowed.
    """
    try:
        values = yaml.load(Path(path).read_bytes(), Loader)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if values is not None and not isinstance(values, Mapping):
        raise ConfigError(f"{path}: a mapping of parameters is expected, not {type(values).__name__}")
    # YAML reads a group that is empty, or holds only comments, as null.
    empty = {key for key in groups(usual) if (values or {}).get(key) is None}
    try:
        return laid_over(usual, {key: value for key, value in (values or {}).items() if key not in empty})
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def save(config: Any, path: str | Path, reader: str) -> None:
    """Write all parameters as YAML, replacing the file as a whole. reader: what reads an equal configuration.

    Defaults are written too, so that the file keeps its meaning if a default changes. Raises `ConfigError`
    when the file cannot be written.
    """
    text = f"# A KAGE environment, for {reader}.\n" + yaml.safe_dump(spoken(config), sort_keys=False)
    try:
        files.replace(Path(path), text.encode())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
