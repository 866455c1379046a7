"""Find the run whose policy a training begins with."""

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from kage.params import ConfigError, fault
from kage.recipe import TRACKS, Recipe
from kage.runs.folders import PREFIX
from kage.runs.run import checkpoints

KEY = "start.run"
# What two recipes share if a policy of one can go on with the other.
FITTING = {
    "encoder": lambda recipe: recipe.encoder,
    "memory": lambda recipe: recipe.memory,
    "agent.hidden": lambda recipe: list(getattr(recipe.agent, "heads", ())),
    "observation": lambda recipe: recipe.world.shape(),
    "actions": lambda recipe: getattr(recipe.world, "actions", None),
}


def with_source(recipe: Recipe) -> Recipe:
    """The recipe with what its `start` says of the run read from that run's folder. ConfigError unless the run kept a
    policy of that step, for the same network and observations."""
    start = recipe.start
    if "start" not in recipe.agent.uses:
        return recipe  # a key that was given is refused with the others that have no effect
    if start.run is None:
        for key in ("step", "seed"):
            if (value := getattr(start, key)) != getattr(type(start)(), key):
                raise fault(f"start.{key}", value, "only with start.run=<folder of a training>")
        return recipe
    training = Path(start.run).resolve()
    folder = training / f"{PREFIX}{start.seed}"
    source, identity = read(folder, start.run)
    for what, part in FITTING.items():
        if (one := part(recipe)) != (other := part(source)):
            raise fault(KEY, start.run, f"a run with the same {what}: it has {shown(other)}, here it is {shown(one)}")
    kept = sorted(checkpoints(folder))
    if not kept:
        raise fault(KEY, start.run, "a run that kept policies, with budget.keep_checkpoints=true")
    step = kept[-1] if start.step is None else start.step
    if step not in kept:
        raise fault("start.step", step, f"a step of which the run kept the policy: {', '.join(map(str, kept))}",
                    min(kept, key=lambda one: abs(one - step)))  # fmt: skip
    # A policy that was trained elsewhere was chosen, perhaps for the shift.
    elsewhere = TRACKS[0] if source.world == recipe.world else TRACKS[1]
    track = max(source.track, elsewhere, key=TRACKS.index)
    found = dataclasses.replace(start, run=str(training), step=step, source=identity, track=track)
    return dataclasses.replace(recipe, start=found)


def read(folder: Path, given: str) -> tuple[Recipe, str]:
    """The recipe of a run, and its identity: training id and seed."""
    path = folder / "config.yaml"
    if not path.is_file():
        where = "<outputs>/<experiment>/runs/<name>"
        raise fault(KEY, given, f"the folder of a training, {where}, with {folder.name} in it")
    try:
        config: dict[str, Any] = yaml.safe_load(path.read_text())
        return Recipe.from_dict(config), f"{config['training_id']}/{folder.name}"
    except (ConfigError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ConfigError(f"{KEY}: {path} cannot be used: {error}") from None


def shown(value: object) -> str:
    """An option or a shape in words."""
    if not dataclasses.is_dataclass(value):
        return str(value)
    return ", ".join(f"{name}={entry}" for name, entry in dataclasses.asdict(value).items())
