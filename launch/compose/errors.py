"""Translate Hydra's errors about a wrong command or file into the form of our errors.

Hydra checks only the names of keys and options. Types and ranges are checked after composition, see `cells`.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from omegaconf.errors import ConfigAttributeError, ConfigKeyError

from kage.launch.compose.schema import NAMED, fields
from kage.params import ConfigError, fault, nearest, unknown_key


def translate(error: Exception, root_keys: Sequence[str], options: Callable[[str], Sequence[str]]) -> ConfigError:
    """An error of Hydra or OmegaConf as one of ours: key, value, what is allowed, nearest valid name.

    root_keys: the keys that a command or a global file may set. options: group -> its options.
    """
    text = str(error)
    file = found[1] if (found := re.match("In '(.*?)': ", text)) else ""
    where = f"{file}: " if file else ""
    for key in unknown_keys(error):
        section, _, name = key.partition(".")
        if section in NAMED:
            group, _, option = file.partition("/")
            if group == section:  # Hydra has put the file's keys below the group's name
                return fault(group, option, "the first line of its file has to be '# @package _global_'")
            return ConfigError(f"{where}{section} is not allowed: files name it in their sweep list")
        if not (names := fields(section)):
            return ConfigError(f"{where}{unknown_key('', section, None, root_keys)}")
        if name not in names:
            return ConfigError(f"{where}{unknown_key(section, name, None, names)}")
    if missing := re.search(r"Could not (?:find|load) '([\w/]+)/([^']*)'", text):
        folder, option = missing.groups()
        existing = re.findall(r"^\t(\S+)$", text, re.M) or options(folder)
        hint = f"; nearest valid: {folder}={guess}" if (guess := nearest(option, existing)) else ""
        return ConfigError(f"{folder}={option!r} is not allowed: one of {', '.join(existing)}{hint}")
    if "Cannot merge DictConfig with ListConfig" in text:
        return ConfigError(f"{where}a list is not allowed: the file and its eval are mappings of parameters")
    if merging := re.match(r"Error merging override [+]*([^=]+)=(.*)", text):
        return fault(*merging.groups(), "a list, [a, b]; braces make a mapping of names to values")
    return ConfigError(first_line(error))


def unknown_keys(error: Exception) -> Iterator[str]:
    """The keys, without indices, that an error and its causes name as unknown."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConfigKeyError | ConfigAttributeError) and cause.full_key:
            yield re.sub(r"\[.*", "", str(cause.full_key))
        cause = cause.__cause__ or cause.__context__


def first_line(error: Exception) -> str:
    """The first line of a message."""
    return str(error).strip().split("\n")[0]
