"""Read a policy that a run folder keeps, and the recipe of its training."""

from pathlib import Path
from typing import Any

import jax
import yaml
from flax import serialization

from kage.recipe import Recipe
from kage.runs.run import RunError, checkpoints, damage, unpack


def read_recipe(folder: Path) -> Recipe:
    """The recipe of a run. Raises RunError if the run's config.yaml cannot be used."""
    path = folder / "config.yaml"
    with damage(path):
        config = yaml.safe_load(path.read_bytes())
        if "agent" in config and "encoder" not in config:
            raise RunError(f"{path}: an earlier version of the code made this run, and its policies need that version")
        return Recipe.from_dict(config)


def read_policy(folder: Path, step: int | None = None) -> tuple[Recipe, Any]:
    """Recipe and parameters of a kept policy, by default the newest. Raises RunError if no such policy can be used."""
    recipe, kept = read_recipe(folder), checkpoints(folder)
    if not kept:
        raise RunError(f"{folder} keeps no policies: train with budget.keep_checkpoints=true")
    if step is not None and step not in kept:
        raise RunError(f"{folder} keeps no policy of step {step}, only of {', '.join(map(str, kept))}")
    method = recipe.method()
    like = jax.eval_shape(lambda key: method.policy(method.init(key)), jax.random.key(0))
    path = kept[max(kept) if step is None else step]
    with damage(path):
        return recipe, serialization.from_bytes(like, unpack(path)[1])
