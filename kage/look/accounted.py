"""A task that also measures where an episode loses its time, and what a longer time limit would change."""

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from kage.look.task import LookTask
from kage.task import Around, Step

LIMITS = (1.0, 1.1, 1.25, 1.5, 2.0)  # times the time limit


@struct.dataclass
class AccountedState:
    """A state of the task within, and the accounts of its episode so far."""

    inner: Any
    t: jax.Array  # () i32
    accounts: dict[str, jax.Array]  # () f32 each
    limits: jax.Array  # (len(LIMITS),) f32, the telling metric when each limit was reached


@struct.dataclass
class Accounted(Around):
    """A task whose episodes last for the longest of `LIMITS`; its metrics are the accounts of what the module `anatomy`
    calls events, within the time limit, and `limit` of each, the metric `telling` at that limit."""

    task: LookTask
    anatomy: ModuleType = struct.field(pytree_node=False)
    telling: str = struct.field(pytree_node=False)

    @property
    def longer(self) -> LookTask:
        """The task within, with the longest time limit."""
        physics = self.task.params.physics.replace(episode_length=self.horizon)
        return self.task.replace(params=self.task.params.replace(physics=physics))

    @property
    def horizon(self) -> int:
        """Steps of every episode."""
        return round(LIMITS[-1] * self.task.horizon)

    def reset(self, key: jax.Array, level: Any) -> tuple[AccountedState, jax.Array]:
        """A new episode, with nothing accounted."""
        inner, obs = self.longer.reset(key, level)
        accounts = {name: jnp.float32(0) for name in self.anatomy.EVENTS}
        return AccountedState(inner, jnp.int32(0), accounts, jnp.zeros(len(LIMITS))), obs

    def step(self, state: AccountedState, action: jax.Array) -> tuple[AccountedState, Step]:
        """One step of the task within, accounted."""
        inner, step = self.longer.step(state.inner, action)
        t = state.t + 1
        events = self.anatomy.events(state.inner, inner, self.task.params)
        counts = t <= self.task.horizon
        accounts = {name: total + jnp.where(counts, events[name], 0) for name, total in state.accounts.items()}
        ends = jnp.round(jnp.asarray(LIMITS) * self.task.horizon)
        limits = jnp.where(t <= ends, step.metrics[self.telling], state.limits)
        told = accounts | {limit(times): limits[i] for i, times in enumerate(LIMITS)}
        return AccountedState(inner, t, accounts, limits), step._replace(metrics=told)

    def observe(self, state: AccountedState) -> jax.Array:
        """What the agent sees."""
        return self.task.observe(state.inner)


def limit(times: float) -> str:
    """What success with another time limit is called."""
    return f"limit {times:g}"
