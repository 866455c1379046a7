"""Values of option files that YAML reads as numbers although text is wanted: they are what stands in the file."""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import yaml
from hydra.plugins.config_source import ConfigSource

from kage.launch.compose.schema import counts_time, holds_text


def text_of(source: ConfigSource, path: str) -> str:
    """The text of an option file, empty for one that is made by code."""
    if source.scheme() not in ("pkg", "file"):
        return ""
    folder = files(source.path) if source.scheme() == "pkg" else Path(source.path)
    return folder.joinpath(f"{path}.yaml").read_text(encoding="utf-8")


def as_written(value: object, key: str, texts: Callable[[], Mapping[str, str]], inner: str = "") -> object:
    """A value that belongs at a dotted key, with text in place of numbers where text is wanted.

    texts: the text of each scalar of the file, by its key there. inner: the key of the value there.
    """
    if isinstance(value, dict):
        return {name: as_written(item, dotted(key, name), texts, dotted(inner, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [as_written(item, key, texts, dotted(inner, i)) for i, item in enumerate(value)]
    if type(value) not in (int, float):
        return value
    if holds_text(key):
        return texts().get(inner, str(value))
    if counts_time(key) and ":" in (text := texts().get(inner, "")):  # 4:00:00 is 14400 in YAML
        return text
    return value


def dotted(key: str, name: object) -> str:
    """A key below a key."""
    return f"{key}.{name}" if key else str(name)


def scalars(text: str) -> dict[str, str]:
    """The text of each scalar of a YAML file, by its dotted key."""
    return dict(below(yaml.compose(text, yaml.SafeLoader), ""))


def below(node: yaml.Node | None, key: str) -> Iterator[tuple[str, str]]:
    """`scalars` of a node that has this key."""
    if isinstance(node, yaml.MappingNode):
        for name, item in node.value:
            yield from below(item, dotted(key, name.value))
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from below(item, dotted(key, i))
    elif isinstance(node, yaml.ScalarNode):
        yield key, node.value
