"""Levels in a file: one .npz with an array for each field, such as `polygon_position`, levels along the first axis.

Composing a command reads such files, so JAX is imported only where arrays become levels.
"""

from __future__ import annotations

import functools
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kage.kinetix.handmade import FILE
from kage.kinetix.sizes import SIZES, Size
from kage.params import ConfigError
from kage.runs.files import write

if TYPE_CHECKING:
    from kage.kinetix.level import Level

PARTS = ("polygon", "circle", "joint", "thruster")
INDEXES = ("joint_a_index", "joint_b_index", "thruster_object_index")


def save_levels(path: str | Path, levels: Level) -> None:
    """Write levels (n, ...) of one size to a file. Raises `kage.runs.files.RunError` if that is not possible."""
    arrays = {f"{part}_{name}": np.asarray(value)
              for part in PARTS for name, value in vars(getattr(levels, part)).items()}  # fmt: skip
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write(Path(path), buffer.getvalue())


def read_levels(path: str | Path) -> Level:
    """The levels (n, ...) of a file, as `save_levels` writes them; their shapes tell the size.

    Raises `ConfigError`, in one line, for a file that is missing or holds something else.
    """
    from jax.numpy import asarray

    from kage.kinetix.level import Circles, Joints, Level, Polygons, Thrusters

    _, arrays = read_arrays(path)
    kinds = zip(PARTS, (Polygons, Circles, Joints, Thrusters), strict=True)
    return Level(**{part: kind(**{key.removeprefix(f"{part}_"): asarray(value) for key, value in arrays.items()
                                  if key.startswith(f"{part}_")}) for part, kind in kinds})  # fmt: skip


def read_arrays(path: str | Path) -> tuple[Size, dict[str, np.ndarray]]:
    """The size of the levels of a file, and their arrays (n, ...). Raises `ConfigError` as `read_levels` does."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise ConfigError(f"there is no file {path}") from None
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile):
        raise ConfigError(f"{path} holds no levels: it is no .npz file of arrays") from None
    shapes = [np.shape(arrays.get(f"{part}_active", 0)) for part in PARTS]
    counts = tuple(shape[-1] if len(shape) == 2 else 0 for shape in shapes)
    size = next((size for size in SIZES.values() if size.counts == counts), None)
    if size is None:
        sizes = ", ".join(f"{size.name} {size.counts}" for size in SIZES.values())
        raise ConfigError(f"{path} has room for {counts} polygons, circles, joints and thrusters, and the sizes are "
                          f"{sizes}")  # fmt: skip
    n, rows = len(arrays["polygon_active"]), dict(zip(PARTS, counts, strict=True))
    for key, (shape, dtype) in fields().items():
        wanted, found = (n, rows[key.partition("_")[0]], *shape), arrays.get(key)
        if found is None:
            raise ConfigError(f"{path} holds no array {key}, which should be {wanted} {dtype}")
        if found.shape != wanted or found.dtype != dtype:
            raise ConfigError(f"{path}: {key} is {found.shape} {found.dtype}, and should be {wanted} {dtype}")
    for key in INDEXES:
        if (wrong := arrays[key][(arrays[key] < 0) | (arrays[key] >= size.shapes)]).size:
            raise ConfigError(f"{path}: {key} holds {wrong[0]}, which is no shape: 0 .. {size.shapes - 1}")
    return size, {key: arrays[key] for key in fields()}


@functools.cache
def fields() -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """The arrays of levels, as the file of the hand-made ones has them: key -> shape of a row, type."""
    with np.load(FILE) as file:
        arrays = {key: file[key] for key in file.files if key.partition("_")[0] in PARTS}
    return {key: (value.shape[2:], value.dtype) for key, value in arrays.items()}


def needs(arrays: dict[str, np.ndarray]) -> list[str]:
    """The smallest size that holds what is active, of each level."""
    used = np.stack([np.max(arrays[f"{part}_active"] * (1 + np.arange(arrays[f"{part}_active"].shape[1])), axis=1)
                     for part in PARTS], axis=1)  # fmt: skip
    return [next(size.name for size in SIZES.values() if (row <= size.counts).all()) for row in used]
