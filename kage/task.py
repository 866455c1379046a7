"""What an agent can be trained on: the contract between worlds and methods. Neither imports the other, both this."""

from typing import Any, NamedTuple, Protocol

import jax


class ActionSpec(NamedTuple):
    """A discrete action of one or several independent parts; part i is an integer in 0..nvec[i]-1."""

    nvec: tuple[int, ...]
    noop: tuple[int, ...] = ()  # the action that does nothing; (): 0 in every part

    @property
    def idle(self) -> tuple[int, ...]:
        """The action that does nothing, one integer per part."""
        return self.noop or (0,) * len(self.nvec)


class Step(NamedTuple):
    """The outcome of one step. Resetting is the caller's business: `obs` is the observation reached."""

    obs: Any  # pytree of arrays
    reward: jax.Array  # () f32
    terminated: jax.Array  # () bool, the task ended: nothing to bootstrap from
    truncated: jax.Array  # () bool, the clock ended the episode: bootstrap from `obs`
    metrics: dict[str, jax.Array]  # name -> () f32, of the episode so far; what counts is their value at its end


class Task(Protocol):
    """One environment as pure functions; batching is the caller's `jax.vmap`.

    A task is a pytree: its leaves are numbers that one compiled program may vary. Observations are any pytree, actions
    any `ActionSpec`. A level is everything that decides an episode before its first action, so a curriculum chooses
    between levels and never needs to know what a level is made of.
    """

    actions: ActionSpec
    sees: str  # the kind of its observations, which an encoder must accept: "pixels", "entities" or "vector"
    horizon: int | None  # every episode ends after exactly so many steps; None where lengths differ

    def sample_levels(self, key: jax.Array, n: int) -> Any:
        """Levels (n, ...), drawn together, because some worlds draw more than they need and keep the best."""

    def reset(self, key: jax.Array, level: Any) -> tuple[Any, Any]:
        """The first state and observation of an episode in a level; `key` decides only what the level leaves open."""

    def step(self, state: Any, action: jax.Array) -> tuple[Any, Step]:
        """One step; action is (len(nvec),) i32."""

    def observe(self, state: Any) -> Any:
        """What the agent sees of a state: for methods, comparisons and pictures that look at a state again."""


def reset_levels(task: Task, key: jax.Array, levels: Any) -> tuple[Any, Any]:
    """The first states and observations (n, ...) of episodes in these levels (n, ...)."""
    n = len(jax.tree.leaves(levels)[0])
    return jax.vmap(task.reset)(jax.random.split(key, n), levels)
