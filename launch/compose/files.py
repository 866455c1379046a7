"""Option files: which files a choice of options needs, in which order, and the values they give together.

This composes as Hydra does, for the forms that option files usually have. It is some fifty times as fast, because each
file is read once and values stay plain. Any other form raises `Unusual`, and then Hydra itself composes. Mistakes in
files raise `Unusual` too, so that only Hydra's errors have to be translated. A test compares both ways.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hydra.plugins.config_source import ConfigSource
from omegaconf import OmegaConf

from kage.launch.compose.written import as_written, scalars, text_of

PRIMARY = "config"  # conf/config.yaml, from which everything is composed
SELF = "_self_"
OVERRIDE = "override "


class Unusual(Exception):
    """A form that is left to Hydra."""


@dataclass(frozen=True)
class OptionFile:
    """The content of an option file."""

    package: str | None  # where its first line puts the values; None: below the name of its group
    defaults: Sequence[object]  # its defaults list
    values: object  # usually a mapping
    texts: Callable[[], Mapping[str, str]]  # the text of each scalar in it, by its key

    def part(self, path: str, package: str) -> "Part":
        """What the file adds where its values belong below the key `package`."""
        return Part(path, package, as_written(self.values, package, self.texts))


@dataclass(frozen=True)
class Part:
    """What one file adds to a composition."""

    path: str  # of the file, without its ending: pair/filters_1
    package: str  # the key below which its values belong; "" is the root
    values: object


@dataclass(frozen=True)
class Entry:
    """One line of a defaults list: a file in the same folder, or a group and its option."""

    name: str  # of the file or the group
    group: bool
    override: bool = False
    package: str | None = None  # after an @; None: the line has none
    option: str | Sequence[str] | None = None  # of a group

    def path(self, folder: str) -> str:
        """The path of the file or group that the line names; folder: where the file with the list is."""
        return self.name[1:] if self.name.startswith("/") else joined(folder, self.name, "/")

    def place(self, parent: str, header: str | None = None) -> str:
        """The key below which the values of the named file belong. parent: that key for the file with the list. header:
        the package in the first line of the named file."""
        if self.package is None and header == "_global_":
            return ""
        own = self.name.removeprefix("/") if self.group else self.name.removeprefix("/").rpartition("/")[0]
        return joined(parent, own.replace("/", ".") if self.package is None else self.package, ".")


def joined(parent: str, child: str, separator: str) -> str:
    """Both names with the separator between them, or only the one that is not empty."""
    return separator.join(name for name in (parent, child) if name)


def entries(defaults: Sequence[object]) -> list[Entry]:
    """The lines of a defaults list. If `_self_` is not among them, the file's own values come last."""
    found = [entry(line) for line in defaults]
    others = [line for line in found if line.name != SELF]
    overrides = [line.override for line in others]
    if overrides != sorted(overrides) or len(found) - len(others) > 1:
        raise Unusual("overrides before other lines, or _self_ twice")
    if len(others) == len(found) and not all(overrides):
        found.append(Entry(SELF, group=False))
    return found


def entry(line: object) -> Entry:
    """One line of a defaults list."""
    if isinstance(line, str) and line:
        name, option = line, None
    elif isinstance(line, dict) and len(line) == 1:
        ((name, option),) = line.items()
    else:
        raise Unusual(f"{line!r} in a defaults list")
    override = name.startswith(OVERRIDE)
    name, at, package = name.removeprefix(OVERRIDE).partition("@")
    package = "" if package == "_here_" else package
    if " " in name or package.startswith("_") or ":" in package or isinstance(line, str) and (override or at):
        raise Unusual(f"{line!r} in a defaults list")
    if option is not None and not isinstance(option, str) and not all_text(option):
        raise Unusual(f"{line!r} in a defaults list")
    return Entry(name, isinstance(line, dict), override, package if at else None, option)


def all_text(value: object) -> bool:
    """True for a list that holds nothing but text."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


# What this process has read: the text of each file and its content. The next command takes the content from here if the
# text is the same, since to read YAML is most of a command's work.
READ: dict[tuple[str, str], tuple[str, OptionFile]] = {}


def option_file(source: ConfigSource, path: str, text: str) -> OptionFile:
    """The content of the file of a source with this path and text. Raises Unusual if its form is left to Hydra."""
    try:
        loaded = source.load_config(path)
    except Exception as error:  # of YAML: Hydra meets it too, and reports it
        raise Unusual(f"{path} cannot be read") from error
    values, package = usual(OmegaConf.to_container(loaded.config)), loaded.header["package"]
    if package not in (None, "_global_"):
        raise Unusual(f"the package {package}")
    defaults = values.pop("defaults", []) if isinstance(values, dict) else []
    if not isinstance(defaults, list):
        raise Unusual("defaults that are no list")
    hydra = values.pop("hydra", None) if isinstance(values, dict) else None
    if hydra is not None and path != PRIMARY:
        raise Unusual("settings of Hydra in an option file")
    return OptionFile(package, defaults, values, functools.cache(lambda: scalars(text)))


class OptionFiles:
    """The files of a search path, each read once."""

    def __init__(self, sources: Sequence[ConfigSource]):
        self.sources = sources
        self.read = functools.cache(self._read)

    def _read(self, path: str) -> OptionFile:
        """The first file on the search path that has this path."""
        source = next((source for source in self.sources if source.is_config(path)), None)
        if source is None:
            raise Unusual(f"there is no {path}")
        try:
            text = text_of(source, path)
        except Exception as error:  # of the disk: Hydra meets it too, and reports it
            raise Unusual(f"{path} cannot be read") from error
        place = source.full_path(), path
        if not text or READ.get(place, ("",))[0] != text:
            READ[place] = text, option_file(source, path, text)
        return READ[place][1]

    def usual_choices(self) -> dict[str, object]:
        """The option of each group that conf/config.yaml chooses, in the order of that file."""
        return {line.name: line.option for line in entries(self.read(PRIMARY).defaults) if line.group}

    def arrange(self, choices: Mapping[str, object]) -> tuple[list[Part], dict[str, str | None]]:
        """The files that a command's choices need, and the option of each group. Later files win over earlier ones."""
        arrangement = Arrangement(self, choices)
        parts = list(arrangement.visit(PRIMARY, ""))[::-1]
        if arrangement.wanted.keys() - arrangement.chosen.keys() - arrangement.lists:
            raise Unusual("an override of a group that no defaults list has")
        return parts, arrangement.chosen


