"""Levels in a file: one .npz with an array for each field, such as `polygon_position`, levels along the first axis."""

import io
import zipfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from kage.kinetix.level import Circles, Joints, Level, Polygons, Thrusters, empty_level
from kage.kinetix.sizes import SIZES
from kage.params import ConfigError
from kage.runs.files import write

PARTS = {"polygon": Polygons, "circle": Circles, "joint": Joints, "thruster": Thrusters}
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
    n, like = len(arrays["polygon_active"]), empty_level(size.name)
    parts = {part: {name: array(path, arrays, f"{part}_{name}", n, wanted)
                    for name, wanted in vars(getattr(like, part)).items()} for part in PARTS}  # fmt: skip
    for key in INDEXES:
        if (wrong := arrays[key][(arrays[key] < 0) | (arrays[key] >= size.shapes)]).size:
            raise ConfigError(f"{path}: {key} holds {wrong[0]}, which is no shape: 0 .. {size.shapes - 1}")
    return Level(**{part: PARTS[part](**values) for part, values in parts.items()})


def array(path: str | Path, arrays: dict[str, np.ndarray], key: str, n: int, wanted: jax.Array) -> jax.Array:
    """One array of a file, for n levels, if it has the shape and the type that it should have."""
    shape, found = (n, *wanted.shape), arrays.get(key)
    if found is None:
        raise ConfigError(f"{path} holds no array {key}, which should be {shape} {wanted.dtype}")
    if found.shape != shape or found.dtype != wanted.dtype:
        raise ConfigError(f"{path}: {key} is {found.shape} {found.dtype}, and should be {shape} {wanted.dtype}")
    return jnp.asarray(found)
