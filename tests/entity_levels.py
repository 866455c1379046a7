"""Observations of Kinetix levels that were written down, see tests/golden/kinetix."""

import functools
from pathlib import Path

import numpy as np

from kage.kinetix.observe import Entities

GOLDEN = Path(__file__).parent / "golden" / "kinetix"
STEPS = (0, 1, 16, 32)


@functools.cache
def golden(name: str) -> dict[str, np.ndarray]:
    """A file of the goldens: "network", "observations"."""
    with np.load(GOLDEN / f"{name}.npz") as file:
        return dict(file)


def observed(*levels: str) -> Entities:
    """The observations of levels of one size, four of each, one after the other."""
    written = golden("observations")
    return Entities(*(np.stack([written[f"{level}/{step}/{field}"] for level in levels for step in STEPS])
                      for field in Entities._fields))  # fmt: skip
