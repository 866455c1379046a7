"""How people play levels: the contract of a family's module `keyboard`.

`kage play` knows a world of levels only through this contract; worlds of looks have another (`kage.look.people`).
"""

from collections.abc import Mapping
from typing import Any, Protocol

import jax
import numpy as np


class Keyboard(Protocol):
    """Keys, and what people see."""

    HELP: str  # what the keys do, in words
    KEYS: Mapping[str, int]  # name of a key -> bits that are set while it is down
    RATE: int  # steps per second

    def action(self, bits: int, task: Any) -> np.ndarray:
        """The action of a task for these bits, (parts,) i32."""

    def view(self, task: Any, state: Any, scale: int) -> jax.Array:
        """What people see of a state, (H, W, 3) u8; H and W grow with `scale`."""

    def used(self, state: Any) -> str:
        """The keys that do something in the level of a state, in words."""
