"""Levels in files of the user's own, by name: `mine.npz` is all levels of a file, `mine.npz/3` one of them.

A world knows such a level by what its file holds: a digest in place of the path. So the same file elsewhere gives the
same training, and a file that was replaced gives another one.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kage.contents import content, seen
from kage.params import ConfigError, fault, nearest

if TYPE_CHECKING:
    from kage.kinetix.level import Level

SUFFIX = ".npz"
NAME = re.compile(rf"(?P<path>.*{re.escape(SUFFIX)})(?:/(?P<number>\d+))?")


@dataclass(frozen=True)
class OwnFile:
    """A file of levels as it was when a command was composed."""

    path: str
    content: str  # its digest
    count: int  # levels

    @property
    def name(self) -> str:
        """The name in tables."""
        return Path(self.path).name

    def refuse_another(self) -> None:
        """Raise `ConfigError` if the path leads to something else by now."""
        try:
            same = content(Path(self.path)) == self.content
        except OSError:
            same = False
        if not same:
            raise ConfigError(f"{self.path}: this file of levels was replaced or removed since this was planned. Put "
                              "the old file back, or repeat the command to use the new one, whose levels are others")

    def level(self, number: int, size: str) -> Level:
        """A level in the arrays of a size. Raises `ConfigError` if the file is another one by now."""
        from jax.tree import map as tree_map

        from kage.kinetix.level import resize

        self.refuse_another()
        return resize(tree_map(lambda x: x[number], levels_of(self)), size)


@dataclass(frozen=True)
class Found:
    """What a name of the user's leads to."""

    file: OwnFile
    size: str  # of the arrays
    levels: tuple[tuple[int, str], ...]  # their numbers in the file, and the smallest size that holds each


def is_own(name: str) -> bool:
    """True for the name of a file of levels, or of a level in a file."""
    return NAME.fullmatch(name) is not None


def find(key: str, name: str) -> Found:
    """What the value `name` of `key` leads to. Raises `ConfigError` if that is no level, or no file of levels."""
    path, number = NAME.fullmatch(name).group("path", "number")
    where = Path(path).expanduser()
    if not where.is_file():
        there = [it.name for it in where.parent.glob(f"*{SUFFIX}")]
        guess = nearest(where.name, there)
        raise fault(key, name, "a file of levels that exists", guess and str(where.with_name(guess)))
    try:
        found = seen(look_into, str(where))
    except ConfigError as error:
        raise ConfigError(f"{key}: {error}") from None
    if number is None:
        return found
    if int(number) >= found.file.count:
        last = found.file.count - 1
        raise fault(key, name, f"a level of the file, 0 .. {last}", f"{path}/{last}")
    return Found(found.file, found.size, (found.levels[int(number)],))


def look_into(path: str) -> Found:
    """All levels of a file. Raises `ConfigError` if the file holds none, or something else."""
    from kage.kinetix.files import needs, read_arrays

    size, arrays = read_arrays(path)
    if not (sizes := needs(arrays)):
        raise ConfigError(f"{path} holds no level")
    return Found(OwnFile(path, content(Path(path)), len(sizes)), size.name, tuple(enumerate(sizes)))


@functools.lru_cache(8)
def levels_of(file: OwnFile) -> Level:
    """All levels of a file, (n, ...), in the memory of the host."""
    import numpy as np
    from jax.tree import map as tree_map

    from kage.kinetix.files import read_levels

    return tree_map(np.asarray, read_levels(file.path))