class Arrangement:
    """Walks defaults lists from the last line to the first, so that a pair's overrides are known before the groups."""

    def __init__(self, files: OptionFiles, choices: Mapping[str, object]):
        self.files = files
        self.wanted = dict(choices)  # group -> option; the first to name one wins, so the command line does
        self.chosen: dict[str, str | None] = {}
        self.lists: set[str] = set()  # groups of which several options are chosen

    def visit(self, path: str, package: str) -> Iterator[Part]:
        """The parts of a file and of the files in its defaults list, the last one first."""
        file, folder = self.files.read(path), path.rpartition("/")[0]
        lines = entries(file.defaults)
        for line in lines:
            if line.override:
                key = override_key(line, folder, package)
                if key in self.chosen or key in self.lists:
                    raise Unusual(f"{key} stands below the file that overrides it")
                self.wanted.setdefault(key, line.option)
        own = file.part(path, package)
        if all(line.override for line in lines):
            yield own
        for line in reversed(lines):
            if line.name == SELF:
                yield own
            elif line.group and not line.override:
                yield from self.options(line, folder, package)
            elif not line.override:
                yield from self.included(line, folder, package)

    def options(self, line: Entry, folder: str, package: str) -> Iterator[Part]:
        """The parts of the option, or of the several options, that are chosen in a group."""
        key = override_key(line, folder, package)
        if key in self.chosen or key in self.lists:
            raise Unusual(f"{key} twice")
        option = self.wanted.get(key, line.option)
        if isinstance(option, list):
            self.lists.add(key)
        else:
            self.chosen[key] = option
        several = option if isinstance(option, list) else [] if option is None else [option]
        for one in reversed(several):
            yield from self.included(line, folder, package, f"/{one}")

    def included(self, line: Entry, folder: str, package: str, option: str = "") -> Iterator[Part]:
        """The parts of the file that a line names; option: the file's name in the folder of the group."""
        path = f"{line.path(folder)}{option}"
        yield from self.visit(path, line.place(package, self.files.read(path).package))


def override_key(line: Entry, folder: str, package: str) -> str:
    """The key by which overrides name the group of a line: its path, and after an @ its place if that is another."""
    group, place = line.path(folder), line.place(package)
    return group if group.replace("/", ".") == place else f"{group}@{place or '_global_'}"


def usual(value: object) -> object:
    """The value itself. Raises Unusual if it is not plain: with a value of Hydra's, a missing one or a key not text."""
    if isinstance(value, dict):
        for key, item in value.items():
            usual(item)
            if not isinstance(key, str):
                raise Unusual(f"the key {key!r}")
    elif isinstance(value, list):
        for item in value:
            usual(item)
    elif isinstance(value, str) and ("${hydra" in value or value == "???"):
        raise Unusual(f"the value {value!r}")
    return value


def merged(parts: Sequence[Part]) -> dict:
    """The values of all parts, later ones over earlier ones."""
    values: dict = {}
    for part in parts:
        if not isinstance(part.values, dict) and part.package in values:  # refused when sections are checked
            values = values | {part.package: part.values}
            continue
        above = part.values
        for key in reversed(part.package.split(".") if part.package else []):
            above = {key: above}
        values = merge(values, above, struct=False)
    return values


def merge(below: object, above: object, struct: bool) -> object:
    """Merge mappings key by key; anything else replaces the value below. struct: no key may be added."""
    if isinstance(below, dict) and isinstance(above, dict):
        if struct and above.keys() - below.keys():
            raise Unusual("a key that does not exist")
        laid = {key: merge(below[key], value, struct) if key in below else value for key, value in above.items()}
        return below | laid
    if isinstance(below, dict | list) and isinstance(above, dict | list) and type(below) is not type(above):
        raise Unusual("a list and a mapping")
    if isinstance(below, str) and "${" in below and isinstance(above, dict | list):
        raise Unusual("values over an interpolation, which may give a mapping")
    return above


def with_value(values: object, keys: Sequence[str], value: object, add: bool) -> dict:
    """The mapping with a dotted key set as Hydra sets it after composition; add: the key need not exist yet."""
    key, *rest = keys
    if not isinstance(values, dict) or key not in values and not add:
        raise Unusual(f"the key {key}")
    old = values.get(key)
    if rest:
        if add and not isinstance(old, dict | list):
            old = {}
        new = with_value(old, rest, value, add)
    elif isinstance(value, dict | list) and isinstance(old, dict | list):
        new = merge(old, value, struct=not add)
    else:
        new = value
    return values | {key: new}
