"""The trainers of this process. Tracing and compiling take seconds, so blocks of one training share the programs."""

from collections.abc import Sequence

from kage.recipe import Recipe
from kage.train import Trainer

KEPT = 4  # programs and the arrays in them stay in memory
_kept: dict[tuple, Trainer] = {}


def trainer(recipe: Recipe, seeds: Sequence[int], deterministic: bool) -> Trainer:
    """The trainer of a recipe for these seeds, with the programs of an earlier one that had as many seeds."""
    key = recipe.id, len(seeds), deterministic
    if key not in _kept:
        if len(_kept) == KEPT:
            del _kept[next(iter(_kept))]  # the oldest
        home = recipe.family.task(recipe.world)
        _kept[key] = Trainer(recipe.method(), seeds, deterministic, home)
    return _kept[key].of(seeds)
