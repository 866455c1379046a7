"""Two looks of the same dynamics, as everything that explaining a policy needs of them."""

from collections.abc import Collection
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.frame_stack import FrameStack
from kage.look.accounted import LIMITS, Accounted, limit
from kage.look.hybrid import BACKGROUND, HALVES, OWNER, Hybrid, HybridState
from kage.look.task import LookTask
from kage.task import Task

Choice = tuple[jax.Array, jax.Array]  # `split` and `replaced` of a hybrid


@struct.dataclass
class Twins:
    """A training look and an evaluation look, see `kage.explain.twins`. `anatomy`: the module of the world that says
    what its states are made of."""

    train: LookTask
    shifted: LookTask
    anatomy: ModuleType = struct.field(pytree_node=False)
    telling: str = struct.field(pytree_node=False)  # the metric that is explained
    stack: int = struct.field(pytree_node=False)  # frames of an observation

    @property
    def looks(self) -> tuple[Task, Task]:
        """Both looks as they are observed."""
        return self.stacked(self.train), self.stacked(self.shifted)

    @property
    def splits(self) -> dict[str, tuple[str, ...]]:
        """The ways to split a frame, and the parts of each: layers that one of the looks has, and halves."""
        return {OWNER: (*self.layers, BACKGROUND)} | HALVES

    @property
    def layers(self) -> tuple[str, ...]:
        """What owns pixels beside the background, front to back."""
        looks = [task.params.look for task in (self.train, self.shifted)]
        there = {"npc": any(look.world is not None or look.sticky is not None for look in looks),
                 "distractor": any(look.distractors is not None for look in looks)}  # fmt: skip
        return tuple(name for name in self.anatomy.LAYERS if there.get(name, True))

    @property
    def accounts(self) -> tuple[str, ...]:
        """The metrics of `accounted`, in the order of tables."""
        return (*self.anatomy.EVENTS, *map(limit, LIMITS))

    def choice(self, split: str, replaced: Collection[str]) -> Choice:
        """Some parts of a split."""
        parts = self.splits[split]
        most = max(map(len, self.splits.values()))
        chosen = [name in replaced for name in parts] + [False] * (most - len(parts))
        return jnp.int32(list(self.splits).index(split)), jnp.array(chosen)

    def hybrid(self, choice: Choice) -> Task:
        """The evaluation look with some parts replaced by the training look's. A stack holds hybrids."""
        return self.stacked(Hybrid(self.train, self.shifted, *choice, self.layers))

    def picture(self, choice: Choice, one: Any, other: Any) -> jax.Array:
        """The hybrid of a state, given under both looks, (H, W, 3) u8."""
        hybrid = Hybrid(self.train, self.shifted, *choice, self.layers)
        state = HybridState(self.within(one), self.within(other), jnp.zeros_like(hybrid.replaced))
        return jnp.moveaxis(hybrid.frame(state)[0], 0, -1)

    def accounted(self) -> tuple[Task, Task]:
        """Both looks with accounts of their episodes."""
        return tuple(self.stacked(Accounted(task, self.anatomy, self.telling)) for task in (self.train, self.shifted))

    def numbers(self, state: Any) -> dict[str, jax.Array]:
        """What is to be known of a state of the training look, () f32 each."""
        return self.anatomy.numbers(self.within(state), self.train.params)

    def within(self, state: Any) -> Any:
        """A state of one of `looks` without its stack."""
        return state.inner if self.stack > 1 else state

    def stacked(self, task: Any) -> Task:
        """A task of frames as it is observed."""
        return FrameStack(task, self.stack) if self.stack > 1 else task
