"""A film of any world whose tasks draw their own states: the episode of one level, played by a policy."""

import os
from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from kage import registry
from kage.family import Case, Family
from kage.launch.compose import cells
from kage.launch.film import encoder
from kage.method import Actor
from kage.params import ConfigError, fault
from kage.runs.files import write
from kage.runs.policy import read_policy
from kage.task import Task


def one_case(overrides: Sequence[str], shifted: bool) -> tuple[Family, Case]:
    """The training case of overrides, or with `shifted` the evaluation case. ConfigError if there is not just one."""
    found = {case.key: (cell.recipe.family, case) for cell in cells(overrides) for case in cell.cases
             if (case.split == "eval") == shifted}  # fmt: skip
    if len(found) != 1:
        raise ConfigError(f"a film shows one level, {len(found)} are asked for: eval.levels=[NAME] with --eval")
    return next(iter(found.values()))


def write_case_film(path: Path, family: Family, case: Case, name: str, steps: int, seed: int) -> None:
    """Film an episode of a case, at most so many steps of it, played by the policy called `name`."""
    if steps < 1:
        raise fault("--steps", steps, "1 or more, the film ends with the episode", 1)
    encode, task = encoder(path), family.task(case.world)
    if not hasattr(task, "draw"):
        raise ConfigError(f"task={family.name} draws no pictures")
    actor, params = player(name, family, task)
    key, k_level = jax.random.split(jax.random.key(seed))
    level = family.level(case)
    if level is None:
        level = jax.tree.map(lambda x: x[0], task.sample_levels(k_level, 1))
    write(path, encode(episode(actor, params, task, level, key, steps)))


def player(name: str, family: Family, task: Task) -> tuple[Actor, object]:
    """The actor of a policy, and its parameters: random, noop, or the newest kept policy of a run folder."""
    if name in ("random", "noop"):
        return registry.find("agent", name)(name=name).build(task).actor, ()
    if not os.path.exists(Path(name) / "config.yaml"):
        raise fault("--policy", name, "random, noop, or a run folder with kept policies", "random")
    recipe, params = read_policy(Path(name))
    if recipe.family.name != family.name:
        raise fault("--policy", name, f"a policy of task={family.name}, this one is of task={recipe.family.name}")
    method = recipe.method()
    if method.task.actions != task.actions:
        raise fault("--policy", name, f"a policy with actions of {task.actions.nvec}, not {method.task.actions.nvec}")
    return method.actor, params


def episode(actor: Actor, params: object, task: Task, level: object, key: jax.Array, steps: int) -> list[np.ndarray]:
    """The pictures of an episode, (H, W, 3) u8 each, from its start to its end or for so many steps."""

    def act(carry, t):
        state, obs, memory, over = carry
        k_act = jax.random.fold_in(key, t)
        policy, memory = actor.act(params, jax.tree.map(lambda x: x[None], obs), memory, (t == 0)[None], k_act)
        state, step = task.step(state, policy.sample(k_act)[0])
        over |= step.terminated | step.truncated
        return (state, step.obs, memory, over), (task.draw(state), over)

    @jax.jit
    def play(level):
        state, obs = task.reset(key, level)
        begin = (state, obs, actor.start(1), jnp.bool_(False))
        return task.draw(state), *jax.lax.scan(act, begin, jnp.arange(steps))[1]

    first, pictures, over = map(np.asarray, play(level))
    return [first, *pictures[: steps - max(0, int(over.sum()) - 1)]]
