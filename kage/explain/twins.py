"""The contract between worlds and explanations: two looks of the same dynamics.

A family that can be explained has `explained(one, other)`, which gives the twins of two of its worlds, or raises
`ConfigError` if nothing that is seen differs between them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import jax

from kage.task import Task


class Twins(Protocol):
    """A training look and an evaluation look. A pytree, as tasks are."""

    telling: str  # the metric that is explained, a share of episodes
    looks: tuple[Task, Task]  # as they are observed
    splits: Mapping[str, Sequence[str]]  # ways to split frames -> the parts of each

    accounts: Sequence[str]  # the metrics of `accounted`, in the order of tables

    def choice(self, split: str, replaced: Collection[str]) -> Any:
        """Some parts of a split, as arrays of the same shapes for all choices."""

    def hybrid(self, choice: Any) -> Task:
        """The evaluation look with the parts of a choice replaced by the training look's. With none and with all of
        them it is one of the looks, bit by bit. It also measures `differs <i>`, 1 if a frame differed in part i."""

    def picture(self, choice: Any, one: Any, other: Any) -> jax.Array:
        """The hybrid of a state, given under both looks, (H, W, 3) u8."""

    def accounted(self) -> tuple[Task, Task]:
        """Both looks with other metrics: accounts of an episode, and the telling metric with longer time limits."""

    def numbers(self, state: Any) -> dict[str, jax.Array]:
        """What a good decision needs to know of a state of the training look, () f32 each."""
