"""What `kage bench env` times: random levels, steps, and the physics package alone beside them."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp

from kage.kinetix.handmade import level_names, load_level
from kage.kinetix.level import Level, stack_levels
from kage.kinetix.physics import engine, jax2d
from kage.kinetix.task import SUBSTEPS, KinetixTask
from kage.task import reset_levels

LENGTH = 64  # steps of a loop


def loops(task: KinetixTask, environments: int, length: int = LENGTH) -> Iterator[tuple[str, int, Callable[[], Any]]]:
    """What is timed, how many steps or levels a call does, and the call. The first is the package's own loop, two of
    its substeps for each step, without rewards, ends and observations.

    States begin in hand-made levels of the size: the package computes every pair of shapes, whatever is active.
    """
    states, _ = jax.jit(reset_levels)(task, jax.random.key(0), some_levels(task.size, environments))
    keys = jax.random.split(jax.random.key(1), length)
    steps, size = environments * length, f"size {task.size}"
    alone, quiet, seen = (jax.jit(made(task, environments)) for made in (package, blind, observed))
    yield f"{size}: jax2d's own loop", steps, lambda: alone(states.sim, keys)
    yield f"{size}: steps, unobserved", steps, lambda: quiet(states, keys)
    yield f"{size}: steps", steps, lambda: seen(states, keys)
    drawn = jax.jit(lambda key: jax.vmap(task.sample_level)(jax.random.split(key, environments)))
    yield f"{size}: random levels/s", environments, lambda: drawn(keys[0])
    filtered = jax.jit(lambda key: task.sample_levels(key, environments))
    yield f"{size}: filtered levels/s", environments, lambda: filtered(keys[0])


def some_levels(size: str, n: int) -> Level:
    """n hand-made levels of a size (n, ...), each several times if there are fewer."""
    levels = stack_levels([load_level(name) for name in level_names() if name.partition("/")[0] == size][:n])
    return jax.tree.map(lambda x: x[jnp.arange(n) % len(x)], levels)


def package(task: KinetixTask, n: int) -> Callable:
    """The loop that the package would be used in without this task: states and keys of steps -> states."""
    made, (_, state), inputs = engine(task.room), jax2d(), task.room.joints + task.room.thrusters
    step = jax.vmap(lambda sim, controls: made.step(sim, state.SimParams(), controls)[0])

    def act(sims, key):
        controls = jax.random.uniform(key, (n, inputs), minval=-1)
        for _ in range(SUBSTEPS):
            sims = step(sims, controls)
        return sims, None

    return lambda sims, keys: jax.lax.scan(act, sims, keys)[0]


def blind(task: KinetixTask, n: int) -> Callable:
    """Steps with rewards and ends: states and keys of steps -> states and the sum of rewards."""
    def act(carry, key):
        states, total = carry
        states, step = stepped(task, states, key, n)
        return (states, total + step.reward.sum()), None

    return lambda states, keys: jax.lax.scan(act, (states, jnp.float32(0)), keys)[0]


def observed(task: KinetixTask, n: int) -> Callable:
    """Steps whose observations are written to memory, as for an agent: states and keys of steps -> states, observations
    and the sum of rewards."""
    def act(carry, key):
        states, _, total = carry
        states, step = stepped(task, states, key, n)
        return (states, step.obs, total + step.reward.sum()), None

    def run(states, keys):
        return jax.lax.scan(act, (states, jax.vmap(task.observe)(states), jnp.float32(0)), keys)[0]

    return run


def stepped(task: KinetixTask, states: Any, key: jax.Array, n: int) -> tuple[Any, Any]:
    """One step of all environments, with random actions."""
    action = jax.random.randint(key, (n, len(task.actions.nvec)), 0, jnp.array(task.actions.nvec))
    return jax.vmap(task.step)(states, action)
