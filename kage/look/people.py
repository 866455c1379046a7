"""What people see and do in a world that has looks: the contract of each world's file `people.py`.

Commands that show looks or let somebody play them know a world only through this contract.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import jax


class People(Protocol):
    """How people meet a world."""

    HELP: str  # what the keys do, in words
    KEYS: Mapping[str, int]  # name of a key -> bits of an action
    FIGURE: str  # what the group `character` draws, in a word
    CROWDS: tuple[int, int, int]  # numbers of NPCs that a sheet shows
    OWN: Mapping[str, tuple[str, Mapping[str, Mapping]]]  # more sheets: name -> title, caption -> changes of a look

    def scripted(self, state: Any, params: Any) -> jax.Array:
        """An action of a player that makes progress, () i32; it reads no look."""

    def scene(self, key: jax.Array, params: Any) -> Any:
        """The state of an episode at a moment in which there is something to see."""

    def view(self, state: Any, params: Any) -> jax.Array:
        """What people see of a state, (H, W or more, 3) u8: the frame, and perhaps what agents never see beside it."""
