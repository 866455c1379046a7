"""Observations of Kinetix levels that were written down, see tests/golden/kinetix."""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

GOLDEN = Path(__file__).parent / "golden" / "kinetix"
STEPS = (0, 1, 16, 32)


class Observed(NamedTuple):
    """The fields that networks over entities read, see `kage.networks.entity_transformer`."""

    polygons: np.ndarray
    circles: np.ndarray
    joints: np.ndarray
    thrusters: np.ndarray
    joint_indexes: np.ndarray
    thruster_indexes: np.ndarray
    polygon_mask: np.ndarray
    circle_mask: np.ndarray
    joint_mask: np.ndarray
    thruster_mask: np.ndarray
    attention_mask: np.ndarray


@functools.cache
def golden(name: str) -> dict[str, np.ndarray]:
    """A file of the goldens: "network", "observations"."""
    with np.load(GOLDEN / f"{name}.npz") as file:
        return dict(file)


def observed(*levels: str) -> Observed:
    """The observations of levels of one size, four of each, one after the other."""
    written = golden("observations")
    return Observed(*(np.stack([written[f"{level}/{step}/{field}"] for level in levels for step in STEPS])
                      for field in Observed._fields))  # fmt: skip
