"""Films of looks: an episode that a policy plays, under one look or under the training and the evaluation look."""

import dataclasses
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kage.launch.compose import one_world
from kage.launch.episode import Episode, Stage
from kage.launch.film import beside, encoder, pictures
from kage.look.words import change_in_words
from kage.params import fault
from kage.runs.files import write
from kage.runs.policy import read_policy

Policy = Callable[[Any, int], jax.Array]  # (state, t) -> action


def both_looks(overrides: Sequence[str]) -> dict[str, Stage]:
    """The training look and the evaluation look, by caption."""
    family, train = one_world(overrides)
    shifted = Stage(family, one_world(overrides, True)[1].env)
    change = change_in_words(train.env, shifted.config)
    return {"training look": Stage(family, train.env), f"evaluation look: {change}": shifted}


def write_film(path: Path, looks: Mapping[str, Stage], name: str, steps: int, seed: int) -> None:
    """Film the first steps of the episode of `seed`, played by the policy called `name`.

    looks: by caption. Several of them are shown side by side: the policy plays the same level once under each of them.
    A single one has no caption.
    """
    for stage in looks.values():
        if not 1 <= steps <= stage.config.episode_length:
            raise fault("--steps", steps, f"1 .. {stage.config.episode_length}, the steps of an episode")
    encode = encoder(path)
    films = {text: film(stage, policy(name, stage), steps, seed) for text, stage in looks.items()}
    write(path, encode(beside(films) if len(films) > 1 else next(iter(films.values()))))


def film(stage: Stage, choose: Policy, steps: int, seed: int) -> list[np.ndarray]:
    """The frames of a film of the first steps of an episode."""
    episode = Episode(stage, seed)
    return pictures((episode.act(choose(episode.state, t)) for t in range(steps)), stage)


def policy(name: str, stage: Stage) -> Policy:
    """A function (state, t) -> action: random, scripted, or the newest kept policy of a run folder."""
    if name == "scripted":
        return lambda state, t: stage.scripted(state)
    if name == "random":
        return lambda state, t: jax.random.randint(jax.random.key(t), (), 0, stage.family.env.NUM_ACTIONS)
    folder = Path(name)
    if not os.path.exists(folder / "config.yaml"):
        raise fault("--policy", name, "random, scripted, or a run folder with kept policies", "scripted")
    recipe, params = read_policy(folder)
    if recipe.family.name != stage.family.name:
        raise fault("--policy", name, f"a policy of task={stage.family.name}, this one is of task={recipe.family.name}")
    height, width = recipe.world.env.H, recipe.world.env.W
    if (height, width) != (stage.config.H, stage.config.W):
        raise fault("--policy", name, f"it was trained on frames of H={height}, W={width}")
    one_frame = dataclasses.replace(recipe.world.task, stack=1)
    observe = jax.jit(stage.family.task(stage.family.World(stage.config, one_frame)).observe)
    actor = recipe.method().actor

    @jax.jit
    def act(params, memory, obs, t):
        key = jax.random.fold_in(jax.random.key(1), t)
        chosen, memory = actor.act(params, obs[None], memory, jnp.array([t == 0]), key)
        return chosen.sample(key)[0, 0], memory

    def choose(state, t):
        nonlocal memory
        frame = observe(state)
        frames.extend([frame] * (recipe.world.task.stack if t == 0 else 1))
        action, memory = act(params, memory, jnp.concatenate([*frames]), t)
        return action

    memory, frames = actor.start(1), deque(maxlen=recipe.world.task.stack)
    return choose
