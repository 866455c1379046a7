"""What an agent can be trained on: the contract between worlds and methods.

Worlds and methods import this file; neither imports the other.
"""

from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp


class ActionSpec(NamedTuple):
    """A discrete action of one or several independent parts; part i is an integer in 0..nvec[i]-1."""

    nvec: tuple[int, ...]
    noop: tuple[int, ...] = ()  # the action that does nothing; (): 0 in every part

    @property
    def idle(self) -> tuple[int, ...]:
        """The action that does nothing, one integer per part."""
        return self.noop or (0,) * len(self.nvec)


class Step(NamedTuple):
    """The outcome of one step. `obs` is the observation reached; a step never resets, so the caller must."""

    obs: Any  # pytree of arrays
    reward: jax.Array  # () f32
    terminated: jax.Array  # () bool, the task ended: do not bootstrap
    truncated: jax.Array  # () bool, the time limit ended the episode: bootstrap from `obs`
    metrics: dict[str, jax.Array]  # name -> () f32, of the episode so far; values at its end are reported


class Task(Protocol):
    """One environment as pure functions; batching is the caller's `jax.vmap`.

    A task is a pytree: its leaves are numbers that one compiled program may vary. Observations are any pytree, actions
    any `ActionSpec`. A level is everything that decides an episode before its first action, so a curriculum chooses
    between levels and never needs to know what a level is made of.
    """

    actions: ActionSpec
    sees: str  # the kind of its observations, which an encoder must accept: "pixels", "entities" or "vector"
    horizon: int | None  # every episode has exactly this many steps; None if lengths differ

    def sample_levels(self, key: jax.Array, n: int) -> Any:
        """n levels (n, ...). They are drawn together, because some worlds draw more than n and keep the best."""

    def reset(self, key: jax.Array, level: Any) -> tuple[Any, Any]:
        """The first state and observation of an episode in a level; `key` decides only what the level leaves open."""

    def step(self, state: Any, action: jax.Array) -> tuple[Any, Step]:
        """One step; action is (len(nvec),) i32."""

    def observe(self, state: Any) -> Any:
        """The observation of a state, for methods, comparisons and pictures that need it again."""


class Around:
    """What a task around another one, its `task`, leaves as it is there."""

    @property
    def actions(self) -> ActionSpec:
        """Those of the task within."""
        return self.task.actions

    @property
    def sees(self) -> str:
        """What the task within shows."""
        return self.task.sees

    @property
    def horizon(self) -> int | None:
        """Steps of every episode of the task within."""
        return self.task.horizon

    def sample_levels(self, key: jax.Array, n: int) -> Any:
        """Levels of the task within."""
        return self.task.sample_levels(key, n)


def reset_levels(task: Task, key: jax.Array, levels: Any) -> tuple[Any, Any]:
    """The first states and observations (n, ...) of episodes in these levels (n, ...)."""
    n = len(jax.tree.leaves(levels)[0])
    return jax.vmap(task.reset)(jax.random.split(key, n), levels)


def where(condition: jax.Array, one: Any, other: Any) -> Any:
    """Choose from two pytrees of arrays (N, ...): `one` where the condition (N,) holds, `other` elsewhere."""
    def choose(a, b):
        return jnp.where(condition.reshape(-1, *[1] * (b.ndim - 1)), a, b)

    return jax.tree.map(choose, one, other)
