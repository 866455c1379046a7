"""The 74 levels that people made, by name."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from kage.kinetix.sizes import size_of
from kage.params import fault, nearest

if TYPE_CHECKING:
    from kage.kinetix.level import Level

FILE = Path(__file__).with_name("levels.npz")


@functools.cache
def level_names() -> tuple[str, ...]:
    """All names, such as "s/h0_weak_thrust": the size for which a level was made, and its own name."""
    import numpy as np

    with np.load(FILE) as file:
        return tuple(map(str, file["name"]))


def load_level(name: str, size: str | None = None) -> Level:
    """The level of this name, in the arrays of a size, by default those of its own.

    Raises `ConfigError` for an unknown name, and for a size without room for the level.
    """
    if name not in level_names():
        raise fault("level", name, "the name of a level, see kage.kinetix.level_names()", nearest(name, level_names()))
    size = name.partition("/")[0] if size is None else size_of(size).name
    import numpy as np
    from jax.tree import map as tree_map

    from kage.kinetix.level import resize

    position = level_names().index(name)
    return resize(tree_map(lambda x: np.asarray(x)[position], all_levels()), size)


@functools.cache
def all_levels() -> Level:
    """All levels at size l, with a leading axis, in the order of their names."""
    from kage.kinetix.files import read_levels

    return read_levels(FILE)
